"""An archived notice is read-only: of every address of the product, what would change a notice that runs is refused.

The world of the access tests with all its notices archived; each write is sent by somebody who could do it before.
"""

from dataclasses import replace

import pytest
from django.db import transaction

from notices.domain.leaving_tables import TABLES, model_of
from notices.models import Notice
from tests.access import DOCUMENT, ROUTES, SAFE, VERBS, spread
from tests.access_requests import Sender, body_of, headers_of, url_of
from tests.access_world import PEOPLE, RULES, build
from tests.rounds import mine

pytestmark = pytest.mark.django_db
OF_A_NOTICE = {model_of(label)._meta.db_table for label, way in TABLES.items() if way is not None}
# What may be written about an archived notice, and why.
STILL = {
    "notices:notice_export": "a package of what it holds is ordered",
    "notices:notice_pack": "a package of what it holds is ordered",
    "notices:ledger_export": "a download of the ledger is recorded",
    "notices:task_export": "a download of the ledger is recorded",
    "notices:evidence_purge": "a secret file must go, whatever the stage",
    "notices:purge_decide": "a secret file must go, whatever the stage",
    "notices:ledger_give": "a file of an earlier upload is given back, marked or filled",
    "notices:intake_confirm": "a new notice begins",
    "notices:wall_links": "a link to look at it changes nothing of it",
    "notices:wall_link_end": "a link that was given away can be taken back",
}
# Written by an import or a person about something else than the notice's content.
OFFICE = ("a_office", "a1_staff", "a_supervisor")


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One world for the module; every request is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        made = build()
        Notice.objects.update(stage="archived")
        yield made
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def sender(world):
    return Sender(world)


def writes():
    for name, route in ROUTES.items():
        for verb in VERBS:
            if verb in route and verb not in SAFE:
                for args in spread(route):
                    yield name, verb, args


def could(person, rule, thing, args):
    """Whether this person could do it while the notice ran."""
    running = replace(thing, stage="running")
    return RULES.sees(person, running) and (
        not isinstance(rule, dict) or RULES.may(person, rule["deed"].format(**args), running)
    )


def senders(world, name, verb, args):
    """(person, object): the first pair that could, or several people where the address is about no object."""
    route = ROUTES[name]
    if "object" not in route:
        return [(PEOPLE[code], None) for code in OFFICE]
    found = (
        (person, thing)
        for thing in world.things[route["object"]]
        for person in PEOPLE.values()
        if not person.fresh and could(person, route[verb], thing, args)
    )
    return [pair] if (pair := next(found, None)) else []


def test_nothing_of_an_archived_notice_changes(world, sender, figure):
    """Every write of the resolver's; what the notice's own tables hold stays."""
    changed, sent = [], 0
    for name, verb, args in writes():
        if name in STILL or not mine("archived", name, verb, *args.values()):
            continue
        for person, thing in senders(world, name, verb, args):
            body = body_of(world, name, thing, args)
            got = sender.send(person, verb, url_of(name, thing, args), body, **headers_of(name))
            sent += 1
            tables = got.tables & OF_A_NOTICE
            if tables or got.status >= 500:
                changed.append(f"{person.code} {verb} {name} {args}: {got.status} {sorted(tables)}")
    figure("writes sent to archived notices", sent)

    assert changed == [], "\n".join(changed)
    assert sent > 20


def test_what_may_still_be_written_is_an_address_there_is():
    assert set(STILL) <= set(ROUTES)
    assert {name for name in STILL if "object" in ROUTES[name]} <= {
        name for name, route in ROUTES.items() if route.get("object") in DOCUMENT["sight"]
    }
