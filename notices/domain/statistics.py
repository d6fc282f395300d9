"""The only place that counts. Pages, Word, Excel and the API show the same number because they call it.

Everything is summed from Rollup rows (unit × state × deadline day), so any `today` and any preset is exact.
Cancelled tasks are shown and never counted in rates; only top-level tasks count.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Sum

from accounts.access import subtree
from accounts.models import Unit
from notices.domain.coverage import Coverage, covered_tasks
from notices.domain.rollup import slot
from notices.lights import RULES, LightRule, light
from notices.models import NO_DAY, Issue, IssueQuerySet, Notice, Rollup, Task, TaskQuerySet, TaskScope
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
    late_7: int = 0  # red by days since the deadline: 1 to 7, 8 to 30, 31 to 90, more
    late_30: int = 0
    late_90: int = 0
    late_more: int = 0

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
    rows = Rollup.objects.filter(notice__in=presets)
    if units is None:
        rows = rows.filter(
            unit=F("notice__unit")
        )  # under the inspected party every task of its notice is counted
    else:
        rows = rows.filter(unit__in=units)
    sums: dict[int, dict[str, int]] = {}
    for row in _grouped(rows):
        _add(sums.setdefault(0 if units is None else row["unit"], {}), row, presets, today)
    return {group: Figures(**counts) for group, counts in sums.items()}


def _grouped(rows: QuerySet[Rollup]) -> list[dict[str, Any]]:
    keys = ("unit", "notice", "state", "deadline", "judged_on", "late")
    return list(rows.exclude(count=0).values(*keys).annotate(n=Sum("count")).order_by())


def _add(counts: dict[str, int], row: Mapping[str, Any], presets: Mapping[int, str], today: dt.date) -> None:
    for name in _names(row, RULES[presets[row["notice"]]], today):
        counts[name] = counts.get(name, 0) + row["n"]


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
        if names[1] == Light.RED:
            names += _late((today - deadline).days)
    return names


def _late(days: int) -> list[str]:
    if days <= 30:
        return ["late_7" if days <= 7 else "late_30"]
    return ["over_30", "late_90" if days <= 90 else "late_more"]


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
        return percent(self.closed, self.total)

    @property
    def closed(self) -> int:
        return self.completed + self.sustained


def issue_figures(notices: Iterable[int]) -> IssueFigures:
    """Issues by derived progress (an issue is completed when all its tasks are)."""
    rows = Issue.objects.filter(notice__in=list(notices)).with_progress()
    return progress_counts(rows)


def issues_by_aspect(issues: IssueQuerySet) -> dict[tuple[int, int | None], IssueFigures]:
    """Issues by (notice, aspect)."""
    counts: dict[tuple[int, int | None], Counter[str]] = {}
    for notice, aspect, progress in issues.with_progress().values_list("notice", "aspect", "progress"):  # type: ignore[misc]
        counts.setdefault((notice, aspect), Counter())[progress] += 1
    return {key: _issue_figures(found) for key, found in counts.items()}


def sum_of_issues(parts: Iterable[IssueFigures]) -> IssueFigures:
    counts = Counter({code: 0 for code in PrintedProgress.values})
    for part in parts:
        counts.update({code: getattr(part, code) for code in PrintedProgress.values})
    return _issue_figures(counts)


def _issue_figures(counts: Mapping[str, int]) -> IssueFigures:
    by = {code: counts.get(code, 0) for code in PrintedProgress.values}
    return IssueFigures(total=sum(by.values()), **by)


def progress_counts(issues: IssueQuerySet) -> IssueFigures:
    """Issues that carry `progress`, e.g. those a list shows."""
    return _issue_figures(Counter(issues.values_list("progress", flat=True)))  # type: ignore[misc]


def tasks_by_issue(tasks: TaskQuerySet, *, today: dt.date) -> dict[int, Figures]:
    """Figures of each issue over those of its tasks that are given, e.g. those a person sees."""
    sums: dict[int, dict[str, int]] = {}
    presets = dict(Notice.objects.filter(issues__tasks__in=tasks.values("pk")).values_list("pk", "preset"))
    rows = tasks.top_level().values_list("issue", "notice", "state", "deadline", "finished_on")
    for issue, notice, state, deadline, finished in rows.order_by():
        row = _as_row(notice, state, deadline, finished, 1)
        _add(sums.setdefault(issue, {}), row, presets, today)
    return {issue: Figures(**counts) for issue, counts in sums.items()}


@dataclass(frozen=True)
class UnitLine:
    """One bar of the board: a unit and its figures."""

    unit: Unit
    figures: Figures
    own: bool = False  # only what the unit leads itself


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


# ── What one person's figures cover: see coverage.py ─────────────────────────


def covered_figures(cover: Coverage, *, today: dt.date) -> Figures:
    """Figures over what the person covers: exactly the tasks of `coverage.covered_tasks`."""
    return sum_of(covered_by_notice(cover, today=today).values())


def covered_by_notice(cover: Coverage, *, today: dt.date) -> dict[int, Figures]:
    """The same by notice; notices without a task are left out."""
    sums: dict[int, dict[str, int]] = {}
    for row in _covered_rows(cover):
        _add(sums.setdefault(row["notice"], {}), row, cover.presets, today)
    return {pk: Figures(**counts) for pk, counts in sums.items()}


def figures_from(rows: Iterable[Mapping[str, Any]], preset: str, *, today: dt.date) -> Figures:
    """Figures of counter rows that were kept elsewhere, e.g. in a snapshot."""
    counts: dict[str, int] = {}
    for row in rows:
        _add(counts, row, {row["notice"]: preset}, today)
    return Figures(**counts)


def sum_of(parts: Iterable[Figures]) -> Figures:
    counts: dict[str, int] = {}
    for part in parts:
        for name, value in asdict(part).items():
            counts[name] = counts.get(name, 0) + value
    return Figures(**counts)


def _covered_rows(cover: Coverage) -> list[dict[str, Any]]:
    """Counter rows of what the person covers.

    Two corrections, because rows of the inspected party count every task of its notice: tasks nobody below the
    party leads are taken away; tasks the person answers for outside the units are added.
    """
    if cover.within is not None:
        return task_rows(covered_tasks(cover))
    whole = Rollup.objects.filter(notice__in=cover.whole, unit=F("notice__unit"))
    rows = _grouped(whole)
    if not cover.part:
        return rows
    led = Rollup.objects.filter(notice__in=cover.part, unit__in=cover.units).exclude(state=State.DRAFT)
    tasks = Task.objects.filter(notice__in=cover.part, parent=None).exclude(state=State.DRAFT)
    under = TaskScope.objects.filter(task=OuterRef("pk"), via="lead")
    rows += _grouped(led)
    rows += _task_rows(tasks.filter(leader=cover.user).exclude(Exists(under.filter(unit__in=cover.units))), 1)
    parties = set(cover.units) & set(cover.parties)
    if parties:
        below = Exists(under.filter(unit=OuterRef("notice__unit")))
        rows += _task_rows(tasks.filter(notice__unit__in=parties).exclude(below), -1)
    return rows


def _task_rows(tasks: TaskQuerySet, n: int) -> list[dict[str, Any]]:
    """Tasks in the shape of counter rows, each counting `n`."""
    rows = tasks.values_list("notice", "state", "deadline", "finished_on")
    return [_as_row(*row, n) for row in rows.order_by()]


def task_rows(tasks: TaskQuerySet, **keys: Any) -> list[dict[str, Any]]:
    """Tasks counted in the shape of counter rows, by these expressions as well."""
    rows = tasks.order_by().values("notice", "state", "deadline", "finished_on", **keys)
    found: Iterable[dict[str, Any]] = rows.annotate(n=Count("pk"))  # type: ignore[assignment]
    return [
        {
            **{name: r[name] for name in keys},
            **_as_row(r["notice"], r["state"], r["deadline"], r["finished_on"], r["n"]),
        }
        for r in found
    ]


def figures_by(
    rows: Iterable[Mapping[str, Any]], presets: Mapping[int, str], key: str, *, today: dt.date
) -> dict[Any, Figures]:
    """Figures of counter rows by the value they hold under that name."""
    sums: dict[Any, dict[str, int]] = {}
    for row in rows:
        _add(sums.setdefault(row[key], {}), row, presets, today)
    return {value: Figures(**counts) for value, counts in sums.items()}


def _as_row(
    notice: int, state: str, deadline: dt.date | None, finished: dt.date | None, n: int
) -> dict[str, Any]:
    day, judged, late = slot(state, deadline, finished)
    return {"notice": notice, "state": state, "deadline": day, "judged_on": judged, "late": late, "n": n}


def covered_units(cover: Coverage, *, today: dt.date, most: int = 20) -> list[UnitLine]:
    """Units that lead covered tasks themselves, each with those below it, most red first; an inspected party only
    with what it leads itself, else its bar would be the total."""
    own = covered_tasks(cover)
    leads = set(own.exclude(lead_unit=None).order_by().values_list("lead_unit", flat=True).distinct())
    sums: dict[int, dict[str, int]] = {}
    plain = leads - set(cover.parties)
    rows = _grouped(Rollup.objects.filter(notice__in=cover.whole, unit__in=plain))
    if cover.part:
        below = plain & subtree(list(cover.units))
        led = Rollup.objects.filter(notice__in=cover.part, unit__in=below)
        rows += _grouped(led.exclude(state=State.DRAFT))
    for pk in leads & set(cover.parties):
        rows += [{**row, "unit": pk} for row in _task_rows(own.filter(lead_unit=pk), 1)]
    for row in rows:
        _add(sums.setdefault(row["unit"], {}), row, cover.presets, today)
    units = Unit.objects.without_tree_fields().in_bulk(list(sums))
    lines = [
        UnitLine(units[pk], Figures(**c), pk in cover.parties) for pk, c in sums.items() if c.get("total")
    ]
    return sorted(lines, key=lambda x: (-x.figures.red, -x.figures.total, x.unit.position, x.unit.pk))[:most]


def covered_due(cover: Coverage, *, first: dt.date, last: dt.date) -> int:
    """Open tasks with a deadline from the first day to the last."""
    return covered_tasks(cover).open().filter(deadline__gte=first, deadline__lte=last).count()


def covered_closed(cover: Coverage, *, since: dt.date) -> int:
    """Tasks closed on that day or later."""
    return covered_tasks(cover).closed().filter(closed_on__gte=since).count()
