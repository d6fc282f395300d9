"""整改台账 as a Word table, A4 across: one row a measure, to be signed and filed. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from notices.report.document import Document, Table, chinese_day

_HEAD = ("编号", "存在问题", "整改措施", "牵头单位", "责任领导", "完成时限", "最新进展", "状态")
_SHARES = (12, 17, 23, 9, 8, 12, 20, 9)
_SIZE = 10.5  # points: 五号
_LONGEST = 300  # characters of a cell


@dataclass(frozen=True)
class LedgerLine:
    number: str
    issue: str
    text: str
    lead: str
    leader: str
    deadline: str
    latest: str
    state: str


def document(notice: str, unit: str, lines: Sequence[LedgerLine], *, day: dt.date) -> Document:
    """`lines` in ledger order; an issue's words stand in its first row only."""
    return Document(
        "整改台账",
        (Table((_HEAD, *_rows(lines)), _SHARES, size=_SIZE),),
        subtitle=notice,
        signature=unit,
        date=chinese_day(day),
        landscape=True,
    )


def _rows(lines: Sequence[LedgerLine]) -> list[tuple[str, ...]]:
    rows, before = [], ""
    for line in lines:
        issue = "" if line.issue == before else line.issue
        before = line.issue
        cells = (
            line.number,
            issue,
            line.text,
            line.lead,
            line.leader,
            line.deadline,
            line.latest,
            line.state,
        )
        rows.append(tuple(_cut(cell) for cell in cells))
    return rows


def values(notice: str, unit: str, lines: Sequence[LedgerLine], *, day: dt.date) -> dict[str, str]:
    """For the places of a unit's own template; the table becomes one paragraph a measure."""
    told = [
        f"{line.number}　{line.text}（{'，'.join(filter(None, (line.lead, line.deadline, line.state)))}）"
        for line in lines
    ]
    return {
        "批次": notice,
        "单位": unit,
        "日期": chinese_day(day),
        "项数": str(len(lines)),
        "任务清单": "\n".join(told),
    }


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else f"{flat[:_LONGEST]}……"
