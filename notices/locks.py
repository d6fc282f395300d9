"""What of a task or an issue is read-only, for whom and in which state, and why: the one table that pages and forms, the
sheet of the plan, the ledger and the interface over HTTP ask. Pure.

A reason is a sentence with room for the names of the fields it keeps shut.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from notices.terms import State


class Capacity(StrEnum):
    """As what somebody meets a task."""

    OFFICE = "office"  # the office; over a part also who breaks the task above down
    LEAD = "lead"  # works for the lead unit
    PART = "part"  # works for another unit of the task
    OTHER = "other"


class Group(StrEnum):
    PLAN = "plan"  # what the office asks for; any field that stands in no other group
    DEADLINE = "deadline"
    LEAD_UNIT = "lead_unit"
    CONTACT = "contact"
    REPORT = "report"  # what is filed as a report on progress


# Names of the model's fields, of the forms' and of the ledger's columns.
_GROUPS = {
    Group.DEADLINE: "deadline deadline_text",
    Group.LEAD_UNIT: "lead lead_unit",
    Group.CONTACT: "contact contact_text contact_phone phone remark",
    Group.REPORT: "progress next_step blocked",
}
_GROUP_OF = {name: group for group, names in _GROUPS.items() for name in names.split()}
_WITH_A_UNIT = frozenset({State.PENDING, State.ACTIVE, State.SUBMITTED, State.VERIFYING})
_BEFORE_WORK = frozenset({State.DRAFT, State.PENDING})
_DONE = frozenset({State.COMPLETED})
_ALL = frozenset(State)
OFFICE, LEAD, PART, OTHER = Capacity
ARCHIVED = "该批次已归档，只能查看。"
CANCELLED = "任务已撤销，不能修改。"


@dataclass(frozen=True)
class Lock:
    groups: tuple[Group, ...]
    who: tuple[Capacity, ...]
    states: frozenset[State]
    why: str


# The first that fits holds; without one the field may be changed.
LOCKS = (
    Lock(tuple(Group), tuple(Capacity), frozenset({State.CANCELLED}), CANCELLED),
    Lock((Group.LEAD_UNIT,), (OFFICE,), _WITH_A_UNIT, "任务已交单位办理，更换{names}请在任务页用“改派”。"),
    Lock(
        (Group.DEADLINE,),
        (LEAD,),
        frozenset({State.ACTIVE}),
        "{names}只能由整改办修改，需要延期请在任务页“申请延期”。",
    ),
    Lock(
        (Group.REPORT,), (LEAD, PART), _BEFORE_WORK, "任务处于“{state}”，签收并进入整改后才能填报{names}。"
    ),
    Lock((Group.REPORT,), (LEAD, PART), _DONE, "任务已销号，不再填报{names}；情况有反复的，由整改办“反弹重改”。"),
    Lock((Group.REPORT,), (OTHER,), _ALL, "只有承担该任务的单位可以填报{names}。"),
    Lock((Group.CONTACT,), (LEAD,), _DONE, "任务已销号，{names}不再修改，需要更正请联系整改办。"),
    Lock((Group.CONTACT,), (PART, OTHER), _ALL, "{names}只能由整改办和牵头单位修改。"),
    Lock((Group.PLAN, Group.DEADLINE, Group.LEAD_UNIT), (LEAD, PART, OTHER), _ALL, "{names}只能由整改办修改。"),
)  # fmt: skip


def lock(field: str, state: str, who: Capacity) -> str:
    """Why the field is read-only, with room for its name; "" when it may be changed."""
    group = _GROUP_OF.get(field, Group.PLAN)
    return next((x.why for x in LOCKS if group in x.groups and who in x.who and state in x.states), "")


def locked(fields: Mapping[str, str], state: str, who: Capacity) -> dict[str, str]:
    """Field → the whole sentence, of those `fields` (name → label) that are read-only."""
    label = State(state).label
    found = {name: lock(name, state, who) for name in fields}
    return {name: why.format(names=fields[name], state=label) for name, why in found.items() if why}


def refusal(fields: Mapping[str, str], state: str, who: Capacity) -> str:
    """One sentence for each reason, over the names of all fields it holds for; "" when all may be changed."""
    return _said(fields, {name: lock(name, state, who) for name in fields}, State(state).label)


def _said(fields: Mapping[str, str], found: Mapping[str, str], state: str = "") -> str:
    names: dict[str, list[str]] = {}
    for name, why in found.items():
        if why:
            names.setdefault(why, []).append(fields[name])
    return "".join(why.format(names="、".join(dict.fromkeys(n)), state=state) for why, n in names.items())


# ── Issues ───────────────────────────────────────────────────────────────────
# Nobody works for an issue, so there are only the office and all others; what stands nowhere below the office may change.
_NUMBERED = frozenset("number issue_number path".split())
_DERIVED = frozenset("progress issue_progress".split())
ISSUE_NUMBER = "{names}由系统编排，不能修改。"
ISSUE_PROGRESS = "{names}由各项任务的状态得出，不能直接修改，请在任务里办理。"
ISSUE_PLAN = "{names}只能由整改办修改。"


def issue_lock(field: str, who: Capacity) -> str:
    """As `lock`, of an issue whose notice is not archived."""
    if field in _NUMBERED:
        return ISSUE_NUMBER
    if field in _DERIVED:
        return ISSUE_PROGRESS
    return "" if who == OFFICE else ISSUE_PLAN


def issue_locked(fields: Mapping[str, str], who: Capacity) -> dict[str, str]:
    """As `locked`."""
    found = {name: issue_lock(name, who) for name in fields}
    return {name: why.format(names=fields[name]) for name, why in found.items() if why}


def issue_refusal(fields: Mapping[str, str], who: Capacity) -> str:
    """As `refusal`."""
    return _said(fields, {name: issue_lock(name, who) for name in fields})
