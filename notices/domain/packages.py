"""佐证材料包 and 导出全部资料: packages of a notice that a worker makes, for the one person who asked.

A package holds copies of evidence, so it says of itself which: 校验值.txt inside names the hash of every file. What must be
destroyed takes the packages that hold it along (`withdraw`), and from the moment it is asked they are given to nobody.
"""

import datetime as dt
import errno
import os
import uuid
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet, Sum

from accounts.models import User
from notices.domain import dossier, leaving, leaving_files, ledger_queue, pulse
from notices.domain.book import Moment
from notices.domain.evidence import destroy
from notices.domain.ledger_queue import POSTS_CHANGED, Gauge, stamp
from notices.errors import Refused
from notices.models import Evidence, LedgerJob, Notice, Purge
from notices.models.purge import CLOSING
from notices.report.packing import streamed

Part = tuple[str, Iterable[bytes]]
KINDS = (LedgerJob.Kind.PACK, LedgerJob.Kind.LEAVE)
FOLDER = "packages"
_SUMS = "校验值.txt"
_CLOSED = "其中有文件被申请清除（误传涉密文件），这个压缩包不再提供，请重新生成。"
_FULL = "服务器磁盘空间不够，压缩包没有生成。请系统管理员清理磁盘后再试。"


def packages_of(user: User, notice: Notice) -> QuerySet[LedgerJob]:
    """The person's own of this notice, under way or not yet removed; newest first."""
    mine = LedgerJob.objects.filter(kind__in=KINDS, notice=notice, by=user)
    return (mine.filter(ledger_queue.OPEN) | mine.exclude(file="")).order_by("-pk")


def refusal(kind: str, user: User, notice: Notice) -> str | None:
    """Why this person may not have it; None when they may."""
    may = dossier.packer if kind == LedgerJob.Kind.PACK else leaving.leaver
    return may(user, notice)


@transaction.atomic
def order(kind: LedgerJob.Kind, notice: Notice, *, by: User, at: dt.datetime, today: dt.date) -> LedgerJob:
    """The event that it was taken, and the job; while one of the person's is under way, that one."""
    if why_not := refusal(kind, by, notice):
        raise Refused(why_not)
    Notice.objects.select_for_update().only("pk").get(pk=notice.pk)  # two clicks come one after the other
    mine = LedgerJob.objects.filter(ledger_queue.OPEN, kind=kind, notice=notice, by=by)
    if under_way := mine.first():
        return under_way
    if kind == LedgerJob.Kind.PACK:
        dossier.order_pack(notice, by=by, at=at)
    else:
        leaving.order(notice, by=by, at=at, today=today)
    wanted = {"today": today.isoformat(), "rights": stamp(by)}
    return ledger_queue.order(kind, notice, by=by, at=at, wanted=wanted)


# ── Make ─────────────────────────────────────────────────────────────────────
def make(job: LedgerJob, moment: Moment, tell: Gauge) -> None:
    """1. the person still may, and the disk has room; 2. all of it into a file that no row knows; 3. nothing in it is to be
    destroyed meanwhile, and the row learns the file."""
    why_not = refusal(job.kind, job.by, job.notice)
    if why_not or stamp(job.by) != job.wanted["rights"]:
        raise Refused(why_not or POSTS_CHANGED)
    _room_for(job.notice)
    name = f"{FOLDER}/{uuid.uuid4().hex}.zip"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    try:
        files = _write(path, job, moment, tell)
        with transaction.atomic():
            if is_closed(path):
                destroy(path)
                raise Refused(_CLOSED)
            said = f"压缩包已生成，共 {files} 个文件，{_megabytes(path)} MB。"
            ledger_queue.finish(job, said, at=moment.now(), file=name)
    except BaseException as why:
        path.unlink(missing_ok=True)
        if isinstance(why, OSError) and why.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refused(_FULL) from why
        raise


def _room_for(notice: Notice) -> None:
    """A full disk stops everybody's work, so the package gives way."""
    need = Evidence.objects.filter(task__notice=notice).aggregate(all=Sum("size"))["all"] or 0
    room = pulse.free_bytes(Path(settings.MEDIA_ROOT))
    if room is not None and room - need < pulse.LEAST:
        raise Refused(_FULL)


def _write(path: Path, job: LedgerJob, moment: Moment, tell: Gauge) -> int:
    """How many files went in."""
    today = dt.date.fromisoformat(job.wanted["today"])
    if job.kind == LedgerJob.Kind.PACK:
        issues = dossier.issues_of(job.notice)
        entries = dossier.entries_of(issues)
        parts: Iterator[Part] = iter(dossier.parts(entries, issues, job.by, today=today))
        total = len(issues) + len(entries) + 2
    else:
        wanted = leaving.Order(job.notice, job.by, moment.now(), today)
        parts, total = leaving.parts(wanted, leaving.Told()), leaving_files.how_many(job.notice)
    done = 0

    def counted() -> Iterator[Part]:
        nonlocal done
        for part in parts:
            tell("写入文件", done, max(total, done + 1))
            yield part
            done += 1

    with path.open("xb") as target:
        os.chmod(path, 0o640)
        for block in streamed(counted()):
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    return done


def _megabytes(path: Path) -> str:
    return f"{path.stat().st_size / 2**20:.1f}"


# ── What must be destroyed ───────────────────────────────────────────────────
def hashes_in(path: Path) -> frozenset[str] | None:
    """Of the files in the package; None of one that is not finished."""
    try:
        with zipfile.ZipFile(path) as package:
            told = package.read(_SUMS).decode()
    except (OSError, zipfile.BadZipFile, KeyError):
        return None
    return frozenset(line.split("  ", 1)[0] for line in told.splitlines())


def is_closed(path: Path) -> bool:
    """Whether a file in the package is given to nobody."""
    closing = Purge.objects.filter(state__in=CLOSING).values_list("sha256", flat=True).distinct()
    return not frozenset(closing).isdisjoint(hashes_in(path) or ())


def refuse_closed(job: LedgerJob) -> None:
    if is_closed(Path(job.file.path)):
        raise Refused(_CLOSED)


def holding(sha256: str) -> Iterator[Path]:
    """Packages with these bytes in them, and those not finished, which may hold them."""
    for path in sorted((Path(settings.MEDIA_ROOT) / FOLDER).glob("*.zip")):
        hashes = hashes_in(path)
        if hashes is None or sha256 in hashes:
            yield path


def withdraw(sha256: str) -> int:
    """Destroy the packages that hold these bytes; how many. One that is being made fails and is made again."""
    gone = 0
    for path in list(holding(sha256)):
        destroy(path)
        LedgerJob.objects.filter(file=f"{FOLDER}/{path.name}").update(file="")
        gone += 1
    return gone
