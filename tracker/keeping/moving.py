"""All rows to another, empty database, on the same engine or another."""

import datetime as dt
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import environ
from django.conf import settings
from django.db import connection

from notices.errors import Refused
from tracker.keeping import backups, restoring, rows
from tracker.keeping.places import BEFORE, Place, PostgresPlace, SqlitePlace, address_of, place_of

_NOT_ONE = (
    "“{}”不是数据库地址，应形如 postgres://用户:密码@主机:5432/库名 或 sqlite:////data/tracker.sqlite3；"
    "密码中的特殊字符须转义。"
)


def target_of(address: str) -> Place:
    """The place of the address; Refused when it means no database, this one, or one that holds something."""
    scheme = address.partition(":")[0]
    try:
        found = (
            dict(environ.Env().db_url_config(address))
            if scheme in ("postgres", "postgresql", "sqlite")
            else {}
        )
    except (ValueError, environ.ImproperlyConfigured):
        found = {}
    if not found.get("NAME"):
        raise Refused(_NOT_ONE.format(scheme))
    if address_of(found) == address_of(connection.settings_dict):
        raise Refused("目标就是正在使用的数据库，无须搬移。")
    place = place_of(found)
    if not place.is_new():
        raise Refused("目标数据库不是空的，没有搬移；请另建一个空数据库。")
    return place


def move(address: str, *, at: dt.datetime) -> dict[str, Any]:
    """1. every row of one moment to a file; 2. built beside the empty target and compared row by row; 3. put in place there.
    This database stays as it is; killed before 3, the target is still as good as empty."""
    if more := rows.every() - set(rows.applied()):
        raise Refused(f"数据库还有 {len(more)} 步升级没有执行，请先运行 python manage.py upgrade。")
    place = target_of(address)
    work = Path(settings.VAR) / "run"
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="move-", dir=work) as folder:
        path = Path(folder) / "rows.zip"
        backups.take(path, at=at, with_files=False)
        with restoring.opened(path) as archive:
            built = restoring.build_beside(archive, place)
            place.switch()
    _tidy(place)
    return asdict(built)


def _tidy(place: Place) -> None:
    """What was in use there was empty: nobody needs the way back to it."""
    if isinstance(place, SqlitePlace):
        place.at(BEFORE).unlink(missing_ok=True)
    elif isinstance(place, PostgresPlace):
        place.forget()
