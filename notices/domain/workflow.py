"""The only file that changes Task.state. Read STEPS first; it is the whole state machine.

Buttons, API actions, ledger import and tests all ask `available()` and go through `perform()`.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.models import Unit, User
from notices.domain import baseline, inbox, permissions, requirements, rollup
from notices.domain.baseline import CANCELLED, Shift
from notices.domain.requirements import Ask, Check
from notices.errors import Missing, Stale, StepRefused
from notices.models import Extension, Notice, Nudge, PlanChange, Task, TaskUnit, Transition
from notices.terms import (
    CLOSED_STATES,
    OPEN_STATES,
    WAITING_STATES,
    ExtensionState,
    Outcome,
    Stage,
    State,
    UnitRole,
)

S = State
Who = Callable[[User, Task], str | None]


@dataclass(frozen=True)
class Step:
    """One line of the table. `target` None: the outcome asked for becomes the state."""

    label: str
    sources: tuple[State, ...]
    target: State | None
    who: Who
    requires: tuple[Check, ...] = ()


STEPS: Mapping[str, Step] = {
    "assign": Step("分派", (S.DRAFT,), S.PENDING, permissions.office, (requirements.lead_unit,)),
    "accept": Step("签收", (S.PENDING,), S.ACTIVE, permissions.of_lead_unit),
    "decline": Step("退签", (S.PENDING,), S.DRAFT, permissions.of_lead_unit, (requirements.reason,)),
    "reassign": Step(
        "改派",
        (S.PENDING, S.ACTIVE),
        S.PENDING,
        permissions.office,
        (requirements.new_lead_unit, requirements.reason),
    ),
    "submit": Step(
        "申请销号",
        (S.ACTIVE,),
        S.SUBMITTED,
        permissions.submitter,
        (
            requirements.claim,
            requirements.progress_filed,
            requirements.evidence_or_reason,
            requirements.required_kinds,
            requirements.review_interval,
            requirements.parts_filed,
            requirements.sub_tasks_closed,
        ),
    ),
    "withdraw": Step("撤回", (S.SUBMITTED,), S.ACTIVE, permissions.applicant),
    "approve": Step("审核通过", (S.SUBMITTED,), S.VERIFYING, permissions.approver),
    "return": Step(
        "退回", (S.SUBMITTED, S.VERIFYING), S.ACTIVE, permissions.may_return, (requirements.reason,)
    ),
    "close": Step("验收销号", (S.VERIFYING,), None, permissions.verifier, (requirements.verdict,)),
    "reopen": Step(
        "反弹重改",
        CLOSED_STATES,
        S.ACTIVE,
        permissions.inspector,
        (requirements.cause, requirements.new_deadline),
    ),
    "complete": Step(
        "长期坚持转完成",
        (S.SUSTAINED,),
        S.COMPLETED,
        permissions.inspector,
        (requirements.review_with_evidence,),
    ),
    "cancel": Step(
        "撤销/并入",
        OPEN_STATES,
        S.CANCELLED,
        permissions.office,
        (requirements.reason_or_merge, requirements.no_open_parts),
    ),
}
ANSWERS = ("accept", "decline", "submit")  # what the unit does after a push answers it
PLANNED = {"lead_unit", "deadline"}  # columns of the approved plan that steps change
TAKE_OVER = "take_over"  # 接收历史台账: any → any, the office only, see take_over()
HANDLED = (
    "submit",
    "withdraw",
    "approve",
    "return",
    "close",
    "reopen",
    "complete",
)  # no taking over after these


def refusal(user: User | None, task: Task, name: str) -> str | None:
    """None when this person may take this step now; else the sentence that says why not."""
    step = STEPS[name]
    if task.notice.stage == Stage.ARCHIVED:
        return "该批次已归档，只能查看。"
    if task.state not in step.sources:
        return f"任务处于“{State(task.state).label}”，不能{step.label}。"
    if name == "reopen" and task.lead_unit_id is None:
        return "任务没有牵头单位，请先指定牵头单位再重开。"
    return None if user is None else step.who(user, task)


def available(user: User, task: Task) -> list[str]:
    """Names of the steps this person may take now, in table order."""
    return [name for name in STEPS if refusal(user, task, name) is None]


def missing(task: Task, name: str, ask: Ask) -> dict[str, str]:
    """{field: sentence} of what the step still needs."""
    found: dict[str, str] = {}
    for check in STEPS[name].requires:
        for key, sentence in check(task, ask).items():
            found.setdefault(key, sentence)
    return found


@transaction.atomic
def perform(task: Task, name: str, ask: Ask) -> Transition:
    """Take one step.

    1. ask whether this person may, from this state (StepRefused);
    2. ask what is missing (Missing);
    3. change the row if nobody changed it since `task` was read (Stale);
    4. write the transition, the event and the messages; scope and counters follow.

    `ask.by` None is the system account with the office's rights.
    """
    why_not = refusal(ask.by, task, name)
    if why_not:
        raise StepRefused(why_not)
    lacking = missing(task, name, ask)
    if lacking:
        raise Missing(lacking)
    target = STEPS[name].target or State(ask.outcome)
    changes = {"state": target, **_consequences(task, name, ask)}
    source, applicant = task.state, task.applicant if task.applicant_id else None
    before = _planned(task) if PLANNED & changes.keys() or name == "cancel" else None
    with rollup.kept([task.pk], units_stay="lead_unit" not in changes):
        _replace(task, changes)
        if "lead_unit" in changes:
            _replace_lead(task, changes["lead_unit"], name)
    row = _transition(task, name, source, target, ask)
    row.save(force_insert=True)
    if before is not None:
        _keep_reasons(task, name, before, ask)
    if name in ANSWERS:
        Nudge.objects.filter(task=task, answered_at=None).update(answered_at=ask.at)
    if source == S.ACTIVE:  # no more time is needed for work handed in, given away or cancelled
        _lapse(task, at=ask.at)
    audit.record(_act(task, name, source, target, ask), by=ask.by, at=ask.at)
    if source != S.DRAFT or name == "assign":  # units have not seen a draft
        inbox.tell_step(task, name, by=ask.by, at=ask.at, reason=ask.reason, applicant=applicant)
    return row


def _lapse(*tasks: Task, at: dt.datetime) -> None:
    """An open request for more time ends with the work it was asked for."""
    Extension.objects.open().filter(task__in=tasks).update(
        state=ExtensionState.LAPSED, ended_at=at, version=F("version") + 1
    )


def _replace(task: Task, changes: dict[str, Any]) -> None:
    """Compare and set; afterwards `task` holds what the row holds."""
    changed = Task.objects.filter(pk=task.pk, state=task.state, version=task.version).update(
        version=task.version + 1, **changes
    )
    if not changed:
        raise Stale(f"任务 {task.number} 刚刚被他人修改，请刷新后重试；您填写的内容没有丢失。")
    for key, value in changes.items():
        setattr(task, key, value)
    task.version += 1
    task.is_open = task.state in OPEN_STATES


def _consequences(task: Task, name: str, ask: Ask) -> dict[str, Any]:
    """What else the step changes on the row."""
    nobody: dict[str, Any] = {"claim": "", "applicant": None, "approver": None, "finished_on": None}
    if name == "assign":
        return {"lead_unit": ask.lead_unit} if ask.lead_unit and ask.lead_unit.pk != task.lead_unit_id else {}
    if name == "reassign":
        return {"lead_unit": ask.lead_unit, **nobody}
    if name == "decline":
        return {"lead_unit": None}
    if name == "submit":
        kept_up = (
            {"review_days": ask.review_days or task.review_days} if ask.outcome == Outcome.SUSTAINED else {}
        )
        return {
            "claim": ask.outcome,
            "applicant": ask.by,
            "approver": None,
            "finished_on": ask.today,
            **kept_up,
        }
    if name == "approve":
        return {"approver": ask.by}
    if name in ("withdraw", "return"):
        return nobody
    if name == "close":
        return {"closed_on": ask.today, "keep_up": ask.outcome == Outcome.SUSTAINED or task.keep_up}
    if name == "complete":
        return {"keep_up": False}
    if name == "reopen":
        return {
            **nobody,
            "closed_on": None,
            "deadline": ask.deadline,
            "deadline_text": "",
            "relapse_count": task.relapse_count + 1,
        }
    return {"merged_into": ask.merged_into}


def _planned(task: Task) -> dict[str, str]:
    """What the approved plan guards and a step may change."""
    values = baseline.task_values(task)
    return {
        "lead": values["lead"],
        "deadline": values["deadline"],
        CANCELLED: "" if task.state == S.CANCELLED else values["text"],
    }


def _keep_reasons(task: Task, name: str, before: dict[str, str], ask: Ask) -> None:
    """A step's own reason is the reason of what it changes of the approved plan."""
    now = _planned(task)
    shifts = [Shift(task.issue_id, task.pk, field, before[field], now[field]) for field in now]
    merged = f"并入任务 {ask.merged_into.number}" if ask.merged_into else ""
    why = ask.reason.strip() or merged or STEPS[name].label
    baseline.keep_reasons(task.notice_id, shifts, why, PlanChange.Source.STEP, by=ask.by, at=ask.at)


