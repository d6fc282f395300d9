"""What merged and blank cells below the header of a foreign ledger mean: whose words hold for which rows. Pure."""

from collections.abc import Sequence

from notices.ledger.body import Block, blank, blanks
from notices.ledger.cells import text_of
from notices.ledger.mapping import Merge
from notices.ledger.sections import JOINT
from notices.ledger.spread import repeat_dittos
from notices.records import LedgerTable

# Columns of the issue: a merge over them, or a blank below them, holds for every row of the issue.
ISSUE_CELLS = ("aspect", "issue", "issue_number", "detail", "source", "cause", "target")
# Columns whose merge holds for all rows; a blank below them is inherited only when the sheet never fills them there.
SHARED_CELLS = (
    "leader", "lead_unit", "responsible", "supporting", "deadline", "state", "keep_up",
    "contact", "phone", "contact_phone", "unit_contact", "leader_unit",
)  # fmt: skip
# Words of these go on in the row below when nothing else stands there: what is put between them.
RUNNING_CELLS = {
    "progress": "\n", "next_step": "\n", "blocked": "\n", "remark": "\n", "contact": "、", "phone": "、", "contact_phone": "、",
}  # fmt: skip
# Given once for several issues: a blank below takes the one above.
GROUPING_CELLS = ("aspect", "source")
JOINED_CELLS = ("detail", "cause", "target")


def inherit(table: LedgerTable, block: Block, merges: Sequence[Merge]) -> None:
    """1. 同上; 2. merged cells hold for the whole merge; 3. a blank below an issue inherits it; 4. rows that only
    go on with the words of the row above are joined with it."""
    repeat_dittos(block.columns)
    _name_by_headings(block)
    issue_keys = [k for k in (*ISSUE_CELLS, "number") if k in block.columns]
    spans = _vertical(table, merges)
    main = next((k for k in ("issue", "detail", "issue_number", "number") if k in block.columns), None)
    if main is None:
        block.groups = list(block.numbers)
        return
    own = _own_cells(block, main)
    merged = any(column in {table.columns.get(k) for k in issue_keys} for _, column, _ in spans)
    _fill_merges(table, block, spans)
    _fill_blanks(block, main, issue_keys, strict=merged)
    _fill_groupings(table, block, spans)
    block.groups = _groups(block, main)
    _join_texts(block)
    _fill_measures(table, block, own)
    if "aspect" not in block.columns and any(block.sections):
        block.columns["aspect"] = list(block.sections)


def _name_by_headings(block: Block) -> None:
    """A table without a column of issues prints each issue as a heading above its measures."""
    if (
        {"issue", "detail"} & block.columns.keys()
        or "measure" not in block.columns
        or not any(block.sections)
    ):
        return
    block.columns["issue"] = [words.rpartition(JOINT)[2] for words in block.sections]
    block.sections = [words.rpartition(JOINT)[0] for words in block.sections]


def _vertical(table: LedgerTable, merges: Sequence[Merge]) -> list[tuple[int, int, int]]:
    """(first row, column, last row), 1-based rows, of merges that reach down below the header."""
    return [(m[0] + 1, m[1], m[2] + 1) for m in merges if m[2] > m[0] and m[0] + 1 >= table.first_row]


def _fill_merges(table: LedgerTable, block: Block, spans: list[tuple[int, int, int]]) -> None:
    at = {n: i for i, n in enumerate(block.numbers)}
    fields = {
        table.columns[k]: k
        for k in (*ISSUE_CELLS, *SHARED_CELLS, "number")
        if k in block.columns and k in table.columns
    }
    for top, column, bottom in spans:
        key = fields.get(column)
        if key is None or top not in at:
            continue
        values = block.columns[key]
        for n in range(top + 1, bottom + 1):
            if n in at:
                values[at[n]] = values[at[top]]


def _fill_blanks(block: Block, main: str, issue_keys: list[str], *, strict: bool) -> None:
    """`strict`: the sheet merges its issues; then only a row that names a measure and no number goes on with the
    issue above."""
    lead = block.columns[main]
    follows = blanks(lead)
    follows[:1] = [False]
    if strict:
        measures = block.columns.get("measure", [None] * len(lead))
        numbers = block.columns.get("number", block.columns.get("issue_number", [None] * len(lead)))
        follows = [
            f and blank(n) and not blank(m) for f, n, m in zip(follows, numbers, measures, strict=True)
        ]
    if not any(follows):
        return
    shared = [
        k
        for k in SHARED_CELLS
        if k in block.columns
        and not strict
        and not any(f and not blank(cell) for f, cell in zip(follows, block.columns[k], strict=True))
    ]
    for key in (*issue_keys, *shared):
        values = block.columns[key]
        for i, follow in enumerate(follows):
            if follow and blank(values[i]) and block.sections[i] == block.sections[i - 1]:
                values[i] = values[i - 1]


