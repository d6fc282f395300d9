"""方案报批: what blocks it, who may approve, what is frozen, what moves."""

import datetime as dt

import pytest

from accounts.models import Event
from accounts.roles import Role
from notices.domain import baseline, plan_review, planning
from notices.errors import Refused
from notices.models import BaselineRow, Message, Notice, PlanBaseline, PlanReview, Task
from notices.terms import Stage, State
from tests.factories import AT, make_issue, make_task, make_user, make_world

pytestmark = pytest.mark.django_db
DUE = dt.date(2026, 12, 31)


@pytest.fixture
def world():
    world = make_world()
    Notice.objects.update(stage=Stage.DRAFT)
    make_task(world.issue, lead=world.bureau, state=State.DRAFT, leader_text="樊领导", deadline=DUE)
    return world


def submit(world, by=None):
    return plan_review.submit(world.notice, note="请审批", by=by or world.office, at=AT)


def approve(world, by=None):
    return plan_review.approve(PlanReview.objects.get(state="waiting"), by=by or world.office_two, at=AT)


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({}, []),
        ({"leader_text": ""}, ["no_leader"]),
        ({"deadline": None}, ["no_deadline"]),
        ({"deadline": None, "keep_up": True}, ["no_review"]),
        ({"deadline": None, "keep_up": True, "review_days": 90}, []),
        ({"deadline": dt.date(2026, 5, 31)}, ["too_early"]),
        ({"lead_unit": None}, ["no_lead"]),
        ({"state": State.CANCELLED}, ["issue_without_task"]),
    ],
)
def test_what_blocks_a_plan(world, values, codes):
    Task.objects.update(**values)

    assert [f.code for f in plan_review.blocking(world.notice)] == codes


def test_a_finding_names_the_task(world):
    Task.objects.update(leader_text="")

    assert plan_review.blocking(world.notice)[0].message == "有 1 项任务没有责任领导：W01-001-01。"


def test_submitting_an_incomplete_plan_is_refused_with_every_finding(world):
    Task.objects.update(leader_text="", deadline=None)

    with pytest.raises(Refused) as refused:
        submit(world)

    assert str(refused.value) == (
        "方案还不能报批：有 1 项任务没有责任领导：W01-001-01。"
        "有 1 项任务没有完成时限（长期坚持的除外）：W01-001-01。"
    )
    assert not PlanReview.objects.exists()


def test_submitting_tells_the_rest_of_the_office(world):
    submit(world)

    assert [m.recipient for m in Message.objects.all()] == [world.office_two]
    assert Event.objects.get().action == "plan.submit"


def test_a_plan_is_submitted_once_at_a_time(world):
    submit(world)

    with pytest.raises(Refused, match="已经报批"):
        submit(world, world.office_two)


def test_the_submitter_may_not_approve(world):
    submit(world)

    with pytest.raises(Refused, match="报批人不能批准"):
        approve(world, world.office)

    assert not PlanBaseline.objects.exists()


@pytest.mark.parametrize("who", ["staff", "head", "leader", "supervisor"])
def test_others_neither_submit_nor_approve_nor_return(world, who):
    person = getattr(world, who)
    with pytest.raises(Refused, match="只有整改办"):
        submit(world, person)
    review = submit(world)

    with pytest.raises(Refused, match="只有整改办"):
        approve(world, person)
    with pytest.raises(Refused, match="只有整改办"):
        plan_review.give_back(review, reason="不行", by=person, at=AT)


def test_a_one_person_office_may_approve_and_is_marked(world):
    world.office_two.memberships.all().delete()
    submit(world)

    approve(world, world.office)

    assert PlanReview.objects.get().alone is True


def test_approval_freezes_the_plan_and_moves_the_campaign(world):
    submit(world)

    base = approve(world)

    assert (base.issues, base.tasks) == (1, 1)
    assert Notice.objects.get().stage == Stage.PLANNED
    assert BaselineRow.objects.get(task__isnull=False).values == {
        "text": "修订学习制度", "lead": "云岭县教育局", "leader": "樊领导", "deadline": "2026-12-31",
        "responsible": "", "supporting": "", "kind": "", "contact": "", "review_days": "",
    }  # fmt: skip
    assert baseline.intact(base)
    assert PlanReview.objects.get().alone is False


def test_a_running_campaign_keeps_its_stage(world):
    Notice.objects.update(stage=Stage.RUNNING)
    submit(world)
    approve(world)

    assert Notice.objects.get().stage == Stage.RUNNING


def test_a_changed_row_of_the_baseline_is_seen(world):
    submit(world)
    base = approve(world)

    BaselineRow.objects.filter(task__isnull=False).update(values={"text": "别的"})

    assert not baseline.intact(base)


def test_what_changed_after_the_submission_is_not_approved(world):
    submit(world)
    planning.edit_task(Task.objects.get(), {"text": "改过"}, base={}, by=world.office, at=AT)

    with pytest.raises(Refused, match="报批以后方案又有改动"):
        approve(world)


def test_a_returned_plan_is_submitted_again(world):
    review = submit(world)
    with pytest.raises(Refused, match="退回理由"):
        plan_review.give_back(review, reason=" ", by=world.office_two, at=AT)

    plan_review.give_back(review, reason="措施不够具体", by=world.office_two, at=AT)
    with pytest.raises(Refused, match="已退回"):
        plan_review.approve(review, by=world.office_two, at=AT)
    submit(world)
    approve(world)

    assert Message.objects.filter(recipient=world.office).order_by("pk").first().body == "措施不够具体"
    assert PlanBaseline.objects.count() == 1
    with pytest.raises(Refused, match="已经批准"):
        submit(world)


def test_an_archived_campaign_is_left_alone(world):
    Notice.objects.update(stage=Stage.ARCHIVED)

    with pytest.raises(Refused, match="已归档"):
        submit(world)


def test_parts_and_cancelled_tasks_are_not_of_the_plan(world):
    task = Task.objects.get()
    make_task(world.issue, lead=world.section, parent=task)
    make_task(make_issue(world.notice), lead=world.town, state=State.CANCELLED)

    rows = baseline.plan_rows(world.notice)

    assert [r.number for r in rows] == ["W01-001", "W01-001-01", "W01-002"]


def test_a_second_person_ends_the_exception(world):
    world.office_two.memberships.all().delete()
    make_user("third", (Role.OFFICE, world.county))
    submit(world)

    with pytest.raises(Refused, match="报批人不能批准"):
        approve(world, world.office)
