"""How a notice was pushed, counted: nudges, directives, letters, talks; and nudges by unit. Beside statistics.py."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q

from accounts.models import User
from notices.domain.coverage import counted
from notices.models import Directive, Letter, Notice, Nudge, Rebuke, Task, TaskQuerySet
from notices.terms import LetterKind, RebukeKind


@dataclass(frozen=True)
class PushFigures:
    """Over what the person sees of one notice; nudges of the tasks the person's figures count. Withdrawn letters and voided records are not counted."""

    nudges: int
    nudges_open: int
    directives: int
    directives_overdue: int
    letters: dict[LetterKind, int]
    letters_overdue: int
    talks: int
    criticisms: int


def push_figures(notice: Notice, user: User, *, today: dt.date) -> PushFigures:
    """Four queries."""
    seen = counted(Task.objects.filter(notice=notice), user)
    nudges = Nudge.objects.filter(task__in=seen.values("pk")).aggregate(
        n=Count("pk"), open=Count("pk", filter=Q(answered_at=None))
    )
    late = Q(replied_at=None, reply_by__lt=today)
    directives = Directive.objects.visible_to(user).filter(notice=notice)
    told = directives.aggregate(n=Count("pk"), late=Count("pk", filter=late & Q(ended_at=None)))
    letters = Letter.objects.visible_to(user).in_force().filter(notice=notice)
    counts = {kind: Count("pk", filter=Q(kind=kind)) for kind in LetterKind.values}
    sent = letters.aggregate(late=Count("pk", filter=late), **counts)
    rebukes = Rebuke.objects.visible_to(user).in_force().filter(notice=notice)
    held = rebukes.aggregate(**{kind: Count("pk", filter=Q(kind=kind)) for kind in RebukeKind.values})
    return PushFigures(
        nudges=nudges["n"],
        nudges_open=nudges["open"],
        directives=told["n"],
        directives_overdue=told["late"],
        letters={kind: sent[kind.value] for kind in LetterKind},
        letters_overdue=sent["late"],
        talks=held[RebukeKind.TALK],
        criticisms=held[RebukeKind.CRITICISM],
    )


@dataclass(frozen=True)
class UnitPushes:
    """`open`: pushes nothing followed yet."""

    unit: int
    name: str
    total: int
    open: int


def nudges_by_unit(tasks: TaskQuerySet) -> list[UnitPushes]:
    """Pushes of these tasks by lead unit, most unanswered first."""
    rows = (
        Nudge.objects.filter(task__in=tasks.order_by().values("pk"), task__lead_unit__isnull=False)
        .order_by()
        .values("task__lead_unit", "task__lead_unit__name")
        .annotate(total=Count("pk"), open=Count("pk", filter=Q(answered_at=None)))
    )
    found = [
        UnitPushes(r["task__lead_unit"], r["task__lead_unit__name"], r["total"], r["open"]) for r in rows
    ]
    return sorted(found, key=lambda u: (-u.open, -u.total, u.unit))
