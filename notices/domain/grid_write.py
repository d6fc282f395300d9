"""What the sheet of the plan writes: a block, a measure added, split or removed; and its undo, step by step.

Each act is one transaction and one PlanStep, which the same person can take back while nobody changed the same since.
Blocks are written set-wise.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from accounts import audit
from accounts.access import has
from accounts.models import User
from accounts.roles import Can
from notices.domain import baseline, grid, planning, rollup
from notices.domain.baseline import Shift
from notices.domain.editing import present_parts
from notices.domain.grid import LABELS, Pasted, RowEdit
from notices.domain.requirements import refuse_late_parts
from notices.errors import Refused, Stale
from notices.ledger.block import Block
from notices.models import Issue, Notice, PlanChange, PlanStep, Task, TaskUnit
from notices.sql import bulk
from notices.terms import Stage, State, UnitRole

LEVELS = 30  # steps a person can take back
_COLUMN_LABELS = {
    "text": "text",
    "kind": "kind",
    "leader_text": "leader",
    "contact_text": "contact",
    "contact_phone": "phone",
    "deadline": "deadline",
    "deadline_text": "deadline",
    "keep_up": "deadline",
    "review_days": "review_days",
    "lead_unit_id": "lead",
}
# What both halves of a split measure have.
_SHARED = (
    "kind",
    "leader",
    "leader_text",
    "contact",
    "contact_text",
    "contact_phone",
    "deadline",
    "deadline_text",
    "keep_up",
    "review_days",
)
Unit = list[Any]  # unit id, text, role, note


@dataclass(frozen=True)
class Acting:
    """Who changes the plan, when, and why (needed once the plan is approved)."""

    by: User
    at: dt.datetime
    reason: str = ""


@dataclass
class _Change:
    """One row before and after: columns by attribute name, units when they change."""

    task: Task
    columns: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    units: tuple[list[Unit], list[Unit]] | None = None

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"columns": {k: [_plain(a), _plain(b)] for k, (a, b) in self.columns.items()}}
        return found | ({"units": list(self.units)} if self.units else {})


def rows_of(notice: Notice) -> QuerySet[Task]:
    """The rows of the sheet: measures in order; parts belong to their units."""
    tasks = Task.objects.filter(notice=notice, parent=None).exclude(state=State.CANCELLED).in_order()
    return tasks.select_related("issue", "lead_unit", "notice").prefetch_related("task_units__unit")


@transaction.atomic
def paste(
    notice: Notice,
    rows: Sequence[int],
    column: str,
    block: Block,
    acting: Acting,
    *,
    seen: Block | None = None,
) -> Pasted:
    """Lay a block over the tasks with these ids. All of it is written, or with any refusal nothing."""
    locked = _lock(notice, acting.by)
    wanted = list(rows[: len(block)])
    known = {t.pk: t for t in rows_of(locked).filter(pk__in=wanted).select_for_update(of=("self",))}
    found = grid.read_paste(
        locked, [known[pk] for pk in wanted if pk in known], column, block, by=acting.by, seen=seen
    )
    if found.refusals or not found.edits:
        return found
    _write(locked, [_change_of(e) for e in found.edits], acting, PlanChange.Source.EDIT)
    label = f"填写 {found.cells} 格" if found.cells > 1 else f"修改 {found.edits[0].task.number}"
    edits = {str(e.task.pk): _change_of(e).as_json() for e in found.edits}
    _remember(locked, label, {"edits": edits}, acting)
    return found


def _change_of(edit: RowEdit) -> _Change:
    change = _Change(edit.task)
    for name, value in edit.columns.items():
        attname = f"{name}_id" if name in ("leader", "contact", "lead_unit") else name
        new = value.pk if hasattr(value, "pk") else value
        if getattr(edit.task, attname) != new:
            change.columns[attname] = (getattr(edit.task, attname), new)
    if edit.parts is not None:
        change.units = (_units(present_parts(edit.task)), _units(edit.parts))
    return change


def _units(parts: Iterable[planning.Part]) -> list[Unit]:
    return [[p.unit.pk if p.unit else None, p.text, str(p.role.value), p.note] for p in parts]


def _write(notice: Notice, changes: Sequence[_Change], acting: Acting, source: PlanChange.Source) -> None:
    """Set-wise: reasons, columns in groups of the same shape, units, counters, late parts, events."""
    ids = [c.task.pk for c in changes]
    before = {c.task.pk: baseline.task_values(c.task) for c in changes}
    shapes: dict[tuple[str, ...], list[_Change]] = {}
    for change in changes:
        shapes.setdefault(tuple(sorted(change.columns)), []).append(change)
    moved = {c.task.pk: c.units[1] for c in changes if c.units}
    with rollup.kept(ids, units_stay=not moved):
        for names, group in shapes.items():
            rows = [(*[c.columns[n][1] for n in names], c.task.pk, c.task.version) for c in group]
            if bulk.update(Task, names, rows) != len(rows):
                raise Stale("方案刚刚被他人修改，没有写入任何内容，请刷新后重试。")
        TaskUnit.objects.filter(task__in=moved).exclude(role=UnitRole.FORMER).delete()
        TaskUnit.objects.bulk_create(
            [
                TaskUnit(task_id=pk, unit_id=u, unit_text=text[:100], role=role, position=i, note=note)
                for pk, units in moved.items()
                for i, (u, text, role, note) in enumerate(units)
            ],
            batch_size=1000,
        )
    _keep_reasons(notice, ids, before, acting, source)
    refuse_late_parts([c.task.pk for c in changes if "deadline" in c.columns])
    acts = [audit.Act("task.edit", "task", c.task.pk, notice.pk, data=_told(c)) for c in changes]
    audit.record_many(acts, by=acting.by, at=acting.at)


def _told(change: _Change) -> dict[str, Any]:
    data: dict[str, Any] = {k: [_plain(a), _plain(b)] for k, (a, b) in change.columns.items()}
    if change.units:
        data["units"] = [[u[1] for u in units] for units in change.units]
    return data


def _keep_reasons(
    notice: Notice,
    ids: Sequence[int],
    before: dict[int, dict[str, str]],
    acting: Acting,
    source: PlanChange.Source,
) -> None:
    now = Task.objects.filter(pk__in=ids).select_related("lead_unit")
    shifts = [
        Shift(t.issue_id, t.pk, key, before[t.pk][key], value)
        for t in now
        for key, value in baseline.task_values(t).items()
    ]
    baseline.keep_reasons(notice.pk, shifts, acting.reason, source, by=acting.by, at=acting.at)


# ── Measures ─────────────────────────────────────────────────────────────────


@transaction.atomic
def add_measure(issue: Issue, text: str, acting: Acting) -> Task:
    notice = _lock(issue.notice, acting.by)
    issue = Issue.objects.select_related("notice", "lead_unit", "leader").get(pk=issue.pk, notice=notice)
    task = planning.add_task(issue, text=text, by=acting.by, at=acting.at, reason=acting.reason)
    _remember(notice, f"增加 {task.number}", {"added": [task.pk]}, acting)
    return task


@transaction.atomic
def split_measure(task: Task, first: str, second: str, acting: Acting) -> Task:
    """The measure keeps its first half; the second becomes a draft right behind it, with the same people and day."""
    notice = _lock(task.notice, acting.by)
    row = _measure(notice, task.pk)
    first, second = first.strip(), second.strip()
    if not first or not second:
        raise Refused("请在要拆开的地方输入“｜”，前后两段都要有内容。")
    if row.state not in (State.DRAFT, State.PENDING, State.ACTIVE):
        raise Refused(f"任务处于“{State(row.state).label}”，不能拆分。")
    change = _Change(row, {"text": (row.text, first)})
    _write(notice, [change], acting, PlanChange.Source.EDIT)
    Task.objects.filter(issue=row.issue_id, position__gt=row.position).update(position=F("position") + 1)
    made = planning.add_task(
        row.issue,
        text=second,
        by=acting.by,
        at=acting.at,
        parts=present_parts(row),
        reason=acting.reason,
        position=row.position + 1,
        **{name: getattr(row, name) for name in _SHARED},
    )
    data = {"edits": {str(row.pk): change.as_json()}, "added": [made.pk]}
    _remember(notice, f"拆分 {row.number}", data, acting)
    return made


@transaction.atomic
def remove_measure(task: Task, acting: Acting) -> None:
    """Take a draft away that nobody has worked on and no approved plan holds; anything else is cancelled by its step."""
    notice = _lock(task.notice, acting.by)
    row = _measure(notice, task.pk)
    why_not = removable(row)
    if why_not:
        raise Refused(why_not)
    removed = _removed(row)
    act = audit.Act("task.remove", "task", task.pk, notice.pk, data={"number": row.number, "text": row.text})
    audit.record(act, by=acting.by, at=acting.at)
    _remember(notice, f"移除 {row.number}", {"removed": [removed]}, acting)


def _measure(notice: Notice, pk: int) -> Task:
    row = rows_of(notice).select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None:
        raise Refused("已撤销的任务和子任务不能在这里拆分或移除，请在任务页办理。")
    return row


def removable(task: Task) -> str | None:
    """None when the measure can be taken away without a trace but the event; else the sentence."""
    if task.state != State.DRAFT:
        return f"任务 {task.number} 已交单位办理，不能移除；不再办理的请在任务页“撤销/并入”。"
    touched = (task.transitions, task.progress, task.evidence, task.comments, task.nudges, task.parts)
    if baseline.covers(task) or any(rows.exists() for rows in touched):
        return f"任务 {task.number} 已在批准的方案中或已有办理记录，不能移除；请在任务页“撤销/并入”。"
    return None


def _removed(row: Task) -> dict[str, Any]:
    """Delete the row; returns it as JSON, with its units."""
    fields = [f for f in Task._meta.concrete_fields if not f.generated]
    kept = {f.attname: _plain(getattr(row, f.attname)) for f in fields}
    units = _units(present_parts(row))
    with rollup.kept([row.pk]):
        Task.objects.filter(pk=row.pk).delete()
    return {"columns": kept, "units": units}


# ── Undo ─────────────────────────────────────────────────────────────────────


def last_steps(notice: Notice, by: User) -> list[PlanStep]:
    """What this person could take back, latest first."""
    steps = PlanStep.objects.filter(notice=notice, by=by, undone_at=None)
    return list(steps.order_by("-pk")[:LEVELS])


@transaction.atomic
def undo(notice: Notice, acting: Acting) -> str:
    """Take back the person's last step; returns what it was. Refused when somebody changed the same since."""
    locked = _lock(notice, acting.by)
    step = PlanStep.objects.filter(notice=locked, by=acting.by, undone_at=None).order_by("-pk").first()
    if step is None:
        raise Refused("没有可以撤销的修改。")
    why = Acting(acting.by, acting.at, acting.reason or f"撤销本人的修改：{step.label}")
    _undo_edits(locked, step.data.get("edits", {}), why)
    for pk in step.data.get("added", ()):
        _undo_added(locked, pk)
    for kept in step.data.get("removed", ()):
        _undo_removed(locked, kept)
    PlanStep.objects.filter(pk=step.pk).update(undone_at=acting.at)
    act = audit.Act("plan.undo", "notice", locked.pk, locked.pk, data={"step": step.label})
    audit.record(act, by=acting.by, at=acting.at)
    return step.label


