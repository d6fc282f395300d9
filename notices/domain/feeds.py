"""日历订阅: one address a person, opened by its token alone; only the token's hash is kept."""

import datetime as dt
import hashlib
import secrets

from django.db import transaction

from accounts import audit
from accounts.models import User
from notices.domain import agenda
from notices.models import CalendarFeed
from notices.report.ical import CalendarEvent, calendar

BEFORE, AFTER = 60, 400  # days of the past and the future a feed tells of


def hashed(token: str) -> str:
    """The token has 256 random bits, so a plain hash keeps it."""
    return hashlib.sha256(token.encode()).hexdigest()


def feed_of(user: User) -> CalendarFeed | None:
    return CalendarFeed.objects.filter(user=user, revoked_at=None).first()


@transaction.atomic
def renew(user: User, *, at: dt.datetime) -> str:
    """A new token in place of the old one; told once and kept nowhere."""
    _revoke(user, at=at)
    token = secrets.token_urlsafe(32)
    row = CalendarFeed(user=user, token_hash=hashed(token), created_at=at)
    row.save(force_insert=True)
    audit.record(audit.Act("feed.renew", "feed", row.pk), by=user, at=at)
    return token


@transaction.atomic
def revoke(user: User, *, at: dt.datetime) -> bool:
    """False when there was none in force."""
    if not _revoke(user, at=at):
        return False
    audit.record(audit.Act("feed.revoke", "user", user.pk), by=user, at=at)
    return True


def _revoke(user: User, *, at: dt.datetime) -> int:
    User.objects.select_for_update().get(pk=user.pk)
    return CalendarFeed.objects.filter(user=user, revoked_at=None).update(revoked_at=at)


def owner_of(token: str) -> User | None:
    """Whose feed this is; None for a token unknown or revoked, and for a person who left or must change the password."""
    rows = CalendarFeed.objects.filter(token_hash=hashed(token), revoked_at=None, user__is_active=True)
    row = rows.select_related("user").first()
    return row.user if row is not None and not row.user.must_change_password else None


def content(user: User, *, at: dt.datetime, today: dt.date) -> bytes:
    """The feed as this person may see it now: titles with number and day, nothing else."""
    first, last = today - dt.timedelta(days=BEFORE), today + dt.timedelta(days=AFTER)
    found = agenda.items(user, first=first, last=last)
    events = [
        CalendarEvent(
            uid=f"{i.kind}-{i.subject}-{i.day:%Y%m%d}@zhenggai",
            day=i.day,
            title=f"{agenda.KINDS[i.kind]} {i.number} {i.title}".strip(),
        )
        for i in found
    ]
    return calendar("整改督办", events, at=at)
