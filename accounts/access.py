"""The only reader of the role catalogue: may this user do that over this unit?

A right held in a unit reaches its sub-units. Memberships, and the lines of the units asked about, are read once
and kept on the user object, which lives for one request.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import F

from accounts.models import Membership, Unit, User
from accounts.roles import CATALOGUE, Can, Role


def memberships(user: User) -> list[Membership]:
    """The user's memberships with their units; read once per user object."""
    if not user.is_authenticated or not user.is_active:
        return []
    kept: list[Membership] | None = getattr(user, "_memberships", None)
    if kept is None:
        kept = list(user.memberships.select_related("unit").order_by("pk"))
        user._memberships = kept  # type: ignore[attr-defined]
    return kept


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
    direct = units_with(user, can)
    if not direct:
        return False
    pk = unit if isinstance(unit, int) else unit.pk
    if pk in direct:
        return True
    lines: Lines | None = getattr(user, "_lines", None)
    if lines is None:
        lines = user._lines = Lines()  # type: ignore[attr-defined]
    return not set(direct).isdisjoint(lines.of(pk))


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
    for name in ("_memberships", "_lines", "_reach"):
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
