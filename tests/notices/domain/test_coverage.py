"""What one person's figures cover, counted from the roll-up rows and equal to the tasks themselves."""

import datetime as dt

import pytest

from accounts.roles import Role
from notices.domain import statistics
from notices.domain.coverage import counted, coverage, covered_tasks
from notices.domain.statistics import Figures
from notices.domain.statistics_weeks import WeekPoint, covered_weeks
from notices.models import Notice, Task
from notices.terms import State
from tests.factories import TODAY, make_issue, make_notice, make_task, make_unit, make_user, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def w():
    """Bureau 3 (a draft among them), section 1, town 1, county 1, nobody 2 (one closed), outside the county 2."""
    world = make_world()
    world.outside = make_unit("云岭市水务集团")
    task = lambda **fields: make_task(world.issue, **fields)  # noqa: E731
    task(lead=world.bureau, state=State.DRAFT)
    task(lead=world.bureau, deadline=TODAY - 40 * DAY)
    task(lead=world.bureau, state=State.SUSTAINED, closed_on=TODAY - 8 * DAY)
    task(lead=world.section, deadline=TODAY + 3 * DAY)
    parent = task(lead=world.town, supporting=(world.bureau,), deadline=TODAY + 60 * DAY)
    task(lead=world.section, parent=parent)
    task(lead=world.county, state=State.SUBMITTED, deadline=TODAY - DAY, finished_on=TODAY)
    task()
    task(state=State.COMPLETED, deadline=TODAY, closed_on=TODAY)
    task(lead=world.outside)
    task(lead=world.outside, leader=world.leader, deadline=TODAY - DAY)
    task(lead=world.bureau, state=State.CANCELLED)
    return world


def covers(user):
    return coverage(user, Notice.objects.visible_to(user))


def numbers(user):
    return sorted(covered_tasks(covers(user)).values_list("number", flat=True))


EXPECTED = {
    "office": ["01", "02", "03", "04", "05", "07", "08", "09", "10", "11"],
    "supervisor": ["01", "02", "03", "04", "05", "07", "08", "09", "10", "11"],
    "leader": ["02", "03", "04", "05", "07", "11"],
    "head": ["02", "03", "04"],
    "town_head": ["05"],
    "staff": [],
    "admin": [],
}


@pytest.mark.parametrize("who", list(EXPECTED))
def test_the_tasks_a_person_covers(w, who):
    user = getattr(w, who)

    assert numbers(user) == [f"W01-001-{n}" for n in EXPECTED[who]]
    assert set(numbers(user)) <= set(Task.objects.visible_to(user).values_list("number", flat=True))


@pytest.mark.parametrize("who", list(EXPECTED))
def test_the_filter_of_the_lists_leaves_the_same_tasks(w, who):
    user = getattr(w, who)

    found = counted(Task.objects.visible_to(user), user)

    assert sorted(found.values_list("number", flat=True)) == numbers(user)


FIGURES = {
    "office": Figures(
        total=10, completed=1, sustained=1, cancelled=1, done=1, red=3, yellow=1, green=4, unassigned=2,
        waiting=1, due=4, on_time=1, over_30=1, late_7=2, late_90=1,
    ),
    "leader": Figures(
        total=6, sustained=1, cancelled=1, red=3, yellow=1, green=1, waiting=1, due=3, over_30=1, late_7=2,
        late_90=1,
    ),
    "head": Figures(total=3, sustained=1, cancelled=1, red=1, yellow=1, due=1, over_30=1, late_90=1),
    "town_head": Figures(total=1, green=1),
    "staff": Figures(),
}  # fmt: skip


@pytest.mark.parametrize("who", list(FIGURES))
def test_figures_of_what_a_person_covers(w, who):
    assert statistics.covered_figures(covers(getattr(w, who)), today=TODAY) == FIGURES[who]


def test_a_head_of_two_nested_units_counts_nothing_twice(w):
    both = make_user("both", (Role.HEAD, w.bureau), (Role.HEAD, w.section))

    assert covers(both).units == (w.bureau.pk,)
    assert statistics.covered_figures(covers(both), today=TODAY) == FIGURES["head"]


def test_the_office_of_one_party_and_head_in_another_covers_both_ways(w):
    city = make_unit("云岭市")
    mixed = make_user("mixed", (Role.OFFICE, city), (Role.HEAD, w.town))
    other = make_notice(city, title="市级批次")
    make_task(make_issue(other), lead=w.bureau)

    cover = covers(mixed)

    assert (cover.whole, cover.part) == ((other.pk,), (w.notice.pk,))
    found = statistics.covered_by_notice(cover, today=TODAY)
    assert {pk: f.total for pk, f in found.items()} == {other.pk: 1, w.notice.pk: 1}


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (
            "office",
            [("云岭县教育局", 4, False), ("云岭市水务集团", 2, False), ("云岭县", 1, True), ("青禾镇", 1, False), ("云岭县教育局基建办", 1, False)],
        ),
        ("leader", [("云岭县教育局", 3, False), ("云岭县", 1, True), ("青禾镇", 1, False), ("云岭县教育局基建办", 1, False)]),
        ("head", [("云岭县教育局", 3, False), ("云岭县教育局基建办", 1, False)]),
    ],
)  # fmt: skip
def test_units_with_the_party_standing_for_itself(w, who, expected):
    found = statistics.covered_units(covers(getattr(w, who)), today=TODAY)

    assert sorted((x.unit.name, x.figures.total, x.own) for x in found) == sorted(expected)
    assert [x.figures.red for x in found] == sorted((x.figures.red for x in found), reverse=True)


def test_weeks_of_what_a_head_covers(w):
    found = covered_weeks(covers(w.head), today=TODAY, weeks=2)

    sunday = dt.date(2026, 11, 22)
    assert found == [WeekPoint(sunday - 7 * DAY, 1, 1, 1), WeekPoint(sunday, 1, 1, 1)]


def test_due_and_closed_within_days(w):
    cover = covers(w.office)

    assert statistics.covered_due(cover, first=TODAY, last=TODAY + 7 * DAY) == 1
    assert statistics.covered_closed(cover, since=TODAY - 4 * DAY) == 1
    assert statistics.covered_closed(cover, since=TODAY - 8 * DAY) == 2
