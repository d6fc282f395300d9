"""Who uses this installation now: every server holds a shared lock (tracker/start.py), whoever changes the whole database asks for it alone.

The kernel lets go of a lock when its process ends, however it ends; so there is nothing to tidy after a power failure.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from notices.errors import Refused


def path() -> Path:
    return Path(settings.VAR) / "run" / "in-use.lock"


@contextmanager
def alone() -> Iterator[None]:
    """No server runs during the block; raises Refused when one does."""
    path().parent.mkdir(parents=True, exist_ok=True)
    with path().open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refused(
                "网页或后台服务还在运行，现在不能更换数据库。请先停止："
                "systemctl stop 'tracker-*'，或 docker compose stop web worker beat，或在 make run 的窗口按 Ctrl-C。"
            ) from error
        yield
