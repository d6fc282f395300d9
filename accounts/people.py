"""Every write about units and people. Each act leaves an event; `by` None is the system account.

A change of the unit tree moves rights: whoever calls `move_unit` or `take_roster` and gets True for the tree must have
scope and counters rebuilt in the same transaction (`check_rollup --repair`); this package knows nothing of tasks.
"""

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.access import ancestors, forget, holds
from accounts.matching import UnitNames
from accounts.models import FormerName, Membership, Unit, User
from accounts.roles import Can, Role
from accounts.roster import PersonRow, Roster, UnitRow, clash_of

UNIT_FIELDS = ("name", "short_name", "aliases", "position", "is_active")
PERSON_FIELDS = ("name", "position_title", "phone", "email", "is_active")
# Without 0 O 1 l I, which look alike on paper.
_KINDS = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789")


class Unfit(Exception):
    """A write about units or people that is not possible: a sentence for the user. Nothing was changed."""


@dataclass(frozen=True)
class Newcomer:
    """A person with the first password, which is kept nowhere else."""

    user: User
    password: str


@dataclass
class Taken:
    """What a roster changed; `tree`: units were moved, scope and counters must be rebuilt."""

    new_units: list[Unit] = field(default_factory=list)
    changed_units: list[Unit] = field(default_factory=list)
    new_people: list[Newcomer] = field(default_factory=list)
    changed_people: list[User] = field(default_factory=list)
    tree: bool = False


# ── Units ────────────────────────────────────────────────────────────────────


@transaction.atomic
def create_unit(
    name: str,
    *,
    parent: Unit | None = None,
    short_name: str = "",
    aliases: Iterable[str] = (),
    position: int = 0,
    by: User | None,
    at: dt.datetime,
) -> Unit:
    name = name.strip()
    if not name:
        raise Unfit("请填写单位名称。")
    if Unit.objects.filter(name=name).exists():
        raise Unfit(f"已有单位“{name}”。")
    unit = Unit(name=name, parent=parent, short_name=short_name, aliases=list(aliases), position=position)
    unit.save(force_insert=True)
    data = {"name": name, "parent": parent.name if parent else ""}
    audit.record(audit.Act("unit.add", "unit", unit.pk, data=data), by=by, at=at)
    return unit


@transaction.atomic
def change_unit(
    unit: Unit, values: Mapping[str, Any], *, by: User | None, at: dt.datetime, version: int | None = None
) -> list[str]:
    """Rename, renumber, switch off: names of UNIT_FIELDS. Returns the fields that changed.

    The name before a renaming stays as an alias and as the name of its time. `version`: the one the form was made
    against; another one is refused.
    """
    row = Unit.objects.select_for_update().get(pk=unit.pk)
    _refuse_stale(row, version, row.name)
    changes = {k: v for k, v in values.items() if k in UNIT_FIELDS and getattr(row, k) != v}
    if "name" in changes and Unit.objects.filter(name=changes["name"]).exclude(pk=row.pk).exists():
        raise Unfit(f"已有单位“{changes['name']}”。")
    if "name" in changes:
        aliases = [a for a in changes.get("aliases", row.aliases) if a != changes["name"]]
        changes["aliases"] = list(dict.fromkeys([*aliases, row.name]))
        FormerName(unit=row, name=row.name, until=at).save(force_insert=True)
    return _write_changes(unit, row, changes, "unit.edit", "unit", by=by, at=at)


@transaction.atomic
def move_unit(unit: Unit, parent: Unit | None, *, by: User | None, at: dt.datetime) -> bool:
    """Put the unit under another. True when it moved: the caller then rebuilds scope and counters."""
    row = Unit.objects.select_for_update().get(pk=unit.pk)
    target = parent.pk if parent else None
    if row.parent_id == target:
        return False
    if parent is not None and row.pk in (parent.pk, *ancestors(parent.pk)):
        raise Unfit(f"“{parent.name}”是“{row.name}”自身或其下级，不能作它的上级单位。")
    before = row.parent.name if row.parent else ""
    Unit.objects.filter(pk=row.pk).update(parent=parent, version=row.version + 1)
    unit.parent = parent
    data = {"parent": [before, parent.name if parent else ""]}
    audit.record(audit.Act("unit.move", "unit", row.pk, data=data), by=by, at=at)
    return True


