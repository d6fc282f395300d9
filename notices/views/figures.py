"""The board's figures as cards and charts in which every number is a link to the list it counts."""

import datetime as dt
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString

from notices.charts import Part, Point, Series, bar, donut, lines
from notices.domain.board import AspectLine, Board
from notices.domain.board_past import Compared
from notices.domain.statistics import Figures, IssueFigures, UnitLine
from notices.domain.statistics_weeks import WeekPoint
from notices.domain.summary import NoticeLine
from notices.models import Notice
from notices.terms import Light, PrintedProgress, State

LIGHTS = (Light.RED, Light.YELLOW, Light.GREEN, Light.LONG, Light.DONE)
PROGRESS = (
    PrintedProgress.COMPLETED,
    PrintedProgress.SUSTAINED,
    PrintedProgress.IN_PROGRESS,
    PrintedProgress.NOT_STARTED,
)


@dataclass(frozen=True)
class Links:
    """Addresses of lists over the notices the figures are about; `notice` "" stands for all of them. `fixed`: filters
    every list has."""

    notice: str
    fixed: tuple[tuple[str, object], ...] = field(default=(), kw_only=True)

    def tasks(self, **filters: object) -> str:
        query = {"notice": self.notice, "counted": "true", **dict(self.fixed), **filters}
        return f"{reverse('notices:task_list')}?{urlencode(query)}"

    def issues(self, **filters: object) -> str:
        query = {"notice": self.notice, **dict(self.fixed), **filters}
        return f"{reverse('notices:issue_list')}?{urlencode(query)}"


@dataclass(frozen=True)
class SnapshotLinks(Links):
    """Addresses of the same lists as a closed week kept them."""

    snapshot: int

    def tasks(self, **filters: object) -> str:
        query = {"counted": "true", **dict(self.fixed), **filters}
        return f"{reverse('notices:snapshot_detail', args=[self.snapshot])}?{urlencode(query)}"

    def issues(self, **filters: object) -> str:
        query = {"list": "issues", **dict(self.fixed), **filters}
        return f"{reverse('notices:snapshot_detail', args=[self.snapshot])}?{urlencode(query)}"


@dataclass(frozen=True)
class Number:
    """A number with its name and the list behind it."""

    label: str
    value: str
    url: str


@dataclass(frozen=True)
class Card:
    tone: str
    main: Number
    unit: str
    notes: tuple[Number, ...]
    change: str = ""  # against the last closed week, in words


@dataclass(frozen=True)
class Row:
    """One line of a bar chart."""

    label: str
    title: str
    url: str
    total: int
    chart: SafeString


def shown(found: Board, links: Links, *, today: dt.date, before: Compared | None = None) -> dict[str, Any]:
    """What the template of the board prints, in its order. `before`: the last closed week, to compare with."""
    lights = light_parts(found.figures, links)
    weeks = week_series(found.weeks, links)
    return {
        "cards": [
            replace(card, change=change)
            for card, change in zip(cards(found, links, today=today), changes(found, before), strict=True)
        ],
        "lights": lights,
        "donut": light_donut(found.figures, lights),
        "week_chart": week_chart(weeks),
        "series": [(s.code, s.label) for s in weeks],
        "weeks": list(zip(*(s.points for s in weeks), strict=True)),
        "units": unit_rows(found.units, links),
        "aspects": aspect_rows(found.aspects, links),
        "progress": progress_parts(found.issues, links),
        "red_number": found.figures.red,
        "red_url": links.tasks(light="red"),
    }


def rate(value: Decimal | None) -> str:
    return "—" if value is None else str(value)


def cards(found: Board, links: Links, *, today: dt.date) -> list[Card]:
    tasks, issues = found.figures, found.issues
    red = {"light": "red", "due_before": today - dt.timedelta(days=31)}
    soon = {"open": "true", "due_after": today, "due_before": today + dt.timedelta(days=7)}
    done, closed = {"state": State.COMPLETED.value}, {"closed": "true"}
    monday = today - dt.timedelta(days=today.weekday())

    def task_note(label: str, value: object, **filters: object) -> Number:
        return Number(label, str(value), links.tasks(**filters))

    def percent_of_tasks(value: Decimal | None, **filters: object) -> Number:
        return Number("按任务", f"{rate(value)}%" if value is not None else "—", links.tasks(**filters))

    return [
        _card(
            "all",
            task_note("任务总数", tasks.total),
            Number("涉及问题", str(issues.total), links.issues()),
            task_note("待审核验收", tasks.waiting, waiting="true"),
        ),
        _card(
            "ok",
            Number("整改完成率", rate(issues.completion_rate), links.issues(progress="completed")),
            percent_of_tasks(tasks.completion_rate, **done),
            unit="%" if issues.total else "",
        ),
        _card(
            "closed",
            Number("销号率", rate(issues.closing_rate), links.issues(closed="true")),
            percent_of_tasks(tasks.closing_rate, **closed),
            task_note("本周销号", found.closed_this_week, closed_after=monday),
            unit="%" if issues.total else "",
        ),
        _card(
            "red",
            task_note("红灯（已超期）", tasks.red, light="red"),
            task_note("超期 30 天以上", tasks.over_30, **red),
        ),
        _card(
            "yellow",
            task_note("黄灯（临近时限）", tasks.yellow, light="yellow"),
            task_note("7 天内到期", found.due_soon, **soon),
        ),
        _card(
            "green",
            task_note("绿灯（按序时推进）", tasks.green, light="green"),
            task_note("未分派", tasks.unassigned, state=State.DRAFT.value),
        ),
    ]


