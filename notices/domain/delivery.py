"""Sending what is due: reminder rows become inbox messages and one digest mail per person and day.

A row is taken by one sender only, checked against the task as it is now, then sent and marked. Inbox messages are
written in the transaction that marks their rows: exactly once. A mail is claimed with a lease first: a sender that
dies lets the lease run out and the mail is sent again, so at most one mail is repeated per death, none is lost.
"""

import datetime as dt
import logging
import smtplib
from collections.abc import Iterable

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Exists, Min, OuterRef

from accounts.models import User
from notices.domain import posting, queue, reminder_words, wording
from notices.domain.audience import Facts, Person
from notices.domain.book import Book, Moment, Tally
from notices.domain.queue import LEASE
from notices.domain.recheck import checked
from notices.domain.workdays import ZONE
from notices.models import Message, Reminder
from notices.models.message import ReminderQuerySet
from notices.terms import Channel, DeliveryState, MessageKind, WordingKind

_PAGE = 500
_DEAD = 3  # mails that cannot be handed over in a row: the mail server is down, leave it until the next sweep
_ONE_LETTER = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError, ValueError)

logger = logging.getLogger(__name__)


def backlog(moment: Moment) -> int:
    """Rows of earlier runs that could leave now."""
    return _waiting(Channel.INBOX, moment).count() + _mailable(moment).count() + posting.backlog(moment)


def deliver(moment: Moment, book: Book, tally: Tally, *, connection: BaseEmailBackend | None = None) -> None:
    """Send everything that may leave now. Safe beside another sender."""
    while not moment.is_over() and _deliver_messages(moment, book, tally):
        pass
    _deliver_mails(moment, book, tally, connection or get_connection())
    posting.deliver(moment, book, tally)


def _waiting(channel: Channel, moment: Moment) -> ReminderQuerySet:
    return queue.waiting(queue.of_channels(channel), moment)


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


# ── Inbox ────────────────────────────────────────────────────────────────────
@transaction.atomic
def _deliver_messages(moment: Moment, book: Book, tally: Tally) -> int:
    """One page of rows: lock, check, write messages, mark. Returns how many rows were dealt with."""
    # Not ordered by the database: it would walk over every row ever sent to find the oldest that waits.
    page = _waiting(Channel.INBOX, moment).select_for_update(skip_locked=True)[:_PAGE]
    found = checked(sorted(page, key=lambda row: row.pk), book)
    queue.skip(found, tally)
    now = moment.now()
    good = [(row, task) for row, task, why_not in found if not why_not]
    Message.objects.bulk_create(
        Message(
            recipient_id=row.recipient_id or 0,
            kind=MessageKind.REMINDER,
            title=reminder_words.title(row.rule, task, today=moment.today),
            body=reminder_words.body(task, letter=book.ladders[task.notice].way(row.rule).letter),
            task_id=task.pk,
            at=now,
        )
        for row, task in good
    )
    queue.mark(Reminder.objects.filter(pk__in=[row.pk for row, _ in good]), DeliveryState.SENT, sent_at=now)
    tally.sent += len(good)
    tally.inbox.update(row.recipient_id for row, _ in good if row.recipient_id)
    return len(found)


# ── E-mail ───────────────────────────────────────────────────────────────────
def _deliver_mails(moment: Moment, book: Book, tally: Tally, connection: BaseEmailBackend) -> None:
    """One digest a person; those tried least come first. Ends early when the mail server is down."""
    people = _mailable(moment).values("recipient_id").annotate(least=Min("tries"))
    dead, words = 0, wording.load()
    for pk in list(people.order_by("least", "recipient_id").values_list("recipient_id", flat=True)):
        if moment.is_over() or dead >= _DEAD:
            break
        lease, rows = _claim(pk, moment)
        found = checked(rows, book)
        queue.skip(found, tally)
        good = [(row, task) for row, task, why_not in found if not why_not]
        if not good:
            continue
        error = _send(_letter(book.people.people[pk], good, moment, words), connection)
        why = f"{type(error).__name__}: {error}" if error else ""
        tally.mailed[pk] += queue.settle([row for row, _ in good], lease, why, moment, book, tally)
        dead = dead + 1 if error and not isinstance(error, _ONE_LETTER) else 0
    if dead >= _DEAD:
        logger.warning("mail server not reachable, the rest waits for the next sweep")
    _close(connection)


@transaction.atomic
def _claim(person: int, moment: Moment) -> tuple[dt.datetime, list[Reminder]]:
    """Take every waiting mail row of a person, unless another sender has the person. Returns the lease and the rows.

    1. lock the person, so that two senders never share one digest; 2. compare and set; 3. read what is ours.
    """
    lock = User.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=person)
    if not list(lock.values_list("pk", flat=True)):
        return moment.now(), []
    return queue.claim(_mailable(moment).filter(recipient=person), moment)


def _letter(
    person: Person, good: Iterable[tuple[Reminder, Facts]], moment: Moment, words: wording.Wordings
) -> EmailMessage:
    items = {task.pk: reminder_words.item(row.rule, task, today=moment.today) for row, task in good}
    text = words.of(WordingKind.MAIL, {item.notice_id for item in items.values()})
    return reminder_words.digest(person, items.values(), today=moment.today, text=text)


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
