"""Who administers which account, and locking, unlocking, ending sessions and resetting passwords. Every act is recorded.

Business accounts are kept by the system administrator of the unit; administrative ones (admin, security, auditor) by the
security administrator alone, so that no one hand both makes accounts and holds them (GB/T 22239-2019, 8.1.4.1).
`strict`: profile DENGBAO3. Otherwise, where a unit has no security administrator at all, the system administrator does
that work too (decision 0030).
"""

import datetime as dt
from collections.abc import Iterable

from axes.models import AccessAttempt
from axes.utils import reset
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts import audit, sessions
from accounts.access import Lines, acting_for, has, holds, reach
from accounts.models import ApiToken, Membership, Proposal, SecondFactor, SignIn, Unit, User
from accounts.people import Unfit, renew_first_password
from accounts.roles import ADMINISTRATIVE, Can, Role

OWN = "不能对自己的账号办理这一项，请由另一位管理员办理。"
DEEDS = {
    "change": "修改资料",
    "lock": "停用",
    "unlock": "启用",
    "sessions": "退出登录",
    "password": "重置密码",
    "factor": "重置动态口令",
}


def people_of(user: User) -> QuerySet[User]:
    """Accounts the person administers: somebody who holds, or for whom was proposed, a role in a unit of theirs.
    Accounts without any unit are seen by whoever administers a topmost unit."""
    units = reach(user, Can.ACCOUNTS) | reach(user, Can.GRANT)
    held = Membership.objects.filter(user=OuterRef("pk"))
    asked = Proposal.objects.filter(user=OuterRef("pk"))
    seen = Q(Exists(held.filter(unit__in=units))) | Q(Exists(asked.filter(unit__in=units)))
    if Unit.objects.filter(pk__in=units, parent=None).exists():
        seen |= ~Exists(held) & ~Exists(asked)
    return User.objects.filter(seen)


def guarded(units: Iterable[int]) -> bool:
    """Whether somebody holds `security` over one of these units, with an account in use or not."""
    lines = Lines()
    wanted = list(units)
    lines.load(wanted)
    line = {above for pk in wanted for above in lines.of(pk)}
    found = Membership.objects.filter(role=Role.SECURITY)
    return (found.filter(unit__in=line) if wanted else found).exists()


def units_of(person: User) -> set[int]:
    """Units in which the person holds a role or is to hold one."""
    held = set(person.memberships.values_list("unit_id", flat=True))
    asked = person.proposals.filter(state=Proposal.State.WAITING).values_list("unit_id", flat=True)
    return held | set(asked)


def is_administrative(person: User) -> bool:
    waiting = person.proposals.filter(state=Proposal.State.WAITING, role__in=ADMINISTRATIVE)
    return person.memberships.filter(role__in=ADMINISTRATIVE).exists() or waiting.exists()


def refusal(by: User, deed: str, person: User, *, strict: bool) -> str | None:
    """None when `by` may do this to the person's account; else the sentence that refuses. `deed`: a key of DEEDS."""
    if by.pk == person.pk:
        return OWN
    units = units_of(person)
    alone = not strict and not guarded(units)
    if deed == "change" or alone:
        wanted: tuple[Can, ...] = (Can.ACCOUNTS,)
    elif deed in ("unlock", "factor"):
        wanted = (Can.GRANT,)
    elif is_administrative(person):
        wanted = (Can.GRANT,)
    else:
        wanted = (Can.ACCOUNTS,) if deed == "password" else (Can.ACCOUNTS, Can.GRANT)
    if any(_over_all(by, can, units) for can in wanted):
        return None
    whom = "安全管理员" if wanted == (Can.GRANT,) else "系统管理员"
    return f"“{person.name}”的账号只能由管理其全部任职单位的{whom}{DEEDS[deed]}。"


def _over_all(by: User, can: Can, units: set[int]) -> bool:
    if not units:
        return bool(reach(by, can))
    return all(has(by, can, unit) and acting_for(by) is None for unit in units)


def _check(by: User, deed: str, person: User, strict: bool) -> None:
    why_not = refusal(by, deed, person, strict=strict)
    if why_not:
        raise Unfit(why_not)


def last_of(person: User) -> Role | None:
    """The administrative role that nobody else with an account in use holds; None when the account may go."""
    for role in ADMINISTRATIVE:
        if person.memberships.filter(role=role).exists():
            others = Membership.objects.filter(role=role, user__is_active=True).exclude(user=person)
            if not others.exists():
                return role
    return None


# ── Acts ─────────────────────────────────────────────────────────────────────
@transaction.atomic
def lock(person: User, why: str, *, by: User | None, at: dt.datetime, strict: bool = False) -> None:
    """Put the account out of use: signed out everywhere, tokens gone. `by` None is the system. Never the last holder of
    an administrative role."""
    row = User.objects.select_for_update().get(pk=person.pk)
    if by is not None:
        _check(by, "lock", row, strict)
    if not row.is_active:
        raise Unfit(f"“{row.name}”的账号已经停用。")
    last = last_of(row)
    if last is not None:
        raise Unfit(
            f"“{row.name}”是最后一位在用的{last.label}，停用后无人可以办理，请先另设一位{last.label}。"
        )
    if not why.strip():
        raise Unfit("请填写停用的原因。")
    User.objects.filter(pk=row.pk).update(is_active=False, version=F("version") + 1)
    _sign_out(row, by=by, at=at)
    person.is_active = False
    data = {"name": row.name, "username": row.username, "why": why.strip()[:200]}
    audit.record(audit.Act("person.lock", "user", row.pk, data=data), by=by, at=at)


