"""The uploaded workbook given back with every problem as a comment on a coloured cell, and a sheet that lists them.

Runs in the child process: openpyxl opens somebody else's file. .ods and .csv come back as .xlsx.
"""

import io
from collections.abc import Iterable, Iterator

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from accounts.files.sheets import Sheet
from notices.records import CellProblem, Plan

RESULT_SHEET = "核对结果"
AUTHOR = "台账核对"
LONGEST_COMMENT = 1000
_RED = PatternFill("solid", fgColor="F8CBC6")
_YELLOW = PatternFill("solid", fgColor="FFE9A8")
_FORMULA = ("=", "+", "-", "@")


def remarks_of(plan: Plan) -> list[CellProblem]:
    """Problems, refusals and conflicts of a plan, one per place."""
    found = list(plan.problems)
    for row in plan.rows:
        if row.kind == "refused":
            found.append(
                CellProblem(row.sheet, _cell_in(row.reason), "refused", row.reason, row.row, refuses=True)
            )
        for change in row.conflicts:
            message = f"两边都改了：系统现为“{change.old}”，本表填“{change.new}”，请确认用哪一个。"
            found.append(CellProblem(row.sheet, change.cell, "conflict", message, row.row, refuses=True))
    return list(dict.fromkeys(found))


def _cell_in(reason: str) -> str:
    """任务清单!J12 完成时限… → J12."""
    head = reason.partition("!")[2].split(" ", 1)[0]
    return head if head.isascii() and head[:1].isalpha() and head[-1:].isdigit() else ""


def annotate_xlsx(path: str, problems: list[CellProblem]) -> bytes:
    """Comments and colours in the workbook at `path`."""
    return _finish(load_workbook(path), problems)


def annotate_sheets(sheets: Iterable[Sheet], problems: list[CellProblem]) -> bytes:
    """The same for sheets that came from .ods or .csv: their values in a new workbook."""
    book = Workbook()
    book.remove(book.active)
    for sheet in sheets:
        page = book.create_sheet(sheet.name[:31] or "Sheet")
        for row in sheet.rows:
            page.append([_safe(cell) for cell in row])
        for top, left, bottom, right in sheet.merges:
            page.merge_cells(
                start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1
            )
    return _finish(book, problems)


def _safe(cell: object) -> object:
    """Text that looks like a formula stays text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _finish(book: Workbook, problems: list[CellProblem]) -> bytes:
    for (sheet, cell), messages in _by_place(book, problems).items():
        target = _writable(book[sheet], cell)
        if target is not None:
            text = "\n".join(messages)[:LONGEST_COMMENT]
            target.comment = Comment(text, AUTHOR, height=120, width=320)
            target.fill = _RED if any(p.refuses for p in problems if p.message == messages[0]) else _YELLOW
    _list(book, problems)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _by_place(book: Workbook, problems: Iterable[CellProblem]) -> dict[tuple[str, str], list[str]]:
    """Messages by sheet and cell; a problem of a whole row stands on its first cell."""
    found: dict[tuple[str, str], list[str]] = {}
    for problem in problems:
        if problem.sheet in book.sheetnames and isinstance(book[problem.sheet], Worksheet):
            cell = problem.cell or (f"B{problem.row}" if problem.row else "")
            if cell:
                found.setdefault((problem.sheet, cell), []).append(problem.message)
    return found


def _writable(sheet: Worksheet, cell: str) -> Cell | None:
    found = sheet[cell]
    if isinstance(found, MergedCell):
        area = next((m for m in sheet.merged_cells.ranges if cell in m), None)
        found = sheet.cell(area.min_row, area.min_col) if area else None
    return found if isinstance(found, Cell) else None


def _list(book: Workbook, problems: list[CellProblem]) -> None:
    title = next(_free_names(book))
    page = book.create_sheet(title)
    page.append(["工作表", "单元格", "说明"])
    for cell in page[1]:
        cell.font = Font(bold=True)
    for problem in problems:
        page.append([_safe(problem.sheet), problem.cell, _safe(problem.message)])
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for letter, width in (("A", 16), ("B", 10), ("C", 100)):
        page.column_dimensions[letter].width = width
    for row in page.iter_rows(min_row=2, min_col=3, max_col=3):
        row[0].alignment = Alignment(wrap_text=True, vertical="center")


def _free_names(book: Workbook) -> Iterator[str]:
    for n in range(1, 100):
        name = RESULT_SHEET if n == 1 else f"{RESULT_SHEET}{n}"
        if name not in book.sheetnames:
            yield name
