"""What the reminders of the last days have left: digests that were sent, one address that takes no mail, a message
put off until the next working day."""

import datetime as dt
import logging
import smtplib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from accounts.models import User
from notices.domain import delivery, inbox, queue, reminders
from notices.domain.book import Moment, Tally
from notices.domain.workdays import Calendar, load_calendar
from notices.management.demo.cast import HEAD, STAFF
from notices.models import Message

_MORNING = dt.time(9)
_DAYS_BACK = 3  # working days: as long as an address is tried


class Refusing(BaseEmailBackend):
    """Takes every letter and sends none; one address does not exist."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for letter in email_messages:
            if self.address in letter.to:
                raise smtplib.SMTPRecipientsRefused({self.address: (550, b"5.1.1 no such mailbox")})
        return len(email_messages)


def remind(users: Mapping[str, User], *, now: dt.datetime) -> None:
    """One sweep some working days ago, and the tries of what could not be sent since."""
    calendar = load_calendar(now.date())
    post = Refusing(users[HEAD["shuili"]].email)
    first = dt.datetime.combine(_working_day_before(now.date(), calendar), _MORNING, now.tzinfo)
    with _unsaid():
        reminders.run(_at(first), connection=post)
        for later in _tries(first, calendar):
            if later < now:
                moment = _at(later)
                delivery.deliver(moment, reminders.open_book(moment.today), Tally(), connection=post)
    put_off = Message.objects.of(users[STAFF["jiaoyu"]]).unread().newest_first().first()
    if put_off is not None:
        inbox.snooze(put_off, inbox.wake_time("workday", calendar, at=now))


@contextmanager
def _unsaid() -> Iterator[None]:
    """The failures are part of the story: whoever starts the demo need not be warned of them."""
    log = logging.getLogger(queue.__name__)
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


def _at(instant: dt.datetime) -> Moment:
    return Moment(instant.date(), lambda: instant)


def _working_day_before(today: dt.date, calendar: Calendar) -> dt.date:
    day, left = today, _DAYS_BACK
    while left:
        day -= dt.timedelta(days=1)
        left -= calendar.is_working(day)
    return day


def _tries(first: dt.datetime, calendar: Calendar) -> Iterator[dt.datetime]:
    """A minute after each may leave."""
    at = first
    for pause in queue.PAUSES:
        at = calendar.mail_time(at + pause) + dt.timedelta(minutes=1)
        yield at
