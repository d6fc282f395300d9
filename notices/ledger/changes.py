"""Changes of a plan to rows that are there: guarded by version, written set-wise, with what is needed to take them back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts import audit
from notices.domain import rollup, workflow
from notices.domain.requirements import Ask
from notices.errors import Stale
from notices.ledger.additions import Work, find_aspect
from notices.ledger.convert import PROGRESS_KEYS, Names, issue_columns, task_columns, unit_parts
from notices.ledger.load import load_units
from notices.ledger.settle import UNIT_KEYS, Acting, ask_for
from notices.models import Issue, Nudge, Progress, Task, TaskUnit
from notices.records import FieldChange, LedgerValue, PlanRow
from notices.sql import bulk
from notices.terms import State, UnitRole

# What a step may change beside the state itself; kept for undo.
STATE_COLUMNS = (
    "state",
    "claim",
    "closed_on",
    "finished_on",
    "keep_up",
    "review_days",
    "applicant_id",
    "approver_id",
)


@dataclass
class Change:
    """All changes of one issue or task, from whatever list they came."""

    of: str
    pk: int
    version: int
    number: str
    fields: list[FieldChange] = field(default_factory=list)
    step: str = ""
    row: PlanRow | None = None

    @property
    def values(self) -> dict[str, LedgerValue]:
        return {c.key: c.new for c in self.fields}


@dataclass
class Changed:
    """What was changed: events, and per row the old columns, units and state (for undo)."""

    acts: list[audit.Act] = field(default_factory=list)
    undo: list[dict[str, Any]] = field(default_factory=list)


def gather(rows: Iterable[PlanRow], choices: dict[str, str]) -> list[Change]:
    """One Change per stored row. Of conflicts, those chosen as "mine" (`choices`: "sheet!cell" → mine or theirs)."""
    found: dict[tuple[str, int], Change] = {}
    for row in rows:
        if row.kind not in ("change", "conflict") or row.pk is None:
            continue
        chosen = [c for c in row.conflicts if choices.get(f"{row.sheet}!{c.cell}") == "mine"]
        taken = [*row.fields, *chosen]
        if not taken:
            continue
        change = found.setdefault((row.of, row.pk), Change(row.of, row.pk, row.version or 0, row.number))
        known = {c.key for c in change.fields}
        change.fields += [c for c in taken if c.key not in known]
        if row.step and any(c.key == "state" for c in taken):
            change.step, change.row = row.step, row
    return list(found.values())


def check_versions(changes: Sequence[Change]) -> None:
    """Lock the rows in key order and refuse the whole import when one was changed since it was planned."""
    for model, of in ((Issue, "issue"), (Task, "task")):
        planned = {c.pk: c for c in changes if c.of == of}
        present = dict(
            model.objects.select_for_update()
            .filter(pk__in=planned)
            .order_by("pk")
            .values_list("pk", "version")
        )
        moved = sorted(c.number for pk, c in planned.items() if present.get(pk) != c.version)
        if moved:
            raise Stale(
                f"上传后有 {len(moved)} 行被他人修改({'、'.join(moved[:5])}{'等' if len(moved) > 5 else ''})，"
                "没有导入任何内容。"
            )


# --- issues --------------------------------------------------------------------------------------------------


def change_issues(changes: Sequence[Change], names: Names, work: Work) -> Changed:
    done = Changed()
    wanted = [c for c in changes if c.of == "issue"]
    extras = dict(Issue.objects.filter(pk__in=[c.pk for c in wanted]).values_list("pk", "extra"))
    columns = {c.pk: issue_columns(c.values, names, extra=extras.get(c.pk)) for c in wanted}
    for change in wanted:
        if change.values.get("aspect"):
            columns[change.pk]["aspect_id"] = find_aspect(change.values["aspect"], work.notice)
        elif "aspect" in change.values:
            columns[change.pk]["aspect_id"] = None
    _write(Issue, wanted, columns, done, work)
    return done


# --- tasks ---------------------------------------------------------------------------------------------------


def change_tasks(changes: Sequence[Change], names: Names, work: Work) -> Changed:
    """1. columns and units; 2. progress rows; 3. drafts assigned; 4. steps of the state table, after the counters moved."""
    done = Changed()
    wanted = [c for c in changes if c.of == "task"]
    now = {
        pk: (heading, extra, lead)
        for pk, heading, extra, lead in Task.objects.filter(pk__in=[c.pk for c in wanted]).values_list(
            "pk", "heading", "extra", "lead_unit_id"
        )
    }
    columns = {}
    for change in wanted:
        heading, extra, _ = now[change.pk]
        columns[change.pk] = task_columns(change.values, names, heading=heading, extra=extra)
        if change.values.keys() & PROGRESS_KEYS:
            columns[change.pk]["latest_at"] = work.at
    regrouped = [c for c in wanted if c.values.keys() & set(UNIT_KEYS)]
    units = _new_units(regrouped, names)
    for pk, rows in units.items():
        columns[pk]["lead_unit_id"] = next((u for u, _, role, _ in rows if role == UnitRole.LEAD and u), None)
    with rollup.kept(pk for pk, given in columns.items() if not rollup.MOVING.isdisjoint(given)):
        _write(Task, wanted, columns, done, work)
        _write_units(units, done)
        _append_progress([c for c in wanted if c.values.keys() & PROGRESS_KEYS], work)
    _assign([pk for pk in units if columns[pk]["lead_unit_id"]], work)
    _take_steps([c for c in wanted if c.step], done, work)
    return done


def _write(
    model: type[Issue] | type[Task],
    changes: Sequence[Change],
    columns: dict[int, dict[str, Any]],
    done: Changed,
    work: Work,
) -> None:
    """Rows that change the same columns go together; the old values are kept for undo."""
    shapes: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        shapes.setdefault(tuple(sorted(columns[change.pk])), []).append(change)
    for names, group in shapes.items():
        old = {
            row[0]: row[1:]
            for row in model.objects.filter(pk__in=[c.pk for c in group]).values_list("pk", *names)
        }
        rows = [(*[columns[c.pk][n] for n in names], c.pk, c.version) for c in group]
        if bulk.update(model, names, rows) != len(rows):
            raise Stale("导入时有行被他人修改，没有导入任何内容。")
        for change in group:
            kept = {n: _plain(v) for n, v in zip(names, old[change.pk], strict=True)}
            done.undo.append({"of": change.of, "pk": change.pk, "number": change.number, "columns": kept})
    for change in changes:
        data = {c.key: [_plain(c.old), _plain(c.new)] for c in change.fields}
        done.acts.append(audit.Act(f"{change.of}.import", change.of, change.pk, work.notice.pk, data=data))


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


UnitRow = tuple[int | None, str, str, str]  # unit, text, role, note


def _new_units(changes: Sequence[Change], names: Names) -> dict[int, list[UnitRow]]:
    """The whole list of units of each task whose units change: cells that do not change keep what they say."""
    present = load_units([c.pk for c in changes])
    wanted = {}
    for change in changes:
        cells = {key: change.values.get(key, present.get(change.pk, {}).get(key, "")) for key in UNIT_KEYS}
        wanted[change.pk] = [
            (p.unit.pk if p.unit else None, p.text, p.role.value, p.note) for p in unit_parts(cells, names)
        ]
    return wanted


def _write_units(units: dict[int, list[UnitRow]], done: Changed) -> None:
    before: dict[int, list[UnitRow]] = {pk: [] for pk in units}
    rows = TaskUnit.objects.filter(task__in=units).exclude(role=UnitRole.FORMER)
    listed = rows.order_by("position", "pk").values_list("task_id", "unit_id", "unit_text", "role", "note")
    for task, unit, text, role, note in listed:
        before[task].append((unit, text, role, note))
    rows.delete()
    insert_units(units)
    for entry in done.undo:
        if entry["of"] == "task" and entry["pk"] in before:
            entry["units"] = [list(row) for row in before[entry["pk"]]]


def insert_units(units: dict[int, list[UnitRow]]) -> None:
    fresh = [
        (pk, u, text, role, i, note)
        for pk, rows in units.items()
        for i, (u, text, role, note) in enumerate(rows)
    ]
    bulk.insert(TaskUnit, ("task_id", "unit_id", "unit_text", "role", "position", "note"), fresh)


def _append_progress(changes: Sequence[Change], work: Work) -> None:
    """A new report with the words the row has now; the old reports stay. Emptied rows have nothing to report."""
    ids = [c.pk for c in changes]
    rows = Task.objects.filter(pk__in=ids).values_list(
        "pk", "latest_text", "latest_next", "latest_blocked", "lead_unit_id"
    )
    by_name = work.by.name if work.by else audit.SYSTEM_NAME
    filed = [
        (
            pk,
            lead,
            text,
            following,
            blocked,
            work.by.pk if work.by else None,
            by_name,
            work.on_behalf(lead),
            work.at,
        )
        for pk, text, following, blocked, lead in rows
        if text or following or blocked
    ]
    names = ("task_id", "unit_id", "text", "next_step", "blocked", "by_id", "by_name", "on_behalf", "at")
    bulk.insert(Progress, names, filed)
    Nudge.objects.filter(task__in=ids, task__state=State.ACTIVE, answered_at=None).update(answered_at=work.at)


def _assign(ids: Sequence[int], work: Work) -> None:
    """A draft whose lead unit has become known leaves the drafts: step 分派."""
    drafts = (
        Task.objects.filter(pk__in=ids, state=State.DRAFT)
        .select_related("notice", "lead_unit")
        .order_by("pk")
    )
    workflow.wake(drafts, Ask(by=work.by, at=work.at, today=work.today, reason=work.why))


def _take_steps(changes: Sequence[Change], done: Changed, work: Work) -> None:
    """States taken over set-wise; 申请销号 one by one through the table of steps."""
    stepped = Task.objects.filter(pk__in=[c.pk for c in changes])
    before = {row[0]: row[1:] for row in stepped.values_list("pk", *STATE_COLUMNS)}
    for entry in done.undo:
        if entry["of"] == "task" and entry["pk"] in before:
            entry["state"] = {n: _plain(v) for n, v in zip(STATE_COLUMNS, before[entry["pk"]], strict=True)}
    taken = {c.pk: State(c.step.partition(":")[2]) for c in changes if c.step.startswith("take_over:")}
    if taken:
        days = Task.objects.filter(pk__in=taken).values_list("pk", "finished_on")
        finished = {pk: day for pk, day in days if day is not None}
        workflow.take_over(taken, by=work.by, at=work.at, today=work.today, why=work.why, finished=finished)
    acting = Acting(work.by, work.at, work.today)
    for change in changes:
        if change.step.startswith("submit:") and change.row is not None:
            _submit(change, change.row, acting)


def _submit(change: Change, row: PlanRow, acting: Acting) -> None:
    """申请销号 with what the row says; an actual day of finish given beside it is kept."""
    task = Task.objects.select_related("notice", "lead_unit", "applicant", "leader", "contact").get(
        pk=change.pk
    )
    finished = task.finished_on
    ask: Ask = ask_for(row, task, acting)
    workflow.perform(task, "submit", ask)
    if "finished_on" in change.values and finished and finished <= acting.today:
        with rollup.kept([task.pk]):
            Task.objects.filter(pk=task.pk).update(finished_on=finished)
