"""The office's edit of a task as one act: its words and its units change together or not at all."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import User
from notices.domain import planning
from notices.domain.planning import Clash, Conflict, Part
from notices.models import Task
from notices.terms import UnitRole

ROLES = {
    UnitRole.LEAD: "牵头单位",
    UnitRole.RESPONSIBLE: "责任单位",
    UnitRole.SUPPORTING: "配合单位",
}


@dataclass(frozen=True)
class Edit:
    """`units` and `base_units` give for each role the unit names, joined by 、 as the form shows them;
    None when the person may not change units."""

    values: Mapping[str, Any]
    base: Mapping[str, Any]
    parts: list[Part] | None = None
    base_units: Mapping[str, str] | None = None


def unit_names(task: Task) -> dict[str, str]:
    """Role → names as the form shows them."""
    rows = sorted(task.task_units.all(), key=lambda u: (u.position, u.pk))
    return {role: "、".join(r.unit_text for r in rows if r.role == role) for role in ROLES}


@transaction.atomic
def edit(task: Task, asked: Edit, *, by: User, at: dt.datetime) -> bool:
    """Whether anything changed. Raises Conflict with every clash, Refused, Stale.

    1. lock; 2. clashes of units, together with those of fields; 3. fields; 4. units.
    """
    row = Task.objects.select_for_update(of=("self",)).select_related("notice").get(pk=task.pk)
    clashes = _unit_clashes(row, asked)
    try:
        changed = bool(planning.edit_task(row, asked.values, base=asked.base, by=by, at=at))
    except Conflict as conflict:
        raise Conflict([*conflict.clashes, *clashes]) from conflict
    if clashes:
        raise Conflict(clashes)
    if asked.parts is not None:
        changed = planning.set_units(row, asked.parts, by=by, at=at) or changed
    return changed


def _unit_clashes(task: Task, asked: Edit) -> list[Clash]:
    if asked.parts is None or asked.base_units is None:
        return []
    now = unit_names(task)
    found = []
    for role, label in ROLES.items():
        wanted = "、".join(p.text for p in asked.parts if p.role == role)
        base = asked.base_units.get(role, now[role])
        if base != now[role] != wanted:
            found.append(Clash(str(role.value), label, base, now[role], wanted))
    return found
