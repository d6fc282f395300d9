"""The lists behind the numbers of a past board, and the delta of two states, as one person may read them."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from notices.domain.delta import Delta, delta
from notices.domain.snapshot_rows import KeptIssue, KeptTask, live_tasks
from notices.domain.snapshot_view import Sight
from notices.domain.snapshots import Reader, open_snapshot
from notices.lights import RULES
from notices.models import Notice, Snapshot, Task
from notices.terms import CLOSED_STATES, OPEN_STATES, WAITING_STATES, PrintedProgress

Matches = Callable[[KeptTask, str], bool]


def _until(day: dt.date | None, text: str) -> bool:
    return day is not None and day.isoformat() <= text


def _since(day: dt.date | None, text: str) -> bool:
    return day is not None and day.isoformat() >= text


# The filters of the task list that the board's numbers use, over kept rows.
TASK_FILTERS: Mapping[str, Matches] = {
    "light": lambda t, v: t.light == v,
    "state": lambda t, v: t.row.state == v,
    "open": lambda t, v: t.row.state in OPEN_STATES,
    "closed": lambda t, v: t.row.state in CLOSED_STATES,
    "waiting": lambda t, v: t.row.state in WAITING_STATES,
    "due_before": lambda t, v: _until(t.deadline, v),
    "due_after": lambda t, v: _since(t.deadline, v),
    "closed_before": lambda t, v: t.row.state in CLOSED_STATES and _until(t.closed_on, v),
    "closed_after": lambda t, v: t.row.state in CLOSED_STATES and _since(t.closed_on, v),
    "led_by": lambda t, v: str(t.lead_unit) == v,
    "lead_unit": lambda t, v: v in map(str, t.lead),
    "issue": lambda t, v: str(t.row.issue) == v,
}
ISSUE_FILTERS: Mapping[str, Callable[[KeptIssue, str], bool]] = {
    "progress": lambda i, v: progress_of(i) == v,
    "closed": lambda i, v: progress_of(i) in (PrintedProgress.COMPLETED, PrintedProgress.SUSTAINED),
    "aspect": lambda i, v: str(i.aspect or 0) == v,
}


def progress_of(issue: KeptIssue) -> str:
    """The issue's printed progress, derived from its kept counts."""
    total, completed, sustained, _, begun = issue.counts
    if total and completed == total:
        return PrintedProgress.COMPLETED.value
    if total and completed + sustained == total:
        return PrintedProgress.SUSTAINED.value
    return PrintedProgress.IN_PROGRESS.value if begun else PrintedProgress.NOT_STARTED.value


@dataclass(frozen=True)
class Part:
    """Some rows of a list, and how many it has."""

    rows: list[Any]
    total: int


def tasks_of(reader: Reader, sight: Sight, wanted: Mapping[str, str], *, start: int, size: int) -> Part:
    """Tasks that fit every filter; `counted` leaves what the person's figures count."""
    tests = [(TASK_FILTERS[name], value) for name, value in wanted.items() if name in TASK_FILTERS]
    sees = sight.counts if wanted.get("counted") else sight.sees
    found = (t for t in reader.tasks() if sees(t) and all(fits(t, value) for fits, value in tests))
    return _part(found, start, size)


def issues_of(reader: Reader, sight: Sight, wanted: Mapping[str, str], *, start: int, size: int) -> Part:
    tests = [(ISSUE_FILTERS[name], value) for name, value in wanted.items() if name in ISSUE_FILTERS]
    kept = (i for i in reader.issues() if sight.sees_issue(i))
    return _part((i for i in kept if all(fits(i, value) for fits, value in tests)), start, size)


def _part(found: Iterator[Any], start: int, size: int) -> Part:
    before = sum(1 for _ in islice(found, start))
    rows = list(islice(found, size))
    return Part(rows, before + len(rows) + sum(1 for _ in found))


def delta_of(
    notice: Notice, before: Snapshot, after: Snapshot | None, sight: Sight, *, today: dt.date
) -> Delta:
    """What changed from one snapshot to another, or to now (`after` None), among the rows this person may read."""
    old = (t for t in open_snapshot(before).tasks() if sight.sees(t))
    if after is None:
        rows = live_tasks(
            Task.objects.filter(notice=notice).in_order(), today=today, rule=RULES[notice.preset]
        )
    else:
        rows = open_snapshot(after).tasks()
    gone = "已不在台账中" if sight.whole else "已不在查看范围内"
    return delta(old, (t for t in rows if sight.sees(t)), gone_words=gone)
