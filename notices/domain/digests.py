"""One digest per receiver and day, of a person's mail as of a group's post: claimed, checked, sent, settled.

A digest is claimed with a lease first: a sender that dies lets the lease run out and the digest is sent again, so at
most one is repeated per death of a sender, none is lost.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import User
from notices.domain import queue
from notices.domain.audience import Facts
from notices.domain.book import Book, Moment, Tally
from notices.domain.queue import LEASE
from notices.domain.recheck import checked
from notices.domain.workdays import ZONE
from notices.models import Outlet, Reminder
from notices.models.message import ReminderQuerySet
from notices.terms import OUTLET_KINDS, Channel, DeliveryState

Good = list[tuple[Reminder, Facts]]


class Receivers(NamedTuple):
    """`column` of a reminder names one of them; `channels` are theirs."""

    column: str
    model: Any
    channels: tuple[Channel, ...]


PEOPLE = Receivers("recipient", User, (Channel.EMAIL,))
OUTLETS = Receivers("outlet", Outlet, OUTLET_KINDS)


def sendable(to: Receivers, moment: Moment) -> ReminderQuerySet:
    """Waiting rows of receivers that had no digest today and are not being written to by another sender.

    The receivers are sorted out first: asked row by row, one with many rows would cost their square.
    """
    now = moment.now()
    waiting = queue.waiting(queue.of_channels(*to.channels), moment)
    theirs = Reminder.objects.filter(**{to.column: OuterRef("pk")}, channel__in=to.channels)
    busy = theirs.filter(state=DeliveryState.CLAIMED, lease_until__range=(now, now + LEASE))
    free = to.model.objects.filter(pk__in=waiting.order_by().values(to.column)).exclude(Exists(busy))
    if moment.pretend is None:
        midnight = dt.datetime.combine(moment.today, dt.time(), ZONE)
        today = (midnight, midnight + dt.timedelta(days=1))
        free = free.exclude(Exists(theirs.filter(state=DeliveryState.SENT, sent_at__range=today)))
    return waiting.filter(**{f"{to.column}__in": free.values("pk")})


@transaction.atomic
def _claim(to: Receivers, pk: int, moment: Moment) -> tuple[dt.datetime, list[Reminder]]:
    """Take every waiting row of a receiver, unless another sender has it. Returns the lease and the rows.

    1. lock the receiver, so that two senders never share one digest; 2. compare and set; 3. read what is ours.
    """
    lock = to.model.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=pk)
    if not list(lock.values_list("pk", flat=True)):
        return moment.now(), []
    return queue.claim(sendable(to, moment).filter(**{to.column: pk}), moment)


def send_each(
    to: Receivers,
    keys: Iterable[int],
    send: Callable[[int, Good], str],
    moment: Moment,
    book: Book,
    tally: Tally,
    *,
    is_down: Callable[[], bool] = lambda: False,
) -> dict[int, int]:
    """`send` gives "" or why not. Ends early when the time is over or the way is down. Returns receiver → rows sent."""
    sent: dict[int, int] = {}
    for pk in keys:
        if moment.is_over() or is_down():
            break
        lease, rows = _claim(to, pk, moment)
        found = checked(rows, book)
        queue.skip(found, tally)
        good = [(row, task) for row, task, why_not in found if not why_not]
        if good:
            error = send(pk, good)
            sent[pk] = queue.settle([row for row, _ in good], lease, error, moment, book, tally)
    return sent
