"""Somebody leaves a post: everything open in that person's name goes to others in one act, with a list before and after.

For the office of the notices concerned and the head of the person's unit: they know the work. The account itself is put out
of use by the administrator, who sees no ledger content.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from accounts import audit
from accounts.access import reach
from accounts.models import Membership, User
from accounts.people import Unfit
from accounts.roles import ADMINISTRATIVE, Can
from notices.domain import baseline
from notices.domain.baseline import Shift
from notices.domain.inbox import tell
from notices.models import Issue, PlanChange, Task
from notices.terms import OPEN_STATES, MessageKind, Stage, State

CONTACT, LEADER, ISSUE = "contact", "leader", "issue"
LABELS = {CONTACT: "责任人", LEADER: "责任领导", ISSUE: "问题的责任领导"}
UNDER_WAY = (*OPEN_STATES, State.SUSTAINED)


@dataclass(frozen=True)
class Item:
    """One thing in the person's name. `key`: how the form names it."""

    kind: str
    pk: int
    number: str
    text: str
    unit: str
    notice: str
    deadline: dt.date | None
    version: int

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.pk}"

    @property
    def label(self) -> str:
        return LABELS[self.kind]


def units_of(user: User) -> set[int]:
    """Units whose people's work the user may hand over."""
    return reach(user, Can.PLAN) | reach(user, Can.APPROVE)


def people_of(user: User) -> QuerySet[User]:
    """People with a business role in those units, in use or not; and whoever has no role at all any more, but still open
    tasks of the office in the name."""
    every = Membership.objects.filter(user=OuterRef("pk"))
    held = every.filter(unit__in=units_of(user))
    named = Task.objects.filter(state__in=UNDER_WAY).exclude(notice__stage=Stage.ARCHIVED)
    named = named.filter(notice__unit__in=reach(user, Can.PLAN))
    mine = Exists(named.filter(Q(contact=OuterRef("pk")) | Q(leader=OuterRef("pk"))))
    return User.objects.filter(Exists(held.exclude(role__in=ADMINISTRATIVE)) | (mine & ~Exists(every)))


def with_counts(people: QuerySet[User], user: User) -> list[tuple[User, int]]:
    """Each with how many open things stand in the name, as far as the user may hand them over; two queries."""
    rows = list(people)
    total: dict[int, int] = {}
    for column in ("contact", "leader"):
        tasks = _tasks(user).filter(**{f"{column}__in": rows})
        for pk, count in tasks.values_list(column).annotate(n=Count("pk")):
            total[pk] = total.get(pk, 0) + count
    return [(person, total.get(person.pk, 0)) for person in rows]


def _tasks(user: User) -> QuerySet[Task]:
    """Open tasks whose people the user may change: all of the office's notices, else those led by the head's units."""
    mine = Q(notice__unit__in=reach(user, Can.PLAN)) | Q(lead_unit__in=reach(user, Can.APPROVE))
    return Task.objects.filter(mine, state__in=UNDER_WAY).exclude(notice__stage=Stage.ARCHIVED)


def items(person: User, *, user: User) -> list[Item]:
    """Everything in the person's name that the user may hand over: tasks as contact and, for the office, tasks and issues as
    leader. Directives stay: they are the words of whoever gave them."""
    found: list[Item] = []
    rows = _tasks(user).select_related("lead_unit", "notice").order_by("notice_id", "number")
    office = reach(user, Can.PLAN)
    for kind in (CONTACT, LEADER):
        mine = rows.filter(**{kind: person})
        mine = mine if kind == CONTACT else mine.filter(notice__unit__in=office)
        found += [
            Item(
                kind,
                t.pk,
                t.number,
                t.text[:60],
                t.lead_unit.name if t.lead_unit else "—",
                t.notice.title,
                t.deadline,
                t.version,
            )
            for t in mine
        ]
    issues = Issue.objects.filter(leader=person, notice__unit__in=office).exclude(
        notice__stage=Stage.ARCHIVED
    )
    for i in issues.select_related("notice").order_by("notice_id", "position"):
        found.append(
            Item(
                ISSUE, i.pk, i.number, i.title[:60], i.lead_text or "—", i.notice.title, i.deadline, i.version
            )
        )
    return found


