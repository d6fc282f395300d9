"""Figures counted by hand."""

import datetime as dt
from decimal import Decimal

import pytest

from notices.domain import statistics
from notices.domain.statistics import Figures, IssueFigures, percent
from notices.domain.statistics_weeks import WeekPoint, planned_and_done
from notices.models import Notice, Task
from notices.terms import State
from tests.factories import TODAY, make_issue, make_notice, make_task, make_unit, make_world

pytestmark = pytest.mark.django_db


def day(offset: int) -> dt.date:
    return TODAY + dt.timedelta(days=offset)


@pytest.fixture
def world():
    return make_world()


RATES = [
    (688, 697, "98.71"),
    (26, 53, "49.06"),
    (1, 8, "12.50"),
    (1, 3, "33.33"),
    (2, 3, "66.67"),
    (1, 800, "0.13"),  # 0.125: half up, not to even
    (5, 800, "0.63"),  # 0.625
    (0, 7, "0.00"),
    (7, 7, "100.00"),
]


@pytest.mark.parametrize(("part", "whole", "rate"), RATES)
def test_a_rate_has_two_decimals_half_up(part, whole, rate):
    assert percent(part, whole) == Decimal(rate)


def test_a_rate_of_nothing_is_nothing():
    assert percent(0, 0) is None


def test_completion_counts_completed_only_and_closing_both():
    found = Figures(total=53, completed=26, sustained=27)

    assert (found.completion_rate, found.closing_rate) == (Decimal("49.06"), Decimal("100.00"))
    assert (found.closed, found.open) == (53, 0)


def lay_out(world):
    """Twelve tasks: what each adds stands beside it."""
    bureau, town = world.bureau, world.town
    task = lambda **fields: make_task(world.issue, **fields)  # noqa: E731
    task(state=State.DRAFT)  # green, unassigned
    task(lead=bureau, state=State.PENDING, deadline=day(-45))  # red, due, over 30
    task(lead=bureau, deadline=day(-30))  # red, due
    task(lead=bureau, deadline=day(0))  # yellow, due
    task(lead=town, deadline=day(11))  # green
    task(
        lead=town, state=State.SUBMITTED, deadline=day(-3), finished_on=day(-4)
    )  # yellow, waiting, due, on time
    task(lead=town, state=State.VERIFYING, deadline=day(-3), finished_on=day(-2))  # red, waiting, due
    task(lead=bureau, state=State.COMPLETED, deadline=day(-9), finished_on=day(-9))  # done, due, on time
    task(lead=bureau, state=State.COMPLETED, deadline=day(-9), finished_on=day(-8))  # done, due
    task(lead=bureau, state=State.SUSTAINED, deadline=day(30), finished_on=day(-1))  # long, due, on time
    task(lead=town, state=State.SUSTAINED)  # long, no deadline
    task(lead=town, state=State.CANCELLED, deadline=day(-9))  # cancelled: in no rate
    parent = task(lead=town, deadline=day(50))  # green
    task(lead=world.section, parent=parent, deadline=day(-9))  # a part: never counted


WHOLE = Figures(
    total=12,
    completed=2,
    sustained=2,
    cancelled=1,
    done=2,
    red=3,
    yellow=2,
    green=3,
    unassigned=1,
    waiting=2,
    due=8,
    on_time=3,
    over_30=1,
    late_7=1,
    late_30=1,
    late_90=1,
)
BUREAU = Figures(
    total=6,
    completed=2,
    sustained=1,
    done=2,
    red=2,
    yellow=1,
    due=6,
    on_time=2,
    over_30=1,
    late_30=1,
    late_90=1,
)
TOWN = Figures(
    total=5, sustained=1, cancelled=1, red=1, yellow=1, green=2, waiting=2, due=2, on_time=1, late_7=1
)


def test_figures_of_a_whole_notice(world):
    lay_out(world)

    found = statistics.figures([world.notice.pk], unit=None, today=TODAY)

    assert found == WHOLE
    assert found.completion_rate == Decimal("16.67")  # 2 of 12
    assert found.closing_rate == Decimal("33.33")  # 4 of 12
    assert found.on_time_rate == Decimal("37.50")  # 3 of 8


def test_figures_of_units_are_of_what_they_lead(world):
    lay_out(world)

    found = statistics.by_unit(
        [world.notice.pk], [world.bureau.pk, world.town.pk, world.section.pk], today=TODAY
    )

    assert found == {world.bureau.pk: BUREAU, world.town.pk: TOWN}
    assert statistics.figures([world.notice.pk], unit=world.town.pk, today=TODAY) == TOWN


def test_the_party_itself_counts_every_task(world):
    lay_out(world)

    assert statistics.figures([world.notice.pk], unit=world.county.pk, today=TODAY) == WHOLE


def test_what_a_section_leads_counts_for_the_units_above_it(world):
    make_task(world.issue, lead=world.section, deadline=day(-1))

    found = statistics.by_unit(
        [world.notice.pk], [world.section.pk, world.bureau.pk, world.town.pk], today=TODAY
    )

    assert {pk: f.red for pk, f in found.items()} == {world.section.pk: 1, world.bureau.pk: 1}


