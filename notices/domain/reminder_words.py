"""What a reminder says: one message per task in the inbox, one digest per person and day by e-mail."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from notices.domain.audience import Facts, Person
from notices.domain.reminder_rules import OVERDUE, WAITING
from notices.terms import State

_MOST = 100  # tasks a mail lists; the rest is counted
_GROUPS = ("已超期", "今天到期", "将到期", "待您审核", "待您验收")


class Item(NamedTuple):
    """One task in a digest."""

    group: str
    task: int
    number: str
    text: str
    notice: str
    lead: str
    deadline: str
    words: str


def words(rule: str, task: Facts, *, today: dt.date) -> str:
    """How the task stands today, e.g. 已超期 3 天; days are calendar days."""
    if rule in WAITING.values():
        label = "待单位审核" if task.state == State.SUBMITTED else "待验收"
        return f"{label} {(today - task.finished_on).days} 天" if task.finished_on else label
    left = (task.deadline - today).days if task.deadline else 0
    if left < 0:
        return f"已超期 {-left} 天"
    return f"距完成时限还有 {left} 天" if left else "今天到期"


def title(rule: str, task: Facts, *, today: dt.date) -> str:
    return f"{task.number} {words(rule, task, today=today)}"


def body(task: Facts) -> str:
    lines = [
        _cut(task.text, 120),
        f"牵头单位：{task.lead_name or '未定'}",
        f"完成时限：{_day(task.deadline)}",
    ]
    return "\n".join([*lines, f"批次：{task.notice_title}"])


def item(rule: str, task: Facts, *, today: dt.date) -> Item:
    return Item(
        _group(rule, task, today),
        task.pk,
        task.number,
        _cut(task.text, 60),
        task.notice_title,
        task.lead_name or "未定",
        _day(task.deadline),
        words(rule, task, today=today),
    )


def digest(person: Person, items: Iterable[Item], *, today: dt.date) -> EmailMessage:
    """The day's mail to one person; texts in templates/emails/."""
    known = sorted(items, key=lambda i: (_GROUPS.index(i.group), i.deadline, i.number))
    shown = known[:_MOST]
    groups = [(name, [i for i in shown if i.group == name]) for name in _GROUPS]
    counts = [(name, sum(i.group == name for i in known)) for name in _GROUPS]
    values = {
        "name": person.name,
        "today": today,
        "total": len(known),
        "more": len(known) - len(shown),
        "groups": [(name, found) for name, found in groups if found],
        "counts": [(name, n) for name, n in counts if n],
        "address": settings.BASE_URL,
    }
    subject = " ".join(render_to_string("emails/digest_subject.txt", values).split())
    return EmailMessage(
        subject,
        render_to_string("emails/digest_body.txt", values).strip() + "\n",
        to=[person.email],
        headers={"Auto-Submitted": "auto-generated"},
    )


def _group(rule: str, task: Facts, today: dt.date) -> str:
    if rule in WAITING.values():
        return "待您审核" if task.state == State.SUBMITTED else "待您验收"
    if rule == OVERDUE or (task.deadline is not None and task.deadline < today):
        return "已超期"
    return "今天到期" if task.deadline == today else "将到期"


def _cut(text: str, most: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else "未定"
