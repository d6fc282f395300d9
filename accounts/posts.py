"""Roles by two persons: a system administrator proposes, a security administrator grants, only then the role is in force.

Taking a role away needs one of the two: fewer rights are never a risk, but for the last holder of an administrative role.
Source: GB/T 22239-2019, 8.1.4.2 and 8.1.10.1 (separation of duties); decision 0030.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit, sessions
from accounts.access import acting_for, forget, has, reach
from accounts.control import guarded, last_of
from accounts.models import Membership, Proposal, Unit, User
from accounts.people import Newcomer, Unfit, create_person
from accounts.roles import ADMINISTRATIVE, Can, Role
from accounts.roster import clash_of

APART = "系统管理员、安全管理员、审计员三者互斥，也不能兼任任何业务角色：一个账号只能担任其中一个。一人兼管的小单位请开两个账号。"
WAITING = Proposal.State.WAITING


def proposals_of(user: User) -> QuerySet[Proposal]:
    """Proposals about units the person administers."""
    units = reach(user, Can.ACCOUNTS) | reach(user, Can.GRANT)
    return Proposal.objects.filter(unit__in=units).select_related("user", "unit")


def memberships_of(user: User) -> QuerySet[Membership]:
    """Roles in force in units the person administers."""
    units = reach(user, Can.ACCOUNTS) | reach(user, Can.GRANT)
    return Membership.objects.filter(unit__in=units).select_related("user", "unit")


def held_by(person: User, *, seen_by: User) -> list[Membership]:
    """The person's roles in the units that the other administers."""
    return list(memberships_of(seen_by).filter(user=person).order_by("pk"))


def _own(user: User, can: Can, unit: int) -> bool:
    return has(user, can, unit) and acting_for(user) is None


@transaction.atomic
def propose(person: User, unit: Unit, role: Role, *, by: User, at: dt.datetime, strict: bool) -> Proposal:
    """1. may `by`; 2. not held, not waiting; 3. no clash with what is held or waits; 4. the row.

    Unless `strict`, where nobody is security administrator over the unit the role is in force at once.
    """
    person = User.objects.select_for_update().get(pk=person.pk)
    if not _own(by, Can.ACCOUNTS, unit.pk):
        raise Unfit(f"只有“{unit.name}”的系统管理员可以提出任职。")
    if by.pk == person.pk:
        raise Unfit("不能为自己提出任职，请由另一位系统管理员办理。")
    if not unit.is_active:
        raise Unfit(f"“{unit.name}”已停用，请另选单位。")
    held = set(person.memberships.values_list("unit_id", "role"))
    waiting = set(person.proposals.filter(state=WAITING).values_list("unit_id", "role"))
    if (unit.pk, role) in held | waiting:
        already = "已担任" if (unit.pk, role) in held else "已有一项待审批的任职："
        raise Unfit(f"“{person.name}”{already}“{unit.name}”的{role.label}，不必重复提出。")
    clash = clash_of({Role(r) for _, r in held | waiting} | {role})
    if clash:
        raise Unfit(f"“{person.name}”{clash}")
    row = Proposal(user=person, unit=unit, role=role, by=by, by_name=by.name, at=at)
    row.save(force_insert=True)
    act = audit.Act("person.propose", "user", person.pk, data=_told(row))
    audit.record(act, by=by, at=at)
    if not strict and not guarded([unit.pk]):
        row.alone = True
        _decide(row, Proposal.State.GRANTED, "本单位未设安全管理员，提出即生效", by=by, at=at)
        _enforce(row, by=by, at=at)
    return row


@transaction.atomic
def take_on(
    username: str,
    values: Mapping[str, Any],
    post: tuple[Unit, Role],
    *,
    by: User,
    at: dt.datetime,
    strict: bool,
) -> Newcomer:
    """A new account with its first role proposed; `values` are name, position_title, phone and email."""
    newcomer = create_person(
        username,
        name=values["name"],
        title=values["position_title"],
        phone=values["phone"],
        email=values["email"],
        by=by,
        at=at,
    )
    propose(newcomer.user, *post, by=by, at=at, strict=strict)
    return newcomer


@transaction.atomic
def grant(row: Proposal, *, by: User, at: dt.datetime) -> None:
    """In force from now. Never by whoever proposed it."""
    row = _waiting(row, by)
    held = set(row.user.memberships.values_list("role", flat=True))
    clash = clash_of({Role(r) for r in held} | {Role(row.role)})
    if clash:
        raise Unfit(f"“{row.user.name}”{clash}")
    _decide(row, Proposal.State.GRANTED, "", by=by, at=at)
    _enforce(row, by=by, at=at)


