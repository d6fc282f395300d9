"""The queue of reminders: which rows may leave, claimed by one sender, marked with what became of them."""

import datetime as dt
import logging
from collections.abc import Iterable

from notices.domain.book import Book, Moment, Tally
from notices.domain.recheck import Checked
from notices.models import Reminder
from notices.models.message import ReminderQuerySet
from notices.terms import Channel, DeliveryState

LEASE = dt.timedelta(minutes=5)
# Waits between tries of a mail or a post; after the last one the row has failed. Together about a day and a half.
PAUSES = tuple(dt.timedelta(minutes=m) for m in (5, 15, 60, 240, 720, 1440))
DONE = (DeliveryState.SENT, DeliveryState.SKIPPED, DeliveryState.FAILED)

logger = logging.getLogger(__name__)


def of_channels(*channels: Channel) -> ReminderQuerySet:
    return Reminder.objects.filter(channel__in=channels)


def waiting(rows: ReminderQuerySet, moment: Moment) -> ReminderQuerySet:
    """Rows nobody has sent or is sending. A lease longer than we give was written under a wrong clock: it is none."""
    now = moment.now()
    return rows.filter(state=DeliveryState.DUE, not_before__lte=moment.at) | rows.filter(
        state=DeliveryState.CLAIMED
    ).exclude(lease_until__range=(now, now + LEASE))


def claim(rows: ReminderQuerySet, moment: Moment) -> tuple[dt.datetime, list[Reminder]]:
    """Compare and set in the caller's transaction: what is ours now, with the lease."""
    lease = moment.now() + LEASE
    ours = Reminder.objects.filter(pk__in=list(rows.values_list("pk", flat=True)))
    changes: dict[str, object] = {"state": DeliveryState.CLAIMED, "lease_until": lease}
    ours.exclude(state__in=DONE).update(**changes)
    return lease, list(ours.filter(state=DeliveryState.CLAIMED, lease_until=lease).order_by("pk"))


def mark(rows: ReminderQuerySet, state: DeliveryState, **values: object) -> int:
    changes: dict[str, object] = {"state": state, "lease_until": None, **values}
    return rows.update(**changes)


def skip(found: Iterable[Checked], tally: Tally) -> None:
    reasons: dict[str, list[int]] = {}
    for row, _, why_not in found:
        if why_not:
            reasons.setdefault(why_not, []).append(row.pk)
    for why_not, pks in reasons.items():
        rows = Reminder.objects.filter(pk__in=pks, state__in=(DeliveryState.DUE, DeliveryState.CLAIMED))
        tally.skipped += mark(rows, DeliveryState.SKIPPED, note=why_not)


def settle(
    rows: list[Reminder], lease: dt.datetime, error: str, moment: Moment, book: Book, tally: Tally
) -> int:
    """Mark what became of rows sent as one, if the lease is still ours: sent, or tried again later, or failed.
    Returns how many are sent."""
    ours = Reminder.objects.filter(state=DeliveryState.CLAIMED, lease_until=lease)
    if not error:
        mine = ours.filter(pk__in=[row.pk for row in rows])
        sent = mark(mine, DeliveryState.SENT, sent_at=moment.now(), note="")
        tally.sent += sent
        return sent
    note = error[:300]
    first = rows[0]
    logger.warning("%s to %s failed: %s", first.channel, first.recipient_id or first.outlet_id, note)
    tally.errors[note] += 1
    for row in rows:
        last = row.tries >= len(PAUSES)
        pause = {} if last else {"not_before": book.calendar.mail_time(moment.at + PAUSES[row.tries])}
        state = DeliveryState.FAILED if last else DeliveryState.DUE
        tally.failed += mark(ours.filter(pk=row.pk), state, tries=row.tries + 1, note=note, **pause)
    return 0
