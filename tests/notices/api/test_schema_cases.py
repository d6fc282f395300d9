"""Requests made from the interface's own schema, right and wrong ones: never an answer of 500, and one shape of refusal.

Twice: by strategies of our own, which aim at ids that are there and act as eight people (decision 0041), and by
schemathesis, which knows nothing of us, through the WSGI application with a token.
"""

import json
import string
from importlib import import_module

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounds
from hypothesis import strategies as st
from rest_framework.test import APIClient

from notices.domain import extensions, lookback, subscriptions
from notices.domain.lookback import Plan
from notices.domain.subscriptions import Wanted
from notices.models import Issue, Notice, Progress, Task
from notices.terms import State
from tests.factories import (
    AT,
    TODAY,
    make_evidence,
    make_issue,
    make_progress,
    make_task,
    make_token,
    make_world,
)
from tracker.wsgi import application

pytestmark = pytest.mark.django_db
PEOPLE = ("office", "office_two", "supervisor", "leader", "head", "staff", "town_staff", "admin")
FULL, BOUNDED = 20_000, 240
EACH_FULL, EACH_BOUNDED = 160, 1  # requests of the tool for each operation
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
WORDS = st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(
    ["已完成排查", "\x00", "𠮷", "%", "'", "x" * 6000]
)
IDS = st.integers(1, 6) | st.integers(-(2**70), 2**70)
DAYS = st.dates().map(str) | st.sampled_from(
    ["2026-12-31", "2027-01-31", "0001-01-01", "9999-12-31", "2026-02-30"]
)
PARTS = string.ascii_letters + string.digits + "-_."


@pytest.fixture(scope="module")
def document():
    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.fixture(scope="module")
def operations(document):
    found = []
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            if verb in ("get", "post", "put", "patch", "delete"):
                found.append((path, verb, operation))
    return found


def values(schema, document, name=""):
    """Values of a schema; one in eight is anything at all."""
    return st.integers(0, 7).flatmap(lambda n: JUNK if n == 7 else right(schema, document, name))


