import datetime as dt

import pytest

from accounts.models import Event
from notices.domain import reminder_rules
from notices.domain.reminder_rules import (
    LADDERS,
    Ladder,
    Rung,
    Who,
    occurrence_day,
    waiting_occurrence,
    windows,
)
from notices.domain.reminder_settings import Settings, configure, ladder_of, live_ladders, read_rungs
from notices.domain.workdays import Calendar
from notices.errors import Refused
from notices.models import ReminderSetting
from notices.terms import Preset, Stage
from tests.factories import AT, TODAY, make_notice, make_unit, make_world

PLAIN = Calendar(frozenset(), frozenset(), frozenset())
DAY = dt.timedelta(days=1)


def rule_for(ladder, left, calendar=PLAIN):
    """The rule a deadline so many days away falls under; every deadline falls under at most one."""
    deadline = TODAY + DAY * left
    found = [
        w.rule
        for w in windows(ladder, today=TODAY, calendar=calendar)
        if deadline <= w.last and (w.first is None or w.first <= deadline)
    ]
    assert len(found) <= 1
    return found[0] if found else ""


def test_every_preset_has_a_ladder():
    assert set(LADDERS) == set(Preset)


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        (
            "standard",
            {21: "", 20: "left_20", 11: "left_20", 10: "left_10", 4: "left_10", 3: "left_3", 1: "left_3"}
            | {0: "left_0", -1: "overdue", -400: "overdue"},
        ),
        (
            "jiangjin",
            {21: "", 20: "left_20", 11: "left_20", 10: "left_10", 3: "left_10", 0: "left_10", -1: "overdue"},
        ),
        ("jingdezhen", {21: "", 20: "left_20", 10: "left_10", 3: "left_3", 0: "left_0", -1: "overdue"}),
        ("xian", {4: "", 3: "left_3", 1: "left_3", 0: "left_0", -1: "overdue"}),
    ],
)
def test_rule_by_days_left(preset, expected):
    assert {left: rule_for(LADDERS[preset], left) for left in expected} == expected


def test_working_days_reach_further():
    ladder = Ladder((Rung(3, (Who.WORKER,)), Rung(0, (Who.WORKER,))), (Who.WORKER,), working=True)

    # TODAY is a Friday: Sat and Sun do not count; the deadline on Sunday has no working day left.
    found = {left: rule_for(ladder, left) for left in range(7)}
    assert found == {0: "left_0", 1: "left_0", 2: "left_0", 3: "left_3", 4: "left_3", 5: "left_3", 6: ""}


@pytest.mark.parametrize(
    ("rule", "left", "expected"),
    [
        ("left_10", 10, 0),
        ("left_10", 6, -4),
        ("left_0", 0, 0),
        ("overdue", -1, 0),
        ("overdue", -3, -2),
        ("overdue", -7, -6),
        ("overdue", -8, 0),
        ("overdue", -30, -1),
    ],
)
def test_occurrence_day(rule, left, expected):
    day = occurrence_day(LADDERS["standard"], rule, TODAY + DAY * left, today=TODAY, calendar=PLAIN)

    assert (day - TODAY).days == expected


def test_occurrence_day_in_working_days():
    ladder = Ladder((Rung(3, (Who.WORKER,)),), (), working=True)

    day = occurrence_day(ladder, "left_3", dt.date(2026, 11, 23), today=TODAY, calendar=PLAIN)

    assert day == dt.date(2026, 11, 18)


