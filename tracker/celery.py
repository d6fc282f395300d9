"""The Celery application and the beat table: the only list of periodic jobs.

A *job* is Celery's, a *task* is the user's; so Celery functions live in jobs.py.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

app = Celery("tracker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["notices"], related_name="jobs")
