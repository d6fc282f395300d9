"""Who carries a task and by when: units, leader, contact, deadline, and the task's own words.

An edit names the version it was made against. Fields nobody else touched merge; the same field changed by
somebody else is refused with both values (`Conflict`), so nothing typed is lost.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import Unit, User
from notices.domain import baseline, contacts, permissions, rollup
from notices.domain import fields as locked_fields
from notices.domain.baseline import Shift
from notices.domain.requirements import refuse_late_parts, units_for
from notices.errors import Refused, Stale
from notices.models import Aspect, Issue, Notice, PlanChange, Task, TaskUnit
from notices.terms import Stage, State, UnitRole

# Fields the office may change on a task and an issue in the browser, in the grid and through the ledger.
TASK_FIELDS = (
    "heading",
    "text",
    "kind",
    "leader_text",
    "leader",
    "contact_text",
    "contact",
    "contact_phone",
    "deadline",
    "deadline_text",
    "keep_up",
    "review_days",
    "evidence_kinds",
    "remark",
)
ISSUE_FIELDS = (
    "aspect",
    "title",
    "detail",
    "source",
    "target",
    "leader_text",
    "leader",
    "lead_text",
    "lead_unit",
    "responsible_text",
    "deadline",
    "deadline_text",
)


@dataclass(frozen=True)
class Clash:
    """One field two people changed: what it was, what it is now, what was asked for."""

    field: str
    label: str
    base: Any
    theirs: Any
    yours: Any


class Conflict(Refused):
    code = "conflict"

    def __init__(self, clashes: list[Clash]) -> None:
        names = "、".join(c.label for c in clashes)
        super().__init__(f"{names} 刚刚被他人修改，请对照“原值、他人已改为、您填写的”三列后选择。")
        self.clashes = clashes


@dataclass(frozen=True)
class Part:
    """One unit's part in a task as somebody wrote it; `unit` None when the name matches no unit."""

    unit: Unit | None
    text: str
    role: UnitRole
    note: str = ""


def label_of(model: type[Task] | type[Issue], name: str) -> str:
    """The Chinese name of a field."""
    return str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def may_edit(user: User | None, task: Task, fields: Iterable[str]) -> str | None:
    """None when the person may change these fields now; else the sentence that refuses. See notices/locks.py."""
    return locked_fields.refusal(user, task, {f: label_of(Task, f) for f in fields})


@transaction.atomic
def edit_task(
    task: Task,
    values: Mapping[str, Any],
    *,
    base: Mapping[str, Any],
    by: User | None,
    at: dt.datetime,
    reason: str = "",
) -> list[str]:
    """Change fields of one task. `base` holds the values the person saw. Returns the names of changed fields.

    1. lock the row; 2. drop what equals the present value; 3. clash where present ≠ base; 4. keep the `reason` where
    the approved plan is changed (Missing without one); 5. write, count, record.
    """
    row = _locked(task)
    why_not = may_edit(by, row, values)
    if why_not:
        raise Refused(why_not)
    values = contacts.read(values, row)
    changes = {k: v for k, v in values.items() if getattr(row, k) != v}
    clashes = [
        Clash(k, label_of(Task, k), base[k], getattr(row, k), v)
        for k, v in changes.items()
        if k in base and base[k] != getattr(row, k)
    ]
    if clashes:
        raise Conflict(clashes)
    if not changes:
        return []
    before = {k: getattr(row, k) for k in changes}
    _keep_reasons(row, changes, reason, PlanChange.Source.EDIT, by=by, at=at)
    with rollup.kept([row.pk], units_stay=True):
        Task.objects.filter(pk=row.pk).update(version=row.version + 1, **changes)
    if "deadline" in changes:
        refuse_late_parts([row.pk])
    task.refresh_from_db()
    data = {k: [_plain(before[k]), _plain(v)] for k, v in changes.items()}
    audit.record(audit.Act("task.edit", "task", row.pk, row.notice_id, data=data), by=by, at=at)
    return list(changes)


def _locked(task: Task) -> Task:
    rows = Task.objects.select_for_update(of=("self",))
    return rows.select_related("notice", "issue", "lead_unit", "parent").get(pk=task.pk)


def _keep_reasons(
    row: Task,
    changes: Mapping[str, Any],
    reason: str,
    source: PlanChange.Source,
    *,
    by: User | None,
    at: dt.datetime,
) -> None:
    """The row as it is against what it will be, in the words of the plan; sets the new values on `row`."""
    before = baseline.task_values(row)
    for name, value in changes.items():
        setattr(row, name, value)
    now = baseline.task_values(row)
    shifts = [Shift(row.issue_id, row.pk, name, before[name], now[name]) for name in now]
    baseline.keep_reasons(row.notice_id, shifts, reason, source, by=by, at=at)