def _replace_lead(task: Task, unit: Unit | None, name: str) -> None:
    """The old lead keeps reading (原牵头) after a reassignment; the new one leads."""
    old = TaskUnit.objects.filter(task=task, role=UnitRole.LEAD)
    if name == "reassign":
        TaskUnit.objects.filter(task=task, role=UnitRole.FORMER, unit__in=old.values("unit")).delete()
        old.update(role=UnitRole.FORMER)
    else:
        old.delete()
    if unit is not None:
        TaskUnit.objects.filter(task=task, unit=unit).exclude(role=UnitRole.LEAD).delete()
        TaskUnit(task=task, unit=unit, unit_text=unit.name, role=UnitRole.LEAD).save(force_insert=True)


def _transition(task: Task, name: str, source: str, target: str, ask: Ask) -> Transition:
    unit = audit.unit_name_of(ask.by)
    data: dict[str, Any] = {}
    if name == "approve" and ask.by is not None and ask.by.pk == task.applicant_id:
        data["one_person_unit"] = True
    if ask.no_evidence and name == "submit":
        data["no_evidence"] = ask.no_evidence
    if ask.deadline and name == "reopen":
        data["deadline"] = ask.deadline.isoformat()
    return Transition(
        task=task,
        step=name,
        source=source,
        target=target,
        reason=ask.reason.strip(),
        outcome=ask.outcome if name in ("submit", "close") else "",
        by=ask.by,
        by_name=audit.name_of(ask.by),
        unit_name=unit,
        on_behalf=name == "submit"
        and ask.by is not None
        and permissions.of_lead_unit(ask.by, task) is not None,
        at=ask.at,
        data=data,
    )


