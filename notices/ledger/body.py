"""The rows below the header of a ledger that is not ours: which are data, and what their blanks mean."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import Protocol

from accounts.files.sheets import column_letters
from notices.ledger import cells
from notices.ledger.cells import Raw, text_of
from notices.ledger.mapping import Merge
from notices.ledger.schema import YES, clean_header
from notices.records import CellProblem, LedgerRow, LedgerTable, LedgerValue

Columns = dict[str, list[LedgerValue]]
# Columns of the issue: a merge over them, or a blank below them, holds for every row of the issue.
ISSUE_CELLS = ("aspect", "issue", "issue_number", "detail", "source", "cause", "target")
# Columns whose merge holds for all rows; a blank below them is inherited only when the sheet never fills them there.
SHARED_CELLS = ("leader", "lead_unit", "responsible", "supporting", "deadline", "state", "keep_up")
FOOTER = re.compile(
    r"^\s*(?:填表人|填报人|制表人?|审核人?|审批人?|经办人签|单位负责人|主要负责人|负责人|联系人|联系电话|签字|签名|盖章|"
    r"\(?（?盖章|填表说明|填报说明|填表日期|填报日期|填报时间|备注|说明|注)\s*[:：（(]"
)
SIGNED = re.compile(r"(?:签字|签名|盖章|填表人|制表人|审核人)\s*[:：)）]")
TOTAL = re.compile(r"^\s*(?:合\s*计|总\s*计|小\s*计)\s*[:：]?\s*$")


class Body(Protocol):
    @property
    def rows(self) -> Sequence[Sequence[Raw]]: ...


@dataclass
class Block:
    """The data rows of a table: 1-based numbers, raw cells by field, and what was around them."""

    numbers: list[int]
    columns: dict[str, list[Raw]]
    cells: list[Sequence[Raw]]
    sections: list[str]
    groups: list[int] = field(default_factory=list)


# --- 1. which rows are data ----------------------------------------------------------------------------------


def pick(table: LedgerTable, sheet: Body) -> Block:
    """Data rows only: no blanks, repeated headers, column numbers, section rows, totals, and nothing from the footer on."""
    left, right = min(table.headers), max(table.headers) + 1
    header = [
        clean_header(w.rpartition("·")[2]) for w in (table.headers.get(c, "") for c in range(left, right))
    ]
    numbers, kept, sections, section = [], [], [], ""
    for n, row in enumerate(sheet.rows[table.first_row - 1 :], table.first_row):
        part = row[left:right]
        filled = [c for c in part if c is not None and c != ""]
        if not filled:
            continue
        if len(filled) <= 3 or isinstance(filled[0], str):
            verdict = _judge(filled, part, header)
            if verdict == "end":
                break
            if verdict == "section":
                section = text_of(filled[0]).strip()
            if verdict:
                continue
        numbers.append(n)
        kept.append(row)
        sections.append(section)
    width = max((c for c in table.columns.values()), default=0) + 1
    padded = [row if len(row) >= width else [*row, *[None] * (width - len(row))] for row in kept]
    turned = (
        list(zip(*padded, strict=False)) or [()] * width
    )  # as wide as the narrowest row: none is narrower than `width`
    columns = {key: list(turned[table.columns[key]]) for key in table.fields}
    return Block(numbers, columns, padded, sections)


def _judge(filled: list[Raw], part: Sequence[Raw], header: list[str]) -> str:
    """ "" data; "skip", "section" or "end" otherwise."""
    first = text_of(filled[0]).strip()
    if not first and not any(text_of(c).strip() for c in filled):
        return "skip"
    if (
        FOOTER.match(first)
        and len(filled) <= max(3, len(header) // 2)
        or len(filled) <= 3
        and SIGNED.search(first)
    ):
        return "end"
    if TOTAL.match(first):
        return "skip"
    if len(filled) == 1 and isinstance(filled[0], str) and part and part[0] == filled[0] and len(header) > 2:
        return "section" if len(first) <= 200 else "skip"
    same = sum(
        1 for cell, name in zip(part, header, strict=False) if name and clean_header(text_of(cell)) == name
    )
    if same >= 2 and same * 2 > len(filled):
        return "skip"
    return "skip" if _counts(filled, len(header)) else ""


def _counts(filled: list[Raw], width: int) -> bool:
    """A row of column numbers: 1 2 3 …, (1) (2) (3) …"""
    if len(filled) < 3 or len(filled) < width - 1:
        return False
    words = [re.sub(r"\D", "", text_of(c)) for c in filled]
    short = all(len(text_of(c).strip()) <= 4 for c in filled)
    return short and words == [str(n) for n in range(1, len(words) + 1)]


# --- 2. merges and blanks ------------------------------------------------------------------------------------


def inherit(table: LedgerTable, block: Block, merges: Sequence[Merge]) -> None:
    """Merged issue cells hold for the whole merge; without merges a blank below an issue inherits it."""
    issue_keys = [k for k in (*ISSUE_CELLS, "number") if k in block.columns]
    spans = _vertical(table, merges)
    main = next((k for k in ("issue", "detail", "issue_number", "number") if k in block.columns), None)
    if main is None:
        block.groups = list(block.numbers)
        return
    merged = any(column in {table.columns[k] for k in issue_keys} for _, column, _ in spans)
    _fill_merges(table, block, spans)
    if not merged:
        _fill_blanks(block, main, issue_keys)
    block.groups = _groups(block, main)
    if "aspect" not in block.columns and any(block.sections):
        block.columns["aspect"] = list(block.sections)


def _vertical(table: LedgerTable, merges: Sequence[Merge]) -> list[tuple[int, int, int]]:
    """(first row, column, last row), 1-based rows, of merges that reach down below the header."""
    return [(m[0] + 1, m[1], m[2] + 1) for m in merges if m[2] > m[0] and m[0] + 1 >= table.first_row]


def _fill_merges(table: LedgerTable, block: Block, spans: list[tuple[int, int, int]]) -> None:
    at = {n: i for i, n in enumerate(block.numbers)}
    fields = {table.columns[k]: k for k in (*ISSUE_CELLS, *SHARED_CELLS, "number") if k in block.columns}
    for top, column, bottom in spans:
        key = fields.get(column)
        if key is None or top not in at:
            continue
        values = block.columns[key]
        for n in range(top + 1, bottom + 1):
            if n in at:
                values[at[n]] = values[at[top]]


def _fill_blanks(block: Block, main: str, issue_keys: list[str]) -> None:
    lead = block.columns[main]
    follows = [i > 0 and _empty(cell) for i, cell in enumerate(lead)]
    if not any(follows):
        return
    shared = [
        k
        for k in SHARED_CELLS
        if k in block.columns
        and not any(f and not _empty(cell) for f, cell in zip(follows, block.columns[k], strict=True))
    ]
    for key in (*issue_keys, *shared):
        values = block.columns[key]
        for i, follow in enumerate(follows):
            if follow and _empty(values[i]) and block.sections[i] == block.sections[i - 1]:
                values[i] = values[i - 1]


def _empty(cell: Raw) -> bool:
    return cell is None or cell == "" or (isinstance(cell, str) and not cell.strip())


def _groups(block: Block, main: str) -> list[int]:
    """The row in which each row's issue begins: consecutive rows with the same issue cell are one issue."""
    groups: list[int] = []
    before: object = object()
    for n, cell, section in zip(block.numbers, block.columns[main], block.sections, strict=True):
        now = (text_of(cell).strip(), section)
        groups.append(groups[-1] if groups and now == before and now[0] else n)
        before = now
    return groups


