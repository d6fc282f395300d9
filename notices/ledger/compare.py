"""Are two cells the same, may this cell be written, and what does a three-way comparison of a row say? Pure."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from accounts.phones import masked, meant, mismatch
from notices import locks
from notices.ledger import cells
from notices.ledger.schema import BY_KEY, LONGEST_CELL
from notices.locks import Capacity
from notices.records import FieldChange, LedgerValue, StoredTask
from notices.terms import ParsedProgress, State

# Longest texts the database takes.
LIMITS = {
    "issue": 1000,
    "aspect": 500,
    "source": 200,
    "leader": 200,
    "contact": 200,
    "phone": 50,
    "deadline_text": 200,
    "lead_unit": 200,
    "responsible": 500,
}
UNIT_NAME_LIMIT = 100
SHORTEST_LIMIT = 50
LIMITED = frozenset((*LIMITS, "supporting"))
STEPPED = ("state", "finished_on")  # changed by steps of the state table
EXTRA = "extra:"  # key of a column nobody knows, before its header
# Words of other ledgers → the states they agree with, and the state a taken-over task gets.
AGREES: dict[ParsedProgress, tuple[State, ...]] = {
    ParsedProgress.COMPLETED: (State.COMPLETED,),
    ParsedProgress.SUSTAINED: (State.SUSTAINED,),
    ParsedProgress.BASICALLY_COMPLETED: (State.VERIFYING, State.SUBMITTED),
    ParsedProgress.IN_PROGRESS: (State.ACTIVE, State.SUBMITTED, State.VERIFYING),
    ParsedProgress.NOT_STARTED: (State.PENDING, State.DRAFT),
    ParsedProgress.DELAYED: (State.ACTIVE,),
    ParsedProgress.RELAPSED: (State.ACTIVE,),
}


@dataclass(frozen=True)
class Rights:
    """What the person who uploads may do. `units`: ids of the units (with those below) whose work the person files;
    `handled`: ids of the tasks whose states are no longer taken over."""

    office: bool
    units: frozenset[int] = frozenset()
    take_over: bool = False
    handled: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Difference:
    """The result for one row: cells to change, cells both sides changed."""

    changes: tuple[FieldChange, ...] = ()
    conflicts: tuple[FieldChange, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where the row's cells stand, for addresses: sheet, row and the letter of each field."""

    sheet: str
    row: int
    letters: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def cell(self, key: str) -> str:
        letter = self.letters.get(key, "")
        return f"{letter}{self.row}" if letter else ""

    def header(self, key: str) -> str:
        if key.startswith(EXTRA):
            return key.removeprefix(EXTRA)
        return self.headers.get(key) or (BY_KEY[key].header if key in BY_KEY else key)

    def at(self, key: str) -> str:
        """任务清单!J12 完成时限"""
        return f"{self.sheet}!{self.cell(key)} {self.header(key)}"


def same(one: LedgerValue, other: LedgerValue) -> bool:
    """Equal, or different only in line breaks and outer blanks."""
    if one == other:
        return True
    if isinstance(one, dt.date) or isinstance(other, dt.date):
        return False
    return cells.plain(one) == cells.plain(other)


def printed_cut(value: LedgerValue, stored: LedgerValue) -> bool:
    """Is the cell what Excel could hold of a longer stored text?"""
    too_much = isinstance(stored, str) and len(stored) > LONGEST_CELL
    return too_much and isinstance(value, str) and same(value, str(stored)[:LONGEST_CELL])


def alike(key: str, one: LedgerValue, other: LedgerValue) -> bool:
    """As `same`, but generous: for ledgers that are not ours, widths and blanks do not count, nor the order of units."""
    if same(one, other):
        return True
    if isinstance(one, dt.date) or isinstance(other, dt.date):
        return False
    if key in ("lead_unit", "responsible", "supporting"):
        return set(map(cells.fold, one.split("、"))) == set(map(cells.fold, other.split("、")))
    return cells.fold(one) == cells.fold(other)


def printed(key: str, value: LedgerValue) -> LedgerValue:
    """A stored cell as lists and plans show it: of telephone numbers never the middle."""
    return masked(value) if key == "phone" and isinstance(value, str) else value


def unmask(place: Place, values: dict[str, LedgerValue], *known: LedgerValue) -> str:
    """Put the number itself where `values` holds the mask of a `known` one, so that it counts as unchanged.

    A sentence when the cell is the mask of none of them: nobody means such a number.
    """
    given = values.get("phone")
    if not isinstance(given, str) or not given:
        return ""
    number = meant(given, *(k for k in known if isinstance(k, str)))
    if number is None:
        return f"{place.at('phone')}：{mismatch(given)}"
    values["phone"] = number
    return ""


