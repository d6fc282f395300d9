"""Plan → database, all or nothing, and back again.

Steps of an import: 1. lock the notice, refuse an archived one; 2. every planned row still has its version; 3. add;
4. change; 5. events. One transaction: a crash anywhere leaves the database as it was before or as it is after.
"""

import datetime as dt
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.access import has, nameable
from accounts.models import User
from accounts.roles import Can
from notices.domain import baseline, rollup, workflow
from notices.domain.requirements import Ask, refuse_late_parts
from notices.errors import Refused
from notices.ledger.additions import Added, Work, add_issues, add_tasks
from notices.ledger.changes import (
    STATE_COLUMNS,
    Change,
    change_issues,
    change_tasks,
    check_versions,
    gather,
    insert_units,
)
from notices.ledger.collector import paused
from notices.ledger.convert import Names
from notices.models import Issue, Notice, PlanChange, Progress, Task, TaskUnit, Transition
from notices.records import Plan, Tell, untold
from notices.sql import bulk
from notices.terms import Stage, State, UnitRole


@dataclass(frozen=True)
class Applied:
    """What an import did. `undo` is kept with the upload: every row as it was, and its version afterwards."""

    added_issues: int
    added_tasks: int
    changed: int
    undo: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Undone:
    """What taking back did: rows restored, tasks cancelled, and the rows left alone, each with a sentence."""

    restored: int
    cancelled: int
    left: tuple[str, ...]


def lock_notice(notice: Notice) -> Notice:
    found = Notice.objects.select_for_update(of=("self",)).select_related("unit").get(pk=notice.pk)
    if found.stage == Stage.ARCHIVED:
        raise Refused("该批次已归档，只能查看，不能导入台账。")
    return found


@paused()
@transaction.atomic
def apply_plan(
    plan: Plan,
    notice: Notice,
    *,
    by: User | None,
    at: dt.datetime,
    today: dt.date,
    why: str,
    choices: dict[str, str] | None = None,
    tell: Tell = untold,
    reason: str = "",
) -> Applied:
    """Write what the plan says. `choices` decide conflicts: "sheet!cell" → "mine"; undecided ones stay as they are.

    `reason` is that of all changes of an approved plan. Raises Stale when a planned row was changed since (nothing is
    written), Missing without a reason where one is needed, Refused for an archived notice.
    """
    work = Work(lock_notice(notice), by, at, today, why, reason)
    changes = gather(plan.rows, choices or {})
    check_versions(changes)
    names = Names.load(plan.rows, nameable(by, work.notice.unit_id))
    added = Added()
    tell("写入问题", 0, len(plan.rows))
    add_issues(plan.rows, names, work, added)
    add_tasks(plan.rows, names, work, added, tell=tell)
    tell("写入改动", len(added.issues) + len(added.tasks), len(plan.rows))
    with _reasoned(work, changes):
        issues = change_issues(changes, names, work)
        tasks = change_tasks(changes, names, work)
    _keep_additions(work, added)
    refuse_late_parts([c.pk for c in changes if c.of == "task" and "deadline" in c.values])
    tell("登记操作记录", len(plan.rows), len(plan.rows))
    acts = [*added.acts, *issues.acts, *tasks.acts]
    counts = {"issues": len(added.issues), "tasks": len(added.tasks), "changed": len(changes)}
    acts.append(
        audit.Act("ledger.import", "notice", work.notice.pk, work.notice.pk, data={"why": why, **counts})
    )
    audit.record_many(acts, by=by, at=at)
    undo = {
        "issues": [[pk, number] for pk, number in added.issues],
        "tasks": [[pk, number] for pk, number in added.tasks],
        "rows": _with_versions([*issues.undo, *tasks.undo]),
        "at": at.isoformat(),
    }
    return Applied(len(added.issues), len(added.tasks), len(changes), undo)


def _reasoned(work: Work, changes: Iterable[Change]) -> AbstractContextManager[None]:
    pks = {of: [c.pk for c in changes if c.of == of] for of in ("task", "issue")}
    source = PlanChange.Source.LEDGER
    return baseline.reasoned(
        work.notice.pk, pks["task"], pks["issue"], work.reason, source, by=work.by, at=work.at
    )


def _keep_additions(work: Work, added: Added) -> None:
    """New tasks of an approved plan have the reason of the whole upload."""
    if not added.tasks or baseline.of_notice(work.notice.pk) is None:
        return
    rows = Task.objects.filter(pk__in=[pk for pk, _ in added.tasks]).values_list("issue_id", "pk", "text")
    shifts = [baseline.Shift(issue, pk, baseline.ADDED, "", text) for issue, pk, text in rows]
    source = PlanChange.Source.LEDGER
    baseline.keep_reasons(work.notice.pk, shifts, work.reason, source, by=work.by, at=work.at)


