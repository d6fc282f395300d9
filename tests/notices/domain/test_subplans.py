"""子方案: who breaks a task down, for whom, until when; parts roll up and are closed from above."""

import datetime as dt

import pytest

from accounts.models import Event
from notices.domain import planning, rollup, subplans, workflow
from notices.errors import Missing, Refused, StepRefused
from notices.models import Task
from notices.terms import Stage, State
from tests.factories import AT, TODAY, ask, make_evidence, make_progress, make_task, make_world

pytestmark = pytest.mark.django_db
DUE = dt.date(2026, 12, 31)


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def task(world):
    return make_task(world.issue, lead=world.bureau, leader_text="樊领导", deadline=DUE)


def add(world, task, by=None, **fields):
    given = {"text": "核对基建台账", "lead": world.section, **fields}
    return subplans.add_part(task, by=by or world.staff, at=AT, today=TODAY, **given)


def test_a_part_goes_to_its_sub_unit_with_what_the_task_has(world, task):
    part = add(world, task, contact_text="岑科员")

    assert (part.number, part.parent, part.state) == ("W01-001-01.1", task, State.PENDING)
    assert (part.lead_unit, part.leader_text, part.deadline) == (world.section, "樊领导", DUE)
    assert part.contact == world.section_staff
    assert list(Task.objects.visible_to(world.section_staff)) == [part]
    assert [e.action for e in Event.objects.order_by("pk")] == ["task.add", "task.assign"]
    assert rollup.wrong_rows() == []


def test_parts_stand_behind_their_task_and_are_numbered_on(world, task):
    other = make_task(world.issue, lead=world.town)
    first, second = add(world, task), add(world, task, deadline_text="12月10日")
    workflow.perform(first, "cancel", ask(world.staff, reason="合并办理"))
    third = add(world, task)

    assert [t.number for t in Task.objects.in_order()] == [
        "W01-001-01", "W01-001-01.1", "W01-001-01.2", "W01-001-01.3", "W01-001-02",
    ]  # fmt: skip
    assert (second.deadline, third.number, other.number) == (
        dt.date(2026, 12, 10), "W01-001-01.3", "W01-001-02",
    )  # fmt: skip


@pytest.mark.parametrize("who", ["town_staff", "section_staff", "office", "supervisor", "leader"])
def test_others_do_not_break_it_down(world, task, who):
    with pytest.raises(Refused):
        add(world, task, by=getattr(world, who))

    assert Task.objects.count() == 1


def test_the_office_does_for_a_unit_without_accounts(world, task):
    world.staff.memberships.all().delete()
    world.head.memberships.all().delete()

    assert add(world, task, by=world.office).number == "W01-001-01.1"


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"text": " "}, {"text": "请填写子任务的内容。"}),
        ({"lead": None}, {"lead": "请从本单位及下属单位中选择承办单位。"}),
    ],
)
def test_what_a_part_needs(world, task, fields, missing):
    with pytest.raises(Missing) as found:
        add(world, task, **fields)

    assert found.value.fields == missing


def test_a_unit_that_is_not_below_is_refused(world, task):
    with pytest.raises(Missing, match="下属单位"):
        add(world, task, lead=world.town)


@pytest.mark.parametrize("words", ["2027-01-01", "2027年3月底前"])
def test_a_part_is_not_due_after_its_task(world, task, words):
    with pytest.raises(Refused, match="子任务 W01-001-01.1 的完成时限（2027-0.*晚于上级任务 W01-001-01"):
        add(world, task, deadline_text=words)

    assert Task.objects.count() == 1


def test_neither_is_moved_past_the_other(world, task):
    part = add(world, task)
    with pytest.raises(Refused, match="晚于上级任务"):
        planning.edit_task(part, {"deadline": dt.date(2027, 1, 1)}, base={}, by=world.staff, at=AT)
    with pytest.raises(Refused, match="晚于上级任务"):
        planning.edit_task(task, {"deadline": dt.date(2026, 12, 1)}, base={}, by=world.office, at=AT)

    planning.edit_task(part, {"deadline": dt.date(2026, 12, 1)}, base={}, by=world.staff, at=AT)
    planning.edit_task(task, {"deadline": dt.date(2026, 12, 1)}, base={}, by=world.office, at=AT)
    assert rollup.wrong_rows() == []