def three_way(
    place: Place,
    new: Mapping[str, LedgerValue],
    stored: Mapping[str, LedgerValue],
    base: Mapping[str, LedgerValue] | None,
    *,
    moved: bool,
) -> Difference:
    """Changed in the upload only → change; in the database only → nothing to do; in both alike → nothing; else conflict.

    `base` None: the export is not known; then `moved` (the row's version is another) makes every difference a conflict.
    """
    changes: list[FieldChange] = []
    conflicts: list[FieldChange] = []
    for key, value in new.items():
        now = stored.get(key, "")
        if same(value, now):
            continue
        was = base.get(key, "") if base is not None else None
        if was is not None and same(value, was) or printed_cut(value, now):
            continue
        before = None if was is None else printed(key, was)
        one = FieldChange(key, place.header(key), place.cell(key), printed(key, now), value, before)
        clash = moved if was is None else not same(now, was)
        (conflicts if clash else changes).append(one)
    return Difference(tuple(changes), tuple(conflicts))


def too_long(place: Place, changes: Iterable[FieldChange]) -> str:
    """A sentence for the first text the database cannot take; "" when all fit."""
    for change in changes:
        limit = LIMITS.get(change.key)
        if limit and isinstance(change.new, str) and len(change.new) > limit:
            return f"{place.at(change.key)}：文字有 {len(change.new)} 个字，最多 {limit} 个字，请缩短。"
        if change.key in ("lead_unit", "responsible", "supporting") and isinstance(change.new, str):
            long = next((n for n in change.new.split("、") if len(n) > UNIT_NAME_LIMIT), "")
            if long:
                return f"{place.at(change.key)}：单位名称“{long[:20]}…”超过 {UNIT_NAME_LIMIT} 个字，请用“、”隔开各单位。"
    return ""


def too_long_values(place: Place, values: Mapping[str, LedgerValue]) -> str:
    """As `too_long`, for the values of a new row."""
    long = [k for k, v in values.items() if v.__class__ is str and len(v) > SHORTEST_LIMIT and k in LIMITED]
    if not long:
        return ""
    changes = [FieldChange(k, place.header(k), place.cell(k), "", values[k]) for k in long]
    return too_long(place, changes)


def emptied(place: Place, changes: Iterable[FieldChange]) -> str:
    """A sentence for a required cell that was emptied."""
    for change in changes:
        column = BY_KEY.get(change.key)
        if column and column.required and not change.new:
            return f"{place.at(change.key)}：不能为空；如需撤销该行，请在网页上办理。"
    return ""


def capacity(rights: Rights, task: StoredTask) -> Capacity:
    if rights.office:
        return Capacity.OFFICE
    if task.lead in rights.units:
        return Capacity.LEAD
    return Capacity.PART if rights.units & set(task.units) else Capacity.OTHER


def not_allowed(
    place: Place, changes: Iterable[FieldChange], rights: Rights, task: StoredTask | None = None
) -> str:
    """A sentence when the person may not change one of these cells, by notices/locks.py; `task` None: cells of an issue.
    Status and finish are asked for as steps, columns of the unit's own are its own."""
    if rights.office:
        return ""
    changes = tuple(changes)
    claims = any(c.key == "state" and wanted_state(c.new) == State.SUSTAINED for c in changes)
    changes = tuple(c for c in changes if not (claims and c.key == "review_days"))
    asked = {c.key: place.header(c.key) for c in changes if c.key in BY_KEY}
    if task is None:
        why = locks.issue_refusal(asked, Capacity.OTHER)
    else:
        kept = {k: v for k, v in asked.items() if k not in STEPPED and BY_KEY[k].kind != "extra"}
        why = locks.refusal(kept, task.state, capacity(rights, task))
    return f"{place.sheet}!第 {place.row} 行：{why}" if why else ""


def agrees(value: LedgerValue, state: str) -> bool:
    """Does the cell's status say nothing else than the stored state?"""
    code = cells.word_of(value)
    if code is not None:
        return state in AGREES[code]
    return not value or value == State(state).label


def wanted_state(value: LedgerValue) -> State | None:
    """The state a status cell asks for."""
    code = cells.word_of(value)
    if code is not None:
        return AGREES[code][0]
    return next((s for s in State if s.label == value), None)


def step_for(place: Place, value: LedgerValue, task: StoredTask, rights: Rights) -> tuple[str, str]:
    """(step, refusal) of a changed 状态: the office may take over, units may ask for closing, nothing else."""
    state = wanted_state(value)
    if state is None:
        return "", f"{place.at('state')}：“{cells.show(value)}”不是可填的状态。"
    if rights.take_over and rights.office and task.pk in rights.handled:
        return "", (
            f"{place.at('state')}：任务已在系统中申请过销号，状态“{State(task.state).label}”不能再按台账改为"
            f"“{cells.show(value)}”，请在网页上按流程办理。"
        )
    if rights.take_over and rights.office:
        return f"take_over:{state.value}", ""
    if state in (State.COMPLETED, State.SUSTAINED) and task.state == State.ACTIVE:
        return f"submit:{state.value}", ""
    label = State(task.state).label
    hint = "请先在网页上签收，再申请销号" if task.state == State.PENDING else "请在网页上按流程办理"
    if state in (State.COMPLETED, State.SUSTAINED):
        return "", f"{place.at('state')}：任务处于“{label}”，不能申请销号，{hint}。"
    return "", (
        f"{place.at('state')}：不能由“{label}”改为“{cells.show(value)}”。台账里只能填“已完成整改”或"
        f"“阶段性完成并需长期坚持”来申请销号，其余{hint}。"
    )
