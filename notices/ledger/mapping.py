"""Where the header of a sheet is and what its columns mean.

A header stands in row 1 to 10 and has one to three levels, joined from the top; titles, 截至 and 单位:万元 rows above
it are skipped. Two blocks side by side give two tables; a header repeated further down is no data.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from accounts.files.sheets import column_letters
from notices.ledger.cells import Raw, is_status, parse_date, parse_measure_kind, text_of
from notices.ledger.headers import is_exact, key_of
from notices.ledger.schema import BY_KEY, KEY_HEADERS, LAYOUT, clean_header, header_index
from notices.ledger.spread import pieces_of
from notices.records import Campaign, LedgerTable
from notices.terms import ParsedProgress
from notices.text.progress import progress_code

SEARCHED_ROWS = 10
DEEPEST = 3
LONGEST_HEADER = 40  # characters; longer cells are data or a title
Merge = tuple[int, int, int, int]  # top, left, bottom, right; 0-based, inclusive
Rows = Sequence[Sequence[Raw]]
IDENTIFYING = {"issue", "measure", "detail", "issue_number", "task_number", "number"}
# Headers that are status when their values are short words, else progress text.
EITHER = {
    clean_header(h)
    for h in (
        "完成情况 整改完成情况 整改情况 落实情况 进展情况 整改进展 整改结果 办理情况 推进情况 工作进展 工作进度 整改进度 进度 完成进度 "
        "办结情况 销号情况"
    ).split()
}


@dataclass
class Header:
    """A header found: levels from `top`, the cleaned and the printed text of each column."""

    top: int
    levels: int
    cleaned: dict[int, tuple[str, ...]]
    printed: dict[int, str]
    keys: dict[int, str] = field(default_factory=dict)

    @property
    def first_data(self) -> int:
        return self.top + self.levels


def address(table: LedgerTable, key: str, row: int) -> str:
    """The cell of a field in a row, e.g. J12; "" when the table has no such column."""
    column = table.columns.get(key)
    return "" if column is None else f"{column_letters(column)}{row}"


def cell_of(tables: Sequence[LedgerTable], sheet: str, key: str, row: int) -> str:
    """The cell of a field in a row of a sheet; "" when no table has it, or two side by side have."""
    here = [
        t
        for t in tables
        if t.sheet == sheet and t.first_row <= row <= (t.last_row or row) and key in t.columns
    ]
    return address(here[0], key, row) if len(here) == 1 else ""


def signature(header: Header) -> str:
    """Names a form by the cleaned texts of its header row, wherever it stands."""
    words = "|".join("/".join(header.cleaned[c]) for c in sorted(header.cleaned))
    return hashlib.sha256(words.encode()).hexdigest()[:32]


# --- finding -------------------------------------------------------------------------------------------------


def find_header(rows: Rows, merges: Sequence[Merge]) -> Header | None:
    """The best header among the first rows; None when no row names at least two known columns."""
    found = (_best_at(rows, merges, top) for top in range(min(SEARCHED_ROWS, len(rows))))
    return max((h for h in found if h), key=lambda h: (_score(h), -h.levels, -h.top), default=None)


def _best_at(rows: Rows, merges: Sequence[Merge], top: int) -> Header | None:
    """The best header that begins in this row, of one to three levels."""
    best: Header | None = None
    if not any(_is_label(cell) for cell in rows[top]):
        return None
    for levels in range(1, min(DEEPEST, len(rows) - top) + 1):
        if levels > 1 and not _is_sublevel(rows, merges, top, levels):
            break
        header = read_header(rows, merges, top, levels)
        if _score(header) < 2 or not IDENTIFYING & set(header.keys.values()):
            continue
        if best is None or (_score(header), -levels) > (_score(best), -best.levels):
            best = header
    return best


def _is_label(cell: Raw) -> bool:
    return isinstance(cell, str) and 0 < len(cell.strip()) <= LONGEST_HEADER


def _score(header: Header) -> int:
    return len({k for k in header.keys.values() if k})


def _is_sublevel(rows: Rows, merges: Sequence[Merge], top: int, levels: int) -> bool:
    """Can row `top + levels - 1` be a level of the same header? It holds labels only, and splits columns of the row above
    or is left blank under them (a vertical merge, or nothing)."""
    row = rows[top + levels - 1]
    above = rows[top + levels - 2]
    filled = [c for c, cell in enumerate(row) if text_of(cell).strip()]
    if not filled or any(not _is_label(row[c]) or len(str(row[c]).strip()) > 20 for c in filled):
        return False
    spans = {
        (m[0], c)
        for m in merges
        if m[3] > m[1] and top <= m[0] < top + levels - 1
        for c in range(m[1], m[3] + 1)
    }
    if spans:
        return all(any((r, c) in spans for r in range(top, top + levels - 1)) for c in filled)
    return any(_blank(above, c) for c in filled) and all(
        _blank(above, c) or _blank(above, c + 1) for c in filled
    )


def _blank(row: Sequence[Raw], column: int) -> bool:
    return column >= len(row) or not text_of(row[column]).strip()


def read_header(rows: Rows, merges: Sequence[Merge], top: int, levels: int) -> Header:
    """Texts and keys of the columns, levels joined from the top; a merged or blank upper cell reaches right."""
    width = max((len(rows[r]) for r in range(top, top + levels)), default=0)
    grid = [
        [text_of(rows[top + n][c]) if c < len(rows[top + n]) else "" for c in range(width)]
        for n in range(levels)
    ]
    _spread_merges(grid, merges, top, levels)
    for upper in range(levels - 1):
        _spread_right(grid, upper)
    cleaned: dict[int, tuple[str, ...]] = {}
    printed: dict[int, str] = {}
    for c in range(width):
        words = list(dict.fromkeys(grid[n][c].strip() for n in range(levels) if grid[n][c].strip()))
        if words:
            cleaned[c] = tuple(clean_header(w) for w in words)
            printed[c] = "·".join("".join(w.split()) for w in words)
    header = Header(top, levels, cleaned, printed)
    header.keys = {c: key_of(words) for c, words in cleaned.items()}
    return header


def _spread_merges(grid: list[list[str]], merges: Sequence[Merge], top: int, levels: int) -> None:
    for up, left, down, right in merges:
        if not top <= up < top + levels or left >= len(grid[0]):
            continue
        value = grid[up - top][left]
        for r in range(up, min(down, top + levels - 1) + 1):
            for c in range(left, min(right, len(grid[0]) - 1) + 1):
                grid[r - top][c] = value


def _spread_right(grid: list[list[str]], upper: int) -> None:
    """A blank upper cell belongs to the group on its left when something stands below it."""
    held = ""
    for c in range(len(grid[upper])):
        if grid[upper][c].strip():
            held = grid[upper][c]
        elif held and any(grid[n][c].strip() for n in range(upper + 1, len(grid))):
            grid[upper][c] = held


# --- tables --------------------------------------------------------------------------------------------------


def find_tables(
    name: str,
    rows: Rows,
    merges: Sequence[Merge],
    campaign: Campaign,
    chosen: Mapping[str, Mapping[int, str]] | None = None,
) -> Iterator[LedgerTable]:
    """Every table of a sheet. `chosen` maps a header's signature to the keys a person has given its columns."""
    header = find_header(rows, merges)
    while header is not None:
        below = None if _own_list(header) else next_header(rows, merges, header)
        end = below.top if below else 0
        yield from _tables_of(name, header, rows[:end] if end else rows, campaign, chosen, end)
        header = below


