"""The only reader of the role catalogue: may this user do that over this unit?

A right held in a unit reaches its sub-units. Memberships, and the lines of the units asked about, are read once
and kept on the user object, which lives for one request.

Whoever stands in for a colleague (代班) holds that colleague's memberships in the unit as well, on the day the edge
gave with `on_day`; without a day only the own ones count.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import F, Q

from accounts.models import Membership, StandIn, Unit, User
from accounts.roles import ADMINISTRATIVE, CATALOGUE, Can, Role
from accounts.sql import stood_in_for


def on_day(user: User, today: dt.date) -> User:
    """Say which day it is, so that those the user stands in for are known. For the edges."""
    user.today = today  # type: ignore[attr-defined]
    forget(user)
    return user


def memberships(user: User) -> list[Membership]:
    """The user's memberships with their units, own ones first; read once per user object, in one query.

    One with another `user` is that of a colleague the user stands in for.
    """
    if not user.is_authenticated or not user.is_active:
        return []
    kept: list[Membership] | None = getattr(user, "_memberships", None)
    if kept is None:
        rows = Membership.objects.filter(_held_by(user)).select_related("unit", "user")
        kept = sorted(rows, key=lambda m: (m.user_id != user.pk, m.pk))
        user._memberships = kept  # type: ignore[attr-defined]
    return kept


def _held_by(user: User) -> Q:
    """Own memberships; and business roles of colleagues in the unit in which the user stands in for them."""
    today: dt.date | None = getattr(user, "today", None)
    if today is None:
        return Q(user=user)
    return Q(user=user) | (Q(pk__in=stood_in_for(user.pk, today)) & ~Q(role__in=ADMINISTRATIVE))


def acting_for(user: User) -> User | None:
    """Whose right the last `has` rested on, when it was not one of the user's own: what is done now is recorded so."""
    return getattr(user, "_acting_for", None)


def same_person(user: User) -> set[int]:
    """Ids of whoever must be treated as this person where nobody may judge the own work: the user, the colleagues the
    user stands in for, and those who stand in for the user. One more query for the last, once per user object."""
    kept: set[int] | None = getattr(user, "_same", None)
    if kept is None:
        kept = {user.pk} | {m.user_id for m in memberships(user)}
        today: dt.date | None = getattr(user, "today", None)
        if today is not None:
            kept |= set(StandIn.objects.on(today).filter(person=user).values_list("deputy", flat=True))
        user._same = kept  # type: ignore[attr-defined]
    return kept


def deputies(people: Iterable[int], today: dt.date) -> list[StandIn]:
    """Who stands in for these people on that day, with the deputy; one query."""
    rows = StandIn.objects.on(today).filter(person__in=list(people)).select_related("deputy")
    return list(rows.order_by("pk"))


def roles(user: User) -> set[str]:
    return {m.role for m in memberships(user)}


def holds(user: User, can: Can) -> bool:
    """Does the user hold the capability anywhere?"""
    return any(can in CATALOGUE[Role(m.role)] for m in memberships(user))


def units_with(user: User, can: Can) -> list[int]:
    """Ids of the units in which the user holds the capability directly (sub-units not listed)."""
    return sorted({m.unit_id for m in memberships(user) if can in CATALOGUE[Role(m.role)]})


def has(user: User, can: Can, unit: Unit | int | None) -> bool:
    """Does the user hold the capability over this unit, in it or in one above it?"""
    if unit is None:
        return False
    held = [m for m in memberships(user) if can in CATALOGUE[Role(m.role)]]
    if not held:
        return False
    pk = unit if isinstance(unit, int) else unit.pk
    over = [m for m in held if m.unit_id == pk]
    if not any(m.user_id == user.pk for m in over):
        lines: Lines | None = getattr(user, "_lines", None)
        if lines is None:
            lines = user._lines = Lines()  # type: ignore[attr-defined]
        over = [m for m in held if m.unit_id in lines.of(pk)]
    if over:
        own = any(m.user_id == user.pk for m in over)
        user._acting_for = None if own else over[0].user  # type: ignore[attr-defined]
    return bool(over)