@pytest.mark.parametrize(
    ("waited", "deadline_left", "expected"),
    [
        (3, None, 0),
        (5, None, -2),
        (9, None, -6),
        (10, None, 0),
        (5, 1, -2),  # the deadline is still to come
        (5, 0, 0),  # the deadline is today
        (2, -1, -1),  # the deadline came while it waited
        (2, -2, 0),  # handed in on the deadline: nothing is reached
        (None, None, -4),  # Monday of this week
    ],
)
def test_waiting_occurrence(waited, deadline_left, expected):
    since = None if waited is None else TODAY - DAY * waited
    deadline = None if deadline_left is None else TODAY + DAY * deadline_left

    found = waiting_occurrence(LADDERS["standard"], since, deadline, today=TODAY)

    assert (found - TODAY).days == expected


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("x", "提醒阶梯应为列表，例如 [[10, [“worker”]], [3, [“worker”, “head”]]]。"),
        ([[3, ["worker"]], [3, ["head"]]], "提醒阶梯中同一天数出现了两次，请合并。"),
        ([[3]], "提醒阶梯的每一级应为[剩余天数, 提醒对象]。"),
        ([[-1, ["worker"]]], "提醒阶梯的剩余天数“-1”应为 0 到 90 之间的整数。"),
        ([[91, ["worker"]]], "提醒阶梯的剩余天数“91”应为 0 到 90 之间的整数。"),
        ([[True, ["worker"]]], "提醒阶梯的剩余天数“True”应为 0 到 90 之间的整数。"),
        (
            [[3, []]],
            "剩余 3 天的提醒对象不对，可选：经办人、单位负责人、责任领导、整改办、党组织主要负责人、督导组。",
        ),
        (
            [[3, ["mayor"]]],
            "剩余 3 天的提醒对象不对，可选：经办人、单位负责人、责任领导、整改办、党组织主要负责人、督导组。",
        ),
    ],
)
def test_read_rungs_refuses(value, sentence):
    with pytest.raises(Refused) as refused:
        read_rungs(value)

    assert str(refused.value) == sentence


def test_read_rungs_sorts_thresholds_and_ranks():
    found = read_rungs([[2, ["head", "worker"]], [15, ["worker"]]])

    assert found == (Rung(15, (Who.WORKER,)), Rung(2, (Who.WORKER, Who.HEAD)))


def test_setting_replaces_rungs_or_switches_off():
    own = ReminderSetting(rungs=[[15, ["worker"]]], working_days=True)

    assert ladder_of("standard", None) == LADDERS["standard"]
    assert ladder_of("standard", ReminderSetting(is_on=False)) is None
    found = ladder_of("standard", own)
    assert (found.rungs, found.working, found.overdue) == (
        (Rung(15, (Who.WORKER,)),),
        True,
        LADDERS["standard"].overdue,
    )


@pytest.mark.django_db
def test_live_ladders_are_of_notices_that_remind():
    unit = make_unit("云岭县")
    made = {stage: make_notice(unit, title=stage.label, stage=stage, preset="xian") for stage in Stage}
    configure(made[Stage.REPORTED], Settings(is_on=False), by=None, at=AT)

    assert live_ladders() == {
        made[stage].pk: LADDERS["xian"] for stage in (Stage.PLANNED, Stage.RUNNING, Stage.PUBLISHED)
    }


@pytest.mark.django_db
def test_configure_is_the_offices_and_recorded():
    w = make_world()
    with pytest.raises(Refused, match="提醒设置只能由整改办修改。"):
        configure(w.notice, Settings(), by=w.head, at=AT)

    row = configure(w.notice, Settings(rungs=[(5, ["worker"])], working_days=True), by=w.office, at=AT)
    again = configure(w.notice, Settings(is_on=False), by=w.office, at=AT)

    assert row.rungs == [[5, ["worker"]]]
    assert (again.pk, again.is_on, again.rungs) == (row.pk, False, [])
    assert list(Event.objects.values_list("action", flat=True)) == ["notice.reminders"] * 2


@pytest.mark.django_db
def test_configure_refuses_an_archived_notice():
    w = make_world()
    w.notice.stage = Stage.ARCHIVED

    with pytest.raises(Refused, match="该批次已归档，只能查看。"):
        configure(w.notice, Settings(), by=w.office, at=AT)


def test_rule_names_fit_the_column():
    names = [reminder_rules.OVERDUE, *reminder_rules.WAITING.values(), reminder_rules.name_of(90)]

    assert max(map(len, names)) <= 30
