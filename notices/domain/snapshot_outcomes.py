"""整改成效 as a closed week kept them: the confirmed entries of that day, whose they were, and their sums.

Weeks closed before outcomes were kept have none to tell of; `Reader.kept("gain")` says which.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.access import Lines
from notices.domain.snapshot_view import Sight
from notices.domain.statistics_outcomes import OutcomeLine, lines_from
from notices.models import Notice, OutcomeEntry
from notices.terms import Metric, OutcomeSource


@dataclass(frozen=True, slots=True)
class KeptOutcome:
    """`line`: the unit and those above it, as the tree stood; `task`: its number; `documents`: names, one a line."""

    pk: int
    metric: str
    value: Decimal
    measure: str
    line: tuple[int, ...]
    unit: str
    day: dt.date
    documents: str
    remark: str
    task: str
    source: str

    @property
    def label(self) -> str:
        return str(Metric(self.metric).label)

    @property
    def number(self) -> str:
        """As it is written: 148, 33.58, 1,236.4."""
        return f"{self.value:,.4f}".rstrip("0").rstrip(".")


def live_outcomes(notice: Notice) -> Iterator[list[Any]]:
    """The confirmed entries as plain lists, newest first. Three queries."""
    rows = OutcomeEntry.objects.filter(notice=notice).confirmed().order_by("-day", "-pk")
    found = list(
        rows.values_list(
            "pk", "metric", "value", "measure", "unit", "unit__name", "day",
            "documents", "remark", "task__number", "source",
        )
    )  # fmt: skip
    lines = Lines()
    lines.load({row[4] for row in found})
    for pk, metric, value, measure, unit, name, day, documents, remark, task, source in found:
        above = list(lines.of(unit))
        yield [pk, metric, str(value), measure, above, name, day, documents, remark, task or "", source]


def outcome_in(cells: list[Any]) -> KeptOutcome:
    pk, metric, value, measure, line, unit, day, documents, remark, task, source = cells
    said = str(OutcomeSource(source).label)
    return KeptOutcome(
        pk, metric, Decimal(value), measure, tuple(line), unit, day, documents, remark, task, said
    )


def seen(rows: Iterable[KeptOutcome], sight: Sight, *, within: int | None = None) -> list[KeptOutcome]:
    """Those this person could see then; `within`: of that unit and those below it."""
    own = (row for row in rows if sight.whole or not sight.figures.isdisjoint(row.line))
    return [row for row in own if within is None or within in row.line]


def sums(rows: Iterable[KeptOutcome]) -> list[OutcomeLine]:
    """By the rules of the live figures."""
    return lines_from((row.metric, row.measure, row.value, row.day, row.pk) for row in rows)