def reach(user: User, can: Can) -> set[int]:
    """Ids of every unit over which the user holds the capability; the tree is read once per user object."""
    kept: dict[str, set[int]] | None = getattr(user, "_reach", None)
    if kept is None:
        kept = user._reach = {}  # type: ignore[attr-defined]
    if can not in kept:
        kept[can] = subtree(units_with(user, can))
    return kept[can]


def forget(user: User) -> None:
    """Drop what was read about this user object; after a change of memberships or of the tree."""
    for name in ("_memberships", "_lines", "_reach", "_same", "_acting_for"):
        if hasattr(user, name):
            delattr(user, name)


@dataclass
class Lines:
    """The line of each unit asked about: itself and all units above it, nearest first.

    Reads only those units, four levels a query, so that one change costs the same in a tree of any size.
    """

    known: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def of(self, unit: int | None) -> tuple[int, ...]:
        """The line; empty for None and for a unit that does not exist."""
        if unit is None:
            return ()
        if unit not in self.known:
            self.load([unit])
        return self.known[unit]

    def load(self, units: Iterable[int | None]) -> None:
        """Read the lines of many units at once; those already known are not read again."""
        fresh = {pk for pk in units if pk is not None and pk not in self.known}
        above: dict[int, int | None] = {}
        asked = fresh
        while asked:
            rows = list(Unit.objects.filter(pk__in=asked).values_list(*_UPWARDS))
            for row in rows:
                above.update(
                    (child, up) for child, up in zip(row, row[1:], strict=False) if child is not None
                )
            asked = {row[-1] for row in rows if row[-1] is not None} - above.keys()
        for pk in fresh:
            line: list[int] = []
            at: int | None = pk if pk in above else None
            while at is not None and at not in line:
                line.append(at)
                at = above.get(at)
            self.known[pk] = tuple(line)


_UPWARDS = (
    "pk",
    "parent_id",
    "parent__parent_id",
    "parent__parent__parent_id",
    "parent__parent__parent__parent_id",
)


def nameable(user: User | None, party: int) -> set[int] | None:
    """Ids of the units a person may name in a notice of this party: those under the person's office, those under the
    party and those above it. None for the system account: all."""
    if user is None:
        return None
    return reach(user, Can.PLAN) | subtree([party]) | set(Lines().of(party))


def ancestors(unit_id: int) -> list[int]:
    """Ids of the units above this one, nearest first. One query for each four levels."""
    return list(Lines().of(unit_id)[1:])


def subtree(unit_ids: list[int]) -> set[int]:
    """Ids of these units and everything below them. One query, none for no units."""
    if not unit_ids:
        return set()
    parents = dict(Unit.objects.values_list("pk", "parent_id"))
    inside: set[int] = set()
    for pk in parents:
        path: list[int] = []
        at: int | None = pk
        while at is not None and at not in inside and at not in unit_ids:
            path.append(at)
            at = parents.get(at)
        if at is not None:
            inside.update(path, [at])
    return inside


def ancestry() -> dict[int, tuple[int, ...]]:
    """Every unit's id → its line; for whoever goes through the whole tree."""
    lines = Lines()
    lines.load(Unit.objects.values_list("pk", flat=True))
    return lines.known


def people_with(can_role: Role, unit_id: int, *, above: bool = True) -> list[User]:
    """Active users holding the role in the unit; when nobody does and `above`, in the nearest unit above it."""
    line = [unit_id, *ancestors(unit_id)] if above else [unit_id]
    found = (
        User.objects.filter(is_active=True, memberships__role=can_role, memberships__unit__in=line)
        .annotate(at_unit=F("memberships__unit_id"))
        .order_by("pk")
    )
    by_unit: dict[int, list[User]] = {}
    for user in found:
        by_unit.setdefault(user.at_unit, []).append(user)
    for pk in line:
        if pk in by_unit:
            return by_unit[pk]
    return []
