"""延期: more time is asked for before the deadline; the unit's head decides first, then the office.

asked ─head─▶ forwarded ─office─▶ approved | refused;  asked ─head─▶ refused;  open ─asker─▶ withdrawn
Work handed in, reassigned or cancelled meanwhile lets the request lapse (workflow.perform).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.access import Lines, has, reach
from accounts.models import Membership, User
from accounts.roles import Can, Role
from notices.domain import inbox, permissions, planning
from notices.errors import Missing, Refused, Stale, StepRefused
from notices.models import Extension, ExtensionQuerySet, Task
from notices.terms import ExtensionState, MessageKind, Stage, State

E = ExtensionState
_STALE = "这份延期申请刚刚被他人办理，请刷新后查看。"


@dataclass(frozen=True)
class Decision:
    """`granted_on`: another day than the one asked for, by the office; None grants that one."""

    yes: bool
    note: str = ""
    granted_on: dt.date | None = None


@dataclass(frozen=True)
class Decided:
    """What became of a batch: numbers of the tasks decided, and number → why not for the rest."""

    done: list[str]
    refused: dict[str, str]


# ── Who may ──────────────────────────────────────────────────────────────────
def asker(user: User, task: Task) -> str | None:
    if has(user, Can.WORK, task.lead_unit_id):
        return None
    return "只有牵头单位的经办人或负责人可以申请延期。"


def ask_refusal(user: User, task: Task, *, today: dt.date) -> str | None:
    """None when this person may ask for more time now; else the sentence that says why not and what to do."""
    if task.notice.stage == Stage.ARCHIVED:
        return "该批次已归档，只能查看。"
    if task.state != State.ACTIVE:
        return f"任务处于“{State(task.state).label}”，整改中的任务才能申请延期。"
    why_not = asker(user, task)
    if why_not:
        return why_not
    if task.deadline is None:
        return "任务没有完成时限，不需要申请延期。"
    if task.deadline < today:
        return (
            f"完成时限 {task.deadline:%Y-%m-%d} 已过，延期须在时限之前申请。"
            "请在进展中写明未完成的原因并抓紧办理；确需调整时限的，请联系整改办修改。"
        )
    if Extension.objects.open().filter(task=task).exists():
        return "已有一份延期申请在办理，请等待结果，或先撤回再重新申请。"
    return None


def head_of_unit(user: User, row: Extension) -> str | None:
    """The head of the lead unit or of one above it; never the asker, unless nobody else works in that unit."""
    if not has(user, Can.APPROVE, row.task.lead_unit_id):
        return "只有牵头单位（或其上级单位）的负责人可以审核延期申请。"
    if user.pk == row.asked_by_id and not permissions.is_one_person_unit(row.task, user):
        return "申请人不能审核自己的延期申请，请由本单位其他负责人或上级单位负责人审核。"
    return None


def granter(user: User, row: Extension) -> str | None:
    if not permissions.is_office(user, row.task):
        return "只有整改办可以审批延期申请。"
    if user.pk in (row.asked_by_id, row.head_id):
        return "申请人和单位审核人不能再审批同一份延期申请，请由整改办其他人员审批。"
    return None


def decide_refusal(user: User, row: Extension) -> str | None:
    if row.task.notice.stage == Stage.ARCHIVED:
        return "该批次已归档，只能查看。"
    if not row.is_open:
        return f"这份延期申请{E(row.state).label}，不能再办理。"
    return head_of_unit(user, row) if row.state == E.ASKED else granter(user, row)


def withdraw_refusal(user: User, row: Extension) -> str | None:
    if row.task.notice.stage == Stage.ARCHIVED:
        return "该批次已归档，只能查看。"
    if not row.is_open:
        return f"这份延期申请{E(row.state).label}，不能撤回。"
    return None if user.pk == row.asked_by_id else "只有申请人本人可以撤回延期申请。"


def to_decide(user: User) -> ExtensionQuerySet:
    """Open requests this person may decide now, set-wise; the same rule as `decide_refusal`."""
    rows = Extension.objects.open().exclude(task__notice__stage=Stage.ARCHIVED)
    asked = rows.filter(state=E.ASKED, task__lead_unit__in=reach(user, Can.APPROVE))
    own = asked.filter(asked_by=user).select_related("task")
    alone = [row.pk for row in own if permissions.is_one_person_unit(row.task, user)]
    head = Q(pk__in=asked.exclude(asked_by=user).values("pk")) | Q(pk__in=alone)
    office = Q(state=E.FORWARDED, task__notice__unit__in=reach(user, Can.PLAN))
    return rows.filter(head | (office & ~Q(asked_by=user) & ~Q(head=user)))


# ── Acts ─────────────────────────────────────────────────────────────────────
@transaction.atomic
def ask(
    task: Task,
    *,
    reason: str,
    done_so_far: str,
    wanted_on: dt.date | None,
    by: User,
    at: dt.datetime,
    today: dt.date,
) -> Extension:
    """Ask for more time. 1. may this person, now; 2. what is missing; 3. the row; 4. event and messages.

    A unit in whose line nobody but the asker could decide (no other head) asks the office at once.
    """
    row = Task.objects.select_for_update(of=("self",)).select_related("notice", "lead_unit").get(pk=task.pk)
    why_not = ask_refusal(by, row, today=today)
    if why_not:
        raise StepRefused(why_not)
    if row.deadline is None or wanted_on is None or not reason.strip() or not done_so_far.strip():
        raise Missing(_lacking(reason, done_so_far, wanted_on))
    if wanted_on <= row.deadline:
        raise Missing({"wanted_on": f"申请延至的日期应晚于现在的完成时限 {row.deadline:%Y-%m-%d}。"})
    headless = not _has_head(row, by)
    made = Extension(
        task=row,
        state=E.FORWARDED if headless else E.ASKED,
        reason=reason.strip(),
        done_so_far=done_so_far.strip(),
        wanted_on=wanted_on,
        deadline_before=row.deadline,
        words_before=row.deadline_text,
        asked_by=by,
        asked_by_name=by.name,
        unit_name=audit.unit_name_of(by),
        asked_at=at,
    )
    made.save(force_insert=True)
    data = {"wanted": wanted_on.isoformat(), "deadline": row.deadline.isoformat(), "reason": made.reason}
    _record(made, "ask", data, by=by, at=at)
    _tell(made, inbox.office(row) if headless else inbox.heads(row), "申请延期，待审批", by=by, at=at)
    return made


def _lacking(reason: str, done_so_far: str, wanted_on: dt.date | None) -> dict[str, str]:
    found = {}
    if not reason.strip():
        found["reason"] = "请填写延期理由。"
    if not done_so_far.strip():
        found["done_so_far"] = "请写明目前已经完成的工作。"
    if wanted_on is None:
        found["wanted_on"] = "请填写申请延至的日期，例如 2026-12-31。"
    return found


def _has_head(task: Task, asker: User) -> bool:
    """Somebody in the lead unit's line may decide: another head, or the asker in a unit of one person."""
    heads = Membership.objects.filter(
        role=Role.HEAD, unit__in=Lines().of(task.lead_unit_id), user__is_active=True
    )
    if heads.exclude(user=asker).exists():
        return True
    return heads.filter(user=asker).exists() and permissions.is_one_person_unit(task, asker)


