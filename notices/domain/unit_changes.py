"""Units that are renamed, moved, merged or split, with the tasks that follow and the history that stays.

What is in hand (open tasks) goes to the successor, what is closed stays under the old unit's name. A merged unit becomes an
unused unit below the one it was merged into, so that the successor's people read its history by the tree alone.
Roles are not carried over silently: they are proposed for the successor and granted as any other (decision 0032).
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F, QuerySet

from accounts import audit, posts
from accounts.access import Lines, acting_for, forget, has, subtree
from accounts.models import Membership, Unit, User
from accounts.people import Unfit, change_unit, create_unit, move_unit
from accounts.roles import ADMINISTRATIVE, Can, Role
from notices.domain import baseline, rollup
from notices.domain.baseline import Shift
from notices.models import Issue, Notice, PlanChange, Task, TaskScope, TaskUnit
from notices.terms import OPEN_STATES, Stage, UnitRole


@dataclass(frozen=True)
class Effects:
    """What hangs on a unit and would follow a change of it. `gains`, `loses`: units above that would begin or cease to
    read its tasks."""

    below: int
    people: int
    led: int
    parts: int
    closed: int
    scope: int
    notices: int
    gains: list[str] = field(default_factory=list)
    loses: list[str] = field(default_factory=list)


def effects(unit: Unit, parent: Unit | None = None) -> Effects:
    """Read only. `parent`: the unit above it after the change; None leaves the tree alone."""
    mine = TaskUnit.objects.filter(unit=unit).exclude(role=UnitRole.FORMER)
    lines = Lines()
    before = set(lines.of(unit.pk)[1:])
    after = set(lines.of(parent.pk)) if parent else before
    names = dict(Unit.objects.filter(pk__in=before ^ after).values_list("pk", "name"))
    return Effects(
        below=len(subtree([unit.pk])) - 1,
        people=Membership.objects.filter(unit=unit).values("user").distinct().count(),
        led=Task.objects.filter(lead_unit=unit, state__in=OPEN_STATES).count(),
        parts=mine.filter(task__state__in=OPEN_STATES).exclude(role=UnitRole.LEAD).count(),
        closed=Task.objects.filter(lead_unit=unit).exclude(state__in=OPEN_STATES).count(),
        scope=TaskScope.objects.filter(unit=unit).count(),
        notices=Notice.objects.filter(unit=unit).exclude(stage=Stage.ARCHIVED).count(),
        gains=[names[pk] for pk in sorted(after - before)],
        loses=[names[pk] for pk in sorted(before - after)],
    )


def in_hand(unit: Unit) -> QuerySet[TaskUnit]:
    """The unit's parts in open tasks of notices that may still change."""
    rows = TaskUnit.objects.filter(unit=unit, task__state__in=OPEN_STATES)
    rows = rows.exclude(role=UnitRole.FORMER).exclude(task__notice__stage=Stage.ARCHIVED)
    return rows.select_related("task__notice__unit").order_by("task__notice_id", "task__number", "pk")


def _check(by: User, *units: Unit) -> None:
    for unit in units:
        if not has(by, Can.ACCOUNTS, unit) or acting_for(by) is not None:
            raise Unfit(f"“{unit.name}”只能由管理它的系统管理员调整。")


def _fresh(unit: Unit, version: int | None) -> Unit:
    row = Unit.objects.select_for_update().get(pk=unit.pk)
    if version is not None and row.version != version:
        raise Unfit(f"“{row.name}”刚刚被他人修改，请刷新页面核对后重新办理。")
    return row


