"""What falls on which day for one person: deadlines, reviews of what is kept up, replies to letters and directives.

Each list is narrowed to what the person may see at the moment it is asked for.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Substr

from accounts.models import User
from notices.models import Directive, Letter, Task
from notices.terms import State

MOST = 2000  # items of one period; more is said
KINDS = {"deadline": "完成时限", "review": "长期坚持复查", "letter": "函件回复", "directive": "批示回复"}


@dataclass(frozen=True)
class Item:
    """`subject`: pk of the task, letter or directive. `number` and `title` are all a feed tells."""

    day: dt.date
    kind: str
    subject: int
    number: str
    title: str
    unit: str = ""


def items(user: User, *, first: dt.date, last: dt.date, notices: Iterable[int] | None = None) -> list[Item]:
    """By day, then kind, number. `notices` None: all the person sees. Four queries."""
    within = Q() if notices is None else Q(notice__in=list(notices))
    found = [
        *_deadlines(user, within, first, last),
        *_reviews(user, within, first, last),
        *_letters(user, within, first, last),
        *_directives(user, within, first, last),
    ]
    order = list(KINDS)
    return sorted(found, key=lambda i: (i.day, order.index(i.kind), i.number, i.subject))[:MOST]


def _deadlines(user: User, within: Q, first: dt.date, last: dt.date) -> Iterator[Item]:
    """Open tasks that are not handed in."""
    tasks = Task.objects.visible_to(user).filter(within, is_open=True, deadline__range=(first, last))
    tasks = tasks.exclude(state__in=(State.SUBMITTED, State.VERIFYING)).annotate(short=Substr("text", 1, 40))
    rows = tasks.order_by("deadline", "pk").values_list(
        "deadline", "pk", "number", "short", "lead_unit__name"
    )
    for day, pk, number, text, unit in rows[:MOST]:
        assert day is not None
        yield Item(day, "deadline", pk, number, text, unit or "")


def _reviews(user: User, within: Q, first: dt.date, last: dt.date) -> Iterator[Item]:
    """Every `review_days` from the closing on, as far as they fall into the period."""
    tasks = Task.objects.visible_to(user).filter(within, state=State.SUSTAINED, review_days__gt=0)
    tasks = tasks.filter(closed_on__lt=last).annotate(short=Substr("text", 1, 40))
    rows = tasks.order_by("pk").values_list(
        "closed_on", "review_days", "pk", "number", "short", "lead_unit__name"
    )
    for closed, every, pk, number, text, unit in rows[:MOST]:
        assert closed is not None and every is not None
        rounds = max(1, -(-(first - closed).days // every))
        day = closed + dt.timedelta(days=rounds * every)
        while day <= last:
            yield Item(day, "review", pk, number, text, unit or "")
            day += dt.timedelta(days=every)


def _letters(user: User, within: Q, first: dt.date, last: dt.date) -> Iterator[Item]:
    waiting = Letter.objects.visible_to(user).waiting().filter(within, reply_by__range=(first, last))
    for row in waiting.select_related("unit").order_by("reply_by", "pk")[:MOST]:
        assert row.reply_by is not None
        yield Item(row.reply_by, "letter", row.pk, row.name, row.title, row.unit.name)


def _directives(user: User, within: Q, first: dt.date, last: dt.date) -> Iterator[Item]:
    waiting = Directive.objects.visible_to(user).waiting().filter(within, reply_by__range=(first, last))
    for row in waiting.select_related("task", "issue", "unit").order_by("reply_by", "pk")[:MOST]:
        assert row.reply_by is not None
        subject = row.task or row.issue
        number = subject.number if subject else ""
        yield Item(row.reply_by, "directive", row.pk, number, row.text[:40], row.unit.name)
