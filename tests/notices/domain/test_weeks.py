"""The window of a week, over real holidays: National Day 2026 is 1 to 7 October, Saturday the 10th is made up;
Spring Festival 15 to 23 February leaves a week without a working day."""

import datetime as dt

import pytest

from notices.domain import weeks
from notices.domain.workdays import ZONE, load_calendar, set_day
from notices.errors import Refused, Stale
from notices.models import WeekSetting
from tests.factories import AT, make_world

pytestmark = pytest.mark.django_db


def at(month, day, hour=9, minute=0):
    return dt.datetime(2026, month, day, hour, minute, tzinfo=ZONE)


def window(starts_on, **fields):
    return weeks.window(WeekSetting(**fields), starts_on, load_calendar(starts_on))


@pytest.mark.parametrize(
    ("starts_on", "opens", "closes"),
    [
        (dt.date(2026, 11, 16), at(11, 16), at(11, 20, 17)),  # an ordinary week
        (dt.date(2026, 9, 28), at(9, 28), at(9, 30, 17)),  # Thursday and Friday are off
        (dt.date(2026, 10, 5), at(10, 8), at(10, 9, 17)),  # Monday to Wednesday are off
        (dt.date(2026, 6, 15), at(6, 15), at(6, 18, 17)),  # Friday is Dragon Boat Festival
    ],
)
def test_days_off_give_way(starts_on, opens, closes):
    found = window(starts_on)

    assert (found.opens_at, found.closes_at) == (opens, closes)


def test_a_week_without_a_working_day_asks_nothing():
    assert window(dt.date(2026, 2, 16)) is None


def test_days_stay_where_the_setting_says_so():
    found = window(dt.date(2026, 9, 28), by_workdays=False)

    assert found.closes_at == at(10, 2, 17)


def test_the_office_s_own_day_counts():
    w = make_world()
    set_day(dt.date(2026, 11, 20), is_working=False, by=w.office, at=AT)

    assert window(dt.date(2026, 11, 16)).closes_at == at(11, 19, 17)


def test_no_window_while_reports_are_off():
    assert window(dt.date(2026, 11, 16), is_on=False) is None


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (
            at(11, 21, 16, 59),
            dt.date(2026, 11, 9),
        ),  # a minute before the grace is over: last week's is due still
        (at(11, 21, 17), dt.date(2026, 11, 16)),
        (at(11, 23, 8), dt.date(2026, 11, 16)),
        (at(11, 30, 8), dt.date(2026, 11, 23)),
    ],
)
def test_the_newest_week_is_due_a_day_after_its_closing(now, due):
    setting = WeekSetting(closes_itself=True, grace_hours=24)

    assert weeks.due_week(setting, load_calendar(now.date()), at=now) == due


def test_nothing_is_due_unless_configured():
    assert weeks.due_week(WeekSetting(), load_calendar(AT.date()), at=at(11, 30)) is None


@pytest.mark.parametrize(
    ("starts_on", "words"),
    [
        (dt.date(2026, 11, 16), "2026年11月16日至22日"),
        (dt.date(2026, 11, 30), "2026年11月30日至12月6日"),
        (dt.date(2025, 12, 29), "2025年12月29日至2026年1月4日"),
    ],
)
def test_a_week_in_words(starts_on, words):
    assert weeks.week_words(starts_on) == words


def values(**fields):
    setting = WeekSetting(**fields)
    return {name: getattr(setting, name) for name in weeks.SETTING_FIELDS}


def test_setting_is_kept_once_a_version():
    w = make_world()
    weeks.change_setting(w.notice, values(closes_day=3), version=0, by=w.office, at=AT)

    with pytest.raises(Stale):
        weeks.change_setting(w.notice, values(closes_day=2), version=0, by=w.office, at=AT)

    assert weeks.setting_of(w.notice).closes_day == 3


@pytest.mark.parametrize(
    "fields", [{"opens_day": 4, "closes_day": 0}, {"opens_day": 4, "opens_time": dt.time(17)}]
)
def test_closing_before_opening_is_refused(fields):
    w = make_world()

    with pytest.raises(Refused, match="“截止”应晚于“开始”"):
        weeks.change_setting(w.notice, values(**fields), version=0, by=w.office, at=AT)


def test_only_the_office_changes_the_setting():
    w = make_world()

    with pytest.raises(Refused, match="只有整改办"):
        weeks.change_setting(w.notice, values(), version=0, by=w.head, at=AT)
