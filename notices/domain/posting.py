"""Digests to groups: due rows with an outlet in the recipient's place; one post per outlet and day.

As a mail, a post is claimed with a lease before it is sent, so at most one is repeated per death of a sender.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, OuterRef

from notices.domain import queue, reminder_words, robots, wording
from notices.domain.book import Book, Moment, Tally
from notices.domain.queue import LEASE
from notices.domain.recheck import checked
from notices.domain.workdays import ZONE
from notices.models import Outlet, Reminder
from notices.models.message import ReminderQuerySet
from notices.terms import DeliveryState, WordingKind


def backlog(moment: Moment) -> int:
    return _postable(moment).count()


def _postable(moment: Moment) -> ReminderQuerySet:
    """Waiting rows of outlets that had no digest today and are not being posted to by another sender."""
    now = moment.now()
    theirs = Reminder.objects.filter(outlet=OuterRef("pk"))
    busy = theirs.filter(state=DeliveryState.CLAIMED, lease_until__range=(now, now + LEASE))
    outlets = Outlet.objects.exclude(Exists(busy))
    if moment.pretend is None:
        midnight = dt.datetime.combine(moment.today, dt.time(), ZONE)
        today = (midnight, midnight + dt.timedelta(days=1))
        outlets = outlets.exclude(Exists(theirs.filter(state=DeliveryState.SENT, sent_at__range=today)))
    return queue.waiting(queue.posts(), moment).filter(outlet__in=outlets.values("pk"))


def deliver(moment: Moment, book: Book, tally: Tally) -> None:
    waiting = _postable(moment).order_by("outlet_id").values_list("outlet_id", flat=True).distinct()
    known, words = {outlet.pk: outlet for outlet in book.outlets}, wording.load()
    for pk in list(waiting):
        if moment.is_over():
            break
        lease, rows = _claim(pk, moment)
        found = checked(rows, book)
        queue.skip(found, tally)
        good = [(row, task) for row, task, why_not in found if not why_not]
        if not good:
            continue
        items = {t.pk: reminder_words.item(r.rule, t, today=moment.today) for r, t in good}
        text = words.of(WordingKind.POST, {item.notice_id for item in items.values()})
        said = reminder_words.post(items.values(), today=moment.today, text=text)
        mine = [row for row, _ in good]
        error = robots.send(known[pk], said, at=moment.now(), ids=[row.pk for row in mine])
        tally.posted[pk] += queue.settle(mine, lease, error, moment, book, tally)


@transaction.atomic
def _claim(outlet: int, moment: Moment) -> tuple[dt.datetime, list[Reminder]]:
    """Take every waiting row of an outlet, unless another sender has it."""
    lock = Outlet.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=outlet)
    if not list(lock.values_list("pk", flat=True)):
        return moment.now(), []
    return queue.claim(_postable(moment).filter(outlet=outlet), moment)
