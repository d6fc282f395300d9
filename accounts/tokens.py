"""Tokens of programs: made by their person, shown once, ended by the person or by whoever looks after accounts."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.access import has, reach
from accounts.models import ApiToken, Scope, User
from accounts.models import ApiTokenQuerySet as Tokens
from accounts.people import Unfit
from accounts.roles import Can

LONGEST = 366  # days a token may live: one year, leap years included
MOST = 20  # live tokens of one person
START = "zg_"
SEEN = dt.timedelta(minutes=1)  # last use is written no more often
_KEEPERS = (Can.ACCOUNTS, Can.GRANT)


@dataclass(frozen=True)
class Wanted:
    """`notice_id` None: every notice the person sees."""

    name: str
    scopes: Sequence[str]
    last_on: dt.date
    notice_id: int | None = None


def digest_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def visible_to(user: User) -> Tokens:
    """The own ones; to the administrator and the security administrator also those of the people in their units."""
    units = {unit for can in _KEEPERS for unit in reach(user, can)}
    kept = Q(user__memberships__unit__in=units) if units else Q(pk=None)
    return ApiToken.objects.filter(pk__in=ApiToken.objects.filter(Q(user=user) | kept).values("pk"))


def _check(user: User, wanted: Wanted, today: dt.date) -> None:
    if not wanted.name.strip():
        raise Unfit("请填写令牌名称，例如“教育局办公系统”。")
    if not wanted.scopes or not set(wanted.scopes) <= set(Scope.values):
        raise Unfit("请至少选择一项用途。")
    if wanted.last_on < today:
        raise Unfit("有效期不能早于今天。")
    if wanted.last_on > today + dt.timedelta(days=LONGEST):
        raise Unfit("有效期最长一年，请选一个更早的日期。")
    if ApiToken.objects.filter(user=user).live(today=today).count() >= MOST:
        raise Unfit(f"每人最多同时有 {MOST} 个有效的访问令牌，请先停用不用的。")


@transaction.atomic
def make(user: User, wanted: Wanted, *, at: dt.datetime, today: dt.date) -> tuple[ApiToken, str]:
    """The row, and the key, which is nowhere else from then on. Unfit with a sentence when it may not be made."""
    _check(user, wanted, today)
    key = START + secrets.token_urlsafe(32)
    row = ApiToken(
        user=user,
        name=wanted.name.strip(),
        prefix=key[:8],
        digest=digest_of(key),
        scopes=[scope for scope in Scope.values if scope in wanted.scopes],
        notice_id=wanted.notice_id,
        made_at=at,
        last_on=wanted.last_on,
    )
    row.save(force_insert=True)
    data = {"scopes": row.scopes, "until": row.last_on.isoformat(), "notice": row.notice_id}
    _record("user.token_make", row, by=user, at=at, **data)
    return row, key


def may_end(user: User, row: ApiToken) -> bool:
    """The person; whoever looks after accounts or grants roles over one of the person's units."""
    if row.user_id == user.pk:
        return True
    units = list(row.user.memberships.values_list("unit", flat=True))
    return any(has(user, can, unit) for can in _KEEPERS for unit in units)


@transaction.atomic
def end(row: ApiToken, *, by: User, at: dt.datetime) -> bool:
    """At once. False when it was ended before; Unfit for whoever may not."""
    if not may_end(by, row):
        raise Unfit("这个令牌只能由本人或管理员停用。")
    ended = ApiToken.objects.filter(pk=row.pk, ended_at=None).update(
        ended_at=at, ended_name=audit.name_of(by)
    )
    if ended:
        _record("user.token_end", row, by=by, at=at)
    return bool(ended)


def end_all(user: User, *, by: User, at: dt.datetime) -> int:
    """Every token of a person, with the change of the password. In the caller's transaction."""
    rows: Iterable[ApiToken] = list(ApiToken.objects.filter(user=user, ended_at=None))
    return sum(end(row, by=by, at=at) for row in rows)


def found(key: str, *, today: dt.date) -> ApiToken | None:
    """The live token with this key, of an account that is in use."""
    rows = ApiToken.objects.live(today=today).filter(digest=digest_of(key), user__is_active=True)
    return rows.select_related("user").first()


def seen(row: ApiToken, *, at: dt.datetime, address: str) -> None:
    if row.used_at is None or at - row.used_at >= SEEN or row.used_from != address[:60]:
        ApiToken.objects.filter(pk=row.pk).update(used_at=at, used_from=address[:60])


def _record(action: str, row: ApiToken, *, by: User, at: dt.datetime, **more: object) -> None:
    data = {"name": row.name, "prefix": row.prefix, **more}
    audit.record(audit.Act(action, "user", row.user_id, data=data), by=by, at=at)
