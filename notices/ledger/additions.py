"""New issues and tasks of a plan, set-wise: a row of the database is a tuple here, never an object.

A new task whose lead unit is known is assigned at once (step 分派), another one stays a draft; a task whose row asks
to take over a state gets it. Scope rows and counters are made of them inside the database.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Max

from accounts import audit
from accounts.access import has
from accounts.models import Unit, User
from accounts.roles import Can
from notices.domain import rollup, workflow
from notices.ledger.cells import fold
from notices.ledger.convert import PROGRESS_KEYS, Names, issue_columns, task_columns, unit_parts
from notices.models import Aspect, Issue, Notice, Progress, Task, TaskUnit, Transition
from notices.records import LedgerValue, PlanRow, Tell, untold
from notices.sql import bulk
from notices.terms import CLOSED_STATES, WAITING_STATES, Outcome, State, UnitRole

_TOLD = 1000  # rows between two words about how far it is
_ORDINAL = re.compile(
    r"^(?:第?[一二三四五六七八九十]+(?:方面|[、.]|是)|[(（][一二三四五六七八九十]+[)）])[、,，.]*"
)


@dataclass(frozen=True)
class Work:
    """What every part of an import needs."""

    notice: Notice
    by: User | None
    at: dt.datetime
    today: dt.date
    why: str
    reason: str = ""  # of changes of the approved plan

    def on_behalf(self, unit: int | None) -> bool:
        """代填: filed by somebody who does not work for the unit."""
        return self.by is None or unit is None or not has(self.by, Can.WORK, unit)


@dataclass
class Shape:
    """The columns of a table and their defaults, so that a row is a list filled by name."""

    names: list[str]
    defaults: list[Any]
    at: dict[str, int]

    @classmethod
    def of(cls, model: type[models.Model]) -> "Shape":
        fields = [f for f in model._meta.concrete_fields if not f.generated]
        names = [f.attname for f in fields]
        return cls(names, [f.get_default() for f in fields], {n: i for i, n in enumerate(names)})

    def row(self, **values: Any) -> list[Any]:
        return self.filled(self.defaults, values)

    def filled(self, row: list[Any], values: Mapping[str, Any]) -> list[Any]:
        """A copy of this row with these values."""
        row, at = row.copy(), self.at
        for name, value in values.items():
            row[at[name]] = value
        return row


@dataclass
class Added:
    """What was added: (pk, number) of issues and tasks, and the events to record."""

    issues: list[tuple[int, str]] = field(default_factory=list)
    tasks: list[tuple[int, str]] = field(default_factory=list)
    acts: list[audit.Act] = field(default_factory=list)
    issue_of_row: dict[int, int] = field(default_factory=dict)


# --- issues --------------------------------------------------------------------------------------------------


def add_issues(rows: Sequence[PlanRow], names: Names, work: Work, added: Added) -> None:
    """Insert the plan's new issues; `added.issue_of_row` maps their place in the plan to their pk."""
    new = [(i, row) for i, row in enumerate(rows) if row.kind == "add" and row.of == "issue"]
    if not new:
        return
    aspects = _aspects((row.values.get("aspect", "") for _, row in new), work.notice)
    position = _last_position(work.notice)
    shape = Shape.of(Issue)
    ids = bulk.reserve_ids(Issue, len(new))
    ready = []
    for pk, (place, row) in zip(ids, new, strict=True):
        position += 1
        aspect = aspects.get(_title(row.values.get("aspect", "")))
        number = f"W{aspect[1] if aspect else 0:02d}-{position:03d}"
        columns = issue_columns(row.values, names)
        ready.append(
            shape.row(
                id=pk,
                notice_id=work.notice.pk,
                aspect_id=aspect[0] if aspect else None,
                number=number,
                path=[aspect[1] if aspect else 0, position],
                position=position,
                **{**columns, "extra": row.extra},
            )
        )
        added.issues.append((pk, number))
        added.issue_of_row[place] = pk
        added.acts.append(
            audit.Act("issue.add", "issue", pk, work.notice.pk, data={"title": columns["title"]})
        )
    bulk.insert(Issue, shape.names, ready)


def _last_position(notice: Notice) -> int:
    """Behind the last issue; numbers W03-012 count over the whole notice, so the number is free as well."""
    last = notice.issues.aggregate(last=Max("position"))["last"] or 0
    numbers = [
        int(n.rsplit("-", 1)[1])
        for n in notice.issues.values_list("number", flat=True)
        if n.rsplit("-", 1)[-1].isdigit()
    ]
    return max([last, *numbers])


