"""Two ways of giving an upload back: with its problems marked, or with our values in its own columns."""

import datetime as dt
from collections.abc import Iterable

from accounts.files.check import check
from accounts.files.child import limits_for, run_in_child
from accounts.files.limits import LARGE
from accounts.files.sheets import Workbook
from accounts.models import User
from notices.errors import Refused, Unreadable
from notices.ledger import foreign
from notices.ledger.annotate import remarks_of
from notices.ledger.cells import show
from notices.ledger.compare import Rights, agrees, alike, printed
from notices.ledger.load import load_stored
from notices.ledger.mapping import address
from notices.ledger.own import Stored
from notices.ledger.patch import Patched, patch_workbook
from notices.ledger.read import read_ledger
from notices.ledger.uploads import plan_of, remembered
from notices.models import LedgerUpload
from notices.records import Ledger, LedgerRow, LedgerTable, LedgerValue, StoredTask
from notices.terms import CLOSED_STATES, PrintedProgress, State

# What is filled into somebody's own form: what happens to a task, not what the task is.
UNIT_NOTES = {"lead_unit": "（牵头）", "responsible": "", "supporting": "（配合）"}
FILLED = (
    "leader",
    "lead_unit",
    "responsible",
    "supporting",
    "contact",
    "phone",
    "deadline",
    "state",
    "progress",
    "next_step",
    "finished_on",
    "blocked",
    "remark",
)


ONLY_XLSX = "只有 .xlsx 可以按原表回填，请把原表另存为 .xlsx 上传后再回填。"


def annotated(upload: LedgerUpload) -> bytes:
    """The uploaded workbook (.xlsx) with every problem as a comment on a coloured cell."""
    problems = remarks_of(plan_of(upload))
    path = upload.file.path
    if upload.kind == "xlsx":
        return bytes(
            run_in_child(
                "notices.ledger.annotate:annotate_xlsx", path, problems, limits=limits_for(LARGE)
            ).value
        )
    sheets = _read(upload).sheets
    return bytes(
        run_in_child(
            "notices.ledger.annotate:annotate_sheets", sheets, problems, limits=limits_for(LARGE)
        ).value
    )


def _read(upload: LedgerUpload) -> Workbook:
    found = check(upload.file.path, name=upload.name, purpose="ledger", profile=LARGE)
    if found.workbook is None:
        raise Unreadable(found.verdict.message, code=found.verdict.code)
    return found.workbook


def give_back(upload: LedgerUpload, *, by: User | None) -> Patched:
    """The very file that was uploaded with the present values in its own columns; only .xlsx can be filled so.

    Raises Refused for other formats. `Patched.unpatched` names the cells that stayed as they were.
    """
    if upload.kind != "xlsx":
        raise Refused(ONLY_XLSX)
    notice = upload.notice
    ledger = read_ledger(_read(upload).sheets, campaign=notice.campaign, chosen=remembered(notice))
    stored = load_stored(notice, by)
    values: dict[str, dict[str, str]] = {}
    for table, rows, tasks in _rows_with_tasks(ledger, stored):
        for cell, text in _cells(table, rows, tasks):
            values.setdefault(table.sheet, {})[cell] = text
    with upload.file.open("rb") as content:
        return patch_workbook(content.read(), values)


def _rows_with_tasks(
    ledger: Ledger, stored: Stored
) -> Iterable[tuple[LedgerTable, list[LedgerRow], list[StoredTask]]]:
    """The rows of every place, one or one per measure, with the stored tasks they mean."""
    by_table: dict[int, list[LedgerRow]] = {}
    parts: dict[tuple[int, int], list[LedgerRow]] = {}
    for row in ledger.rows:
        by_table.setdefault(row.table, []).append(row)
        if row.part:
            parts.setdefault((row.table, row.row), []).append(row)
    strangers = [(t, by_table.get(i, [])) for i, t in enumerate(ledger.tables) if not t.listed]
    match = foreign.plan_rows(strangers, stored.issues, stored.tasks, Rights(office=True), {})
    at = {i: place for place, i in enumerate(i for i, t in enumerate(ledger.tables) if not t.listed)}
    for index, table in enumerate(ledger.tables):
        for row in by_table.get(index, []):
            if table.listed == "tasks" and row.key.partition(".")[0].isdecimal():
                found = stored.tasks.get(int(row.key.partition(".")[0]))
                yield table, [row], [found] if found else []
            elif not table.listed and row.part == 0:
                tasks = [stored.tasks[pk] for pk in match.places.get((at[index], row.row), [])]
                yield table, [row, *parts.get((index, row.row), ())], tasks


