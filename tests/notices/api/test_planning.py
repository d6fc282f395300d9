"""The plan over HTTP, by the rules of the pages."""

import datetime as dt

import pytest
from rest_framework.test import APIClient

from notices.models import Notice, Task
from notices.terms import Stage, State
from tests.factories import make_task, make_world

pytestmark = pytest.mark.django_db
DUE = dt.date(2026, 12, 31)


@pytest.fixture
def world():
    world = make_world()
    Notice.objects.update(stage=Stage.DRAFT)
    make_task(world.issue, lead=world.bureau, leader_text="樊领导", deadline=DUE)
    return world


def client_of(user):
    client = APIClient(headers={"If-Match": "*"})
    client.force_authenticate(user)
    return client


def test_a_plan_is_checked_submitted_approved_and_kept(world):
    Task.objects.update(leader_text="")
    plan = f"/api/plans/{world.notice.pk}/"
    one, two = client_of(world.office), client_of(world.office_two)

    assert [f["code"] for f in one.get(plan).json()["blocking"]] == ["no_leader"]
    refused = one.post(f"{plan}submit/")
    assert (refused.status_code, refused.json()["detail"]) == (
        409, "方案还不能报批：有 1 项任务没有责任领导：W01-001-01。",
    )  # fmt: skip
    Task.objects.update(leader_text="樊领导")
    assert one.post(f"{plan}submit/", {"note": "请审批"}).json()["last"]["state"] == "waiting"
    assert one.post(f"{plan}approve/").status_code == 409
    assert two.post(f"{plan}return/", {"reason": "再议"}).json()["last"]["reason"] == "再议"
    one.post(f"{plan}submit/")
    found = two.post(f"{plan}approve/").json()

    assert (found["baseline"]["tasks"], found["baseline"]["approved_by"], found["intact"]) == (
        1,
        "霍干事",
        True,
    )
    assert Notice.objects.get().stage == Stage.PLANNED


def test_a_change_of_the_approved_plan_needs_a_reason(world):
    office, plan = client_of(world.office), f"/api/plans/{world.notice.pk}/"
    office.post(f"{plan}submit/")
    client_of(world.office_two).post(f"{plan}approve/")
    task = f"/api/tasks/{Task.objects.get().pk}/"

    bare = office.patch(task, {"deadline": "2027-01-31"}, headers={"If-Match": "*"})
    given = {"deadline": "2027-01-31", "reason": "待批复"}
    done = office.patch(task, given, headers={"If-Match": "*"})

    assert (bare.status_code, bare.json()["errors"]) == (
        400, {"reason": "整改方案已经批准，改动完成时限须填写“修改原因”。"},
    )  # fmt: skip
    assert done.status_code == 200
    (row,) = office.get(plan).json()["deviations"]
    assert (row["number"], row["planned"], row["now"], row["reason"]) == (
        "W01-001-01", "2026-12-31", "2027-01-31", "待批复",
    )  # fmt: skip


def test_measures_are_added_split_and_removed(world):
    office = client_of(world.office)

    added = office.post("/api/measures/", {"issue": world.issue.pk, "text": "清理。修订。"})
    url = f"/api/measures/{added.json()['id']}/"
    half = office.post(f"{url}split/", {"first": "清理。", "second": "修订。"})
    gone = office.delete(url)

    assert (added.status_code, half.status_code, gone.status_code) == (201, 201, 204)
    assert [t.text for t in Task.objects.in_order()] == ["修订学习制度", "修订。"]
    assert office.delete(f"/api/measures/{Task.objects.in_order()[0].pk}/").status_code == 409


def test_parts_are_added_by_the_lead_unit_for_its_sub_units(world):
    task = Task.objects.get()
    url = f"/api/tasks/{task.pk}/parts/"

    made = client_of(world.staff).post(url, {"text": "核对台账", "lead": world.section.pk})
    late = client_of(world.staff).post(
        url, {"text": "核对", "lead": world.section.pk, "deadline_text": "2027-01-31"}
    )
    foreign = client_of(world.staff).post(url, {"text": "核对", "lead": world.town.pk})

    assert (made.status_code, made.json()["number"], made.json()["state"]) == (
        201,
        "W01-001-01.1",
        State.PENDING,
    )
    assert (late.status_code, foreign.status_code) == (409, 400)
    assert client_of(world.town_staff).post(url, {}).status_code == 404
    assert [p["number"] for p in client_of(world.office).get(url).json()["results"]] == ["W01-001-01.1"]
    assert client_of(world.office).post(url, {}).status_code == 409


def test_units_find_no_plan(world):
    assert client_of(world.staff).get(f"/api/plans/{world.notice.pk}/").status_code == 404
    assert client_of(world.supervisor).get(f"/api/plans/{world.notice.pk}/").status_code == 404
