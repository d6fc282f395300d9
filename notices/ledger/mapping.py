"""Where the header of a sheet is and what its columns mean.

A header stands in row 1 to 10 and has one to three levels, joined from the top; titles, 截至 and 单位:万元 rows above
it are skipped. Two blocks side by side give two tables; a header repeated further down is no data.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from accounts.files.sheets import column_letters
from notices.ledger.cells import Raw, is_status, parse_date, text_of
from notices.ledger.schema import BY_KEY, KEY_HEADERS, LAYOUT, clean_header, header_index
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
    clean_header(h) for h in ("完成情况", "整改完成情况", "整改情况", "落实情况", "进展情况", "整改进展")
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


def signature(header: Header) -> str:
    """Names a form by the cleaned texts of its header row, wherever it stands."""
    words = "|".join("/".join(header.cleaned[c]) for c in sorted(header.cleaned))
    return hashlib.sha256(words.encode()).hexdigest()[:32]


# --- finding -------------------------------------------------------------------------------------------------


def find_header(rows: Rows, merges: Sequence[Merge]) -> Header | None:
    """The best header among the first rows; None when no row names at least two known columns."""
    best: tuple[tuple[int, int, int], Header] | None = None
    for top in range(min(SEARCHED_ROWS, len(rows))):
        if not any(_is_label(cell) for cell in rows[top]):
            continue
        for levels in range(1, min(DEEPEST, len(rows) - top) + 1):
            if levels > 1 and not _is_sublevel(rows, merges, top, levels):
                break
            header = read_header(rows, merges, top, levels)
            score = _score(header)
            if score < 2 or not IDENTIFYING & set(header.keys.values()):
                continue
            rank = (score, -levels, -top)
            if best is None or rank > best[0]:
                best = rank, header
    return best[1] if best else None


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
    header.keys = {c: _key_of(words) for c, words in cleaned.items()}
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


def _key_of(words: tuple[str, ...]) -> str:
    """The schema key of a column: its lowest level first, then all levels joined, then the group's own name."""
    index = header_index()
    leaf = words[-1]
    joined = "".join(words)
    if len(words) > 1:
        if joined in index:
            return index[joined]
        hinted = _hinted(words)
        if hinted:
            return hinted
    if leaf in index:
        return index[leaf]
    return _contained(leaf)


def _hinted(words: tuple[str, ...]) -> str:
    """序号, 内容, 单位, 电话 mean what their group means: 问题/内容, 牵头/单位, 责任人/电话."""
    group, leaf = "".join(words[:-1]), words[-1]
    index = header_index()
    if leaf in ("内容", "名称", "表述", "描述"):
        return "measure" if "措施" in group else "issue" if "问题" in group else ""
    if leaf in ("单位", "部门", "姓名", "领导", "时间", "时限"):
        return index.get(group + leaf, "") or index.get(group, "")
    if leaf in ("序号", "编号"):
        return (
            "task_number" if "措施" in group or "任务" in group else "issue_number" if "问题" in group else ""
        )
    return ""


_PARTS = (
    ("整改措施", "measure"),
    ("配合单位", "supporting"),
    ("牵头单位", "lead_unit"),
    ("责任单位", "responsible"),
    ("责任领导", "leader"),
    ("下一步", "next_step"),
    ("未完成原因", "blocked"),
    ("整改时限", "deadline"),
    ("完成时限", "deadline"),
    ("整改进展", "progress"),
    ("整改目标", "target"),
    ("反馈问题", "issue"),
    ("反馈的问题", "issue"),
)


def _contained(leaf: str) -> str:
    """Longer headers that hold one well-known name: 整改责任单位及职责, 巡察反馈的问题清单."""
    if len(leaf) > 14:
        return ""
    return next((key for part, key in _PARTS if part in leaf), "")


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
    if header is None:
        return
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
        yield _table(name, listed, header, block, keys, sign)


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
    _settle_status(settled, header, rows)
    _settle_units(settled)
    if {"issue_number", "task_number"} & set(settled.values()):
        settled = {c: "counter" if k == "number" else k for c, k in settled.items()}
    seen: set[str] = set()
    for column in sorted(settled):
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


def _settle_status(keys: dict[int, str], header: Header, rows: Rows) -> None:
    """完成情况, 整改情况 …: a status when its values are short status words, else progress text."""
    for column in [c for c, k in keys.items() if k in ("state", "progress")]:
        values = _values(rows, header, column)
        if not values or not EITHER & set(header.cleaned[column]):
            continue
        status = sum(1 for v in values if is_status(v) or (isinstance(v, float) and 0 <= v <= 1))
        # 整改进展 that says nothing but 正在推进 is what was done so far, not where the task stands.
        under_way = keys[column] == "progress" and all(
            progress_code(text_of(v).strip()) == ParsedProgress.IN_PROGRESS for v in values
        )
        keys[column] = "state" if status * 2 > len(values) and not under_way else "progress"


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