@transaction.atomic
def decide(row: Extension, decision: Decision, *, by: User, at: dt.datetime, today: dt.date) -> Extension:
    """The head's word, then the office's. 1. may this person; 2. what is missing; 3. the request, if nobody changed
    it since it was read; 4. on the office's yes the task's deadline; 5. event and messages."""
    why_not = decide_refusal(by, row)
    if why_not:
        raise StepRefused(why_not)
    if not decision.yes and not decision.note.strip():
        raise Missing({"note": "不同意延期的，请写明理由。"})
    _lock(row)
    if row.state == E.ASKED:
        _as_head(row, decision, by=by, at=at)
    else:
        _as_office(row, decision, by=by, at=at, today=today)
    return row


def _as_head(row: Extension, decision: Decision, *, by: User, at: dt.datetime) -> None:
    signed = {"head": by, "head_name": by.name, "head_at": at, "head_note": decision.note.strip()}
    signed["one_person"] = by.pk == row.asked_by_id
    if decision.yes:
        _replace(row, {"state": E.FORWARDED, **signed})
        _tell(row, inbox.office(row.task), "申请延期，待整改办审批", by=by, at=at)
    else:
        _replace(row, {"state": E.REFUSED, "ended_at": at, **signed})
        _tell(row, [row.asked_by], "延期申请未获单位同意", by=by, at=at)
    _record(row, "forward" if decision.yes else "refuse", {"note": decision.note.strip()}, by=by, at=at)


