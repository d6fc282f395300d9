"""The sweep: what is due as of a day, from the data alone, written as rows; then delivered.

Nothing here asks when the last sweep ran. A task lies in one window of its ladder; when no row stands for that window
yet, its people are told, once: after missed days, a switch-on or a ledger taken over, only the latest rung is sent. A
threshold is announced to those who answer for the task on that day; who comes later hears of the next one.
`run_due`, the scheduler's job and the tests call `run`.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import DateField, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce

from notices.domain import delivery, reminder_rules
from notices.domain.audience import (
    Facts,
    Unmatched,
    facts_of,
    judges,
    load_directory,
    told_by_rank,
    unmatched,
)
from notices.domain.delivery import UNDER_WAY, Book, Moment, Tally
from notices.domain.reminder_rules import WAITING, Ladder, Who, Window
from notices.domain.workdays import ZONE, load_calendar
from notices.models import NO_DAY, Reminder, Sweep, Task, TaskQuerySet, Transition
from notices.terms import Channel

_PAGE = 2000
_KEEP_SWEEPS = dt.timedelta(days=60)
_DAY = dt.timedelta(days=1)


class Due(NamedTuple):
    """One task whose people are to be told. `basis` is the deadline, or for an application the day it was handed in."""

    rule: str
    task: Facts
    basis: dt.date
    occurrence_on: dt.date
    people: tuple[int, ...]


@dataclass(frozen=True)
class PersonTold:
    """Tasks told, mailed and held back for one person in one run."""

    name: str
    inbox: int
    mailed: int
    held: int


@dataclass(frozen=True)
class RunResult:
    """What a run did, in rows: due = new rows and those earlier runs left. In a dry run `told` says what would go."""

    today: dt.date
    due: int
    sent: int
    skipped: int
    failed: int
    told: tuple[PersonTold, ...]
    held_until: dt.datetime | None
    unmatched: tuple[Unmatched, ...]
    errors: tuple[str, ...]
    calendar_note: str


def run(moment: Moment, *, dry: bool = False, connection: BaseEmailBackend | None = None) -> RunResult:
    """Find what is due, write the rows, send what may leave now. Dry: find only, write and send nothing."""
    book = open_book(moment.today)
    tally = Tally(due=delivery.backlog(moment))
    names: dict[Unmatched, None] = {}
    at = moment.at
    mail_at = book.calendar.mail_time(at)
    record = None if dry else _begin(moment)
    for page in find_due(moment.today, book):
        rows = [row for due in page for row in _rows(due, book, at, mail_at, moment.now())]
        tally.due += len(rows)
        _count_planned(rows, tally, everything=dry, held=mail_at > at)
        for due in page:
            names.update(dict.fromkeys(unmatched(due.task, _told_ranks(due, book))))
        if not dry:
            _insert(rows)
    if record is not None:
        delivery.deliver(moment, book, tally, connection=connection)
        _finish(record, tally, moment)
    return RunResult(
        moment.today,
        tally.due,
        tally.sent,
        tally.skipped,
        tally.failed,
        _told(tally, book),
        mail_at if tally.held else None,
        tuple(names),
        tuple(tally.errors),
        book.calendar.note(moment.today.year),
    )


def deliver(moment: Moment) -> Tally:
    """Send what earlier runs wrote and may leave now; the doorbell's half of `run`."""
    tally = Tally(due=delivery.backlog(moment))
    if tally.due:
        delivery.deliver(moment, open_book(moment.today), tally)
    return tally


def open_book(today: dt.date) -> Book:
    return Book(load_directory(), reminder_rules.live_ladders(), load_calendar(today))


# ── What is due ──────────────────────────────────────────────────────────────
def find_due(today: dt.date, book: Book) -> Iterator[list[Due]]:
    """Pages of what no row stands for yet. One select per rule and ladder; two more per page found."""
    groups: dict[Ladder, list[int]] = {}
    for notice, ladder in sorted(book.ladders.items()):
        groups.setdefault(ladder, []).append(notice)
    for ladder, notices in groups.items():
        for window in reminder_rules.windows(ladder, today=today, calendar=book.calendar):
            for page in _pages(_in_window(window, notices)):
                yield [d for t in page for d in _reached(t, window, ladder, today, book)]
        for state in WAITING:
            for page in _pages(_waiting(state, ladder, notices, today)):
                yield [d for t in page for d in _awaited(t, state, ladder, today, book)]


def _in_window(window: Window, notices: list[int]) -> TaskQuerySet:
    """Tasks being worked on whose deadline lies in the window and for which no row stands."""
    told = Reminder.objects.filter(
        task=OuterRef("pk"), deadline=OuterRef("deadline"), rule__in=window.told_by
    )
    if window.since is not None:
        told = told.filter(occurrence_on__gte=window.since)
    found = Task.objects.filter(
        notice__in=notices, is_open=True, state__in=UNDER_WAY, deadline__lte=window.last
    )
    if window.first is not None:
        found = found.filter(deadline__gte=window.first)
    return found.exclude(Exists(told))


