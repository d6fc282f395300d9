"""提醒运行情况: the last and next sweep, the queue, failures, workers, and whom no reminder reaches. From the rows."""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Count, Max, Min, Q

from accounts import audit
from accounts.access import reach
from accounts.models import User
from accounts.roles import Can
from notices.domain.due import UNDER_WAY
from notices.errors import Refused
from notices.models import Heartbeat, Notice, Reminder, Sweep, Task
from notices.models.message import ReminderQuerySet
from notices.terms import Channel, DeliveryState

LATE = dt.timedelta(minutes=15)  # without a sweep: something is wrong
QUIET = dt.timedelta(minutes=5)  # without a sign of a worker
_FORGOTTEN = dt.timedelta(days=7)  # a worker not heard of for so long is gone for good
_SHOWN = 50


class Waiting(NamedTuple):
    """Rows of one channel: those that could leave now, those held for a later hour, those being sent."""

    channel: str
    now: int
    later: int
    claimed: int
    since: dt.datetime | None
    next_at: dt.datetime | None


class Failure(NamedTuple):
    """Reminders of one receiver that were given up, with the last answer."""

    receiver: str
    channel: str
    rows: int
    note: str
    last_at: dt.datetime
    key: str


class Nameless(NamedTuple):
    rank: str
    name: str
    tasks: int
    first: str


@dataclass(frozen=True)
class Health:
    """`trouble`: sentences about what is wrong now; empty when all is well."""

    last: Sweep | None
    next_at: dt.datetime | None
    dry: bool
    mail_printed: bool
    queue: tuple[Waiting, ...]
    sent_today: int
    failures: tuple[Failure, ...]
    unmatched: tuple[Nameless, ...]
    workers: tuple[Heartbeat, ...]
    trouble: tuple[str, ...]


def of_user(user: User) -> ReminderQuerySet:
    """Reminders the person looks after: the office and the administrator those of the notices of their units."""
    return _of_units(reach(user, Can.PLAN) | reach(user, Can.ACCOUNTS))


def deliveries(user: User) -> ReminderQuerySet:
    """Reminders of the notices of the person's office, one by one. Not the administrator's: they name tasks."""
    return _of_units(reach(user, Can.PLAN))


def _of_units(units: set[int]) -> ReminderQuerySet:
    return Reminder.objects.filter(Q(task__notice__unit__in=units) | Q(notice__unit__in=units))


def health(user: User, *, at: dt.datetime, midnight: dt.datetime) -> Health:
    """A fixed number of queries. `midnight`: the beginning of today."""
    last = Sweep.objects.order_by("-started_at", "-pk").first()
    workers = tuple(Heartbeat.objects.filter(at__gt=at - _FORGOTTEN).order_by("worker"))
    sent = Reminder.objects.filter(state=DeliveryState.SENT, sent_at__gte=midnight).count()
    return Health(
        last,
        last.started_at + settings.SWEEP_EVERY if last else None,
        settings.REMINDERS_DRY,
        not settings.EMAIL_BACKEND.endswith(("smtp.EmailBackend", "locmem.EmailBackend")),
        tuple(queue(at=at)),
        sent,
        tuple(failures(user)),
        tuple(unmatched(user)),
        workers,
        tuple(_trouble(last, workers, at)),
    )


def _trouble(last: Sweep | None, workers: tuple[Heartbeat, ...], at: dt.datetime) -> list[str]:
    found = []
    if settings.REMINDERS_DRY:
        found.append("现在是试运行（REMINDERS_DRY=1）：只试算，不写入、不发送任何提醒。")
    elif last is None:
        found.append("还没有巡检过，请确认后台服务（worker 和 beat）已经启动。")
    elif at - last.started_at > LATE:
        found.append("超过 15 分钟没有巡检，请检查后台服务（worker 和 beat）是否在运行。")
    if not any(at - beat.at <= QUIET for beat in workers):
        found.append("5 分钟内没有收到工作进程的心跳，请检查 worker 是否在运行。")
    return found


