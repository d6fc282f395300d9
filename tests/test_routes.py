"""Every address and verb of the product stands in the document of access, and nothing else does."""

import zlib

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern

from accounts.roles import Role
from notices.api.careful import Careful
from notices.api.scopes import SCOPES
from tests.access import DOCUMENT, PAGE, ROUTES, VERBS, declared, page, spread
from tests.factories import make_unit, make_user
from tests.rounds import ROUNDS
from tracker.trail import QUIET

BUSINESS = (Role.STAFF, Role.HEAD, Role.LEADER, Role.OFFICE, Role.SUPERVISOR)


def patterns(entries=None, spaces=()):
    """Every pattern as (full name, its own pattern)."""
    for entry in get_resolver().url_patterns if entries is None else entries:
        if isinstance(entry, URLPattern):
            yield ":".join((*spaces, entry.name or "")), entry
        else:
            inside = (*spaces, entry.namespace) if entry.namespace else spaces
            yield from patterns(entry.url_patterns, inside)


def test_every_address_has_a_name():
    nameless = [str(entry.pattern) for name, entry in patterns() if not name or name.endswith(":")]

    assert nameless == []


def test_every_address_is_declared_and_every_declared_one_is_there():
    there = {name for name, _ in patterns()}

    assert sorted(there - set(ROUTES)) == [], "not in tests/access_rules/"
    assert sorted(set(ROUTES) - there) == [], "in tests/access_rules/, but gone"


def test_the_other_parts_of_an_address_are_declared_in_full():
    wrong = []
    for name, entry in patterns():
        asked = set(entry.pattern.regex.groupindex) - {"pk", "format"}
        if asked != set(ROUTES[name].get("args", {})):
            wrong.append(f"{name}: {sorted(asked)}")

    assert wrong == []


@pytest.mark.django_db
def test_every_verb_is_declared():
    """Somebody with every business role, or with the one that stands alone, asks for objects that are not there: 405 means the verb is not offered."""
    unit = make_unit("云岭县")
    client = Client(raise_request_exception=False)
    user = make_user("everything", *[(role, unit) for role in BUSINESS])
    alone = {
        right: make_user(right, (Role(roles[0]), unit))
        for right, roles in DOCUMENT["rights"].items()
        if not {*roles} & {*BUSINESS}
    }
    wrong, signed_in = [], None
    for name, route in ROUTES.items():
        if connection.vendor != ROUNDS[zlib.crc32(name.encode()) % len(ROUNDS)]:
            continue  # the other round asks for this one
        extra = spread(route)[0]
        url = reverse(name, kwargs={"pk": 0, **extra} if "object" in route else extra)
        offered = set()
        for verb in VERBS:
            asking = alone.get(route.get("gate", ""), user)
            session = client.cookies.get(settings.SESSION_COOKIE_NAME)
            if asking != signed_in or not (
                session and session.value
            ):  # a sign-out among the addresses ends it
                client.force_login(asking)
                signed_in = asking
            answer = getattr(client, verb.lower())(url)
            if answer.streaming:
                b"".join(answer.streaming_content)  # a file is closed when it has been read
            if answer.status_code != 405:
                offered.add(verb)
        interface = name.startswith("api:") and name != "api:docs"  # that one is a page
        expected = declared(route) | ({"OPTIONS"} if interface else set())
        wrong += [f"{name} {verb}: not in tests/access_rules/" for verb in sorted(offered - expected)]
        wrong += [
            f"{name} {verb}: in tests/access_rules/, but not offered" for verb in sorted(expected - offered)
        ]

    assert wrong == [], "\n".join(wrong)


def test_every_rule_the_addresses_name_is_written():
    kinds = {route["object"] for route in ROUTES.values() if "object" in route}
    spelled = {
        deed.format(**extra)
        for route in ROUTES.values()
        for verb in VERBS
        if isinstance(route.get(verb), dict)
        for deed in [route[verb]["deed"]]
        for extra in spread(route)
    }

    told = {
        kind for kind, sight in DOCUMENT["sight"].items() if sight.get("told")
    }  # words on pages about others
    assert kinds == set(DOCUMENT["sight"]) - told
    assert spelled | {r["only"] for r in ROUTES.values() if "only" in r} == set(DOCUMENT["deed"])


def test_the_page_about_access_is_the_document():
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.access"


def test_what_need_not_be_recorded_is_the_declared():
    assert {name for name, route in ROUTES.items() if route.get("quiet")} == set(QUIET)


def test_every_action_of_the_interface_says_what_scope_it_takes():
    """notices/api/scopes.py: what does not stand there is refused to every token."""
    declared_there = {f"api:{name}": set(verbs) for name, verbs in SCOPES.items()}
    here = {
        name: declared(route) - {"HEAD", "OPTIONS"}
        for name, route in ROUTES.items()
        if name.startswith("api:")
    }

    assert declared_there == here, "put it right in notices/api/scopes.py"


def test_every_view_of_the_interface_is_careful():
    """Idempotency keys and If-Match come with notices/api/careful.py; what only describes needs neither."""
    views = {
        name: getattr(entry.callback, "cls", None) for name, entry in patterns() if name.startswith("api:")
    }
    plain = {name for name, view in views.items() if view is None or not issubclass(view, Careful)}

    assert plain == {"api:api-root", "api:schema", "api:docs"}
