"""Tokens of people in two counties, one of them without a unit."""

import datetime as dt

from django.utils import timezone

from accounts import tokens
from accounts.models import ApiToken
from tests.access import Thing

LETTERS = {"N": "token"}


def _wanted(world, thing):
    return {"name": "办公系统", "scopes": ["read"], "last_on": timezone.localdate().isoformat()}


BODIES = {"notices:token_list": _wanted}


def build(world):
    today = timezone.localdate()
    for code, lead in (("a1_staff", "a1"), ("a_office", "a"), ("b1_head", "b1"), ("named", "")):
        user = world.users[code]
        wanted = tokens.Wanted("待填", ["read"], today + dt.timedelta(days=9))
        row, _ = tokens.make(user, wanted, at=timezone.now(), today=today)
        ApiToken.objects.filter(pk=row.pk).update(name=f"zkN{row.pk}k系统")
        world.add(Thing(kind="token", pk=row.pk, owner=code, lead=lead))
