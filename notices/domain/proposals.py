"""What a measure's own words say about who and until when: proposals for tasks that lack it, a person adopts them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import Unit, User
from notices.domain.filling import Filled, Filling, fill_many
from notices.models import Notice, Task
from notices.records import Campaign
from notices.terms import State
from notices.text.mentions import KnownUnit, UnitNames, find_mentions


@dataclass(frozen=True)
class Proposal:
    """`words` are the source words of the deadline; a unit is proposed only when its name belongs to one unit."""

    unit: Unit | None = None
    leader: str = ""
    deadline: str = ""

    def __bool__(self) -> bool:
        return bool(self.unit or self.leader or self.deadline)

    @property
    def filling(self) -> Filling:
        return Filling(lead=self.unit, leader_text=self.leader or None, deadline_text=self.deadline or None)


def propose(notice: Notice, tasks: Iterable[Task], units: Iterable[Unit]) -> dict[int, Proposal]:
    """{task id: proposal} for tasks that lack a lead unit, leader or deadline and whose words name one.

    `units` are the units the person may choose; the inspected party itself is never proposed.
    """
    known = {u.pk: u for u in units if u.pk != notice.unit_id}
    names = UnitNames(KnownUnit(u.pk, u.name, u.short_name, tuple(u.aliases)) for u in known.values())
    found = {}
    for task in tasks:
        proposal = _of(task, names, known, notice.campaign)
        if proposal:
            found[task.pk] = proposal
    return found


def adopt(
    tasks: Iterable[Task], proposals: dict[int, Proposal], *, by: User, at: dt.datetime, today: dt.date
) -> Filled:
    """Fill each task with its own proposal; tasks without one are refused by name, nothing else is touched."""
    done: list[str] = []
    refused: dict[str, str] = {}
    for task in tasks:
        proposal = proposals.get(task.pk)
        if proposal is None:
            refused[task.number] = "原文中没有可采用的单位、领导或时限。"
            continue
        one = fill_many([task], proposal.filling, by=by, at=at, today=today)
        done += one.done
        refused |= one.refused
    return Filled(done, refused)


def _of(task: Task, names: UnitNames, known: dict[int, Unit], campaign: Campaign) -> Proposal:
    mentions = find_mentions(task.heading + task.text, units=names, campaign=campaign)
    named = [m.keys[0] for m in mentions.units if len(m.keys) == 1]
    days = [d.text for d in mentions.deadlines if not d.problem]
    may_lead = task.state == State.DRAFT and task.lead_unit_id is None
    needs_day = task.is_open and task.deadline is None and not task.keep_up
    return Proposal(
        unit=known[named[0]] if named and may_lead else None,
        leader=mentions.leaders[0] if mentions.leaders and task.is_open and not task.leader_text else "",
        deadline=days[0] if days and needs_day else "",
    )