def test_figures_of_another_day_need_no_job(world):
    make_task(world.issue, lead=world.bureau, deadline=day(11))

    lights = [
        statistics.figures([world.notice.pk], unit=None, today=day(offset)) for offset in (0, 1, 11, 12, 42)
    ]

    assert [(f.green, f.yellow, f.red, f.over_30) for f in lights] == [
        (1, 0, 0, 0),
        (0, 1, 0, 0),
        (0, 1, 0, 0),
        (0, 0, 1, 0),
        (0, 0, 1, 1),
    ]


def test_two_notices_add_up_each_by_its_preset(world):
    other = make_notice(world.county, title="另一批次", preset="xian")
    make_task(make_issue(other), lead=world.bureau, deadline=day(7))
    make_task(world.issue, lead=world.bureau, deadline=day(7))

    found = statistics.figures([world.notice.pk, other.pk], unit=None, today=TODAY)

    assert (found.total, found.green, found.yellow) == (2, 1, 1)


def test_completed_is_green_where_green_means_accepted(world):
    Notice.objects.update(preset="jingdezhen")
    make_task(world.issue, lead=world.bureau, state=State.COMPLETED)

    found = statistics.figures([world.notice.pk], unit=None, today=TODAY)

    assert (found.completed, found.green, found.done) == (1, 1, 0)


def test_a_task_taken_over_without_a_day_is_in_no_rate_of_time(world):
    make_task(world.issue, lead=world.bureau, state=State.COMPLETED, deadline=day(-9), finished_on=None)

    counted = statistics.figures([world.notice.pk], unit=None, today=TODAY)
    seen = statistics.tasks_by_issue(Task.objects.all(), today=TODAY)[world.issue.pk]

    for found in (counted, seen):
        assert (found.completed, found.due, found.on_time, found.on_time_rate) == (1, 0, 0, None)


def test_nothing_gives_zeros_and_no_rates(world):
    found = statistics.figures([world.notice.pk], unit=None, today=TODAY)

    assert found == Figures()
    assert (found.completion_rate, found.closing_rate, found.on_time_rate) == (None, None, None)


# ── Issues ───────────────────────────────────────────────────────────────────

DERIVED = [
    ((), "not_started"),
    (("completed", "completed"), "completed"),
    (("completed", "sustained"), "sustained"),
    (("sustained",), "sustained"),
    (("completed", "verifying"), "in_progress"),
    (("active", "draft"), "in_progress"),
    (("draft", "pending"), "not_started"),
    (("completed", "draft"), "in_progress"),
    (("completed", "cancelled"), "completed"),
    (("cancelled",), "not_started"),
]


@pytest.mark.parametrize(("states", "progress"), DERIVED)
def test_the_progress_of_an_issue_is_derived_from_its_tasks(world, states, progress):
    for state in states:
        make_task(world.issue, lead=world.bureau, state=State(state))

    found = type(world.issue).objects.with_progress().get(pk=world.issue.pk)

    assert found.progress == progress


def test_a_part_does_not_change_the_progress_of_its_issue(world):
    parent = make_task(world.issue, lead=world.bureau, state=State.COMPLETED)
    make_task(world.issue, lead=world.section, parent=parent, state=State.SUSTAINED)

    assert statistics.issue_figures([world.notice.pk]) == IssueFigures(1, 1, 0, 0, 0)


def test_figures_of_issues(world):
    for state in (State.COMPLETED, State.COMPLETED, State.SUSTAINED, State.ACTIVE):
        make_task(make_issue(world.notice), lead=world.bureau, state=state)

    found = statistics.issue_figures([world.notice.pk])

    assert found == IssueFigures(total=5, completed=2, sustained=1, in_progress=1, not_started=1)
    assert (found.completion_rate, found.closing_rate) == (Decimal("40.00"), Decimal("60.00"))


# ── Board ────────────────────────────────────────────────────────────────────


def test_unit_lines_stand_by_red_then_by_number(world):
    lay_out(world)
    hall = make_unit("云岭县档案馆", parent=world.county)
    for _ in range(3):
        make_task(world.issue, lead=hall)

    lines = statistics.unit_lines([world.notice.pk], today=TODAY)

    assert [(line.unit.name, line.figures.red, line.figures.total) for line in lines] == [
        ("云岭县教育局", 2, 6),
        ("青禾镇", 1, 5),
        ("云岭县档案馆", 0, 3),
    ]


def test_planned_and_done_are_cumulative_by_week(world):
    lay_out(world)

    points = planned_and_done([world.notice.pk], today=TODAY, weeks=3)

    # TODAY is Friday 2026-11-20; four tasks are closed on that day.
    assert points == [
        WeekPoint(dt.date(2026, 11, 8), planned=2, due=2, done=0),
        WeekPoint(dt.date(2026, 11, 15), planned=4, due=4, done=0),
        WeekPoint(dt.date(2026, 11, 22), planned=7, due=7, done=4),
    ]
