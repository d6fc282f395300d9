"""Days from the State Council's arrangements for 2025 and 2026 (国办发明电〔2024〕12号, 〔2025〕7号)."""

import datetime as dt

import pytest

from accounts.models import Event
from notices.domain.workdays import ZONE, clear_day, load_calendar, set_day
from tests.factories import AT

pytestmark = pytest.mark.django_db
D = dt.date


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (D(2026, 11, 20), True),  # Friday
        (D(2026, 11, 21), False),  # Saturday
        (D(2026, 10, 1), False),  # 国庆节
        (D(2026, 10, 7), False),  # moved day off, a Wednesday
        (D(2026, 10, 8), True),
        (D(2026, 10, 10), True),  # make-up Saturday
        (D(2026, 2, 14), True),  # make-up Saturday
        (D(2026, 2, 23), False),  # Monday, end of 春节
        (D(2026, 2, 28), True),  # make-up Saturday
        (D(2026, 1, 4), True),  # make-up Sunday
        (D(2025, 10, 6), False),  # 中秋节 inside 国庆节
        (D(2025, 9, 28), True),  # make-up Sunday
    ],
)
def test_published_days(day, working):
    assert load_calendar(D(2026, 6, 1)).is_working(day) is working


def test_override_wins_over_the_published_day_and_can_be_taken_back():
    set_day(D(2026, 10, 8), is_working=False, name="县庆", by=None, at=AT)
    set_day(D(2026, 10, 3), is_working=True, by=None, at=AT)

    found = load_calendar(D(2026, 6, 1))
    assert (found.is_working(D(2026, 10, 8)), found.is_working(D(2026, 10, 3))) == (False, True)

    clear_day(D(2026, 10, 8), by=None, at=AT)
    assert load_calendar(D(2026, 6, 1)).is_working(D(2026, 10, 8))
    assert list(Event.objects.order_by("pk").values_list("action", flat=True)) == [
        "calendar.set",
        "calendar.set",
        "calendar.clear",
    ]


def test_set_day_twice_keeps_the_last_word():
    set_day(D(2027, 2, 6), is_working=False, by=None, at=AT)
    set_day(D(2027, 2, 6), is_working=True, by=None, at=AT)

    assert load_calendar(D(2027, 2, 1)).is_working(D(2027, 2, 6))


def test_unpublished_year_is_said():
    found = load_calendar(D(2060, 3, 1))

    assert found.note(2060) == (
        "2060 年放假调休安排尚未公布或未收录，暂按法定节日和周末推算；公布后请在工作日调整表中补录。"
    )
    assert not found.is_working(D(2060, 10, 1))
    assert load_calendar(D(2026, 3, 1)).note(2026) == ""


# Around 国庆 2026: Wed 30 Sep works; 1–7 Oct off; Thu 8, Fri 9, Sat 10 work; Sun 11 off.
@pytest.mark.parametrize(
    ("after", "until", "days"),
    [
        (D(2026, 9, 30), D(2026, 9, 30), 0),
        (D(2026, 9, 30), D(2026, 10, 7), 0),
        (D(2026, 9, 30), D(2026, 10, 8), 1),
        (D(2026, 9, 29), D(2026, 10, 12), 5),
        (D(2026, 10, 9), D(2026, 10, 1), 0),
    ],
)
def test_working_between(after, until, days):
    assert load_calendar(after).working_between(after, until) == days


@pytest.mark.parametrize(
    ("deadline", "days", "first"),
    [
        (D(2026, 10, 8), 0, D(2026, 10, 8)),
        (D(2026, 10, 8), 1, D(2026, 9, 30)),
        (D(2026, 10, 12), 3, D(2026, 10, 8)),
        (
            D(2026, 10, 4),
            0,
            D(2026, 9, 30),
        ),  # ends inside the holidays: the last working day is the last chance
        (D(2026, 11, 23), 3, D(2026, 11, 18)),
    ],
)
def test_first_day_with_and_reaches_to_agree(deadline, days, first):
    found = load_calendar(deadline)

    assert found.first_day_with(deadline, days) == first
    assert found.reaches_to(first, days) >= deadline
    assert found.reaches_to(first - dt.timedelta(days=1), days) < deadline


@pytest.mark.parametrize(
    ("at", "leaves"),
    [
        ("2026-11-20 08:00", "2026-11-20 08:00"),
        ("2026-11-20 19:59", "2026-11-20 19:59"),
        ("2026-11-20 20:00", "2026-11-23 08:00"),  # Friday night: Monday morning
        ("2026-11-19 20:00", "2026-11-20 08:00"),
        ("2026-11-20 07:59", "2026-11-20 08:00"),
        ("2026-11-21 10:00", "2026-11-23 08:00"),
        ("2026-10-01 10:00", "2026-10-08 08:00"),
        ("2026-10-10 10:00", "2026-10-10 10:00"),  # make-up Saturday
    ],
)
def test_mail_time(at, leaves):
    asked = dt.datetime.fromisoformat(at).replace(tzinfo=ZONE)

    assert load_calendar(asked.date()).mail_time(asked) == dt.datetime.fromisoformat(leaves).replace(
        tzinfo=ZONE
    )


def test_mail_time_judges_the_hour_in_china():
    asked = dt.datetime(2026, 11, 20, 1, 30, tzinfo=dt.UTC)  # 09:30 in China

    assert load_calendar(asked.date()).mail_time(asked) == asked
