"""Deliveries sent: the owner's rights asked anew, what may be read now, a signature, and pauses between tries.

As a mail, a delivery is claimed with a lease before it is sent. A receiver that does not answer is tried with one
delivery a run; after days without any success the subscription is switched off and its owner is told.
"""

import datetime as dt
import json
import logging
from collections import Counter
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import audit
from accounts.access import on_day
from accounts.models import User
from notices.domain import inbox, vault, wire
from notices.domain.book import Moment
from notices.domain.queue import LEASE, PAUSES
from notices.errors import Refused
from notices.models import Delivery, Directive, Extension, Letter, Subscription, Task
from notices.terms import DeliveryState, MessageKind

GIVE_UP = dt.timedelta(days=3)  # without any success: the subscription is switched off
_PAGE = 200

logger = logging.getLogger(__name__)


def deliver(moment: Moment) -> Counter[str]:
    """Send what is due, oldest first. Returns how many ended in which state. Safe beside another sender."""
    tally: Counter[str] = Counter()
    dead: set[int] = set()
    while not moment.is_over():
        rows = list(_waiting(moment).exclude(subscription__in=dead).order_by("pk")[:_PAGE])
        if not rows:
            break
        for row in rows:
            if moment.is_over():
                break
            if row.subscription_id in dead or not (lease := _claim(row, moment)):
                continue
            state = _deliver_one(row, lease, moment)
            tally[state] += 1
            if state not in (DeliveryState.SENT, DeliveryState.SKIPPED):
                dead.add(row.subscription_id)
    return tally


def _waiting(moment: Moment) -> QuerySet[Delivery]:
    now = moment.now()
    due = Q(state=DeliveryState.DUE, not_before__lte=now)
    left = Q(state=DeliveryState.CLAIMED) & ~Q(lease_until__range=(now, now + LEASE))
    found = Delivery.objects.filter(due | left, subscription__in=Subscription.objects.on())
    return found.select_related("subscription__owner")


def _claim(row: Delivery, moment: Moment) -> dt.datetime | None:
    """Compare and set: the lease, or None when another sender has it."""
    lease = moment.now() + LEASE
    claimed = Delivery.objects.filter(pk=row.pk, state=row.state, lease_until=row.lease_until).update(
        state=DeliveryState.CLAIMED, lease_until=lease
    )
    return lease if claimed else None


def _deliver_one(row: Delivery, lease: dt.datetime, moment: Moment) -> str:
    """1. may the owner see it now; 2. post; 3. write down what came of it."""
    to = row.subscription
    told = content(row, on_day(to.owner, moment.today))
    if told is None:
        _settle(row, lease, state=DeliveryState.SKIPPED, note="订阅人现在无权查看，没有发送。", code=None)
        return DeliveryState.SKIPPED
    code, error = _post(row, told, moment.now())
    if not error:
        _settle(row, lease, state=DeliveryState.SENT, sent_at=moment.now(), note="", code=code)
        Subscription.objects.filter(pk=to.pk).exclude(failing_since=None).update(failing_since=None)
        return DeliveryState.SENT
    last = row.tries >= len(PAUSES)
    state = DeliveryState.FAILED if last else DeliveryState.DUE
    pause = {} if last else {"not_before": moment.now() + PAUSES[row.tries]}
    _settle(row, lease, state=state, tries=row.tries + 1, note=error[:300], code=code, **pause)
    logger.warning("delivery %d to subscription %d failed: %s", row.pk, to.pk, error)
    _failed(to, at=moment.now())
    return state


def _settle(row: Delivery, lease: dt.datetime, **values: Any) -> None:
    Delivery.objects.filter(pk=row.pk, lease_until=lease).update(lease_until=None, **values)


# ── What is sent ─────────────────────────────────────────────────────────────
def content(row: Delivery, owner: User) -> dict[str, Any] | None:
    """The body, of what the owner may see now; None when that is nothing. Numbers, states and days, and where to read
    the rest: texts are fetched with a token, under the rights of that moment."""
    subject = _subject(row, owner)
    if subject is None:
        return None
    return {
        "id": row.pk,
        "event": row.event,
        "action": row.action,
        "at": row.at.isoformat(),
        "subject": {"type": row.subject_type, "id": row.subject_id},
        "data": subject,
    }


