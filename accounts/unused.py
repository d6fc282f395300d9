"""Accounts that nobody has used for long are put out of use, after a warning (GB/T 22239-2019, 8.1.4.1 c)."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest

from accounts import audit
from accounts.control import last_of, lock
from accounts.models import User

WARNED_BEFORE = dt.timedelta(days=7)


@dataclass(frozen=True)
class Unused:
    """What one look found."""

    warned: list[User]
    locked: list[User]


def unused_since(day: dt.datetime) -> QuerySet[User]:
    """Accounts in use that nobody has signed in to, used by a token, made or given back since that instant, with `used_at`."""
    used = Greatest(
        Coalesce("last_login", "date_joined"),
        Coalesce("enabled_at", "date_joined"),
        Coalesce(Max("sign_ins__seen_at"), "date_joined"),
        Coalesce(Max("api_tokens__used_at"), "date_joined"),
    )
    return (
        User.objects.filter(is_active=True)
        .annotate(used_at=used)
        .filter(used_at__lte=day)
        .order_by("used_at", "pk")
    )


def look(*, at: dt.datetime, lasts: dt.timedelta) -> Unused:
    """Put out of use what was warned of at least seven days ago; warn of what comes next. Each account on its own, so
    that one that cannot be locked (the last administrator) stops nothing. Safe to run twice and late."""
    locked = []
    warned_long_ago = Q(warned_at__lte=at - WARNED_BEFORE)
    for person in unused_since(at - lasts).filter(warned_long_ago):
        if last_of(person) is None:
            lock(person, f"连续 {lasts.days} 天没有登录，系统自动停用", by=None, at=at)
            locked.append(person)
    warned = []
    for person in unused_since(at - lasts + WARNED_BEFORE).filter(warned_at=None):
        if last_of(person) is None and _warn(person, at=at):
            warned.append(person)
    return Unused(warned, locked)


@transaction.atomic
def _warn(person: User, *, at: dt.datetime) -> bool:
    if not User.objects.filter(pk=person.pk, warned_at=None).update(warned_at=at):
        return False
    audit.record(audit.Act("person.warn", "user", person.pk, data={"name": person.name}), by=None, at=at)
    return True