def _fill_groupings(table: LedgerTable, block: Block, spans: list[tuple[int, int, int]]) -> None:
    """方面 and 来源 written once, in the first of their issues, hold until the next is written."""
    held = {column for _, column, _ in spans}
    for key in GROUPING_CELLS:
        values = block.columns.get(key, [])
        if not values or blank(values[0]) or table.columns.get(key) in held:
            continue
        for i in range(1, len(values)):
            if blank(values[i]):
                values[i] = values[i - 1]


def _groups(block: Block, main: str) -> list[int]:
    """The row in which each row's issue begins: consecutive rows with the same issue cell are one issue."""
    groups: list[int] = []
    before: object = object()
    same: object = object()
    for n, cell, section in zip(block.numbers, block.columns[main], block.sections, strict=True):
        if cell is not same:  # one text, merged or inherited, is one object in all its rows
            words, same = text_of(cell).strip(), cell
        now = (words, section)
        groups.append(groups[-1] if groups and now == before and words else n)
        before = now
    return groups


def _join_texts(block: Block) -> None:
    """具体表现 told in several rows of one issue is one text; each row holds the whole of it."""
    for key in JOINED_CELLS:
        values = block.columns.get(key)
        if values is None or "issue" not in block.columns:
            continue
        if len(set(zip(block.groups, values, strict=True))) == len(set(block.groups)):
            continue  # one text an issue
        told: dict[int, dict[str, None]] = {}
        for group, cell in zip(block.groups, values, strict=True):
            if not blank(cell):
                told.setdefault(group, {})[text_of(cell).strip()] = None
        for i, group in enumerate(block.groups):
            if len(told.get(group, ())) > 1:
                values[i] = "\n".join(told[group])


# --- rows without a measure of their own ---------------------------------------------------------------------


def _own_cells(block: Block, main: str) -> list[str]:
    """Per row, before anything is inherited: "task" when it names its own units or day or says where it stands,
    "text" when it only goes on with texts, "" when it has a measure or begins an issue."""
    measures = block.columns.get("measure")
    if measures is None:
        return []
    columns = block.columns
    known = {*RUNNING_CELLS, *ISSUE_CELLS, "number", "measure"}
    telling = [values for key, values in columns.items() if key not in known]
    found = [""] * len(measures)
    for i, (empty, goes_on) in enumerate(zip(blanks(measures), blanks(columns[main]), strict=True)):
        if empty and goes_on and i:
            found[i] = "task" if any(not blank(values[i]) for values in telling) else "text"
    return found


def _fill_measures(table: LedgerTable, block: Block, own: list[str]) -> None:
    """A row with its own units or day repeats the measure above; one that only goes on is joined with the row above."""
    if not any(own):
        return
    measures = block.columns["measure"]
    dropped: set[int] = set()
    head = 0
    for i, kind in enumerate(own):
        if not kind or block.groups[i] != block.groups[head]:
            head = i
        elif kind == "task":
            measures[i] = measures[head]
            head = i
        else:
            _join_rows(table, block, head, i)
            dropped.add(i)
    if dropped:
        _drop(block, dropped)


def _join_rows(table: LedgerTable, block: Block, head: int, row: int) -> None:
    for key, joint in RUNNING_CELLS.items():
        values = block.columns.get(key)
        if values is not None and not blank(values[row]):
            values[head] = joint.join(text_of(values[n]).strip() for n in (head, row) if not blank(values[n]))
    whole, more = list(block.cells[head]), block.cells[row]
    for column in table.extras:
        if column < len(more) and not blank(more[column]):
            whole += [None] * (column + 1 - len(whole))
            told = [text_of(cell).strip() for cell in (whole[column], more[column]) if not blank(cell)]
            whole[column] = "\n".join(told)
    block.cells[head] = whole


def _drop(block: Block, rows: set[int]) -> None:
    keep = [i for i in range(len(block.numbers)) if i not in rows]
    block.numbers = [block.numbers[i] for i in keep]
    block.cells = [block.cells[i] for i in keep]
    block.sections = [block.sections[i] for i in keep]
    block.groups = [block.groups[i] for i in keep]
    block.columns = {key: [values[i] for i in keep] for key, values in block.columns.items()}