def _act(task: Task, name: str, source: str, target: str, ask: Ask) -> audit.Act:
    data = {"state": [source, target], "reason": ask.reason.strip(), "outcome": ask.outcome}
    return audit.Act(
        f"task.{name}", "task", task.pk, task.notice_id, data={k: v for k, v in data.items() if v}
    )


def handled(notice: Notice) -> frozenset[int]:
    """Keys of the tasks somebody has asked to close here, or judged: their states come from steps alone from then on, for
    states are taken over only where a campaign begins."""
    taken = Transition.objects.filter(task__notice=notice, step__in=HANDLED)
    return frozenset(taken.values_list("task_id", flat=True))


@transaction.atomic
def take_over(
    states: Mapping[int, State],
    *,
    by: User | None,
    at: dt.datetime,
    today: dt.date,
    why: str,
    finished: Mapping[int, dt.date] | None = None,
) -> int:
    """接收历史台账: put tasks into the states a notice or ledger prints, set-wise. {task id: state} → tasks changed.

    The caller has checked that `by` is the office (None = system account). A task without a known lead unit cannot
    be pending or active and stays a draft. `finished` gives 实际完成时间 where known; closed tasks are closed on
    that day, else today; what waits was handed in on that day, else today at the latest.
    """
    finished = finished or {}
    tasks = {t.pk: t for t in Task.objects.filter(pk__in=list(states))}
    moved: list[tuple[Task, str]] = []
    with rollup.kept(states, units_stay=True):
        for pk, wanted in states.items():
            task = tasks[pk]
            state = wanted if task.lead_unit_id or wanted in (*CLOSED_STATES, S.CANCELLED) else S.DRAFT
            if state == task.state:
                continue
            moved.append((task, task.state))
            _set_taken_over(task, state, finished.get(pk), today)
        _write_alike([t for t, _ in moved])
        for start in range(0, len(moved), 5000):
            _lapse(*(t for t, source in moved[start : start + 5000] if source == S.ACTIVE), at=at)
    ask = Ask(by=by, at=at, today=today, reason=why)
    Transition.objects.bulk_create(
        [_transition(t, TAKE_OVER, source, t.state, ask) for t, source in moved], batch_size=1000
    )
    audit.record_many([_act(t, TAKE_OVER, source, t.state, ask) for t, source in moved], by=by, at=at)
    return len(moved)