def _title(text: object) -> str:
    """An aspect's words without its ordinal: 一、…, (一)…, 第一方面…"""
    return _ORDINAL.sub("", fold(str(text)))


def _aspects(titles: Iterable[LedgerValue], notice: Notice) -> dict[str, tuple[int, int]]:
    """Words of an aspect → (pk, number); missing aspects are made in the order of the file."""
    known = {_title(a.title): (a.pk, a.number) for a in notice.aspects.order_by("number")}
    number = max((n for _, n in known.values()), default=0)
    for text in dict.fromkeys(str(t) for t in titles if t):
        if _title(text) not in known:
            number += 1
            aspect = Aspect(notice=notice, number=number, title=text[:500])
            aspect.save(force_insert=True)
            known[_title(text)] = (aspect.pk, number)
    return known


def find_aspect(title: LedgerValue, notice: Notice) -> int:
    """The aspect with these words, made when there is none."""
    return _aspects([title], notice)[_title(title)][0]


# --- tasks ---------------------------------------------------------------------------------------------------


@dataclass
class Batch:
    """Rows of the tables that new tasks touch."""

    tasks: list[list[Any]] = field(default_factory=list)
    units: list[list[Any]] = field(default_factory=list)
    progress: list[list[Any]] = field(default_factory=list)
    transitions: list[list[Any]] = field(default_factory=list)