def queue(*, at: dt.datetime) -> list[Waiting]:
    """One query; channels with nothing waiting are left out."""
    rows = Reminder.objects.filter(state__in=(DeliveryState.DUE, DeliveryState.CLAIMED))
    due = Q(state=DeliveryState.DUE)
    counts = rows.values_list("channel").annotate(
        now=Count("pk", filter=due & Q(not_before__lte=at)),
        later=Count("pk", filter=due & Q(not_before__gt=at)),
        claimed=Count("pk", filter=Q(state=DeliveryState.CLAIMED)),
        since=Min("created_at"),
        next_at=Min("not_before", filter=due & Q(not_before__gt=at)),
    )
    return [Waiting(str(Channel(row[0]).label), *row[1:]) for row in counts.order_by("channel")]


def failures(user: User) -> list[Failure]:
    rows = of_user(user).filter(state=DeliveryState.FAILED)
    groups = rows.values_list(
        "recipient_id", "outlet_id", "channel", "recipient__name", "outlet__name"
    ).annotate(count=Count("pk"), note=Max("note"), last=Max("not_before"))
    return [
        Failure(
            name or outlet_name or "—", str(Channel(channel).label), count, note, last,
            f"{channel}-{person or outlet}",
        )
        for person, outlet, channel, name, outlet_name, count, note, last in groups.order_by("-last")[:_SHOWN]
    ]  # fmt: skip


@transaction.atomic
def retry(user: User, key: str, *, at: dt.datetime) -> int:
    """Queue what was given up for one receiver again, as if it had never been tried. Returns how many rows."""
    channel, _, pk = key.partition("-")
    if channel not in Channel.values or not (pk.isascii() and pk.isdigit()) or len(pk) > 18:
        raise Refused("没有找到要重试的提醒，请刷新页面后再试。")
    who = "recipient" if channel in (Channel.INBOX, Channel.EMAIL) else "outlet"
    rows = of_user(user).filter(channel=channel, state=DeliveryState.FAILED, **{who: int(pk)})
    changes: dict[str, object] = {"state": DeliveryState.DUE, "tries": 0, "not_before": at, "note": ""}
    count = Reminder.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).update(**changes)
    if not count:
        raise Refused("没有找到要重试的提醒，可能已经重试过，请刷新页面。")
    data = {"channel": channel, who: int(pk), "rows": count}
    audit.record(audit.Act("reminder.retry", "reminder", None, data=data), by=user, at=at)
    return count


def unmatched(user: User) -> list[Nameless]:
    """People whom open tasks of the office's notices name and who have no account, most tasks first. Two queries."""
    notices = Notice.objects.live().filter(unit__in=reach(user, Can.PLAN))
    tasks = Task.objects.filter(notice__in=notices, is_open=True, state__in=UNDER_WAY)
    found: list[Nameless] = []
    for rank, account, name in (
        ("责任人", "contact", "contact_text"),
        ("责任领导", "leader", "leader_text"),
    ):
        rows = tasks.filter(**{account: None}).exclude(**{name: ""}).values_list(name)
        counted = rows.annotate(tasks=Count("pk"), first=Min("number")).order_by("-tasks", name)
        found += [Nameless(rank, *row) for row in counted[:_SHOWN]]
    return found


def beat(worker: str, job: str, *, at: dt.datetime) -> None:
    """A worker is alive: it has begun this job."""
    Heartbeat.objects.update_or_create(worker=worker[:200], defaults={"at": at, "job": job[:50]})


def send_test_mail(user: User, connection: BaseEmailBackend, *, at: dt.datetime, local: dt.datetime) -> str:
    """One mail to the person who asks. "" when it was handed over, else why not; either is recorded."""
    if not user.email.strip():
        raise Refused("您的账号没有填写邮箱，请先请系统管理员补上。")
    letter = EmailMessage(
        "整改督办系统测试邮件",
        f"收到本邮件说明邮件发送正常。发送时间 {local:%Y-%m-%d %H:%M}。\n",
        to=[user.email.strip()],
        headers={"Auto-Submitted": "auto-generated"},
        connection=connection,
    )
    try:
        letter.send()
    except (OSError, ValueError) as failed:
        error = f"{type(failed).__name__}: {failed}"[:300]
    else:
        error = ""
    act = audit.Act("reminder.test_mail", "user", user.pk, ok=not error, data={"answer": error})
    audit.record(act, by=user, at=at)
    return error
