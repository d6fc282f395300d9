"""Scope and roll-up rows, kept in the transaction of every change.

    with rollup.kept(task_ids):
        ... change tasks or their units ...

On leaving, scope rows of these tasks are what they should be and the counters have moved by the difference.
Tasks made inside the block are named with `kept.add(pk)`.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from accounts.access import Lines
from notices.models import NO_DAY, Rollup, Task, TaskScope, TaskUnit
from notices.sql import bulk
from notices.sql.counters import add_to_rollups
from notices.sql.scope import insert_of_new
from notices.terms import CLOSED_STATES, OPEN_STATES, WAITING_STATES, State

_CHUNK = 5000
_SCOPE = ("task_id", "unit_id", "via", "notice_id", "is_open", "deadline")
# Columns of a task on which its scope and counters hang; who has a part in it comes besides.
MOVING = frozenset({"notice_id", "parent_id", "lead_unit_id", "state", "deadline", "finished_on"})
Place = tuple[int, int, str]  # task, unit, via
Key = tuple[int, int, str, dt.date, dt.date, bool]  # unit, notice, state, deadline, judged_on, late


@dataclass
class Kept:
    """The tasks a block changes; `add` those it makes."""

    ids: set[int] = field(default_factory=set)

    def add(self, *ids: int) -> None:
        self.ids.update(ids)


@dataclass(frozen=True)
class _Facts:
    """What scope and counters of one task hang on, but for the units with a part in it."""

    notice: int
    party: int
    parent: int | None
    lead: int | None
    state: str
    deadline: dt.date | None
    finished: dt.date | None

    @property
    def scope(self) -> tuple[int | None, bool, bool, dt.date | None]:
        return self.lead, self.state == State.DRAFT, self.state in OPEN_STATES, self.deadline


@contextmanager
def kept(ids: Iterable[int] = (), *, units_stay: bool = False) -> Iterator[Kept]:
    """Keep scope and counters right around a change of these tasks. Call inside a transaction.

    `units_stay`: the block does not touch who has a part in the tasks, so that scope rows are written only where
    lead, deadline or openness changed: most steps of the state table need none.
    """
    block = Kept(set(ids))
    lines = Lines()
    before = _facts(block.ids)
    yield block
    after = _facts(block.ids)
    moved = {pk for pk, now in after.items() if pk not in before or now.scope != before[pk].scope}
    if not units_stay:
        moved = set(after)
        moved.update(
            Task.objects.filter(parent__in=moved).values_list("pk", flat=True)
        )  # seen by its units too
    write_scope(moved, lines)
    write_difference(_counted(before, lines), _counted(after, lines))


@contextmanager
def kept_in_tree(units: Iterable[int], tasks: Iterable[int] = ()) -> Iterator[None]:
    """Keep scope and counters right around a change of the tree at or under these units, and of the parts of these tasks.

    Only tasks with a scope row in one of the units are counted again: whoever is below it has one there as well.
    """
    ids = set(tasks) | set(TaskScope.objects.filter(unit__in=list(units)).values_list("task_id", flat=True))
    ids.update(Task.objects.filter(parent__in=list(ids)).values_list("pk", flat=True))
    before = contributions(ids, Lines())
    yield
    lines = Lines()
    write_scope(ids, lines)
    write_difference(before, contributions(ids, lines))


def add_new(ids: Sequence[int]) -> None:
    """Scope and counters of tasks that were just inserted with their units and stand under no other task."""
    insert_of_new(ids)


def contributions(ids: Iterable[int], lines: Lines) -> Counter[Key]:
    """What these tasks add to the counters now."""
    return _counted(_facts(ids), lines)


def _facts(ids: Iterable[int]) -> dict[int, _Facts]:
    found: dict[int, _Facts] = {}
    for part in _chunks(ids):
        rows: Iterable[tuple[Any, ...]] = Task.objects.filter(pk__in=part).values_list(
            "pk",
            "notice_id",
            "notice__unit_id",
            "parent_id",
            "lead_unit_id",
            "state",
            "deadline",
            "finished_on",
        )
        found.update((row[0], _Facts(*row[1:])) for row in rows)
    return found


def _counted(facts: dict[int, _Facts], lines: Lines) -> Counter[Key]:
    total: Counter[Key] = Counter()
    lines.load(f.lead for f in facts.values())
    for f in facts.values():
        if f.parent is None:  # only top-level tasks count
            total.update(_keys(f.notice, f.party, f.lead, f.state, f.deadline, f.finished, lines))
    return total


def _keys(
    notice: int,
    party: int,
    lead: int | None,
    state: str,
    deadline: dt.date | None,
    finished: dt.date | None,
    lines: Lines,
) -> Iterator[Key]:
    due, judged, late = slot(state, deadline, finished)
    for unit in {party, *lines.of(lead)}:
        yield unit, notice, state, due, judged, late


def slot(state: str, deadline: dt.date | None, finished: dt.date | None) -> tuple[dt.date, dt.date, bool]:
    """Deadline, day of judgement and lateness as the counters keep them."""
    judged = finished if state in WAITING_STATES and finished else NO_DAY
    if state not in CLOSED_STATES:
        return deadline or NO_DAY, judged, False
    if finished is None:
        return NO_DAY, judged, False  # taken over without 实际完成时间: in no rate of punctuality
    return deadline or NO_DAY, judged, bool(deadline and finished > deadline)


def write_difference(before: Counter[Key], after: Counter[Key]) -> None:
    """Move the counters. Rows go in ascending unit order, so that two writers never wait for each other in a ring."""
    moves = {key: after[key] - before[key] for key in before.keys() | after.keys()}
    add_to_rollups([(*key, n) for key, n in sorted(moves.items()) if n])


def write_scope(ids: Iterable[int], lines: Lines) -> None:
    """Make the scope rows of these tasks what they should be; untouched rows stay untouched."""
    for part in _chunks(ids):
        wanted, present = _wanted_scope(part, lines), _present_scope(part)
        right = {place for place, (_, *facts) in present.items() if wanted.get(place) == (*facts,)}
        stale = [pk for place, (pk, *_) in present.items() if place not in right]
        fresh = [(*place, *facts) for place, facts in wanted.items() if place not in right]
        for chunk in _chunks(stale):
            TaskScope.objects.filter(pk__in=chunk).delete()
        bulk.insert(TaskScope, _SCOPE, fresh)


def _present_scope(ids: list[int]) -> dict[Place, tuple[Any, ...]]:
    """Place → (key of the row, notice, is_open, deadline)."""
    rows = TaskScope.objects.filter(task__in=ids).values_list(*_SCOPE[:3], "pk", *_SCOPE[3:])
    return {(task, unit, via): (*rest,) for task, unit, via, *rest in rows}


def _wanted_scope(ids: list[int], lines: Lines) -> dict[Place, tuple[int, bool, dt.date]]:
    """Place → notice, is_open, deadline."""
    wanted: dict[Place, tuple[int, bool, dt.date]] = {}
    tasks = Task.objects.filter(pk__in=ids).values_list(
        "pk", "notice_id", "parent_id", "lead_unit_id", "state", "is_open", "deadline"
    )
    rows = list(tasks)
    units: dict[int, set[int]] = {}
    holders = {pk for pk, *_ in rows} | {row[2] for row in rows if row[2]}
    for chunk in _chunks(holders):
        for task, unit in TaskUnit.objects.filter(task__in=chunk, unit__isnull=False).values_list(
            "task", "unit"
        ):
            units.setdefault(task, set()).add(unit)
    lines.load([*(row[3] for row in rows), *(u for found in units.values() for u in found)])
    for pk, notice, parent, lead, state, is_open, deadline in rows:
        part: set[int] = set()
        if state != State.DRAFT:
            for unit in units.get(pk, set()) | units.get(parent or 0, set()):
                part.update(lines.of(unit))
        for via, members in (("part", part), ("lead", set(lines.of(lead)))):
            for unit in members:
                wanted[pk, unit, via] = notice, is_open, deadline or NO_DAY
    return wanted


def wrong_rows() -> list[str]:
    """Recount everything; each difference as a sentence. Empty when all is right."""
    lines = Lines()
    counted: Counter[Key] = Counter()
    found: list[str] = []
    for part in _chunks(Task.objects.order_by("pk").values_list("pk", flat=True)):
        counted.update(contributions(part, lines))
        wanted, present = _wanted_scope(part, lines), _present_scope(part)
        places = wanted.keys() | present.keys()
        bad = {place[0] for place in places if wanted.get(place) != present.get(place, ())[1:]}
        found += [f"任务 {pk} 的可见范围与实际不符" for pk in sorted(bad)]
    stored: Counter[Key] = Counter()
    for r in Rollup.objects.exclude(count=0):
        stored[r.unit_id, r.notice_id, r.state, r.deadline, r.judged_on, r.late] += r.count
    for key in sorted(counted.keys() | stored.keys()):
        if counted[key] != stored[key]:
            found.append(
                f"单位 {key[0]} 批次 {key[1]} 状态 {key[2]}：汇总为 {stored[key]}，实为 {counted[key]}"
            )
    return found


def rebuild() -> None:
    """Write all scope rows and counters anew; after a change of the unit tree. Call inside a transaction."""
    lines = Lines()
    Rollup.objects.all().delete()
    for part in _chunks(Task.objects.order_by("pk").values_list("pk", flat=True)):
        write_scope(part, lines)
        write_difference(Counter(), contributions(part, lines))


def _chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    all_ids = list(ids)
    for start in range(0, len(all_ids), _CHUNK):
        yield all_ids[start : start + _CHUNK]