def _undo_edits(notice: Notice, edits: dict[str, Any], acting: Acting) -> None:
    rows = {t.pk: t for t in rows_of(notice).filter(pk__in=edits).select_for_update(of=("self",))}
    changes = []
    for pk, entry in edits.items():
        task = rows.get(int(pk))
        if task is None:
            raise Refused("有任务已被撤销或移除，这一步不能再撤销。")
        change = _Change(task)
        for name, (old, new) in entry["columns"].items():
            if _plain(getattr(task, name)) != new:
                label = LABELS.get(_COLUMN_LABELS.get(name, ""), "内容")
                raise Refused(f"任务 {task.number} 的“{label}”以后又有改动，这一步不能撤销，请直接修改。")
            change.columns[name] = (getattr(task, name), _stored(name, old))
        if "units" in entry:
            old, new = entry["units"]
            if _units(present_parts(task)) != new:
                raise Refused(f"任务 {task.number} 的单位以后又有改动，这一步不能撤销，请直接修改。")
            change.units = (new, old)
        changes.append(change)
    if changes:
        _write(notice, changes, acting, PlanChange.Source.EDIT)


def _undo_added(notice: Notice, pk: int) -> None:
    task = rows_of(notice).select_for_update(of=("self",)).filter(pk=pk).first()
    if task is None:
        raise Refused("增加的措施已被移除或撤销，这一步不能再撤销。")
    if task.version:
        raise Refused(f"任务 {task.number} 增加以后又有改动，这一步不能撤销；不要它请用“移除”。")
    why_not = removable(task)
    if why_not:
        raise Refused(why_not)
    _removed(task)


