"""代班: naming a colleague of the same unit who holds one's rights there from day to day. Every act leaves an event.

Rights follow the row by its days (accounts/access.py), so nothing runs when a period begins or ends.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import audit
from accounts.access import acting_for, has, memberships, reach
from accounts.models import StandIn, Unit, User
from accounts.people import Unfit
from accounts.roles import ADMINISTRATIVE, Can

LONGEST = 92  # days of one period; a longer absence is a change of post


def may_set(by: User, person: User, unit: Unit | int) -> bool:
    """The person, a head of the unit or of one above it, the administrator of its accounts; by an own right."""
    if by.pk == person.pk:
        return True
    return any(has(by, can, unit) and acting_for(by) is None for can in (Can.APPROVE, Can.ACCOUNTS))


@transaction.atomic
def name_stand_in(
    person: User,
    deputy: User,
    unit: Unit,
    *,
    first_on: dt.date,
    last_on: dt.date,
    why: str = "",
    by: User,
    at: dt.datetime,
    today: dt.date,
) -> StandIn:
    """1. may `by`; 2. the days; 3. both work in the unit with business roles; 4. no second one in the same days."""
    if not may_set(by, person, unit):
        raise Unfit("只有本人、本单位负责人或系统管理员可以设置代班。")
    _refuse_days(first_on, last_on, today)
    if person.pk == deputy.pk:
        raise Unfit("代班人不能是本人，请另选一位同事。")
    for who in (person, deputy):
        _refuse_person(who, unit)
    User.objects.select_for_update().get(pk=person.pk)
    there = StandIn.objects.filter(person=person, unit=unit, ended_at=None)
    clash = there.filter(first_on__lte=last_on, last_on__gte=first_on).select_related("deputy").first()
    if clash is not None:
        raise Unfit(
            f"“{person.name}”在 {clash.first_on} 至 {clash.last_on} 已由“{clash.deputy.name}”代班，请先提前结束，或另选日期。"
        )
    row = StandIn(
        person=person,
        deputy=deputy,
        unit=unit,
        first_on=first_on,
        last_on=last_on,
        why=why.strip(),
        made_by=by,
        made_at=at,
    )
    row.save(force_insert=True)
    data = {
        "person": person.name,
        "deputy": deputy.name,
        "unit": unit.name,
        "days": [first_on.isoformat(), last_on.isoformat()],
        "why": row.why,
    }
    audit.record(audit.Act("standin.add", "standin", row.pk, data=data), by=by, at=at)
    return row


def _refuse_days(first_on: dt.date, last_on: dt.date, today: dt.date) -> None:
    if first_on > last_on:
        raise Unfit("结束日期不能早于开始日期，请改正。")
    if first_on < today:
        raise Unfit("开始日期不能早于今天，请改正。")
    if (last_on - first_on).days >= LONGEST:
        raise Unfit(f"一次代班最长 {LONGEST} 天；更长的请由系统管理员调整任职。")


def _refuse_person(who: User, unit: Unit) -> None:
    held = set(who.memberships.filter(unit=unit).values_list("role", flat=True)) - set(ADMINISTRATIVE)
    if not held or not who.is_active:
        raise Unfit(f"“{who.name}”不在“{unit.name}”任职，只能在同一单位的同事之间代班。")
    if who.memberships.filter(role__in=ADMINISTRATIVE).exists():
        raise Unfit(f"“{who.name}”担任系统、安全或审计管理员，不能代班。")


@transaction.atomic
def end_stand_in(row: StandIn, *, by: User, at: dt.datetime) -> bool:
    """End it now. Whether it was still to run."""
    if not (may_set(by, row.person, row.unit) or by.pk == row.deputy_id):
        raise Unfit("只有本人、代班人、本单位负责人或系统管理员可以结束代班。")
    changed = StandIn.objects.filter(pk=row.pk, ended_at=None, last_on__gte=at.astimezone().date())
    if not changed.update(ended_at=at):
        return False
    data = {"person": row.person.name, "deputy": row.deputy.name, "unit": row.unit.name}
    audit.record(audit.Act("standin.end", "standin", row.pk, data=data), by=by, at=at)
    return True


def seen_by(user: User) -> QuerySet[StandIn]:
    """Those the user is part of, and those of the units the user heads or administers; newest first."""
    over = reach(user, Can.APPROVE) | reach(user, Can.ACCOUNTS)
    rows = StandIn.objects.filter(Q(person=user) | Q(deputy=user) | Q(unit__in=over))
    return rows.select_related("person", "deputy", "unit", "made_by").order_by("-last_on", "-pk")


def units_for(user: User) -> list[Unit]:
    """Units in which the user may name a stand-in: for itself, or as head or administrator for others."""
    over = reach(user, Can.APPROVE) | reach(user, Can.ACCOUNTS)
    own = {m.unit_id for m in memberships(user) if m.user_id == user.pk and m.role not in ADMINISTRATIVE}
    return list(
        Unit.objects.without_tree_fields().active().filter(pk__in=over | own).order_by("position", "pk")
    )


def colleague(name: str, unit: Unit) -> User:
    """The one who works in the unit under this name or user name; raises Unfit when nobody or several do."""
    name = name.strip()
    found = User.objects.filter(Q(name=name) | Q(username=name), is_active=True, memberships__unit=unit)
    people = list(found.exclude(memberships__role__in=ADMINISTRATIVE).distinct().order_by("pk")[:3])
    if not people:
        raise Unfit(f"“{unit.name}”没有“{name}”这位在职人员，请核对姓名；只能在同一单位的同事之间代班。")
    if len(people) > 1:
        raise Unfit(f"“{unit.name}”有不止一位“{name}”，请改填登录名。")
    return people[0]