def _card(tone: str, main: Number, *notes: Number, unit: str = "") -> Card:
    return Card(tone, main, unit, notes)


def light_parts(found: Figures, links: Links, **filters: object) -> list[Part]:
    return [
        Part(code.value, str(code.label), found.of(code), links.tasks(light=code.value, **filters))
        for code in LIGHTS
    ]


def light_donut(found: Figures, parts: list[Part]) -> SafeString:
    return donut(
        parts,
        centre=f"{rate(found.closing_rate)}%" if found.total else "—",
        caption="销号率（按任务）",
        label=f"灯色构成，共 {found.total} 项任务",
    )


def unit_rows(units: list[UnitLine], links: Links) -> list[Row]:
    longest = max((line.figures.total for line in units), default=1)
    rows = []
    for line in units:
        only = {"led_by" if line.own else "lead_unit": line.unit.pk}
        label = f"{line.unit.label}（本级）" if line.own else line.unit.label
        chart = bar(light_parts(line.figures, links, **only), longest=longest, label=label)
        rows.append(Row(label, line.unit.name, links.tasks(**only), line.figures.total, chart))
    return rows


def changes(found: Board, before: Compared | None) -> list[str]:
    """How each card stands against the last closed week, in the order of the cards."""
    if before is None:
        return [""] * 6
    now, old = found.figures, before.figures
    return [
        change_of(now.total, old.total, " 项"),
        change_of(found.issues.completion_rate, before.issues.completion_rate, " 个百分点"),
        change_of(found.issues.closing_rate, before.issues.closing_rate, " 个百分点"),
        change_of(now.red, old.red, " 项"),
        change_of(now.yellow, old.yellow, " 项"),
        change_of(now.green, old.green, " 项"),
    ]


def change_of(now: Decimal | int | None, old: Decimal | int | None, unit: str) -> str:
    """▲ 增加 3 项 · ▼ 减少 0.50 个百分点 · 持平; empty when there is nothing to compare."""
    if now is None or old is None:
        return ""
    if now == old:
        return "持平"
    return f"▲ 增加 {now - old}{unit}" if now > old else f"▼ 减少 {old - now}{unit}"


def aspect_rows(aspects: list[AspectLine], links: Links) -> list[Row]:
    longest = max((line.issues.total for line in aspects), default=1)
    rows = []
    for line in aspects:
        single = all(a.notice == line.notice for a in aspects)
        links = replace(links, notice=str(line.notice))
        only: dict[str, object] = {"aspect": line.number or 0} if single else {}
        chart = bar(progress_parts(line.issues, links, **only), longest=longest, label=line.title)
        rows.append(Row(line.title, line.title, links.issues(**only), line.issues.total, chart))
    return rows


def progress_parts(found: IssueFigures, links: Links, **filters: object) -> list[Part]:
    return [
        Part(
            f"p-{code.value}",
            str(code.label),
            getattr(found, code),
            links.issues(progress=code.value, **filters),
        )
        for code in PROGRESS
    ]


def week_series(weeks: list[WeekPoint], links: Links) -> list[Series]:
    def line(code: str, label: str, name: str, key: str) -> Series:
        points = (
            Point(f"{w.ends_on:%m-%d}", getattr(w, name), links.tasks(**{key: w.ends_on}), label)
            for w in weeks
        )
        return Series(code, label, tuple(points))

    series = [line("plan", "方案计划", "planned", "planned_by")]
    if any(w.planned != w.due for w in weeks):
        series.append(line("due", "现行时限", "due", "due_before"))
    return [*series, line("done", "实际销号", "done", "closed_before")]


def week_chart(series: list[Series]) -> SafeString:
    plan, done = series[0].points[-1], series[-1].points[-1]
    return lines(
        series, label=f"计划与实际完成，截至 {plan.label}：计划 {plan.value} 项，实际 {done.value} 项"
    )


@dataclass(frozen=True)
class NoticeRow:
    notice: Notice
    completion: str
    closing: str
    numbers: tuple[Number, ...]


def notice_row(line: NoticeLine) -> NoticeRow:
    """A notice with its numbers, each a link: issues, tasks, red, yellow, closed."""
    links = Links(str(line.notice.pk))
    tasks = line.tasks
    return NoticeRow(
        notice=line.notice,
        completion=rate(line.issues.completion_rate),
        closing=rate(line.issues.closing_rate),
        numbers=(
            Number("问题", str(line.issues.total), links.issues()),
            Number("任务", str(tasks.total), links.tasks()),
            Number("已销号", str(tasks.closed), links.tasks(closed="true")),
            Number("红灯", str(tasks.red), links.tasks(light="red")),
            Number("黄灯", str(tasks.yellow), links.tasks(light="yellow")),
        ),
    )