def _as_office(row: Extension, decision: Decision, *, by: User, at: dt.datetime, today: dt.date) -> None:
    changes = {"office": by, "office_name": by.name, "office_at": at, "office_note": decision.note.strip()}
    told = [row.asked_by, *inbox.workers(row.task), *inbox.heads(row.task)]
    if not decision.yes:
        _replace(row, {"state": E.REFUSED, "ended_at": at, **changes})
        _record(row, "refuse", {"note": decision.note.strip()}, by=by, at=at)
        _tell(row, told, "延期申请未获同意，请按原时限完成", by=by, at=at)
        return
    day = decision.granted_on or row.wanted_on
    before = _prolong(row, day, by=by, at=at, today=today)
    _replace(row, {"state": E.APPROVED, "granted_on": day, "ended_at": at, **changes})
    data = {"deadline": [before, day.isoformat()], "note": decision.note.strip()}
    _record(row, "approve", data, by=by, at=at)
    _tell(row, told, f"已同意延期至 {day:%Y-%m-%d}", by=by, at=at)


def _prolong(row: Extension, day: dt.date, *, by: User, at: dt.datetime, today: dt.date) -> str:
    """Move the task's deadline, with the reason where the plan is approved; the deadline before it, as text."""
    task = Task.objects.select_for_update(of=("self",)).get(pk=row.task_id)
    if task.state != State.ACTIVE:
        raise StepRefused(f"任务已处于“{State(task.state).label}”，不能再延期。")
    if day <= (task.deadline or row.deadline_before):
        now = task.deadline or row.deadline_before
        raise Missing({"granted_on": f"同意延至的日期应晚于现在的完成时限 {now:%Y-%m-%d}。"})
    if day <= today:
        raise Missing({"granted_on": "同意延至的日期应晚于今天，请另填一个日期。"})
    before = task.deadline.isoformat() if task.deadline else ""
    words = f"{day.year}年{day.month}月{day.day}日前"
    count = task.extension_count + 1
    planning.change_deadline(task, day, words, row.reason, by=by, at=at, extension_count=count)
    row.task.refresh_from_db(fields=["deadline", "deadline_text", "extension_count", "version"])
    return before


@transaction.atomic
def withdraw(row: Extension, *, by: User, at: dt.datetime) -> Extension:
    why_not = withdraw_refusal(by, row)
    if why_not:
        raise StepRefused(why_not)
    _replace(row, {"state": E.WITHDRAWN, "ended_at": at})
    _record(row, "withdraw", {}, by=by, at=at)
    return row


def decide_many(
    rows: Iterable[Extension], decision: Decision, *, by: User, at: dt.datetime, today: dt.date
) -> Decided:
    """Decide each on its own; one refusal does not stop the others."""
    done: list[str] = []
    refused: dict[str, str] = {}
    for row in rows:
        try:
            decide(row, decision, by=by, at=at, today=today)
        except Refused as why:
            refused[row.task.number] = str(why)
        else:
            done.append(row.task.number)
    return Decided(done, refused)


def _lock(row: Extension) -> None:
    """Nobody else decides until the transaction ends; Stale when somebody did since the row was read."""
    same = Extension.objects.select_for_update().filter(pk=row.pk, state=row.state, version=row.version)
    if not same.values_list("pk", flat=True):
        raise Stale(_STALE)


def _replace(row: Extension, changes: Mapping[str, Any]) -> None:
    """Compare and set; afterwards `row` holds what the database holds."""
    changed = Extension.objects.filter(pk=row.pk, state=row.state, version=row.version).update(
        version=row.version + 1, **changes
    )
    if not changed:
        raise Stale(_STALE)
    for key, value in changes.items():
        setattr(row, key, value)
    row.version += 1


def _record(row: Extension, verb: str, data: dict[str, Any], *, by: User, at: dt.datetime) -> None:
    kept = {k: v for k, v in data.items() if v} | {"extension": row.pk}
    audit.record(
        audit.Act(f"extension.{verb}", "task", row.task_id, row.task.notice_id, data=kept), by=by, at=at
    )


def _tell(row: Extension, people: Iterable[User], what: str, *, by: User, at: dt.datetime) -> None:
    others = [u for u in people if u.pk != by.pk and u.is_active]
    body = f"原时限 {row.deadline_before:%Y-%m-%d}，申请延至 {row.wanted_on:%Y-%m-%d}。\n理由：{row.reason[:200]}"
    inbox.tell(others, MessageKind.STEP, f"{row.task.number} {what}", body=body, task=row.task, at=at)