def name_numbers(block: Block) -> None:
    """序号 counts issues when it stays the same (or is given once) within an issue, else measures."""
    if "number" not in block.columns:
        return
    column = block.columns.pop("number")
    seen: dict[int, set[str]] = {}
    for group, cell in set(zip(block.groups, column, strict=True)):
        if not _empty(cell):
            seen.setdefault(group, set()).add(text_of(cell).strip())
    of_task = any(len(words) > 1 for words in seen.values())
    block.columns["task_number" if of_task else "issue_number"] = column


# --- 3. settle -----------------------------------------------------------------------------------------------


def settle(values: Columns, block: Block, lasting: Callable[[Raw], bool]) -> None:
    """Contacts with phones, roles noted beside unit names, 长期坚持 said in the deadline, the deadline's own words."""
    if "contact_phone" in values:
        pairs = [cells.split_contact(str(v)) for v in values.pop("contact_phone")]
        values.setdefault("contact", [p[0] for p in pairs])
        values.setdefault("phone", [p[1] for p in pairs])
    _settle_units(values)
    if "deadline" in block.columns:
        raw = block.columns["deadline"]
        words = {cell for cell in set(raw) if isinstance(cell, str) and lasting(cell)}
        said: list[LedgerValue] = [YES if cell in words else "" for cell in raw]
        given = values.get("keep_up", [""] * len(raw))
        if words:
            values["keep_up"] = [g or s for g, s in zip(given, said, strict=True)]
        values["deadline_text"] = [cells.plain(c)[:200] if isinstance(c, str) else "" for c in raw]
    if "issue" not in values and "detail" in values:
        values["issue"] = values.pop("detail")


