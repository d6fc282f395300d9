"""Rows of a backup into a database beside the one in use; compared, brought up to date, checked; then the two change places.

The building runs in a process of its own whose database *is* the one beside: nothing it does can reach the one in use.
"""

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from accounts import audit
from notices.errors import Refused
from tracker.keeping import rows
from tracker.keeping.archive import BLOCK, Archive, Stored, sha256_of
from tracker.keeping.places import BESIDE, Place, SqlitePlace, place_of


@dataclass(frozen=True)
class Built:
    """`problems`: where what was built is not what was backed up. `warnings`: what was wrong before already."""

    rows: int
    tables: int
    migrated: int
    guards: list[str]
    problems: list[str]
    warnings: list[str]


def opened(path: Path) -> Archive:
    """The backup, for a database of this program: refused when a newer program made it."""
    archive = Archive(path)
    if more := rows.unknown(archive.manifest.migrations):
        raise Refused(
            f"“{path.name}”的数据库版本比本程序新（{more[0][0]} {more[0][1]}），请先升级程序再恢复。"
        )
    return archive


def build(archive: Archive, env: dict[str, str]) -> Built:
    """In a process whose database is the one of `env`. Raises Refused with its sentence when it comes to nothing."""
    command = [
        sys.executable,
        str(settings.BASE_DIR / "manage.py"),
        "load_backup",
        str(archive.path.absolute()),
        "--json",
    ]
    done = subprocess.run(
        command, env=os.environ | env, capture_output=True, text=True, cwd=settings.BASE_DIR
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"进程异常结束（{done.returncode}）"]
        raise Refused(said[-1])
    return Built(**json.loads(done.stdout.strip().splitlines()[-1]))


def build_beside(archive: Archive, place: Place) -> Built:
    """Refused when what was built is not sound: then nothing has changed."""
    place.clear()
    if isinstance(place, SqlitePlace):
        place.lend_tables(archive.manifest.migrations, place.at(BESIDE))
    built = build(archive, place.env(BESIDE))
    if built.problems:
        place.clear()
        raise Refused(f"恢复出的数据没有通过核对，未切换：{'；'.join(built.problems)}。")
    return built


# ── Files ────────────────────────────────────────────────────────────────────
def put_files(archive: Archive, root: Path) -> int:
    """Every file of the backup that is not there, or not the same, under its name; others stay. Returns how many."""
    put = 0
    for file in archive.files():
        target = root / file.path
        if _is_there(target, file):
            continue
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".part-", delete=False) as out:
            with archive.member(f"content/{file.sha256}") as source:
                while block := source.read(BLOCK):
                    out.write(block)
            out.flush()
            os.fsync(out.fileno())
        os.chmod(out.name, 0o640)
        os.replace(out.name, target)
        put += 1
    return put


def _is_there(path: Path, file: Stored) -> bool:
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    with path.open("rb") as source:
        return sha256_of(source)[1] == file.sha256


# ── The whole ────────────────────────────────────────────────────────────────
def restore(path: Path, *, at: dt.datetime) -> dict[str, Any]:
    """1. proved; 2. built beside and checked; 3. files put in place: the present rows speak of none of the new ones; 4. the
    databases change places; 5. said in the audit and at the end of the chain outside. Killed before 4, nothing has changed."""
    with opened(path) as archive:
        archive.prove()
        place = place_of(connection.settings_dict)
        built = build_beside(archive, place)
        put = put_files(archive, Path(settings.MEDIA_ROOT))
        connection.close()
        place.switch()
        manifest = archive.manifest
    say(
        "system.restore", {"file": path.name, "made_at": manifest.made_at, "version": manifest.version}, at=at
    )
    return {
        "rows": built.rows,
        "files": put,
        "migrated": built.migrated,
        "made_at": manifest.made_at,
        "warnings": built.warnings,
    }


def back(*, at: dt.datetime) -> None:
    """The state before the last restore or upgrade, with its own version of the tables."""
    place = place_of(connection.settings_dict)
    connection.close()
    place.back()
    if rows.ours(rows.applied()) == rows.every():  # else an older program goes on with it
        say("system.restore_back", {}, at=at)


def say(action: str, data: dict[str, Any], *, at: dt.datetime) -> None:
    """Into the audit of the database in use now, sealed at once; and the end of its chain to the file outside: the lines
    before it stay there and show that the chain was once another."""
    audit.record(audit.Act(action, "system", data=data), by=None, at=at)
    audit.seal()
    audit.write_head(settings.AUDIT_HEAD, at=at)


# ── Verification ─────────────────────────────────────────────────────────────
@contextmanager
def elsewhere(archive: Archive) -> Iterator[SqlitePlace]:
    """A place for a database that is thrown away afterwards; it asks no rights of any server."""
    with tempfile.TemporaryDirectory(prefix="verify-", dir=_work_folder()) as name:
        place = SqlitePlace({"NAME": Path(name) / "verify.sqlite3"})
        here = place_of(connection.settings_dict)
        if isinstance(here, SqlitePlace):
            here.lend_tables(archive.manifest.migrations, place.path)
        yield place


def _work_folder() -> Path:
    place = Path(settings.VAR) / "run"
    place.mkdir(parents=True, exist_ok=True)
    return place


def verify(path: Path) -> dict[str, Any]:
    """Prove every hash, build the database elsewhere, bring it up to date, compare. What was found; `problems` empty is well."""
    problems: list[str] = []
    found: dict[str, Any] = {"file": path.name, "rows": 0, "files": 0}
    try:
        with opened(path) as archive:
            archive.prove()
            manifest = archive.manifest
            with elsewhere(archive) as place:
                built = build(archive, place.env())
            problems += built.problems + built.warnings
            found |= {"rows": built.rows, "made_at": manifest.made_at, "version": manifest.version}
            found["files"] = manifest.files["count"] if manifest.files else 0
            if manifest.absent:
                problems.append(
                    f"有 {len(manifest.absent)} 个文件在备份时就已找不到，例如 {manifest.absent[0]}"
                )
            if manifest.damaged:
                problems.append(
                    f"有 {len(manifest.damaged)} 个文件与登记的校验值不符，例如 {manifest.damaged[0]}"
                )
    except Refused as why:
        problems.append(str(why).rstrip("。"))
    return found | {"problems": problems, "ok": not problems}
