"""Values of an accepted ledger, sheet by sheet. Runs in the child process only.

Rows are yielded in chunks so that neither side ever holds a second copy of a large sheet.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import python_calamine

from accounts.files.limits import Profile
from accounts.files.office import OfficeFacts
from accounts.files.refusal import Refusal
from accounts.files.rewriting import plain_copy
from accounts.files.sheets import Cell, Remark, Sheet, address
from accounts.files.textual import read_csv
from accounts.files.worksheet import SheetFacts

CHUNK = 2_000
PICTURE = "[图片]"
SHOWN = 12  # addresses named in one remark
EXACT = 10**15
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
DISPIMG = re.compile(r"\s*=?\s*(?:_xlfn\.)?DISPIMG\(", re.IGNORECASE)
ENCODINGS = {
    "gb18030": "GB18030（中文 Windows）",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
}

Rows = list[list[Cell]]
Piece = Sheet | Rows | tuple[Remark, ...]


def read_pieces(
    path: str, kind: str, profile: Profile, facts: OfficeFacts | None, tables: list[Sheet]
) -> Iterator[Piece]:
    """`facts` of an accepted workbook, `tables` of an accepted .ods, as the gate found them. For each sheet a `Sheet` without rows, then its rows in chunks; at the very end the remarks."""
    if kind == "csv":
        yield from _read_csv(path, profile)
    elif kind == "ods":
        yield from _read_ods(tables)
    else:
        assert facts is not None
        yield from _read_xlsx(path, profile, facts)


@dataclass
class Cleaner:
    """Turns calamine's values into ours and remembers where something odd stood."""

    sheet: str
    pictures: list[tuple[int, int]] = field(default_factory=list)
    long_numbers: list[tuple[int, int]] = field(default_factory=list)
    controls: list[tuple[int, int]] = field(default_factory=list)
    endless: list[tuple[int, int]] = field(default_factory=list)
    _odd: list[list[tuple[int, int]]] = field(default_factory=list)

    def row(self, index: int, left: int, values: list[Cell]) -> list[Cell]:
        cells: list[Cell] = [
            value
            if type(value) is str and value and value[0] != "=" and value.isprintable()
            else self._clean(value)
            for value in values
        ]
        if self._odd:
            self._locate(index, left, values)
        while cells and cells[-1] is None:
            cells.pop()
        return [None] * left + cells if left and cells else cells

    def _clean(self, value: Cell) -> Cell:
        if type(value) is str:
            return self._clean_text(value)
        if type(value) is float:
            if value.is_integer():
                if abs(value) >= EXACT:
                    self._odd.append(self.long_numbers)
                    return value
                return int(value)
            if not math.isfinite(value):
                self._odd.append(self.endless)
                return None
            return value
        return value

    def _clean_text(self, value: str) -> Cell:
        if not value:
            return None
        if value[0] in "=_" and DISPIMG.match(value):
            self._odd.append(self.pictures)
            return PICTURE
        value = value.replace("\r\n", "\n").replace("\r", "\n")
        if CONTROLS.search(value):
            self._odd.append(self.controls)
            value = CONTROLS.sub("", value)
        return value or None

    def _locate(self, index: int, left: int, values: list[Cell]) -> None:
        """Clean the odd row once more, cell by cell, to learn the addresses."""
        self._odd.clear()
        for column, value in enumerate(values):
            self._clean(value)
            for where in self._odd:
                where.append((index, left + column))
            self._odd.clear()

    def remarks(self) -> Iterator[Remark]:
        told = (
            (self.pictures, "picture", "是嵌入单元格的图片，已读作“[图片]”，图片本身请作为佐证材料上传"),
            (
                self.long_numbers,
                "long_number",
                "的数字超过 15 位，末几位在 Excel 里已经失真，请改成文本格式后重填",
            ),
            (self.controls, "control", "含有看不见的控制字符，已去掉"),
            (self.endless, "number", "的数字大得无法表示，读作空白，请核对后重填"),
        )
        for places, code, words in told:
            if places:
                yield Remark(code, f"{name_places(self.sheet, places)} {words}。")


def name_places(sheet: str, places: list[tuple[int, int]]) -> str:
    shown = "、".join(address(row, column) for row, column in places[:SHOWN])
    more = f" 等 {len(places)} 处" if len(places) > SHOWN else ""
    return f"{sheet}!{shown}{more}"


def _read_xlsx(path: str, profile: Profile, facts: OfficeFacts) -> Iterator[Piece]:
    remarks: list[Remark] = []
    broken = [part for part, sheet in facts.parts.items() if sheet.dimension_broken]
    if facts.foreign or facts.moved or broken:
        with plain_copy(path, profile, facts, broken) as copy:
            yield from _read_calamine(copy.name, profile, facts, remarks)
    else:
        yield from _read_calamine(path, profile, facts, remarks)
    if not facts.parts:
        raise Refusal("no_sheets", "工作簿里只有图表，没有可以读取的工作表。请检查文件后重新上传。")
    if facts.date1904:
        remarks.append(Remark("date1904", "工作簿使用 1904 日期系统，日期已按该系统换算。"))
    if facts.rich_pictures:
        remarks.append(
            Remark("picture", "工作簿里有放置在单元格中的图片，读作空白，图片请另外作为佐证材料上传。")
        )
    yield tuple(remarks)