def _subject(row: Delivery, owner: User) -> dict[str, Any] | None:
    if row.subject_type == "task":
        task = Task.objects.visible_to(owner).filter(pk=row.subject_id).first()
        return None if task is None else _task(task)
    if row.subject_type == "letter":
        letter = Letter.objects.visible_to(owner).filter(pk=row.subject_id).first()
        return None if letter is None else _letter(letter)
    if row.subject_type == "directive":
        given = Directive.objects.visible_to(owner).filter(pk=row.subject_id).first()
        return None if given is None else _directive(given)
    return None


def _letter(letter: Letter) -> dict[str, Any]:
    return {
        "notice": letter.notice_id,
        "kind": letter.kind,
        "state": letter.state,
        "reply_by": letter.reply_by and letter.reply_by.isoformat(),
        "url": f"{settings.BASE_URL}/api/letters/{letter.pk}/",
    }


def _directive(given: Directive) -> dict[str, Any]:
    return {
        "notice": given.notice_id,
        "task": given.task_id,
        "issue": given.issue_id,
        "reply_by": given.reply_by and given.reply_by.isoformat(),
        "url": f"{settings.BASE_URL}/api/directives/{given.pk}/",
    }


def _task(task: Task) -> dict[str, Any]:
    open_one = Extension.objects.open().filter(task=task).order_by("-pk").first()
    return {
        "notice": task.notice_id,
        "number": task.number,
        "state": task.state,
        "deadline": task.deadline and task.deadline.isoformat(),
        "extension": open_one and open_one.pk,
        "url": f"{settings.BASE_URL}/api/tasks/{task.pk}/",
    }


def _post(row: Delivery, told: dict[str, Any], now: dt.datetime) -> tuple[int | None, str]:
    """What was answered, and what was wrong with it; "" for any 2xx. The address is judged again here."""
    to = row.subscription
    if not wire.is_listed(to.address, settings.WEBHOOK_ADDRESSES):
        return None, f"服务器“{wire.origin(to.address)}”不在允许推送的地址中。"
    body, stamp = json.dumps(told, ensure_ascii=False).encode(), str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "tracker",
        "X-Tracker-Event": row.event,
        "X-Tracker-Delivery": str(row.pk),
        "X-Tracker-Timestamp": stamp,
    }
    try:
        headers["X-Tracker-Signature"] = wire.signature(vault.unseal(to.secret), stamp, body)
        answer = wire.post(wire.Parcel(to.address, body, headers), guarded=True)
    except Refused:
        return None, "系统密钥（SECRET_KEY）已更换，请在订阅页面换发签名密钥。"
    except wire.Unreachable as why:
        return None, f"没有连通：{why}"
    if 200 <= answer.status < 300:
        return answer.status, ""
    return (
        answer.status,
        f"对方答复 HTTP {answer.status}：{answer.body.decode(errors='replace').strip()[:200]}",
    )


# ── After long failure ───────────────────────────────────────────────────────
@transaction.atomic
def _failed(row: Subscription, *, at: dt.datetime) -> None:
    """Remember since when; after three days without any success switch off, and say so."""
    since = row.failing_since
    if since is None:
        Subscription.objects.filter(pk=row.pk, failing_since=None).update(failing_since=at)
        return
    if at - since < GIVE_UP:
        return
    why = f"自 {since.astimezone():%Y-%m-%d %H:%M} 起一直没有送达，已自动停用。"
    off = Subscription.objects.filter(pk=row.pk, is_on=True)
    if off.update(is_on=False, off_why=why, version=row.version + 1):
        title = f"推送订阅“{row.name}”已自动停用"
        words = f"{why}请核对对方系统后在“推送订阅”页面重新启用，停用期间的事件可以在那里重发。"
        inbox.tell([row.owner], MessageKind.REMINDER, title, body=words, task=None, at=at)
        data = {"name": row.name, "since": since.isoformat()}
        act = audit.Act("subscription.give_up", "subscription", row.pk, row.notice_id, data=data)
        audit.record(act, by=None, at=at)
