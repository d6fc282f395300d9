"""Messages in people's inboxes: who is told of what. Rows only; delivery elsewhere is the sweep's."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from accounts import audit
from accounts.access import deputies, on_day, people_with
from accounts.models import User
from accounts.roles import Role
from notices.domain.workdays import ZONE, Calendar
from notices.errors import Refused
from notices.models import Message, Preference, Task
from notices.terms import MessageKind


def tell(
    people: Iterable[User],
    kind: MessageKind,
    title: str,
    *,
    body: str = "",
    task: Task | None,
    at: dt.datetime,
) -> int:
    """One message a person, whatever roles bring them in; whoever stands in for one of them that day and may see the
    task gets it too. Returns how many people."""
    unique = {user.pk: user for user in people}
    unique |= {user.pk: user for user in _standing_in(unique, task, at)}
    Message.objects.bulk_create(
        [
            Message(recipient=u, kind=kind, title=title[:200], body=body, task=task, at=at)
            for u in unique.values()
        ]
    )
    return len(unique)


def _standing_in(people: Iterable[int], task: Task | None, at: dt.datetime) -> list[User]:
    today = at.astimezone().date()
    found = [on_day(row.deputy, today) for row in deputies(people, today)]
    if task is None:
        return found
    return [user for user in found if Task.objects.visible_to(user).filter(pk=task.pk).exists()]


def workers(task: Task) -> list[User]:
    """经办人: the task's contact when matched, else the lead unit's staff, else its head."""
    if task.contact is not None and task.contact.is_active:
        return [task.contact]
    if task.lead_unit_id is None:
        return []
    return people_with(Role.STAFF, task.lead_unit_id, above=False) or people_with(
        Role.HEAD, task.lead_unit_id
    )


def heads(task: Task) -> list[User]:
    return people_with(Role.HEAD, task.lead_unit_id) if task.lead_unit_id else []


def leaders(task: Task) -> list[User]:
    """责任领导: the account matched to the task, else the leaders over the lead unit."""
    if task.leader is not None and task.leader.is_active:
        return [task.leader]
    return people_with(Role.LEADER, task.lead_unit_id) if task.lead_unit_id else []


def office(task: Task) -> list[User]:
    return people_with(Role.OFFICE, task.notice.unit_id)


_STEP_WORDS = {
    "assign": "新任务待签收",
    "reassign": "任务已改派，待签收",
    "decline": "单位退签，请重新分派",
    "submit": "申请销号，待单位审核",
    "approve": "单位审核通过，待验收",
    "return": "销号申请被退回",
    "close": "任务已销号",
    "reopen": "任务反弹，已重新立项整改",
    "complete": "长期坚持任务已转为完成",
    "cancel": "任务已撤销",
}


def tell_step(
    task: Task,
    step: str,
    *,
    by: User | None,
    at: dt.datetime,
    reason: str,
    applicant: User | None = None,
) -> int:
    """Tell those who have to act next, or whose work was judged; `applicant`: who had applied before the step."""
    if step not in _STEP_WORDS:
        return 0
    if step == "decline":
        people = office(task)
    elif step == "approve":
        people = office(task) or people_with(Role.SUPERVISOR, task.notice.unit_id)
    elif step == "submit":
        people = heads(task)
    else:
        people = [*workers(task), *heads(task)]
        if applicant is not None and applicant.is_active:
            people.append(applicant)
    others = [u for u in people if by is None or u.pk != by.pk]
    title = f"{task.number} {_STEP_WORDS[step]}"
    return tell(others, MessageKind.STEP, title, body=_body(task, reason), task=task, at=at)


def _body(task: Task, reason: str) -> str:
    return f"{task.text[:120]}{chr(10) + '理由：' + reason.strip() if reason.strip() else ''}"


def tell_assigned(tasks: Iterable[Task], *, by: User | None, at: dt.datetime, reason: str) -> int:
    """What `tell_step` says of an assignment, for many tasks: the people of a lead unit and contact are looked up once."""
    known: dict[tuple[int | None, int | None], list[User]] = {}
    rows: list[Message] = []
    for task in tasks:
        key = (task.lead_unit_id, task.contact_id)
        if key not in known:
            unique = {u.pk: u for u in [*workers(task), *heads(task)] if by is None or u.pk != by.pk}
            known[key] = list(unique.values())
        title = f"{task.number} {_STEP_WORDS['assign']}"[:200]
        body = _body(task, reason)
        rows += [
            Message(recipient=u, kind=MessageKind.STEP, title=title, body=body, task=task, at=at)
            for u in known[key]
        ]
    Message.objects.bulk_create(rows, batch_size=1000)
    return len(rows)


@transaction.atomic
def mark_read(user: User, ids: Iterable[int] | None, *, at: dt.datetime) -> int:
    """Mark the user's own messages read; None means all but those put off. Returns how many changed."""
    mine = Message.objects.of(user).unread()
    if ids is None:
        mine = mine.awake(at=at)
    if ids is not None:
        mine = mine.filter(pk__in=list(ids))
    return mine.update(read_at=at)


SNOOZES = {"day": "24 小时后", "tomorrow": "明天上午", "workday": "下一个工作日上午"}
_MORNING = dt.time(8)


def wake_time(how: str, calendar: Calendar, *, at: dt.datetime) -> dt.datetime:
    """When a message put off in this way comes back."""
    day = dt.timedelta(days=1)
    if how == "day":
        return at + day
    tomorrow = at.astimezone(ZONE).date() + day
    if how == "workday":
        tomorrow = calendar.next_working(tomorrow)
    elif how != "tomorrow":
        raise Refused("请选择稍后提醒的时间：24 小时后、明天上午或下一个工作日上午。")
    return dt.datetime.combine(tomorrow, _MORNING, ZONE)


@transaction.atomic
def snooze(message: Message, until: dt.datetime) -> None:
    """Put a message off; it comes back unread at the top. The caller fetched it among the person's own."""
    Message.objects.filter(pk=message.pk).update(snoozed_until=until, read_at=None)


@transaction.atomic
def wake(message: Message) -> None:
    """Take a message back at once."""
    Message.objects.filter(pk=message.pk).update(snoozed_until=None)


def wants_mails(user: User) -> bool:
    return not Preference.objects.filter(user=user, mails=False).exists()


@transaction.atomic
def prefer(user: User, *, mails: bool, at: dt.datetime) -> None:
    """Whether reminders come by mail where the rule leaves the choice."""
    Preference.objects.update_or_create(user=user, defaults={"mails": mails})
    audit.record(audit.Act("reminder.prefer", "user", user.pk, data={"mails": mails}), by=user, at=at)
