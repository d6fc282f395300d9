"""The only reader of the role catalogue: may this user do that over this unit?

A right held in a unit reaches its sub-units. Each function runs at most two queries per user and request:
memberships are read once and kept on the user object, the tree is read as ancestor sets.
"""

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
    return pk in direct or bool(set(direct) & set(ancestors(pk)))


def ancestors(unit_id: int) -> list[int]:
    """Ids of the units above this one, nearest first. One query."""
    found = Unit.objects.filter(pk=unit_id).first()
    if found is None:
        return []
    return [u.pk for u in reversed(list(found.ancestors()))]


def subtree(unit_ids: list[int]) -> set[int]:
    """Ids of these units and everything below them. One query."""
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
    """Every unit's id → the ids of itself and all units above it. One query; for set-wise writers."""
    parents = dict(Unit.objects.values_list("pk", "parent_id"))
    lines: dict[int, tuple[int, ...]] = {}
    for pk in parents:
        line, at = [], pk
        while at is not None and at not in line:
            line.append(at)
            at = parents.get(at)
        lines[pk] = tuple(line)
    return lines


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
