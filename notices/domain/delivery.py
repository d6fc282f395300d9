"""Sending what is due: reminder rows become inbox messages and one digest mail per person and day.

A row is taken by one sender only, checked against the task as it is now, then sent and marked. Inbox messages are
written in the transaction that marks their rows: exactly once. A mail is claimed with a lease first: a sender that
dies lets the lease run out and the mail is sent again, so at most one mail is repeated per death, none is lost.
"""

import datetime as dt
import logging
import smtplib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef

from accounts.models import User
from notices.domain import reminder_words
from notices.domain.audience import Directory, Facts, Person, facts_of, judges, told_by_rank
from notices.domain.reminder_rules import WAITING, Ladder
from notices.domain.workdays import ZONE, Calendar
from notices.models import NO_DAY, Message, Reminder, Task
from notices.models.message import ReminderQuerySet
from notices.terms import Channel, DeliveryState, MessageKind, State

LEASE = dt.timedelta(minutes=5)
# Waits between tries of a mail; after the last one the row has failed. Together about a day and a half.
PAUSES = tuple(dt.timedelta(minutes=m) for m in (5, 15, 60, 240, 720, 1440))
UNDER_WAY = (State.PENDING, State.ACTIVE)
_PAGE = 500
_DEAD = 3  # mails that cannot be handed over in a row: the mail server is down, leave it until the next sweep
_ONE_LETTER = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError, ValueError)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Moment:
    """When a run happens. `now` is the caller's clock, for stamps and leases; `today` decides what is due.

    `pretend` stands for the present where quiet hours are judged, when somebody asks for another day.
    `until`: stop taking new work then; what is left waits for the next run.
    """

    today: dt.date
    now: Callable[[], dt.datetime]
    pretend: dt.datetime | None = None
    until: dt.datetime | None = None

    @property
    def at(self) -> dt.datetime:
        return self.pretend or self.now()

    def is_over(self) -> bool:
        return self.until is not None and self.now() >= self.until


@dataclass(frozen=True)
class Book:
    """What every row is judged by: people, the ladders of notices that remind now, working days."""

    people: Directory
    ladders: dict[int, Ladder]
    calendar: Calendar


@dataclass
class Tally:
    """What a run did, in rows; per person id the messages sent, the tasks mailed, the tasks whose mail is held."""

    due: int = 0
    sent: int = 0
    skipped: int = 0
    failed: int = 0
    inbox: Counter[int] = field(default_factory=Counter)
    mailed: Counter[int] = field(default_factory=Counter)
    held: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)


def backlog(moment: Moment) -> int:
    """Rows of earlier runs that could leave now."""
    return _waiting(Channel.INBOX, moment).count() + _mailable(moment).count()


def deliver(moment: Moment, book: Book, tally: Tally, *, connection: BaseEmailBackend | None = None) -> None:
    """Send everything that may leave now. Safe beside another sender."""
    while not moment.is_over() and _deliver_messages(moment, book, tally):
        pass
    _deliver_mails(moment, book, tally, connection or get_connection())


def _waiting(channel: Channel, moment: Moment) -> ReminderQuerySet:
    """Rows nobody has sent or is sending. A lease longer than we give was written under a wrong clock: it is none."""
    now = moment.now()
    rows = Reminder.objects.filter(channel=channel)
    return rows.filter(state=DeliveryState.DUE, not_before__lte=moment.at) | rows.filter(
        state=DeliveryState.CLAIMED
    ).exclude(lease_until__range=(now, now + LEASE))


def _mailable(moment: Moment) -> ReminderQuerySet:
    """Waiting mail rows of people who had no digest today and are not being written to by another sender.

    The people are sorted out first: asked row by row, a person with many rows would cost their square.
    """
    now = moment.now()
    waiting = _waiting(Channel.EMAIL, moment)
    theirs = Reminder.objects.filter(recipient=OuterRef("pk"), channel=Channel.EMAIL)
    busy = theirs.filter(state=DeliveryState.CLAIMED, lease_until__range=(now, now + LEASE))
    people = User.objects.filter(pk__in=waiting.values("recipient")).exclude(Exists(busy))
    if moment.pretend is None:
        midnight = dt.datetime.combine(moment.today, dt.time(), ZONE)
        today = (midnight, midnight + dt.timedelta(days=1))
        people = people.exclude(Exists(theirs.filter(state=DeliveryState.SENT, sent_at__range=today)))
    return waiting.filter(recipient__in=people.values("pk"))