# ── People ───────────────────────────────────────────────────────────────────


def first_password() -> str:
    """Random, twelve characters in three groups, capital, small letter and digit in each place of need."""
    everything = "".join(_KINDS)
    while True:
        letters = [secrets.choice(everything) for _ in range(12)]
        if all(any(c in kind for c in letters) for kind in _KINDS):
            return "-".join("".join(letters[i : i + 4]) for i in (0, 4, 8))


@transaction.atomic
def create_person(
    username: str,
    *,
    name: str,
    title: str = "",
    phone: str = "",
    email: str = "",
    change_password: bool = True,
    by: User | None,
    at: dt.datetime,
) -> Newcomer:
    """A person with a random first password; `change_password`: it must be changed at the first sign-in."""
    if not name.strip():
        raise Unfit("请填写姓名。")
    if User.objects.filter(username__iexact=username).exists():
        raise Unfit(f"登录名“{username}”已被使用，请换一个。")
    user = User(
        username=username,
        name=name.strip(),
        position_title=title,
        phone=phone,
        email=email,
        must_change_password=change_password,
        password_at=at,
        date_joined=at,
    )
    password = first_password()
    user.set_password(password)
    user.save(force_insert=True)
    data = {"username": username, "name": user.name}
    audit.record(audit.Act("person.add", "user", user.pk, data=data), by=by, at=at)
    return Newcomer(user, password)


@transaction.atomic
def change_person(
    user: User, values: Mapping[str, Any], *, by: User | None, at: dt.datetime, version: int | None = None
) -> list[str]:
    """Names of PERSON_FIELDS. Returns the fields that changed. `version`: as in `change_unit`."""
    row = User.objects.select_for_update().get(pk=user.pk)
    _refuse_stale(row, version, row.name)
    changes = {k: v for k, v in values.items() if k in PERSON_FIELDS and getattr(row, k) != v}
    return _write_changes(user, row, changes, "person.edit", "user", by=by, at=at)


@transaction.atomic
def renew_first_password(user: User, *, by: User | None, at: dt.datetime) -> str:
    """A new random password, to be changed at the next sign-in."""
    password = first_password()
    user.set_password(password)
    user.must_change_password = True
    user.password_at = at
    user.save(update_fields=["password", "must_change_password", "password_at"])
    audit.record(audit.Act("person.password", "user", user.pk), by=by, at=at)
    return password


@transaction.atomic
def set_posts(user: User, posts: Iterable[tuple[Unit, Role]], *, by: User | None, at: dt.datetime) -> bool:
    """Make these the person's memberships. Returns whether anything changed."""
    wanted = {(unit.pk, str(Role(role).value)): unit for unit, role in posts}
    clash = clash_of({Role(role) for _, role in wanted})
    if clash:
        raise Unfit(f"“{user.name}”{clash}")
    held = {
        (m.unit_id, m.role): m
        for m in user.memberships.select_for_update(of=("self",)).select_related("unit")
    }
    gone = [m for key, m in held.items() if key not in wanted]
    fresh = [
        Membership(user=user, unit=unit, role=role)
        for (pk, role), unit in wanted.items()
        if (pk, role) not in held
    ]
    Membership.objects.filter(pk__in=[m.pk for m in gone]).delete()
    Membership.objects.bulk_create(fresh)
    forget(user)
    for action, rows in (("person.withdraw", gone), ("person.grant", fresh)):
        acts = [
            audit.Act(action, "user", user.pk, data={"unit": m.unit.name, "role": str(m.role)}) for m in rows
        ]
        audit.record_many(acts, by=by, at=at)
    return bool(gone or fresh)


