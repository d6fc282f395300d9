"""Cells that say one thing for each of several measures, and cells that say 同上. Pure.

“1.建立台账 2.联合检查” beside “1.5月底 2.7月底” and “1.甲局 2.乙局” is two measures with a day and a unit each.
"""

import re
from collections.abc import Sequence

from notices.ledger.cells import Raw, split_numbered
from notices.ledger.schema import BY_KEY, TASK_KEYS

DITTO = frozenset(
    (
        "同上",
        "同 上",
        "同　上",
        "同前",
        "〃",
        "″",
        '"',
        "''",
        "〝",
        "〞",
        "“",
        "”",
        "同上。",
        "（同上）",
        "(同上)",
    )
)
# A cell of these with one line for each measure is read line by line, for as a whole it says nothing.
_BY_LINE = frozenset(("deadline", "state", "finished_on"))
_KEYS = (
    *(k for k in TASK_KEYS if k != "measure" and BY_KEY[k].kind != "extra"),
    "contact_phone",
    "unit_contact",
    "leader_unit",
)
_LINES = re.compile(r"[\n；;]+")
_COUNTED = re.compile(r"^\d{1,2}[.．、]\s*(?=\d{4}(?!\d)|\d{1,2}月|\D)")


def repeat_dittos(columns: dict[str, list[Raw]]) -> None:
    """同上, 〃 … are what stands in the row above."""
    for values in columns.values():
        marks = DITTO.intersection(values)
        if not marks:
            continue
        for i in range(1, len(values)):
            if values[i] in marks:
                values[i] = values[i - 1]


def pieces_of(cell: str, key: str) -> list[str]:
    """The numbered texts of a cell; of a day or a state also its lines, without 1. before a year."""
    numbered = split_numbered(cell)
    if len(numbered) > 1 or key not in _BY_LINE:
        return numbered
    return [line for piece in _LINES.split(cell) if (line := _COUNTED.sub("", piece.strip()))]


def several(columns: dict[str, list[Raw]]) -> dict[int, list[str]]:
    """Row → its measures, for rows whose cell holds more than one."""
    found = {}
    for i, cell in enumerate(columns.get("measure", ())):
        if isinstance(cell, str) and len(cell) > 6 and len(texts := split_numbered(cell)) > 1:
            found[i] = texts
    return found


def parallel(
    columns: dict[str, list[Raw]], measures: dict[int, list[str]]
) -> dict[int, dict[str, list[str]]]:
    """Row → field → one text per measure, for those rows whose cells count along with their measures."""
    found: dict[int, dict[str, list[str]]] = {}
    for key in _KEYS:
        values = columns.get(key)
        for i, texts in measures.items() if values is not None else ():
            cell = values[i] if values is not None else None
            if isinstance(cell, str) and len(pieces := pieces_of(cell, key)) == len(texts):
                found.setdefault(i, {"measure": texts})[key] = pieces
    return found


def unfolded(values: Sequence[Raw], wide: dict[int, dict[str, list[str]]], key: str) -> list[Raw]:
    """A column with as many cells for a row of `wide` as the row has measures."""
    out: list[Raw] = []
    for i, value in enumerate(values):
        if i not in wide:
            out.append(value)
            continue
        count = len(wide[i]["measure"])
        out += wide[i].get(key, [value] * count)
    return out
