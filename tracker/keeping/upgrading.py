"""The database to this program's version: backed up, built anew beside, compared, and only then put in place."""

import datetime as dt
from typing import Any

from django.core.management import call_command
from django.db import connection

from notices.errors import Refused
from tracker.keeping import backups, restoring, rows
from tracker.keeping.places import place_of


def waiting() -> list[tuple[str, str]]:
    """Migrations of this program the database has not been through. Raises Refused when it has been through more."""
    done = rows.applied()
    if more := rows.unknown(done):
        raise Refused(
            f"数据库比本程序新（{more[0][0]} {more[0][1]}），不能使用；请换用新版程序，或用 restore --back 退回。"
        )
    return sorted(rows.every() - set(done))


def is_new() -> bool:
    return place_of(connection.settings_dict).is_new()


def upgrade(*, at: dt.datetime) -> dict[str, Any]:
    """`at`: in local time, which names the backup. Nothing to do: nothing done. An empty database: made. Else 1. a backup of the rows, kept; 2. built beside from it, to
    this version, and compared; 3. put in place. Killed before 3, the old program goes on with the old tables."""
    place = place_of(connection.settings_dict)
    steps = waiting()
    if not steps or place.is_new():
        connection.close()
        call_command("migrate", interactive=False, verbosity=0)
        return {"steps": len(steps), "backup": None, "rows": 0, "warnings": []}
    path = backups.folder() / f"before-upgrade-{at:%Y%m%d-%H%M%S}.zip"
    backups.take(path, at=at, with_files=False)
    with restoring.opened(path) as archive:
        built = restoring.build_beside(archive, place)
    connection.close()
    place.switch()
    restoring.say("system.upgrade", {"steps": len(steps), "backup": path.name}, at=at)
    return {"steps": len(steps), "backup": str(path), "rows": built.rows, "warnings": built.warnings}


def lines(found: dict[str, Any]) -> list[str]:
    if not found["steps"]:
        return ["数据库已是当前版本。"]
    if not found["backup"]:
        return [f"已建立数据库（{found['steps']} 步）。"]
    return [
        f"数据库已升级（{found['steps']} 步），{found['rows']} 行逐行核对相符。升级前的数据：{found['backup']}。",
        "如需退回：停止服务，运行 python manage.py restore --back，再换回旧版程序。",
        *(f"注意：{line}。" for line in found["warnings"]),
    ]
