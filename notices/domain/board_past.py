"""总览 of a closed week, counted from its snapshot by the rules of today's board; and how today stands against it.

The snapshot keeps its top-level tasks as groups (state, deadline, …, lead unit, leader), so that any person's figures
are sums over a few rows. Planned and done are those of the kept deadlines and closing days.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from accounts.models import Unit
from notices.domain import statistics
from notices.domain.board import AspectLine, Board
from notices.domain.board_past_tasks import TaskReading, read_tasks
from notices.domain.coverage import Coverage
from notices.domain.snapshot_lists import progress_of
from notices.domain.snapshot_rows import KeptIssue, KeptTask
from notices.domain.snapshot_view import Sight, sight_of
from notices.domain.snapshots import Reader, open_snapshot
from notices.domain.statistics import Figures, IssueFigures, UnitLine
from notices.domain.statistics_parts import parts_of
from notices.domain.statistics_weeks import WeekPoint, week_points
from notices.models import NO_DAY, Notice, Snapshot
from notices.terms import CLOSED_STATES, OPEN_STATES, PrintedProgress, State

_MOST_UNITS = 20


@dataclass(frozen=True)
class Group:
    """Top-level tasks that are alike in everything a figure asks about; the first four as the counters keep them."""

    state: str
    counted_day: dt.date
    judged_on: dt.date
    late: bool
    deadline: dt.date | None
    closed_on: dt.date | None
    lead_unit: int | None
    leader: int | None
    n: int

    def as_row(self, notice: int) -> dict[str, Any]:
        """In the shape of a counter row of statistics.py."""
        return {
            "notice": notice,
            "state": self.state,
            "deadline": self.counted_day,
            "judged_on": self.judged_on,
            "late": self.late,
            "n": self.n,
        }


@dataclass(frozen=True)
class Compared:
    """Figures of the last closed week, for the signs on the cards. `day`: what they are of."""

    day: dt.date
    starts_on: dt.date
    figures: Figures
    issues: IssueFigures


@dataclass(frozen=True)
class PastBoard:
    """`red`: the longest overdue of that day."""

    board: Board
    red: list[KeptTask]


def past_board(reader: Reader, sight: Sight, *, by: str = "unit", within: int | None = None) -> PastBoard:
    """The board as of the snapshot, of what this person could see then. `within`: what that unit and those below it
    led."""
    row = reader.snapshot
    read = read_tasks(reader, sight, by=by, within=within)
    groups = _groups(reader, sight, within)
    issues = [i for i in reader.issues() if sight.sees_issue(i) and (within is None or i.row.pk in read.led)]
    aspects = _aspects(row.notice_id, issues)
    due = (row.today, row.today + dt.timedelta(days=7))
    monday = row.today - dt.timedelta(days=row.today.weekday())
    found = Board(
        figures=_figures(reader, groups),
        issues=statistics.sum_of_issues(line.issues for line in aspects),
        aspects=aspects,
        units=_units(reader, groups),
        weeks=_weeks(groups, read, row.today),
        due_soon=sum(
            g.n for g in groups if g.state in OPEN_STATES and g.deadline and due[0] <= g.deadline <= due[1]
        ),
        closed_this_week=sum(
            g.n for g in groups if g.state in CLOSED_STATES and g.closed_on and g.closed_on >= monday
        ),
        by=by,
        parts=parts_of(read.rows(), by, {row.notice_id: reader.preset}, today=row.today),
        relapses=read.relapses(row.head["leads"]),
    )
    return PastBoard(found, read.red)


def compared(cover: Coverage, notices: Iterable[Notice]) -> Compared | None:
    """The covered figures at the last closed week; None unless every covered notice has a snapshot of the same week."""
    found = {n.pk: n for n in notices if n.pk in cover.notices}
    rows = Snapshot.objects.filter(notice__in=found).newest_first()
    newest: dict[int, Snapshot] = {}
    for row in rows:
        newest.setdefault(row.notice_id, row)
    weeks = {row.starts_on for row in newest.values()}
    if len(newest) != len(found) or len(weeks) != 1:
        return None
    figures: list[Figures] = []
    issues: list[IssueFigures] = []
    for pk, row in newest.items():
        reader, sight = open_snapshot(row), sight_of(cover.user, found[pk])
        if sight.whole:  # counted when it was frozen: nothing is unpacked
            figures.append(Figures(**row.head["figures"]))
            issues.append(IssueFigures(**row.head["issues"]))
            continue
        figures.append(_figures(reader, _groups(reader, sight)))
        kept = [issue for issue in reader.issues() if sight.sees_issue(issue)]
        issues += [line.issues for line in _aspects(pk, kept)]
    day = max(row.today for row in newest.values())
    return Compared(day, weeks.pop(), statistics.sum_of(figures), statistics.sum_of_issues(issues))


def _groups(reader: Reader, sight: Sight, within: int | None = None) -> list[Group]:
    leads = reader.snapshot.head["leads"]
    found = (Group(*cells) for cells in reader.groups())
    inside = (g for g in found if within is None or within in _line(leads, g.lead_unit))
    return [g for g in inside if _counts(g, sight, leads)]


def _counts(group: Group, sight: Sight, leads: dict[str, Any]) -> bool:
    """Is the group in this person's figures?"""
    if sight.whole:
        return True
    if group.state == State.DRAFT:
        return False
    return group.leader == sight.person or not sight.figures.isdisjoint(_line(leads, group.lead_unit))