@transaction.atomic
def refuse(row: Proposal, note: str, *, by: User, at: dt.datetime) -> None:
    row = _waiting(row, by)
    if not note.strip():
        raise Unfit("请填写不批准的原因。")
    _decide(row, Proposal.State.REFUSED, note.strip()[:200], by=by, at=at)
    data = {**_told(row), "note": row.note}
    audit.record(audit.Act("person.refuse", "user", row.user_id, data=data), by=by, at=at)


@transaction.atomic
def take_back(row: Proposal, *, by: User, at: dt.datetime) -> None:
    """The system administrator withdraws a proposal that still waits."""
    found = _locked(row)
    if not _own(by, Can.ACCOUNTS, found.unit_id):
        raise Unfit("只有该单位的系统管理员可以撤回任职申请。")
    _decide(found, Proposal.State.WITHDRAWN, "", by=by, at=at)
    audit.record(audit.Act("person.take_back", "user", found.user_id, data=_told(found)), by=by, at=at)


@transaction.atomic
def withdraw(held: Membership, *, by: User, at: dt.datetime, strict: bool) -> None:
    """Take a role away at once: a business role by either administrator, an administrative one by `security` alone
    (where there is one), never the own one and never that of the last holder."""
    person = User.objects.select_for_update().get(pk=held.user_id)
    found = Membership.objects.select_related("unit").filter(pk=held.pk).first()
    if found is None:
        raise Unfit("这一任职刚刚已被撤销，没有重复办理。")
    wanted: tuple[Can, ...] = (Can.ACCOUNTS, Can.GRANT)
    if found.role in ADMINISTRATIVE and (strict or guarded([found.unit_id])):
        wanted = (Can.GRANT,)
    if by.pk == person.pk or not any(_own(by, can, found.unit_id) for can in wanted):
        raise Unfit(
            f"“{found.unit.name}”的{found.get_role_display()}只能由安全管理员撤销，且不能撤销自己的任职。"
        )
    alone = person.memberships.filter(role=found.role).count() == 1
    if found.role in ADMINISTRATIVE and alone and person.is_active and last_of(person) == found.role:
        raise Unfit(f"“{person.name}”是最后一位{found.get_role_display()}，请先另设一位再撤销。")
    data = {"name": person.name, "unit": found.unit.name, "role": found.role}
    found.delete()
    forget(person)
    audit.record(audit.Act("person.withdraw", "user", person.pk, data=data), by=by, at=at)


def _locked(row: Proposal) -> Proposal:
    """The row as it is now, still waiting; the person is locked, so that two decisions come one after the other."""
    User.objects.select_for_update().get(pk=row.user_id)
    found = Proposal.objects.select_related("user", "unit").get(pk=row.pk)
    if found.state != WAITING:
        who = f"由“{found.decided_name}”" if found.decided_name else ""
        raise Unfit(f"这一任职申请刚刚已{who}办理（{found.get_state_display()}），没有重复办理。")
    return found


def _waiting(row: Proposal, by: User) -> Proposal:
    found = _locked(row)
    if not _own(by, Can.GRANT, found.unit_id):
        raise Unfit("任职申请只能由该单位的安全管理员审批。")
    if by.pk in (found.by_id, found.user_id):
        raise Unfit("不能审批自己提出的任职或自己的任职，请由另一位安全管理员办理。")
    return found


def _decide(row: Proposal, state: Proposal.State, note: str, *, by: User, at: dt.datetime) -> None:
    said = {"note": note, "alone": row.alone, "decided_by": by, "decided_name": by.name, "decided_at": at}
    Proposal.objects.filter(pk=row.pk).update(state=state, **said)
    row.refresh_from_db()


def _enforce(row: Proposal, *, by: User, at: dt.datetime) -> None:
    Membership(user=row.user, unit=row.unit, role=row.role).save(force_insert=True)
    forget(row.user)
    if row.role in ADMINISTRATIVE:
        sessions.drop(row.user)  # an administrator signs in anew, with the second factor where it is required
    data = {**_told(row), "proposed_by": row.by_name} | ({"alone": True} if row.alone else {})
    audit.record(audit.Act("person.grant", "user", row.user_id, data=data), by=by, at=at)


def _told(row: Proposal) -> dict[str, str]:
    return {"name": row.user.name, "unit": row.unit.name, "role": str(row.role)}


def propose_all(
    person: User, posts: Iterable[tuple[Unit, Role]], *, by: User, at: dt.datetime, strict: bool
) -> int:
    """Propose those of the posts that are neither held nor waiting. Returns how many."""
    held = set(person.memberships.values_list("unit_id", "role"))
    held |= set(person.proposals.filter(state=WAITING).values_list("unit_id", "role"))
    fresh = [(unit, role) for unit, role in posts if (unit.pk, str(role.value)) not in held]
    for unit, role in fresh:
        propose(person, unit, role, by=by, at=at, strict=strict)
    return len(fresh)
