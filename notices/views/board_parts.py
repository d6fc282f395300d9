"""Blocks of the board beside the cards and charts: divisions by light, ageing, relapses, the ranking of units."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from notices.charts import Part, bar
from notices.domain.board import Board
from notices.domain.coverage import BLANK
from notices.domain.statistics import Figures, UnitLine
from notices.domain.statistics_parts import PartLine, Ranked, ranking
from notices.domain.statistics_relapse import RelapseLine
from notices.views.figures import Links, Number, Row, light_parts, rate

# Field of the figures, words, days since the deadline from and to.
AGES = (
    ("late_7", "1—7 天", 1, 7),
    ("late_30", "8—30 天", 8, 30),
    ("late_90", "31—90 天", 31, 90),
    ("late_more", "90 天以上", 91, None),
)
MOST_RELAPSES = 8
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class RankRow:
    """`numbers`: 应完成, 按期完成, 现超期, 其中超 30 天; `page`: the unit's own board."""

    place: int | None
    name: str
    page: str
    rate: str
    numbers: tuple[Number, ...]


@dataclass(frozen=True)
class RelapseRow:
    label: str
    tasks: Number
    times: int


def blocks(found: Board, links: Links, *, today: dt.date, ranks: bool, page: str) -> dict[str, Any]:
    """What the template prints; `ranks`: whether units are ranked, `page`: the board's own address to which a unit is
    added."""
    relapsed = sum(line.tasks for line in found.relapses)
    due = links.tasks(due_by=today)
    return {
        "parts": part_rows(found.parts, links),
        "ages": age_rows(found.figures, links, today=today),
        "relapses": [relapse_row(line, links) for line in found.relapses[:MOST_RELAPSES]],
        "relapsed": Number("反弹任务", str(relapsed), links.tasks(relapsed="true")),
        "relapse_times": sum(line.times for line in found.relapses),
        "ranked": rank_rows(found.units, links, today=today, page=page) if ranks else [],
        "on_time": (
            rate(found.figures.on_time_rate),
            Number("应完成", str(found.figures.due), due),
            Number("按期完成", str(found.figures.on_time), links.tasks(due_by=today, punctual="true")),
        ),
    }


def part_rows(parts: list[PartLine], links: Links) -> list[Row]:
    longest = max((line.figures.total for line in parts), default=1)
    rows = []
    for line in parts:
        where, only = _address(line, links)
        chart = bar(light_parts(line.figures, where, **only), longest=longest, label=line.label)
        rows.append(Row(line.label, line.label, where.tasks(**only), line.figures.total, chart))
    return rows


def _address(line: PartLine, links: Links) -> tuple[Links, dict[str, object]]:
    """The list of a division and its filter."""
    if line.by == "leader":
        account, words = line.key
        return links, {"leader_account": account} if account else {"leader_is": words or BLANK}
    if line.by == "aspect":
        notice, number = line.key
        return replace(links, notice=str(notice)), {} if number is None else {"aspect": number}
    return links, {line.by: line.key[0] or BLANK}


def age_rows(found: Figures, links: Links, *, today: dt.date) -> list[Row]:
    counts = [getattr(found, name) for name, *_ in AGES]
    rows = []
    for count, (name, words, first, last) in zip(counts, AGES, strict=True):
        only: dict[str, object] = {"light": "red", "due_before": today - first * _DAY}
        if last is not None:
            only["due_after"] = today - last * _DAY
        url = links.tasks(**only)
        chart = bar([Part(name, words, count, url)], longest=max(*counts, 1), label="超期")
        rows.append(Row(words, f"超期 {words}", url, count, chart))
    return rows


def relapse_row(line: RelapseLine, links: Links) -> RelapseRow:
    url = links.tasks(relapsed="true", led_by=line.key or 0)
    return RelapseRow(line.label, Number("任务", str(line.tasks), url), line.times)


def rank_rows(units: list[UnitLine], links: Links, *, today: dt.date, page: str) -> list[RankRow]:
    """Ranked units, then those with nothing due."""
    ranked, rest = ranking(units)
    rows = [_ranked(one, links, today=today, page=page) for one in ranked]
    return rows + [_rank_row(None, line, links, today=today, page=page) for line in rest]


def _ranked(one: Ranked, links: Links, *, today: dt.date, page: str) -> RankRow:
    return _rank_row(one.place, one.line, links, today=today, page=page)


def _rank_row(place: int | None, line: UnitLine, links: Links, *, today: dt.date, page: str) -> RankRow:
    only: dict[str, object] = {"led_by" if line.own else "lead_unit": line.unit.pk}
    found = line.figures

    def number(label: str, count: int, **filters: object) -> Number:
        return Number(label, str(count), links.tasks(**only, **filters))

    return RankRow(
        place,
        f"{line.unit.label}（本级）" if line.own else line.unit.label,
        f"{page}{'&' if '?' in page else '?'}{urlencode({'unit': line.unit.pk})}"
        if page and not line.own
        else "",
        rate(found.on_time_rate),
        (
            number("应完成", found.due, due_by=today),
            number("按期完成", found.on_time, due_by=today, punctual="true"),
            number("现超期", found.red, light="red"),
            number("超 30 天", found.over_30, light="red", due_before=today - 31 * _DAY),
        ),
    )


def board_address(**query: object) -> str:
    """The board's own address without what is empty."""
    kept = {name: value for name, value in query.items() if value}
    return f"{reverse('notices:board')}?{urlencode(kept)}" if kept else reverse("notices:board")
