"""What one reading of a snapshot's tasks tells the board of that week, beyond the groups the snapshot was counted into."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from notices.domain.rollup import slot
from notices.domain.snapshot_lists import Facts, facts_of
from notices.domain.snapshot_rows import KeptTask
from notices.domain.snapshot_view import Sight
from notices.domain.snapshots import Reader
from notices.domain.statistics_parts import Key, aspect_part, leader_part, source_part
from notices.domain.statistics_relapse import RelapseLine
from notices.models import NO_DAY
from notices.terms import Light, MeasureKind

MOST_RED = 8
_KINDS = {str(label): code for code, label in MeasureKind.choices}


@dataclass
class TaskReading:
    """Of the tasks counted for one person: `planned` by day of the approved plan, `red` the longest overdue first,
    `rows` counter rows with the `key` and `label` of their division; `led`: issues of which the unit asked for leads a
    task."""

    notice: int
    by: str
    facts: Facts
    planned: Counter[dt.date] = field(default_factory=Counter)
    red: list[KeptTask] = field(default_factory=list)
    led: set[int] = field(default_factory=set)
    _counts: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    _labels: dict[Key, str] = field(default_factory=dict)
    _relapses: dict[int | None, list[int]] = field(default_factory=dict)

    def take(self, task: KeptTask) -> None:
        deadline = task.deadline
        self.planned[self.facts.planned.get(task.row.pk) or deadline or NO_DAY] += 1
        if task.relapses:
            found = self._relapses.setdefault(task.lead_unit, [0, 0])
            found[0], found[1] = found[0] + 1, found[1] + task.relapses
        if task.light == Light.RED:
            self.red.append(task)
            if len(self.red) > 10 * MOST_RED:
                self.trim()
        if self.by != "unit":
            key, label = self._part(task)
            self._labels.setdefault(key, label)
            self._counts[(key, task.row.state, *slot(task.row.state, deadline, task.finished_on))] += 1

    def trim(self) -> None:
        self.red = sorted(self.red, key=lambda t: (t.deadline or NO_DAY, t.row.pk))[:MOST_RED]

    def _part(self, task: KeptTask) -> tuple[Key, str]:
        values = task.row.values
        if self.by == "leader":
            return leader_part(task.leader, str(values["leader"]))
        if self.by == "kind":
            return (_KINDS.get(str(values["kind"]), ""),), str(values["kind"]) or "未标类别"
        number, title, source = self.facts.issues[task.row.issue]
        return source_part(source) if self.by == "source" else aspect_part(self.notice, number, title)

    def rows(self) -> list[dict[str, Any]]:
        return [
            {
                "key": key, "label": self._labels[key], "notice": self.notice, "state": state, "deadline": day,
                "judged_on": judged, "late": late, "n": n,
            }
            for (key, state, day, judged, late), n in self._counts.items()
        ]  # fmt: skip

    def relapses(self, leads: dict[str, Any]) -> list[RelapseLine]:
        """By lead unit, most first; `leads` are the names the snapshot keeps."""
        lines = [
            RelapseLine(unit, leads[str(unit)][0] if unit is not None else "未分派", tasks, times)
            for unit, (tasks, times) in self._relapses.items()
        ]
        return sorted(lines, key=lambda x: (-x.times, -x.tasks, x.label))


def read_tasks(reader: Reader, sight: Sight, *, by: str, within: int | None) -> TaskReading:
    """One pass over the kept tasks, one slice in memory."""
    facts = facts_of(reader, plan=True, issues=by in ("aspect", "source"))
    found = TaskReading(reader.snapshot.notice_id, by, facts)
    for task in reader.tasks():
        if within is not None:
            if within not in task.lead:
                continue
            found.led.add(task.row.issue)
        if sight.counts(task):
            found.take(task)
    found.trim()
    return found
