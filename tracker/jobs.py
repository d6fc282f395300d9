"""Celery functions about the machine rather than the domain: backups by the clock and their verification."""

import datetime as dt
import logging

from celery import shared_task
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from notices.domain import pulse
from tracker import standing
from tracker.keeping import backups

# Hours, for a large store on a slow disk; nothing is redelivered, the next tick looks again.
LONG = int(dt.timedelta(hours=6).total_seconds())
VERIFIED_EVERY = dt.timedelta(days=7)

logger = logging.getLogger(__name__)


@shared_task
def watch() -> None:
    """Leave word of what is wrong, for the head of the pages of those who run the place."""
    now = timezone.localtime()
    pulse.leave(
        [f"{line.name}：{line.found}。" for line in standing.lines(now) if line.state == standing.BAD], at=now
    )


@shared_task(acks_late=False, time_limit=LONG)
def keep_backups() -> None:
    """One backup a day, when the hour has come and there is none of today; once a week the newest is verified.

    What is due is read from the backups that are there, so a day without power is made good and two ticks do one backup.
    """
    now = timezone.localtime()
    if not settings.BACKUPS:
        return
    if backups.is_due(now, hour=settings.BACKUP_HOUR):
        try:
            call_command("backup", "--prune", verbosity=0)
        except CommandError as why:
            logger.error("backup failed: %s", why)
            backups.note(backups.folder() / backups.FAILED, {"at": now.isoformat(), "why": str(why)})
            return
        (backups.folder() / backups.FAILED).unlink(missing_ok=True)
        logger.info("backup taken")
    found = backups.known(now.tzinfo or dt.UTC)
    verified = dt.datetime.fromisoformat(found.verified["at"]) if found.verified else None
    if found.last and (verified is None or now - verified > VERIFIED_EVERY):
        try:
            call_command("verify_backup", verbosity=0)
        except CommandError as why:
            logger.error("backup not verified: %s", why)
