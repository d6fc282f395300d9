"""Is a due reminder still true? Asked of its task (or other subject) as it is now, just before it is sent."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import Max

from notices.domain import standing
from notices.domain.audience import Facts, facts_of, judges, told, told_by_rank
from notices.domain.book import Book
from notices.domain.due import UNDER_WAY, with_idle_since
from notices.domain.reminder_rules import IDLE, REVIEW, WAITING
from notices.models import NO_DAY, Reminder, Task, TaskQuerySet
from notices.terms import Channel, State


class Checked(NamedTuple):
    """A row with its task as it is now and the reason not to send it; "" when it is still right."""

    row: Reminder
    task: Facts
    why_not: str


def checked(rows: Iterable[Reminder], book: Book) -> list[Checked]:
    """A few queries, however many rows."""
    found = list(rows)
    tasks = {
        t.pk: t for t in facts_of(Task.objects.filter(pk__in={row.task_id for row in found if row.task_id}))
    }
    others = standing.facts(_key(row) for row in found if row.task_id is None)
    newest, days = _newest(found), _days_of(found)
    result = []
    for row in found:
        if row.task_id is None:
            task = others.get(_key(row)) or standing.blank(row.notice_id or 0)
        else:
            task = tasks[row.task_id]
        old = row.occurrence_on < newest[*row.about, row.recipient_id, row.outlet_id, row.channel]
        since = days.get((row.rule, task.pk))
        result.append(Checked(row, task, "已有更新的提醒" if old else objection(row, task, since, book)))
    return result


def _key(row: Reminder) -> standing.Key:
    return standing.Key(row.rule, row.notice_id or 0, row.subject, row.deadline)


def _newest(rows: list[Reminder]) -> dict[tuple[Any, ...], dt.date]:
    """The newest day of a reminder about the same, to the same receiver: of a task by whatever rule."""
    receiver = ("recipient_id", "outlet_id", "channel")
    of_tasks = Reminder.objects.filter(task__in={row.task_id for row in rows if row.task_id})
    found: dict[tuple[Any, ...], dt.date] = {}
    for task, *key, day in of_tasks.values_list("task_id", *receiver).annotate(Max("occurrence_on")):
        found[task, 0, "", 0, *key] = day
    subjects = {row.subject for row in rows if row.task_id is None}
    if subjects:
        notices = {row.notice_id for row in rows if row.task_id is None}
        others = Reminder.objects.filter(notice__in=notices, subject__in=subjects)
        for notice, rule, subject, *key, day in others.values_list(
            "notice_id", "rule", "subject", *receiver
        ).annotate(Max("occurrence_on")):
            found[0, notice, rule, subject, *key] = day
    return found


def _days_of(rows: Iterable[Reminder]) -> dict[tuple[str, int], dt.date]:
    """For rules that count from another day than the deadline: (rule, task) → that day as it is now."""
    found: dict[tuple[str, int], dt.date] = {}
    for rule, since, name in (
        (IDLE, with_idle_since, "idle_since"),
        (REVIEW, TaskQuerySet.with_checked_on, "checked_on"),
    ):
        pks = {row.task_id for row in rows if row.rule == rule and row.task_id}
        if pks:
            for pk, day in since(Task.objects.filter(pk__in=pks)).values_list("pk", name):
                found[rule, pk] = day
    return found


def objection(row: Reminder, task: Facts, since: dt.date | None, book: Book) -> str:
    """Why this row must not be sent; `since`: the day idle and review count from."""
    if task.notice not in book.ladders:
        return "该批次已不再提醒"
    why_not = _receiver_objection(row, task, book)
    if why_not:
        return why_not
    return _task_objection(row, task, since, book) if row.task_id else _other_objection(row, task, book)


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
            return "已复查" if row.rule == REVIEW else "已有新的进展"
    elif task.deadline != row.deadline:
        return "完成时限已调整"
    if row.recipient_id is None or row.recipient_id in told_by_rank(task, tell, book.people):
        return ""
    return "收件人已不负责该任务"


def _other_objection(row: Reminder, subject: Facts, book: Book) -> str:
    tell = standing.tells(row.rule, book.ladders[subject.notice])
    if tell is None:
        return "提醒规则已调整"
    if subject.deadline is None:
        return standing.NO_LONGER[row.rule]
    if row.recipient_id is None or row.recipient_id in told(subject, tell, book.people):
        return ""
    return "收件人已不负责此事"


def _waiting_objection(row: Reminder, task: Facts, book: Book) -> str:
    if WAITING.get(task.state) != row.rule:
        return f"发送前任务已是“{State(task.state).label}”"
    if (task.finished_on or NO_DAY) != row.deadline:
        return "申请已重新提交"
    if row.recipient_id is None or row.recipient_id in judges(task, book.people):
        return ""
    return "收件人已不负责审核该任务"
