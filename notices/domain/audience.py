"""Who is told about a task, set-wise: the answers of domain/inbox.py for many tasks from a few queries.

`Facts` is what the reminder rules need of a task; `Directory` holds the people and their roles.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from accounts.access import ancestry
from accounts.models import Membership, StandIn, User
from accounts.roles import Role
from notices.domain.reminder_rules import Way, Who
from notices.models import Preference, TaskQuerySet
from notices.terms import State

_ROLES = (Role.STAFF, Role.HEAD, Role.LEADER, Role.OFFICE, Role.SUPERVISOR)


class Facts(NamedTuple):
    """One task as the reminder rules see it; `party` is the inspected unit of its notice.

    Of what is not a task (matters.py): the task it belongs to, or 0; `deadline` is the day the rule counts from.
    """

    pk: int
    number: str
    text: str
    state: str
    deadline: dt.date | None
    finished_on: dt.date | None
    notice: int
    notice_title: str
    party: int
    lead_unit: int | None
    lead_name: str | None
    contact: int | None
    contact_text: str
    leader: int | None
    leader_text: str
    applicant: int | None
    approver: int | None
    parent_lead: int | None


_COLUMNS = (
    "pk",
    "number",
    "text",
    "state",
    "deadline",
    "finished_on",
    "notice_id",
    "notice__title",
    "notice__unit_id",
    "lead_unit_id",
    "lead_unit__name",
    "contact_id",
    "contact_text",
    "leader_id",
    "leader_text",
    "applicant_id",
    "approver_id",
    "parent__lead_unit_id",
)


def facts_of(tasks: TaskQuerySet) -> Iterator[Facts]:
    """One query, in the order of the queryset."""
    return map(Facts._make, tasks.values_list(*_COLUMNS))


class Person(NamedTuple):
    """`mails`: wants reminders by mail, where the rule leaves the choice."""

    pk: int
    name: str
    email: str
    mails: bool = True

    def takes_mail(self, way: Way) -> bool:
        return bool(self.email) and way.mail and (self.mails or way.must)


@dataclass(frozen=True)
class Directory:
    """Active people and who holds which role where; whoever stands in for a colleague stands behind that colleague."""

    people: dict[int, Person]
    roles: dict[tuple[str, int], tuple[int, ...]]
    lines: dict[int, tuple[int, ...]]
    deputies: dict[int, tuple[int, ...]] = field(default_factory=dict)
    _known: dict[tuple[str, int, bool], tuple[int, ...]] = field(default_factory=dict)

    def holders(self, role: Role, unit: int | None, *, above: bool = True) -> tuple[int, ...]:
        """As accounts.access.people_with: in the unit, else in the nearest unit above it."""
        if unit is None:
            return ()
        key = (role, unit, above)
        if key not in self._known:
            line = self.lines.get(unit, (unit,)) if above else (unit,)
            self._known[key] = next((self.roles[role, u] for u in line if (role, u) in self.roles), ())
        return self._known[key]

    def line_holders(self, role: Role, unit: int | None, *, but: Iterable[int | None]) -> tuple[int, ...]:
        """The nearest holders other than these, going up the tree."""
        without = set(but)
        for above in self.lines.get(unit or 0, ()):
            found = tuple(p for p in self.roles.get((role, above), ()) if p not in without)
            if found:
                return found
        return ()

    def account(self, pk: int | None) -> tuple[int, ...]:
        return (pk, *self.deputies.get(pk, ())) if pk is not None and pk in self.people else ()


def load_directory(today: dt.date) -> Directory:
    """A few queries, however many people: the tree, active people, their memberships and preferences, who stands in
    for whom today."""
    refused = set(Preference.objects.filter(mails=False).values_list("user_id", flat=True))
    people = {
        pk: Person(pk, name, email.strip(), pk not in refused)
        for pk, name, email in User.objects.filter(is_active=True).values_list("pk", "name", "email")
    }
    held: dict[tuple[str, int], list[int]] = {}
    rows = Membership.objects.filter(role__in=_ROLES, user__is_active=True).order_by("user_id")
    standing: dict[tuple[int, int], list[int]] = {}
    for person, unit, deputy in StandIn.objects.on(today).values_list("person_id", "unit_id", "deputy_id"):
        standing.setdefault((person, unit), []).append(deputy)
    for role, unit, user in rows.values_list("role", "unit_id", "user_id"):
        there = held.setdefault((role, unit), [])
        there += [pk for pk in (user, *standing.get((user, unit), ())) if pk not in there]
    deputies: dict[int, tuple[int, ...]] = {}
    for (person, _), pks in standing.items():
        deputies[person] = (*deputies.get(person, ()), *pks)
    return Directory(people, {key: tuple(pks) for key, pks in held.items()}, ancestry(), deputies)


def _workers(task: Facts, book: Directory) -> tuple[int, ...]:
    return (
        book.account(task.contact)
        or book.holders(Role.STAFF, task.lead_unit, above=False)
        or book.holders(Role.HEAD, task.lead_unit)
    )


def _leaders(task: Facts, book: Directory) -> tuple[int, ...]:
    return book.account(task.leader) or book.holders(Role.LEADER, task.lead_unit)


_RANKS: dict[Who, Callable[[Facts, Directory], tuple[int, ...]]] = {
    Who.WORKER: _workers,
    Who.HEAD: lambda task, book: book.holders(Role.HEAD, task.lead_unit),
    Who.LEADER: _leaders,
    Who.SUPERVISOR: lambda task, book: book.holders(Role.SUPERVISOR, task.party),
    Who.OFFICE: lambda task, book: book.holders(Role.OFFICE, task.party),
    Who.PARTY_HEAD: lambda task, book: book.holders(Role.HEAD, task.party, above=False),
}


def told_by_rank(task: Facts, tell: Iterable[Who], book: Directory) -> tuple[int, ...]:
    """People of these ranks, each once, lowest rank first; the office when nobody of them has an account."""
    found = dict.fromkeys(pk for who in tell for pk in _RANKS[who](task, book))
    return tuple(found) or book.holders(Role.OFFICE, task.party)


def told(task: Facts, tell: Iterable[Who], book: Directory) -> tuple[int, ...]:
    """As `told_by_rank`; without ranks the judges of an application."""
    return told_by_rank(task, tell, book) if tell else judges(task, book)


def judges(task: Facts, book: Directory) -> tuple[int, ...]:
    """Who has to act on an application: unit heads while it is submitted; while it is verified the office, else the
    supervisors (a part: the head of its parent's lead unit). Never the applicant or the approver while others exist."""
    if task.state == State.SUBMITTED:
        heads = book.line_holders(Role.HEAD, task.lead_unit, but=[task.applicant])
        return heads or book.holders(Role.HEAD, task.lead_unit) or book.holders(Role.OFFICE, task.party)
    but = [task.applicant, task.approver]
    return (
        book.line_holders(Role.HEAD, task.parent_lead, but=but)
        or book.line_holders(Role.OFFICE, task.party, but=but)
        or book.line_holders(Role.SUPERVISOR, task.party, but=but)
    )


class Unmatched(NamedTuple):
    """A person a ledger names who has no account, so that no reminder reaches them."""

    number: str
    rank: str
    name: str
