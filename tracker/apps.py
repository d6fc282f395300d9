import sys

from django.apps import AppConfig
from django.core.checks import register

from tracker.checks import check_endless_redirect, check_plain_http
from tracker.start import refuse_without_key


class TrackerConfig(AppConfig):
    name = "tracker"
    verbose_name = "系统"

    def ready(self) -> None:
        register(check_plain_http)
        register(check_endless_redirect)
        if sys.argv[1:2] == ["runserver"]:  # its reloader would keep a refused server waiting
            refuse_without_key()