def successors(person: User, *, user: User) -> QuerySet[User]:
    """Who may take over: anybody in use with a business role in the user's units."""
    held = Membership.objects.filter(user=OuterRef("pk"), unit__in=units_of(user))
    found = User.objects.filter(Exists(held.exclude(role__in=ADMINISTRATIVE)), is_active=True)
    return found.exclude(pk=person.pk).order_by("name", "pk")


@dataclass(frozen=True)
class Passed:
    """One thing after the act, for the list."""

    item: Item
    to: str


@transaction.atomic
def hand_over(
    person: User, wanted: Mapping[str, int], *, seen: Mapping[str, int], by: User, at: dt.datetime
) -> list[Passed]:
    """`wanted`: key of an item → id of the successor. `seen`: key → version when the form was shown.

    1. every thing is still in the person's name, unchanged and the user's to hand over, every successor may take over; 2. write,
    with reasons where a plan was approved; 3. one event a thing, one for the person; 4. each successor hears of it once.
    """
    there = {item.key: item for item in items(person, user=by)}
    gone = [key for key in wanted if key not in there or there[key].version != seen.get(key, 0)]
    if gone:
        raise Unfit(
            f"有 {len(gone)} 项刚刚被他人修改或已不在“{person.name}”名下，请刷新后重新选择。没有作任何改动。"
        )
    if not wanted:
        raise Unfit("请至少为一项选择接手人。")
    people = {u.pk: u for u in successors(person, user=by).filter(pk__in=set(wanted.values()))}
    if set(wanted.values()) - people.keys():
        raise Unfit("所选接手人不在您可以指定的范围内，请从列表中选择。没有作任何改动。")
    reason = f"人员变动移交：{person.name}"
    done = []
    for key, pk in wanted.items():
        _pass(there[key], person, people[pk], reason, by=by, at=at)
        done.append(Passed(there[key], people[pk].name))
    counted: dict[int, int] = {}
    for pk in wanted.values():
        counted[pk] = counted.get(pk, 0) + 1
    data = {"from": person.name, "to": {people[pk].name: n for pk, n in counted.items()}}
    audit.record(audit.Act("person.handover", "user", person.pk, data=data), by=by, at=at)
    for pk, n in counted.items():
        tell(
            [people[pk]],
            MessageKind.STEP,
            f"{by.name}把“{person.name}”名下的 {n} 项工作移交给您",
            task=None,
            at=at,
        )
    return done


def _pass(item: Item, old: User, new: User, reason: str, *, by: User, at: dt.datetime) -> None:
    model: type[Task] | type[Issue] = Issue if item.kind == ISSUE else Task
    column = CONTACT if item.kind == CONTACT else LEADER
    values = {column: new, f"{column}_text": new.name}
    if item.kind == CONTACT:
        values["contact_phone"] = new.phone
    row = model._default_manager.select_for_update().get(pk=item.pk)
    if column == LEADER:
        issue, task = (row.pk, None) if isinstance(row, Issue) else (row.issue_id, row.pk)
        shift = Shift(issue, task, LEADER, row.leader_text, new.name)
        baseline.keep_reasons(row.notice_id, [shift], reason, PlanChange.Source.EDIT, by=by, at=at)
    model._default_manager.filter(pk=row.pk).update(**values, version=F("version") + 1)
    kind = "issue" if item.kind == ISSUE else "task"
    data = {column: [old.pk, new.pk], f"{column}_text": [old.name, new.name], "reason": reason}
    audit.record(audit.Act(f"{kind}.edit", kind, row.pk, row.notice_id, data=data), by=by, at=at)