def _undo_removed(notice: Notice, kept: dict[str, Any]) -> None:
    columns = {name: _stored(name, value) for name, value in kept["columns"].items()}
    if Task.objects.filter(notice=notice, number=columns["number"]).exists():
        issue = Issue.objects.get(pk=columns["issue_id"])
        columns["number"] = planning.next_number(issue, issue.tasks.values_list("number", flat=True))
    with rollup.kept() as made:
        task = Task(**columns)
        task.save(force_insert=True)
        TaskUnit.objects.bulk_create(
            [
                TaskUnit(task=task, unit_id=u, unit_text=text, role=role, position=i, note=note)
                for i, (u, text, role, note) in enumerate(kept["units"])
            ]
        )
        made.add(task.pk)


# ── Small parts ──────────────────────────────────────────────────────────────


def _lock(notice: Notice, by: User) -> Notice:
    row = Notice.objects.select_for_update(of=("self",)).select_related("unit").get(pk=notice.pk)
    if not has(by, Can.PLAN, row.unit_id):
        raise Refused("只有整改办可以修改整改方案。")
    if row.stage == Stage.ARCHIVED:
        raise Refused("该批次已归档，只能查看。")
    return row


def _remember(notice: Notice, label: str, data: dict[str, Any], acting: Acting) -> None:
    """One step for undo; an event for what only the step says."""
    step = PlanStep(notice=notice, label=label[:100], data=data, by=acting.by, at=acting.at)
    step.save(force_insert=True)
    act = audit.Act("plan.change", "notice", notice.pk, notice.pk, data={"step": label})
    audit.record(act, by=acting.by, at=acting.at)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


_DAYS: dict[str, Callable[[str], Any]] = {
    "deadline": dt.date.fromisoformat,
    "latest_at": dt.datetime.fromisoformat,
}


def _stored(name: str, value: Any) -> Any:
    return _DAYS[name](value) if name in _DAYS and value else value
