"""Lights: the rule by hand, and Python = SQL over every preset × deadline × state × day of submit."""

import datetime as dt

import pytest

from notices.lights import RULES, days_left, light
from notices.models import Notice, Task
from notices.terms import WAITING_STATES, Light, Preset, State
from tests.factories import TODAY, make_issue, make_notice, make_unit

D = dt.timedelta

# (preset, state, days to the deadline or None, days since the submit or None) → light
GRID = [
    ("standard", "draft", None, None, "green"),
    ("standard", "pending", 11, None, "green"),
    ("standard", "active", 11, None, "green"),
    ("standard", "active", 10, None, "yellow"),
    ("standard", "active", 0, None, "yellow"),
    ("standard", "active", -1, None, "red"),
    ("standard", "pending", -1, None, "red"),
    ("standard", "draft", -1, None, "red"),
    ("standard", "active", None, None, "green"),
    ("standard", "active", -3, 9, "red"),  # a submit that was returned does not stop the clock
    ("standard", "submitted", -3, 3, "yellow"),  # handed in on the last day
    ("standard", "submitted", -3, 2, "red"),  # handed in a day late
    ("standard", "verifying", -3, 14, "green"),  # handed in eleven days before
    ("standard", "verifying", -3, 13, "yellow"),
    ("standard", "verifying", -3, None, "red"),  # taken over without a day of submit
    ("standard", "verifying", None, 3, "green"),
    ("standard", "completed", -30, 2, "done"),
    ("standard", "sustained", -30, 2, "long"),
    ("standard", "cancelled", -30, None, "none"),
    ("jiangjin", "active", 21, None, "green"),
    ("jiangjin", "active", 20, None, "yellow"),
    ("jiangjin", "active", -1, None, "red"),
    ("xian", "active", 4, None, "green"),
    ("xian", "active", 3, None, "yellow"),
    ("xian", "active", 0, None, "yellow"),
    ("xian", "active", -1, None, "red"),
    ("jingdezhen", "completed", -30, 2, "green"),
    ("jingdezhen", "active", 100, None, "yellow"),
    ("jingdezhen", "active", 0, None, "yellow"),
    ("jingdezhen", "active", -1, None, "red"),
    ("jingdezhen", "active", None, None, "yellow"),
    ("jingdezhen", "verifying", 5, 1, "yellow"),
    ("jingdezhen", "verifying", -3, 2, "red"),
    ("jingdezhen", "sustained", -3, 2, "long"),
    ("jingdezhen", "cancelled", 3, None, "none"),
]


@pytest.mark.parametrize(("preset", "state", "left", "ago", "expected"), GRID)
def test_the_light_of_one_task(preset, state, left, ago, expected):
    deadline = None if left is None else TODAY + D(days=left)
    finished = None if ago is None else TODAY - D(days=ago)

    assert light(state, deadline, finished, today=TODAY, rule=RULES[preset]) == expected


def test_every_preset_has_a_rule():
    assert set(RULES) == set(Preset.values)


def test_days_left_counts_calendar_days():
    assert days_left(TODAY + D(days=3), today=TODAY) == 3
    assert days_left(TODAY - D(days=45), today=TODAY) == -45
    assert days_left(None, today=TODAY) is None


OFFSETS = (None, -400, -46, -31, -30, -12, -3, -1, 0, 1, 2, 3, 4, 9, 10, 11, 19, 20, 21, 400)
SUBMITS = (None, -45, -14, -4, -3, -2, -1, 0, 1)


@pytest.mark.django_db
@pytest.mark.parametrize("preset", Preset.values)
def test_python_and_sql_give_the_same_light(preset):
    unit = make_unit("云岭县")
    issue = make_issue(make_notice(unit, preset=preset))
    rows = [
        Task(
            notice=issue.notice,
            issue=issue,
            number=f"{state}-{left}-{ago}",
            position=1,
            text="措施",
            state=state,
            lead_unit=unit,
            deadline=None if left is None else TODAY + D(days=left),
            finished_on=None if ago is None else TODAY + D(days=ago),
            closed_on=TODAY if state in ("completed", "sustained") else None,
        )
        for state in State.values
        for left in OFFSETS
        for ago in SUBMITS
    ]
    Task.objects.bulk_create(rows)

    differing = [
        (t.number, t.light)
        for t in Task.objects.with_light(today=TODAY)
        if t.light != light(t.state, t.deadline, t.finished_on, today=TODAY, rule=RULES[preset])
    ]

    assert Task.objects.count() == len(State.values) * len(OFFSETS) * len(SUBMITS)
    assert differing == []


@pytest.mark.django_db
def test_each_task_is_judged_by_the_preset_of_its_own_notice():
    unit = make_unit("云岭县")
    for preset in (Preset.STANDARD, Preset.XIAN):
        issue = make_issue(make_notice(unit, title=preset, preset=preset))
        Task.objects.create(
            notice=issue.notice,
            issue=issue,
            number="1",
            position=1,
            text="措施",
            state=State.ACTIVE,
            lead_unit=unit,
            deadline=TODAY + D(days=7),
        )

    found = dict(Task.objects.with_light(today=TODAY).values_list("notice__preset", "light"))

    assert found == {"standard": Light.YELLOW, "xian": Light.GREEN}
    assert Notice.objects.count() == 2


@pytest.mark.django_db
def test_overdue_lists_what_is_red_by_the_standard_preset():
    unit = make_unit("云岭县")
    issue = make_issue(make_notice(unit))
    Task.objects.bulk_create(
        Task(
            notice=issue.notice,
            issue=issue,
            number=f"{state}-{left}-{ago}",
            position=1,
            text="措施",
            state=state,
            lead_unit=unit,
            deadline=TODAY + D(days=left),
            finished_on=None if ago is None else TODAY + D(days=ago),
            closed_on=TODAY if state in ("completed", "sustained") else None,
        )
        for state in State.values
        for left in OFFSETS
        if left is not None
        for ago in SUBMITS
        if ago is not None or state not in WAITING_STATES  # what waits has a day of submit
    )

    overdue = set(Task.objects.overdue(today=TODAY).values_list("number", flat=True))
    red = {t.number for t in Task.objects.with_light(today=TODAY) if t.light == Light.RED}

    assert overdue == red
