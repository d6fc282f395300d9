"""The rows below the header of a ledger that is not ours: which are data, and what their blanks mean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import Protocol

from accounts.files.sheets import column_letters
from notices.ledger import cells
from notices.ledger.cells import Raw, text_of
from notices.ledger.schema import YES, clean_header
from notices.ledger.sections import Headings, goes_on, judge, ordinal_section
from notices.ledger.spread import parallel, several, unfolded
from notices.ledger.unit_cells import split_unit_person, split_units
from notices.records import CellProblem, LedgerRow, LedgerTable, LedgerValue

Columns = dict[str, list[LedgerValue]]


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
    several: set[int] = field(default_factory=set)  # rows whose cell holds more than one measure
    parts: list[int] = field(
        default_factory=list
    )  # of a row whose cells count along with its measures; else -1


# --- 1. which rows are data ----------------------------------------------------------------------------------


def pick(table: LedgerTable, sheet: Body) -> Block:
    """Data rows only: no blanks, repeated headers, column numbers, section rows, totals, and nothing from the footer on."""
    left, right = min(table.headers), max(table.headers) + 1
    header = [
        clean_header(w.rpartition("·")[2]) for w in (table.headers.get(c, "") for c in range(left, right))
    ]
    counted = table.columns.get("number", table.columns.get("issue_number", -1)) == left
    titles = _titles(table, sheet)
    rows = sheet.rows[table.first_row - 1 : table.last_row or None]
    numbers, kept, sections, headings = [], [], [], Headings()
    for n, row in enumerate(rows):
        part = row[left:right]
        if part and part[0].__class__ in (int, float) and sum(map(bool, part)) > 3:
            numbers.append(table.first_row + n)  # the usual row: counted and filled
            kept.append(row)
            sections.append(headings.words)
            continue
        filled = [c for c in part if c is not None and c != ""]
        if not filled:
            continue
        if len(filled) <= 3 or isinstance(filled[0], str):
            verdict = judge(filled, part, header, titles)
            if verdict == "end" and not goes_on(rows[n + 1 :], left, right):
                break
            if verdict == "section":
                headings.take(text_of(filled[0]).strip())
            elif not verdict and counted and len(filled) == 2:
                heading = ordinal_section(filled, part, _next_part(rows, n + 1, left, right))
                if heading:
                    headings.take(heading)
                    continue
            if verdict:
                continue
        numbers.append(table.first_row + n)
        kept.append(row)
        sections.append(headings.words)
    width = max((c for c in table.columns.values()), default=0) + 1
    padded = [row if len(row) >= width else [*row, *[None] * (width - len(row))] for row in kept]
    turned = (
        list(zip(*padded, strict=False)) or [()] * width
    )  # as wide as the narrowest row: none is narrower than `width`
    columns = {key: list(turned[table.columns[key]]) for key in table.fields}
    return Block(numbers, columns, padded, sections)


def _titles(table: LedgerTable, sheet: Body) -> frozenset[str]:
    """Words that stand alone above the header: a page may print them again."""
    above = ([c for c in row if text_of(c).strip()] for row in sheet.rows[: table.header_row - 1])
    return frozenset(clean_header(text_of(filled[0])) for filled in above if len(filled) == 1)


def _next_part(rows: Sequence[Sequence[Raw]], start: int, left: int, right: int) -> Sequence[Raw] | None:
    """The next row that is not blank, within the table."""
    parts = (row[left:right] for row in rows[start : start + 20])
    return next((part for part in parts if any(text_of(c).strip() for c in part)), None)


# --- 2. numbers ----------------------------------------------------------------------------------------------


def blank(cell: Raw) -> bool:
    return cell is None or cell == "" or (isinstance(cell, str) and not cell.strip())


def blanks(values: Sequence[Raw]) -> list[bool]:
    """The same of each cell of a column."""
    return [(not v or v.isspace()) if v.__class__ is str else v is None for v in values]


def name_numbers(block: Block) -> None:
    """序号 counts issues when it stays the same (or is given once) within an issue, else measures."""
    if "number" not in block.columns:
        return
    column = block.columns.pop("number")
    seen: dict[int, set[str]] = {}
    for group, cell in set(zip(block.groups, column, strict=True)):
        if not blank(cell):
            seen.setdefault(group, set()).add(text_of(cell).strip())
    of_task = any(len(words) > 1 for words in seen.values())
    block.columns["task_number" if of_task else "issue_number"] = column


def unfold(block: Block) -> None:
    """One row per measure where days, units or states are numbered along with the measures."""
    measures = several(block.columns)
    block.several = {block.numbers[i] for i in measures}
    wide = parallel(block.columns, measures)
    if not wide:
        return
    counts = [len(wide[i]["measure"]) if i in wide else 1 for i in range(len(block.numbers))]
    block.columns = {key: unfolded(values, wide, key) for key, values in block.columns.items()}
    block.parts = [p if i in wide else -1 for i, count in enumerate(counts) for p in range(count)]
    block.numbers = [n for n, count in zip(block.numbers, counts, strict=True) for _ in range(count)]
    block.cells = [c for c, count in zip(block.cells, counts, strict=True) for _ in range(count)]
    block.groups = [g for g, count in zip(block.groups, counts, strict=True) for _ in range(count)]
    block.sections = [s for s, count in zip(block.sections, counts, strict=True) for _ in range(count)]


# --- 3. settle -----------------------------------------------------------------------------------------------


def settle(values: Columns, block: Block, lasting: Callable[[Raw], bool]) -> None:
    """Contacts with phones, roles noted beside unit names, 长期坚持 said in the deadline, the deadline's own words."""
    _settle_pairs(values)
    if "contact_phone" in values:
        pairs = [cells.split_contact(str(v)) for v in values.pop("contact_phone")]
        values.setdefault("contact", [p[0] for p in pairs])
        values.setdefault("phone", [p[1] for p in pairs])
    _settle_units(values)
    _name_units_once(values)
    if "deadline" in block.columns:
        raw = block.columns["deadline"]
        words = {cell for cell in set(raw) if isinstance(cell, str) and lasting(cell)}
        said: list[LedgerValue] = [YES if cell in words else "" for cell in raw]
        given = values.get("keep_up", [""] * len(raw))
        if words:
            values["keep_up"] = [g or s for g, s in zip(given, said, strict=True)]
        read = values["deadline"]  # "/" is read as nothing, and its words are nothing
        values["deadline_text"] = [
            cells.plain(c)[:200] if v and isinstance(c, str) else "" for c, v in zip(raw, read, strict=True)
        ]
    if "issue" not in values and "detail" in values:
        values["issue"] = values.pop("detail")


