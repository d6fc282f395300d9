"""Old rows of the audit log as files that prove themselves: each row with its hash, the hash before the first, the head.

A file is gzip of lines: a header, `digest body` for each row (the body is what the digest was reckoned from), a footer. It
goes on where the last file of its folder ended. Nothing leaves the database (decision 0050).
"""

import datetime as dt
import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accounts import audit
from accounts.audit import GENESIS, Head
from accounts.models import Event

LEAST = 183  # days: GB/T 22239 and 网络安全法 第二十一条, six months
FORMAT = "audit-archive-1"
DAMAGED = "文件不完整或已损坏"


@dataclass(frozen=True)
class Archive:
    """What a file says of itself: rows `first` to `head.seq`, chained behind the hash `previous`."""

    path: Path
    first: int
    previous: str
    head: Head
    sha256: str

    @property
    def count(self) -> int:
        return self.head.seq - self.first + 1


class Broken(Exception):
    """A file or a chain that does not hold; the sentence says where."""


def write(folder: Path, *, before: dt.datetime) -> Archive | None:
    """Archive the sealed rows that follow the last file of the folder, up to the first one of `before` or later.

    1. where the last file ended, checked; 2. written beside; 3. read back and checked against the database; 4. renamed.
    Returns None when there is nothing to archive. Raises Broken when the folder's last file does not hold.
    """
    last = latest(folder)
    if last:
        check(last)
    at = last.head if last else Head(0, GENESIS)
    young = Event.objects.filter(seq__gt=at.seq, at__gte=before).order_by("seq").first()
    rows = Event.objects.filter(seq__gt=at.seq).order_by("seq")
    rows = rows.filter(seq__lt=young.seq) if young else rows
    end = rows.last()
    if end is None:
        return None
    head = Head(end.seq or 0, end.digest)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"audit-{at.seq + 1:09d}-{head.seq:09d}.jsonl.gz"
    part = path.with_suffix(".part")
    _write(part, _lines(at, head, rows.iterator(chunk_size=2000)))
    try:
        check(part)
    except Broken:
        part.unlink()
        raise
    part.replace(path)
    return Archive(path, at.seq + 1, at.digest, head, _sha256(path))


def _lines(at: Head, head: Head, rows: Iterator[Event]) -> Iterator[str]:
    yield json.dumps({"format": FORMAT, "first": at.seq + 1, "previous": at.digest})
    for row in rows:
        yield f"{row.digest} {audit.body_of(row)}"
    yield json.dumps({"seq": head.seq, "digest": head.digest})


def _write(path: Path, lines: Iterator[str]) -> None:
    """For its owner alone: the rows hold names and what was written."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:
        with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed:
            for line in lines:
                packed.write(f"{line}\n".encode())
        raw.flush()
        os.fsync(raw.fileno())


def latest(folder: Path) -> Archive | None:
    """The file of the folder that reaches furthest; None when there is none."""
    found = [path for path in folder.glob("audit-*-*.jsonl.gz") if path.name.split("-")[2][:9].isdigit()]
    return read(max(found, key=lambda path: path.name.split("-")[2])) if found else None


def read(path: Path) -> Archive:
    """The file by itself: every row follows from the one before, up to the head. Raises Broken at the first that does not."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            return _read(path, lines)
    except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error) as why:
        raise Broken(DAMAGED) from why


def _read(path: Path, lines: Any) -> Archive:
    header = json.loads(next(lines, "{}"))
    if header.get("format") != FORMAT:
        raise Broken("不是操作记录的归档文件")
    first, previous = int(header["first"]), str(header["previous"])
    seq, digest = first - 1, previous
    for line in lines:
        if line.startswith("{"):
            footer = json.loads(line)
            if (footer["seq"], footer["digest"]) != (seq, digest) or next(lines, None) is not None:
                raise Broken(f"末尾登记的链头与第 {seq} 号记录不符")
            return Archive(path, first, previous, Head(seq, digest), _sha256(path))
        kept, body = line.rstrip("\n").split(" ", 1)
        seq += 1
        if json.loads(body)[0] != seq:
            raise Broken(f"第 {seq} 号记录缺失")
        if audit.link(digest, body) != kept:
            raise Broken(f"第 {seq} 号记录与散列不符，可能被改动")
        digest = kept
    raise Broken(DAMAGED)


def check(found: Archive | Path) -> Archive:
    """The file by itself, and where it meets the chain in the database. Raises Broken."""
    here = read(found) if isinstance(found, Path) else found
    ends = {
        here.head.seq: here.head.digest,
        here.first - 1: here.previous,
    }
    if here.first == 1 and here.previous != GENESIS:
        raise Broken("第 1 号记录之前不应有散列")
    for seq, digest in Event.objects.filter(seq__in=ends).order_by("seq").values_list("seq", "digest"):
        if digest != ends[seq or 0]:
            raise Broken(f"第 {seq} 号记录与库中的散列不符，归档或库中的链可能被重写")
    begin = _first_in_database()
    if (begin is None or begin <= here.head.seq) and not Event.objects.filter(seq=here.head.seq).exists():
        raise Broken(f"库中没有第 {here.head.seq} 号记录")
    return here


def _first_in_database() -> int | None:
    rows = Event.objects.filter(seq__isnull=False).order_by("seq")
    return rows.values_list("seq", flat=True).first()


def starts_after(archives: Iterable[Archive]) -> Head | None:
    """Where the chain in the database begins, when its first rows are in these archives only; None: at row 1.

    Raises Broken when the archives do not reach from row 1 to there without a gap.
    """
    begin = _first_in_database() or 1
    at = Head(0, GENESIS)
    for one in sorted(archives, key=lambda archive: archive.first):
        if begin > one.first and (one.first, one.previous) == (at.seq + 1, at.digest):
            at = one.head
    if begin == 1:
        return None
    if at.seq != begin - 1:
        raise Broken(f"第 {at.seq + 1} 至 {begin - 1} 号记录不在库中，也不在所给的归档里")
    return at


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1024 * 1024):
            digest.update(block)
    return digest.hexdigest()
