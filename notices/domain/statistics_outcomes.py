"""Outcomes counted, by metric and unit of measure, by unit and by notice; a branch of statistics.py.

人 and 人次, 元 and 万元 stand on lines of their own: nothing is converted, nothing of two measures is added up. Of a
rate the newest one counts. Only confirmed entries count.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum

from accounts.access import subtree
from accounts.models import Unit, User
from notices.models import OutcomeEntry, OutcomeQuerySet
from notices.terms import MEASURES, Metric


@dataclass(frozen=True)
class OutcomeLine:
    """`total` in `measure`; a published zero is a line as well. `entries`: how many make it up."""

    metric: str
    label: str
    measure: str
    total: Decimal
    entries: int

    @property
    def number(self) -> str:
        """148, 33.58, 1,236.4: without useless zeros."""
        return f"{self.total:,.4f}".rstrip("0").rstrip(".")

    @property
    def words(self) -> str:
        """追缴清退资金 33.58 万元."""
        return f"{self.label} {self.number} {self.measure}"


def outcomes(rows: OutcomeQuerySet) -> list[OutcomeLine]:
    """The confirmed ones of these rows, in the order of the vocabulary. Two queries."""
    counted = rows.confirmed().order_by()
    sums = counted.values_list("metric", "measure").annotate(total=Sum("value"), n=Count("pk"))
    rates = _newest_rates(counted)
    lines = [
        OutcomeLine(m, str(Metric(m).label), measure, rates.get(m, total) if measure == "%" else total, n)
        for m, measure, total, n in sums
    ]
    return sorted(lines, key=_place)


def covered_outcomes(user: User, notices: Iterable[int], *, within: int | None = None) -> list[OutcomeLine]:
    """What the person sees of these notices; `within`: of that unit and those below it."""
    rows = OutcomeEntry.objects.visible_to(user).filter(notice__in=list(notices))
    return outcomes(rows.filter(unit__in=subtree([within])) if within is not None else rows)


def lines_from(rows: Iterable[tuple[str, str, Decimal, dt.date, int]]) -> list[OutcomeLine]:
    """The same of entries that are at hand as (metric, measure, value, day, key). No query."""
    found: dict[tuple[str, str], list[Decimal]] = {}
    for metric, measure, value, _, _ in sorted(rows, key=lambda row: row[3:]):
        found.setdefault((metric, measure), []).append(value)
    return sorted(
        (
            OutcomeLine(
                m,
                str(Metric(m).label),
                measure,
                values[-1] if measure == "%" else sum(values, Decimal()),
                len(values),
            )
            for (m, measure), values in found.items()
        ),
        key=_place,
    )


def notice_outcomes(
    notice: int, *, since: dt.date | None = None, until: dt.date | None = None, units: Iterable[int] = ()
) -> list[OutcomeLine]:
    """What a notice prints of its outcomes over these days; `units`: only of these, empty for all."""
    rows = OutcomeEntry.objects.filter(notice=notice).between(since, until)
    wanted = list(units)
    return outcomes(rows.filter(unit__in=wanted) if wanted else rows)


@dataclass(frozen=True)
class UnitOutcomes:
    unit: int
    name: str
    lines: list[OutcomeLine]


def outcomes_by_unit(rows: OutcomeQuerySet) -> list[UnitOutcomes]:
    """In the order of the units; a unit without a confirmed entry is left out. Two queries; rates are left out, for
    those of several surveys say nothing of a unit."""
    counted = rows.confirmed().exclude(measure="%").order_by()
    sums = counted.values_list("unit", "metric", "measure").annotate(total=Sum("value"), n=Count("pk"))
    found: dict[int, list[OutcomeLine]] = {}
    for unit, metric, measure, total, n in sums:
        line = OutcomeLine(metric, str(Metric(metric).label), measure, total, n)
        found.setdefault(unit, []).append(line)
    units = Unit.objects.without_tree_fields().filter(pk__in=found).by_position()
    return [UnitOutcomes(u.pk, u.name, sorted(found[u.pk], key=_place)) for u in units]


@dataclass(frozen=True)
class RuleName:
    """One regulation that was made: 《name》, whose, when, in which entry."""

    name: str
    unit: str
    day: dt.date
    entry: int
    task: str


def rule_names(rows: OutcomeQuerySet) -> list[RuleName]:
    """制度清单: the names in confirmed entries of 建章立制, newest first, each name of a unit once. One query."""
    kept: dict[tuple[int, str], RuleName] = {}
    named = rows.confirmed().rules().exclude(documents="").select_related("unit", "task")
    for entry in named.order_by("-day", "-pk"):
        for name in entry.document_names:
            number = entry.task.number if entry.task else ""
            rule = RuleName(name, entry.unit.name, entry.day, entry.pk, number)
            kept.setdefault((entry.unit_id, name.strip("《》")), rule)
    return list(kept.values())


def _newest_rates(counted: OutcomeQuerySet) -> dict[str, Decimal]:
    rows = counted.filter(measure="%").order_by("day", "pk").values_list("metric", "value")
    return dict(rows)


def _place(line: OutcomeLine) -> tuple[int, int]:
    return Metric.values.index(line.metric), MEASURES.index(line.measure)