def _with_versions(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The versions the rows have now: a row whose version is another later was touched since."""
    for model, of in ((Issue, "issue"), (Task, "task")):
        mine = [e for e in entries if e["of"] == of]
        versions = dict(model.objects.filter(pk__in=[e["pk"] for e in mine]).values_list("pk", "version"))
        for entry in mine:
            entry["version"] = versions[entry["pk"]]
    return entries


# --- undo ----------------------------------------------------------------------------------------------------


@transaction.atomic
def undo_import(
    undo: dict[str, Any],
    notice: Notice,
    *,
    by: User | None,
    at: dt.datetime,
    today: dt.date,
    why: str,
    tell: Tell = untold,
) -> Undone:
    """Take an import back: the old values as a new change, the tasks it made become cancelled.

    States go back first, so that no row is without what its state needs. Rows touched since are left and listed. Issues it made are removed when nothing hangs on them, else left.
    """
    work = Work(lock_notice(notice), by, at, today, why)
    left: list[str] = []
    rows = len(undo["rows"]) + len(undo["tasks"]) + len(undo["issues"])
    tell("核对有无后来的改动", 0, rows)
    entries = _untouched(undo, work, left)
    tell("恢复原值", 0, rows)
    _restore_states(entries, work, left)
    _with_versions(entries)
    pks = {of: [e["pk"] for e in entries if e["of"] == of] for of in ("task", "issue")}
    source = PlanChange.Source.LEDGER
    with (
        baseline.reasoned(notice.pk, pks["task"], pks["issue"], why, source, by=by, at=at),
        rollup.kept(pks["task"]),
    ):
        acts = [*_restore(Issue, entries, "issue", work), *_restore(Task, entries, "task", work)]
        _restore_units(entries)
        _restore_progress(entries, work)
    tell("撤销新增的任务", len(undo["rows"]), rows)
    cancelled = _cancel_added(undo, work, left)
    tell("清理新增的问题", rows - len(undo["issues"]), rows)
    _remove_issues(undo, work, left, acts)
    data = {"why": why, "restored": len(entries), "cancelled": cancelled, "left": left[:200]}
    acts.append(audit.Act("ledger.undo", "notice", work.notice.pk, work.notice.pk, data=data))
    audit.record_many(acts, by=by, at=at)
    return Undone(len(entries), cancelled, tuple(left))


def _untouched(undo: dict[str, Any], work: Work, left: list[str]) -> list[dict[str, Any]]:
    """Entries whose row still is as the import left it; the others are listed."""
    rows = undo["rows"]
    since = dt.datetime.fromisoformat(undo["at"])
    reported = set(
        Progress.objects.filter(
            task__in=[e["pk"] for e in rows if e["of"] == "task"], at__gt=since
        ).values_list("task_id", flat=True)
    )
    found: list[dict[str, Any]] = []
    for model, of in ((Issue, "issue"), (Task, "task")):
        mine = {e["pk"]: e for e in rows if e["of"] == of}
        locked = model.objects.select_for_update().filter(pk__in=mine).order_by("pk")
        now = dict(locked.values_list("pk", "version"))
        for pk, entry in mine.items():
            if now.get(pk) == entry["version"] and not (of == "task" and pk in reported):
                found.append(entry)
            else:
                left.append(f"{entry['number']} 导入以后又有改动，没有撤销，请人工核对。")
    return found


def _restore(
    model: type[Issue] | type[Task], entries: list[dict[str, Any]], of: str, work: Work
) -> Iterable[audit.Act]:
    shapes: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for entry in entries:
        if entry["of"] == of:
            shapes.setdefault(tuple(sorted(entry["columns"])), []).append(entry)
    for names, group in shapes.items():
        rows = [(*[_stored(n, e["columns"][n]) for n in names], e["pk"], e["version"]) for e in group]
        bulk.update(model, names, rows)
        for entry in group:
            yield audit.Act(
                f"{of}.import_undo", of, entry["pk"], work.notice.pk, data={"columns": entry["columns"]}
            )


def _stored(name: str, value: Any) -> Any:
    """Instants were kept as text; days may stay text."""
    return dt.datetime.fromisoformat(value) if name.endswith("_at") and value else value


def _restore_units(entries: list[dict[str, Any]]) -> None:
    units = {e["pk"]: [tuple(row) for row in e["units"]] for e in entries if "units" in e}
    TaskUnit.objects.filter(task__in=units).exclude(role=UnitRole.FORMER).delete()
    insert_units(units)


def _restore_progress(entries: list[dict[str, Any]], work: Work) -> None:
    """Reports are never taken away: the words that were there before are filed again."""
    ids = [e["pk"] for e in entries if e["of"] == "task" and "latest_at" in e["columns"]]
    rows = Task.objects.filter(pk__in=ids).values_list(
        "pk", "latest_text", "latest_next", "latest_blocked", "lead_unit_id"
    )
    by_name = work.by.name if work.by else audit.SYSTEM_NAME
    filed = [
        (pk, lead, text, following, blocked, work.by.pk if work.by else None, by_name, True, work.at)
        for pk, text, following, blocked, lead in rows
        if text or following or blocked
    ]
    names = ("task_id", "unit_id", "text", "next_step", "blocked", "by_id", "by_name", "on_behalf", "at")
    bulk.insert(Progress, names, filed)


def _restore_states(entries: list[dict[str, Any]], work: Work, left: list[str]) -> None:
    """States taken over go back, drafts that were assigned become drafts again; an application is withdrawn."""
    tasks = {e["pk"]: e for e in entries if e["of"] == "task"}
    now = dict(Task.objects.filter(pk__in=tasks).values_list("pk", "state"))
    back: dict[int, State] = {}
    for pk, entry in tasks.items():
        was = entry.get("state", {}).get("state", now[pk])
        if "units" in entry and now[pk] == State.PENDING and entry["columns"].get("lead_unit_id") is None:
            was = State.DRAFT
        if was != now[pk]:
            back[pk] = State(was)
    if work.by is not None and not has(work.by, Can.PLAN, work.notice.unit_id):
        _withdraw(back, tasks, work, left)
        return
    workflow.take_over(back, by=work.by, at=work.at, today=work.today, why=work.why)
    versions = dict(Task.objects.filter(pk__in=back).values_list("pk", "version"))
    names = STATE_COLUMNS[1:]
    rows = [
        (*[tasks[pk]["state"][n] for n in names], pk, versions[pk]) for pk in back if tasks[pk].get("state")
    ]
    with rollup.kept(back):
        bulk.update(Task, names, rows)


def _withdraw(back: dict[int, State], tasks: dict[int, dict[str, Any]], work: Work, left: list[str]) -> None:
    """Who is not the office takes an own application back by the step 撤回; any other state stays and is listed."""
    for task in Task.objects.filter(pk__in=back).select_related("notice", "lead_unit").order_by("pk"):
        if task.state == State.SUBMITTED and workflow.refusal(work.by, task, "withdraw") is None:
            workflow.perform(task, "withdraw", Ask(by=work.by, at=work.at, today=work.today, reason=work.why))
        else:
            left.append(f"{tasks[task.pk]['number']} 的状态不能由您撤回，请联系整改办。")


def _cancel_added(undo: dict[str, Any], work: Work, left: list[str]) -> int:
    """Tasks the import made become cancelled, unless somebody has worked on them since."""
    numbers = {pk: number for pk, number in undo["tasks"]}
    worked = set(
        Transition.objects.filter(task__in=numbers, at__gt=undo["at"]).values_list("task_id", flat=True)
    )
    worked |= set(
        Progress.objects.filter(task__in=numbers, at__gt=undo["at"]).values_list("task_id", flat=True)
    )
    worked |= set(Task.objects.filter(pk__in=numbers, version__gt=0).values_list("pk", flat=True))
    left += [f"{numbers[pk]} 导入以后又有改动，没有撤销，请人工核对。" for pk in sorted(worked)]
    return workflow.take_over(
        {pk: State.CANCELLED for pk in numbers if pk not in worked},
        by=work.by,
        at=work.at,
        today=work.today,
        why=work.why,
    )


def _remove_issues(undo: dict[str, Any], work: Work, left: list[str], acts: list[audit.Act]) -> None:
    """An issue the import made stays when tasks hang on it (they are cancelled and shown); an empty one goes."""
    for pk, number in undo["issues"]:
        issue = Issue.objects.filter(pk=pk, version=0, tasks=None).first()
        if issue is None:
            left.append(f"问题 {number} 由本次导入新增，其下任务已撤销，问题保留备查。")
            continue
        acts.append(audit.Act("issue.import_undo", "issue", pk, work.notice.pk, data={"title": issue.title}))
        issue.delete()