def _line(leads: dict[str, Any], unit: int | None) -> Iterable[int]:
    """The lead unit and those above it, as the tree stood."""
    return leads[str(unit)][3] if unit is not None else ()


def _figures(reader: Reader, groups: Iterable[Group]) -> Figures:
    row = reader.snapshot
    return statistics.figures_from((g.as_row(row.notice_id) for g in groups), reader.preset, today=row.today)


def _units(reader: Reader, groups: list[Group]) -> list[UnitLine]:
    """Units that led tasks, each with those below it; the inspected party only with what it led itself."""
    head = reader.snapshot.head
    own = {g.lead_unit for g in groups if g.lead_unit is not None and g.state != State.CANCELLED}
    lines = []
    for pk in own:
        party = pk == head["party"]
        inside = [
            g for g in groups if (g.lead_unit == pk if party else pk in _line(head["leads"], g.lead_unit))
        ]
        name, short, position, _ = head["leads"][str(pk)]
        unit = Unit(pk=pk, name=name, short_name=short, position=position)
        lines.append(UnitLine(unit, _figures(reader, inside), party))
    lines = [line for line in lines if line.figures.total]
    return sorted(lines, key=lambda x: (-x.figures.red, -x.figures.total, x.unit.position, x.unit.pk))[
        :_MOST_UNITS
    ]


def _aspects(notice: int, issues: list[KeptIssue]) -> list[AspectLine]:
    found: dict[tuple[bool, int], dict[str, int]] = {}
    titles: dict[tuple[bool, int], dict[str, None]] = {}
    for issue in issues:
        key = (issue.aspect is None, issue.aspect or 0)
        titles.setdefault(key, {})[issue.heading or "未列方面"] = None
        counts = found.setdefault(key, dict.fromkeys(PrintedProgress.values, 0))
        counts[progress_of(issue)] += 1
    return [
        AspectLine(
            notice,
            None if bare else number,
            "；".join(titles[bare, number]),
            IssueFigures(sum(counts.values()), **counts),
        )
        for (bare, number), counts in sorted(found.items())
    ]


def _weeks(groups: list[Group], read: TaskReading, today: dt.date) -> list[WeekPoint]:
    due, done = Counter[dt.date](), Counter[dt.date]()
    for group in groups:
        if group.state == State.CANCELLED:
            continue
        due[group.deadline or NO_DAY] += group.n
        if group.state in CLOSED_STATES and group.closed_on:
            done[group.closed_on] += group.n
    return week_points(read.planned, due, done, today=today)
