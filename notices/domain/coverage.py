"""Which tasks a person's figures cover, so that no number tells of a task the person cannot see.

Notices of the person's office or supervision team are covered whole. Of other notices: what the units the person
heads or oversees lead, once it is assigned, and what the person answers for as leader.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from accounts.access import Lines, reach, units_with
from accounts.models import User
from accounts.roles import Can
from notices.models import Notice, Task, TaskQuerySet, TaskScope
from notices.terms import State

BLANK = "-"  # in an address: those that have nothing there


@dataclass(frozen=True)
class Coverage:
    """`presets` are those of all covered notices; `units` holds no unit below another of them. `within`: only what
    this unit and those below it lead."""

    user: User
    presets: dict[int, str]
    whole: tuple[int, ...]
    part: tuple[int, ...]
    parties: tuple[int, ...]  # inspected parties of the covered notices
    units: tuple[int, ...]
    within: int | None = None

    @property
    def notices(self) -> tuple[int, ...]:
        return (*self.whole, *self.part)


def coverage(user: User, notices: Iterable[Notice]) -> Coverage:
    """What this person's figures over these notices cover; the notices are ones the person may see."""
    seen = reach(user, Can.SEE_NOTICE)
    found = list(notices)
    return Coverage(
        user=user,
        presets={n.pk: n.preset for n in found},
        whole=tuple(n.pk for n in found if n.unit_id in seen),
        part=tuple(n.pk for n in found if n.unit_id not in seen),
        parties=tuple(sorted({n.unit_id for n in found})),
        units=_topmost(standing_for(user)),
    )


def counted(tasks: TaskQuerySet, user: User) -> TaskQuerySet:
    """The tasks among these that the person's figures count: top-level, not cancelled, covered."""
    led = TaskScope.objects.filter(task=OuterRef("pk"), unit__in=standing_for(user), via="lead")
    own = ~Q(state=State.DRAFT) & (Q(Exists(led)) | Q(leader=user))
    covered = tasks.filter(Q(notice__in=Task.whole_notices(user)) | own)
    return covered.top_level().exclude(state=State.CANCELLED)


def covered_tasks(cover: Coverage) -> TaskQuerySet:
    tasks = counted(Task.objects.filter(notice__in=cover.notices), cover.user)
    if cover.within is None:
        return tasks
    return tasks.filter(Exists(TaskScope.objects.filter(task=OuterRef("pk"), unit=cover.within, via="lead")))


def standing_for(user: User) -> list[int]:
    """Units whose figures the person may see and whose tasks are the person's to see."""
    seen = {*units_with(user, Can.SEE_OWN), *units_with(user, Can.OVERSEE)}
    return sorted(seen & set(units_with(user, Can.BOARD)))


def _topmost(units: list[int]) -> tuple[int, ...]:
    lines = Lines()
    lines.load(units)
    return tuple(pk for pk in units if set(units).isdisjoint(lines.of(pk)[1:]))
