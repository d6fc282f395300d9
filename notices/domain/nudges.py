"""催办: a leader's or the office's push on a task.

One push per task in two working days, none at night or on a day off: a push is for people who are at work.
"""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.timezone import localtime

from accounts import audit
from accounts.models import User
from notices.domain import inbox, permissions
from notices.domain.batch import Batch
from notices.domain.workdays import QUIET_FROM, QUIET_UNTIL, Calendar, load_calendar
from notices.errors import Refused
from notices.models import Nudge, Task
from notices.terms import MessageKind

PAUSE = 2  # working days between two pushes of one task


def quiet(at: dt.datetime, calendar: Calendar) -> str:
    """The sentence that says when pushing is possible again; empty when it is now."""
    then = _not_before(at, calendar)
    if then == at:
        return ""
    return f"夜间（{QUIET_FROM}:00 至次日 {QUIET_UNTIL}:00）和休息日不催办，{_moment(then)} 起可以催办。"


def again_from(last: dt.datetime, calendar: Calendar) -> dt.datetime:
    """From when a task may be pushed again: the same hour two working days later."""
    local = localtime(last)
    day = calendar.working_after(local.date(), PAUSE)
    return _not_before(dt.datetime.combine(day, local.timetz()), calendar)


def _not_before(at: dt.datetime, calendar: Calendar) -> dt.datetime:
    return at if settings.NUDGE_ANY_TIME else calendar.mail_time(at)


def _moment(at: dt.datetime) -> str:
    return f"{localtime(at):%m月%d日 %H:%M}"


def refusal(user: User, task: Task, *, at: dt.datetime, calendar: Calendar | None = None) -> str | None:
    """None when this person may push the task now; else the sentence that says why not."""
    why_not = permissions.nudger(user, task)
    if why_not:
        return why_not
    calendar = calendar or load_calendar(localtime(at).date())
    last = task.nudges.order_by("-at").first()
    if last is not None and at < (again := again_from(last.at, calendar)):
        return (
            f"任务 {task.number} 已于 {_moment(last.at)} 催办，两个工作日内不重复催办，"
            f"{_moment(again)} 起可以再次催办。"
        )
    if why_not := quiet(at, calendar):
        return why_not
    if not [*inbox.workers(task), *inbox.heads(task)]:
        return f"任务 {task.number} 的牵头单位没有可接收催办的账号，请线下联系。"
    return None


@transaction.atomic
def push(task: Task, *, text: str, by: User, at: dt.datetime, calendar: Calendar | None = None) -> Nudge:
    """Push one task: a row on the timeline, a message to the unit's people and its head."""
    locked = Task.objects.select_for_update(of=("self",)).select_related("notice").get(pk=task.pk)
    why_not = refusal(by, locked, at=at, calendar=calendar)
    if why_not:
        raise Refused(why_not)
    row = Nudge(
        task=locked,
        text=text.strip(),
        by=by,
        by_name=audit.name_of(by),
        unit_name=audit.unit_name_of(by),
        at=at,
    )
    row.save(force_insert=True)
    Task.objects.filter(pk=task.pk).update(nudge_count=F("nudge_count") + 1)
    task.nudge_count = locked.nudge_count + 1
    people = [*inbox.workers(locked), *inbox.heads(locked)]
    body = (
        f"{row.unit_name} {by.name} 催办：{text.strip() or '请尽快推进整改并报送进展。'}\n{locked.text[:120]}"
    )
    inbox.tell(people, MessageKind.NUDGE, f"{locked.number} 被催办", body=body, task=locked, at=at)
    audit.record(
        audit.Act("task.nudge", "task", task.pk, locked.notice_id, data={"text": text.strip()}), by=by, at=at
    )
    return row


@transaction.atomic
def push_many(tasks: Iterable[Task], *, text: str, by: User, at: dt.datetime) -> Batch[Nudge]:
    """Push each task on its own; one refusal does not stop the others."""
    batch: Batch[Nudge] = Batch()
    calendar = load_calendar(localtime(at).date())
    for task in tasks:
        try:
            row = push(task, text=text, by=by, at=at, calendar=calendar)
        except Refused as why:
            batch.left.append((task, why))
        else:
            batch.made.append((task, row))
    return batch
