"""How often something may be tried, counted in the database so that all workers agree.

Fixed spans of time: a span begins at a whole multiple of its length. One row a key and span; old ones go with the sweep.
"""

import datetime as dt
import math

from django.db.models import F

from accounts.models import RateCount

KEPT = dt.timedelta(hours=6)


def _start(at: dt.datetime, span: dt.timedelta) -> dt.datetime:
    seconds = span.total_seconds()
    return dt.datetime.fromtimestamp(at.timestamp() // seconds * seconds, dt.UTC)


def take(key: str, *, most: int, span: dt.timedelta, at: dt.datetime) -> int:
    """Count one try. 0 while no more than `most` were made in this span; else the seconds until the next begins."""
    start = _start(at, span)
    rows = RateCount.objects.filter(key=key[:100], starts_at=start)
    if not rows.update(n=F("n") + 1):
        row, made = RateCount.objects.get_or_create(key=key[:100], starts_at=start, defaults={"n": 1})
        if made:
            return 0 if most else _left(start, span, at)
        rows.update(n=F("n") + 1)
    used = rows.values_list("n", flat=True).first() or 0
    return _left(start, span, at) if used > most else 0


def spent(key: str, *, most: int, span: dt.timedelta, at: dt.datetime) -> int:
    """Without counting: seconds to wait when `most` tries were made already, else 0."""
    start = _start(at, span)
    full = RateCount.objects.filter(key=key[:100], starts_at=start, n__gte=most).exists()
    return _left(start, span, at) if full else 0


def _left(start: dt.datetime, span: dt.timedelta, at: dt.datetime) -> int:
    return max(1, math.ceil((start + span - at).total_seconds()))


def tidy(at: dt.datetime) -> int:
    return RateCount.objects.filter(starts_at__lt=at - KEPT).delete()[0]
