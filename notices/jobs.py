"""Celery functions: ids as arguments, one domain call, a line in the log. Safe to run twice and to run late.

The database is the queue. The broker only carries doorbells, and one that gets lost is made good by the next sweep.
"""

import datetime as dt
import logging
import os
import socket
import threading

from celery import Task as Job
from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone

from accounts import answers, audit, rates
from notices.domain import (
    health,
    hook_sending,
    hooks,
    ledger_jobs,
    ledger_queue,
    pulse,
    purges,
    reminders,
    search,
    unused_accounts,
    view_mails,
    week_desk,
)
from notices.domain.book import Moment
from notices.filters import rows_of_view, tasks_of_address
from notices.models import LedgerJob, TaskQuerySet

# A job stops taking new work then, well before Celery's hard limit of ten minutes.
SPAN = dt.timedelta(minutes=8)
# For a package of very much evidence; the broker gives a job out again after an hour.
LONG = int(dt.timedelta(minutes=50).total_seconds())
_SEAL = 5000  # events sealed in one transaction
_INDEXED = 200  # batches of changed texts indexed in one job
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
    """Find what is due today and send it; then close the weeks that close themselves."""
    _beat("sweep")
    moment = _moment()
    away = unused_accounts.look(at=moment.at, lasts=settings.ACCOUNT_UNUSED)
    if away.warned or away.locked:
        logger.info("unused accounts: warned %d locked %d", len(away.warned), len(away.locked))
    found = reminders.run(moment, dry=settings.REMINDERS_DRY)
    logger.info(
        "sweep %s: due %d sent %d skipped %d failed %d",
        found.today,
        found.due,
        found.sent,
        found.skipped,
        found.failed,
    )
    if not settings.REMINDERS_DRY:
        mails = view_mails.run(moment, rows_of_view)
        logger.info(
            "view mails: due %d sent %d skipped %d failed %d",
            mails.due,
            mails.sent,
            mails.skipped,
            mails.failed,
        )
    for row in week_desk.close_due(at=moment.at, today=moment.today):
        logger.info("closed week %s of notice %d", row.starts_on, row.notice_id)
    purges.finish_all(moment.at)
    logger.info("tidied %d counters and answers", rates.tidy(moment.at) + answers.tidy(moment.at))
    hooks.tidy(moment.at)


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
    if total:
        ring(tell_subscribers)


@shared_task
def tell_subscribers() -> None:
    """Write what subscribers are to be told of the events chained so far, and send it."""
    _beat("tell_subscribers")
    moment = _moment()
    made = hooks.gather(at=moment.at, today=moment.today)
    tally = hook_sending.deliver(moment)
    if made or tally:
        logger.info("subscribers: found %d, %s", made, dict(tally))


@shared_task(time_limit=LONG)
def work_ledgers() -> None:
    """Do one piece of the long ledger work that waits, and ring for the next: each has the whole time limit."""
    _beat("work_ledgers")
    job = ledger_jobs.work(_moment(), _wanted_tasks)
    if job is None:
        return
    job.refresh_from_db(fields=["state", "message"])
    logger.info("ledger job %d %s: %s, try %d", job.pk, job.kind, job.state, job.tries)
    if not job.is_open and ledger_queue.waits():
        ring(work_ledgers)


@shared_task
def tidy_ledgers() -> None:
    """Remove downloads and refused uploads of some days ago, and what killed processes left."""
    _beat("tidy_ledgers")
    logger.info("removed %d ledger files", ledger_jobs.tidy(timezone.now()))


@shared_task
def index_search() -> None:
    """Bring the search index up to the texts that changed."""
    _beat("index_search")
    logger.info("indexed %d changes", search.catch_up(most=_INDEXED))


def _wanted_tasks(job: LedgerJob) -> TaskQuerySet | None:
    today = dt.date.fromisoformat(job.wanted["today"])
    return tasks_of_address(job.by, QueryDict(job.wanted["filters"]), today=today)


def ring(bell: Job = deliver) -> None:
    """Ask a worker to do what waits, once the present transaction is through. Never fails, never waits:
    a broker that is gone or frozen costs the page nothing."""
    transaction.on_commit(lambda: _ring_aside(bell))


def _ring_aside(bell: Job) -> None:
    if _bells.acquire(blocking=False):
        threading.Thread(target=_ring, args=(bell,), name="doorbell", daemon=True).start()
    else:
        logger.warning("doorbell not rung: earlier ones still wait for the broker")


def _ring(bell: Job) -> None:
    try:
        bell.delay()
    except Exception:
        pulse.broker_silent(at=timezone.now())
        logger.warning("doorbell not rung, the next sweep will do it", exc_info=True)
    finally:
        _bells.release()
