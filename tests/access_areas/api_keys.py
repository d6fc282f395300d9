"""Tokens and subscriptions of people in two counties, one of them without a unit."""

import datetime as dt

from django.conf import settings
from django.utils import timezone

from accounts import tokens
from accounts.models import ApiToken
from notices.models import Delivery, Subscription
from tests.access import Thing

LETTERS = {"N": "token", "O": "hook", "P": "delivery"}
SERVER = "http://127.0.0.1:1"


def _wanted(world, thing):
    return {"name": "办公系统", "scopes": ["read"], "last_on": timezone.localdate().isoformat()}


def _hook(world, thing):
    row = Subscription.objects.get(pk=thing.pk)
    return {
        "name": "改过的名称",
        "address": SERVER,
        "events": ["letter"],
        "is_on": "on",
        "version": row.version,
    }


def _first(world, thing):
    return {"delivery": Delivery.objects.filter(subscription=thing.pk).first().pk}


BODIES = {
    "notices:token_list": _wanted,
    "notices:subscription_detail": _hook,
    "api:subscription-detail": lambda w, t: {"name": "改过的名称"},
    "api:subscription-again": _first,
}


def build(world):
    today = timezone.localdate()
    for code, lead in (("a1_staff", "a1"), ("a_office", "a"), ("b1_head", "b1"), ("named", "")):
        user = world.users[code]
        wanted = tokens.Wanted("待填", ["read"], today + dt.timedelta(days=9))
        row, _ = tokens.make(user, wanted, at=timezone.now(), today=today)
        ApiToken.objects.filter(pk=row.pk).update(name=f"zkN{row.pk}k系统")
        world.add(Thing(kind="token", pk=row.pk, owner=code, lead=lead))
        _subscription(world, user, code, lead)


def _subscription(world, user, code, lead):
    """Nobody listens there, and nothing is sent."""
    if SERVER not in settings.WEBHOOK_ADDRESSES:
        settings.WEBHOOK_ADDRESSES = [*settings.WEBHOOK_ADDRESSES, SERVER]
    now = timezone.now()
    row = Subscription.objects.create(
        owner=user,
        name="待填",
        address=SERVER,
        events=["letter"],
        secret="s",
        told_on=now.date(),
        made_at=now,
    )
    Subscription.objects.filter(pk=row.pk).update(name=f"zkO{row.pk}k系统")
    world.add(Thing(kind="hook", pk=row.pk, owner=code, lead=lead))
    sent = Delivery.objects.create(
        subscription=row, key="1", event="letter", action="letter.issue", subject_type="letter", subject_id=1,
        at=now, not_before=now, state="failed",
    )  # fmt: skip
    Delivery.objects.filter(pk=sent.pk).update(note=f"zkP{sent.pk}k")
    world.add(Thing(kind="delivery", pk=sent.pk, owner=code, lead=lead))
