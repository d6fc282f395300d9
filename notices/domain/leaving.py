"""Everything on leaving: a zip that reads without us. One notice for its office, the whole installation for the technician.

    说明.txt · 目录.csv · 校验值.txt
    数据表/<table>.csv                       every row, Chinese headings (leaving_tables.py)
    批次/<notice>/整改台账.xlsx, 每周台账/…    the ledger now and at the end of each week
    批次/<notice>/问题/<issue>/…              一题一档, 时间线, evidence by task
    批次/<notice>/其他材料, 上传的台账, 文书/…  files of meetings, visits, outcomes, rebukes; letters and released notices

One notice is packed by a worker (packages.py), the whole installation by a command.
"""

import datetime as dt
import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import IO, Any

from django.db import transaction

from accounts import audit
from accounts.access import has
from accounts.models import User
from accounts.roles import Can
from notices.domain import leaving_files, leaving_tables
from notices.domain.dossier import blocks_of, safe_name
from notices.domain.leaving_words import about
from notices.domain.snapshot_view import EVERYTHING
from notices.domain.snapshots import Broken, open_snapshot
from notices.errors import Refused
from notices.ledger.export import export_ledger
from notices.ledger.frozen import export_snapshot
from notices.models import Notice, Snapshot

Part = tuple[str, Iterable[bytes]]
Moment = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Order:
    """`notice` None: the whole installation, for the system account alone (`by` None)."""

    notice: Notice | None
    by: User | None
    at: dt.datetime
    today: dt.date


@dataclass
class Told:
    """What went in, for the contents: (kind, name, path, how many, remark), and the hash of each path."""

    lines: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    sums: list[tuple[str, str]] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    missing: list[str] = field(default_factory=list)


def leaver(user: User, notice: Notice) -> str | None:
    """Why this person may not take all of the notice away; None when they may."""
    if has(user, Can.PLAN, notice.unit_id):
        return None
    return "只有整改办可以导出整个批次的全部资料。"


@transaction.atomic
def order(notice: Notice, *, by: User, at: dt.datetime, today: dt.date) -> Order:
    """May this person, and the event that it was taken."""
    why_not = leaver(by, notice)
    if why_not:
        raise Refused(why_not)
    audit.record(audit.Act("notice.export", "notice", notice.pk, notice.pk), by=by, at=at)
    return Order(notice, by, at, today)


def order_whole(*, at: dt.datetime, today: dt.date) -> Order:
    """For whoever has the server; recorded in the name of the system account."""
    audit.record(audit.Act("system.export"), by=None, at=at)
    return Order(None, None, at, today)


def parts(wanted: Order, told: Told, *, moment: Moment = nullcontext) -> Iterator[Part]:
    """Path and content of everything. 1. ledgers, whose downloads are recorded; 2. in one moment the tables and then the
    files; 3. the contents, the hashes and the words that explain it."""
    notices = _notices(wanted)
    for notice in notices:
        for path, content in _ledgers(notice, wanted, told):
            yield path, _summed(path, content, told)
    with moment():
        for path, content in _tables(wanted, told):
            yield path, _summed(path, content, told)
        for notice in notices:
            for path, content in _files(notice, wanted, told):
                yield path, _summed(path, content, told)
        if wanted.notice is None:
            for path, content in leaving_files.templates():
                yield path, _summed(path, content, told)
    for label, why in _left_out(wanted):
        told.lines.append(("没有导出的表", _title(label), "", "", why))
    contents = leaving_tables.sheet(("类别", "名称", "位置", "数量", "说明"), told.lines)
    yield "目录.csv", _summed("目录.csv", [contents], told)
    yield (
        "说明.txt",
        _summed("说明.txt", [about(wanted.notice, told.rows, told.files, wanted.today).encode()], told),
    )
    yield "校验值.txt", ["".join(f"{digest}  {path}\n" for path, digest in told.sums).encode()]


def _notices(wanted: Order) -> list[Notice]:
    rows = Notice.objects.select_related("unit").order_by("pk")
    return list(rows if wanted.notice is None else rows.filter(pk=wanted.notice.pk))


def _summed(path: str, content: Iterable[bytes], told: Told) -> Iterator[bytes]:
    digest = hashlib.sha256()
    for block in content:
        digest.update(block)
        yield block
    told.sums.append((path, digest.hexdigest()))


def folder_of(notice: Notice) -> str:
    return f"批次/{safe_name(f'{notice.pk:03} {notice.title}', 24)}"


# ── Ledgers ──────────────────────────────────────────────────────────────────
def _ledgers(notice: Notice, wanted: Order, told: Told) -> Iterator[Part]:
    path = f"{folder_of(notice)}/整改台账.xlsx"

    def now(target: IO[bytes]) -> None:
        export_ledger(notice, target, by=wanted.by, at=wanted.at, today=wanted.today)  # type: ignore[arg-type]

    yield path, _workbook(now)
    told.lines.append(("台账", notice.title, path, "", f"截至 {wanted.today}"))
    for row in Snapshot.objects.filter(notice=notice).order_by("starts_on", "pk"):
        path = f"{folder_of(notice)}/每周台账/{row.starts_on}.xlsx"
        try:
            reader = open_snapshot(row)
            content = _workbook(
                lambda target, reader=reader: export_snapshot(  # type: ignore[misc]
                    reader, target, sight=EVERYTHING, by=wanted.by, at=wanted.at
                )
            )
            yield path, content
        except Broken as why:
            told.missing.append(path)
            told.lines.append(("台账", f"{row.starts_on} 当周", "", "", str(why)))
        else:
            told.lines.append(("台账", f"{row.starts_on} 当周", path, "", "封存的每周台账"))


def _workbook(write: Callable[[IO[bytes]], object]) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as target:
        write(target)
        target.seek(0)
        yield from blocks_of(target)


# ── Tables ───────────────────────────────────────────────────────────────────
def _title(label: str) -> str:
    return leaving_tables.title_of(leaving_tables.model_of(label))


def _tables(wanted: Order, told: Told) -> Iterator[Part]:
    names, pk = leaving_tables.Names({}), wanted.notice.pk if wanted.notice else None
    for label, way in leaving_tables.TABLES.items():
        if pk is not None and way is None:
            continue
        path = f"数据表/{_title(label)}.csv"
        yield path, _counted(label, leaving_tables.lines(label, pk, names), told)
        told.lines.append(("数据表", _title(label), path, str(told.rows[label]), ""))


def _counted(label: str, blocks: Iterable[tuple[bytes, int]], told: Told) -> Iterator[bytes]:
    told.rows[label] = 0
    for block, count in blocks:
        told.rows[label] += count
        yield block


def _left_out(wanted: Order) -> Iterator[tuple[str, str]]:
    yield from leaving_tables.LEFT_OUT.items()
    if wanted.notice is not None:
        for label, way in leaving_tables.TABLES.items():
            if way is None:
                yield label, "属于整个系统，不属于一个批次；由系统管理员在服务器上整体导出"


# ── Files ────────────────────────────────────────────────────────────────────
def _files(notice: Notice, wanted: Order, told: Told) -> Iterator[Part]:
    folder = folder_of(notice)
    for kept in leaving_files.of_notice(notice, wanted.by, today=wanted.today):
        path = f"{folder}/{kept.path}"
        try:
            content = kept.open()
        except Refused as why:
            told.missing.append(path)
            told.lines.append((kept.kind, kept.name, "", "", str(why)))
            continue
        yield path, content
        told.files += 1
        told.lines.append((kept.kind, kept.name, path, "", kept.remark))
