"""Scope and counters hold after any sequence of domain calls, and the recount finds what is wrong."""

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Unit
from notices.domain import planning, rollup, workflow
from notices.domain.planning import Part
from notices.errors import Refused
from notices.models import NO_DAY, Rollup, Task, TaskScope
from notices.terms import State, UnitRole
from tests.factories import AT, TODAY, ask, make_evidence, make_progress, make_task, make_unit, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def scope_of(task) -> set[tuple[str, str]]:
    return set(TaskScope.objects.filter(task=task).values_list("unit__name", "via"))


def test_scope_names_every_unit_that_may_see_and_every_unit_that_leads(world):
    task = make_task(world.issue, lead=world.section, supporting=(world.town,))

    assert scope_of(task) == {
        ("云岭县教育局基建办", "part"),
        ("云岭县教育局基建办", "lead"),
        ("云岭县教育局", "part"),
        ("云岭县教育局", "lead"),
        ("云岭县", "part"),
        ("云岭县", "lead"),
        ("青禾镇", "part"),
    }


def test_a_draft_is_led_but_not_shared(world):
    task = make_task(world.issue, lead=world.bureau, state=State.DRAFT)

    assert scope_of(task) == {("云岭县教育局", "lead"), ("云岭县", "lead")}


def test_counters_follow_the_state_the_day_and_the_lateness(world):
    due = dt.date(2026, 11, 1)
    make_task(world.issue, lead=world.bureau, state=State.COMPLETED, deadline=due, finished_on=TODAY)
    make_task(world.issue, lead=world.bureau, state=State.VERIFYING, deadline=due, finished_on=due)
    make_task(world.issue)

    rows = Rollup.objects.exclude(count=0).values_list(
        "unit__name", "state", "deadline", "judged_on", "late", "count"
    )

    assert set(rows) == {
        ("云岭县", "completed", due, NO_DAY, True, 1),
        ("云岭县教育局", "completed", due, NO_DAY, True, 1),
        ("云岭县", "verifying", due, due, False, 1),
        ("云岭县教育局", "verifying", due, due, False, 1),
        ("云岭县", "draft", NO_DAY, NO_DAY, False, 1),
    }


def test_a_failed_change_leaves_the_counters_as_they_were(world):
    task = make_task(world.issue, lead=world.bureau)
    before = list(Rollup.objects.order_by("pk").values())

    with pytest.raises(RuntimeError), transaction.atomic(), rollup.kept([task.pk]):
        Task.objects.filter(pk=task.pk).update(deadline=TODAY)
        raise RuntimeError

    assert list(Rollup.objects.order_by("pk").values()) == before
    assert rollup.wrong_rows() == []


# ── The recount finds what is wrong ──────────────────────────────────────────


def test_a_change_past_the_domain_is_found(world):
    task = make_task(world.issue, lead=world.bureau)

    Task.objects.filter(pk=task.pk).update(deadline=TODAY)

    found = rollup.wrong_rows()
    assert found[0] == f"任务 {task.pk} 的可见范围与实际不符"
    assert len(found) == 5  # and two wrong counters in each of two units


def test_a_counter_too_many_is_found(world):
    Rollup.objects.create(notice=world.notice, unit=world.town, state="active", count=1)

    assert rollup.wrong_rows() == [
        f"单位 {world.town.pk} 批次 {world.notice.pk} 状态 active：汇总为 1，实为 0"
    ]


@pytest.mark.parametrize("damage", ["missing", "foreign"])
def test_a_wrong_scope_row_is_found_and_rebuilt(world, damage):
    task = make_task(world.issue, lead=world.bureau)
    if damage == "missing":
        TaskScope.objects.filter(unit=world.bureau, via="part").delete()
    else:
        TaskScope.objects.create(task=task, notice=task.notice, unit=world.town, via="part", is_open=True)
    assert rollup.wrong_rows() == [f"任务 {task.pk} 的可见范围与实际不符"]

    rollup.rebuild()

    assert rollup.wrong_rows() == []


def test_a_moved_unit_is_right_after_a_rebuild(world):
    make_task(world.issue, lead=world.section)
    Unit.objects.filter(pk=world.section.pk).update(parent=world.town)
    assert rollup.wrong_rows() != []

    rollup.rebuild()

    assert rollup.wrong_rows() == []
    assert Task.objects.visible_to(world.town_staff).count() == 1
    assert Task.objects.visible_to(world.staff).count() == 0


def test_a_deep_tree_is_walked_to_its_root(world):
    unit = world.section
    for depth in range(7):
        unit = make_unit(f"第{depth}级", parent=unit)
    task = make_task(world.issue, lead=unit)

    assert TaskScope.objects.filter(task=task, via="lead").count() == 10
    assert rollup.wrong_rows() == []


# ── Any sequence of domain calls ─────────────────────────────────────────────

MOVES = st.lists(
    st.tuples(
        st.sampled_from([*workflow.STEPS, "edit", "units", "add", "part", "take_over", "report"]),
        st.integers(0, 5),  # which task
        st.integers(0, 3),  # which unit
        st.integers(-40, 40),  # which day
    ),
    min_size=1,
    max_size=14,
)


def move(world, what, task, unit, days):
    """One domain call with the rights of the system account; what is refused changes nothing."""
    day = TODAY + dt.timedelta(days=days)
    by = ask(
        None,
        today=day,
        reason="理由",
        outcome="sustained" if days % 2 else "completed",
        lead_unit=unit,
        deadline=day + dt.timedelta(days=9),
        review_days=90,
        no_evidence="无",
    )
    if what in workflow.STEPS:
        workflow.perform(task, what, by)
    elif what == "edit":
        planning.edit_task(task, {"deadline": day}, base={}, by=None, at=AT)
    elif what == "units":
        helpers = [Part(u, u.name, UnitRole.SUPPORTING) for u in (world.town, world.section)[: days % 3]]
        lead = Part(unit, unit.name, UnitRole.LEAD)
        planning.set_units(task, [lead, *helpers], by=None, at=AT)
    elif what == "add":
        planning.add_task(world.issue, text="措施", by=None, at=AT, deadline=day)
    elif what == "part":
        make_task(world.issue, lead=unit, parent=task if task.parent_id is None else None)
    elif what == "take_over":
        states = list(State)
        workflow.take_over({task.pk: states[days % len(states)]}, by=None, at=AT, today=day, why="接收")
    else:
        make_progress(task, unit=unit)
        make_evidence(task)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(moves=MOVES)
def test_scope_and_counters_hold_after_any_sequence(moves):
    with transaction.atomic():
        world = make_world()
        units = [world.bureau, world.section, world.town, world.county]
        for state in (State.DRAFT, State.PENDING, State.ACTIVE, State.VERIFYING):
            make_task(world.issue, lead=world.bureau, state=state, deadline=TODAY)

        for what, which, unit, days in moves:
            tasks = list(Task.objects.order_by("pk"))
            try:
                with transaction.atomic():
                    move(world, what, tasks[which % len(tasks)], units[unit], days)
            except Refused:
                pass

        assert rollup.wrong_rows() == []
        transaction.set_rollback(True)
