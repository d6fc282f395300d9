"""整改动态 as a document: red head, number, figures as a table, three parts, signature. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from notices.report.document import Block, Document, Heading, Letterhead, Paragraph, Table, chinese_day

NAME = "整改动态"
_NONE = "（无）"


@dataclass(frozen=True)
class Brief:
    """One issue as it prints itself; `figures` are (label, value), `until` the day they are of."""

    number: str
    title: str
    unit: str
    notice: str
    until: dt.date
    figures: tuple[tuple[str, str], ...]
    reported: str
    problems: str
    next_steps: str
    day: dt.date


def document(brief: Brief) -> Document:
    blocks: list[Block] = [
        Paragraph(f"批次：{brief.notice}。"),
        Heading(f"本周数据（截至{chinese_day(brief.until)}）"),
        _figures(brief.figures),
    ]
    for heading, text in _parts(brief):
        blocks.append(Heading(heading))
        blocks += [Paragraph(line) for line in _lines(text)]
    return Document(
        _broken(brief.title),
        tuple(blocks),
        signature=brief.unit,
        date=chinese_day(brief.day),
        letterhead=Letterhead(NAME, brief.number),
    )


def _broken(title: str) -> str:
    """The week on a line of its own."""
    head, bracket, week = title.partition("（")
    return f"{head}\n{bracket}{week}" if head and bracket else title


def values(brief: Brief) -> dict[str, str]:
    """For the places of a unit's own template."""
    return {
        "标题": brief.title,
        "期号": brief.number,
        "批次": brief.notice,
        "截至日期": chinese_day(brief.until),
        "数据": "\n".join(f"{label}：{value}" for label, value in brief.figures),
        "各单位进展": "\n".join(_lines(brief.reported)),
        "存在问题": "\n".join(_lines(brief.problems)),
        "下一步工作": "\n".join(_lines(brief.next_steps)),
        "署名": brief.unit,
        "日期": chinese_day(brief.day),
    }


def _parts(brief: Brief) -> tuple[tuple[str, str], ...]:
    return (("各单位进展", brief.reported), ("存在问题", brief.problems), ("下一步工作", brief.next_steps))


def _lines(text: str) -> list[str]:
    return [line for raw in text.splitlines() if (line := raw.strip())] or [_NONE]


def _figures(figures: Sequence[tuple[str, str]]) -> Table:
    """Two pairs a row."""
    cells = list(figures) + [("", "")] * (len(figures) % 2)
    rows = [(*left, *right) for left, right in zip(cells[::2], cells[1::2], strict=True)]
    return Table((("项目", "数据", "项目", "数据"), *rows), (34, 16, 34, 16), form=True)
