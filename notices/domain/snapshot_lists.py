"""The lists behind the numbers of a past board, and the delta of two states, as one person may read them."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from notices.domain.coverage import BLANK
from notices.domain.delta import Delta, delta
from notices.domain.snapshot_outcomes import KeptOutcome, seen
from notices.domain.snapshot_rows import KeptIssue, KeptTask, live_tasks
from notices.domain.snapshot_view import Sight
from notices.domain.snapshots import Reader, open_snapshot
from notices.lights import RULES
from notices.models import BaselineRow, Notice, Snapshot, Task
from notices.terms import CLOSED_STATES, OPEN_STATES, WAITING_STATES, MeasureKind, PrintedProgress

Matches = Callable[[KeptTask, str, "Facts"], bool]


def _until(day: dt.date | None, text: str) -> bool:
    return day is not None and day.isoformat() <= text


def _since(day: dt.date | None, text: str) -> bool:
    return day is not None and day.isoformat() >= text


_KINDS = {str(label): code for code, label in MeasureKind.choices}


@dataclass(frozen=True)
class Facts:
    """What a kept task does not say itself: the day the approved plan set, and the heading and source of its issue;
    of an issue, the units that led its tasks, those above them included."""

    planned: Mapping[int, dt.date]
    issues: Mapping[int, tuple[int, str, str]]  # issue → number of the aspect (0: none), its title, source
    leads: Mapping[int, frozenset[int]]


NO_FACTS = Facts({}, {}, {})


def facts_of(reader: Reader, *, plan: bool = False, issues: bool = False, leads: bool = False) -> Facts:
    """Only what is asked for is read."""
    days = plan_of(reader.snapshot) if plan else {}
    kept = reader.issues() if issues else ()
    led: dict[int, set[int]] = {}
    for task in reader.tasks() if leads else ():
        led.setdefault(task.row.issue, set()).update(task.lead)
    return Facts(
        days,
        {i.row.pk: (i.aspect or 0, i.heading, str(i.row.values["source"])) for i in kept},
        {issue: frozenset(units) for issue, units in led.items()},
    )


def plan_of(snapshot: Snapshot) -> dict[int, dt.date]:
    """Task → its day in the plan that was approved by then. One query."""
    rows = BaselineRow.objects.filter(baseline__notice=snapshot.notice_id, baseline__at__lte=snapshot.at)
    return {task: day for task, day in rows.values_list("task", "deadline") if day}


def _is_due(task: KeptTask, day: str) -> bool:
    """As figures count 应完成: the deadline has come, or the task is closed and it is known when it was finished."""
    if task.row.state in CLOSED_STATES:
        return task.deadline is not None and task.finished_on is not None
    return _until(task.deadline, day)


def _is_punctual(task: KeptTask) -> bool:
    judged = task.row.state in CLOSED_STATES or task.row.state in WAITING_STATES
    return bool(judged and task.deadline and task.finished_on and task.finished_on <= task.deadline)


# The filters of the task list that the board's numbers use, over kept rows.
TASK_FILTERS: Mapping[str, Matches] = {
    "light": lambda t, v, f: t.light == v,
    "state": lambda t, v, f: t.row.state == v,
    "open": lambda t, v, f: t.row.state in OPEN_STATES,
    "closed": lambda t, v, f: t.row.state in CLOSED_STATES,
    "waiting": lambda t, v, f: t.row.state in WAITING_STATES,
    "due_before": lambda t, v, f: _until(t.deadline, v),
    "due_after": lambda t, v, f: _since(t.deadline, v),
    "planned_by": lambda t, v, f: _until(f.planned.get(t.row.pk, t.deadline), v),
    "closed_before": lambda t, v, f: t.row.state in CLOSED_STATES and _until(t.closed_on, v),
    "closed_after": lambda t, v, f: t.row.state in CLOSED_STATES and _since(t.closed_on, v),
    "due_by": lambda t, v, f: _is_due(t, v),
    "punctual": lambda t, v, f: _is_punctual(t) == (v == "true"),
    "relapsed": lambda t, v, f: t.relapses > 0,
    "led_by": lambda t, v, f: str(t.lead_unit or 0) == v,
    "lead_unit": lambda t, v, f: v in map(str, t.lead),
    "leader_account": lambda t, v, f: str(t.leader) == v,
    "leader_is": lambda t, v, f: t.leader is None and (str(t.row.values["leader"]) or BLANK) == v,
    "aspect": lambda t, v, f: str(f.issues[t.row.issue][0]) == v,
    "source": lambda t, v, f: (f.issues[t.row.issue][2] or BLANK) == v,
    "kind": lambda t, v, f: _KINDS.get(str(t.row.values["kind"]), BLANK) == v,
    "issue": lambda t, v, f: str(t.row.issue) == v,
}
ISSUE_FILTERS: Mapping[str, Callable[[KeptIssue, str, Facts], bool]] = {
    "progress": lambda i, v, f: progress_of(i) == v,
    "closed": lambda i, v, f: progress_of(i) in (PrintedProgress.COMPLETED, PrintedProgress.SUSTAINED),
    "aspect": lambda i, v, f: str(i.aspect or 0) == v,
    "lead_unit": lambda i, v, f: v in map(str, f.leads.get(i.row.pk, ())),
}


OUTCOME_FILTERS: Mapping[str, Callable[[KeptOutcome, str], bool]] = {
    "metric": lambda o, v: o.metric == v,
    "measure": lambda o, v: o.measure == v,
    "unit": lambda o, v: v in map(str, o.line),
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
    facts = facts_of(reader, plan="planned_by" in wanted, issues=not {"aspect", "source"}.isdisjoint(wanted))
    sees = sight.counts if wanted.get("counted") else sight.sees
    found = (t for t in reader.tasks() if sees(t) and all(fits(t, value, facts) for fits, value in tests))
    return _part(found, start, size)


def issues_of(reader: Reader, sight: Sight, wanted: Mapping[str, str], *, start: int, size: int) -> Part:
    tests = [(ISSUE_FILTERS[name], value) for name, value in wanted.items() if name in ISSUE_FILTERS]
    facts = facts_of(reader, leads="lead_unit" in wanted)
    kept = (i for i in reader.issues() if sight.sees_issue(i))
    return _part((i for i in kept if all(fits(i, value, facts) for fits, value in tests)), start, size)


def outcomes_of(reader: Reader, sight: Sight, wanted: Mapping[str, str], *, start: int, size: int) -> Part:
    """Confirmed outcomes of that day, newest first."""
    tests = [(OUTCOME_FILTERS[name], value) for name, value in wanted.items() if name in OUTCOME_FILTERS]
    kept = seen(reader.outcomes(), sight)
    return _part((o for o in kept if all(fits(o, value) for fits, value in tests)), start, size)


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
