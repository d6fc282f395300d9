"""What the pushes ask of one person's units now: directives without a reply, letters not signed for or not answered."""

from collections.abc import Iterable

from django.db.models import Q

from accounts.access import reach
from accounts.models import User
from accounts.roles import Can
from notices.models import Directive, DirectiveQuerySet, Letter, LetterQuerySet


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
