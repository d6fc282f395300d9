"""Fill units, leader and deadline for many tasks at once, and hand drafts to their units."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.access import has, nameable
from accounts.matching import people_by_name
from accounts.models import Unit, User
from accounts.roles import Can
from notices.domain import planning, workflow
from notices.domain.planning import Part
from notices.domain.requirements import Ask
from notices.errors import Refused
from notices.models import Notice, Task
from notices.records import Campaign
from notices.terms import State, UnitRole
from notices.text.dates import parse_deadline


@dataclass(frozen=True)
class Filling:
    """What to fill in; None leaves a field as it is. `assign`: hand drafts to their lead unit afterwards. `reason` is needed where the approved plan is changed."""

    lead: Unit | None = None
    supporting: tuple[Unit, ...] | None = None
    leader_text: str | None = None
    deadline_text: str | None = None
    kind: str | None = None
    assign: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Filled:
    """Numbers of the tasks changed, and number → why not for those that were left as they were."""

    done: list[str]
    refused: dict[str, str]


def fill_many(
    tasks: Iterable[Task], filling: Filling, *, by: User, at: dt.datetime, today: dt.date
) -> Filled:
    """Each task on its own, all of the filling or nothing of it; a refusal does not stop the others.

    Raises Refused when nothing is to be filled or the deadline words are not understood.
    """
    rows = list(tasks)
    if filling == Filling(reason=filling.reason):
        raise Refused("请至少填写一项：牵头单位、配合单位、责任领导、完成时限、措施类别，或勾选“分派”。")
    if not rows:
        raise Refused("请先选择任务。")
    values = _values(filling, rows[0].notice, by)
    done: list[str] = []
    refused: dict[str, str] = {}
    for task in rows:
        try:
            _fill(task, filling, values, Ask(by=by, at=at, today=today))
        except Refused as why:
            refused[task.number] = str(why)
        else:
            done.append(task.number)
    return Filled(done, refused)


def _values(filling: Filling, notice: Notice, by: User) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if filling.leader_text is not None:
        name = filling.leader_text.strip()
        people = people_by_name([name], nameable(by, notice.unit_id)) if name else {}
        values |= {"leader_text": name, "leader": people.get(name)}
    if filling.deadline_text is not None:
        values |= deadline_values(filling.deadline_text, notice.campaign)
    if filling.kind is not None:
        values["kind"] = filling.kind
    return values


def deadline_values(words: str, campaign: Campaign) -> dict[str, Any]:
    """Deadline words as the fields of a task; words that are not understood are refused, never guessed."""
    words = words.strip()
    if not words:
        return {"deadline": None, "deadline_text": ""}
    read = parse_deadline(words, campaign=campaign)
    if read.problem:
        raise Refused(read.problem)
    found: dict[str, Any] = {"deadline": read.day, "deadline_text": words}
    return {**found, "keep_up": True} if read.sustained else found


@transaction.atomic
def _fill(task: Task, filling: Filling, values: dict[str, Any], ask: Ask) -> None:
    if not has(ask.by, Can.PLAN, task.notice.unit_id):  # type: ignore[arg-type]
        raise Refused("只有整改办可以批量填写。")
    if filling.lead is not None or filling.supporting is not None:
        planning.set_units(task, _parts(task, filling), by=ask.by, at=ask.at, reason=filling.reason)
    if values:
        planning.edit_task(task, values, base={}, by=ask.by, at=ask.at, reason=filling.reason)
    if filling.assign and task.state == State.DRAFT:
        workflow.perform(task, "assign", ask)


def _parts(task: Task, filling: Filling) -> list[Part]:
    """The task's units with the lead or the supporting ones replaced; the others stay."""
    present = [
        Part(u.unit, u.unit_text, UnitRole(u.role), u.note)
        for u in task.task_units.select_related("unit").order_by("position", "pk")
        if u.role != UnitRole.FORMER
    ]
    if filling.lead is not None:
        lead = filling.lead
        present = [p for p in present if p.role != UnitRole.LEAD and p.unit != lead]
        present.insert(0, Part(lead, lead.name, UnitRole.LEAD))
    if filling.supporting is not None:
        kept = [p for p in present if p.role != UnitRole.SUPPORTING and p.unit not in filling.supporting]
        leads = [p for p in present if p.role == UnitRole.LEAD and p not in kept]
        present = [*leads, *kept, *(Part(u, u.name, UnitRole.SUPPORTING) for u in filling.supporting)]
    return present
