"""What a server asks before it starts; commands that only read a file never come here."""

import fcntl
from contextlib import suppress
from typing import IO

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from tracker.environment import stop

_held: list[IO[str]] = []


def refuse_without_key() -> None:
    """Raises BadSetting in production when SECRET_KEY is not set."""
    try:
        found = bool(settings.SECRET_KEY)
    except ImproperlyConfigured:
        found = False
    if not found:
        stop(
            "正式运行（DJANGO_DEBUG=0）必须设置环境变量 SECRET_KEY，可用 openssl rand -base64 48 生成。",
            "SECRET_KEY must be set when DJANGO_DEBUG=0; make one with openssl rand -base64 48.",
        )


def refuse_without_static() -> None:
    """Raises BadSetting in production when collectstatic has not run: every page would be an error."""
    if not settings.DEBUG and not (settings.STATIC_ROOT / "staticfiles.json").exists():
        stop(
            f"目录 {settings.STATIC_ROOT} 中没有静态文件，请先运行 python manage.py collectstatic --noinput。",
            f"no static files in {settings.STATIC_ROOT}; run python manage.py collectstatic --noinput first.",
        )


def in_use() -> None:
    """Say that this installation runs, for the life of this process and of those it forks (tracker/keeping/in_use.py asks).
    A folder nobody may write to is no reason not to start."""
    path = settings.VAR / "run" / "in-use.lock"
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        _held.append(file)
