"""推送订阅: a person's own system is told what happens. Who may set one up, and every change of it."""

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.access import has
from accounts.models import User
from accounts.roles import Can
from notices.domain import vault, wire
from notices.domain.worklist import sees_tasks
from notices.errors import Missing, Refused, Stale
from notices.models import Delivery, Notice, Subscription
from notices.terms import DeliveryState, HookEvent

MOST = 10  # subscriptions of one person


@dataclass(frozen=True)
class Wanted:
    """`notice` None: every notice the owner sees. One that is not on may name a server that is not listed yet."""

    name: str
    address: str
    events: Sequence[str]
    notice: Notice | None = None
    is_on: bool = True


def owner(user: User, row: Subscription) -> str | None:
    """None for whoever set it up."""
    return None if row.owner_id == user.pk else "推送订阅只能由订阅人本人修改。"


def ender(user: User, row: Subscription) -> str | None:
    """None for the owner, and for the administrator of one of the owner's units."""
    if owner(user, row) is None:
        return None
    units = row.owner.memberships.values_list("unit", flat=True)
    if any(has(user, Can.ACCOUNTS, unit) for unit in units):
        return None
    return "推送订阅只能由订阅人本人或系统管理员停用、删除。"


def _check(wanted: Wanted) -> None:
    lacking = {}
    if not wanted.name.strip():
        lacking["name"] = "请填写名称，例如“教育局办公系统”。"
    if not wanted.events or not set(wanted.events) <= set(HookEvent.values):
        lacking["events"] = "请至少选择一类事件。"
    if not wire.is_clean(wanted.address):
        lacking["address"] = "地址应以 http:// 或 https:// 开头，例如 https://oa.example.cn/hooks/zhenggai。"
    elif wanted.is_on and not wire.is_listed(wanted.address, settings.WEBHOOK_ADDRESSES):
        lacking["address"] = (
            f"服务器“{wire.origin(wanted.address)}”不在允许推送的地址中，"
            "请系统管理员在环境变量 WEBHOOK_ADDRESSES 中加入后再保存。"
        )
    if lacking:
        raise Missing(lacking)


@transaction.atomic
def add(wanted: Wanted, *, by: User, at: dt.datetime, today: dt.date) -> tuple[Subscription, str]:
    """The row, and the secret, which no page shows again."""
    if not sees_tasks(by):
        raise Refused("您没有可以查看的整改内容，不需要订阅推送。")
    if Subscription.objects.filter(owner=by).count() >= MOST:
        raise Refused(f"每人最多 {MOST} 个推送订阅，请先删除不用的。")
    _check(wanted)
    secret = f"whs_{secrets.token_urlsafe(32)}"
    row = Subscription(
        owner=by,
        name=wanted.name.strip(),
        address=wanted.address.strip(),
        events=_in_order(wanted.events),
        notice=wanted.notice,
        is_on=wanted.is_on,
        secret=vault.seal(secret),
        made_at=at,
        told_on=today,
    )
    row.save(force_insert=True)
    _record("subscription.add", row, by=by, at=at)
    return row, secret


@transaction.atomic
def change(row: Subscription, wanted: Wanted, *, version: int, by: User, at: dt.datetime) -> None:
    why_not = owner(by, row)
    if why_not:
        raise Refused(why_not)
    _check(wanted)
    values: dict[str, Any] = {
        "name": wanted.name.strip(),
        "address": wanted.address.strip(),
        "events": _in_order(wanted.events),
        "notice": wanted.notice,
        "is_on": wanted.is_on,
    }
    if wanted.is_on:
        values |= {"off_why": "", "failing_since": None}
    _replace(row, version, values)
    _record("subscription.change", row, by=by, at=at)


@transaction.atomic
def switch_off(row: Subscription, *, by: User, at: dt.datetime) -> None:
    why_not = ender(by, row)
    if why_not:
        raise Refused(why_not)
    _replace(row, row.version, {"is_on": False, "off_why": f"{audit.name_of(by)}停用"})
    _record("subscription.off", row, by=by, at=at)


@transaction.atomic
def renew_secret(row: Subscription, *, by: User, at: dt.datetime) -> str:
    """The old secret signs nothing from now on."""
    why_not = owner(by, row)
    if why_not:
        raise Refused(why_not)
    secret = f"whs_{secrets.token_urlsafe(32)}"
    _replace(row, row.version, {"secret": vault.seal(secret)})
    _record("subscription.secret", row, by=by, at=at)
    return secret


@transaction.atomic
def remove(row: Subscription, *, by: User, at: dt.datetime) -> None:
    """With its log; the event stays."""
    why_not = ender(by, row)
    if why_not:
        raise Refused(why_not)
    _record("subscription.remove", row, by=by, at=at)
    row.delete()


@transaction.atomic
def send_again(row: Delivery, *, by: User, at: dt.datetime) -> None:
    """What was given up, skipped or sent goes out once more, with what may be read now."""
    why_not = owner(by, row.subscription)
    if why_not:
        raise Refused(why_not)
    if not row.subscription.is_on:
        raise Refused("这个推送订阅已停用，请先启用再重发。")
    again = Delivery.objects.filter(pk=row.pk).exclude(state=DeliveryState.CLAIMED)
    if not again.exists():
        raise Refused("这一条正在发送，请稍后再看。")
    Delivery.objects.filter(pk=row.pk).update(
        state=DeliveryState.DUE, tries=0, not_before=at, note="", lease_until=None
    )
    _record("subscription.resend", row.subscription, by=by, at=at, delivery=row.pk)


def _in_order(events: Sequence[str]) -> list[str]:
    return [event for event in HookEvent.values if event in events]


def _replace(row: Subscription, version: int, values: dict[str, Any]) -> None:
    """Compare and set; afterwards `row` holds what the row holds."""
    if not Subscription.objects.filter(pk=row.pk, version=version).update(**values, version=version + 1):
        raise Stale("这个推送订阅刚被修改，请核对后再保存；您的改动没有保存。")
    row.refresh_from_db()


def _record(action: str, row: Subscription, *, by: User, at: dt.datetime, **more: object) -> None:
    """Without the secret; of the address the server alone."""
    data = {
        "name": row.name,
        "server": wire.origin(row.address),
        "events": row.events,
        "on": row.is_on,
        **more,
    }
    audit.record(audit.Act(action, "subscription", row.pk, row.notice_id, data=data), by=by, at=at)