@transaction.atomic
def change_deadline(
    task: Task,
    day: dt.date | None,
    text: str,
    reason: str,
    *,
    by: User | None,
    at: dt.datetime,
    source: PlanChange.Source = PlanChange.Source.EXTENSION,
    **more: Any,
) -> None:
    """Set the deadline, in the words `text` ("" for none), for a reason: an approved extension, for instance.

    `more` are further columns of the row to set with it. The caller has checked that `by` may. Raises Refused, Missing
    without a reason where the plan is approved, Stale when the task was changed since it was read.
    """
    row = _locked(task)
    _refuse_archived(row.notice)
    if row.state == State.CANCELLED:
        raise Refused("任务已撤销，不能修改。")
    if row.version != task.version:
        raise Stale(f"任务 {row.number} 刚刚被他人修改，请刷新后重试。")
    changes: dict[str, Any] = {"deadline": day, "deadline_text": text, **more}
    data = {"deadline": [_plain(row.deadline), _plain(day)], "reason": reason.strip()}
    _keep_reasons(row, changes, reason, source, by=by, at=at)
    with rollup.kept([row.pk], units_stay=True):
        Task.objects.filter(pk=row.pk).update(version=row.version + 1, **changes)
    refuse_late_parts([row.pk])
    task.refresh_from_db()
    audit.record(audit.Act("task.deadline", "task", row.pk, row.notice_id, data=data), by=by, at=at)


@transaction.atomic
def edit_issue(
    issue: Issue,
    values: Mapping[str, Any],
    *,
    base: Mapping[str, Any],
    by: User | None,
    at: dt.datetime,
    reason: str = "",
) -> list[str]:
    """Change fields of one issue; the same manner as edit_task."""
    rows = Issue.objects.select_for_update(of=("self",))
    row = rows.select_related("notice", "lead_unit", "aspect").get(pk=issue.pk)
    why_not = locked_fields.issue_refusal(by, row, {f: label_of(Issue, f) for f in values})
    if why_not:
        raise Refused(why_not)
    changes = {k: v for k, v in values.items() if getattr(row, k) != v}
    clashes = [
        Clash(k, label_of(Issue, k), base[k], getattr(row, k), v)
        for k, v in changes.items()
        if k in base and base[k] != getattr(row, k)
    ]
    if clashes:
        raise Conflict(clashes)
    if not changes:
        return []
    data = {k: [_plain(getattr(row, k)), _plain(v)] for k, v in changes.items()}
    before = baseline.issue_values(row)
    for name, value in changes.items():
        setattr(row, name, value)
    now = baseline.issue_values(row)
    shifts = [Shift(row.pk, None, name, before[name], now[name]) for name in now]
    baseline.keep_reasons(row.notice_id, shifts, reason, PlanChange.Source.EDIT, by=by, at=at)
    Issue.objects.filter(pk=row.pk).update(version=row.version + 1, **changes)
    audit.record(audit.Act("issue.edit", "issue", row.pk, row.notice_id, data=data), by=by, at=at)
    return list(changes)


@transaction.atomic
def set_units(
    task: Task, parts: Iterable[Part], *, by: User | None, at: dt.datetime, reason: str = ""
) -> bool:
    """Replace the units of one task (former leads stay). A second lead becomes responsible, noted 并列牵头.

    The lead of a task that is already with a unit is changed by the step 改派, not here. Returns whether anything changed.
    """
    row = _locked(task)
    _refuse_archived(row.notice)
    if row.state == State.CANCELLED:
        raise Refused("任务已撤销，不能修改。")
    if by is not None and permissions.office(by, row) is not None:
        raise Refused("牵头单位、责任单位、配合单位只能由整改办修改。")
    wanted = one_lead(parts)
    lead = next((p.unit for p in wanted if p.role == UnitRole.LEAD), None)
    if (
        row.state not in (State.DRAFT, State.COMPLETED, State.SUSTAINED)
        and (lead.pk if lead else None) != row.lead_unit_id
    ):
        raise Refused(f"任务 {row.number} 已交单位办理，更换牵头单位请用“改派”。")
    present = list(row.task_units.exclude(role=UnitRole.FORMER).order_by("position", "pk"))
    _refuse_strangers(wanted, {p.unit_id for p in present}, units_for(by, row))
    if [(p.unit_id, p.unit_text, p.role, p.note) for p in present] == [
        (p.unit.pk if p.unit else None, p.text, p.role, p.note) for p in wanted
    ]:
        return False
    _keep_reasons(row, {"lead_unit": lead}, reason, PlanChange.Source.EDIT, by=by, at=at)
    with rollup.kept([row.pk]):
        row.task_units.exclude(role=UnitRole.FORMER).delete()
        TaskUnit.objects.bulk_create(unit_rows(row.pk, wanted))
        changed = Task.objects.filter(pk=row.pk, version=row.version).update(
            lead_unit=lead, version=row.version + 1
        )
    if not changed:
        raise Stale(f"任务 {row.number} 刚刚被他人修改，请刷新后重试。")
    task.refresh_from_db()
    data = {"units": [[p.unit_text for p in present], [p.text for p in wanted]]}
    audit.record(audit.Act("task.units", "task", row.pk, row.notice_id, data=data), by=by, at=at)
    return True


