"""What a reminder says: one message per task in the inbox, one digest per person and day by e-mail, one per group."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from notices.domain.audience import Facts, Person
from notices.domain.reminder_rules import (
    DIRECTIVE,
    EVIDENCE,
    EXTENSION_HEAD,
    EXTENSION_OFFICE,
    FINDING,
    IDLE,
    LETTER,
    LOOK_BACK,
    OVERDUE,
    REVIEW,
    WAITING,
    WEEK,
)
from notices.domain.wording import BUILT_IN, Text, fill
from notices.models import Reminder
from notices.terms import State, WordingKind

_MOST = 100  # tasks a mail lists; the rest is counted
_MOST_POSTED = 20  # tasks a group message lists


class Manner(NamedTuple):
    """How a subject that is no task is spoken of: its group in a digest, what is due, the name of its day, where to act.

    `late`: what is said once the day is past; `due` before it.
    """

    group: str
    due: str
    late: str
    day: str
    where: str


_REPLY = ("待回复", "待回复，还有 {left} 天", "逾期 {late} 天未回复", "回复时限")
MANNERS = {
    EXTENSION_HEAD: Manner("延期待批", "", "延期申请待单位审核 {late} 天", "等待自", "“延期”页面"),
    EXTENSION_OFFICE: Manner("延期待批", "", "延期申请待审批 {late} 天", "等待自", "“延期”页面"),
    WEEK: Manner("待报周报", "", "已截止 {late} 天，仍未报送", "截止日", "“周报”页面"),
    DIRECTIVE: Manner(_REPLY[0], f"批示{_REPLY[1]}", f"批示{_REPLY[2]}", _REPLY[3], "“批示”页面"),
    LETTER: Manner(*_REPLY, "“函件”页面"),
    FINDING: Manner(*_REPLY, "“督导”页面"),
    LOOK_BACK: Manner("回头看", "还有 {left} 天结束，有任务未核查", "已过结束日期 {late} 天，有任务未核查", "结束日期", "“回头看”页面"),
    EVIDENCE: Manner("材料到期", "佐证材料还有 {left} 天到期", "佐证材料已过期 {late} 天", "有效期至", "任务页面"),
}  # fmt: skip
_ON_THE_DAY = {
    WEEK: "今天截止，尚未报送",
    DIRECTIVE: "批示今天应回复",
    LETTER: "今天应回复",
    FINDING: "今天应回复",
    LOOK_BACK: "今天结束，有任务未核查",
    EVIDENCE: "佐证材料今天到期",
}
_TASK_GROUPS = ("已超期", "今天到期", "将到期", "多日无进展", "待您审核", "待您验收", "待复查")
_GROUPS = (*_TASK_GROUPS, *dict.fromkeys(manner.group for manner in MANNERS.values()))
_OF_A_GROUP = {"待您审核": "待单位审核", "待您验收": "待验收"}


class Item(NamedTuple):
    """One task (or other subject) in a digest; `task` is 0 where it belongs to none."""

    group: str
    task: int
    number: str
    text: str
    notice: str
    notice_id: int
    lead: str
    deadline: str
    words: str
    day_name: str = "完成时限"


def _of_other(rule: str, subject: Facts, today: dt.date) -> str:
    days = (subject.deadline - today).days if subject.deadline else 0
    manner = MANNERS[rule]
    if days == 0 and rule in _ON_THE_DAY:
        return _ON_THE_DAY[rule]
    return manner.due.format(left=days) if days > 0 and manner.due else manner.late.format(late=-days)


def words(rule: str, task: Facts, *, today: dt.date) -> str:
    """How the task stands today, e.g. 已超期 3 天; days are calendar days."""
    if rule in WAITING.values():
        label = "待单位审核" if task.state == State.SUBMITTED else "待验收"
        return f"{label} {(today - task.finished_on).days} 天" if task.finished_on else label
    if rule in MANNERS:
        return _of_other(rule, task, today)
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


def body(rule: str, task: Facts, *, letter: str = "") -> str:
    """`letter`: the letter that goes with it, a word."""
    manner = MANNERS.get(rule)
    lines = [
        _cut(task.text, 120),
        f"{'单位' if manner else '牵头单位'}：{task.lead_name or '未定'}"
        if task.lead_name or not manner
        else "",
        f"{manner.day if manner else '完成时限'}：{_day(task.deadline)}",
        f"批次：{task.notice_title}",
        f"请到{manner.where}办理。" if manner else "",
    ]
    lines = [line for line in lines if line]
    return "\n".join([*lines, f"文书：{letter}"] if letter else lines)


def item(rule: str, task: Facts, *, today: dt.date) -> Item:
    return Item(
        _group(rule, task, today),
        task.pk,
        task.number,
        _cut(task.text, 60),
        task.notice_title,
        task.notice,
        task.lead_name or ("" if rule in MANNERS else "未定"),
        _day(task.deadline),
        words(rule, task, today=today),
        MANNERS[rule].day if rule in MANNERS else "完成时限",
    )


def items(good: Iterable[tuple[Reminder, Facts]], *, today: dt.date) -> list[Item]:
    """One for each task or other subject; of several rows about one the last counts."""
    return list({row.about: item(row.rule, task, today=today) for row, task in good}.values())


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
        lines += [
            " · ".join(filter(None, (f"{i.number} {i.words}", i.lead))) for i in shown if i.group == name
        ]
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
    if rule in MANNERS:
        return MANNERS[rule].group
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
