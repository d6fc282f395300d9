"""Directives and letters over HTTP."""

import datetime as dt

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from notices.domain import letters
from notices.models import Directive, Letter
from notices.terms import LetterKind
from tests.factories import make_task, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def w():
    world = make_world()
    world.task = make_task(world.issue, lead=world.bureau)
    return world


def as_(user):
    client = APIClient(headers={"If-Match": "*"})
    client.force_authenticate(user)
    return client


def test_give_list_and_reply(w):
    given = as_(w.leader).post("/api/directives/", {"task": w.task.pk, "text": "请抓紧"}, format="json")
    pk = given.json()["id"]

    assert (given.status_code, given.json()["unit"]["name"]) == (201, "云岭县教育局")
    assert as_(w.town_staff).get("/api/directives/").json()["results"] == []
    assert as_(w.town_staff).get(f"/api/directives/{pk}/").status_code == 404
    assert (
        as_(w.staff).post(f"/api/directives/{pk}/reply/", {"text": "已研究"}, format="json").status_code
        == 201
    )
    found = as_(w.staff).get("/api/directives/?replied=true&ended=false").json()["results"]
    assert [r["text"] for r in found[0]["replies"]] == ["已研究"]


@pytest.mark.parametrize(
    ("who", "body", "status"),
    [
        ("staff", {"text": "x"}, 400),
        ("staff", {"task": True, "text": "请抓紧"}, 409),
        ("town_staff", {"task": True, "text": "请抓紧"}, 400),
        ("office", {"task": True, "text": "请抓紧"}, 400),
        ("leader", {"task": True, "issue": True, "text": "请抓紧"}, 400),
    ],
)
def test_what_is_refused(w, who, body, status):
    ids = {"task": w.task.pk, "issue": w.issue.pk}
    sent = {name: ids[name] if value is True else value for name, value in body.items()}

    answer = as_(getattr(w, who)).post("/api/directives/", sent, format="json")

    assert (answer.status_code, Directive.objects.count()) == (status, 0)


def test_a_letter_is_read_signed_for_and_answered(w):
    at, today = timezone.now(), timezone.localdate()
    draft = letters.begin(
        w.notice, LetterKind.ORDER, unit=w.bureau, tasks=[w.task], by=w.office, at=at, today=today
    )
    row = letters.issue(draft, by=w.office, at=at, today=today)
    head = as_(w.head)

    found = head.get("/api/letters/?kind=order").json()["results"][0]
    assert (found["name"], found["tasks"], found["sha256"]) == (row.name, [w.task.number], row.file.sha256)
    assert head.post(f"/api/letters/{row.pk}/receive/").json()["received_name"] == "卜局长"
    assert head.post(f"/api/letters/{row.pk}/reply/", {"text": "已办"}, format="json").status_code == 201
    assert as_(w.staff).get(f"/api/letters/{row.pk}/").status_code == 404
    assert Letter.objects.get().replied_at - at < dt.timedelta(minutes=5)


def test_lists_cost_the_same_for_one_and_three(w, django_assert_max_num_queries):
    at, today = timezone.now(), timezone.localdate()
    for _ in range(3):
        draft = letters.begin(
            w.notice, LetterKind.ORDER, unit=w.bureau, tasks=[w.task], by=w.office, at=at, today=today
        )
        letters.issue(draft, by=w.office, at=at, today=today)
    client = as_(w.office)

    with django_assert_max_num_queries(6):
        assert len(client.get("/api/letters/").json()["results"]) == 3
