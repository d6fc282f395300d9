"""Sheets → rows. Never raises on what people wrote: it yields rows and problems, each with its place.

Works column by column: a column's distinct cells are read once, so ten thousand rows with forty units cost forty
readings. Our own workbook (its key column says so) is read to the letter; any other ledger is read generously:
merged and blank-inherited issue cells, section rows, footers, several measures in one cell.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from accounts.files.sheets import Sheet
from notices.ledger import body, cells, mapping
from notices.ledger.cells import Raw, text_of
from notices.ledger.collector import paused
from notices.ledger.inherit import inherit
from notices.ledger.schema import (
    BY_KEY,
    FROZEN,
    HELP_SHEET,
    META_SHEET,
    YES,
    clean_header,
    compared_keys,
)
from notices.records import Campaign, CellProblem, Ledger, LedgerMark, LedgerRow, LedgerTable, LedgerValue

Chosen = Mapping[str, Mapping[int, str]]
READ_LISTS = ("", "issues", "tasks", "duties", "progress", "wide")


@paused()
def read_ledger(sheets: Iterable[Sheet], *, campaign: Campaign, chosen: Chosen | None = None) -> Ledger:
    """Every table of every visible sheet. `chosen` are columns a person has assigned, by header signature."""
    tables: list[LedgerTable] = []
    rows: list[LedgerRow] = []
    problems: list[CellProblem] = []
    mark: LedgerMark | None = None
    for sheet in sheets:
        if sheet.name == META_SHEET:
            mark = read_mark(sheet.rows)
        elif not sheet.visible:
            problems.append(
                _whole(
                    sheet.name,
                    "hidden_sheet",
                    f"工作表“{sheet.name}”是隐藏的，没有读入；需要读入请先取消隐藏。",
                )
            )
        elif clean_header(sheet.name) != HELP_SHEET:
            _read_sheet(sheet, campaign, chosen, tables, rows, problems)
    if not tables:
        message = (
            "没有找到表头：前 10 行里应有一行写明“问题”“整改措施”“责任单位”等列名，请补上表头后重新上传。"
        )
        problems.append(_whole("", "no_header", message))
    return Ledger(tuple(tables), tuple(rows), tuple(problems), mark)


def read_mark(rows: Sequence[Sequence[Raw]]) -> LedgerMark | None:
    """What the very hidden sheet says; None when it was damaged."""
    said = {text_of(row[0]): text_of(row[1]) for row in rows if len(row) > 1}
    version, notice, export = said.get("format", ""), said.get("notice", ""), said.get("export", "")
    if not version or not notice.isdecimal():
        return None
    number = int(export) if export.isdecimal() else 0
    return LedgerMark(version, int(notice), number, export == FROZEN, said.get("origin", ""))


def _whole(sheet: str, code: str, message: str) -> CellProblem:
    return CellProblem(sheet, "", code, message)


def _read_sheet(
    sheet: Sheet,
    campaign: Campaign,
    chosen: Chosen | None,
    tables: list[LedgerTable],
    rows: list[LedgerRow],
    problems: list[CellProblem],
) -> None:
    found = list(mapping.find_tables(sheet.name, sheet.rows, sheet.merges, campaign, chosen))
    if not found and sum(1 for row in sheet.rows if len([c for c in row if text_of(c).strip()]) > 2) > 3:
        message = f"工作表“{sheet.name}”没有找到表头，没有读入。"
        problems.append(_whole(sheet.name, "no_header", message))
    for table in found:
        if table.listed not in READ_LISTS:
            continue
        reader = _own_rows if table.listed else _foreign_rows
        table, new, noticed = reader(table, len(tables), sheet, campaign)
        tables.append(table)
        rows += new
        problems += noticed
        problems += _without_value(table, sheet)


def _without_value(table: LedgerTable, sheet: Sheet) -> list[CellProblem]:
    """Formulas whose result was never stored: their cells are not empty, they are unknown."""
    by_column = {c: k for k, c in table.columns.items()}
    return [
        unreadable(
            table,
            by_column[column],
            row + 1,
            "公式没有结果或结果出错（如 #REF!），请用 Excel 或 WPS 打开、改正并保存后重新上传",
        )
        for row, column in sheet.uncached
        if column in by_column and table.first_row <= row + 1 <= (table.last_row or row + 1)
    ]


Read = tuple[LedgerTable, list[LedgerRow], list[CellProblem]]


# --- our own workbook ----------------------------------------------------------------------------------------


def _own_rows(table: LedgerTable, index: int, sheet: Sheet, campaign: Campaign) -> Read:
    """Rows of our own lists: every row that is not blank, found by its key later."""
    start = table.first_row - 1
    width = max(table.columns.values(), default=0) + 1
    kept = [
        (start + n + 1, row if len(row) >= width else [*row, *[None] * (width - len(row))])
        for n, row in enumerate(sheet.rows[start:])
        if any(row)
    ]
    problems: list[CellProblem] = []
    numbers = [n for n, _ in kept]
    grid = [row for _, row in kept]
    readers = cells.parsers(campaign, own=True)
    keys = [text_of(row[table.columns["key"]]).strip() for row in grid]
    if all(keys):  # no new rows: what is derived is not asked for
        asked = compared_keys(table.listed)
        table = replace(table, fields=tuple(key for key in table.fields if key in asked))
    columns = {key: [row[table.columns[key]] for row in grid] for key in table.fields}
    values = {
        key: _read_column(table, key, raw, numbers, readers[_kind(key)], problems)
        for key, raw in columns.items()
    }
    if table.listed == "tasks":
        _keep_up_from_words(values, columns, campaign)
    ready = list(zip(*(values[k] for k in table.fields), strict=True))
    if not table.extras:
        rows = [LedgerRow(index, n, k, v, 0, 0, {}) for n, k, v in zip(numbers, keys, ready, strict=True)]
    else:
        rows = [
            LedgerRow(index, n, k, v, 0, 0, _extras(table, row))
            for n, k, v, row in zip(numbers, keys, ready, grid, strict=True)
        ]
    return table, rows, problems


def _kind(key: str) -> str:
    column = BY_KEY.get(key)
    kind = column.kind if column else "text"
    return kind if kind not in ("count", "rate") else "text"


def _read_column(
    table: LedgerTable,
    key: str,
    raw: Sequence[Raw],
    numbers: Sequence[int],
    parse: cells.Parser,
    problems: list[CellProblem],
) -> list[LedgerValue]:
    """The canonical values of a column; each unreadable cell becomes a problem."""
    known: dict[Raw, cells.Parsed] = {None: ("", ""), "": ("", "")}
    bad = False
    for cell in set(raw) - known.keys():
        known[cell] = parsed = parse(cell)
        bad = bad or bool(parsed[1])
    if bad:
        for cell, number in zip(raw, numbers, strict=True):
            if known[cell][1]:
                problems.append(unreadable(table, key, number, known[cell][1]))
    return [known[cell][0] for cell in raw]


def unreadable(table: LedgerTable, key: str, row: int, what: str) -> CellProblem:
    """任务清单!J12 完成时限:“2024717日”不是日期。"""
    cell = mapping.address(table, key, row)
    header = table.headers.get(table.columns.get(key, -1), BY_KEY[key].header if key in BY_KEY else key)
    return CellProblem(
        table.sheet, cell, f"bad_{key}", f"{table.sheet}!{cell} {header}：{what}。", row, refuses=True
    )


def _keep_up_from_words(
    values: dict[str, list[LedgerValue]], columns: Mapping[str, Sequence[Raw]], campaign: Campaign
) -> None:
    """“2021年12月底前,并长期坚持” in the deadline says 长期坚持 as well."""
    if "deadline" not in columns or "keep_up" not in values:
        return
    lasting = cells.lasting_parser(campaign)
    words = {raw for raw in set(columns["deadline"]) if isinstance(raw, str) and lasting(raw)}
    days = {raw for raw in words if any(mark in raw for mark in "月年日底前./-")}
    if days:
        values["keep_up"] = [
            YES if raw in days else value
            for raw, value in zip(columns["deadline"], values["keep_up"], strict=True)
        ]


def _extras(table: LedgerTable, row: Sequence[Raw]) -> dict[str, str]:
    found = {}
    for column, header in table.extras.items():
        words = cells.plain(text_of(row[column])) if column < len(row) else ""
        if words:
            found[header] = words
    return found


# --- any other ledger ----------------------------------------------------------------------------------------


def _foreign_rows(table: LedgerTable, index: int, sheet: Sheet, campaign: Campaign) -> Read:
    """1. pick the data rows; 2. give merged and inherited issue cells to every row; 3. read the columns;
    4. settle numbers, units and contacts; 5. one row per measure."""
    problems: list[CellProblem] = []
    block = body.pick(table, sheet)
    inherit(table, block, sheet.merges)
    body.name_numbers(block)
    body.unfold(block)
    readers = cells.parsers(campaign, own=False)
    values: body.Columns = {
        key: _read_column(table, key, raw, block.numbers, readers[_kind(key)], problems)
        for key, raw in block.columns.items()
    }
    body.settle(values, block, cells.lasting_parser(campaign))
    table = body.renamed(table, tuple(values))
    rows = body.rows_of(table, index, values, block)
    problems += body.incomplete(table, values, block)
    return table, rows, problems
