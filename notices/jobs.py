"""Celery functions: ids as arguments, one domain call, a line in the log. Safe to run twice and to run late.

The database is the queue. The broker only carries doorbells, and one that gets lost is made good by the next sweep.
"""

import datetime as dt
import logging
import os
import socket
import threading

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from notices.domain import health, reminders
from notices.domain.book import Moment

# A job stops taking new work then, well before Celery's hard limit of ten minutes.
SPAN = dt.timedelta(minutes=8)
_SEAL = 5000  # events sealed in one transaction
_bells = threading.BoundedSemaphore(4)

logger = logging.getLogger(__name__)


def _moment() -> Moment:
    now = timezone.now()
    return Moment(today=timezone.localdate(now), now=timezone.now, until=now + SPAN)


def _beat(job: str) -> None:
    """Every job is a sign of life; sealing comes each minute."""
    health.beat(f"{socket.gethostname()}:{os.getppid()}", job, at=timezone.now())


@shared_task
def sweep() -> None:
    """Find what is due today and send it."""
    _beat("sweep")
    found = reminders.run(_moment(), dry=settings.REMINDERS_DRY)
    logger.info(
        "sweep %s: due %d sent %d skipped %d failed %d",
        found.today,
        found.due,
        found.sent,
        found.skipped,
        found.failed,
    )


@shared_task
def deliver() -> None:
    """Send what is due already."""
    _beat("deliver")
    if settings.REMINDERS_DRY:
        return
    tally = reminders.deliver(_moment())
    logger.info("deliver: due %d sent %d failed %d", tally.due, tally.sent, tally.failed)


@shared_task
def seal_audit() -> None:
    """Chain every event written since the last seal, and keep the end of the chain outside the database."""
    _beat("seal_audit")
    total = sealed = audit.seal(limit=_SEAL)
    while sealed == _SEAL:
        sealed = audit.seal(limit=_SEAL)
        total += sealed
    audit.write_head(settings.AUDIT_HEAD, at=timezone.now())
    logger.info("sealed %d events", total)


def ring() -> None:
    """Ask a worker to send what is due, once the present transaction is through. Never fails, never waits:
    a broker that is gone or frozen costs the page nothing."""
    transaction.on_commit(_ring_aside)


def _ring_aside() -> None:
    if _bells.acquire(blocking=False):
        threading.Thread(target=_ring, name="doorbell", daemon=True).start()
    else:
        logger.warning("doorbell not rung: earlier ones still wait for the broker")


def _ring() -> None:
    try:
        deliver.delay()
    except Exception:
        logger.warning("doorbell not rung, the next sweep will do it", exc_info=True)
    finally:
        _bells.release()
