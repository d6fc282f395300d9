"""Sending what is due: reminder rows become inbox messages and one digest mail per person and day.

A row is taken by one sender only, checked against the task as it is now, then sent and marked. Inbox messages are
written in the transaction that marks their rows: exactly once. Mails and posts: see digests.py.
"""

import logging
import smtplib

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Min

from notices.domain import digests, posting, queue, reminder_words, wording
from notices.domain.audience import Person
from notices.domain.book import Book, Moment, Tally
from notices.domain.digests import PEOPLE, Good
from notices.domain.recheck import checked
from notices.models import Message, Reminder
from notices.terms import Channel, DeliveryState, MessageKind, WordingKind

_PAGE = 500
_DEAD = 3  # mails that cannot be handed over in a row: the mail server is down, leave it until the next sweep
_ONE_LETTER = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError, ValueError)

logger = logging.getLogger(__name__)


def backlog(moment: Moment) -> int:
    """Rows of earlier runs that could leave now."""
    messages = queue.waiting(queue.of_channels(Channel.INBOX), moment).count()
    return messages + digests.sendable(PEOPLE, moment).count() + posting.backlog(moment)


def deliver(moment: Moment, book: Book, tally: Tally, *, connection: BaseEmailBackend | None = None) -> None:
    """Send everything that may leave now. Safe beside another sender."""
    while not moment.is_over() and _deliver_messages(moment, book, tally):
        pass
    _deliver_mails(moment, book, tally, connection or get_connection())
    posting.deliver(moment, book, tally)


# ── Inbox ────────────────────────────────────────────────────────────────────
@transaction.atomic
def _deliver_messages(moment: Moment, book: Book, tally: Tally) -> int:
    """One page of rows: lock, check, write messages, mark. Returns how many rows were dealt with."""
    # Not ordered by the database: it would walk over every row ever sent to find the oldest that waits.
    page = queue.waiting(queue.of_channels(Channel.INBOX), moment).select_for_update(skip_locked=True)[:_PAGE]
    found = checked(sorted(page, key=lambda row: row.pk), book)
    queue.skip(found, tally)
    now = moment.now()
    good = [(row, task) for row, task, why_not in found if not why_not]
    Message.objects.bulk_create(
        Message(
            recipient_id=row.recipient_id or 0,
            kind=MessageKind.REMINDER,
            title=reminder_words.title(row.rule, task, today=moment.today),
            body=reminder_words.body(row.rule, task, letter=book.ladders[task.notice].way(row.rule).letter),
            task_id=task.pk or None,
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
    people = digests.sendable(PEOPLE, moment).values("recipient_id").annotate(least=Min("tries"))
    words, dead = wording.load(), 0

    def send(pk: int, good: Good) -> str:
        nonlocal dead
        error = _send(_letter(book.people.people[pk], good, moment, words), connection)
        dead = dead + 1 if error and not isinstance(error, _ONE_LETTER) else 0
        return f"{type(error).__name__}: {error}" if error else ""

    keys = list(people.order_by("least", "recipient_id").values_list("recipient_id", flat=True))
    sent = digests.send_each(PEOPLE, keys, send, moment, book, tally, is_down=lambda: dead >= _DEAD)
    tally.mailed.update(sent)
    if dead >= _DEAD:
        logger.warning("mail server not reachable, the rest waits for the next sweep")
    _close(connection)


def _letter(person: Person, good: Good, moment: Moment, words: wording.Wordings) -> EmailMessage:
    items = reminder_words.items(good, today=moment.today)
    text = words.of(WordingKind.MAIL, {item.notice_id for item in items})
    return reminder_words.digest(person, items, today=moment.today, text=text)


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
