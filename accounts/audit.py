"""The one writer of Event rows, and the sealer that chains them.

`record` runs in the transaction of the act: if the row cannot be written, the act fails.
`seal` gives unsealed rows the next numbers and hashes; only one sealer runs at a time because it locks
the last sealed row (PostgreSQL) or the database (SQLite, IMMEDIATE).
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.access import acting_for, memberships
from accounts.models import Event, User
from accounts.sql import insert, rewrite

SYSTEM_NAME = "系统(命令行)"
STRANGER = "未登录"
GENESIS = "0" * 64
_SAME = ("at", "actor_id", "actor_name", "unit_name", "address", "digest")  # of many acts of one person
_COLUMNS = (*_SAME, "action", "subject_type", "subject_id", "notice_id", "ok", "data")


@dataclass(frozen=True)
class Origin:
    """Who acts and from where, as the edge saw it. `user` None is the system account."""

    user: User | None
    address: str = ""


@dataclass(frozen=True)
class Act:
    """One thing done, before it becomes a row."""

    action: str
    subject_type: str = ""
    subject_id: int | None = None
    notice_id: int | None = None
    ok: bool = True
    data: dict[str, Any] = field(default_factory=dict)


def unit_name_of(user: User | None) -> str:
    """The name of the user's first unit, as records keep it; empty for the system account."""
    held = memberships(user) if user is not None else []
    return held[0].unit.name if held else ""


def name_of(user: User | None) -> str:
    """The name as records keep it: whoever acts in another's place is written 某某（代某某）."""
    if user is None:
        return SYSTEM_NAME
    person = acting_for(user)
    return f"{user.name}（代{person.name}）"[:50] if person is not None else user.name


def recorded(user: User) -> bool:
    """Whether anything was recorded of this user object, which lives for one request."""
    return bool(getattr(user, "_recorded", False))


def event(act: Act, *, by: User | None, at: dt.datetime, address: str = "") -> Event:
    """An unsaved row; set-wise writers collect many and hand them to `record_many`."""
    if by is not None:
        by._recorded = True  # type: ignore[attr-defined]
    return Event(
        at=at,
        actor=by,
        actor_name=name_of(by),
        unit_name=unit_name_of(by),
        address=address or getattr(by, "address", ""),
        action=act.action,
        subject_type=act.subject_type,
        subject_id=act.subject_id,
        notice_id=act.notice_id,
        ok=act.ok,
        data=act.data,
    )


def record(act: Act, *, by: User | None, at: dt.datetime, address: str = "") -> Event:
    row = event(act, by=by, at=at, address=address)
    row.save(force_insert=True)
    return row


def record_many(acts: Iterable[Act], *, by: User | None, at: dt.datetime) -> int:
    """Write many acts of one person at one instant, set-wise. Returns how many."""
    who = event(Act(""), by=by, at=at)
    same = (at, who.actor_id, who.actor_name, who.unit_name, who.address, "")
    rows = [(*same, a.action, a.subject_type, a.subject_id, a.notice_id, a.ok, a.data) for a in acts]
    return insert(Event, _COLUMNS, rows)


def body_of(row: Event) -> str:
    """Every meaningful column of the row as one line of JSON, its number in the chain first."""
    return json.dumps(
        [
            row.seq,
            row.pk,
            row.at.astimezone(dt.UTC).isoformat(),
            row.actor_id,
            row.actor_name,
            row.unit_name,
            row.address,
            row.action,
            row.subject_type,
            row.subject_id,
            row.notice_id,
            row.ok,
            row.data,
        ],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )


def link(previous: str, body: str) -> str:
    """SHA-256 over the previous digest and a row's body."""
    return hashlib.sha256(f"{previous}{body}".encode()).hexdigest()


def digest_of(row: Event, previous: str) -> str:
    return link(previous, body_of(row))


@transaction.atomic
def seal(*, limit: int = 5000) -> int:
    """Chain rows that are not chained yet, in id order. Returns how many. Safe to run twice and on two workers."""
    last = Event.objects.select_for_update().filter(seq__isnull=False).order_by("-seq").first()
    seq, previous = (last.seq or 0, last.digest) if last else (0, GENESIS)
    rows = list(Event.objects.filter(seq__isnull=True).order_by("pk")[:limit])
    for row in rows:
        seq += 1
        row.seq = seq
        row.digest = previous = digest_of(row, previous)
    rewrite(Event, ("seq", "digest"), [(row.seq, row.digest, row.pk) for row in rows])
    return len(rows)


@dataclass(frozen=True)
class Head:
    """The end of the chain as it was at some moment, kept outside the database."""

    seq: int
    digest: str


def write_head(path: Path, *, at: dt.datetime) -> Head | None:
    """Append the present end of the chain to a file outside the database, when it moved. Without it nobody could
    see that rows were cut from the tail. Returns the head; None when nothing is sealed."""
    last = Event.objects.filter(seq__isnull=False).order_by("-seq").first()
    if last is None:
        return None
    head = Head(last.seq or 0, last.digest)
    if not path.exists() or read_head(path) != head:
        path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"at": at.isoformat(), "seq": head.seq, "digest": head.digest})
        with path.open("a", encoding="ascii") as file:
            file.write(line + "\n")
    return head


def read_head(path: Path) -> Head | None:
    """The last complete line of the file; None when there is none."""
    for line in reversed(path.read_text("ascii").splitlines() if path.exists() else []):
        try:
            row = json.loads(line)
        except ValueError:
            continue  # a line cut off by a power failure
        return Head(row["seq"], row["digest"])
    return None


def first_broken(head: Head | None = None, *, after: Head | None = None) -> tuple[int, str] | None:
    """The first row of the chain that does not fit, with what is wrong; None when the chain holds.

    `head` is the end as the file outside knows it: the chain must reach it and agree with it. `after`: the chain begins
    behind this row, which an archive ends with.
    """
    previous, expected = (after.digest, after.seq) if after else (GENESIS, 0)
    for row in Event.objects.filter(seq__isnull=False).order_by("seq").iterator(chunk_size=2000):
        expected += 1
        if row.seq != expected:
            return expected, f"第 {expected} 号记录缺失"
        if digest_of(row, previous) != row.digest:
            return expected, f"第 {expected} 号记录与散列不符，可能被改动"
        if head is not None and row.seq == head.seq and row.digest != head.digest:
            return expected, f"第 {expected} 号记录与库外留存的散列不符，整条链可能被重写"
        previous = row.digest
    if head is not None and expected < head.seq:
        return expected + 1, f"第 {expected + 1} 号记录缺失，库外留存显示应有 {head.seq} 条"
    return None
