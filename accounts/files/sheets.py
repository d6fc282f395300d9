"""What a workbook looks like once it has been read: the shapes every consumer works with.

Positions count from 0: `rows[r][c]` is the cell in Excel row r + 1, column c + 1. Rows above and columns left
of the first value are there (filled with None), so `address(r, c)` is always the address printed in Excel.
Rows may differ in length (a missing cell is an empty cell); trailing empty rows are cut off.
"""

import datetime as dt
from dataclasses import dataclass, field

Cell = None | str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta


@dataclass(frozen=True)
class Remark:
    """Something odd that was read all the same; `code` is stable, `message` a Chinese sentence with its place."""

    code: str
    message: str


@dataclass(frozen=True)
class Sheet:
    """One sheet of values.

    `merges` are (first row, first column, last row, last column), all inclusive, counted from 0, clipped to the
    rows read. `hidden_rows` lists rows hidden by hand or by a filter: their values are in `rows` all the same.
    `uncached` lists cells whose formula carries no stored result: their value is None.
    """

    name: str
    visible: bool
    rows: list[list[Cell]]
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: tuple[int, ...] = ()
    uncached: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Workbook:
    """`kind` is xlsx, ods or csv; sheets stand in the order of their tabs."""

    kind: str
    sheets: tuple[Sheet, ...]
    warnings: tuple[Remark, ...] = ()


def column_letters(column: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(row: int, column: int) -> str:
    """(0, 0) → A1."""
    return f"{column_letters(column)}{row + 1}"
