"""The empty workbook: styles, titles, drop-downs, widths, freeze, conditional colours, print set-up. Pure.

openpyxl makes it once per export; the rows are streamed into it by notices/ledger/write.py. A sample row tells
the writer which style each column has.
"""

import datetime as dt
from collections.abc import Callable, Hashable
from copy import copy
from dataclasses import astuple, dataclass
from typing import Any, NamedTuple

from openpyxl import Workbook
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from notices.ledger.schema import (
    BY_KEY,
    FORMAT_VERSION,
    FROZEN,
    HELP_SHEET,
    KEY_HEADERS,
    LAYOUT,
    LIST_TITLES,
    META_SHEET,
    NO,
    YES,
    column_help,
    width_of,
)
from notices.terms import MeasureKind, State

TITLE_ROW, NOTE_ROW, HEADER_ROW = 1, 2, 3
FIRST_DATA_ROW = 4
SPARE_ROWS = 500  # below the data, so that new rows get the drop-downs as well
A3, A4 = 8, 9
PAPER = {"issues": A3, "tasks": A3, "duties": A4, "progress": A4, "wide": A3}
SONG, HEI = "宋体", "黑体"
_LINE = Side(style="thin", color="B8BEC6")
BORDER = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
HEADER_FILL = PatternFill("solid", fgColor="DCE6F1")
GREY_FILL = PatternFill("solid", fgColor="F2F3F5")
GREY_TEXT = "7A828C"
CENTERED = {"number", "date", "deadline", "state", "yes_no", "interval", "measure_kind", "count", "rate"}
CENTERED_KEYS = {"leader", "contact", "phone", "role", "unit", "light", "issue_progress", "source"}
# word of the light → (fill, text)
LIGHT_COLOURS = {
    "红灯": ("F8CBC6", "9C1C10"),
    "黄灯": ("FFE9A8", "7A5A00"),
    "绿灯": ("D5EBD3", "1E6B2B"),
    "长期坚持": ("D3E4F7", "1B4F8A"),
    "已完成": ("E4E6E9", "4C545E"),
}
EMPTY = {
    "issues": "没有问题",
    "tasks": "没有任务",
    "duties": "没有承担任务的单位",
    "progress": "没有问题",
    "wide": "没有问题和任务",
}
REVIEW_CHOICES = ("每月", "每季度", "每半年", "每年")


@dataclass(frozen=True)
class Frame:
    """What is printed around the rows of an export. `counts` are the rows of each list. `made_at`: the instant the
    workbook names as its making, so that a frozen ledger gives the same bytes each time; None is the present.
    `scope` says which rows these are when they are not all; `extras` are the columns nobody knows, of tasks and of issues.
    `origin` tells the notice from one with the same key in another installation.
    `frozen`: the workbook is for reading, and the reader of uploads is told so.
    """

    title: str
    filled_by: str
    as_of: str
    notice: int
    export: int
    units: tuple[str, ...]
    counts: dict[str, int]
    extras: tuple[str, ...] = ()
    issue_extras: tuple[str, ...] = ()
    scope: str = ""
    origin: str = ""
    note: str = ""
    made_at: dt.datetime | None = None
    frozen: bool = False


