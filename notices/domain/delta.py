"""What changed between two states of a notice's ledger: two snapshots, or a snapshot and now.

Only top-level tasks count, as everywhere. A task may stand in several lists: closed late after it slipped.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from notices.domain.snapshot_rows import KeptTask
from notices.terms import CLOSED_STATES, OPEN_STATES, Light, State

KINDS: Mapping[str, str] = {
    "new": "新增任务",
    "completed": "已完成整改",
    "sustained": "阶段性完成并需长期坚持",
    "overdue": "新超期",
    "slipped": "时限推后",
    "relapsed": "反弹",
    "reopened": "重新整改",
    "reassigned": "改换牵头单位",
    "reworded": "措施内容改动",
    "cancelled": "撤销",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One task in one list. `was` and `now` are words for the columns 原 and 现; empty where there is nothing."""

    task: int
    number: str
    text: str
    lead: str
    was: str
    now: str


@dataclass(frozen=True)
class Delta:
    """List → its changes, in ledger order; every list of KINDS is there."""

    lists: dict[str, list[Change]]

    @property
    def counts(self) -> dict[str, int]:
        return {kind: len(found) for kind, found in self.lists.items()}

    @property
    def total(self) -> int:
        return sum(map(len, self.lists.values()))


@dataclass(frozen=True, slots=True)
class _Mark:
    """What of an earlier row is compared."""

    state: str
    light: str
    deadline: dt.date | None
    lead_unit: int | None
    lead: str
    relapses: int
    text: int  # hash of the words, to keep a mark small
    number: str
    short: str


def delta(
    before: Iterable[KeptTask], after: Iterable[KeptTask], *, gone_words: str = "已不在台账中"
) -> Delta:
    """Compare. Memory: a mark for each earlier task, and the changes found. `gone_words`: what is said of a task that
    stands in `before` alone."""
    marks = {task.row.pk: _mark(task) for task in before if task.row.parent is None}
    lists: dict[str, list[Change]] = {kind: [] for kind in KINDS}
    for task in after:
        if task.row.parent is not None:
            continue
        old = marks.pop(task.row.pk, None)
        for kind, was, now in _changes(old, _mark(task)):
            lists[kind].append(_change(task, was, now))
    for pk, gone in marks.items():
        if gone.state != State.CANCELLED:
            was = str(State(gone.state).label)
            lists["cancelled"].append(Change(pk, gone.number, gone.short, gone.lead, was, gone_words))
    return Delta(lists)


def _mark(task: KeptTask) -> _Mark:
    values = task.row.values
    text = str(values["measure"])
    return _Mark(
        task.row.state,
        task.light,
        task.deadline,
        task.lead_unit,
        str(values["lead_unit"]),
        task.relapses,
        hash(text),
        task.row.number,
        text[:80],
    )


def _changes(old: _Mark | None, now: _Mark) -> Iterable[tuple[str, str, str]]:
    """(list, was, now) of one task."""
    if old is None:
        if now.state != State.CANCELLED:
            yield "new", "", _state(now)
        was_open, was_red, relapses = True, False, 0
        before = ""
    else:
        was_open, was_red, relapses = old.state in OPEN_STATES, old.light == Light.RED, old.relapses
        before = _state(old)
        yield from _rewritten(old, now)
    if now.state in CLOSED_STATES and (old is None or old.state != now.state):
        yield ("completed" if now.state == State.COMPLETED else "sustained"), before, _state(now)
    if now.light == Light.RED and not was_red:
        yield "overdue", "", _day(now.deadline)
    if now.relapses > relapses:
        yield "relapsed", f"{relapses} 次", f"{now.relapses} 次"
    if not was_open and now.state in OPEN_STATES:
        yield "reopened", before, _state(now)


def _rewritten(old: _Mark, now: _Mark) -> Iterable[tuple[str, str, str]]:
    if old.deadline and now.deadline and now.deadline > old.deadline:
        yield "slipped", _day(old.deadline), _day(now.deadline)
    if old.lead_unit is not None and old.lead_unit != now.lead_unit:
        yield "reassigned", old.lead, now.lead or "未分派"
    if old.text != now.text:
        yield "reworded", old.short, now.short
    if now.state == State.CANCELLED and old.state != State.CANCELLED:
        yield "cancelled", _state(old), _state(now)


def _state(mark: _Mark) -> str:
    return str(State(mark.state).label)


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else "无时限"


def _change(task: KeptTask, was: str, now: str) -> Change:
    values = task.row.values
    return Change(
        task.row.pk, task.row.number, str(values["measure"])[:80], str(values["lead_unit"]), was, now
    )
