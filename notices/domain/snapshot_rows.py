"""The rows of a snapshot: what is kept of an issue and of a task besides what the workbook prints, and how both
become plain lists and come back.

A kept row carries who could see it when it was kept, so that an old snapshot tells a person only what that person
could have seen then.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from notices.ledger.load import CHUNK, evidence_names, stream_tasks
from notices.lights import LightRule, light
from notices.models import Task, TaskScope
from notices.records import StoredIssue, StoredTask
from notices.terms import State


@dataclass(frozen=True, slots=True)
class KeptTask:
    """`part` and `lead`: units whose people saw the task, and whose figures counted it, units above included."""

    row: StoredTask
    light: str
    closed_on: dt.date | None
    lead_unit: int | None
    leader: int | None
    relapses: int
    extensions: int
    nudges: int
    evidence: str
    part: tuple[int, ...]
    lead: tuple[int, ...]

    @property
    def deadline(self) -> dt.date | None:
        return _day(self.row.values["deadline"])

    @property
    def finished_on(self) -> dt.date | None:
        return _day(self.row.values["finished_on"])


@dataclass(frozen=True, slots=True)
class KeptIssue:
    """`counts`: top-level tasks, completed, sustained, overdue, begun. `week`: number and text of the week's reports.
    `part`, `leaders`: who saw at least one of its tasks."""

    row: StoredIssue
    aspect: int | None
    heading: str
    counts: tuple[int, int, int, int, int]
    week: tuple[str, ...]
    part: tuple[int, ...]
    leaders: tuple[int, ...]


def _day(value: object) -> dt.date | None:
    return value if isinstance(value, dt.date) else None


_COLUMNS = (
    "pk",
    "closed_on",
    "lead_unit_id",
    "leader_id",
    "relapse_count",
    "extension_count",
    "nudge_count",
    "evidence_count",
)


def live_tasks(tasks: QuerySet[Task], *, today: dt.date, rule: LightRule) -> Iterator[KeptTask]:
    """Tasks as they are now, in the order of the queryset. Five queries a chunk, memory of one chunk."""
    stream = stream_tasks(tasks)
    while chunk := list(islice(stream, CHUNK)):
        ids = [row.pk for row in chunk]
        more = {row[0]: row[1:] for row in Task.objects.filter(pk__in=ids).values_list(*_COLUMNS)}
        files = evidence_names([pk for pk, found in more.items() if found[-1]])
        scope = _scope(ids)
        for row in chunk:
            closed, lead_unit, leader, relapses, extensions, nudges, _ = more[row.pk]
            seen = scope.get(row.pk, {})
            yield KeptTask(
                row=row,
                light=str(
                    light(
                        row.state,
                        _day(row.values["deadline"]),
                        _day(row.values["finished_on"]),
                        today=today,
                        rule=rule,
                    ).value
                ),
                closed_on=closed,
                lead_unit=lead_unit,
                leader=leader,
                relapses=relapses,
                extensions=extensions,
                nudges=nudges,
                evidence=files.get(row.pk, ""),
                part=tuple(seen.get("part", ())),
                lead=tuple(seen.get("lead", ())),
            )


def _scope(ids: list[int]) -> dict[int, dict[str, list[int]]]:
    found: dict[int, dict[str, list[int]]] = {}
    rows = TaskScope.objects.filter(task__in=ids).order_by("task_id", "unit_id")
    for task, unit, via in rows.values_list("task_id", "unit_id", "via"):
        found.setdefault(task, {}).setdefault(via, []).append(unit)
    return found


# ── Plain lists and back ─────────────────────────────────────────────────────
def task_out(task: KeptTask) -> list[Any]:
    row = task.row
    stored = [
        row.pk,
        row.version,
        row.number,
        row.issue,
        row.state,
        row.values,
        row.units,
        row.parent,
        row.extra,
    ]
    return [
        *stored,
        task.light,
        task.closed_on,
        task.lead_unit,
        task.leader,
        task.relapses,
        task.extensions,
        task.nudges,
        task.evidence,
        task.part,
        task.lead,
    ]


def task_in(cells: list[Any]) -> KeptTask:
    pk, version, number, issue, state, values, units, parent, extra = cells[:9]
    row = StoredTask(pk, version, number, issue, state, values, tuple(units), parent, extra, None)
    colour, closed, lead_unit, leader, relapses, extensions, nudges, evidence, part, lead = cells[9:]
    seen, counted = tuple(part), tuple(lead)
    return KeptTask(
        row, colour, closed, lead_unit, leader, relapses, extensions, nudges, evidence, seen, counted
    )


def issue_out(issue: KeptIssue) -> list[Any]:
    row = issue.row
    stored = [row.pk, row.version, row.number, row.path, row.values, row.extra]
    rest = [issue.aspect, issue.heading, issue.counts, issue.week, issue.part, issue.leaders]
    return [*stored, *rest]


def issue_in(cells: list[Any]) -> KeptIssue:
    row = StoredIssue(*cells[:6])
    counts, week, part, leaders = (tuple(found) for found in cells[8:12])
    return KeptIssue(row, cells[6], cells[7], counts, week, part, leaders)


def is_counted(task: KeptTask) -> bool:
    """Figures count top-level tasks that are not cancelled."""
    return task.row.parent is None and task.row.state != State.CANCELLED
