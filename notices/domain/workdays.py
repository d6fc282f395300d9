"""China's working days: published holidays and make-up days, corrected by the office's own table.

The State Council arranges each year's days off late in the year before. A year it has not arranged yet is reckoned
from the statutory festivals and week-ends alone, and `note()` says so.
"""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

import holidays
from django.db import transaction

from accounts import audit
from accounts.models import User
from notices.models import CalendarDay

ZONE = dt.timezone(dt.timedelta(hours=8), "Asia/Shanghai")  # one zone, no daylight saving since 1991
QUIET_FROM, QUIET_UNTIL = 20, 8  # hours in which no mail leaves
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class YearOfDays:
    """`off`: days off, week-ends aside; `made_up`: week-end days worked instead; `published`: arranged officially."""

    off: frozenset[dt.date]
    made_up: frozenset[dt.date]
    published: bool


@lru_cache(maxsize=16)
def year_of_days(year: int) -> YearOfDays:
    """Days named here may lie in a neighbouring year: a New Year's arrangement can move a day of December."""
    found = holidays.country_holidays("CN", years=year)
    # The library also lists a few Decembers of other decades; every arranged year has made-up days of its own.
    made_up = frozenset(day for day in found.weekend_workdays if day.year in (year - 1, year))
    return YearOfDays(frozenset(found), made_up, any(day.year == year for day in made_up))


@dataclass(frozen=True)
class Calendar:
    """Working days around one day; made by `load_calendar`."""

    off: frozenset[dt.date]
    made_up: frozenset[dt.date]
    unpublished: frozenset[int]

    def is_working(self, day: dt.date) -> bool:
        if day in self.made_up:
            return True
        return day.weekday() < 5 and day not in self.off

    def working_between(self, after: dt.date, until: dt.date) -> int:
        """Working days in (after, until]; 0 when `until` is not later."""
        return sum(self.is_working(after + _DAY * n) for n in range(1, (until - after).days + 1))

    def reaches_to(self, today: dt.date, days: int) -> dt.date:
        """The last deadline with at most so many working days left."""
        day, left = today, days
        while True:
            left -= self.is_working(day + _DAY)
            if left < 0:
                return day
            day += _DAY

    def first_day_with(self, deadline: dt.date, days: int) -> dt.date:
        """The first day on which at most so many working days are left to the deadline."""
        day, left = deadline, days
        while True:
            left -= self.is_working(day)
            if left < 0:
                return day
            day -= _DAY

    def next_working(self, day: dt.date) -> dt.date:
        """The day itself when it is a working day, else the next one."""
        while not self.is_working(day):
            day += _DAY
        return day

    def working_after(self, day: dt.date, days: int) -> dt.date:
        """The so-many-th working day after `day`."""
        for _ in range(days):
            day = self.next_working(day + _DAY)
        return day

    def mail_time(self, at: dt.datetime) -> dt.datetime:
        """`at` when mail may leave then; else eight o'clock of the next morning people are at work."""
        local = at.astimezone(ZONE)
        day = local.date() + _DAY if local.hour >= QUIET_FROM else local.date()
        working = self.next_working(day)
        if working == local.date() and local.hour >= QUIET_UNTIL:
            return at
        return dt.datetime.combine(working, dt.time(QUIET_UNTIL), ZONE)

    def note(self, year: int) -> str:
        """What a reader has to know about this year's days; empty when they are published."""
        if year not in self.unpublished:
            return ""
        return (
            f"{year} 年放假调休安排尚未公布或未收录，暂按法定节日和周末推算；公布后请在工作日调整表中补录。"
        )


def load_calendar(today: dt.date) -> Calendar:
    """The calendar for last year, this year and the next. One query, for the override table."""
    years = range(today.year - 1, today.year + 2)
    found = {year: year_of_days(year) for year in years}
    off = {day for days in found.values() for day in days.off}
    made_up = {day for days in found.values() for day in days.made_up}
    for day, is_working in CalendarDay.objects.filter(day__year__range=(years[0], years[-1])).values_list(
        "day", "is_working"
    ):
        (made_up if is_working else off).add(day)
        (off if is_working else made_up).discard(day)
    return Calendar(
        frozenset(off),
        frozenset(made_up),
        frozenset(year for year, days in found.items() if not days.published),
    )


@transaction.atomic
def set_day(day: dt.date, *, is_working: bool, name: str = "", by: User | None, at: dt.datetime) -> None:
    """Say that a day is worked or off, against the published arrangement. The caller checks the right."""
    CalendarDay.objects.update_or_create(
        day=day, defaults={"is_working": is_working, "name": name.strip()[:50]}
    )
    data = {"day": day.isoformat(), "is_working": is_working, "name": name.strip()}
    audit.record(audit.Act("calendar.set", "calendar", data=data), by=by, at=at)


@transaction.atomic
def clear_day(day: dt.date, *, by: User | None, at: dt.datetime) -> None:
    """Back to the published arrangement."""
    if CalendarDay.objects.filter(day=day).delete()[0]:
        audit.record(audit.Act("calendar.clear", "calendar", data={"day": day.isoformat()}), by=by, at=at)