# ── Rename ───────────────────────────────────────────────────────────────────
@transaction.atomic
def edit(unit: Unit, values: dict[str, object], *, version: int, by: User, at: dt.datetime) -> list[str]:
    """Change name, short name, aliases, position or use. After a renaming open tasks carry the new name; the old one stays
    an alias, and whatever was done under it shows it."""
    _check(by, unit)
    row = _fresh(unit, version)
    old = row.name
    changed = change_unit(row, values, by=by, at=at, version=version)
    if "name" in changed:
        reason = f"单位更名：{old}改为{row.name}"
        led = Task.objects.filter(lead_unit=row, parent=None, state__in=OPEN_STATES)
        tasks = list(led.exclude(notice__stage=Stage.ARCHIVED))
        _keep_reasons(tasks, old, row.name, reason, by=by, at=at)
        parts = in_hand(row).filter(unit_text=old).values("pk")
        TaskUnit.objects.filter(pk__in=list(parts.values_list("pk", flat=True))).update(unit_text=row.name)
    return changed


def _keep_reasons(
    tasks: Iterable[Task], old: str, new: str, reason: str, *, by: User, at: dt.datetime
) -> None:
    """Where a plan was approved, its changed lead units have their reason."""
    by_notice: dict[int, list[Shift]] = {}
    for task in tasks:
        shift = Shift(task.issue_id, task.pk, "lead", old, new)
        by_notice.setdefault(task.notice_id, []).append(shift)
    for notice, shifts in by_notice.items():
        baseline.keep_reasons(notice, shifts, reason, PlanChange.Source.EDIT, by=by, at=at)


# ── Move ─────────────────────────────────────────────────────────────────────
@transaction.atomic
def move(unit: Unit, parent: Unit, *, version: int, by: User, at: dt.datetime) -> bool:
    """Put the unit with everything below it under another. Returns whether it moved."""
    row, parent = _fresh(unit, version), _fresh(parent, None)
    _check(by, row, parent)
    if not parent.is_active:
        raise Unfit(f"“{parent.name}”已停用，请另选上级单位。")
    if row.parent_id is None:
        raise Unfit(f"“{row.name}”是最上级单位，不能移到其他单位之下。")
    with rollup.kept_in_tree([row.pk]):
        moved = move_unit(row, parent, by=by, at=at)
    forget(by)
    return moved


# ── Merge and split ──────────────────────────────────────────────────────────
@transaction.atomic
def merge(
    unit: Unit, into: Unit, *, version: int, by: User, at: dt.datetime, strict: bool
) -> tuple[int, int]:
    """1. open tasks to the successor; 2. its names become aliases there; 3. units below it and the unit itself under the
    successor, out of use; 4. its people are proposed with the same roles. Returns tasks handed over, roles proposed."""
    row, into = _fresh(unit, version), _fresh(into, None)
    _check(by, row, into)
    if into.pk in subtree([row.pk]):
        raise Unfit(f"“{into.name}”是“{row.name}”自身或其下级，不能并入。")
    if row.parent_id is None:
        raise Unfit(f"“{row.name}”是最上级单位，不能并入其他单位。")
    if not (row.is_active and into.is_active):
        raise Unfit("停用的单位不能合并，请另选单位。")
    reason = f"单位合并：{row.name}并入{into.name}"
    tasks = set(in_hand(row).values_list("task_id", flat=True))
    with rollup.kept_in_tree([row.pk], tasks):
        _hand(tasks, row, into, reason, by=by, at=at)
        Issue.objects.filter(lead_unit=row).exclude(notice__stage=Stage.ARCHIVED).update(
            lead_unit=into, version=F("version") + 1
        )
        for child in Unit.objects.filter(parent=row):
            move_unit(child, into, by=by, at=at)
        move_unit(row, into, by=by, at=at)
    forget(by)
    aliases = list(dict.fromkeys([*into.aliases, *row.names()]))
    change_unit(into, {"aliases": [a for a in aliases if a != into.name]}, by=by, at=at)
    change_unit(row, {"is_active": False}, by=by, at=at)
    Unit.objects.filter(pk=row.pk).update(merged_into=into)
    proposed = _propose(row, into, None, by=by, at=at, strict=strict)
    data = {"name": row.name, "into": into.name, "tasks": len(tasks), "roles": proposed}
    audit.record(audit.Act("unit.merge", "unit", row.pk, data=data), by=by, at=at)
    return len(tasks), proposed


@dataclass(frozen=True)
class NewUnit:
    name: str
    short_name: str = ""


