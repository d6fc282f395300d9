"""Is a due reminder still true? Asked of the task as it is now, just before the reminder is sent."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Max

from notices.domain.audience import Facts, facts_of, judges, told_by_rank
from notices.domain.book import Book
from notices.domain.due import UNDER_WAY, with_idle_since, with_looked_at
from notices.domain.reminder_rules import IDLE, REVIEW, WAITING
from notices.models import NO_DAY, Reminder, Task
from notices.terms import Channel, State


class Checked(NamedTuple):
    """A row with its task as it is now and the reason not to send it; "" when it is still right."""

    row: Reminder
    task: Facts
    why_not: str


def checked(rows: Iterable[Reminder], book: Book) -> list[Checked]:
    """A few queries, however many rows."""
    found = list(rows)
    tasks = {t.pk: t for t in facts_of(Task.objects.filter(pk__in={row.task_id for row in found}))}
    theirs = Reminder.objects.filter(task__in=set(tasks))
    latest = theirs.values_list("task_id", "recipient_id", "outlet_id", "channel")
    newest = {tuple(key): day for *key, day in latest.annotate(Max("occurrence_on"))}
    days = _days_of(found)
    result = []
    for row in found:
        task = tasks[row.task_id]
        old = row.occurrence_on < newest[row.task_id, row.recipient_id, row.outlet_id, row.channel]
        why_not = "已有更新的提醒" if old else objection(row, task, days.get((row.rule, task.pk)), book)
        result.append(Checked(row, task, why_not))
    return result


def _days_of(rows: Iterable[Reminder]) -> dict[tuple[str, int], dt.date]:
    """For rules that count from another day than the deadline: (rule, task) → that day as it is now."""
    found: dict[tuple[str, int], dt.date] = {}
    for rule, since, name in ((IDLE, with_idle_since, "idle_since"), (REVIEW, with_looked_at, "looked_at")):
        pks = {row.task_id for row in rows if row.rule == rule}
        if pks:
            for pk, day in since(Task.objects.filter(pk__in=pks)).values_list("pk", name):
                found[rule, pk] = day
    return found


def objection(row: Reminder, task: Facts, since: dt.date | None, book: Book) -> str:
    """Why this row must not be sent; `since`: the day idle and review count from."""
    if task.notice not in book.ladders:
        return "该批次已不再提醒"
    return _receiver_objection(row, task, book) or _task_objection(row, task, since, book)


def _receiver_objection(row: Reminder, task: Facts, book: Book) -> str:
    way = book.ladders[task.notice].way(row.rule)
    if row.recipient_id is None:
        on = any(outlet.pk == row.outlet_id for outlet in book.outlets_of(task.notice))
        return "" if on and way.group else "该规则不再推送到这个渠道"
    person = book.people.people.get(row.recipient_id)
    if person is None:
        return "收件人账号已停用"
    if row.channel == Channel.EMAIL and not person.email:
        return "收件人没有邮箱"
    if row.channel == Channel.EMAIL and not person.takes_mail(way):
        return "收件人不接收邮件提醒" if way.mail else "该规则不再发邮件"
    return ""


def _task_objection(row: Reminder, task: Facts, since: dt.date | None, book: Book) -> str:
    if row.rule in WAITING.values():
        return _waiting_objection(row, task, book)
    tell = book.ladders[task.notice].tells(row.rule)
    if tell is None:
        return "提醒规则已调整"
    if task.state not in ((State.SUSTAINED,) if row.rule == REVIEW else UNDER_WAY):
        return f"发送前任务已是“{State(task.state).label}”"
    if row.rule in (IDLE, REVIEW):
        if since != row.deadline:
            return "已有新的进展"
    elif task.deadline != row.deadline:
        return "完成时限已调整"
    if row.recipient_id is None or row.recipient_id in told_by_rank(task, tell, book.people):
        return ""
    return "收件人已不负责该任务"


def _waiting_objection(row: Reminder, task: Facts, book: Book) -> str:
    if WAITING.get(task.state) != row.rule:
        return f"发送前任务已是“{State(task.state).label}”"
    if (task.finished_on or NO_DAY) != row.deadline:
        return "申请已重新提交"
    if row.recipient_id is None or row.recipient_id in judges(task, book.people):
        return ""
    return "收件人已不负责审核该任务"
