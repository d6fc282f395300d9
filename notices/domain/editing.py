"""The edit of a task as one act: its words and its units change together or not at all."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    """What a person changed, and what stood there when the form was shown.

    `values` and `parts` hold only what was touched; `base_units` gives for each role the names joined by 、.
    `reason` is needed where the approved plan is changed.
    """

    values: Mapping[str, Any]
    base: Mapping[str, Any]
    parts: Mapping[UnitRole, Sequence[Part]] = field(default_factory=dict)
    base_units: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


def unit_names(task: Task) -> dict[str, str]:
    """Role → names as the form shows them."""
    present = present_parts(task)
    return {role: "、".join(p.text for p in present if p.role == role) for role in ROLES}


def present_parts(task: Task) -> list[Part]:
    rows = sorted(task.task_units.all(), key=lambda u: (u.position, u.pk))
    return [Part(r.unit, r.unit_text, UnitRole(r.role), r.note) for r in rows if r.role in ROLES]


@transaction.atomic
def edit(task: Task, asked: Edit, *, by: User, at: dt.datetime) -> bool:
    """Whether anything changed. Raises Conflict with every clash, Refused, Stale.

    1. lock; 2. clashes of units, together with those of fields; 3. fields; 4. units: touched roles as asked,
    the others as they are now.
    """
    locked = Task.objects.select_for_update(of=("self",)).select_related("notice")
    row = locked.prefetch_related("task_units__unit").get(pk=task.pk)
    clashes = _unit_clashes(row, asked)
    try:
        changed = bool(
            planning.edit_task(row, asked.values, base=asked.base, by=by, at=at, reason=asked.reason)
        )
    except Conflict as conflict:
        raise Conflict([*conflict.clashes, *clashes]) from conflict
    if clashes:
        raise Conflict(clashes)
    if asked.parts:
        kept = [p for p in present_parts(row) if p.role not in asked.parts]
        wanted = [
            p for role in ROLES for p in (*asked.parts.get(role, ()), *(k for k in kept if k.role == role))
        ]
        changed = planning.set_units(row, wanted, by=by, at=at, reason=asked.reason) or changed
    return changed


def _unit_clashes(task: Task, asked: Edit) -> list[Clash]:
    """Roles that somebody else changed meanwhile, and to something else than asked."""
    now = unit_names(task)
    found = []
    for role, parts in asked.parts.items():
        base, wanted = asked.base_units.get(role, ""), "、".join(p.text for p in parts)
        if base != now[role] != wanted:
            found.append(Clash(str(role.value), ROLES[role], base, now[role], wanted))
    return found
