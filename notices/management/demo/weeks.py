"""The weekly cycle of the demo: the two weeks before this one filed and closed, this one open with units missing."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping

from accounts.models import Unit, User
from notices.domain import bulletins, week_desk, weekly
from notices.domain.weekly import Entry, Line
from notices.domain.weeks import monday_of, window_of
from notices.management.demo.cast import OFFICE, STAFF
from notices.models import Notice

ABSENT = {2: ("qinghe",), 1: ("shuili",), 0: ("qinghe", "shuili", "nongye")}  # weeks ago → who does not file
REASONS = (
    "正在等待有关部门会签意见，本周无新进展。",
    "本周集中开展现场核查，结果下周汇总。",
    "按计划下周启动，本周无新进展。",
)
_WEEK = dt.timedelta(days=7)
Deed = tuple[dt.datetime, Callable[[], object]]


def week_deeds(
    notice: Notice, users: Mapping[str, User], units: Mapping[str, Unit], *, now: dt.datetime
) -> Iterator[Deed]:
    """What happens when; each deed is done when the story has reached its instant, so that a closed week holds the
    ledger of its day."""
    this = monday_of(now.date())
    for ago in (2, 1, 0):
        week = this - ago * _WEEK
        found = window_of(notice, week)
        if found is not None and found.opens_at < now:
            at = (
                min(found.closes_at - dt.timedelta(hours=2), now) if found.closes_at > found.opens_at else now
            )
            filing = max(at, found.opens_at)
            for place, (key, login) in enumerate(STAFF.items()):
                if key not in ABSENT[ago]:
                    unit, by = units[key], users[login]
                    instant = min(filing + dt.timedelta(minutes=7 * place), now)
                    yield instant, _filing(notice, unit, week, by, instant)
        if ago:
            at = dt.datetime.combine(week + dt.timedelta(days=4), dt.time(18), now.tzinfo)
            yield at, _closing(notice, week, users[OFFICE], at, issue=ago)


def _filing(notice: Notice, unit: Unit, week: dt.date, by: User, at: dt.datetime) -> Callable[[], object]:
    def file() -> object:
        lines = weekly.lines_of(notice, unit, week)
        if not lines:
            return None
        entries = [_entry(line, place) for place, line in enumerate(lines)]
        return weekly.file_report(notice, unit, week, entries, by=by, at=at)

    return file


def _entry(line: Line, place: int) -> Entry:
    """What was said during the week stands; the rest says why there is nothing."""
    pk = line.task.pk
    if line.filed is None:
        return Entry(pk, idle=True, why=REASONS[place % len(REASONS)], seen=line.seen)
    return Entry(pk, line.text, line.next_step, line.blocked, seen=line.seen)


def _closing(notice: Notice, week: dt.date, by: User, at: dt.datetime, *, issue: int) -> Callable[[], object]:
    """Close the week and draft its issue of 整改动态; the older one is released."""

    def close() -> None:
        row = week_desk.close_week(notice, week, by=by, at=at, today=at.date())
        draft = bulletins.draft(row, by=by, at=at + dt.timedelta(minutes=20))
        if issue == 2:
            bulletins.release(draft, version=0, by=by, at=at + dt.timedelta(minutes=50))

    return close