@transaction.atomic
def unlock(person: User, *, by: User, at: dt.datetime, strict: bool) -> None:
    """Give the account back, and forget failed passwords and codes. The days without use count from now."""
    row = User.objects.select_for_update().get(pk=person.pk)
    _check(by, "unlock", row, strict)
    failed = reset(username=row.username)
    failed += SecondFactor.objects.filter(user=row, failures__gt=0).update(failures=0, failed_at=None)
    if row.is_active and not failed:
        raise Unfit(f"“{row.name}”的账号没有停用，也没有因输错密码被锁定。")
    User.objects.filter(pk=row.pk).update(
        is_active=True, enabled_at=at, warned_at=None, version=F("version") + 1
    )
    data = {"name": row.name, "username": row.username, "active": [row.is_active, True], "failures": failed}
    audit.record(audit.Act("person.unlock", "user", row.pk, data=data), by=by, at=at)
    person.is_active = True


@transaction.atomic
def end_sessions(person: User, *, by: User, at: dt.datetime, strict: bool) -> int:
    """Sign the person out everywhere. Returns how many sign-ins ended."""
    _check(by, "sessions", person, strict)
    ended = sessions.end(SignIn.objects.filter(user=person), by=by, at=at)
    data = {"name": person.name, "ended": ended, "tokens": _end_tokens(person, by=by, at=at)}
    audit.record(audit.Act("person.end_sessions", "user", person.pk, data=data), by=by, at=at)
    return ended


def signed_in_under(by: User) -> QuerySet[SignIn]:
    """Open sign-ins of everybody whose units all lie under this security administrator; at the top of the tree those
    of accounts without any unit as well."""
    units = reach(by, Can.GRANT)
    held = Membership.objects.filter(user=OuterRef("user"))
    theirs = Q(Exists(held.filter(unit__in=units)))
    if Unit.objects.filter(pk__in=units, parent=None).exists():
        theirs |= Q(~Exists(held))
    return SignIn.objects.filter(theirs, ~Exists(held.exclude(unit__in=units)))


@transaction.atomic
def end_all_sessions(why: str, *, keep: str, tokens: bool, by: User, at: dt.datetime) -> tuple[int, int]:
    """Sign everybody out at once, but the session `keep`: after an intrusion, or before the system is stopped.

    `tokens`: keys of the interface end as well. Returns how many sign-ins and tokens ended. One event for all.
    """
    if not holds(by, Can.GRANT):
        raise Unfit("只有安全管理员可以让全部人员下线。")
    if not why.strip():
        raise Unfit("请填写全部下线的原因。")
    rows = list(signed_in_under(by).exclude(session_key=keep).values_list("pk", "session_key", "user_id"))
    for start in range(0, len(rows), 500):
        part = rows[start : start + 500]
        Session.objects.filter(session_key__in=[key for _, key, _ in part]).delete()
        SignIn.objects.filter(pk__in=[pk for pk, _, _ in part]).delete()
    ended = _end_all_tokens(by, at=at) if tokens else 0
    people = len({user for _, _, user in rows})
    data = {"why": why.strip()[:200], "ended": len(rows), "people": people, "tokens": ended}
    audit.record(audit.Act("person.end_all", "user", data=data), by=by, at=at)
    return len(rows), ended


def _end_all_tokens(by: User, *, at: dt.datetime) -> int:
    live = ApiToken.objects.filter(user__in=people_of(by), ended_at=None)
    return live.update(ended_at=at, ended_name=audit.name_of(by))


@transaction.atomic
def reset_password(person: User, *, by: User, at: dt.datetime, strict: bool) -> str:
    """A new first password, to be changed at the next sign-in; signed out everywhere."""
    row = User.objects.select_for_update().get(pk=person.pk)
    _check(by, "password", row, strict)
    password = renew_first_password(row, by=by, at=at)
    _sign_out(row, by=by, at=at)
    return password


@transaction.atomic
def reset_factor(person: User, *, by: User, at: dt.datetime, strict: bool) -> None:
    """Forget the authenticator of somebody who lost the phone: enrolled anew at the next sign-in."""
    _check(by, "factor", person, strict)
    gone, _ = SecondFactor.objects.filter(user=person).delete()
    if not gone:
        raise Unfit(f"“{person.name}”没有启用动态口令。")
    _sign_out(person, by=by, at=at)
    audit.record(
        audit.Act("person.factor_reset", "user", person.pk, data={"name": person.name}), by=by, at=at
    )


def _sign_out(person: User, *, by: User | None, at: dt.datetime) -> None:
    sessions.drop(person)
    _end_tokens(person, by=by, at=at)


def _end_tokens(person: User, *, by: User | None, at: dt.datetime) -> int:
    live = ApiToken.objects.filter(user=person, ended_at=None)
    return live.update(ended_at=at, ended_name=audit.name_of(by))


def locked_out(people: Iterable[User], *, at: dt.datetime, limit: int, cooloff: dt.timedelta) -> set[str]:
    """Login names that some address may not try any more for now."""
    names = [person.username for person in people]
    rows = AccessAttempt.objects.filter(
        username__in=names, failures_since_start__gte=limit, attempt_time__gte=at - cooloff
    )
    return set(rows.values_list("username", flat=True))