@transaction.atomic
def split(
    unit: Unit,
    new: NewUnit,
    *,
    tasks: Iterable[int],
    people: Iterable[int],
    version: int,
    by: User,
    at: dt.datetime,
    strict: bool,
) -> tuple[Unit, int, int]:
    """A new unit beside it takes over the chosen open tasks, and the chosen people are proposed there with the roles they
    hold. The old unit goes on, and goes on reading what it led. Returns the new unit, tasks, roles."""
    row = _fresh(unit, version)
    _check(by, row)
    if row.parent is None:
        raise Unfit(f"“{row.name}”是最上级单位，不能分设；请在它下面新增单位。")
    _check(by, row.parent)
    made = create_unit(
        new.name, parent=row.parent, short_name=new.short_name, position=row.position, by=by, at=at
    )
    forget(by)
    wanted, mine = set(tasks), set(in_hand(row).values_list("task_id", flat=True))
    if wanted - mine:
        raise Unfit(f"所选任务中有 {len(wanted - mine)} 项已不在“{row.name}”名下，请刷新后重选。")
    with rollup.kept_in_tree([row.pk], wanted):
        _hand(wanted, row, made, f"单位分设：{row.name}分出{made.name}", by=by, at=at)
    proposed = _propose(row, made, set(people), by=by, at=at, strict=strict)
    Unit.objects.filter(pk=row.pk).update(version=F("version") + 1)
    data = {"name": row.name, "new": made.name, "tasks": len(wanted), "roles": proposed}
    audit.record(audit.Act("unit.split", "unit", row.pk, data=data), by=by, at=at)
    return made, len(wanted), proposed


def _hand(ids: set[int], old: Unit, new: Unit, reason: str, *, by: User, at: dt.datetime) -> None:
    """The part of one unit in these tasks goes to another; who led goes on reading (原牵头). Set-wise."""
    tasks = list(Task.objects.filter(pk__in=ids).order_by("pk"))
    led = [task for task in tasks if task.lead_unit_id == old.pk]
    _keep_reasons([t for t in led if t.parent_id is None], old.name, new.name, reason, by=by, at=at)
    rows = TaskUnit.objects.filter(task__in=ids)
    led_ids = [task.pk for task in led]
    rows.filter(task__in=led_ids, unit=old, role=UnitRole.FORMER).delete()
    rows.filter(task__in=led_ids, unit=new).delete()
    rows.filter(task__in=led_ids, unit=old, role=UnitRole.LEAD).update(role=UnitRole.FORMER)
    TaskUnit.objects.bulk_create(
        [TaskUnit(task=t, unit=new, unit_text=new.name, role=UnitRole.LEAD) for t in led]
    )
    present = rows.filter(unit=new).exclude(role=UnitRole.FORMER).values_list("task_id", flat=True)
    helping = rows.filter(unit=old).exclude(role=UnitRole.FORMER)
    helping.filter(task__in=list(present)).delete()
    helping.update(unit=new, unit_text=new.name)
    Task.objects.filter(pk__in=led_ids).update(lead_unit=new, version=F("version") + 1)
    Task.objects.filter(pk__in=ids - set(led_ids)).update(version=F("version") + 1)
    data = {"units": [[old.name], [new.name]], "reason": reason}
    acts = [audit.Act("task.units", "task", task.pk, task.notice_id, data=data) for task in tasks]
    audit.record_many(acts, by=by, at=at)


def _propose(
    old: Unit, new: Unit, people: set[int] | None, *, by: User, at: dt.datetime, strict: bool
) -> int:
    """The business roles of the old unit's people, for the new one; None: of everybody. Nobody proposes for oneself."""
    held = Membership.objects.filter(unit=old, user__is_active=True).exclude(role__in=ADMINISTRATIVE)
    held = held.exclude(user=by).select_related("user").order_by("pk")
    rows = [row for row in held if people is None or row.user_id in people]
    return sum(
        posts.propose_all(row.user, [(new, Role(row.role))], by=by, at=at, strict=strict) for row in rows
    )
