"""Signing in and out and the person's own password, each with its row in the audit."""

import datetime as dt

from django.db import transaction

from accounts import audit, tokens
from accounts.models import User


def record_sign_in(user: User, *, at: dt.datetime, address: str, elsewhere: str = "") -> None:
    """`elsewhere`: which kind of server vouched for the person."""
    data = {"by": elsewhere} if elsewhere else {}
    audit.record(audit.Act("user.sign_in", "user", user.pk, data=data), by=user, at=at, address=address)


def record_refused_sign_in(username: str, *, at: dt.datetime, address: str, reason: str = "") -> None:
    """The name as it was typed, cut; whether it exists is not said."""
    act = audit.Act(
        "user.sign_in",
        "user",
        ok=False,
        data={"username": username[:150], **({"reason": reason} if reason else {})},
    )
    row = audit.event(act, by=None, at=at, address=address)
    row.actor_name = audit.STRANGER
    row.save(force_insert=True)


def record_sign_out(user: User, *, at: dt.datetime) -> None:
    audit.record(audit.Act("user.sign_out", "user", user.pk), by=user, at=at)


@transaction.atomic
def change_password(user: User, password: str, *, at: dt.datetime) -> None:
    """Set the person's own new password; the first one is used up, and tokens made under the old one end."""
    user.set_password(password)
    user.must_change_password = False
    user.password_at = at
    user.save(update_fields=["password", "must_change_password", "password_at"])
    tokens.end_all(user, by=user, at=at)
    audit.record(audit.Act("user.password", "user", user.pk), by=user, at=at)


def outlived(user: User, *, at: dt.datetime, lasts: dt.timedelta | None) -> bool:
    """Whether the password has been in use longer than it may be. One that was never dated counts from the day the
    account was made."""
    return lasts is not None and at - (user.password_at or user.date_joined) >= lasts
