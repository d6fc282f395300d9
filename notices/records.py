"""Frozen records that cross borders between layers: no Django, no behaviour beyond small conveniences."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

# How far long work is: (what it does now, done, of how many; 0 = not known). Called often, must be cheap.
Tell = Callable[[str, int, int], None]


def untold(_stage: str, _done: int, _total: int) -> None:
    """For work nobody watches."""


@dataclass(frozen=True)
class Warned:
    """Something the reader of a text noticed; `line` is 1-based, None when it concerns the whole text."""

    line: int | None
    code: str
    message: str


@dataclass(frozen=True)
class ParsedMeasure:
    heading: str | None
    text: str
    line: int


@dataclass(frozen=True)
class ParsedAspect:
    number: int
    title: str
    line: int


@dataclass(frozen=True)
class ParsedSection:
    """A heading between aspect and issues; its number is the last of `path`."""

    path: tuple[int, ...]
    title: str
    line: int


@dataclass(frozen=True)
class ParsedLabel:
    """A labelled line of an issue that is no measure: 责任单位, 整改时限, 原因分析 …; `name` as printed."""

    name: str
    text: str
    line: int


@dataclass(frozen=True)
class ParsedIssue:
    """A leaf of the outline. `path` = the aspect's number, then the printed numbers below it."""

    path: tuple[int, ...]
    title: str
    line: int
    progress: str | None  # terms.ParsedProgress
    progress_text: str | None
    measures: tuple[ParsedMeasure, ...]
    labels: tuple[ParsedLabel, ...] = ()


@dataclass(frozen=True)
class ParsedOutcome:
    """A countable result named in a measure; a proposal until a person confirms it."""

    issue: tuple[int, ...] | None
    metric: str
    value: float
    unit: str
    text: str
    line: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contact:
    phone: str | None = None
    address: str | None = None
    postcode: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class ParsedNotice:
    """The outline of a notice or feedback letter, as notices/text reads it."""

    title: str | None = None
    inspected_party: str | None = None
    inspecting_body: str | None = None
    inspection_start: dt.date | None = None
    inspection_end: dt.date | None = None
    feedback_on: dt.date | None = None
    published_on: dt.date | None = None
    signed_by: str | None = None
    signed_on: dt.date | None = None
    contact: Contact = field(default_factory=Contact)
    aspects: tuple[ParsedAspect, ...] = ()
    sections: tuple[ParsedSection, ...] = ()
    issues: tuple[ParsedIssue, ...] = ()
    outcomes: tuple[ParsedOutcome, ...] = ()
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True)
class Campaign:
    """The days of a campaign that deadline words refer to."""

    plan_on: dt.date | None = None
    feedback_on: dt.date | None = None
    concentrated_until: dt.date | None = None
    immediate_days: int = 30


@dataclass(frozen=True)
class Deadline:
    """What deadline words mean. `problem` is a sentence when the words are not understood; then `day` is None."""

    text: str
    day: dt.date | None = None
    sustained: bool = False
    problem: str | None = None


# --- the ledger: workbook ↔ database --------------------------------------------------------------------------

LedgerValue = str | dt.date  # a cell as it is compared: "" is an empty cell


@dataclass(frozen=True, slots=True)
class CellProblem:
    """Something wrong with a cell, a row or a sheet of a workbook; `message` is a sentence that names the place.

    `row` is 1-based, 0 for the whole sheet. `refuses`: the row cannot be taken over.
    """

    sheet: str
    cell: str
    code: str
    message: str
    row: int = 0
    refuses: bool = False


@dataclass(frozen=True, slots=True)
class LedgerTable:
    """One header with the rows below it. Columns are 0-based, rows 1-based.

    `listed` is the list of our own workbook the table belongs to, "" for a foreign table. `fields` are the schema
    keys read from it, in the order of `LedgerRow.values`; `columns` says where each stands. `extras` maps further
    columns to their header. `signature` names the header row, so that a mapping chosen once is found again.
    `last_row` is where another table begins below, 0 when none does.
    """

    sheet: str
    listed: str
    header_row: int
    first_row: int
    fields: tuple[str, ...]
    columns: dict[str, int]
    headers: dict[int, str]
    extras: dict[int, str]
    signature: str
    last_row: int = 0


class LedgerRow(NamedTuple):
    """One row of a table, or one of several measures found in one row (`part` counts from 0).

    `table` is the index into `Ledger.tables`; `group` is the row in which the row's issue begins.
    `extra` are the texts of columns nobody knows, by header. (A tuple: there are as many as the file has rows.)
    """

    table: int
    row: int
    key: str
    values: tuple[LedgerValue, ...]
    group: int
    part: int
    extra: dict[str, str]


@dataclass(frozen=True, slots=True)
class LedgerMark:
    """What the very hidden sheet of our own workbook says. `frozen`: written from a snapshot, for reading only.
    `origin` tells notices with the same key of two installations apart; "" in workbooks that do not say it."""

    format: str
    notice: int
    export: int
    frozen: bool = False
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """A workbook as read: tables, rows and everything that was noticed on the way."""

    tables: tuple[LedgerTable, ...]
    rows: tuple[LedgerRow, ...]
    problems: tuple[CellProblem, ...]
    mark: LedgerMark | None = None


@dataclass(frozen=True, slots=True)
class StoredIssue:
    """An issue as the ledger shows it. `values` are by schema key."""

    pk: int
    version: int
    number: str
    path: str
    values: dict[str, LedgerValue]
    extra: dict[str, str] = field(default_factory=dict)


class StoredTask(NamedTuple):
    """A task as the ledger shows it. `state` is the code; `units` the ids of every unit with a part in it, `lead` that
    of the lead unit (None also for rows of a snapshot). (A tuple: there are as many as the notice has tasks.)"""

    pk: int
    version: int
    number: str
    issue: int
    state: str
    values: dict[str, LedgerValue]
    units: tuple[int, ...]
    parent: int | None
    extra: dict[str, str]
    lead: int | None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One cell: `base` is what the export said (None without one), `old` what the database says, `new` the upload."""

    key: str
    column: str
    cell: str
    old: LedgerValue
    new: LedgerValue
    base: LedgerValue | None = None


@dataclass(frozen=True, slots=True)
class PlanRow:
    """What an upload would do to one issue or task.

    `kind`: add, change, keep, conflict, refused. `of`: issue or task. `pk` and `version` are of the stored row (None for add).
    `fields` are the changes that would be applied, `conflicts` those a person must decide.
    `issue` is the pk of a task's issue, or minus the position of the added issue's row in the plan, less one.
    `step` is the step of the state table an accepted 状态 asks for.
    """

    sheet: str
    row: int
    key: str
    kind: str
    of: str
    pk: int | None = None
    version: int | None = None
    number: str = ""
    fields: tuple[FieldChange, ...] = ()
    conflicts: tuple[FieldChange, ...] = ()
    reason: str = ""
    issue: int | None = None
    step: str = ""
    values: dict[str, LedgerValue] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an upload would do. `counts` are rows of the file, `changes` cells; kept rows are only counted.

    `missing` are the numbers of stored rows the export had and the upload has no more: nothing happens to them.
    """

    rows: tuple[PlanRow, ...]
    counts: dict[str, int]
    changes: int
    problems: tuple[CellProblem, ...] = ()
    missing: tuple[str, ...] = ()