def right(schema, document, name=""):
    if "$ref" in schema:
        return right(document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], document, name)
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return st.one_of([right(one, document, name) for one in schema[several]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type")
    makers = {
        "object": lambda: _object(schema, document),
        "array": lambda: st.lists(values(schema.get("items", {}), document), max_size=3),
        "integer": lambda: IDS,
        "number": lambda: st.floats(allow_nan=False, allow_infinity=False),
        "boolean": st.booleans,
        "string": lambda: _text(schema),
    }
    found = makers[kind]() if kind in makers else JUNK
    return st.none() | found if schema.get("nullable") else found


def _text(schema):
    return DAYS if schema.get("format") in ("date", "date-time") else WORDS


def _object(schema, document):
    fields = {
        n: values(s, document, n) for n, s in schema.get("properties", {}).items() if not s.get("readOnly")
    }
    needed = {n: fields.pop(n) for n in schema.get("required", ()) if n in fields}
    return st.fixed_dictionaries(needed, optional=fields)


def _parameter(parameter, document):
    schema = parameter.get("schema", {})
    return values(schema, document, parameter["name"]) | st.text(PARTS, max_size=20)


@st.composite
def cases(draw, operations, document):
    """(person, verb, path, query, headers, body)"""
    path, verb, operation = draw(st.sampled_from(operations))
    query, headers = {}, {}
    for parameter in operation.get("parameters", ()):
        name, place = parameter["name"], parameter["in"]
        if place == "path":
            value = draw(IDS | _parameter(parameter, document))
            path = path.replace(f"{{{name}}}", _segment(value))
        elif place == "query" and draw(st.integers(0, 2)) == 0:
            query[name] = str(draw(_parameter(parameter, document)))
        elif name == "If-Match":
            headers[name] = draw(st.sampled_from(["*", "*", "*", '"1.0"', "", "x"]))
        elif name == "Idempotency-Key" and draw(st.integers(0, 3)) == 0:
            headers[name] = draw(st.text(PARTS, min_size=0, max_size=90))
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    body = draw(values(content["schema"], document)) if content else draw(st.none() | JUNK)
    return draw(st.sampled_from(PEOPLE)), verb, path, query, headers, body


def _segment(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return "".join(c for c in text if c in PARTS)[:40] or "0"


@pytest.fixture
def world(settings):
    """Something of everything, so that right requests find it."""
    settings.WEBHOOK_ADDRESSES = ["https://oa.example.cn"]
    w = make_world()
    Notice.objects.filter(pk=w.notice.pk).update(stage="running")
    issue = make_issue(w.notice, title="关于管理不严格的问题")
    for state in (
        State.DRAFT,
        State.PENDING,
        State.ACTIVE,
        State.SUBMITTED,
        State.VERIFYING,
        State.SUSTAINED,
    ):
        more = {"applicant": w.staff} if state in (State.SUBMITTED, State.VERIFYING) else {}
        lead = None if state == State.DRAFT else w.bureau
        task = make_task(w.issue, lead=lead, state=state, deadline=TODAY.replace(year=2030), **more)
        if lead:
            make_progress(task, by=w.staff)
            make_evidence(task, by=w.staff)
    active = Task.objects.get(state="active")
    extensions.ask(
        active,
        reason="汛期",
        done_so_far="设计",
        wanted_on=TODAY.replace(year=2031),
        by=w.staff,
        at=AT,
        today=TODAY,
    )
    make_task(issue, lead=w.bureau, state=State.COMPLETED)
    plan = Plan(title="回头看", starts_on=TODAY, ends_on=TODAY)
    lookback.begin(w.notice, plan, by=w.office, at=AT)
    subscriptions.add(Wanted("系统", "https://oa.example.cn/x", ["letter"]), by=w.staff, at=AT, today=TODAY)
    assert Issue.objects.count() == 2 and Progress.objects.count() == 5
    return w


def test_no_request_made_from_the_schema_is_answered_by_a_fault(
    world, operations, document, full_proof, figure
):
    if not full_proof and connection.vendor != "sqlite":
        pytest.skip("the bounded form runs in one round")
    number = FULL if full_proof else BOUNDED
    clients = {}
    for name in PEOPLE:
        clients[name] = APIClient(raise_request_exception=False)
        clients[name].force_authenticate(getattr(world, name))
    seen, answers = set(), {}

    @bounds(
        max_examples=number, database=None, derandomize=True, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(cases(operations, document))
    def send(case):
        who, verb, path, query, headers, body = case
        with transaction.atomic():
            answer = getattr(clients[who], verb)(
                path, query_params=query, data=None if verb == "get" else body, format="json", headers=headers
            )
            transaction.set_rollback(True)
        seen.add((verb, path))
        answers[answer.status_code] = answers.get(answer.status_code, 0) + 1
        assert answer.status_code < 500, f"{who} {verb} {path} {query} {headers} {body!r}"
        if answer.status_code >= 400:
            told = answer.json()
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert told["title"] and told["detail"].strip() and told["status"] == answer.status_code

    send()
    total = sum(answers.values())
    figure("requests made from the schema", total, must=f"≥ {number}")
    figure("answered by a fault", sum(n for code, n in answers.items() if code >= 500), must="0")
    figure("answers by code", dict(sorted(answers.items())))

    assert total >= number
    assert answers.get(200, 0) + answers.get(201, 0) > number / 50
    assert len(seen) > (len(operations) if full_proof else 40)


@pytest.fixture
def one_connection():
    """A request to the application closes an old connection as it ends: not the one that holds the test."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
def test_a_tool_that_knows_the_schema_alone_finds_no_fault(world, document, settings, full_proof, figure):
    if not full_proof and connection.vendor != "sqlite":
        pytest.skip("the bounded form runs in one round")
    settings.API_RATE = settings.API_ADDRESS_RATE = 10**9
    schemathesis = import_module(
        "schemathesis"
    )  # seconds long, so not in every process that collects this file
    schema = schemathesis.openapi.from_dict(json.loads(json.dumps(document, default=str)))
    schema.app = application
    head = {"Authorization": f"Bearer {make_token(world.office)}"}
    answers = {}

    each = EACH_FULL if full_proof else EACH_BOUNDED

    def send(operation):
        @bounds(
            max_examples=each, database=None, derandomize=True, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(
            st.sampled_from(schemathesis.GenerationMode).flatmap(
                lambda mode: operation.as_strategy(generation_mode=mode)
            )
        )
        def one(case):
            with transaction.atomic():
                answer = case.call(headers=head)
                transaction.set_rollback(True)
            answers[answer.status_code] = answers.get(answer.status_code, 0) + 1
            assert answer.status_code < 500, case.as_curl_command()

        one()

    operations = [found.ok() for found in schema.get_all_operations()]
    for operation in operations:
        send(operation)
    figure("requests made by schemathesis", sum(answers.values()), must="≥ 20000" if full_proof else "")
    figure("answers to schemathesis by code", dict(sorted(answers.items())))

    assert sum(answers.values()) >= len(operations) * each
    assert answers[200] > len(operations) / 10
