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


def test_a_batch_gives_what_it_can_and_says_why_not_for_the_rest(w):
    draft, other = make_task(w.issue, state="draft"), make_task(w.issue, lead=w.town)
    late = timezone.localdate() - dt.timedelta(days=1)
    orders = [{"task": w.task.pk}, {"task": draft.pk}, {"task": other.pk, "reply_by": late}]
    orders += [{"task": 10**9}, {"task": 10**30}]
    body = {"text": "请抓紧", "reply_by": timezone.localdate(), "tasks": orders}

    answer = as_(w.leader).post("/api/directives/batch/", body, format="json")

    found = answer.json()
    assert (answer.status_code, [row["task"] for row in found["given"]]) == (200, [w.task.pk])
    assert [(row["task"], row["number"], row["code"]) for row in found["refused"]] == [
        (draft.pk, "", "not_found"),
        (other.pk, other.number, "missing"),
        (10**9, "", "not_found"),
        (10**30, "", "not_found"),
    ]
    assert found["refused"][1]["detail"] == "回复时限不能早于今天。"
    assert list(Directive.objects.values_list("task", "text")) == [(w.task.pk, "请抓紧")]


def test_the_same_batch_again_gives_nothing_twice(w):
    leader = as_(w.leader)
    body = {"text": "请抓紧", "tasks": [{"task": w.task.pk}]}
    first, again = (
        leader.post("/api/directives/batch/", body, format="json", headers={"Idempotency-Key": "k-1"})
        for _ in range(2)
    )

    assert (first.json(), again.headers["Idempotency-Replayed"]) == (again.json(), "true")
    assert Directive.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "tasks", "status"),
    [("leader", "twice", 400), ("leader", "none", 400), ("office", "one", 200), ("town_staff", "one", 200)],
)
def test_a_batch_that_gives_nothing(w, who, tasks, status):
    """Of the office that names no leader and of a stranger every row is refused; a wrong shape as a whole."""
    rows = {"twice": [w.task.pk] * 2, "none": [], "one": [w.task.pk]}[tasks]
    body = {"text": "请抓紧", "tasks": [{"task": pk} for pk in rows]}

    answer = as_(getattr(w, who)).post("/api/directives/batch/", body, format="json")

    assert (answer.status_code, Directive.objects.count()) == (status, 0)


def test_a_directive_is_read_and_ended(w):
    given = as_(w.leader).post("/api/directives/", {"task": w.task.pk, "text": "请抓紧"}, format="json")
    url = f"/api/directives/{given.json()['id']}/"

    read = [as_(w.staff).post(f"{url}read/").status_code for _ in range(2)]
    refused = as_(w.staff).post(f"{url}end/", {"how": "finished"}, format="json")
    bare = as_(w.leader).post(f"{url}end/", {"how": "stopped"}, format="json")
    ended = as_(w.leader).post(f"{url}end/", {"how": "stopped", "why": "已另行安排"}, format="json")

    assert (read, refused.status_code, bare.status_code) == ([200, 200], 409, 400)
    assert (ended.json()["ended_how"], ended.json()["ended_why"]) == ("stopped", "已另行安排")


def test_a_batch_of_pushes_and_their_list(w, settings):
    settings.NUDGE_ANY_TIME = True
    closed = make_task(w.issue, lead=w.bureau, state="completed")

    answer = as_(w.leader).post(
        "/api/tasks/nudge/", {"tasks": [closed.pk, w.task.pk], "text": "请过问"}, format="json"
    )

    found = answer.json()
    assert (found["pushed"], [row["task"] for row in found["refused"]]) == ([w.task.pk], [closed.pk])
    listed = as_(w.staff).get("/api/nudges/?answered=false").json()["results"]
    assert [(row["number"], row["text"]) for row in listed] == [(w.task.number, "请过问")]
    assert as_(w.town_staff).get("/api/nudges/").json()["results"] == []


def test_talks_are_entered_listed_and_voided(w):
    office, today = as_(w.office), timezone.localdate().isoformat()
    body = {
        "notice": w.notice.pk, "kind": "talk", "held_on": today, "unit": w.bureau.pk, "held_by": "县委巡察办",
        "reason": "进展缓慢", "tasks": [w.task.pk],
    }  # fmt: skip

    made = office.post("/api/rebukes/", body, format="json")
    elsewhere = office.post("/api/rebukes/", {**body, "unit": w.section.pk}, format="json")
    stranger = as_(w.head).post("/api/rebukes/", body, format="json")
    url = f"/api/rebukes/{made.json()['id']}/"
    listed = office.get(f"/api/rebukes/?kind=talk&since={today}&voided=false").json()["results"]

    assert [a.status_code for a in (made, elsewhere, stranger)] == [201, 400, 400]
    assert [(row["unit"]["id"], row["tasks"]) for row in listed] == [(w.bureau.pk, [w.task.number])]
    assert (office.get(f"{url}content/").status_code, as_(w.town_head).get(url).status_code) == (404, 404)
    assert office.post(f"{url}void/", {"why": "登记有误"}, format="json").json()["voided_why"] == "登记有误"
    assert office.get("/api/rebukes/?voided=false").json()["results"] == []