def _set_taken_over(task: Task, state: State, finished: dt.date | None, today: dt.date) -> None:
    task.state = state
    task.version += 1
    closed = state in CLOSED_STATES
    task.closed_on = (finished or today) if closed else None
    waits = state in WAITING_STATES
    task.finished_on = finished if closed else (finished or today) if waits else None
    task.claim = Outcome.COMPLETED if waits else ""
    task.keep_up = task.keep_up or state == S.SUSTAINED


_TAKEN = ("state", "claim", "closed_on", "finished_on", "keep_up")


def _write_alike(tasks: Iterable[Task]) -> None:
    """One UPDATE for all tasks that get the same values: a notice has two or three kinds of them."""
    alike: dict[tuple[Any, ...], list[int]] = {}
    for task in tasks:
        alike.setdefault(tuple(getattr(task, name) for name in _TAKEN), []).append(task.pk)
    for values, pks in alike.items():
        changes = dict(zip(_TAKEN, values, strict=True))
        for start in range(0, len(pks), 5000):
            rows = Task.objects.filter(pk__in=pks[start : start + 5000])
            rows.update(version=F("version") + 1, **changes)


@transaction.atomic
def wake(unit_tasks: Iterable[Task], ask: Ask) -> int:
    """Assign many drafts that have a known lead unit, set-wise; returns how many were assigned. Others are left.

    Asks, writes and tells what `perform` does for one: StepRefused, Stale.
    """
    ready = [t for t in unit_tasks if t.state == S.DRAFT and not missing(t, "assign", ask)]
    for task in ready:
        if why_not := refusal(ask.by, task, "assign"):
            raise StepRefused(why_not)
    pks = [t.pk for t in ready]
    with rollup.kept(pks, units_stay=True):
        changed = 0
        for start in range(0, len(pks), 5000):
            rows = Task.objects.filter(pk__in=pks[start : start + 5000], state=S.DRAFT)
            changed += rows.update(state=S.PENDING, version=F("version") + 1)
        if changed != len(pks):
            raise Stale("有任务刚刚被他人修改，没有分派任何任务，请刷新后重试。")
    for task in ready:
        task.state, task.version = S.PENDING, task.version + 1
    moves = [(t, "assign", S.DRAFT, S.PENDING, ask) for t in ready]
    Transition.objects.bulk_create([_transition(*move) for move in moves], batch_size=1000)
    audit.record_many([_act(*move) for move in moves], by=ask.by, at=ask.at)
    inbox.tell_assigned(ready, by=ask.by, at=ask.at, reason=ask.reason)
    return len(ready)