def _refuse_strangers(wanted: Iterable[Part], present: set[int | None], within: set[int] | None) -> None:
    """Units that have no part yet come from those the person may name; None stands for all."""
    for part in wanted:
        known = part.unit is None or part.unit.pk in present or within is None or part.unit.pk in within
        if not known:
            raise Refused("所选单位不在该批次的范围内，请另选单位。")


def one_lead(parts: Iterable[Part]) -> list[Part]:
    """At most one lead in force; no unit twice, its part as lead wins. Order kept, the lead first."""
    kept: list[Part] = []
    seen: set[object] = set()
    led = False
    for part in sorted(parts, key=_after_lead):
        key = part.unit.pk if part.unit else part.text
        if key in seen or not part.text:
            continue
        seen.add(key)
        if part.role == UnitRole.LEAD:
            if led:
                part = Part(part.unit, part.text, UnitRole.RESPONSIBLE, "并列牵头")
            led = True
        kept.append(part)
    return kept


def _after_lead(part: Part) -> bool:
    return part.role != UnitRole.LEAD


def unit_rows(task_id: int, parts: Iterable[Part]) -> list[TaskUnit]:
    """Unsaved rows in order."""
    return [
        TaskUnit(task_id=task_id, unit=p.unit, unit_text=p.text[:100], role=p.role, position=i, note=p.note)
        for i, p in enumerate(parts)
    ]


@transaction.atomic
def add_task(
    issue: Issue,
    *,
    text: str,
    by: User | None,
    at: dt.datetime,
    parts: Iterable[Part] = (),
    reason: str = "",
    **fields: Any,
) -> Task:
    """A new draft task at the end of the issue; leader and deadline come from the issue unless given.

    Once the plan is approved a new task needs a reason.
    """
    text = text.strip()
    _refuse_archived(issue.notice)
    if not text:
        raise Refused("请填写整改措施。")
    siblings = list(issue.tasks.values_list("position", "number"))
    defaults: dict[str, Any] = {
        "leader": issue.leader,
        "leader_text": issue.leader_text,
        "deadline": issue.deadline,
        "deadline_text": issue.deadline_text,
    }
    placed = {
        "position": max((p for p, _ in siblings), default=0) + 1,
        "number": next_number(issue, [n for _, n in siblings]),
    }
    wanted = one_lead(parts)
    if not wanted and issue.lead_unit is not None:
        wanted = [Part(issue.lead_unit, issue.lead_unit.name, UnitRole.LEAD)]
    with rollup.kept() as kept:
        task = Task(
            notice_id=issue.notice_id,
            issue=issue,
            text=text,
            lead_unit=next((p.unit for p in wanted if p.role == UnitRole.LEAD), None),
            **{**placed, **defaults, **fields},
        )
        task.save(force_insert=True)
        TaskUnit.objects.bulk_create(unit_rows(task.pk, wanted))
        kept.add(task.pk)
    if task.parent_id is None:
        shift = Shift(issue.pk, task.pk, baseline.ADDED, "", text)
        baseline.keep_reasons(issue.notice_id, [shift], reason, PlanChange.Source.EDIT, by=by, at=at)
    audit.record(audit.Act("task.add", "task", task.pk, issue.notice_id, data={"text": text}), by=by, at=at)
    return task


def next_number(issue: Issue, taken: Iterable[str]) -> str:
    """The next free number of a task under the issue, e.g. W03-012-02; a part's W03-012-02.1 counts for its parent."""
    tails = (n.rsplit("-", 1)[-1].split(".")[0] for n in taken)
    used = {int(t) for t in tails if t.isdecimal()}
    return f"{issue.number}-{max(used, default=0) + 1:02d}"


@transaction.atomic
def set_stage(notice: Notice, stage: Stage, *, by: User | None, at: dt.datetime) -> None:
    """Move a notice's campaign to another stage; archived is read-only and final here."""
    if notice.stage == Stage.ARCHIVED:
        raise Refused("该批次已归档，不能再改变阶段。")
    changed = Notice.objects.filter(pk=notice.pk, version=notice.version).update(
        stage=stage, version=notice.version + 1
    )
    if not changed:
        raise Stale("批次信息刚刚被他人修改，请刷新后重试。")
    act = audit.Act("notice.stage", "notice", notice.pk, notice.pk, data={"stage": [notice.stage, stage]})
    audit.record(act, by=by, at=at)
    notice.stage, notice.version = stage, notice.version + 1


def _refuse_archived(notice: Notice) -> None:
    if notice.stage == Stage.ARCHIVED:
        raise Refused("该批次已归档，只能查看。")


def _plain(value: Any) -> Any:
    """A JSON-able form of a field's value."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return value.pk if isinstance(value, User | Unit | Aspect) else value