# ── Is it still true? ────────────────────────────────────────────────────────
def _checked(rows: Iterable[Reminder], book: Book) -> list[tuple[Reminder, Facts, str]]:
    """Each row with its task as it is now and the reason not to send it; "" when it is still right. Two queries."""
    found = list(rows)
    tasks = {t.pk: t for t in facts_of(Task.objects.filter(pk__in={row.task_id for row in found}))}
    theirs = Reminder.objects.filter(task__in=set(tasks)).values_list("task_id", "recipient_id", "channel")
    newest = {tuple(key): day for *key, day in theirs.annotate(Max("occurrence_on"))}
    checked = []
    for row in found:
        task = tasks[row.task_id]
        old = row.occurrence_on < newest[row.task_id, row.recipient_id, row.channel]
        checked.append((row, task, "已有更新的提醒" if old else _objection(row, task, book)))
    return checked


def _objection(row: Reminder, task: Facts, book: Book) -> str:
    ladder = book.ladders.get(task.notice)
    person = book.people.people.get(row.recipient_id)
    if ladder is None:
        return "该批次已不再提醒"
    if person is None:
        return "收件人账号已停用"
    if row.channel == Channel.EMAIL and not person.email:
        return "收件人没有邮箱"
    if row.rule in WAITING.values():
        return _waiting_objection(row, task, book)
    tell = ladder.tells(row.rule)
    if tell is None:
        return "提醒规则已调整"
    if task.state not in UNDER_WAY:
        return f"发送前任务已是“{State(task.state).label}”"
    if task.deadline != row.deadline:
        return "完成时限已调整"
    return "" if row.recipient_id in told_by_rank(task, tell, book.people) else "收件人已不负责该任务"


def _waiting_objection(row: Reminder, task: Facts, book: Book) -> str:
    if WAITING.get(task.state) != row.rule:
        return f"发送前任务已是“{State(task.state).label}”"
    if (task.finished_on or NO_DAY) != row.deadline:
        return "申请已重新提交"
    return "" if row.recipient_id in judges(task, book.people) else "收件人已不负责审核该任务"


def _mark(rows: ReminderQuerySet, state: DeliveryState, **values: object) -> int:
    changes: dict[str, object] = {"state": state, "lease_until": None, **values}
    return rows.update(**changes)


def _skip(checked: Iterable[tuple[Reminder, Facts, str]], tally: Tally) -> None:
    reasons: dict[str, list[int]] = {}
    for row, _, why_not in checked:
        if why_not:
            reasons.setdefault(why_not, []).append(row.pk)
    for why_not, pks in reasons.items():
        rows = Reminder.objects.filter(pk__in=pks, state__in=(DeliveryState.DUE, DeliveryState.CLAIMED))
        tally.skipped += _mark(rows, DeliveryState.SKIPPED, note=why_not)


# ── Inbox ────────────────────────────────────────────────────────────────────
@transaction.atomic
def _deliver_messages(moment: Moment, book: Book, tally: Tally) -> int:
    """One page of rows: lock, check, write messages, mark. Returns how many rows were dealt with."""
    # Not ordered by the database: it would walk over every row ever sent to find the oldest that waits.
    page = _waiting(Channel.INBOX, moment).select_for_update(skip_locked=True)[:_PAGE]
    checked = _checked(sorted(page, key=lambda row: row.pk), book)
    _skip(checked, tally)
    now = moment.now()
    good = [(row, task) for row, task, why_not in checked if not why_not]
    Message.objects.bulk_create(
        Message(
            recipient_id=row.recipient_id,
            kind=MessageKind.REMINDER,
            title=reminder_words.title(row.rule, task, today=moment.today),
            body=reminder_words.body(task),
            task_id=task.pk,
            at=now,
        )
        for row, task in good
    )
    _mark(Reminder.objects.filter(pk__in=[row.pk for row, _ in good]), DeliveryState.SENT, sent_at=now)
    tally.sent += len(good)
    tally.inbox.update(row.recipient_id for row, _ in good)
    return len(checked)