def next_header(rows: Rows, merges: Sequence[Merge], header: Header) -> Header | None:
    """The header of another table further down: not this one printed again, but other columns or another order."""
    known = {c: k for c, k in header.keys.items() if k}
    index = header_index()
    for top in range(header.first_data, len(rows)):
        row = rows[top]
        if row and isinstance(row[0], (int, float)):
            continue
        first = next((cell for cell in row if cell is not None and cell != ""), None)
        if not isinstance(first, str) or len(first) > 12 or clean_header(first) not in index:
            continue
        if sum(1 for cell in row if isinstance(cell, str) and clean_header(cell) in index) < 3:
            continue
        found = _best_at(rows, merges, top)
        if found and not {c: k for c, k in found.keys.items() if k}.items() <= known.items():
            return found
    return None


def _tables_of(
    name: str,
    header: Header,
    rows: Rows,
    campaign: Campaign,
    chosen: Mapping[str, Mapping[int, str]] | None,
    end: int,
) -> Iterator[LedgerTable]:
    """The tables of one header: one, or several side by side. `end`: its last row, 0 for all there are."""
    sign = signature(header)
    picked = (chosen or {}).get(sign)
    listed = _own_list(header)
    for block in _side_by_side(header):
        keys = {c: k for c, k in header.keys.items() if c in block}
        if listed:
            keys = _own_keys(header, listed)
        elif picked is not None:
            keys = {c: picked.get(c, "") for c in keys}
        else:
            keys = _settle(keys, header, rows, campaign)
        yield replace(_table(name, listed, header, block, keys, sign), last_row=end)


def _own_list(header: Header) -> str:
    """The list of our own workbook this header belongs to; its key column says so."""
    return next((k.partition(":")[2] for k in header.keys.values() if k.startswith("key:")), "")


def _own_keys(header: Header, listed: str) -> dict[int, str]:
    names = {clean_header(BY_KEY[k].header_in(listed)): k for k in LAYOUT[listed]}
    names[clean_header(KEY_HEADERS[listed])] = "key"
    keys: dict[int, str] = {}
    for column in sorted(header.cleaned):
        key = names.get(header.cleaned[column][-1], "")
        keys[column] = key if key not in keys.values() else ""
    return keys


