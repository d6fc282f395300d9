"""What rules would send from a day on, before they are switched on: the sweep's own search, with nothing written.

Each day is asked as if a sweep ran that morning and nothing but the days changed; what an earlier day of the preview
told counts as told.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace
from typing import NamedTuple

from notices.domain import standing
from notices.domain.book import Book
from notices.domain.due import Batch
from notices.domain.reminder_rules import WAITING, Ladder
from notices.domain.reminder_settings import label_of
from notices.domain.reminders import kept_batches, open_book
from notices.domain.workdays import ZONE
from notices.models import Notice, Task
from notices.sql import sweep
from notices.terms import Channel

_DAY = dt.timedelta(days=1)
_MORNING = dt.time(9)
_SHOWN = 100  # tasks named for one day; the rest is counted


class Foreseen(NamedTuple):
    """One reminder: a person (or an outlet), a task or other subject, a rule, a channel."""

    rule: str
    task: int
    recipient: int | None
    outlet: int | None
    channel: str
    of_task: bool = True
    day: dt.date = dt.date.min


@dataclass(frozen=True)
class Line:
    """One task of a day: its number, the rule and the names told."""

    number: str
    rule: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Day:
    """`people`: (name, inbox messages, tasks in the mail); `groups`: (outlet, tasks); `held`: no mail leaves that day."""

    day: dt.date
    total: int
    people: tuple[tuple[str, int, int], ...]
    groups: tuple[tuple[str, int], ...]
    lines: tuple[Line, ...]
    more: int
    held: bool


def foresee(
    notice: Notice, ladder: Ladder, *, today: dt.date, days: int = 7
) -> list[tuple[dt.date, list[Foreseen]]]:
    """Day by day what a sweep each morning would write for this notice under this ladder."""
    book = _book_of(notice, ladder, today)
    told: dict[tuple[str, int, dt.date], dt.date] = {}
    found = []
    for day in (today + _DAY * n for n in range(days)):
        rows: list[Foreseen] = []
        for batch in kept_batches(day, dt.datetime.combine(day, _MORNING, ZONE), book):
            fresh = [row for row in sweep.listed() if not _is_told(row, batch, ladder, told, day)]
            told.update({(batch.rule, row.task, row.basis): row.occurrence_on for row in fresh})
            rows += [
                Foreseen(batch.rule, r.task, r.recipient, r.outlet, r.channel, batch.of_tasks, r.basis)
                for r in fresh
            ]
        found.append((day, rows))
    return found


def _book_of(notice: Notice, ladder: Ladder, today: dt.date) -> Book:
    book = open_book(today)
    return replace(book, ladders={notice.pk: ladder}, parties={notice.pk: notice.unit_id})


def _is_told(
    row: sweep.Listed,
    batch: Batch,
    ladder: Ladder,
    told: dict[tuple[str, int, dt.date], dt.date],
    day: dt.date,
) -> bool:
    """As the search itself asks of rows that stand: a rung once, what repeats once in its period, and an application
    anew on the deadline's day."""
    last = told.get((batch.rule, row.task, row.basis))
    if last is None:
        return False
    if batch.rule.startswith("left_"):
        return True
    if not batch.of_tasks:
        return last >= row.occurrence_on
    reached = batch.rule in WAITING.values() and row.basis < row.other <= day and last < row.other
    return last > day - _DAY * ladder.every and not reached


def preview(notice: Notice, ladder: Ladder, *, today: dt.date, days: int = 7) -> list[Day]:
    """`foresee` in names, for a page."""
    found = foresee(notice, ladder, today=today, days=days)
    book = _book_of(notice, ladder, today)
    numbers = _numbers(notice, [row for _, rows in found for row in rows])
    outlets = {outlet.pk: outlet.name for outlet in book.outlets}
    names = {pk: person.name for pk, person in book.people.people.items()}
    return [_day(day, rows, numbers, names, outlets, book) for day, rows in found]


def _numbers(notice: Notice, rows: list[Foreseen]) -> dict[Foreseen, str]:
    """Each reminder's task number, or what else it is about, with the unit where that says more."""
    tasks = {row.task for row in rows if row.of_task}
    found = dict(Task.objects.filter(pk__in=tasks).values_list("pk", "number"))
    keys = {row: standing.Key(row.rule, notice.pk, row.task, row.day) for row in rows if not row.of_task}
    others = standing.facts(keys.values())
    names = {
        row: " ".join(filter(None, (others[key].number, others[key].lead_name if not others[key].pk else "")))
        for row, key in keys.items()
        if key in others
    }
    return {row: found[row.task] if row.of_task else names.get(row, "") for row in rows}


def _day(
    day: dt.date,
    rows: list[Foreseen],
    numbers: dict[Foreseen, str],
    names: dict[int, str],
    outlets: dict[int, str],
    book: Book,
) -> Day:
    inbox = Counter(r.recipient for r in rows if r.recipient and r.channel == Channel.INBOX)
    mail = Counter(r.recipient for r in rows if r.recipient and r.channel == Channel.EMAIL)
    groups = Counter(r.outlet for r in rows if r.outlet)
    lines: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        told = lines.setdefault((numbers[row], row.rule), [])
        if row.channel != Channel.EMAIL:
            told.append(names[row.recipient] if row.recipient else outlets[row.outlet or 0])
    shown = [Line(number, label_of(rule), tuple(told)) for (number, rule), told in sorted(lines.items())]
    return Day(
        day,
        len(rows),
        tuple((names[pk], n, mail[pk]) for pk, n in inbox.most_common()),
        tuple((outlets[pk], n) for pk, n in groups.most_common()),
        tuple(shown[:_SHOWN]),
        max(0, len(shown) - _SHOWN),
        not book.calendar.is_working(day),
    )
