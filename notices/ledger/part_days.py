"""Days of parts and of the tasks they belong to, looked at while a plan is made. Pure.

A part is never due after its task (notices/domain/requirements.py holds it when rows are written).
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace

from notices.records import FieldChange, LedgerValue, PlanRow, StoredTask
from notices.terms import CLOSED_STATES, State

Moved = dict[int, tuple[int, FieldChange]]  # task → place of its row in the plan, the change of its day


def refuse_late(rows: list[PlanRow], tasks: Mapping[int, StoredTask]) -> list[PlanRow]:
    """Refuse the row that moves a day past the other, now and not all rows when they are confirmed. A day refused stays as
    it was, so the others are looked at again."""
    moved = _moved(rows, tasks)
    if not moved:
        return rows
    settled, pairs = list(rows), list(_pairs(tasks))
    while late := _first_late(moved, pairs):
        part, whole = late
        place, change = moved.pop(part.pk if part.pk in moved else whole.pk)
        row = rows[place]
        reason = (
            f"{row.sheet}!{change.cell} {change.column}：子任务 {part.number} 的完成时限会晚于上级任务 {whole.number} "
            "的完成时限，请一并调整。"
        )
        settled[place] = replace(row, kind="refused", fields=(), conflicts=(), step="", reason=reason)
    return settled


def _moved(rows: list[PlanRow], tasks: Mapping[int, StoredTask]) -> Moved:
    found: Moved = {}
    for place, row in enumerate(rows):
        day = next((c for c in row.fields if c.key == "deadline"), None)
        if day is not None and row.of == "task" and row.pk is not None and row.pk in tasks:
            found[row.pk] = place, day
    return found


def _pairs(tasks: Mapping[int, StoredTask]) -> Iterator[tuple[StoredTask, StoredTask]]:
    """(open part, the task it belongs to)."""
    for task in tasks.values():
        whole = tasks.get(task.parent) if task.parent is not None else None
        if whole is not None and task.state not in (*CLOSED_STATES, State.CANCELLED):
            yield task, whole


def _first_late(
    moved: Moved, pairs: list[tuple[StoredTask, StoredTask]]
) -> tuple[StoredTask, StoredTask] | None:
    for part, whole in pairs:
        if part.pk not in moved and whole.pk not in moved:
            continue
        last, limit = _due(part, moved), _due(whole, moved)
        if isinstance(last, dt.date) and isinstance(limit, dt.date) and last > limit:
            return part, whole
    return None


def _due(task: StoredTask, moved: Moved) -> LedgerValue:
    return moved[task.pk][1].new if task.pk in moved else task.values["deadline"]