def add_tasks(
    rows: Sequence[PlanRow], names: Names, work: Work, added: Added, *, tell: Tell = untold
) -> None:
    """Insert the plan's new tasks with units, first progress, transition, scope and counters."""
    new = [row for row in rows if row.kind == "add" and row.of == "task"]
    if not new:
        return
    homes = _Homes(new, work.notice, added)
    maker = _Maker(names, work)
    for n, (pk, row) in enumerate(zip(bulk.reserve_ids(Task, len(new)), new, strict=True)):
        if n % _TOLD == 0:
            tell("整理任务", n, len(new))
        issue = _issue_pk(row, added)
        number, position = homes.next(issue)
        maker.task(pk, row, issue, number, position)
        added.tasks.append((pk, number))
        added.acts.append(
            audit.Act(
                "task.add", "task", pk, work.notice.pk, data={"number": number, "text": row.values["measure"]}
            )
        )
    tell("写入任务", 0, len(new))
    maker.write(lambda done: tell("写入任务", done * len(new) // 5, len(new)))


def _issue_pk(row: PlanRow, added: Added) -> int:
    assert row.issue is not None
    return row.issue if row.issue > 0 else added.issue_of_row[-row.issue - 1]


class _Homes:
    """The next number and position under each issue."""

    def __init__(self, rows: Iterable[PlanRow], notice: Notice, added: Added) -> None:
        numbers = dict(added.issues)
        wanted = {pk for row in rows if (pk := _issue_pk(row, added)) not in numbers}
        self.numbers = numbers | dict(
            Issue.objects.filter(notice=notice, pk__in=wanted).values_list("pk", "number")
        )
        self.last: dict[int, tuple[int, int]] = {}
        taken = Task.objects.filter(issue__in=wanted, parent=None).values_list(
            "issue_id", "number", "position"
        )
        for issue, number, position in taken:
            tail = number.rsplit("-", 1)[-1]
            serial, place = self.last.get(issue, (0, 0))
            self.last[issue] = (max(serial, int(tail) if tail.isdigit() else 0), max(place, position))

    def next(self, issue: int) -> tuple[str, int]:
        serial, place = self.last.get(issue, (0, 0))
        self.last[issue] = (serial + 1, place + 1)
        return f"{self.numbers[issue]}-{serial + 1:02d}", place + 1


class _Maker:
    """Turns plan rows into rows of the database. What is the same in all rows of a table is filled in once."""

    def __init__(self, names: Names, work: Work) -> None:
        self.names, self.work, self.batch = names, work, Batch()
        self.task_shape, self.progress_shape = Shape.of(Task), Shape.of(Progress)
        self.transition_shape = Shape.of(Transition)
        who = {
            "by_id": work.by.pk if work.by else None,
            "by_name": work.by.name if work.by else audit.SYSTEM_NAME,
            "at": work.at,
        }
        self.blank_task = self.task_shape.row(notice_id=work.notice.pk)
        self.blank_progress = self.progress_shape.row(on_behalf=True, **who)
        self.blank_transition = self.transition_shape.row(
            source=State.DRAFT.value, reason=work.why, unit_name=audit.unit_name_of(work.by), **who
        )
        self.parts: dict[tuple[LedgerValue, ...], tuple[Unit | None, list[list[Any]]]] = {}

    def task(self, pk: int, row: PlanRow, issue: int, number: str, position: int) -> None:
        values = row.values
        lead, parts = self.units_of(values)
        lead_id = lead.pk if lead else None
        columns = task_columns(values, self.names)
        state = self.first_state(row, lead is not None and lead.is_active)
        columns |= _state_columns(state, columns, self.work.today)
        if any(values[k] for k in PROGRESS_KEYS & values.keys()):
            columns["latest_at"] = self.work.at
            self.first_progress(pk, values, lead_id)
        columns |= {"id": pk, "issue_id": issue, "number": number, "position": position}
        columns |= {"lead_unit_id": lead_id, "extra": row.extra}
        self.batch.tasks.append(self.task_shape.filled(self.blank_task, columns))
        self.batch.units += [[pk, *part] for part in parts]
        if state != State.DRAFT:
            self.transition(pk, state, row)

    def units_of(self, values: dict[str, LedgerValue]) -> tuple[Unit | None, list[list[Any]]]:
        """The lead unit, if it is known, and the rows of all units but for their task."""
        key = (values.get("lead_unit", ""), values.get("responsible", ""), values.get("supporting", ""))
        found = self.parts.get(key)
        if found is None:
            parts = unit_parts(values, self.names)
            lead = next((p.unit for p in parts if p.role == UnitRole.LEAD and p.unit), None)
            rows = [
                [p.unit.pk if p.unit else None, p.text, p.role.value, place, p.note]
                for place, p in enumerate(parts)
            ]
            found = self.parts[key] = lead, rows
        return found

    def first_state(self, row: PlanRow, known_lead: bool) -> State:
        if row.step.startswith("take_over:"):
            wanted = State(row.step.partition(":")[2])
            return wanted if known_lead or wanted in (*CLOSED_STATES, State.CANCELLED) else State.DRAFT
        return State.PENDING if known_lead else State.DRAFT

    def first_progress(self, pk: int, values: dict[str, LedgerValue], unit: int | None) -> None:
        words = {
            "text": values.get("progress", ""),
            "next_step": values.get("next_step", ""),
            "blocked": values.get("blocked", ""),
        }
        told = {"task_id": pk, "unit_id": unit, **words}
        self.batch.progress.append(self.progress_shape.filled(self.blank_progress, told))

    def transition(self, pk: int, state: State, row: PlanRow) -> None:
        step = workflow.TAKE_OVER if row.step.startswith("take_over:") else "assign"
        told = {"task_id": pk, "step": step, "target": state.value}
        self.batch.transitions.append(self.transition_shape.filled(self.blank_transition, told))

    def write(self, after: Callable[[int], None]) -> None:
        """`after` hears how many of the five steps are done."""
        batch = self.batch
        bulk.insert(Task, self.task_shape.names, batch.tasks)
        after(1)
        bulk.insert(TaskUnit, ("task_id", "unit_id", "unit_text", "role", "position", "note"), batch.units)
        after(2)
        bulk.insert(Progress, self.progress_shape.names[1:], [row[1:] for row in batch.progress])
        after(3)
        bulk.insert(Transition, self.transition_shape.names[1:], [row[1:] for row in batch.transitions])
        after(4)
        rollup.add_new([row[0] for row in batch.tasks])
        after(5)


def _state_columns(state: State, columns: dict[str, Any], today: dt.date) -> dict[str, Any]:
    """What goes with the first state of a task: the days of finish and closing, the claim."""
    finished = columns.get("finished_on")
    closed = state in CLOSED_STATES
    waiting = state in WAITING_STATES
    return {
        "state": state.value,
        "closed_on": (finished or today) if closed else None,
        "finished_on": finished if closed or waiting else None,
        "claim": Outcome.COMPLETED.value if waiting else "",
        "keep_up": bool(columns.get("keep_up")) or state == State.SUSTAINED,
    }
