"""周报未报送 as a reminder: the units whose report of the week is not there on the day it closes, and the day after.

Only for notices that run the weekly cycle: whose office has set its hours, or that have had a report or a closed week.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.db.models import DateField, Exists, F, OuterRef, QuerySet, Value

from notices.domain.due import Batch, Paths
from notices.domain.reminder_rules import WEEK, Ladder
from notices.domain.weekly import missing
from notices.domain.weeks import monday_of, window
from notices.domain.workdays import ZONE, Calendar
from notices.models import Notice, Reminder, Snapshot, WeekReport, WeekSetting

_DAY = dt.timedelta(days=1)
_RECENT = dt.timedelta(days=3)  # over the week-end; then the next week is what matters
_PATHS = Paths("in_notice", "pk", "", "", "", "", "")


class Closing(NamedTuple):
    notice: int
    week: dt.date
    closes_on: dt.date


def closings(notices: Iterable[int], calendar: Calendar, *, today: dt.date) -> list[Closing]:
    """Weeks that close today or closed in the last days and are not frozen. A fixed number of queries."""
    wanted = set(notices)
    settings = {row.notice_id: row for row in WeekSetting.objects.filter(notice__in=wanted)}
    for pk in _used(wanted - set(settings)):
        settings[pk] = WeekSetting(notice_id=pk)
    found = []
    for pk, setting in sorted(settings.items()):
        for week in (monday_of(today) - _DAY * 7, monday_of(today)):
            hours = window(setting, week, calendar)
            closes_on = hours.closes_at.astimezone(ZONE).date() if hours else None
            if closes_on is not None and closes_on <= today <= closes_on + _RECENT:
                found.append(Closing(pk, week, closes_on))
    frozen = (
        Snapshot.objects.filter(notice__in={c.notice for c in found}) if found else Snapshot.objects.none()
    )
    closed = set(frozen.values_list("notice", "starts_on"))
    return [c for c in found if (c.notice, c.week) not in closed]


def _used(notices: set[int]) -> set[int]:
    reports = WeekReport.objects.filter(notice__in=notices).filed()
    weeks = Snapshot.objects.filter(notice__in=notices)
    return {
        pk for rows in (reports, weeks) for pk in rows.order_by().values_list("notice", flat=True).distinct()
    }


def batches(ladder: Ladder, notices: list[int], calendar: Calendar, today: dt.date) -> Iterator[Batch]:
    if not ladder.week:
        return
    for closing in closings(notices, calendar, today=today):
        yield _batch(closing, ladder, today)


def _batch(closing: Closing, ladder: Ladder, today: dt.date) -> Batch:
    day = closing.closes_on + _DAY * (today > closing.closes_on)
    basis = Value(closing.closes_on, output_field=DateField())
    told = Reminder.objects.filter(
        notice=closing.notice,
        rule=WEEK,
        subject=OuterRef("pk"),
        deadline=closing.closes_on,
        occurrence_on__gte=day,
    )
    found: QuerySet[Any] = missing(Notice(pk=closing.notice), closing.week).annotate(
        in_notice=Value(closing.notice), basis=basis
    )
    return Batch(
        WEEK,
        found.exclude(Exists(told)),
        ladder.week,
        ladder.way(WEEK),
        lambda *_: day,
        basis=F("basis"),
        other=F("basis"),
        paths=_PATHS,
        of_tasks=False,
    )


class Absent(NamedTuple):
    """A unit whose report is still missing."""

    notice_title: str
    party: int
    unit_name: str


def absent_now(keys: Iterable[tuple[int, int, dt.date]]) -> dict[tuple[int, int, dt.date], Absent]:
    """Of (notice, unit, closing day) those still missing in a week that is not frozen. A few queries a week."""
    groups: dict[tuple[int, dt.date], set[int]] = {}
    for pk, unit, day in keys:
        groups.setdefault((pk, day), set()).add(unit)
    notices = {n.pk: n for n in Notice.objects.filter(pk__in={n for n, _ in groups}).defer("text")}
    found = {}
    for (pk, day), units in groups.items():
        notice, week = notices.get(pk), monday_of(day)
        if notice is None or Snapshot.objects.filter(notice=notice, starts_on=week).exists():
            continue
        for absent in missing(notice, week).filter(pk__in=units):
            found[pk, absent.pk, day] = Absent(notice.title, notice.unit_id, absent.name)
    return found