def _cells(table: LedgerTable, rows: list[LedgerRow], tasks: list[StoredTask]) -> Iterable[tuple[str, str]]:
    """(cell, text) where the file says something else than the tasks of the row."""
    if not tasks:
        return
    by_cell: dict[str, dict[str, tuple[LedgerValue, str]]] = {}
    for key in FILLED:
        cell = address(table, key, rows[0].row) if key in table.fields else ""
        if cell:
            by_cell.setdefault(cell, {})[key] = _said_and_stored(table, key, rows, tasks)
    for cell, told in by_cell.items():
        same = {key for key, (said, text) in told.items() if not text or alike(key, said, text)}
        if len(same) == len(told):
            continue
        # What did not change keeps the file's own words: a telephone number is not hidden from its own file.
        texts = {k: show(said) if k in same else str(printed(k, text)) for k, (said, text) in told.items()}
        yield cell, _together(texts)


def _said_and_stored(
    table: LedgerTable, key: str, rows: list[LedgerRow], tasks: list[StoredTask]
) -> tuple[LedgerValue, str]:
    """What the file says of a field, all measures of the row together, and what is stored."""
    values = [row.values[table.fields.index(key)] for row in rows]
    said = values[0] if len(set(values)) == 1 else _joined(values)
    if key != "state":
        return _plain(said), _joined([t.values.get(key, "") for t in tasks])
    if len(rows) == len(tasks) and all(agrees(v, t.state) for v, t in zip(values, tasks, strict=True)):
        return _plain(said), ""
    return _plain(said), _state_words([t.state for t in tasks], values[0])


def _together(texts: dict[str, str]) -> str:
    """Fields that share a cell: “甲局(牵头)、乙局(配合)”, “周晓岚 0700-1234567”."""
    if len(texts) == 1:
        return next(iter(texts.values()))
    noted = sum(1 for key in UNIT_NOTES if texts.get(key)) > 1
    units = [
        f"{name}{note if noted else ''}"
        for key, note in UNIT_NOTES.items()
        for name in texts.get(key, "").split("、")
        if name
    ]
    others = [text for key, text in texts.items() if key not in UNIT_NOTES and text]
    return " ".join(["、".join(units), *others]).strip()


def _plain(value: LedgerValue) -> LedgerValue:
    return value.isoformat() if isinstance(value, dt.date) else value


def _joined(values: list[LedgerValue]) -> str:
    """One text of several tasks: the same once, different ones numbered."""
    texts = [show(v) for v in values if v]
    if len(set(texts)) <= 1:
        return texts[0] if texts else ""
    return "\n".join(f"{n}.{text}" for n, text in enumerate(texts, 1))


def _state_words(states: list[str], said: LedgerValue) -> str:
    """The words a notice prints; the file's own words stay when they say the same."""
    if said and all(agrees(said, s) for s in states):
        return show(said)
    if all(s == State.COMPLETED for s in states):
        return str(PrintedProgress.COMPLETED.label)
    if all(s in CLOSED_STATES for s in states):
        return str(PrintedProgress.SUSTAINED.label)
    begun = any(s not in (State.DRAFT, State.PENDING) for s in states)
    return str(PrintedProgress.IN_PROGRESS.label if begun else PrintedProgress.NOT_STARTED.label)
