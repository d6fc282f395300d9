"""OpenDocument spreadsheets: values of content.xml, with every repetition counted before it is expanded."""

import datetime as dt
import re

from accounts.files.limits import LAST_COLUMN, LAST_ROW, MAX_COLUMNS, MAX_SHEETS, Profile
from accounts.files.refusal import Refusal
from accounts.files.sheets import Cell, Sheet
from accounts.files.worksheet import MAX_MERGE, RESERVE, check_call

# Not part of a cell's value: comments, and drawings that merely float above the cell.
BESIDE = {"annotation", "frame", "custom-shape", "shapes", "control", "g"}
DURATION = re.compile(r"(-?)P(?:(\d{1,6})D)?T?(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})(?:[.,](\d+))?S)?")


class TableRules:
    """Handlers for content.xml. The values are collected in `sheets`."""

    def __init__(self, profile: Profile) -> None:
        self.sheets: list[Sheet] = []
        self._profile = profile
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._open_sheet: dict[str, str] | None = None
        self._cells = self._letters = 0
        self._merged = 0
        self._skip = 0
        self._reset_sheet()
        self._reset_row({})
        self._cell: dict[str, str] | None = None
        self._lines: list[str] = []
        self._starts = {
            "style": self._on_style,
            "table-properties": self._on_table_properties,
            "table": self._on_table,
            "table-row": self._reset_row,
            "table-cell": self._on_cell,
            "covered-table-cell": self._on_cell,
            "p": self._on_paragraph,
            "s": self._on_blanks,
        }
        self._ends = {"table": self._end_table, "table-row": self._end_row}

    def start(self, name: str, attributes: dict[str, str], depth: int) -> None:
        if name in (
            "dde-link",
            "dde-source",
            "event-listeners",
            "event-listener",
            "script",
            "plugin",
            "applet",
        ):
            raise Refusal("macro", "表格里有宏、控件或外部程序链接，已拒绝。请另存为 .xlsx 后重新上传。")
        if name in ("table-source", "object-ole"):
            raise Refusal(
                "external_link", "表格里有指向其他文件的链接或嵌入对象，已拒绝。请断开链接后重新上传。"
            )
        local = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        self._check_reference(name, local)
        if self._skip or name in BESIDE:
            self._skip += 1
            return
        on = self._starts.get(name)
        if on is not None:
            on(local)
        elif self._cell is not None and name in ("tab", "line-break"):
            self.text("\t" if name == "tab" else "\n")

    def end(self, name: str) -> None:
        if self._skip:
            self._skip -= 1
            return
        if name in ("table-cell", "covered-table-cell"):
            self._end_cell()
        elif name in self._ends:
            self._ends[name]()

    def text(self, text: str) -> None:
        if self._cell is not None and self._lines and not self._skip:
            self._lines[-1] += text

    def _check_reference(self, name: str, local: dict[str, str]) -> None:
        target = local.get("href", "")
        if name in ("image", "object") and re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//|\.\./\.\.|\\\\|/", target):
            raise Refusal("external", "表格引用了外部内容，不允许上传。请断开链接或改为嵌入后重新上传。")
        if "formula" in local:
            check_call("表格", local["formula"].partition("=")[2] or local["formula"])

    def _on_style(self, local: dict[str, str]) -> None:
        self._style = local.get("name", "")

    def _on_table_properties(self, local: dict[str, str]) -> None:
        if local.get("display") == "false":
            self._hidden_styles.add(self._style)

    def _reset_sheet(self) -> None:
        self._rows: list[list[Cell]] = []
        self._merges: list[tuple[int, int, int, int]] = []
        self._hidden: list[int] = []
        self._uncached: list[tuple[int, int]] = []
        self._row_index = self._valued_rows = 0

    def _on_table(self, local: dict[str, str]) -> None:
        if self._open_sheet is not None:
            raise Refusal("nested_table", "表格的单元格里又套有表格，无法读取。请另存为 .xlsx 后重新上传。")
        if len(self.sheets) >= MAX_SHEETS:
            raise Refusal("sheets", f"表格文件超过 {MAX_SHEETS} 个工作表，请删去不需要的工作表后重新上传。")
        self._open_sheet = local
        self._reset_sheet()

    def _end_table(self) -> None:
        assert self._open_sheet is not None
        name = self._open_sheet.get("name", "")
        visible = self._open_sheet.get("style-name", "-") not in self._hidden_styles
        self.sheets.append(
            Sheet(name, visible, self._rows, self._clipped(), tuple(self._hidden), tuple(self._uncached))
        )
        self._open_sheet = None

    def _clipped(self) -> list[tuple[int, int, int, int]]:
        last = len(self._rows) - 1
        return [
            (top, left, min(bottom, last), right) for top, left, bottom, right in self._merges if top <= last
        ]

    def _reset_row(self, local: dict[str, str]) -> None:
        self._row = local
        self._values: list[Cell] = []
        self._column = 0

    def _end_row(self) -> None:
        repeat = _count(self._row, "number-rows-repeated", LAST_ROW)
        begin = self._row_index
        self._row_index += repeat
        if self._row_index > LAST_ROW:
            raise Refusal("reference", f"工作表超过 {LAST_ROW} 行，文件内部有误。请另存为 .xlsx 后重新上传。")
        if not self._values:
            return
        self._valued_rows += repeat
        self._cells += repeat * len(self._values)
        if self._valued_rows > self._profile.rows + RESERVE:
            raise Refusal("rows", f"工作表超过 {self._profile.rows} 行，请拆分成几个文件后分别上传。")
        if self._cells > self._profile.cells or self._row_index * len(self._values) > self._profile.cells:
            raise Refusal("sparse", "工作表的内容铺得过远，中间大片空白。请删去远处的多余内容后重新上传。")
        self._letters += repeat * sum(len(value) for value in self._values if isinstance(value, str))
        if self._letters > self._profile.text:
            raise Refusal(
                "text_total", "表格展开后的文字过多。请删去大段重复的内容，或拆分成几个文件后分别上传。"
            )
        if self._row.get("visibility", "visible") != "visible":
            self._hidden.extend(range(begin, begin + repeat))
        self._rows.extend([] for _ in range(begin - len(self._rows)))
        self._rows.extend(list(self._values) for _ in range(repeat))

    def _on_cell(self, local: dict[str, str]) -> None:
        self._cell = local
        self._lines = []

    def _on_paragraph(self, _: dict[str, str]) -> None:
        if self._cell is not None:
            self._lines.append("")

    def _on_blanks(self, local: dict[str, str]) -> None:
        self.text(" " * _count(local, "c", 32_767))

    def _end_cell(self) -> None:
        local, self._cell = self._cell or {}, None
        repeat = _count(local, "number-columns-repeated", LAST_COLUMN)
        begin = self._column
        self._column += repeat
        if self._column > LAST_COLUMN:
            raise Refusal(
                "reference", f"工作表超过 {LAST_COLUMN} 列，文件内部有误。请另存为 .xlsx 后重新上传。"
            )
        self._note_merge(local, begin)
        value = _value(local, "\n".join(self._lines))
        if value is None:
            if "formula" in local:
                self._uncached.append((self._row_index, begin))
            return
        if self._column > MAX_COLUMNS:
            raise Refusal("columns", f"工作表超过 {MAX_COLUMNS} 列，请删去右侧多余内容后重新上传。")
        self._values.extend([None] * (begin - len(self._values)))
        self._values.extend([value] * repeat)

    def _note_merge(self, local: dict[str, str], column: int) -> None:
        rows = _count(local, "number-rows-spanned", LAST_ROW)
        columns = _count(local, "number-columns-spanned", LAST_COLUMN)
        if rows * columns == 1:
            return
        self._merged += rows * columns
        if (
            rows * columns > MAX_MERGE
            or self._merged > self._profile.merged
            or len(self._merges) >= self._profile.merges
        ):
            raise Refusal("merge_area", "合并单元格范围过大或过多，请取消整表、整列的合并后重新上传。")
        top = self._row_index
        self._merges.append((top, column, top + rows - 1, column + columns - 1))