class Wardrobe:
    """The looks of a workbook, each put together once: openpyxl goes through every font, border and alignment it has for
    each one that is set."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Any] = {}

    def dress(self, cell: Any, look: Hashable, put_on: Callable[[Any], None]) -> None:
        """`put_on` sets the styles of a cell of this look; it is called for the first of them only."""
        kept = self._kept.get(look)
        if kept is None:
            put_on(cell)
            self._kept[look] = copy(cell._style)
        else:
            cell._style = copy(kept)


class Look(NamedTuple):
    """Of a cell below the header: what its row and column make of it."""

    row: int
    grey_text: bool
    centered: bool
    grey: bool
    number_format: str
    measure: bool


def build(frame: Frame) -> Workbook:
    """The workbook with header rows and sample rows per list (row 4: plain style; row 5: the text-safe variant; row 6: the
    variant for parts; rows 7 and 8: plain and text-safe of a row that cannot be high enough)."""
    book = Workbook()
    book.remove(book.active)
    wardrobe = Wardrobe()
    for listed in LAYOUT:
        _list_sheet(book.create_sheet(LIST_TITLES[listed]), listed, frame, wardrobe)
    _help_sheet(book.create_sheet(HELP_SHEET), wardrobe)
    _meta_sheet(book.create_sheet(META_SHEET), frame)
    book.properties.title = f"{frame.title}三清单"
    book.properties.creator = frame.filled_by
    return book


def headers_of(listed: str, frame: Frame) -> list[str]:
    """The printed headers, key column first, columns nobody knows last."""
    known = [BY_KEY[k].header_in(listed) for k in LAYOUT[listed]]
    extras = {"tasks": frame.extras, "wide": frame.extras, "issues": frame.issue_extras}
    return [KEY_HEADERS[listed], *known, *extras.get(listed, ())]


def _list_sheet(sheet: Worksheet, listed: str, frame: Frame, wardrobe: Wardrobe) -> None:
    headers = headers_of(listed, frame)
    last = get_column_letter(len(headers))
    bottom = FIRST_DATA_ROW + frame.counts.get(listed, 0) - 1
    _heading(sheet, listed, frame, last)
    for column, header in enumerate(headers, 1):
        wardrobe.dress(sheet.cell(HEADER_ROW, column, header), "header", _as_header)
    sheet.row_dimensions[HEADER_ROW].height = 30
    _samples(sheet, listed, len(headers), wardrobe)
    _widths(sheet, listed, len(headers))
    _drop_downs(sheet, listed, bottom + SPARE_ROWS, len(frame.units))
    _colours(sheet, listed, bottom + SPARE_ROWS)
    sheet.freeze_panes = sheet.cell(FIRST_DATA_ROW, 3 if listed != "duties" else 5)
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{last}{max(bottom, HEADER_ROW)}"
    _print(sheet, listed, frame, last)


def _heading(sheet: Worksheet, listed: str, frame: Frame, last: str) -> None:
    sheet["B1"] = f"{frame.title}{LIST_TITLES[listed]}"
    sheet["B1"].font = Font(name=HEI, size=18)
    sheet["B1"].alignment = Alignment("center", "center")
    sheet.merge_cells(f"B1:{last}1")
    sheet.row_dimensions[TITLE_ROW].height = 36
    parts = [f"填报单位：{frame.filled_by}", f"截至：{frame.as_of}", "单位：项"]
    if frame.scope:
        parts.append(f"范围：{frame.scope}")
    if not frame.counts.get(listed, 0):
        parts.append(EMPTY[listed])
    if frame.note and listed == "wide":
        parts.append(frame.note)
    if frame.frozen:
        parts.append("本表为台账快照，供查看和打印，不能上传")
    elif listed in ("progress", "wide"):
        parts.append("本表供查看和打印，修改请在任务清单")
    sheet["B2"] = "    ".join(parts)
    sheet["B2"].font = Font(name=SONG, size=10)
    sheet["B2"].alignment = Alignment("left", "center")
    sheet.merge_cells(f"B2:{last}2")
    sheet.row_dimensions[NOTE_ROW].height = 20


def _as_header(cell: Any) -> None:
    cell.font, cell.fill, cell.border = Font(name=HEI, size=10), HEADER_FILL, BORDER
    cell.alignment = Alignment("center", "center", wrap_text=True)


def _samples(sheet: Worksheet, listed: str, width: int, wardrobe: Wardrobe) -> None:
    """Rows 4 to 8 carry the styles; the writer reads their numbers and drops the rows."""
    keys = ("", *LAYOUT[listed])
    for row in (4, 5, 6, 7, 8):
        for column in range(1, width + 1):
            key = keys[column - 1] if column <= len(keys) else "extra"
            look = _look(row, listed, key)
            wardrobe.dress(sheet.cell(row, column, "x"), look, _worn(look))


def _look(row: int, listed: str, key: str) -> Look:
    column = BY_KEY.get(key)
    kind = column.kind if column else "text"
    editable = bool(column and listed in column.editable) or key == "extra"
    written = "General"
    if row in (5, 8) or kind == "number" or key == "phone" or not key:
        written = "@"
    elif kind in ("date", "deadline"):
        written = "yyyy-mm-dd"
    elif kind == "rate":
        written = "0.00%"
    return Look(
        row=row,
        grey_text=kind == "number",
        centered=kind in CENTERED or key in CENTERED_KEYS,
        grey=not editable and listed not in ("progress", "wide"),
        number_format=written,
        measure=row == 6 and key == "measure",
    )


def _worn(look: Look) -> Callable[[Any], None]:
    def put_on(cell: Any) -> None:
        cell.font = Font(name=SONG, size=10, color=GREY_TEXT if look.grey_text else None)
        cell.border = BORDER
        if look.grey:
            cell.fill = GREY_FILL
        cell.number_format = look.number_format
        cell.quotePrefix = look.row in (5, 8)
        horizontal = "center" if look.centered and not look.measure else "left"
        vertical = "top" if look.row > 6 else "center"
        cell.alignment = Alignment(horizontal, vertical, wrap_text=True, indent=2 if look.measure else 0)

    return put_on


def _widths(sheet: Worksheet, listed: str, width: int) -> None:
    sheet.column_dimensions["A"].hidden = True
    sheet.column_dimensions["A"].width = 10
    for column, key in enumerate(LAYOUT[listed], 2):
        sheet.column_dimensions[get_column_letter(column)].width = width_of(listed, key)
    for column in range(len(LAYOUT[listed]) + 2, width + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 14


def _drop_downs(sheet: Worksheet, listed: str, bottom: int, n_units: int) -> None:
    if listed in ("progress", "wide"):
        return
    choices = {
        "state": ",".join(State.labels),
        "kind": ",".join(MeasureKind.labels),
        "keep_up": f"{YES},{NO}",
        "review_days": ",".join(REVIEW_CHOICES),
    }
    for column, key in enumerate(LAYOUT[listed], 2):
        letter = get_column_letter(column)
        rule, free = None, False
        if listed not in BY_KEY[key].editable:
            rule = DataValidation("custom", formula1="FALSE", allow_blank=True, errorStyle="stop")
            rule.errorTitle, rule.error = "不能修改", "本列由系统生成,请勿修改；新增的行请留空。"
        elif key in choices:
            rule = DataValidation("list", formula1=f'"{choices[key]}"', allow_blank=True)
            rule.errorTitle, rule.error = "请从下拉中选择", BY_KEY[key].help[:200]
            rule.errorStyle = "stop" if key != "review_days" else "information"
        elif BY_KEY[key].kind == "units" and n_units:
            rule = DataValidation("list", formula1=f"'{META_SHEET}'!$D$1:$D${n_units}", allow_blank=True)
            free = True
        elif key == "finished_on":
            rule = DataValidation(
                "date", operator="greaterThan", formula1="36526", allow_blank=True, errorStyle="warning"
            )
            rule.errorTitle, rule.error = "请填日期", "请按 2026-12-31 的写法填写日期。"
        if rule is not None:
            rule.showErrorMessage = not free
            rule.add(f"{letter}{FIRST_DATA_ROW}:{letter}{bottom}")
            sheet.add_data_validation(rule)


def _colours(sheet: Worksheet, listed: str, bottom: int) -> None:
    """The light's colour on the light, the deadline and the state; the word stands in the light's column."""
    keys = LAYOUT[listed]
    if "light" not in keys:
        return
    light = get_column_letter(keys.index("light") + 2)
    for key in ("light", "deadline", "state"):
        letter = get_column_letter(keys.index(key) + 2)
        area = f"{letter}{FIRST_DATA_ROW}:{letter}{bottom}"
        for word, (fill, text) in LIGHT_COLOURS.items():
            rule = FormulaRule(
                formula=[f'${light}{FIRST_DATA_ROW}="{word}"'],
                fill=PatternFill(bgColor=fill, fill_type="solid"),
                font=Font(color=text),
            )
            sheet.conditional_formatting.add(area, rule)


def _print(sheet: Worksheet, listed: str, frame: Frame, last: str) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = PAPER[listed]
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    sheet.print_options.horizontalCentered = True
    margins = sheet.page_margins
    margins.left = margins.right = 0.4
    margins.top, margins.bottom, margins.header, margins.footer = 0.55, 0.6, 0.3, 0.3
    sheet.oddFooter.left.text = f"{frame.filled_by}  {frame.as_of}"
    sheet.oddFooter.center.text = "第 &P 页，共 &N 页"
    sheet.oddFooter.right.text = "严禁填写涉密信息"
    for part in (sheet.oddFooter.left, sheet.oddFooter.center, sheet.oddFooter.right):
        part.size = 9
    sheet.sheet_view.zoomScale = 90


def _as_help_header(cell: Any) -> None:
    cell.font, cell.fill, cell.border = Font(name=HEI, size=10), HEADER_FILL, BORDER
    cell.alignment = Alignment("center", "center")


def _as_help(cell: Any) -> None:
    cell.font, cell.border = Font(name=SONG, size=10), BORDER
    cell.alignment = Alignment("center" if cell.column < 4 else "left", "center", wrap_text=True)


def _help_sheet(sheet: Worksheet, wardrobe: Wardrobe) -> None:
    sheet["A1"] = HELP_SHEET
    sheet["A1"].font = Font(name=HEI, size=18)
    sheet["A1"].alignment = Alignment("center", "center")
    sheet.merge_cells("A1:E1")
    sheet.row_dimensions[1].height = 36
    notes = (
        "一、可以修改：问题清单的问题各列，任务清单的任务各列，责任清单的责任人和联系电话。灰色的列由系统生成，改了也不采用。",
        "二、可以排序、筛选、隐藏列。每行开头有一个隐藏的行键，整行剪切、排序都不影响；复制一行作为新增时，请清空行键和编号。",
        "三、新增一行：行键和编号留空，任务要填所属问题的编号。子任务（缩进的行）可以修改，新增子任务请在上级任务的网页上点“增加子任务”。",
        "四、删去一行：原有内容不受影响，撤销任务请在网页上办理。",
        "五、上传后先看到改动清单，确认后才写入；他人同时改了同一格的，会并排列出由您选择。",
        "六、问题清单和任务清单的最后一列右侧可以自己加列，内容随行保存，下次下载时原样带回。",
    )
    for row, note in enumerate(notes, 2):
        sheet.cell(row, 1, note).alignment = Alignment("left", "center", wrap_text=True)
        sheet.cell(row, 1).font = Font(name=SONG, size=11)
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=5)
        sheet.row_dimensions[row].height = 34
    top = len(notes) + 3
    for column, header in enumerate(("清单", "列名", "谁能改", "怎么填", "举例"), 1):
        wardrobe.dress(sheet.cell(top, column, header), "help header", _as_help_header)
    for row, line in enumerate(map(astuple, column_help()), top + 1):
        for column, text in enumerate(line, 1):
            wardrobe.dress(sheet.cell(row, column, text), ("help", column < 4), _as_help)
        sheet.row_dimensions[row].height = 15 * max(1, -(-2 * len(line[3]) // 54), -(-2 * len(line[4]) // 34))
    for letter, width in zip("ABCDE", (11, 14, 14, 56, 36), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "portrait", A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{top}:{top}"
    sheet.oddFooter.center.text = "第 &P 页，共 &N 页"


def _meta_sheet(sheet: Worksheet, frame: Frame) -> None:
    """Very hidden: what the reader needs to know the file again, and the names for the unit drop-downs."""
    sheet.sheet_state = "veryHidden"
    export = FROZEN if frame.frozen else str(frame.export)
    said = (
        ("format", FORMAT_VERSION),
        ("notice", str(frame.notice)),
        ("export", export),
        ("origin", frame.origin),
    )
    for row, (name, value) in enumerate(said, 1):
        sheet.cell(row, 1, name)
        sheet.cell(row, 2, value)
    for row, unit in enumerate(frame.units, 1):
        cell = sheet.cell(row, 4, unit)
        cell.data_type = "s"
