"""What the pushes ask of one person's units now: directives without a reply, letters not signed for or not answered,
findings of visits to reply to; and what the replies to findings ask of the supervision team."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q

from accounts.access import reach
from accounts.models import User
from accounts.roles import Can
from notices.models import Directive, DirectiveQuerySet, Finding, FindingQuerySet, Letter, LetterQuerySet


def awaiting_directives(user: User, notices: Iterable[int]) -> DirectiveQuerySet:
    """To units the person works for, the nearest day first; those that ask for no reply until they are signed."""
    mine = Directive.objects.waiting().filter(notice__in=list(notices), unit__in=reach(user, Can.WORK))
    read = Q(receipts__user=user, receipts__read_at__isnull=False)
    return mine.exclude(read & Q(reply_by=None)).order_by("reply_by", "pk")


def awaiting_letters(user: User, notices: Iterable[int]) -> LetterQuerySet:
    """To units the person heads, the nearest day first."""
    mine = Letter.objects.in_force().filter(notice__in=list(notices), unit__in=reach(user, Can.APPROVE))
    asked = Q(received_at=None) | Q(replied_at=None, reply_by__isnull=False)
    return mine.filter(asked).order_by("reply_by", "pk")


def awaiting_findings(user: User, notice: int | None, *, today: dt.date) -> FindingQuerySet:
    """Of units the person works for, the nearest day first; each says whether it is `late`. `notice` None: of all,
    also of one in which the unit has no task."""
    mine = Finding.objects.awaiting_reply(today).filter(unit__in=reach(user, Can.WORK))
    return _within(mine, notice).order_by("reply_by", "pk")


def replied_findings(user: User, notice: int | None) -> FindingQuerySet:
    """Replies the person's team is to accept or return, the oldest first."""
    mine = Finding.objects.awaiting_verdict().filter(notice__unit__in=reach(user, Can.VERIFY))
    return _within(mine, notice).order_by("replied_at", "pk")


def overdue_findings(user: User, notice: int | None, *, today: dt.date) -> FindingQuerySet:
    """Findings the person sees whose unit is beyond the day of its reply, the longest first."""
    seen = Finding.objects.visible_to(user).overdue(today=today)
    return _within(seen, notice).order_by("reply_by", "pk")


def _within(rows: FindingQuerySet, notice: int | None) -> FindingQuerySet:
    return rows if notice is None else rows.filter(notice=notice)
