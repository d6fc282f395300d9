"""The sweep: what is due as of a day (due.py), written as rows; then delivered (delivery.py).

`run_due`, the scheduler's job and the tests call `run`; the preview of a rule goes through `kept_batches` as well.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from notices.domain import delivery, due, matters, missing_weeks
from notices.domain.audience import Facts, Unmatched, load_directory, told
from notices.domain.book import Book, Moment, Tally, load_outlets, load_parties
from notices.domain.due import Batch
from notices.domain.reminder_rules import Who
from notices.domain.reminder_settings import live_ladders
from notices.domain.workdays import load_calendar
from notices.models import Sweep
from notices.sql import sweep
from notices.terms import Channel

_KEEP_SWEEPS = dt.timedelta(days=60)


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
    for batch in kept_batches(moment.today, at, book):
        names.update(dict.fromkeys(_nameless(batch)))
        planned = _count_planned(tally, everything=dry, held=mail_at > at)
        tally.due += planned if dry else _write(batch, moment)
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
    return Book(load_directory(today), live_ladders(), load_calendar(today), load_outlets(), load_parties())


# ── Rows ─────────────────────────────────────────────────────────────────────
def kept_batches(today: dt.date, at: dt.datetime, book: Book) -> Iterator[Batch]:
    """Batches with anything due, each with its tasks, people and days laid ready in notices/sql/sweep.py.

    One statement a batch; a few more where something is due, however many tasks.
    """
    sweep.prepare()
    mail_at = book.calendar.mail_time(at)
    for batch in _batches(today, book):
        if not sweep.collect(batch.rows()):
            continue
        sweep.tell([(key, _receivers(key, batch, book, at, mail_at)) for key in sweep.keys()])
        sweep.occur([(basis, other, batch.occurrence(basis, other)) for basis, other in sweep.days()])
        yield batch
        sweep.clear()


def _batches(today: dt.date, book: Book) -> Iterator[Batch]:
    """Tasks first, then what else waits."""
    yield from due.batches(today, book.ladders, book.calendar)
    for ladder, notices in due.by_ladder(book.ladders).items():
        yield from matters.batches(ladder, notices, today)
        yield from missing_weeks.batches(ladder, notices, book.calendar, today)


def _receivers(
    key: sweep.Key, batch: Batch, book: Book, at: dt.datetime, mail_at: dt.datetime
) -> list[sweep.Receiver]:
    """For each person the inbox and, with an address and unless refused, the mail; then the groups."""
    found: list[sweep.Receiver] = []
    for pk in told(_facts(key, batch, book), batch.tell, book.people):
        found.append((pk, None, Channel.INBOX, at))
        if book.people.people[pk].takes_mail(batch.way):
            found.append((pk, None, Channel.EMAIL, mail_at))
    if batch.way.group:
        found += [(None, o.pk, o.kind, mail_at) for o in book.outlets_of(key.notice)]
    return found


def _facts(key: sweep.Key, batch: Batch, book: Book) -> Facts:
    """As much of a task as decides who is told."""
    return Facts(
        0, "", "", batch.state, None, None, key.notice, "", book.parties[key.notice], key.lead or None, None,
        key.contact or None, "", key.leader or None, "", key.applicant or None, key.approver or None,
        key.above or None,
    )  # fmt: skip


@transaction.atomic
def _write(batch: Batch, moment: Moment) -> int:
    """All rows of a batch or none."""
    return sweep.write(batch.rule, at=moment.now(), of_tasks=batch.of_tasks)


def _nameless(batch: Batch) -> Iterator[Unmatched]:
    if not batch.of_tasks:
        return
    wanted = {"contact": Who.WORKER in batch.tell, "leader": Who.LEADER in batch.tell}
    for number, contact, leader in sweep.nameless(**wanted):
        yield from [Unmatched(number, "责任人", contact)] if contact else []
        yield from [Unmatched(number, "责任领导", leader)] if leader else []


def _count_planned(tally: Tally, *, everything: bool, held: bool) -> int:
    """Mails that have to wait; in a dry run everything that would leave. Returns the rows there would be."""
    if not (everything or held):
        return 0
    total = 0
    for person, channel, count in sweep.counted():
        total += count
        if channel == Channel.EMAIL and held:
            tally.held[person] += count
        elif everything:
            (tally.mailed if channel == Channel.EMAIL else tally.inbox)[person] += count
    return total


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
