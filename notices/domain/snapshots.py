"""A week's end freezes the ledger: Snapshot rows are written once, hashed, and verified whenever they are read.

Memory stays that of one chunk of rows and of the compressed slices (about 100 bytes a task).
"""

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.access import Lines
from accounts.models import Unit, User
from notices.domain import statistics
from notices.domain.rollup import slot
from notices.domain.snapshot_outcomes import KeptOutcome, live_outcomes, outcome_in
from notices.domain.snapshot_rows import (
    KeptIssue,
    KeptTask,
    issue_in,
    issue_out,
    live_tasks,
    task_in,
    task_out,
)
from notices.errors import Refused
from notices.ledger.export import unit_names, week_words
from notices.ledger.lines import Tally, count
from notices.ledger.load import CHUNK, stream_duties, stream_issues
from notices.ledger.packing import pack, unpack
from notices.lights import RULES
from notices.models import Issue, Notice, Snapshot, SnapshotSlice, Task
from notices.sql.isolation import hold_still
from notices.terms import Preset, State


class Broken(Refused):
    """A snapshot is not what was frozen."""

    code = "snapshot_broken"


@dataclass
class Book:
    """A snapshot being written: packed slices with their hashes, and what is counted on the way."""

    slices: list[tuple[str, int, bytes, str]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def write(self, of: str, rows: Iterable[Any]) -> None:
        part: list[Any] = []
        written = 0
        for row in rows:
            part.append(row)
            if len(part) >= CHUNK:
                self._flush(of, written, part)
                written += len(part)
                part = []
        if part:
            self._flush(of, written, part)
        self.counts[of] = written + len(part)

    def _flush(self, of: str, before: int, rows: list[Any]) -> None:
        data = pack(rows)
        self.slices.append((of, before // CHUNK, data, hashlib.sha256(data).hexdigest()))

    @property
    def size(self) -> int:
        return sum(len(data) for _, _, data, _ in self.slices)


# ── Writing ──────────────────────────────────────────────────────────────────
def freeze(
    notice: Notice,
    starts_on: dt.date,
    *,
    head: dict[str, Any],
    by: User | None,
    at: dt.datetime,
    today: dt.date,
) -> Snapshot:
    """Write the notice's ledger as it is now as the snapshot of that week. `head`: more to keep beside the rows.

    1. one moment for all reads; 2. rows, packed and hashed; 3. the snapshot, whole; 4. its slices; 5. the event.
    Raises Refused when the week has a snapshot, also when somebody else writes it at the same time.
    """
    alone = not connection.in_atomic_block
    try:
        with transaction.atomic():
            if alone:
                hold_still()
            _refuse_twice(notice, starts_on)
            return _freeze(notice, starts_on, head, by, at, today)
    except DatabaseError:
        _refuse_twice(notice, starts_on)
        raise


def _refuse_twice(notice: Notice, starts_on: dt.date) -> None:
    there = Snapshot.objects.filter(notice=notice, starts_on=starts_on).first()
    if there is not None:
        raise Refused(f"这一周已由{there.by_name}封存，不能再次封存。")


def _freeze(
    notice: Notice, starts_on: dt.date, head: dict[str, Any], by: User | None, at: dt.datetime, today: dt.date
) -> Snapshot:
    book = Book()
    tallied = _Tallied(notice, today)
    tasks = Task.objects.filter(notice=notice).in_order()
    rule = RULES[notice.preset]
    book.write("task", (task_out(t) for t in tallied.through(live_tasks(tasks, today=today, rule=rule))))
    book.write("issue", (issue_out(i) for i in tallied.issues(tasks)))
    book.write("duty", stream_duties(notice))
    book.write("group", tallied.group_rows())
    book.write("gain", live_outcomes(notice))
    figures = {
        "figures": asdict(statistics.figures([notice.pk], unit=None, today=today)),
        "issues": asdict(statistics.issue_figures([notice.pk])),
    }
    whole = {**head, **_head(notice, tallied), **figures}
    row = Snapshot(
        notice=notice,
        starts_on=starts_on,
        today=today,
        at=at,
        by=by,
        by_name=by.name if by else audit.SYSTEM_NAME,
        head=whole,
        counts=book.counts,
        size=book.size,
    )
    row.digest = digest_of(row, [(of, part, digest) for of, part, _, digest in book.slices])
    row.save(force_insert=True)
    for of, part, data, digest in book.slices:
        SnapshotSlice(snapshot=row, of=of, part=part, rows=data, digest=digest).save(force_insert=True)
    said = {"week": starts_on.isoformat(), "rows": book.counts, "sha256": row.digest}
    audit.record(audit.Act("week.close", "snapshot", row.pk, notice.pk, data=said), by=by, at=at)
    return row


def digest_of(row: Snapshot, slices: Iterable[tuple[str, int, str]]) -> str:
    """SHA-256 over every column of the snapshot and the hashes of its slices."""
    said = [
        row.notice_id,
        row.starts_on.isoformat(),
        row.today.isoformat(),
        row.at.astimezone(dt.UTC).isoformat(),
        row.by_id,
        row.by_name,
        row.head,
        row.counts,
        row.size,
        sorted(list(found) for found in slices),
    ]
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class _Tallied:
    """Counts issues, counters and columns while the tasks go by."""

    def __init__(self, notice: Notice, today: dt.date) -> None:
        self.notice, self.today = notice, today
        self.tallies: dict[int, Tally] = {}
        self.seen: dict[int, tuple[set[int], set[int]]] = {}
        self.groups: Counter[tuple[Any, ...]] = Counter()
        self.extras: dict[str, None] = {}

    def through(self, tasks: Iterator[KeptTask]) -> Iterator[KeptTask]:
        for task in tasks:
            row = task.row
            count(self.tallies.setdefault(row.issue, Tally()), row, self.today)
            self.extras |= dict.fromkeys(row.extra)
            if row.state != State.DRAFT:
                units, leaders = self.seen.setdefault(row.issue, (set(), set()))
                units.update(task.part)
                if task.leader is not None:
                    leaders.add(task.leader)
            if row.parent is None:
                day, judged, late = slot(row.state, task.deadline, task.finished_on)
                key = (
                    row.state,
                    day,
                    judged,
                    late,
                    task.deadline,
                    task.closed_on,
                    task.lead_unit,
                    task.leader,
                )
                self.groups[key] += 1
            yield task

    def issues(self, tasks: QuerySet[Task]) -> Iterator[KeptIssue]:
        for of, task, text in week_words(tasks, self.today):
            self.tallies.setdefault(of, Tally()).week.append(f"{task}:{text}")
        rows = Issue.objects.filter(notice=self.notice)
        headings = {
            pk: (aspect, number, title)
            for pk, aspect, number, title in rows.values_list(
                "pk", "aspect_id", "aspect__number", "aspect__title"
            )
        }
        for issue in stream_issues(rows.in_order()):
            tally = self.tallies.get(issue.pk, Tally())
            units, leaders = self.seen.get(issue.pk, (set(), set()))
            aspect, number, title = headings[issue.pk]
            counts = (tally.total, tally.completed, tally.sustained, tally.overdue, tally.begun)
            yield KeptIssue(
                issue,
                number if aspect else None,
                title or "",
                counts,
                tuple(tally.week),
                tuple(sorted(units)),
                tuple(sorted(leaders)),
            )

    def group_rows(self) -> Iterator[list[Any]]:
        for key, n in sorted(self.groups.items(), key=lambda item: repr(item[0])):
            yield [*key, n]


def _head(notice: Notice, tallied: _Tallied) -> dict[str, Any]:
    """What is printed around the rows, and the names and lines of the units that lead tasks."""
    leads = sorted({key[6] for key in tallied.groups if key[6] is not None})
    lines = Lines()
    lines.load(leads)
    units = Unit.objects.without_tree_fields().in_bulk(leads)
    return {
        "title": notice.title,
        "party": notice.unit_id,
        "unit": notice.unit.name,
        "preset": notice.preset,
        "extras": list(tallied.extras),
        "units": list(unit_names(notice)),
        "leads": {
            str(pk): [units[pk].name, units[pk].short_name, units[pk].position, list(lines.of(pk))]
            for pk in leads
        },
    }


# ── Reading ──────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Reader:
    """A verified snapshot; every slice is compared with its hash when it is read."""

    snapshot: Snapshot
    slices: tuple[tuple[int, str, int, str], ...]  # key, object, part, hash

    def tasks(self) -> Iterator[KeptTask]:
        """In ledger order, one slice in memory."""
        return self._rows("task", task_in)

    def issues(self) -> Iterator[KeptIssue]:
        return self._rows("issue", issue_in)

    def duties(self) -> Iterator[tuple[int, int, str, str]]:
        return self._rows("duty", tuple)

    def groups(self) -> Iterator[list[Any]]:
        """state, counted deadline, judged on, late, deadline, closed on, lead unit, leader, count of the top-level tasks."""
        return self._rows("group", list)

    def outcomes(self) -> Iterator[KeptOutcome]:
        """The confirmed ones of that day, newest first; none as well when the week was closed before they were kept."""
        return self._rows("gain", outcome_in)

    def kept(self, of: str) -> bool:
        """Was this kept when the week was closed? Empty is kept too."""
        return of in self.snapshot.counts

    def _rows(self, of: str, make: Callable[[list[Any]], Any]) -> Iterator[Any]:
        for pk, kind, part, digest in self.slices:
            if kind != of:
                continue
            data = bytes(SnapshotSlice.objects.values_list("rows", flat=True).get(pk=pk))
            if hashlib.sha256(data).hexdigest() != digest:
                raise Broken(f"{_named(self.snapshot)}第 {part + 1} 段（{of}）与散列不符{_DOUBT}")
            for cells in unpack(data):
                yield make(cells)

    @property
    def preset(self) -> Preset:
        return Preset(self.snapshot.head["preset"])


_DOUBT = "，内容可能被改动，不能使用；请联系系统管理员核对备份。"


def _named(row: Snapshot) -> str:
    return f"{row.starts_on:%Y-%m-%d} 当周的台账快照"


def open_snapshot(row: Snapshot) -> Reader:
    """Verify what stands around the rows; raises Broken when it is not what was frozen. One query."""
    found = tuple(
        SnapshotSlice.objects.filter(snapshot=row).order_by("pk").values_list("pk", "of", "part", "digest")
    )
    if digest_of(row, [slice_[1:] for slice_ in found]) != row.digest:
        raise Broken(f"{_named(row)}与散列不符{_DOUBT}")
    return Reader(row, found)


def verify(row: Snapshot) -> None:
    """Read everything once; raises Broken at the first slice that is not what was frozen."""
    reader = open_snapshot(row)
    for of in dict.fromkeys(kind for _, kind, _, _ in reader.slices):
        for _ in reader._rows(of, list):
            pass


def latest(notices: Iterable[int]) -> dict[int, Snapshot]:
    """Notice → its newest snapshot. One query."""
    rows = Snapshot.objects.filter(notice__in=list(notices)).order_by("notice_id", "starts_on")
    return {row.notice_id: row for row in rows}
