"""Settings of the web server: gunicorn --config python:tracker.gunicorn tracker.wsgi"""

import os
from pathlib import Path

from tracker import environment as read
from tracker.logs import logging_config

DEBUG = read.flag("DJANGO_DEBUG", default=True)

bind = f"{read.text('HOST', '127.0.0.1')}:{read.count('PORT', default=8000, least=1, most=65535)}"
workers = read.count("WEB_WORKERS", default=2, least=1, most=64)
threads = 4
# Loaded before the first worker: a wrong setting ends the server with its sentence instead of a restart loop.
preload_app = True
timeout = 60
graceful_timeout = 10
# A recycled worker gives back what a large export took.
max_requests, max_requests_jitter = 5000, 500
if Path("/dev/shm").is_dir() and os.access("/dev/shm", os.W_OK):
    worker_tmp_dir = "/dev/shm"
accesslog = None if DEBUG else "-"
access_log_format = "%(h)s %(m)s %(U)s %(s)s %(b)s %(M)sms %({x-request-id}o)s"
logconfig_dict = logging_config(debug=DEBUG, level="WARNING" if DEBUG else "INFO")
