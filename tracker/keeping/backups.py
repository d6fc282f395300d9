"""Taking a backup, which of them are kept, and what is known about them."""

import datetime as dt
import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from accounts.models import Event
from notices.errors import Refused
from notices.models import Purge
from notices.terms import PurgeState
from tracker.keeping import rows, sql
from tracker.keeping.archive import PASSING, Manifest, Writer, media_files

NAME = re.compile(r"tracker-(\d{8}-\d{6})\.zip")
_SPARE = 64 * 1024 * 1024  # bytes that stay free on the disk
FAILED, VERIFIED = "failed.json", ".verified.json"


def folder() -> Path:
    return Path(settings.BACKUP_DIR)


def name_at(local: dt.datetime) -> str:
    return f"tracker-{local:%Y%m%d-%H%M%S}.zip"


# ── Taking one ───────────────────────────────────────────────────────────────
@contextmanager
def _one_at_a_time(place: Path) -> Iterator[None]:
    with (place / ".backup.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refused("另一个备份正在进行，请等它完成。") from error
        yield


def take(target: Path, *, at: dt.datetime, with_files: bool = True) -> Manifest:
    """Write everything to one file, whole or not at all. Nobody who writes meanwhile has to wait.

    1. rows, all of one moment; 2. the files of the media folder: those the rows of that moment speak of were there before it,
    and stored files never change; 3. the manifest; 4. to disk, then under its name.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        with _one_at_a_time(target.parent):
            for left in target.parent.glob("*.zip.part"):  # of a backup that was killed
                left.unlink(missing_ok=True)
            part = target.with_name(f"{target.name}.part")
            try:
                _room(target.parent, with_files=with_files)
                with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
                    manifest = _write(Writer(file), at=at, with_files=with_files)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(part, target)
            finally:
                part.unlink(missing_ok=True)
    except OSError as error:
        raise Refused(
            f"备份没有完成：{error.strerror or error}（{target.parent}）。原有备份不受影响。"
        ) from error
    return manifest


def _write(writer: Writer, *, at: dt.datetime, with_files: bool) -> Manifest:
    found = rows.Dumped()
    with sql.one_moment():
        migrations = rows.applied()
        for label, model in rows.tables(migrations).items():
            with writer.rows(label) as out:
                rows.dump(label, model, out.write, found)
        head: dict[str, Any] = {}
        if last := Event.objects.filter(seq__isnull=False).order_by("-seq").values("seq", "digest").first():
            head = {**last, "unsealed": Event.objects.filter(seq__isnull=True).count()}
    root = Path(settings.MEDIA_ROOT)
    for path in media_files(root) if with_files else ():
        writer.keep(root, path)
    destroyed = _destroyed() if with_files else set()
    kept = [item for item in found.named.items() if not item[0].startswith(PASSING)]
    named = {path: digest for path, digest in kept if digest not in destroyed}
    about = {
        "made_at": at.isoformat(),
        "engine": connection.vendor,
        "migrations": migrations,
        "tables": found.tables,
        "audit": head,
    }
    return writer.close(about, named=named, with_files=with_files)


def _destroyed() -> set[str]:
    """Hashes of files that were purged: nobody misses them."""
    return set(Purge.objects.filter(state=PurgeState.DONE).values_list("sha256", flat=True))


def _room(place: Path, *, with_files: bool) -> None:
    """Refused before anything is written when the evidence alone would fill the disk."""
    root = Path(settings.MEDIA_ROOT)
    need = sum((root / path).stat().st_size for path in media_files(root)) if with_files else 0
    free = shutil.disk_usage(place).free
    if free < need + _SPARE:
        raise Refused(
            f"备份目录 {place} 所在磁盘只剩 {free // 2**20} MB，至少需要 {(need + _SPARE) // 2**20} MB；"
            "请清理磁盘，或用 BACKUP_DIR 换到更大的磁盘。"
        )


# ── Which are kept ───────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Rule:
    """How many days, weeks and months back there is still one, counted in those that have one."""

    daily: int
    weekly: int
    monthly: int


def kept(moments: Iterable[dt.datetime], rule: Rule) -> set[dt.datetime]:
    """Of each of the last days, weeks and months that have a backup, the newest. The newest of all always stays."""
    newest = sorted(set(moments), reverse=True)
    found = set(newest[:1])
    for how_many, period in (
        (rule.daily, lambda m: m.date()),
        (rule.weekly, lambda m: m.isocalendar()[:2]),
        (rule.monthly, lambda m: (m.year, m.month)),
    ):
        firsts: dict[Any, dt.datetime] = {}
        for moment in newest:
            firsts.setdefault(period(moment), moment)
        found.update(list(firsts.values())[:how_many])
    return found


def existing(place: Path) -> dict[dt.datetime, Path]:
    """Backups that were made by the clock or without a name, by their local time (naive), newest first."""
    found = {}
    for path in place.glob("tracker-*.zip") if place.is_dir() else ():
        if match := NAME.fullmatch(path.name):
            with suppress(ValueError):
                found[dt.datetime.strptime(match[1], "%Y%m%d-%H%M%S")] = path  # noqa: DTZ007 - local, as the name says
    return dict(sorted(found.items(), reverse=True))


def prune(place: Path, rule: Rule) -> list[Path]:
    """Remove those the rule does not keep, with what was found out about them."""
    there = existing(place)
    staying = kept(there, rule)
    gone = [path for moment, path in there.items() if moment not in staying]
    for path in gone:
        path.unlink(missing_ok=True)
        path.with_name(path.name + VERIFIED).unlink(missing_ok=True)
    return gone


# ── What is known ────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Known:
    """`verified`: what the last verification of any of them found. `failed`: why the last attempt came to nothing."""

    last: Path | None
    last_at: dt.datetime | None
    size: int
    count: int
    verified: dict[str, Any] | None
    failed: dict[str, Any] | None


def known(zone: dt.tzinfo) -> Known:
    place = folder()
    there = existing(place)
    last_at, last = next(iter(there.items()), (None, None))
    records = sorted(
        filter(None, map(_read, place.glob(f"*{VERIFIED}") if place.is_dir() else ())),
        key=lambda r: str(r["at"]),
    )
    return Known(
        last,
        last_at.replace(tzinfo=zone) if last_at else None,
        last.stat().st_size if last else 0,
        len(there),
        records[-1] if records else None,
        _read(place / FAILED),
    )


def _read(path: Path) -> dict[str, Any] | None:
    with suppress(OSError, ValueError):
        found = json.loads(path.read_text("utf-8"))
        return found if isinstance(found, dict) and "at" in found else None
    return None


def note(path: Path, found: dict[str, Any]) -> None:
    """Leave a record beside the backups; that it cannot be written is no reason to fail."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        part.write_text(json.dumps(found, ensure_ascii=False), "utf-8")
        os.replace(part, path)


def is_due(local: dt.datetime, *, hour: int) -> bool:
    """Past the hour, and none of today yet."""
    return local.hour >= hour and not any(m.date() == local.date() for m in existing(folder()))
