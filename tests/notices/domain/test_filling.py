"""Units, leader and deadline for many tasks at once."""

import datetime as dt

import pytest

from notices.domain import rollup
from notices.domain.filling import Filled, Filling, fill_many
from notices.errors import Refused
from notices.models import Task
from notices.terms import State
from tests.factories import AT, TODAY, make_task, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def fill(tasks, filling, by):
    return fill_many(tasks, filling, by=by, at=AT, today=TODAY)


def test_everything_for_two_drafts(world):
    tasks = [make_task(world.issue), make_task(world.issue)]
    filling = Filling(
        lead=world.bureau,
        supporting=(world.town,),
        leader_text="樊领导",
        deadline_text="2026年12月底前",
        assign=True,
    )

    filled = fill(tasks, filling, world.office)

    assert filled == Filled([t.number for t in tasks], {})
    for task in Task.objects.all():
        assert (task.state, task.lead_unit, task.leader) == (State.PENDING, world.bureau, world.leader)
        assert task.deadline == dt.date(2026, 12, 31)
        assert [(u.unit, u.role) for u in task.task_units.order_by("position")] == [
            (world.bureau, "lead"),
            (world.town, "supporting"),
        ]
    assert rollup.wrong_rows() == []


def test_a_task_with_its_unit_keeps_its_lead_and_does_not_stop_the_others(world):
    busy = make_task(world.issue, lead=world.bureau)
    draft = make_task(world.issue)

    filled = fill([busy, draft], Filling(lead=world.town), world.office)

    assert filled.done == [draft.number]
    assert filled.refused == {busy.number: f"任务 {busy.number} 已交单位办理，更换牵头单位请用“改派”。"}
    assert Task.objects.get(pk=busy.pk).lead_unit == world.bureau


def test_all_or_nothing_a_task(world):
    busy = make_task(world.issue, lead=world.bureau)

    fill([busy], Filling(lead=world.town, leader_text="某人"), world.office)

    assert Task.objects.get(pk=busy.pk).leader_text == ""


def test_assign_without_a_lead_says_so(world):
    draft = make_task(world.issue)

    filled = fill([draft], Filling(assign=True), world.office)

    assert filled.refused == {draft.number: "请选择牵头单位(须为系统中已有的单位)。"}


def test_words_that_are_not_a_day_are_refused_before_anything(world):
    draft = make_task(world.issue)

    with pytest.raises(Refused, match="2024717日"):
        fill([draft], Filling(deadline_text="2024717日"), world.office)


def test_nothing_to_fill_is_refused(world):
    with pytest.raises(Refused, match="请至少填写一项"):
        fill([make_task(world.issue)], Filling(), world.office)


def test_only_the_office(world):
    draft = make_task(world.issue, lead=world.bureau, state=State.PENDING)

    assert fill([draft], Filling(kind="fix"), world.staff).refused == {
        draft.number: "只有整改办可以批量填写。"
    }


def test_supporting_units_are_replaced_and_the_lead_stays(world):
    task = make_task(world.issue, lead=world.bureau, supporting=(world.town,))

    fill([task], Filling(supporting=(world.section,)), world.office)

    assert [(u.unit, u.role) for u in task.task_units.order_by("position")] == [
        (world.bureau, "lead"),
        (world.section, "supporting"),
    ]