def _settle_pairs(values: Columns) -> None:
    """责任单位及责任人, 责任领导及责任单位 in one column: what is named like a unit is one."""
    for key, person, unit in (
        ("leader_unit", "leader", "lead_unit"),
        ("unit_contact", "contact", "lead_unit"),
    ):
        if key not in values:
            continue
        unit = "responsible" if unit in values else unit
        pairs = [split_unit_person(str(v)) for v in values.pop(key)]
        values.setdefault(unit, [u for u, _ in pairs])
        values.setdefault(person, [p for _, p in pairs])


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


def _name_units_once(values: Columns) -> None:
    """A unit has one part in a task: named as 牵头 and again as 责任, it leads; as 责任 and 配合, it is responsible."""
    keys = [k for k in ("lead_unit", "responsible", "supporting") if k in values]
    if len(keys) < 2:
        return
    folded = {value: _folded(value) for k in keys for value in set(values[k])}
    cells_of = list(zip(*(values[k] for k in keys), strict=True))
    twice = {told for told in set(cells_of) if _named_twice([n for value in told for n in folded[value]])}
    if not twice:
        return
    once = {told: _once(told) for told in twice}
    for place, key in enumerate(keys):
        values[key] = [once[told][place] if told in once else told[place] for told in cells_of]


def _folded(value: LedgerValue) -> list[str]:
    return [cells.fold(name) for name in str(value).split("、")] if value else []


def _named_twice(names: list[str]) -> bool:
    return len(set(names)) < len(names)


def _once(told: tuple[LedgerValue, ...]) -> tuple[LedgerValue, ...]:
    seen: set[str] = set()
    kept: list[LedgerValue] = []
    for value in told:
        names = str(value).split("、") if value else []
        new = [name for name in names if cells.fold(name) not in seen]
        seen.update(map(cells.fold, names))
        kept.append("、".join(new) if len(new) < len(names) else value)
    return tuple(kept)


def _spread(text: str, key: str) -> tuple[str, str, str]:
    units = split_units(text)
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
        ("contact", "unit_contact"),
        ("leader", "leader_unit"),
        ("lead_unit", "leader_unit"),
        ("responsible", "unit_contact"),
        ("lead_unit", "unit_contact"),
        ("responsible", "leader_unit"),
        ("lead_unit", "responsible"),
        ("responsible", "lead_unit"),
        ("supporting", "responsible"),
        ("supporting", "lead_unit"),
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
    already = block.parts or [-1] * len(block.numbers)
    whole_rows = zip(block.numbers, block.groups, block.cells, already, whole, strict=True)
    for number, group, row, done, ready in whole_rows:
        if not any([ready[n] for n in named]):
            continue
        extra = _extras(table, row) if table.extras else {}
        measure = str(ready[place]) if place >= 0 else ""
        parts = cells.split_numbered(measure) if done < 0 and number in block.several else [measure]
        if len(parts) == 1:
            rows.append(LedgerRow(index, number, "", ready, group, max(done, 0), extra))
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