# ── E-mail ───────────────────────────────────────────────────────────────────
def _deliver_mails(moment: Moment, book: Book, tally: Tally, connection: BaseEmailBackend) -> None:
    """One digest a person; those tried least come first. Ends early when the mail server is down."""
    people = _mailable(moment).values("recipient_id").annotate(least=Min("tries"))
    dead = 0
    for pk in list(people.order_by("least", "recipient_id").values_list("recipient_id", flat=True)):
        if moment.is_over() or dead >= _DEAD:
            break
        lease, rows = _claim(pk, moment)
        checked = _checked(rows, book)
        _skip(checked, tally)
        good = [(row, task) for row, task, why_not in checked if not why_not]
        if not good:
            continue
        person = book.people.people[pk]
        error = _send(_letter(person, good, moment), connection)
        _settle([row for row, _ in good], lease, error, moment, book, tally)
        dead = dead + 1 if error and not isinstance(error, _ONE_LETTER) else 0
    if dead >= _DEAD:
        logger.warning("mail server not reachable, the rest waits for the next sweep")
    _close(connection)


@transaction.atomic
def _claim(person: int, moment: Moment) -> tuple[dt.datetime, list[Reminder]]:
    """Take every waiting mail row of a person, unless another sender has the person. Returns the lease and the rows.

    1. lock the person, so that two senders never share one digest; 2. compare and set; 3. read what is ours.
    """
    lease = moment.now() + LEASE
    lock = User.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=person)
    if not list(lock.values_list("pk", flat=True)):
        return lease, []
    pks = list(_mailable(moment).filter(recipient=person).values_list("pk", flat=True))
    ours = Reminder.objects.filter(pk__in=pks)
    changes: dict[str, object] = {"state": DeliveryState.CLAIMED, "lease_until": lease}
    ours.exclude(state__in=(DeliveryState.SENT, DeliveryState.SKIPPED, DeliveryState.FAILED)).update(
        **changes
    )
    return lease, list(ours.filter(state=DeliveryState.CLAIMED, lease_until=lease).order_by("pk"))


def _letter(person: Person, good: Iterable[tuple[Reminder, Facts]], moment: Moment) -> EmailMessage:
    items = {task.pk: reminder_words.item(row.rule, task, today=moment.today) for row, task in good}
    return reminder_words.digest(person, items.values(), today=moment.today)


def _send(letter: EmailMessage, connection: BaseEmailBackend) -> Exception | None:
    """None when the letter was handed over. The connection stays open for the next one unless it failed.

    Servers end a connection after so many letters: a letter that meets an ended one is tried on a new one at once.
    """
    try:
        opened = connection.open()
        try:
            connection.send_messages([letter])
        except smtplib.SMTPServerDisconnected:
            if opened:
                raise
            _close(connection)
            connection.open()
            connection.send_messages([letter])
    except (OSError, ValueError) as error:
        _close(connection)
        return error
    return None


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except OSError:
        logger.info("mail connection was gone already")


def _settle(
    rows: list[Reminder],
    lease: dt.datetime,
    error: Exception | None,
    moment: Moment,
    book: Book,
    tally: Tally,
) -> None:
    """Mark what became of one person's rows, if the lease is still ours."""
    ours = Reminder.objects.filter(state=DeliveryState.CLAIMED, lease_until=lease)
    if error is None:
        mine = ours.filter(pk__in=[row.pk for row in rows])
        tally.sent += _mark(mine, DeliveryState.SENT, sent_at=moment.now(), note="")
        tally.mailed.update(row.recipient_id for row in rows)
        return
    note = f"{type(error).__name__}: {error}"[:300]
    logger.warning("mail to user %s failed: %s", rows[0].recipient_id, note)
    tally.errors[note] += 1
    for row in rows:
        last = row.tries >= len(PAUSES)
        pause = {} if last else {"not_before": book.calendar.mail_time(moment.at + PAUSES[row.tries])}
        state = DeliveryState.FAILED if last else DeliveryState.DUE
        tally.failed += _mark(ours.filter(pk=row.pk), state, tries=row.tries + 1, note=note, **pause)