@pytest.mark.parametrize("state", [State.PENDING, State.SUBMITTED, State.COMPLETED])
def test_only_active_tasks_are_broken_down(world, state):
    with pytest.raises(Refused, match="签收并进入整改后"):
        add(world, make_task(world.issue, lead=world.bureau, state=state))


def test_a_part_is_not_broken_down_again(world, task):
    part = add(world, task)
    workflow.perform(part, "accept", ask(world.section_staff))

    with pytest.raises(Refused, match="子任务不能再分解"):
        add(world, part, by=world.section_staff)


def test_an_archived_campaign_is_left_alone(world, task):
    task.notice.stage = Stage.ARCHIVED
    task.notice.save()

    with pytest.raises(Refused, match="已归档"):
        add(world, task)


def test_the_unit_above_edits_the_part_the_unit_itself_its_contact_only(world, task):
    part = add(world, task)

    planning.edit_task(part, {"text": "核对全部台账"}, base={}, by=world.head, at=AT)
    planning.edit_task(part, {"contact_text": "岑科员"}, base={}, by=world.section_staff, at=AT)
    with pytest.raises(Refused, match="只能由整改办修改"):
        planning.edit_task(part, {"text": "不核对"}, base={}, by=world.section_staff, at=AT)
    with pytest.raises(Refused, match="只能由整改办修改"):
        planning.edit_task(task, {"text": "不核对"}, base={}, by=world.staff, at=AT)


def test_a_declined_part_goes_to_another_sub_unit_only(world, task):
    part = add(world, task)
    workflow.perform(part, "decline", ask(world.section_staff, reason="不属本科室"))

    with pytest.raises(Refused, match="不在该批次的范围内"):
        workflow.perform(part, "assign", ask(world.staff, lead_unit=world.town))
    workflow.perform(part, "assign", ask(world.staff, lead_unit=world.bureau))

    assert (part.state, part.lead_unit) == (State.PENDING, world.bureau)


def test_the_head_above_closes_the_part_then_the_task_may_be_submitted(world, task):
    part = add(world, task)
    workflow.perform(part, "accept", ask(world.section_staff))
    make_progress(part, by=world.section_staff)
    make_progress(task, by=world.staff)
    make_evidence(task)
    claim = {"outcome": "completed", "no_evidence": "线下核验"}
    lacking = workflow.missing(task, "submit", ask(world.staff, **claim))
    assert lacking == {"parts": "以下子任务尚未销号：W01-001-01.1。"}
    with pytest.raises(Refused, match="请先撤销或销号"):
        workflow.perform(task, "cancel", ask(world.office, reason="重复"))

    workflow.perform(part, "submit", ask(world.section_staff, **claim))
    workflow.perform(part, "approve", ask(world.head))
    with pytest.raises(StepRefused):
        workflow.perform(part, "close", ask(world.head, outcome="completed"))
    workflow.perform(part, "close", ask(world.office, outcome="completed"))

    assert workflow.missing(task, "submit", ask(world.staff, **claim)) == {}


def test_parts_roll_up(world, task):
    first = add(world, task, deadline_text="2026-11-19")
    second, third = add(world, task), add(world, task)
    workflow.perform(third, "cancel", ask(world.staff, reason="合并"))
    Task.objects.filter(pk=second.pk).update(state=State.COMPLETED, closed_on=TODAY)

    found = subplans.parts_of(task, today=TODAY)

    assert (found.total, found.closed, found.overdue) == (2, 1, 1)
    assert [p.pk for p in found.rows] == [first.pk, second.pk, third.pk]
    assert not subplans.parts_of(first, today=TODAY)
