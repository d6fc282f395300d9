"""Why a light shines as it does, in a person's words: days left or over, waiting days, extensions, relapses."""

import datetime as dt

from notices.lights import days_left
from notices.models import Task
from notices.terms import CLOSED_STATES, State

WAITING = {State.SUBMITTED: "待审核", State.VERIFYING: "待验收"}


def countdown(task: Task, *, today: dt.date) -> str:
    """The short form, for a cell: 超期 12 天 · 今日到期 · 剩 5 天 · 待验收 3 天 · 无时限; empty when closed."""
    if task.state in CLOSED_STATES or task.state == State.CANCELLED:
        return ""
    if task.state in WAITING and task.finished_on:
        days = (today - task.finished_on).days
        return f"{WAITING[State(task.state)]} {days} 天" if days else f"今日起{WAITING[State(task.state)]}"
    left = days_left(task.deadline, today=today)
    if left is None:
        return "无时限"
    if left < 0:
        return f"超期 {-left} 天"
    return "今日到期" if left == 0 else f"剩 {left} 天"


def reason(task: Task, *, today: dt.date) -> str:
    """The long form, for a task's page: everything that bears on its being in time, most important first."""
    said = [part for part in (_closed(task), countdown(task, today=today), _late(task)) if part]
    counts = ((task.extension_count, "延期"), (task.relapse_count, "反弹"), (task.nudge_count, "催办"))
    said += [f"{word} {n} 次" for n, word in counts if n]
    return "，".join(said)


def _closed(task: Task) -> str:
    if task.state not in CLOSED_STATES or task.closed_on is None:
        return ""
    return f"{task.closed_on:%Y-%m-%d} 销号"


def _late(task: Task) -> str:
    """Handed in after the deadline in force; an early or timely finish needs no words."""
    if not task.finished_on or not task.deadline or task.finished_on <= task.deadline:
        return ""
    return f"超期 {(task.finished_on - task.deadline).days} 天提交"


def age(at: dt.date | None, *, today: dt.date) -> str:
    """How old the newest report is: 今天 · 昨天 · 12 天前 · 尚未填报."""
    if at is None:
        return "尚未填报"
    days = (today - at).days
    return {0: "今天", 1: "昨天"}.get(days, f"{days} 天前" if days > 0 else f"{at:%Y-%m-%d}")
