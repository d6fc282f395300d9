"""The Celery application and the beat table: the only list of periodic jobs.

A *job* is Celery's, a *task* is the user's; so Celery functions live in jobs.py.
"""

import datetime as dt
import os
import sys
from pathlib import Path

from celery import Celery
from celery.loaders.app import AppLoader
from django.conf import settings

from tracker.start import in_use, refuse_without_key

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")


class Loader(AppLoader):
    """Worker and beat both pass here once, before they connect to anything."""

    def on_worker_init(self) -> None:
        refuse_without_key()
        in_use()
        Path(settings.CELERY_BEAT_SCHEDULE_FILENAME).parent.mkdir(parents=True, exist_ok=True)


# Celery would look for modules in the folder the command is started from first, so a stray file there, or one that
# somebody laid into /tmp, would be run in the place of a library.
found_in = list(sys.path)
app = Celery("tracker", loader="tracker.celery:Loader")
sys.path[:] = found_in
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["notices", "tracker"], related_name="jobs")

# A tick nobody took within its own period is dropped: the next one does the same work.
app.conf.beat_schedule = {
    "sweep": {
        "task": "notices.jobs.sweep",
        "schedule": settings.SWEEP_EVERY,
        "last_run_at": dt.datetime(
            2000, 1, 1, tzinfo=dt.UTC
        ),  # at the first start at once, not after five minutes
        "options": {"expires": settings.SWEEP_EVERY.total_seconds()},
    },
    "tell-subscribers": {
        "task": "notices.jobs.tell_subscribers",
        "schedule": dt.timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "work-ledgers": {
        "task": "notices.jobs.work_ledgers",
        "schedule": dt.timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "tidy-ledgers": {
        "task": "notices.jobs.tidy_ledgers",
        "schedule": dt.timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "index-search": {
        "task": "notices.jobs.index_search",
        "schedule": dt.timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "watch": {
        "task": "tracker.jobs.watch",
        "schedule": dt.timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "keep-backups": {
        "task": "tracker.jobs.keep_backups",
        "schedule": dt.timedelta(minutes=30),
        "options": {"expires": 1800},
    },
    "seal-audit": {
        "task": "notices.jobs.seal_audit",
        "schedule": dt.timedelta(minutes=1),
        "options": {"expires": 60},
    },
}