def _count(local: dict[str, str], key: str, most: int) -> int:
    told = local.get(key, "1")
    if not told.isdecimal() or len(told) > 8 or not 1 <= int(told) <= most:
        raise Refusal(
            "reference", "表格里的重复次数或合并范围超出了工作表的范围。请另存为 .xlsx 后重新上传。"
        )
    return int(told)


def _value(local: dict[str, str], shown: str) -> Cell:
    """The typed value of a cell; a value that cannot be read as its type is given as it is shown."""
    kind = local.get("value-type", "")
    try:
        if kind in ("float", "percentage", "currency"):
            number = float(local["value"])
            return int(number) if number.is_integer() and abs(number) < 1e15 else number
        if kind == "date":
            return _date(local["date-value"])
        if kind == "time":
            return _time(local["time-value"])
        if kind == "boolean":
            return local["boolean-value"] == "true"
    except (KeyError, ValueError, OverflowError):
        return shown or None
    return local.get("string-value", shown) or None


def _date(told: str) -> Cell:
    if "T" not in told:
        return dt.date.fromisoformat(told)
    moment = dt.datetime.fromisoformat(told[:19])
    return moment.date() if moment.time() == dt.time() else moment


def _time(told: str) -> Cell:
    found = DURATION.fullmatch(told)
    if not found:
        raise ValueError(told)
    days, hours, minutes, seconds = (int(found[group] or 0) for group in (2, 3, 4, 5))
    length = dt.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if found[1] or length >= dt.timedelta(days=1):
        return -length if found[1] else length
    return (dt.datetime(2000, 1, 1) + length).time()  # noqa: DTZ001 - a time of day, no instant