def _settle_units(values: Columns) -> None:
    """“甲(牵头)、乙(配合)” in one column is spread over lead, responsible and supporting units."""
    for key in ("responsible", "lead_unit"):
        column = values.get(key)
        if column is None or not any("(牵头)" in str(v) or "(配合)" in str(v) for v in set(column)):
            continue
        known = {v: _spread(str(v), key) for v in set(column)}
        for place, target in enumerate(("lead_unit", "responsible", "supporting")):
            old = values.get(target) if target != key else None
            new: list[LedgerValue] = [known[v][place] for v in column]
            values[target] = [o or n for o, n in zip(old, new, strict=True)] if old else new


def _spread(text: str, key: str) -> tuple[str, str, str]:
    units = cells.split_units(text)
    noted = any(role == "lead" for _, role in units)
    lead = [n for n, role in units if role == "lead" or (not role and key == "lead_unit" and not noted)]
    supporting = [n for n, role in units if role == "supporting"]
    rest = [n for n, _ in units if n not in lead and n not in supporting]
    return "、".join(lead), "、".join(rest), "、".join(supporting)


# --- 4. rows -------------------------------------------------------------------------------------------------


def renamed(table: LedgerTable, fields: tuple[str, ...]) -> LedgerTable:
    """The table with the fields as they were settled; a new name stands where the old one stood."""
    columns = dict(table.columns)
    for new, old in (
        ("issue_number", "number"),
        ("task_number", "number"),
        ("contact", "contact_phone"),
        ("phone", "contact_phone"),
        ("issue", "detail"),
        ("lead_unit", "responsible"),
        ("deadline_text", "deadline"),
    ):
        if new in fields and new not in columns and old in columns:
            columns[new] = columns[old]
    return replace(table, fields=fields, columns=columns)


def rows_of(table: LedgerTable, index: int, values: Columns, block: Block) -> list[LedgerRow]:
    """One row per measure: a cell with several numbered measures gives several rows with the same rest."""
    place = table.fields.index("measure") if "measure" in table.fields else -1
    named = _naming(table)
    rows: list[LedgerRow] = []
    whole = zip(*(values[k] for k in table.fields), strict=True)
    for number, group, row, ready in zip(block.numbers, block.groups, block.cells, whole, strict=True):
        if not any([ready[n] for n in named]):
            continue
        extra = _extras(table, row) if table.extras else {}
        measure = str(ready[place]) if place >= 0 else ""
        parts = cells.split_numbered(measure) if len(measure) > 6 else [measure]
        if len(parts) == 1:
            rows.append(LedgerRow(index, number, "", ready, group, 0, extra))
            continue
        for part, text in enumerate(parts):
            one = (*ready[:place], text, *ready[place + 1 :])
            rows.append(LedgerRow(index, number, "", one, group, part, extra))
    return rows


def _naming(table: LedgerTable) -> list[int]:
    """Where the values stand that say which issue or task a row means."""
    return [n for n, key in enumerate(table.fields) if key in ("issue", "measure", "issue_number")]


def _extras(table: LedgerTable, row: Sequence[Raw]) -> dict[str, str]:
    found = {}
    for column, header in table.extras.items():
        words = cells.plain(text_of(row[column])) if column < len(row) else ""
        if words and words not in ("/", "-", "—"):
            found[header.rpartition("·")[2] or header] = words
    return found


def incomplete(table: LedgerTable, values: Columns, block: Block) -> list[CellProblem]:
    """Rows that name neither an issue nor a measure cannot be placed."""
    found = []
    named = [values[table.fields[n]] for n in _naming(table)]
    for n, said in zip(block.numbers, zip(*named, strict=True) if named else repeat(()), strict=False):
        if not any(said):
            cell = f"{column_letters(min(table.headers))}{n}"
            found.append(
                CellProblem(
                    table.sheet,
                    cell,
                    "no_issue",
                    f"{table.sheet}!{cell} 本行没有问题，也没有整改措施，没有读入。",
                    n,
                )
            )
    return found
