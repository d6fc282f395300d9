"""催办: a leader's or the office's push on a task."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils.timezone import localtime

from accounts import audit
from accounts.models import User
from notices.domain import inbox, permissions
from notices.errors import Refused
from notices.models import Nudge, Task
from notices.terms import MessageKind

PAUSE = dt.timedelta(days=2)  # one push per task in this time


@dataclass(frozen=True)
class Pushed:
    """What became of a batch: the numbers pushed, and number → why not for the rest."""

    done: list[str]
    refused: dict[str, str]


def refusal(user: User, task: Task, *, at: dt.datetime) -> str | None:
    """None when this person may push the task now; else the sentence that says why not."""
    why_not = permissions.nudger(user, task)
    if why_not:
        return why_not
    last = task.nudges.order_by("-at").first()
    if last is not None and at - last.at < PAUSE:
        return f"任务 {task.number} 已于 {localtime(last.at):%m月%d日 %H:%M} 催办，两天内不重复催办。"
    if not [*inbox.workers(task), *inbox.heads(task)]:
        return f"任务 {task.number} 的牵头单位没有可接收催办的账号，请线下联系。"
    return None


@transaction.atomic
def push(task: Task, *, text: str, by: User, at: dt.datetime) -> Nudge:
    """Push one task: a row on the timeline, a message to the unit's people and its head."""
    locked = Task.objects.select_for_update(of=("self",)).select_related("notice").get(pk=task.pk)
    why_not = refusal(by, locked, at=at)
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


def push_many(tasks: Iterable[Task], *, text: str, by: User, at: dt.datetime) -> Pushed:
    """Push each task on its own; one refusal does not stop the others."""
    done: list[str] = []
    refused: dict[str, str] = {}
    for task in tasks:
        try:
            push(task, text=text, by=by, at=at)
        except Refused as why:
            refused[task.number] = str(why)
        else:
            done.append(task.number)
    return Pushed(done, refused)
