"""What a reminder says: one message per task in the inbox, one digest per person and day by e-mail, one per group."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from notices.domain.audience import Facts, Person
from notices.domain.reminder_rules import IDLE, OVERDUE, REVIEW, WAITING
from notices.domain.wording import BUILT_IN, Text, fill
from notices.terms import State, WordingKind

_MOST = 100  # tasks a mail lists; the rest is counted
_MOST_POSTED = 20  # tasks a group message lists
_GROUPS = ("已超期", "今天到期", "将到期", "多日无进展", "待您审核", "待您验收", "待复查")
_OF_A_GROUP = {"待您审核": "待单位审核", "待您验收": "待验收"}


class Item(NamedTuple):
    """One task in a digest."""

    group: str
    task: int
    number: str
    text: str
    notice: str
    notice_id: int
    lead: str
    deadline: str
    words: str


def words(rule: str, task: Facts, *, today: dt.date) -> str:
    """How the task stands today, e.g. 已超期 3 天; days are calendar days."""
    if rule in WAITING.values():
        label = "待单位审核" if task.state == State.SUBMITTED else "待验收"
        return f"{label} {(today - task.finished_on).days} 天" if task.finished_on else label
    if rule == IDLE:
        return "多日没有新的进展"
    if rule == REVIEW:
        return "长期坚持，已到复查时间"
    left = (task.deadline - today).days if task.deadline else 0
    if left < 0:
        return f"已超期 {-left} 天"
    return f"距完成时限还有 {left} 天" if left else "今天到期"


def title(rule: str, task: Facts, *, today: dt.date) -> str:
    return f"{task.number} {words(rule, task, today=today)}"


def body(task: Facts, *, letter: str = "") -> str:
    """`letter`: the letter that goes with it, a word."""
    lines = [
        _cut(task.text, 120),
        f"牵头单位：{task.lead_name or '未定'}",
        f"完成时限：{_day(task.deadline)}",
        f"批次：{task.notice_title}",
    ]
    return "\n".join([*lines, f"文书：{letter}"] if letter else lines)


def item(rule: str, task: Facts, *, today: dt.date) -> Item:
    return Item(
        _group(rule, task, today),
        task.pk,
        task.number,
        _cut(task.text, 60),
        task.notice_title,
        task.notice,
        task.lead_name or "未定",
        _day(task.deadline),
        words(rule, task, today=today),
    )


def digest(
    person: Person, items: Iterable[Item], *, today: dt.date, text: Text = BUILT_IN[WordingKind.MAIL]
) -> EmailMessage:
    """The day's mail to one person; the list of tasks stands in templates/emails/."""
    known = _sorted(items)
    shown = known[:_MOST]
    groups = [(name, [i for i in shown if i.group == name]) for name in _GROUPS]
    parts = {
        "groups": [(name, found) for name, found in groups if found],
        "more": len(known) - len(shown),
        "address": settings.BASE_URL,
    }
    values = _values(known, today) | {
        "姓名": person.name,
        "清单": render_to_string("emails/digest_list.txt", parts).strip(),
    }
    return EmailMessage(
        " ".join(fill(text.subject, values).split()),
        fill(text.body, values).strip() + "\n",
        to=[person.email],
        headers={"Auto-Submitted": "auto-generated"},
    )


def post(items: Iterable[Item], *, today: dt.date, text: Text = BUILT_IN[WordingKind.POST]) -> str:
    """The day's message to a group: numbers and days, nothing of what a task says, for it may leave the house."""
    known = [item._replace(group=_OF_A_GROUP.get(item.group, item.group)) for item in _sorted(items)]
    shown = known[:_MOST_POSTED]
    lines = []
    for name in dict.fromkeys(item.group for item in shown):
        lines.append(f"【{name}】")
        lines += [f"{i.number} {i.words} · {i.lead}" for i in shown if i.group == name]
    if len(known) > _MOST_POSTED:
        lines.append(f"另有 {len(known) - _MOST_POSTED} 项，请登录系统查看。")
    return fill(text.body, _values(known, today) | {"清单": "\n".join(lines)}).strip()


def _sorted(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda i: (_GROUPS.index(i.group), i.deadline, i.number))


def _values(known: list[Item], today: dt.date) -> dict[str, object]:
    counts = [(name, sum(i.group == name for i in known)) for name in (*_GROUPS, *_OF_A_GROUP.values())]
    return {
        "日期": f"{today.year}年{today.month}月{today.day}日",
        "总数": len(known),
        "分类": "，".join(f"{name} {n} 项" for name, n in counts if n),
        "网址": settings.BASE_URL,
    }


def _group(rule: str, task: Facts, today: dt.date) -> str:
    if rule in WAITING.values():
        return "待您审核" if task.state == State.SUBMITTED else "待您验收"
    if rule in (IDLE, REVIEW):
        return "多日无进展" if rule == IDLE else "待复查"
    if rule == OVERDUE or (task.deadline is not None and task.deadline < today):
        return "已超期"
    return "今天到期" if task.deadline == today else "将到期"


def _cut(text: str, most: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else "未定"
