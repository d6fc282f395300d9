"""Charts as SVG made here: no script, no inline style, sharp on paper, every part a link to its list.

Widths are percentages, so that a chart fits a phone and its numbers stay readable. Colours are classes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_ANCHOR = re.compile(r"</?a\b[^>]*>")
_GAP = 0.02  # between two slices, radians
_LEAST = 5.0  # narrowest part of a bar that carries its number, per cent
_LEFT, _RIGHT, _TOP, _BOTTOM = (
    7.0,
    98.0,
    12.0,
    30.0,
)  # margins of the line chart: per cent across, pixels down


@dataclass(frozen=True)
class Part:
    """One slice or segment. `code` names its colour class, `url` the list it counts."""

    code: str
    label: str
    count: int
    url: str


@dataclass(frozen=True)
class Point:
    label: str
    value: int
    url: str
    series: str = ""


@dataclass(frozen=True)
class Series:
    """One line; `code` plan or done names its classes."""

    code: str
    label: str
    points: tuple[Point, ...]


def donut(parts: Sequence[Part], *, centre: str, caption: str, label: str) -> SafeString:
    """A ring of slices that start at the top; an empty ring when there is nothing."""
    size, radius, width = 180.0, 70.0, 24
    whole = sum(p.count for p in parts)
    slices, at = [], -pi / 2
    for part in (p for p in parts if p.count):
        end = at + 2 * pi * part.count / whole
        stop = end - (_GAP if part.count < whole else 0.0001)
        slices.append(
            (part.url, _said(part), part.code, _arc(at, stop, size / 2, radius), width, _said(part))
        )
        at = end
    ring = format_html(
        '<circle class="ring" cx="{0}" cy="{0}" r="{1}" stroke-width="{2}" fill="none"/>',
        size / 2,
        radius,
        width,
    )
    drawn = format_html_join(
        "",
        '<a href="{}" aria-label="{}"><path class="stroke-{}" d="{}" stroke-width="{}" fill="none">'
        "<title>{}</title></path></a>",
        slices,
    )
    return format_html(
        '<svg class="donut" role="group" aria-label="{}" viewBox="0 0 {} {}">{}{}'
        '<text x="{}" y="{}" class="big" text-anchor="middle">{}</text>'
        '<text x="{}" y="{}" class="sub" text-anchor="middle">{}</text></svg>',
        label,
        int(size),
        int(size),
        ring if not slices else "",
        drawn,
        size / 2,
        size / 2 + 4,
        centre,
        size / 2,
        size / 2 + 26,
        caption,
    )


def _arc(start: float, stop: float, middle: float, radius: float) -> str:
    def place(angle: float) -> str:
        return f"{middle + radius * cos(angle):.2f} {middle + radius * sin(angle):.2f}"

    return f"M{place(start)}A{radius:g} {radius:g} 0 {int(stop - start > pi)} 1 {place(stop)}"


def bar(parts: Sequence[Part], *, longest: int, label: str) -> SafeString:
    """One stacked bar; `longest` is the total that fills the width, the same for all bars of a chart."""
    drawn, at = [], 0.0
    for part in (p for p in parts if p.count):
        width = 100 * part.count / max(longest, 1)
        number = part.count if width >= _LEAST else ""
        said = f"{label} {_said(part)}"
        row = (part.url, said, part.code, _pc(at), _pc(width), said, part.code, _pc(at + width / 2), number)
        drawn.append(row)
        at += width
    return format_html(
        '<svg class="bar" role="group" aria-label="{}" width="100%" height="20">{}</svg>',
        f"{label}：" + ("，".join(_said(p) for p in parts if p.count) or "没有"),
        format_html_join(
            "",
            '<a href="{}" aria-label="{}"><rect class="part fill-{}" x="{}" y="0" width="{}" height="20">'
            '<title>{}</title></rect><text class="on-{}" x="{}" y="14.5" text-anchor="middle">{}</text></a>',
            drawn,
        ),
    )


def lines(series: Sequence[Series], *, label: str, height: int = 236) -> SafeString:
    """Lines over the same steps. Points are links for the pointer; the page lists the same numbers as a table."""
    top = _round_up(max((p.value for s in series for p in s.points), default=0))
    across = [_x(i, len(series[0].points)) for i in range(len(series[0].points))] if series else []
    base = height - _BOTTOM

    def down(value: int) -> str:
        return f"{_TOP + (base - _TOP) * (1 - value / top):.1f}"

    grid = [(down(g), down(g), _pc(_LEFT - 1), down(g), g) for g in range(0, top + 1, max(top // 5, 1))]
    steps = [(_pc(x), height - 8, p.label) for x, p in zip(across, series[0].points, strict=True)][::2]
    strokes, dots = [], []
    for one in series:
        places = [(_pc(x), down(p.value)) for x, p in zip(across, one.points, strict=True)]
        strokes += [(one.code, *a, *b) for a, b in zip(places, places[1:], strict=False)]
        dots += [
            (p.url, said, one.code, x, y, said)
            for p, (x, y) in zip(one.points, places, strict=True)
            for said in [f"截至 {p.label} {one.label} {p.value} 项"]
        ]
    return format_html(
        '<svg class="line" role="group" aria-label="{}" width="100%" height="{}">{}{}{}{}</svg>',
        label,
        height,
        format_html_join(
            "",
            f'<line class="grid" x1="{_pc(_LEFT)}" x2="{_pc(_RIGHT)}" y1="{{}}" y2="{{}}"/>'
            '<text class="axis" x="{}" y="{}" dy="4" text-anchor="end">{}</text>',
            grid,
        ),
        format_html_join("", '<text class="axis" x="{}" y="{}" text-anchor="middle">{}</text>', steps),
        format_html_join("", '<line class="line-{}" x1="{}" y1="{}" x2="{}" y2="{}"/>', strokes),
        format_html_join(
            "",
            '<a href="{}" tabindex="-1" aria-label="{}"><circle class="dot-{}" cx="{}" cy="{}" r="4">'
            "<title>{}</title></circle></a>",
            dots,
        ),
    )


def _said(part: Part) -> str:
    return f"{part.label} {part.count} 项"


def _pc(value: float) -> str:
    return f"{value:.2f}%"


def _x(step: int, steps: int) -> float:
    return _LEFT + 2 + (_RIGHT - _LEFT - 4) * step / max(steps - 1, 1)


def _round_up(value: int) -> int:
    """The top of the scale, in five whole steps: 5, 10, 25, 50, 100, 250 …"""
    steps = (factor * 10**power for power in range(12) for factor in (1, 2, 5))
    return next(step for step in steps if step * 5 >= value) * 5


def unlinked(chart: SafeString) -> SafeString:
    """The same chart without its links, for a page that leads nowhere."""
    return SafeString(_ANCHOR.sub("", chart))