def _side_by_side(header: Header) -> list[range]:
    """Column ranges of blocks printed beside each other: the same run of headers comes again."""
    columns = sorted(header.cleaned)
    whole = [range(columns[0], columns[-1] + 1)] if columns else []
    texts = [header.cleaned[c] for c in columns]
    again = [i for i in range(2, len(texts) - 1) if texts[i : i + 2] == texts[:2]]
    if not again or not IDENTIFYING & {header.keys[c] for c in columns[: again[0]]}:
        return whole
    edges = [columns[i] for i in (0, *again)] + [columns[-1] + 1]
    return [range(a, b) for a, b in pairwise(edges)]


def _settle(keys: dict[int, str], header: Header, rows: Rows, campaign: Campaign) -> dict[int, str]:
    """Decide what only the neighbours or the values can decide, and give each key to one column."""
    settled = {
        c: ("" if k and k in BY_KEY and not BY_KEY[k].of and k != "unit" else k) for c, k in keys.items()
    }
    _settle_date(settled, header, rows, campaign)
    _settle_kind(settled, header, rows)
    _settle_status(settled, header, rows)
    _settle_units(settled)
    if {"issue_number", "task_number"} & set(settled.values()):
        settled = {c: "counter" if k == "number" else k for c, k in settled.items()}
    seen: set[str] = set()
    for column in sorted(settled, key=lambda c: (not is_exact(header.cleaned[c]), c)):
        if settled[column] in seen:
            settled[column] = ""
        seen.add(settled[column])
    return settled


def _values(rows: Rows, header: Header, column: int, limit: int = 200) -> list[Raw]:
    body = rows[header.first_data : header.first_data + limit]
    return [row[column] for row in body if not _blank(row, column)]


def _settle_date(keys: dict[int, str], header: Header, rows: Rows, campaign: Campaign) -> None:
    """完成时间 is the deadline when there is no other and its values lie after the feedback or hold 前 or 底; else the
    day of the finish."""
    for column in [c for c, k in keys.items() if k == "done_when"]:
        if "deadline" in keys.values():
            keys[column] = "finished_on" if "finished_on" not in keys.values() else ""
            continue
        values = _values(rows, header, column)
        words = any(mark in text_of(v) for v in values for mark in ("前", "底", "长期", "立行"))
        days = [day for v in values if isinstance(day := parse_date(v)[0], dt.date)]
        since = campaign.feedback_on
        after = sum(1 for day in days if since is None or day > since)
        keys[column] = "deadline" if words or not days or after * 2 > len(days) else "finished_on"


def _settle_kind(keys: dict[int, str], header: Header, rows: Rows) -> None:
    """措施类别 with other words than ours (立行立改, 限期整改) is kept as it is, a column of theirs."""
    for column in [c for c, k in keys.items() if k == "kind"]:
        values = _values(rows, header, column)
        if values and all(parse_measure_kind(v)[1] for v in values):
            keys[column] = ""


def _settle_status(keys: dict[int, str], header: Header, rows: Rows) -> None:
    """完成情况, 整改情况 …: a status when its values are short status words, else progress text."""
    for column in [c for c, k in keys.items() if k in ("state", "progress")]:
        values = _values(rows, header, column)
        if not values or not EITHER & set(header.cleaned[column]):
            continue
        status = sum(1 for v in values if _says_state(v))
        # 整改进展 that says nothing but 正在推进 is what was done so far, not where the task stands.
        under_way = keys[column] == "progress" and all(
            progress_code(text_of(v).strip()) == ParsedProgress.IN_PROGRESS for v in values
        )
        keys[column] = "state" if status * 2 > len(values) and not under_way else "progress"


def _says_state(cell: Raw) -> bool:
    """A status word, a share of what is done, or one status word per measure."""
    if isinstance(cell, (int, float)):
        return 0 <= cell <= 100
    return is_status(cell) or all(map(is_status, pieces_of(text_of(cell), "state")))


def _settle_units(keys: dict[int, str]) -> None:
    """责任单位 alone is the lead unit; beside 牵头单位 it is the responsible one. A lone 单位 leads as well."""
    held = set(keys.values())
    source = "responsible" if "responsible" in held else "unit"
    for column in [c for c, k in keys.items() if k in ("responsible", "unit")]:
        if "lead_unit" not in held and keys[column] == source:
            keys[column] = "lead_unit"
            held.add("lead_unit")
        elif keys[column] == "unit":
            keys[column] = ""


def _table(
    name: str, listed: str, header: Header, block: range, keys: dict[int, str], sign: str
) -> LedgerTable:
    columns = {k: c for c, k in sorted(keys.items()) if k}
    printed = {c: header.printed[c] for c in block if c in header.printed}
    return LedgerTable(
        sheet=name,
        listed=listed,
        header_row=header.top + 1,
        first_row=header.first_data + 1,
        fields=tuple(k for k in columns if k not in ("key", "counter")),
        columns=columns,
        headers=printed,
        extras={c: words for c, words in printed.items() if not keys.get(c)},
        signature=sign,
    )
