"""A plain table as a workbook: one sheet, a frozen heading, every text a text. Memory stays flat."""

from collections.abc import Iterable, Sequence
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

_WIDEST = 32_000  # characters of a cell; Excel takes 32,767


def write_table(
    target: IO[bytes], title: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[object]]
) -> int:
    """`columns`: heading and width in characters. Cells are texts, numbers or None; a text that looks like a formula
    is a text. Returns how many rows were written."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for number, (_, width) in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    heads = [WriteOnlyCell(sheet, value=name) for name, _ in columns]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    wrapped, count = Alignment(wrap_text=True, vertical="top"), 0
    for row in rows:
        sheet.append([_cell(sheet, value, wrapped) for value in row])
        count += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{count + 1}"
    book.save(target)
    return count


def _cell(sheet: object, value: object, alignment: Alignment) -> object:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value)[:_WIDEST])
    cell.data_type = "s"
    cell.alignment = alignment
    return cell
