"""Snapshot → workbook: the ledger as it was when a week was closed. The same person gets the same bytes each time.

Nothing is asked of the database but the snapshot's own rows; columns, names and preset are those of its day. The
workbook is for reading: it carries no export that an upload could be compared with, and an upload of it is refused.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO

from accounts import audit
from accounts.models import User
from notices.domain.snapshot_view import Sight
from notices.domain.snapshots import Reader
from notices.ledger import lines
from notices.ledger.export import write_source
from notices.ledger.lines import Source, Tally
from notices.ledger.schema import MERGE_LIMIT, NOT_MERGED
from notices.ledger.skeleton import Frame
from notices.lights import RULES
from notices.records import StoredTask


def export_snapshot(
    reader: Reader, target: BinaryIO, *, sight: Sight, by: User | None, at: dt.datetime
) -> dict[str, int]:
    """Write the workbook of a snapshot, cut down to what the person could see; returns the rows written per list."""
    source = _source(reader, sight)
    rows = write_source(_frame(reader, source, sight), source, target, base=None)
    row = reader.snapshot
    data = {"snapshot": row.pk, "week": row.starts_on.isoformat(), "rows": rows}
    audit.record(audit.Act("ledger.export", "notice", row.notice_id, row.notice_id, data=data), by=by, at=at)
    return rows


def _source(reader: Reader, sight: Sight) -> Source:
    """Two readings of the tasks before they are printed: one for issues and files, as a live export does."""

    def tasks() -> Iterator[StoredTask]:
        return (task.row for task in reader.tasks() if sight.sees(task))

    today = reader.snapshot.today
    tallies: dict[int, Tally] = {}
    evidence: dict[int, str] = {}
    extras: dict[str, None] = {}
    numbers: set[str] = set()
    every: dict[int, Tally] = {}
    for task in reader.tasks():
        lines.count(every.setdefault(task.row.issue, Tally()), task.row, today)
        if not sight.sees(task):
            continue
        lines.count(tallies.setdefault(task.row.issue, Tally()), task.row, today)
        extras |= dict.fromkeys(task.row.extra)
        if task.evidence:
            evidence[task.row.pk] = task.evidence
        if not sight.whole:
            numbers.add(task.row.number)
    kept = [issue for issue in reader.issues() if sight.whole or issue.row.pk in tallies]
    for issue in kept:
        said = (words for words in issue.week if sight.whole or words.partition(":")[0] in numbers)
        tallies.setdefault(issue.row.pk, Tally()).week.extend(said)
    rule = RULES[reader.preset]
    listed = {issue.row.pk: issue.row for issue in kept}
    progress = {pk: every[pk].progress for pk in listed if pk in every}
    return Source(rule, tasks, listed, tallies, today, tuple(extras), evidence, reader.duties, progress)


def _frame(reader: Reader, source: Source, sight: Sight) -> Frame:
    row, head = reader.snapshot, reader.snapshot.head
    issues, tasks, duties = len(source.issues), _length(source.tasks()), row.counts["duty"]
    if not sight.whole:
        wanted = {task.pk for task in source.tasks()}
        duties = sum(task in wanted for _, task, _, _ in reader.duties())
    day = row.today
    frame = Frame(
        title=head["title"],
        filled_by=head["unit"],
        as_of=f"{day.year}年{day.month}月{day.day}日",
        notice=row.notice_id,
        export=0,
        units=tuple(head["units"]),
        counts={
            "issues": issues,
            "tasks": tasks,
            "duties": duties,
            "progress": issues,
            "wide": tasks + issues,
        },
        extras=source.extras,
        issue_extras=source.issue_extras,
        made_at=row.at,
        frozen=True,
    )
    too_many = issues > MERGE_LIMIT
    return replace(frame, note=NOT_MERGED) if too_many else frame


def _length(rows: Iterable[StoredTask]) -> int:
    return sum(1 for _ in rows)
