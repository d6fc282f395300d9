"""The approved plan: its frozen rows, and every change of it since with the reason.

A task of the baseline may be changed only with a reason (`keep_reasons`); what differs now is read by `deviations`.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db.models import DateField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts import audit
from accounts.models import User
from notices.errors import Missing
from notices.models import (
    BaselineRow,
    Issue,
    Notice,
    PlanBaseline,
    PlanChange,
    PlanReview,
    Task,
    TaskQuerySet,
)
from notices.terms import State, UnitRole

ADDED, CANCELLED = "added", "cancelled"
FIELDS = {
    "text": "整改措施",
    "lead": "牵头单位",
    "leader": "责任领导",
    "deadline": "完成时限",
    ADDED: "新增措施",
    CANCELLED: "撤销措施",
}
_LINKS = {UnitRole.RESPONSIBLE: "responsible", UnitRole.SUPPORTING: "supporting"}


@dataclass(frozen=True)
class Row:
    """An issue (`task` None) or task as the plan has it; `values` are texts as people read them."""

    issue: int
    task: int | None
    number: str
    values: dict[str, str]


@dataclass(frozen=True)
class Shift:
    """One field of a task, or of an issue (`task` None), about to change: `field` is a key of FIELDS."""

    issue: int
    task: int | None
    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Deviation:
    """What the approved plan said, what is so now, and the latest reason."""

    task: Task | None
    issue: Issue
    field: str
    planned: str
    now: str
    reason: str
    by_name: str
    at: dt.datetime

    @property
    def label(self) -> str:
        return FIELDS[self.field]

    @property
    def number(self) -> str:
        return self.task.number if self.task else self.issue.number


def words_of_measure(heading: str, text: str) -> str:
    return f"{heading}\n{text}" if heading and heading != text else text


def words_of_deadline(day: dt.date | None, words: str, keep_up: bool) -> str:
    return day.isoformat() if day else words or ("长期坚持" if keep_up else "")


def task_values(task: Task) -> dict[str, str]:
    """The guarded fields of a task as texts; reads the lead unit."""
    return {
        "text": words_of_measure(task.heading, task.text),
        "lead": task.lead_unit.name if task.lead_unit else "",
        "leader": task.leader_text,
        "deadline": words_of_deadline(task.deadline, task.deadline_text, task.keep_up),
    }


def issue_values(issue: Issue) -> dict[str, str]:
    return {
        "text": issue.title,
        "lead": issue.lead_text or (issue.lead_unit.name if issue.lead_unit else ""),
        "leader": issue.leader_text,
        "deadline": words_of_deadline(issue.deadline, issue.deadline_text, False),
    }


def plan_rows(notice: Notice) -> list[Row]:
    """The plan as it stands: issues in order, each before its tasks; parts and cancelled tasks are not of it."""
    found: dict[int, list[Row]] = {}
    for issue in Issue.objects.filter(notice=notice).in_order().select_related("lead_unit"):
        values = {**issue_values(issue), "target": issue.target}
        found[issue.pk] = [Row(issue.pk, None, issue.number, values)]
    tasks = Task.objects.filter(notice=notice, parent=None).exclude(state=State.CANCELLED).in_order()
    for task in tasks.select_related("lead_unit").prefetch_related("task_units"):
        units = {name: "、".join(u.unit_text for u in task.task_units.all() if u.role == role) for role, name in _LINKS.items()}  # fmt: skip
        more = {"kind": task.kind, "contact": task.contact_text, "review_days": str(task.review_days or "")}
        found[task.issue_id].append(
            Row(task.issue_id, task.pk, task.number, {**task_values(task), **units, **more})
        )
    return [row for rows in found.values() for row in rows]


def day_in(row: Row) -> dt.date | None:
    """The deadline of a task of the plan; None where it was said in words, and for an issue."""
    try:
        return dt.date.fromisoformat(row.values["deadline"]) if row.task is not None else None
    except ValueError:
        return None


def planned_days(tasks: TaskQuerySet) -> TaskQuerySet:
    """With `planned_on`: the day of the approved plan; of a task outside it, or without a day there, its own deadline."""
    rows = BaselineRow.objects.filter(task=OuterRef("pk")).values("deadline")[:1]
    return tasks.annotate(planned_on=Coalesce(Subquery(rows), "deadline", output_field=DateField()))


def digest(rows: Iterable[Row]) -> str:
    """SHA-256 over every row in order."""
    found = hashlib.sha256()
    for row in rows:
        line = [row.number, row.task is not None, row.values]
        found.update(json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n")
    return found.hexdigest()


def freeze(notice: Notice, review: PlanReview, rows: Sequence[Row], *, at: dt.datetime) -> PlanBaseline:
    """Write the baseline, once a notice. Call inside the transaction of the approval."""
    tasks = sum(row.task is not None for row in rows)
    base = PlanBaseline(
        notice=notice, review=review, issues=len(rows) - tasks, tasks=tasks, digest=digest(rows), at=at
    )
    base.save(force_insert=True)
    BaselineRow.objects.bulk_create(
        [
            BaselineRow(
                baseline=base,
                issue_id=row.issue,
                task_id=row.task,
                position=i,
                number=row.number,
                deadline=day_in(row),
                values=row.values,
            )
            for i, row in enumerate(rows)
        ],
        batch_size=1000,
    )
    return base


def intact(base: PlanBaseline) -> bool:
    """Do the rows still give the digest of the approval?"""
    rows = BaselineRow.objects.filter(baseline=base).order_by("position")
    return digest(Row(r.issue_id, r.task_id, r.number, r.values) for r in rows) == base.digest


def of_notice(notice_id: int) -> PlanBaseline | None:
    found = PlanBaseline.objects.filter(notice=notice_id)
    return found.select_related("review").first()


def covers(task: Task) -> bool:
    """Is the task in an approved plan, so that its changes need a reason?"""
    return task.pk is not None and BaselineRow.objects.filter(task=task.pk).exists()


def keep_reasons(
    notice_id: int,
    shifts: Iterable[Shift],
    reason: str,
    source: PlanChange.Source,
    *,
    by: User | None,
    at: dt.datetime,
) -> int:
    """Keep the reason of each change of the approved plan, in the transaction of the change. Returns how many.

    Nothing to do without a baseline and for tasks outside it. Raises Missing when a reason is needed and not given.
    """
    moved = [s for s in shifts if s.old != s.new]
    if not moved or not PlanBaseline.objects.filter(notice=notice_id).exists():
        return 0
    rows = BaselineRow.objects.filter(baseline__notice=notice_id)
    tasks = set(rows.filter(task__in={s.task for s in moved if s.task}).values_list("task", flat=True))
    issues = set(
        rows.filter(task=None, issue__in={s.issue for s in moved if not s.task}).values_list(
            "issue", flat=True
        )
    )
    kept = [s for s in moved if s.field == ADDED or (s.task in tasks if s.task else s.issue in issues)]
    if not kept:
        return 0
    if not reason.strip():
        names = "、".join(dict.fromkeys(FIELDS[s.field] for s in kept))
        raise Missing({"reason": f"整改方案已经批准，改动{names}须填写“修改原因”。"})
    name = by.name if by else audit.SYSTEM_NAME
    PlanChange.objects.bulk_create(
        [
            PlanChange(
                notice_id=notice_id,
                issue_id=s.issue,
                task_id=s.task,
                field=s.field,
                old=s.old,
                new=s.new,
                reason=reason.strip(),
                source=source,
                by=by,
                by_name=name,
                at=at,
            )
            for s in kept
        ],
        batch_size=1000,
    )
    return len(kept)


@contextmanager
def reasoned(
    notice_id: int,
    tasks: Iterable[int],
    issues: Iterable[int],
    reason: str,
    source: PlanChange.Source,
    *,
    by: User | None,
    at: dt.datetime,
) -> Iterator[None]:
    """Keep the reason of whatever the block changes of these tasks and issues; without a baseline it costs one query."""
    if not PlanBaseline.objects.filter(notice=notice_id).exists():
        yield
        return
    tasks, issues = list(tasks), list(issues)
    before = _values(tasks, issues)
    yield
    shifts = [
        Shift(*key, name, before[key].get(name, ""), value)
        for key, values in _values(tasks, issues).items()
        for name, value in values.items()
    ]
    keep_reasons(notice_id, shifts, reason, source, by=by, at=at)


def _values(tasks: list[int], issues: list[int]) -> dict[tuple[int, int | None], dict[str, str]]:
    found: dict[tuple[int, int | None], dict[str, str]] = {}
    for task in Task.objects.filter(pk__in=tasks).select_related("lead_unit"):
        found[task.issue_id, task.pk] = task_values(task)
    for issue in Issue.objects.filter(pk__in=issues).select_related("lead_unit"):
        found[issue.pk, None] = issue_values(issue)
    return found


def deviations(changes: QuerySet[PlanChange]) -> list[Deviation]:
    """Where the plan is no longer as approved, in plan order; `changes` are those of a notice or of one task.

    What was changed back is no deviation. Three queries, whatever the number.
    """
    listed = changes.select_related("task__lead_unit", "issue__lead_unit").order_by("at", "pk")
    latest = {(c.issue_id, c.task_id, c.field): c for c in listed}
    rows = BaselineRow.objects.filter(issue__in={c.issue_id for c in latest.values()})
    planned = {(r.issue_id, r.task_id): r.values for r in rows}
    found = []
    for change in latest.values():
        task, values = change.task, planned.get((change.issue_id, change.task_id), {})
        was = values.get("text" if change.field == CANCELLED else change.field, "")
        now = _now(change)
        if was != now:
            found.append(
                Deviation(
                    task, change.issue, change.field, was, now, change.reason, change.by_name, change.at
                )
            )
    order = {name: i for i, name in enumerate(FIELDS)}
    return sorted(
        found,
        key=lambda d: (
            d.issue.position,
            d.task.position if d.task else 0,
            d.task.pk if d.task else 0,
            order[d.field],
        ),
    )


def _now(change: PlanChange) -> str:
    if change.field == CANCELLED:
        return "已撤销"
    if change.field == ADDED:
        return words_of_measure(change.task.heading, change.task.text) if change.task else change.new
    return (task_values(change.task) if change.task else issue_values(change.issue))[change.field]
