"""Lights by leader, aspect, source and kind of step, and the ranking of units; a branch of statistics.py."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F

from notices.domain import statistics
from notices.domain.coverage import Coverage, covered_tasks
from notices.domain.statistics import Figures, UnitLine
from notices.models import Notice
from notices.terms import MeasureKind

BY = {"unit": "牵头单位", "leader": "责任领导", "aspect": "方面", "source": "问题来源", "kind": "措施类别"}
MOST = 20
_KINDS = dict(MeasureKind.choices)
Key = tuple[Any, ...]


@dataclass(frozen=True)
class PartLine:
    """One bar: what the tasks have in common, and their figures. `key` by the division: (account or None, words) of the
    leader, (notice, number of the aspect or None), (source,), (kind,)."""

    by: str
    key: Key
    label: str
    figures: Figures


@dataclass(frozen=True)
class Ranked:
    """`place` 1 is the best; units with the same rate share a place."""

    place: int
    line: UnitLine


def covered_parts(cover: Coverage, by: str, *, today: dt.date) -> list[PartLine]:
    """Covered tasks by leader, aspect, source or kind, most red first. Over several notices an aspect is a notice."""
    names = {
        "leader": {"account": F("leader"), "person": F("leader__name"), "words": F("leader_text")},
        "aspect": {"aspect": F("issue__aspect__number"), "title": F("issue__aspect__title")},
        "source": {"source": F("issue__source")},
        "kind": {"step": F("kind")},
    }[by]
    rows = statistics.task_rows(covered_tasks(cover), **names)
    single = len(cover.notices) == 1
    titles = {} if single or by != "aspect" else _titles(cover)
    for row in rows:
        row["key"], row["label"] = _named(row, by, titles)
    return parts_of(rows, by, cover.presets, today=today)


def _titles(cover: Coverage) -> dict[int, str]:
    return dict(Notice.objects.filter(pk__in=cover.notices).values_list("pk", "title"))


def _named(row: Mapping[str, Any], by: str, titles: Mapping[int, str]) -> tuple[Key, str]:
    if by == "leader":
        return leader_part(row["account"], row["person"] or row["words"])
    if by == "aspect":
        return ((row["notice"], None), titles[row["notice"]]) if titles else aspect_part(row["notice"], row["aspect"], row["title"] or "")  # fmt: skip
    if by == "source":
        return source_part(row["source"])
    return (row["step"],), _KINDS.get(row["step"], "未标类别")


def leader_part(account: int | None, words: str) -> tuple[Key, str]:
    return (account, "" if account else words), words or "未明确责任领导"


def aspect_part(notice: int, number: int | None, title: str) -> tuple[Key, str]:
    return (notice, number or 0), title if number else "未列方面"


def source_part(source: str) -> tuple[Key, str]:
    return (source,), source or "未注明来源"


def parts_of(
    rows: Iterable[Mapping[str, Any]], by: str, presets: Mapping[int, str], *, today: dt.date
) -> list[PartLine]:
    """Counter rows with `key` and `label` as bars; the first label of a key is printed."""
    kept = list(rows)
    labels: dict[Key, str] = {}
    for row in kept:
        labels.setdefault(row["key"], row["label"])
    found = statistics.figures_by(kept, presets, "key", today=today)
    lines = [PartLine(by, key, labels[key], figures) for key, figures in found.items() if figures.total]
    return sorted(lines, key=lambda x: (-x.figures.red, -x.figures.total, str(x.key)))[:MOST]


def ranking(units: Iterable[UnitLine]) -> tuple[list[Ranked], list[UnitLine]]:
    """Units by their 按期率, which only counts what is due; and those with nothing due yet, which have no place.

    Of equal rates the unit with fewer red tasks is printed first; both share the place."""
    lines = list(units)
    due = [line for line in lines if line.figures.due]
    due.sort(
        key=lambda x: (
            -(x.figures.on_time_rate or 0),
            x.figures.red,
            -x.figures.due,
            x.unit.position,
            x.unit.pk,
        )
    )
    ranked: list[Ranked] = []
    for at, line in enumerate(due, start=1):
        last = ranked[-1] if ranked else None
        same = last is not None and last.line.figures.on_time_rate == line.figures.on_time_rate
        ranked.append(replace(last, line=line) if last and same else Ranked(at, line))
    return ranked, [line for line in lines if not line.figures.due]