def _read_calamine(path: str, profile: Profile, facts: OfficeFacts, remarks: list[Remark]) -> Iterator[Piece]:
    parts = {name: part for name, part, _ in facts.sheets}
    try:
        with python_calamine.CalamineWorkbook.from_path(path) as book:
            for index, told in enumerate(book.sheets_metadata):
                sheet = facts.parts.get(parts.get(told.name, ""))
                if told.typ != python_calamine.SheetTypeEnum.WorkSheet or sheet is None:
                    continue
                visible = told.visible == python_calamine.SheetVisibleEnum.Visible
                yield from _read_sheet(book.get_sheet_by_index(index), told.name, visible, sheet, remarks)
    except python_calamine.CalamineError as error:
        raise Refusal(
            "unreadable",
            "工作簿内部有误，无法读出单元格。请用 Excel 或 WPS 打开并另存为新的 .xlsx 后重新上传。",
        ) from error


def _read_sheet(
    sheet: python_calamine.CalamineSheet, name: str, visible: bool, facts: SheetFacts, remarks: list[Remark]
) -> Iterator[Piece]:
    merges = _merges(sheet)
    yield Sheet(name, visible, [], merges, tuple(facts.hidden_rows), tuple(facts.uncached))
    cleaner = Cleaner(name)
    left = sheet.start[1] if sheet.start else 0  # iter_rows begins at row 1, but at the first used column
    rows = (cleaner.row(index, left, values) for index, values in enumerate(sheet.iter_rows()))  # type: ignore[arg-type]
    yield from _chunks(rows)
    remarks.extend(_sheet_remarks(name, visible, list(facts.hidden_rows), facts.uncached))
    remarks.extend(cleaner.remarks())


def _chunks(rows: Iterable[list[Cell]]) -> Iterator[Rows]:
    """The rows in bundles, without the empty ones at the end."""
    chunk: Rows = []
    blank = 0
    for cells in rows:
        if not cells:
            blank += 1
            continue
        chunk.extend([] for _ in range(blank))
        blank = 0
        chunk.append(cells)
        if len(chunk) >= CHUNK:
            yield chunk
            chunk = []
    yield chunk


def _merges(sheet: python_calamine.CalamineSheet) -> list[tuple[int, int, int, int]]:
    end = sheet.end
    if end is None:
        return []
    return [
        (top, left, min(bottom, end[0]), right)
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or []
        if top <= end[0]
    ]


def _sheet_remarks(
    name: str, visible: bool, hidden: list[int], uncached: list[tuple[int, int]] | tuple[tuple[int, int], ...]
) -> Iterator[Remark]:
    if not visible:
        yield Remark("hidden_sheet", f"工作表“{name}”是隐藏的，其中的内容也已读入。")
    if hidden:
        shown = "、".join(str(row + 1) for row in hidden[:SHOWN])
        more = f" 等 {len(hidden)} 行" if len(hidden) > SHOWN else ""
        yield Remark("hidden_rows", f"工作表“{name}”的第 {shown} 行{more}是隐藏的，其中的内容也已读入。")
    if uncached:
        places = name_places(name, list(uncached))
        yield Remark(
            "uncached",
            f"{places} 的公式没有结果或结果出错（如 #REF!），读作空白。请用 Excel 或 WPS 打开、改正并保存后重新上传。",
        )


def _read_ods(tables: list[Sheet]) -> Iterator[Piece]:
    remarks: list[Remark] = []
    for sheet in tables:
        yield Sheet(sheet.name, sheet.visible, [], sheet.merges, sheet.hidden_rows, sheet.uncached)
        cleaner = Cleaner(sheet.name)
        yield from _chunks(cleaner.row(index, 0, row) for index, row in enumerate(sheet.rows))
        remarks.extend(_sheet_remarks(sheet.name, sheet.visible, list(sheet.hidden_rows), sheet.uncached))
        remarks.extend(cleaner.remarks())
    yield tuple(remarks)


def _read_csv(path: str, profile: Profile) -> Iterator[Piece]:
    rows, encoding = read_csv(Path(path).read_bytes(), profile)
    yield Sheet("CSV", True, [])
    cleaner = Cleaner("CSV")
    yield from _chunks(cleaner.row(index, 0, list(row)) for index, row in enumerate(rows))
    remarks = list(cleaner.remarks())
    if encoding in ENCODINGS:
        remarks.append(
            Remark("encoding", f"CSV 按 {ENCODINGS[encoding]} 编码读取；如有乱码，请另存为 .xlsx 后上传。")
        )
    yield tuple(remarks)