def _refuse_stale(row: Unit | User, version: int | None, name: str) -> None:
    if version is not None and row.version != version:
        raise Unfit(f"“{name}”刚刚被他人修改，请刷新页面核对后重新填写。")


def _write_changes(
    given: Unit | User,
    row: Unit | User,
    changes: dict[str, Any],
    action: str,
    subject: str,
    *,
    by: User | None,
    at: dt.datetime,
) -> list[str]:
    if not changes:
        return []
    data = {k: [getattr(row, k), v] for k, v in changes.items()}
    type(row)._default_manager.filter(pk=row.pk).update(**changes, version=row.version + 1)
    for key, value in changes.items():
        setattr(given, key, value)
    audit.record(audit.Act(action, subject, row.pk, data=data), by=by, at=at)
    return list(changes)


# ── The roster ───────────────────────────────────────────────────────────────


@transaction.atomic
def take_roster(roster: Roster, *, by: User | None, at: dt.datetime) -> Taken:
    """Write a roster without problems: all of it or nothing. A second time nothing is new.

    A person named in the file gets exactly the posts the file lists; people and units it does not name stay.
    Empty cells leave what is there.
    """
    if by is not None and not holds(by, Can.ACCOUNTS):
        raise Unfit("只有系统管理员可以导入单位与人员。")
    if roster.problems:
        raise Unfit("表格中有问题，未作任何改动。")
    taken = Taken()
    names = UnitNames.load()
    units: dict[str, Unit] = {}
    for unit_row in roster.units:
        units[unit_row.name] = unit_taken(unit_row, units, names, taken, by=by, at=at)
    known = {
        u.username.lower(): u for u in User.objects.filter(username__in=[p.login for p in roster.people])
    }
    for person in roster.people:
        _take_person(person, known.get(person.login.lower()), units, names, taken, by=by, at=at)
    return taken


def unit_named(name: str, units: dict[str, Unit], names: UnitNames) -> Unit:
    unit = units.get(name) or names.find(name)
    if unit is None:
        raise Unfit(f"没有单位“{name}”。")
    return unit


def unit_taken(
    row: UnitRow, units: dict[str, Unit], names: UnitNames, taken: Taken, *, by: User | None, at: dt.datetime
) -> Unit:
    parent = unit_named(row.parent, units, names) if row.parent else None
    unit = Unit.objects.filter(name=row.name).first()
    if unit is None:
        unit = create_unit(
            row.name,
            parent=parent,
            short_name=row.short_name,
            aliases=row.aliases,
            position=row.position or 0,
            by=by,
            at=at,
        )
        taken.new_units.append(unit)
        return unit
    values = {"short_name": row.short_name, "aliases": list(row.aliases), "position": row.position}
    changed = bool(change_unit(unit, {k: v for k, v in values.items() if v or v == 0}, by=by, at=at))
    if parent is not None and move_unit(unit, parent, by=by, at=at):
        changed = taken.tree = True
    if changed:
        taken.changed_units.append(unit)
    return unit


def _take_person(
    row: PersonRow,
    user: User | None,
    units: dict[str, Unit],
    names: UnitNames,
    taken: Taken,
    *,
    by: User | None,
    at: dt.datetime,
) -> None:
    posts = [(unit_named(unit, units, names), role) for unit, role in row.posts]
    if user is None:
        newcomer = create_person(
            row.login, name=row.name, title=row.title, phone=row.phone, email=row.email, by=by, at=at
        )
        set_posts(newcomer.user, posts, by=by, at=at)
        taken.new_people.append(newcomer)
        return
    values = {"name": row.name, "position_title": row.title, "phone": row.phone, "email": row.email}
    changed = change_person(user, {k: v for k, v in values.items() if v}, by=by, at=at)
    if set_posts(user, posts, by=by, at=at) or changed:
        taken.changed_people.append(user)
