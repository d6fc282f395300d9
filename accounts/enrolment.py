"""A roster taken in by a system administrator on a page: people are made, their roles proposed; nothing is taken away.

Unlike the command on the server, whoever imports here may only touch units and people of the own part of the tree, and
every role waits for the security administrator.
"""

import datetime as dt
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models.functions import Lower

from accounts import posts
from accounts.access import holds, reach
from accounts.control import is_administrative, refusal
from accounts.matching import UnitNames
from accounts.models import Unit, User
from accounts.people import Taken, Unfit, change_person, create_person, unit_named, unit_taken
from accounts.roles import Can, Role
from accounts.roster import PEOPLE, UNITS, PersonRow, Roster, RosterProblem


@dataclass(frozen=True)
class PersonChange:
    """One person of the file: `new`, and the roles that would be proposed, as words."""

    row: PersonRow
    new: bool
    changes: list[str]
    posts: list[str]


@dataclass
class Preview:
    """What taking the roster would do; with problems it does nothing."""

    new_units: list[str] = field(default_factory=list)
    known_units: int = 0
    people: list[PersonChange] = field(default_factory=list)
    problems: list[RosterProblem] = field(default_factory=list)

    @property
    def newcomers(self) -> list[PersonChange]:
        return [p for p in self.people if p.new]

    @property
    def changed(self) -> list[PersonChange]:
        return [p for p in self.people if not p.new and (p.changes or p.posts)]


def names_for(by: User) -> UnitNames:
    """The units the administrator may name."""
    return UnitNames.load(reach(by, Can.ACCOUNTS))


def preview(roster: Roster, *, by: User, strict: bool) -> Preview:
    """Reads only. Problems of the file come first, then those of what `by` may touch."""
    found = Preview(problems=list(roster.problems))
    within = reach(by, Can.ACCOUNTS)
    present = {u.name: u for u in Unit.objects.filter(name__in=[u.name for u in roster.units])}
    over_all = Unit.objects.filter(pk__in=within, parent=None).exists()
    for unit in roster.units:
        known = present.get(unit.name)
        if known is None:
            found.new_units.append(unit.name)
            if not unit.parent and not over_all:
                _tell(found, UNITS, unit.cell, "no_parent", f"“{unit.name}”须填写上级单位")
        elif known.pk not in within:
            _tell(found, UNITS, unit.cell, "strange", f"“{unit.name}”不在您管理的范围内")
        else:
            found.known_units += 1
    logins = {p.login.lower() for p in roster.people}
    known_people = User.objects.annotate(low=Lower("username")).filter(low__in=logins)
    users = {u.username.lower(): u for u in known_people}
    for row in roster.people:
        _foresee(found, row, users.get(row.login.lower()), by, strict)
    return found


def _foresee(found: Preview, row: PersonRow, user: User | None, by: User, strict: bool) -> None:
    wanted = [f"{unit} · {role.label}" for unit, role in row.posts]
    if user is None:
        found.people.append(PersonChange(row, True, [], wanted))
        return
    why_not = None if user.pk != by.pk else "不能用导入修改自己的账号"
    why_not = why_not or refusal(by, "change", user, strict=strict)
    if why_not:
        _tell(found, PEOPLE, row.cell, "strange", f"登录名“{row.login}”已用于他人，{why_not.rstrip('。')}")
        return
    if user.name != row.name:
        _tell(
            found,
            PEOPLE,
            row.cell,
            "other_name",
            f"登录名“{row.login}”现在是“{user.name}”，与“{row.name}”不符",
        )
        return
    held = {f"{m.unit.name} · {m.get_role_display()}" for m in user.memberships.select_related("unit")}
    held |= {
        f"{p.unit.name} · {p.get_role_display()}"
        for p in user.proposals.filter(state="waiting").select_related("unit")
    }
    values = [("职务", row.title, user.position_title), ("手机", row.phone, user.phone)]
    values.append(("邮箱", row.email, user.email))
    changes = [f"{label}改为“{new}”" for label, new, old in values if new and new != old]
    fresh = [p for p in wanted if p not in held]
    if fresh and is_administrative(user):
        _tell(
            found, PEOPLE, row.cell, "roles_clash", f"“{user.name}”担任管理角色，{posts.APART.rstrip('。')}"
        )
    found.people.append(PersonChange(row, False, changes, fresh))


def _tell(found: Preview, sheet: str, cell: str, code: str, what: str) -> None:
    found.problems.append(RosterProblem(sheet, cell, code, f"工作表“{sheet}”{cell}：{what}。"))


@transaction.atomic
def enrol(roster: Roster, *, by: User, at: dt.datetime, strict: bool) -> tuple[Taken, int]:
    """All of it or nothing: units, people with first passwords, proposals. Returns what was taken and how many roles
    were proposed. The caller rebuilds scope and counters when `tree` is True."""
    if not holds(by, Can.ACCOUNTS):
        raise Unfit("只有系统管理员可以导入单位与人员。")
    seen = preview(roster, by=by, strict=strict)
    if seen.problems:
        raise Unfit(f"表格有 {len(seen.problems)} 处问题，未作任何改动。{seen.problems[0].message}")
    taken, proposed = Taken(), 0
    names = names_for(by)
    units: dict[str, Unit] = {}
    for unit_row in roster.units:
        units[unit_row.name] = unit_taken(unit_row, units, names, taken, by=by, at=at)
    _reread(by)
    for change in seen.people:
        row = change.row
        wanted = [(unit_named(name, units, names), Role(role)) for name, role in row.posts]
        user = User.objects.filter(username__iexact=row.login).first()
        if user is None:
            newcomer = create_person(
                row.login, name=row.name, title=row.title, phone=row.phone, email=row.email, by=by, at=at
            )
            taken.new_people.append(newcomer)
            user = newcomer.user
        else:
            values = {"position_title": row.title, "phone": row.phone, "email": row.email}
            if change_person(user, {k: v for k, v in values.items() if v}, by=by, at=at):
                taken.changed_people.append(user)
        proposed += posts.propose_all(user, wanted, by=by, at=at, strict=strict)
    return taken, proposed


def _reread(by: User) -> None:
    """The tree has grown: what was kept about it on the user object is read anew."""
    for name in ("_lines", "_reach"):
        if hasattr(by, name):
            delattr(by, name)
