"""A ledger over an approved plan: one reason for the whole upload; parts go out indented and come back as they are."""

import datetime as dt

import pytest

from notices.domain import baseline, plan_review, rollup, subplans
from notices.errors import Missing, Refused
from notices.ledger.apply import apply_plan, undo_import
from notices.models import PlanChange, Task
from tests.factories import AT, TODAY, make_task, make_world
from tests.notices.ledger.conftest import Trip

pytestmark = pytest.mark.django_db
DUE = dt.date(2026, 12, 31)


@pytest.fixture
def world():
    world = make_world()
    make_task(world.issue, lead=world.bureau, leader_text="樊领导", deadline=DUE)
    return world


@pytest.fixture
def planned(world):
    review = plan_review.submit(world.notice, note="", by=world.office, at=AT)
    plan_review.approve(review, by=world.office_two, at=AT)
    return world


def apply(world, trip, reason=""):
    plan = trip.plan(by=world.office)
    return apply_plan(plan, world.notice, by=world.office, at=AT, today=TODAY, why="导入", reason=reason)


def found():
    rows = baseline.deviations(PlanChange.objects.all())
    return [(d.number, d.label, d.planned, d.now, d.reason) for d in rows]


def test_an_upload_gives_one_reason_for_all_it_changes(planned):
    trip = Trip(planned).export()
    trip.set("任务清单", "W01-001-01", "完成时限", dt.date(2027, 3, 31))
    trip.set("任务清单", "W01-001-01", "责任领导", "某常委")
    trip.set("任务清单", "W01-001-01", "备注", "已核")
    with pytest.raises(Missing, match="责任领导、完成时限"):
        apply(planned, trip)
    assert Task.objects.get().version == 0

    done = apply(planned, trip, "分工调整")

    assert found() == [
        ("W01-001-01", "责任领导", "樊领导", "某常委", "分工调整"),
        ("W01-001-01", "完成时限", "2026-12-31", "2027-03-31", "分工调整"),
    ]
    undo_import(done.undo, planned.notice, by=planned.office, at=AT, today=TODAY, why="撤销导入")
    assert found() == []


def test_other_columns_need_no_reason(planned):
    trip = Trip(planned).export()
    trip.set("任务清单", "W01-001-01", "备注", "已核")

    apply(planned, trip)

    assert Task.objects.get().remark == "已核"


def test_a_row_added_to_an_approved_plan_needs_a_reason(planned):
    trip = Trip(planned).export()
    trip.append("任务清单", 问题编号="W01-001", 整改措施="增设监督员")
    with pytest.raises(Missing, match="新增措施"):
        apply(planned, trip)

    apply(planned, trip, "上级要求")

    assert found() == [("W01-001-02", "新增措施", "", "增设监督员", "上级要求")]


def test_parts_go_out_indented_and_come_back_as_parts(world):
    task = Task.objects.get()
    part = subplans.add_part(task, text="核对台账", lead=world.section, by=world.staff, at=AT, today=TODAY)
    trip = Trip(world).export()
    row = trip.row_of("任务清单", part.number)
    assert row == trip.row_of("任务清单", task.number) + 1
    cells = trip.book["任务清单"]
    column = trip.column_of("任务清单", "整改措施")
    assert [cells.cell(row - i, column).alignment.indent for i in (0, 1)] == [2.0, 0.0]

    trip.set("任务清单", part.number, "责任人", "岑科员")
    apply(world, trip)

    again = Task.objects.get(pk=part.pk)
    assert (again.parent_id, again.number, again.contact_text) == (task.pk, "W01-001-01.1", "岑科员")
    assert rollup.wrong_rows() == []


@pytest.mark.parametrize(
    ("days", "refused"),
    [
        ({"part": dt.date(2027, 3, 31)}, ["part"]),
        ({"whole": dt.date(2026, 1, 5)}, ["whole"]),
        ({"whole": dt.date(2027, 4, 1), "part": dt.date(2027, 3, 31)}, []),
        ({"whole": dt.date(2026, 1, 5), "part": dt.date(2027, 3, 31)}, ["part", "whole"]),
    ],
)
def test_the_plan_refuses_the_row_that_moves_a_part_past_its_task(world, days, refused):
    task = Task.objects.get()
    part = subplans.add_part(task, text="核对", lead=world.section, by=world.staff, at=AT, today=TODAY)
    numbers = {"whole": task.number, "part": part.number}
    trip = Trip(world).export()
    for which, day in days.items():
        trip.set("任务清单", numbers[which], "完成时限", day)

    plan = trip.plan(by=world.office)
    apply_plan(plan, world.notice, by=world.office, at=AT, today=TODAY, why="导入")

    said = {r.number: r.reason for r in plan.rows if r.kind == "refused"}
    assert said.keys() == {numbers[which] for which in refused}
    assert all(f"子任务 {part.number} 的完成时限会晚于上级任务 {task.number}" in r for r in said.values())
    now = dict(Task.objects.values_list("number", "deadline"))
    assert now == {numbers[w]: DUE if w in refused else days.get(w, DUE) for w in numbers}


def test_a_part_made_since_the_look_still_stops_the_import(world):
    task = Task.objects.get()
    trip = Trip(world).export()
    trip.set("任务清单", task.number, "完成时限", dt.date(2026, 11, 30))
    plan = trip.plan(by=world.office)
    subplans.add_part(task, text="核对", lead=world.section, by=world.staff, at=AT, today=TODAY)

    with pytest.raises(Refused, match="晚于上级任务"):
        apply_plan(plan, world.notice, by=world.office, at=AT, today=TODAY, why="导入")

    assert Task.objects.get(pk=task.pk).deadline == DUE
