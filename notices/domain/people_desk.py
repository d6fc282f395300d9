"""People as the administrators' pages list them; who holds which role; a roster taken with the tree it moves."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from accounts import audit, enrolment
from accounts.control import people_of
from accounts.models import Membership, Proposal, User
from accounts.people import Taken
from accounts.phones import masked
from accounts.posts import memberships_of, proposals_of
from accounts.roster import Roster
from accounts.unused import WARNED_BEFORE, unused_since
from notices.domain import rollup


def listed(
    user: User, *, q: str = "", role: str = "", state: str = "", at: dt.datetime, lasts: dt.timedelta
) -> QuerySet[User]:
    """Accounts the person administers, by part of name, login or unit, by role and by state of the account."""
    rows = people_of(user)
    held = memberships_of(user).filter(user=OuterRef("pk"))
    if q:
        unit = held.filter(Q(unit__name__icontains=q) | Q(unit__short_name__icontains=q))
        rows = rows.filter(Q(name__icontains=q) | Q(username__icontains=q) | Exists(unit))
    if role:
        rows = rows.filter(Exists(held.filter(role=role)))
    if state in ("active", "locked"):
        rows = rows.filter(is_active=state == "active")
    elif state == "waiting":
        waiting = proposals_of(user).filter(user=OuterRef("pk"), state=Proposal.State.WAITING)
        rows = rows.filter(Exists(waiting))
    elif state == "unused":
        soon = unused_since(at - lasts + WARNED_BEFORE)
        rows = rows.filter(pk__in=[person.pk for person in soon])
    return rows


def with_posts(rows: QuerySet[User], user: User) -> QuerySet[User]:
    """`held` and `waiting`: roles in the units the other administers; two more queries for any number of people."""
    waiting = proposals_of(user).filter(state=Proposal.State.WAITING).order_by("pk")
    return rows.prefetch_related(
        Prefetch("memberships", memberships_of(user).order_by("pk"), to_attr="held"),
        Prefetch("proposals", waiting, to_attr="waiting"),
    )


@dataclass(frozen=True)
class Post:
    """Who holds which role in which unit, as a list and a workbook show it."""

    unit: str
    role: str
    name: str
    username: str
    phone: str
    active: bool
    signed_in_at: dt.datetime | None


def posts(user: User) -> QuerySet[Membership]:
    return memberships_of(user)


def as_posts(rows: Iterable[Membership]) -> Iterator[Post]:
    for row in rows:
        who = row.user
        yield Post(
            row.unit.name,
            row.get_role_display(),
            who.name,
            who.username,
            masked(who.phone),
            who.is_active,
            who.last_login,
        )


def export_posts(user: User, *, at: dt.datetime) -> list[Post]:
    """Every role in the units the person administers, by unit; a row that the list was taken out."""
    rows = list(as_posts(posts(user).order_by("unit__position", "unit_id", "role", "user__name", "pk")))
    audit.record(audit.Act("person.export", "user", data={"rows": len(rows)}), by=user, at=at)
    return rows


@transaction.atomic
def take_roster(roster: Roster, *, by: User, at: dt.datetime, strict: bool) -> tuple[Taken, int]:
    """The roster and what hangs on the tree, in one transaction."""
    taken, proposed = enrolment.enrol(roster, by=by, at=at, strict=strict)
    if taken.tree:
        rollup.rebuild()
    act = audit.Act(
        "person.import",
        "user",
        data={"people": len(taken.new_people), "units": len(taken.new_units), "roles": proposed},
    )
    audit.record(act, by=by, at=at)
    return taken, proposed
