"""子方案: a unit breaks its task down for its sub-units. Parts are tasks with a parent: same steps, same page.

A part is edited like a task (planning.edit_task), cancelled by the step 撤销, closed by the head of the parent's lead unit.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.access import subtree
from accounts.matching import people_by_name, tidy
from accounts.models import Unit, User
from notices.domain import contacts, permissions, planning, workflow
from notices.domain.filling import deadline_values
from notices.domain.planning import Part
from notices.domain.requirements import Ask, refuse_late_parts, units_for
from notices.errors import Missing, Refused
from notices.models import Task
from notices.terms import CLOSED_STATES, State, UnitRole


@dataclass(frozen=True)
class Parts:
    """The parts of a task rolled up: `total` and `closed` without the cancelled ones, `rows` all in order."""

    rows: Sequence[Task]
    total: int
    closed: int
    overdue: int

    def __bool__(self) -> bool:
        return bool(self.rows)


def parts_of(task: Task, *, today: dt.date) -> Parts:
    """One query."""
    if task.parent_id is not None:
        return Parts([], 0, 0, 0)
    rows = list(task.parts.with_light(today=today).in_order().select_related("lead_unit"))
    live = [p for p in rows if p.state != State.CANCELLED]
    closed = sum(p.state in CLOSED_STATES for p in live)
    overdue = sum(p.is_open and p.deadline is not None and p.deadline < today for p in live)
    return Parts(rows, len(live), closed, overdue)


@transaction.atomic
def add_part(
    task: Task,
    *,
    text: str,
    lead: Unit | None,
    by: User,
    at: dt.datetime,
    today: dt.date,
    contact_text: str = "",
    contact_phone: str = "",
    deadline_text: str = "",
) -> Task:
    """A new part, handed to its sub-unit at once. Without deadline words it is due with the task above.

    1. lock the task above, so that two parts never get one number; 2. who may; 3. unit and deadline; 4. add, assign.
    Raises Missing with a sentence a field, Refused when the deadline is after that of the task above.
    """
    rows = Task.objects.select_for_update(of=("self",))
    parent = rows.select_related("notice", "issue", "parent").get(pk=task.pk)
    why_not = permissions.breaks_down(by, parent)
    if why_not:
        raise Refused(why_not)
    _check(parent, text, lead, by)
    due: dict[str, Any] = {"deadline": parent.deadline, "deadline_text": parent.deadline_text}
    if deadline_text.strip():
        due = deadline_values(deadline_text, parent.notice.campaign)
    contact = people_by_name([contact_text], units_for(by, parent)).get(tidy(contact_text))
    part = planning.add_task(
        parent.issue,
        text=text,
        parts=[Part(lead, lead.name, UnitRole.LEAD)] if lead else [],
        by=by,
        at=at,
        parent=parent,
        number=_next_number(parent),
        position=parent.position,
        leader=parent.leader,
        leader_text=parent.leader_text,
        contact=contact,
        contact_text=contact_text.strip(),
        contact_phone=contacts.whole_phone(contact_phone.strip()),
        **due,
    )
    refuse_late_parts([part.pk])
    workflow.perform(part, "assign", Ask(by=by, at=at, today=today))
    return part


def _check(parent: Task, text: str, lead: Unit | None, by: User) -> None:
    lacking = {}
    if not text.strip():
        lacking["text"] = "请填写子任务的内容。"
    within = lead_choices(parent)
    if lead is None or lead.pk not in within:
        lacking["lead"] = "请从本单位及下属单位中选择承办单位。"
    if lacking:
        raise Missing(lacking)


def lead_choices(parent: Task) -> set[int]:
    """Ids of the units a part may go to: the lead unit of the task above and those below it."""
    return subtree([parent.lead_unit_id]) if parent.lead_unit_id else set()


def _next_number(parent: Task) -> str:
    """W03-012-02.1, then .2: numbers of cancelled parts are not given again."""
    tails = (n.rpartition(".")[2] for n in parent.parts.values_list("number", flat=True))
    return f"{parent.number}.{max((int(t) for t in tails if t.isdecimal()), default=0) + 1}"
