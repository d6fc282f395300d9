"""The only place that counts. Pages, Word, Excel and the API show the same number because they call it.

Everything is summed from Rollup rows (unit × state × deadline day), so any `today` and any preset is exact.
Cancelled tasks are shown and never counted in rates; only top-level tasks count.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, F, Sum

from accounts.models import Unit
from notices.lights import RULES, LightRule, light
from notices.models import NO_DAY, Issue, Notice, Rollup, Task
from notices.terms import CLOSED_STATES, Light, PrintedProgress, State


@dataclass(frozen=True)
class Figures:
    """Counts of tasks over some units and notices on one day."""

    total: int = 0  # without cancelled
    completed: int = 0
    sustained: int = 0
    cancelled: int = 0
    done: int = 0  # by light, as lists filter it; under 景德镇 completed tasks are green
    red: int = 0
    yellow: int = 0
    green: int = 0
    unassigned: int = 0
    waiting: int = 0  # submitted or verifying
    due: int = 0  # deadline ≤ today, or closed with a deadline
    on_time: int = 0  # finished by the deadline
    over_30: int = 0  # red for more than 30 days

    @property
    def closed(self) -> int:
        return self.completed + self.sustained

    @property
    def open(self) -> int:
        return self.total - self.closed

    @property
    def completion_rate(self) -> Decimal | None:
        """整改完成率 = 已完成 ÷ 全部, two decimals, half up; None when there is nothing."""
        return percent(self.completed, self.total)

    @property
    def closing_rate(self) -> Decimal | None:
        """销号率 = (已完成 + 阶段性完成并需长期坚持) ÷ 全部."""
        return percent(self.closed, self.total)

    @property
    def on_time_rate(self) -> Decimal | None:
        """按期率 = 按期完成 ÷ (时限已到或已销号), only what has a deadline."""
        return percent(self.on_time, self.due)

    def of(self, light_code: str) -> int:
        """Count by light: red, yellow, green, long, done, none (cancelled)."""
        return {
            Light.RED: self.red,
            Light.YELLOW: self.yellow,
            Light.GREEN: self.green,
            Light.LONG: self.sustained,
            Light.DONE: self.done,
            Light.NONE: self.cancelled,
        }[Light(light_code)]


def percent(part: int, whole: int) -> Decimal | None:
    """100 × part ÷ whole to two decimals, half up (688 of 697 = 98.71)."""
    if whole == 0:
        return None
    return (Decimal(100 * part) / Decimal(whole)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def figures(notices: Iterable[int], *, unit: int | None, today: dt.date) -> Figures:
    """Figures over these notices. `unit` None: whole notices; else what that unit and those below it lead."""
    return _by_group(notices, [unit] if unit else None, today=today).get(unit or 0, Figures())


def by_unit(notices: Iterable[int], units: Iterable[int], *, today: dt.date) -> dict[int, Figures]:
    """Figures per unit (each with those below it); units without a task are left out."""
    return _by_group(notices, list(units), today=today)


def _by_group(notices: Iterable[int], units: list[int] | None, *, today: dt.date) -> dict[int, Figures]:
    presets = dict(Notice.objects.filter(pk__in=list(notices)).values_list("pk", "preset"))
    rows = Rollup.objects.filter(notice__in=presets).exclude(count=0)
    if units is None:
        rows = rows.filter(
            unit=F("notice__unit")
        )  # under the inspected party every task of its notice is counted
    else:
        rows = rows.filter(unit__in=units)
    grouped = rows.values("unit", "notice", "state", "deadline", "judged_on", "late").annotate(n=Sum("count"))
    sums: dict[int, dict[str, int]] = {}
    for row in grouped.order_by():
        counts = sums.setdefault(0 if units is None else row["unit"], {})
        for name in _names(row, RULES[presets[row["notice"]]], today):
            counts[name] = counts.get(name, 0) + row["n"]
    return {group: Figures(**counts) for group, counts in sums.items()}


def _names(row: Mapping[str, Any], rule: LightRule, today: dt.date) -> list[str]:
    """The counters one roll-up row adds to."""
    state = State(row["state"])
    if state == State.CANCELLED:
        return ["cancelled"]
    deadline = None if row["deadline"] == NO_DAY else row["deadline"]
    judged = None if row["judged_on"] == NO_DAY else row["judged_on"]
    names = ["total"]
    if state in CLOSED_STATES:
        names.append(str(state.value))
        if state == State.COMPLETED:
            names.append(str(light(state, deadline, judged, today=today, rule=rule).value))
        if deadline:
            names += ["due"] if row["late"] else ["due", "on_time"]
        return names
    names.append(str(light(state, deadline, judged, today=today, rule=rule).value))
    if state == State.DRAFT:
        names.append("unassigned")
    if judged is not None:
        names.append("waiting")
    if deadline and deadline <= today:
        names += ["due", "on_time"] if judged and judged <= deadline else ["due"]
        if (today - deadline).days > 30 and names[1] == "red":
            names.append("over_30")
    return names


@dataclass(frozen=True)
class IssueFigures:
    total: int
    completed: int
    sustained: int
    in_progress: int
    not_started: int

    @property
    def completion_rate(self) -> Decimal | None:
        return percent(self.completed, self.total)

    @property
    def closing_rate(self) -> Decimal | None:
        return percent(self.completed + self.sustained, self.total)


def issue_figures(notices: Iterable[int]) -> IssueFigures:
    """Issues by derived progress (an issue is completed when all its tasks are)."""
    rows = Issue.objects.filter(notice__in=list(notices)).with_progress().values_list("progress", flat=True)  # type: ignore[misc]
    counts = {p: 0 for p in PrintedProgress.values}
    for progress in rows:
        counts[progress] += 1
    return IssueFigures(
        total=sum(counts.values()),
        completed=counts[PrintedProgress.COMPLETED],
        sustained=counts[PrintedProgress.SUSTAINED],
        in_progress=counts[PrintedProgress.IN_PROGRESS],
        not_started=counts[PrintedProgress.NOT_STARTED],
    )


@dataclass(frozen=True)
class UnitLine:
    """One bar of the board: a unit and its figures."""

    unit: Unit
    figures: Figures


def unit_lines(notices: Iterable[int], *, today: dt.date, most: int = 20) -> list[UnitLine]:
    """Units that lead tasks themselves, most red first, then most tasks."""
    ids = list(notices)
    leads = (
        Task.objects.filter(notice__in=ids, lead_unit__isnull=False)
        .values_list("lead_unit", flat=True)
        .distinct()
    )
    counted = by_unit(ids, list(leads), today=today)
    units = {u.pk: u for u in Unit.objects.filter(pk__in=counted)}
    lines = [UnitLine(units[pk], f) for pk, f in counted.items()]
    return sorted(lines, key=lambda x: (-x.figures.red, -x.figures.total, x.unit.position, x.unit.pk))[:most]


@dataclass(frozen=True)
class WeekPoint:
    """Cumulative counts at the end of a week (Sunday)."""

    ends_on: dt.date
    planned: int
    done: int


def planned_and_done(notices: Iterable[int], *, today: dt.date, weeks: int = 12) -> list[WeekPoint]:
    """Tasks whose deadline has come, and tasks finished, by the end of each of the last weeks and this one."""
    ids = list(notices)
    tasks = Task.objects.filter(notice__in=ids, parent=None).exclude(state=State.CANCELLED)
    planned = dict(
        tasks.filter(deadline__isnull=False).values_list("deadline").annotate(n=Count("pk")).order_by()
    )
    done = dict(tasks.closed().values_list("closed_on").annotate(n=Count("pk")).order_by())
    sunday = today + dt.timedelta(days=6 - today.weekday())
    ends = [sunday - dt.timedelta(weeks=w) for w in reversed(range(weeks))]
    return [
        WeekPoint(
            end,
            sum(n for day, n in planned.items() if day <= end),
            sum(n for day, n in done.items() if day <= min(end, today)),
        )
        for end in ends
    ]