def _waiting(state: str, ladder: Ladder, notices: list[int], today: dt.date) -> TaskQuerySet:
    """Applications that wait long enough with the judge who has them now, or whose deadline came meanwhile."""
    basis = Coalesce(OuterRef("finished_on"), Value(NO_DAY), output_field=DateField())
    rows = Reminder.objects.filter(task=OuterRef("pk"), rule=WAITING[state], deadline=basis)
    arrived = Transition.objects.filter(
        task=OuterRef("pk"),
        target=state,
        at__gte=dt.datetime.combine(today - _DAY * (ladder.waiting_after - 1), dt.time(), ZONE),
    )
    week = today - _DAY * (ladder.every - 1)
    long = Q(finished_on__lte=today - _DAY * ladder.waiting_after) | Q(finished_on=None)
    reached = Q(finished_on__lt=F("deadline"), deadline__range=(week, today))
    return Task.objects.filter(notice__in=notices, is_open=True, state=state).filter(
        (long & ~Exists(arrived) & ~Exists(rows.filter(occurrence_on__gte=week)))
        | (reached & ~Exists(rows.filter(occurrence_on__gte=OuterRef("deadline"))))
    )


def _pages(tasks: TaskQuerySet) -> Iterator[list[Facts]]:
    pks = list(tasks.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(pks), _PAGE):
        chunk = Task.objects.filter(pk__in=pks[start : start + _PAGE])
        yield list(facts_of(chunk.order_by("pk")))


def _reached(task: Facts, window: Window, ladder: Ladder, today: dt.date, book: Book) -> Iterator[Due]:
    """Nothing when the task moved on between the two selects."""
    day = task.deadline
    if day is None or day > window.last or (window.first and day < window.first):
        return
    if task.state in UNDER_WAY:
        occurrence = reminder_rules.occurrence_day(
            ladder, window.rule, day, today=today, calendar=book.calendar
        )
        yield Due(window.rule, task, day, occurrence, told_by_rank(task, window.tell, book.people))


def _awaited(task: Facts, state: str, ladder: Ladder, today: dt.date, book: Book) -> Iterator[Due]:
    if task.state == state:
        occurrence = reminder_rules.waiting_occurrence(ladder, task.finished_on, task.deadline, today=today)
        people = judges(task, book.people)
        yield Due(WAITING[state], task, task.finished_on or NO_DAY, occurrence, people)


# ── Rows ─────────────────────────────────────────────────────────────────────
def _rows(
    due: Due, book: Book, at: dt.datetime, mail_at: dt.datetime, now: dt.datetime
) -> Iterator[Reminder]:
    """Unsaved: for each person one for the inbox and, with an address, one for the mail."""
    for pk in due.people:
        for channel, not_before in ((Channel.INBOX, at), (Channel.EMAIL, mail_at)):
            if channel == Channel.EMAIL and not book.people.people[pk].email:
                continue
            yield Reminder(
                rule=due.rule,
                task_id=due.task.pk,
                recipient_id=pk,
                channel=channel,
                occurrence_on=due.occurrence_on,
                deadline=due.basis,
                not_before=not_before,
                created_at=now,
            )


@transaction.atomic
def _insert(rows: list[Reminder]) -> None:
    """All rows of a page's tasks or none. What another sweep wrote first stays."""
    Reminder.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)


def _told_ranks(due: Due, book: Book) -> tuple[Who, ...]:
    return book.ladders[due.task.notice].tells(due.rule) or ()


def _count_planned(rows: Iterable[Reminder], tally: Tally, *, everything: bool, held: bool) -> None:
    """Mails that have to wait; in a dry run everything that would leave."""
    for row in rows:
        if row.channel == Channel.EMAIL and held:
            tally.held[row.recipient_id] += 1
        elif everything:
            (tally.mailed if row.channel == Channel.EMAIL else tally.inbox)[row.recipient_id] += 1


def _told(tally: Tally, book: Book) -> tuple[PersonTold, ...]:
    every: Counter[int] = tally.inbox + tally.mailed + tally.held
    return tuple(
        PersonTold(book.people.people[pk].name, tally.inbox[pk], tally.mailed[pk], tally.held[pk])
        for pk in sorted(every)
    )


def _begin(moment: Moment) -> Sweep:
    """Rows of long ago go; the health page looks at the newest."""
    Sweep.objects.filter(started_at__lt=moment.now() - _KEEP_SWEEPS).delete()
    record = Sweep(today=moment.today, started_at=moment.now())
    record.save(force_insert=True)
    return record


def _finish(record: Sweep, tally: Tally, moment: Moment) -> None:
    Sweep.objects.filter(pk=record.pk).update(
        finished_at=moment.now(),
        due=tally.due,
        sent=tally.sent,
        skipped=tally.skipped,
        failed=tally.failed,
    )
