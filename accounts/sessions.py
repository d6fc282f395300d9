"""Open sign-ins: begun, seen, listed, ended; and when one has been open or unused for too long.

The rules of time are given by the caller (`idle`, `longest`): which apply is a setting.
"""

import datetime as dt
from collections.abc import Iterable

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import SignIn, User

SEEN = dt.timedelta(minutes=1)  # written no more often


def begin(user: User, key: str, *, at: dt.datetime, address: str, agent: str) -> SignIn:
    """Remember a sign-in whose session has just been made; forget those of sessions that are gone."""
    stale = SignIn.objects.filter(user=user).exclude(session_key__in=Session.objects.values("session_key"))
    stale.delete()
    row, _ = SignIn.objects.update_or_create(
        session_key=key,
        defaults={"user": user, "at": at, "seen_at": at, "address": address[:60], "agent": agent[:200]},
    )
    return row


def over(row: SignIn, *, at: dt.datetime, idle: dt.timedelta, longest: dt.timedelta) -> str | None:
    """Why the sign-in is over, as a sentence; None while it holds."""
    if at - row.at >= longest:
        return f"本次登录已超过 {_long(longest)}，请重新登录。"
    if at - row.seen_at >= idle:
        return f"您已 {_long(idle)}没有操作，为安全起见已自动退出，请重新登录。"
    return None


def _long(span: dt.timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60} 小时" if minutes % 60 == 0 else f"{minutes} 分钟"


def seen(row: SignIn, *, at: dt.datetime) -> None:
    if at - row.seen_at >= SEEN:
        SignIn.objects.filter(pk=row.pk).update(seen_at=at)
        row.seen_at = at


def of(user: User) -> QuerySet[SignIn]:
    """Those whose session is still there, the newest first."""
    return SignIn.objects.filter(user=user, session_key__in=Session.objects.values("session_key")).order_by(
        "-seen_at", "-pk"
    )


@transaction.atomic
def end(rows: Iterable[SignIn], *, by: User, at: dt.datetime) -> int:
    """End these sign-ins with their sessions. Returns how many."""
    ended = list(rows)
    Session.objects.filter(session_key__in=[row.session_key for row in ended]).delete()
    SignIn.objects.filter(pk__in=[row.pk for row in ended]).delete()
    for row in ended:
        data = {"address": row.address, "since": row.at.isoformat()}
        audit.record(audit.Act("user.end_session", "user", row.user_id, data=data), by=by, at=at)
    return len(ended)


def drop(user: User) -> None:
    """End every sign-in of an account whose act is recorded by the caller."""
    rows = SignIn.objects.filter(user=user)
    Session.objects.filter(session_key__in=list(rows.values_list("session_key", flat=True))).delete()
    rows.delete()


def renewed(row: SignIn | None, key: str) -> None:
    """The session goes on under another key, as it does after a change of password."""
    if row is not None:
        SignIn.objects.filter(pk=row.pk).update(session_key=key)


def rekeyed(pk: int | None, key: str) -> None:
    """The same, by the row's id."""
    if pk is not None:
        SignIn.objects.filter(pk=pk).update(session_key=key)


def forget(key: str) -> None:
    """The person signed out."""
    SignIn.objects.filter(session_key=key).delete()
