"""What a worksheet part may contain, and what a reader wants to know about it later."""

import re
from dataclasses import dataclass, field

from accounts.files.grid import outside, parse_cell, parse_range
from accounts.files.limits import LAST_COLUMN, LAST_ROW, MAX_COLUMNS, Profile
from accounts.files.markup import NoRules
from accounts.files.refusal import Refusal

RESERVE = 200  # title, head and foot lines above and below the rows that count
MAX_MERGE = 200_000  # cells in one merge: a whole row is 16,384
MAX_AREAS = 20_000  # ranges of one rule
MAX_HEADER = 2_048
AGAIN = "请用 Excel 或 WPS 打开并另存为新文件后重新上传。"
QUOTED = re.compile(r'"[^"]*+"?' + r"|'(?:[^']|'')*+'?")
DDE = re.compile(r"[\w.]\|[\w'\"]", re.IGNORECASE)
CALLS = re.compile(
    r"(?:^|[^\w.])(?:_xlfn\.|_xlws\.)*(?:WEBSERVICE|FILTERXML|CALL|EXEC|REGISTER(?:\.ID)?|URLDOWNLOADTOFILE\w*|"
    r"DDE|DDEREQUEST|RTD|SQL\.REQUEST|IMAGE)\s*\(",
    re.IGNORECASE,
)
COLLECTED = {"f", "formula1", "formula2", "formula", "sqref"}
LONGEST_FORMULA = 8_192  # characters, as in Excel
HEADERS = {"oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter"}


@dataclass
class SheetFacts:
    """`rows` counts rows with a value; hidden rows and uncached formulas are positions counted from 0.

    `uncached` are formulas without a result, and cells whose result is an error (#REF!): neither has a value.
    """

    rows: int = 0
    last_row: int = 0
    last_column: int = 0
    hidden_rows: list[int] = field(default_factory=list)
    uncached: list[tuple[int, int]] = field(default_factory=list)
    dimension_broken: bool = False
    foreign: bool = False


def check_call(place: str, formula: str) -> None:
    """Refuse formulas that start programs or fetch data from outside."""
    if len(formula) > LONGEST_FORMULA:
        raise Refusal(
            "formula_long", f"{place}里的公式超过 {LONGEST_FORMULA} 个字符，请改为固定的值后重新上传。"
        )
    plain, far = _unquoted(formula)
    if far:
        raise Refusal(
            "external_link", f"{place}里的公式引用了别处的文件，已拒绝。请断开链接或改为固定的值后重新上传。"
        )
    if DDE.search(plain) or re.search(r"'\s*\|\s*'|\|\s*'", formula):
        raise Refusal("dde", f"{place}里有调用外部程序的公式（DDE），已拒绝。请删去该公式后重新上传。")
    if CALLS.search(plain):
        raise Refusal("call", f"{place}里有调用外部数据或程序的公式，已拒绝。请改为固定的值后重新上传。")


def _unquoted(formula: str) -> tuple[str, bool]:
    """The formula without its texts and sheet names, and whether a sheet is named by an address elsewhere.

    Every quote is looked at once: formulas of nothing but quotes take no longer than others.
    """
    pieces, position, far = [], 0, False
    for found in QUOTED.finditer(formula):
        token, following = found[0], formula[found.end() : found.end() + 1]
        closed = len(token) > 1 and token[-1] == token[0]
        if token[0] == "'" and following and following in "!#" and ("\\\\" in token or "://" in token):
            far = True
        if closed and (token[0] == '"' or following == "!"):
            pieces.append(formula[position : found.start()])
            position = found.end()
    return "".join(pieces) + formula[position:], far


class SheetRules:
    """Rules of one worksheet; `finish` is called when the part has been read."""

    def __init__(self, part: str, profile: Profile) -> None:
        self.facts = SheetFacts()
        self._part = part
        self._profile = profile
        self._row = self._column = self._merges = self._merged = 0
        self._valued = self._in_cell = self._formula = self._textual = self._resulted = False
        self._failed = self._shared = False
        self._row_valued = 0
        self._collect: list[str] | None = None
        self._starts = {
            "row": self._on_row,
            "c": self._on_cell,
            "v": self._on_value,
            "is": self._on_value,
            "f": self._on_formula,
            "dimension": self._on_dimension,
            "mergeCell": self._on_merge,
            "col": self._on_columns,
        }

    def regular(self, number: int, column: int, hidden: bool) -> None:
        """A row that the sieve has recognised; `column` of its last value, 0 when the row is empty."""
        if number > LAST_ROW:
            raise outside(self._part, str(number))
        if hidden:
            self.facts.hidden_rows.append(number - 1)
        if column:
            self._note_row(number, column)

    def failed(self, address: str) -> None:
        row, column = parse_cell(self._part, address)
        self.facts.uncached.append((row - 1, column - 1))

    def lost(self, number: int) -> Refusal:
        return Refusal(
            "unreadable",
            f"“{self._part}”第 {number} 行或之前有单元格的文字丢失，文件已损坏。请修复后另存为新文件重新上传。",
        )

    def falling(self, number: int) -> Refusal:
        return Refusal(
            "row_order",
            f"“{self._part}”的第 {number} 行没有排在前一行之后（行号重复或倒序），文件内部有误。{AGAIN}",
        )

    def start(self, name: str, attributes: dict[str, str], depth: int) -> None:
        on = self._starts.get(name)
        if on is not None:
            on(attributes)
        elif attributes:
            self._check_references(attributes)
        if name in COLLECTED or name in HEADERS:
            self._collect = []

    def end(self, name: str) -> None:
        if name == "c":
            self._end_cell()
        elif name == "row" and self._row_valued:
            self._note_row(self._row, self._row_valued)
            self._row_valued = 0
        if self._collect is not None and (name in COLLECTED or name in HEADERS):
            self._check_text(name, "".join(self._collect))
            self._collect = None

    def text(self, text: str) -> None:
        if self._collect is not None:
            self._collect.append(text)
        elif self._in_cell:
            self._valued = True
            if self._shared and text.strip() and not text.strip().isdecimal():
                raise self.lost(self._row)

    def finish(self) -> None:
        facts = self.facts
        facts.uncached.sort()
        if facts.rows > self._profile.rows + RESERVE:
            raise Refusal(
                "rows",
                f"“{self._part}”超过 {self._profile.rows} 行，请拆分成几个文件后分别上传，或由整改办通过后台任务导入。",
            )
        if facts.last_row * facts.last_column > self._profile.cells:
            raise Refusal(
                "sparse",
                f"“{self._part}”的内容一直铺到第 {facts.last_row} 行、第 {facts.last_column} 列，中间大片空白。"
                "请删去远处的多余内容后重新上传。",
            )

    def _note_row(self, number: int, column: int) -> None:
        self.facts.rows += 1
        self.facts.last_row = max(self.facts.last_row, number)
        self.facts.last_column = max(self.facts.last_column, column)

    def _on_row(self, attributes: dict[str, str]) -> None:
        told = attributes.get("r")
        number = self._row + 1 if told is None else int(told) if told.isdecimal() and len(told) < 8 else 0
        if not 1 <= number <= LAST_ROW:
            raise outside(self._part, told or str(number))
        if number <= self._row:
            raise self.falling(number)
        self._row, self._column = number, 0
        if attributes.get("hidden") in ("1", "true"):
            self.facts.hidden_rows.append(number - 1)

    def _on_cell(self, attributes: dict[str, str]) -> None:
        told = attributes.get("r")
        if told is None:
            self._column += 1
            if self._column > LAST_COLUMN:
                raise outside(self._part, str(self._column))
        else:
            row, self._column = parse_cell(self._part, told)
            if row != self._row:
                raise Refusal(
                    "cell_row", f"“{self._part}”的单元格 {told} 不在自己的行里，文件内部有误。{AGAIN}"
                )
        self._in_cell, self._valued, self._formula = True, False, False
        kind = attributes.get("t")
        self._textual = kind == "str"
        self._failed = kind == "e"
        self._shared = kind == "s"
        self._resulted = False

    def _on_value(self, _: dict[str, str]) -> None:
        """An empty result is a result where the formula gives text."""
        self._resulted = self._textual

    def _on_formula(self, attributes: dict[str, str]) -> None:
        self._formula = True
        self._check_references(attributes)

    def _end_cell(self) -> None:
        self._in_cell = False
        if self._valued:
            if self._column > MAX_COLUMNS:
                raise Refusal(
                    "columns",
                    f"“{self._part}”超过 {MAX_COLUMNS} 列（第 {self._row} 行第 {self._column} 列还有内容）。"
                    "请删去右侧多余内容后重新上传。",
                )
            self._row_valued = max(self._row_valued, self._column)
        if self._failed or (self._formula and not self._valued and not self._resulted):
            self.facts.uncached.append((self._row - 1, self._column - 1))

    def _on_dimension(self, attributes: dict[str, str]) -> None:
        if parse_range(self._part, attributes.get("ref", "")) is None:
            self.facts.dimension_broken = True

    def _on_columns(self, attributes: dict[str, str]) -> None:
        for key in ("min", "max"):
            told = attributes.get(key, "1")
            if not told.isdecimal() or len(told) > 6 or not 1 <= int(told) <= LAST_COLUMN:
                raise outside(self._part, told)

    def _on_merge(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("ref", "")
        area = parse_range(self._part, reference)
        if area is None:
            raise outside(self._part, reference)
        self._merges += 1
        cells = (area[2] - area[0] + 1) * (area[3] - area[1] + 1)
        self._merged += cells
        if cells > MAX_MERGE:
            raise Refusal(
                "merge_area",
                f"“{self._part}”的合并单元格“{reference[:40]}”范围过大，请取消整表、整列的合并后重新上传。",
            )
        if self._merges > self._profile.merges or self._merged > self._profile.merged:
            raise Refusal("merges", f"“{self._part}”的合并单元格过多，请取消不需要的合并后重新上传。")

    def _check_references(self, attributes: dict[str, str]) -> None:
        for key, value in attributes.items():
            if key in ("ref", "sqref", "activeCell", "topLeftCell", "r1", "r2"):
                self._check_areas(value)

    def _check_areas(self, value: str) -> None:
        areas = value.split()
        if len(areas) > MAX_AREAS:
            raise Refusal("areas", f"“{self._part}”里一条规则涉及的区域过多。{AGAIN}")
        for area in areas:
            parse_range(self._part, area)

    def _check_text(self, name: str, text: str) -> None:
        if name == "sqref":
            self._check_areas(text)
        elif name in HEADERS:
            if len(text) > MAX_HEADER:
                raise Refusal("header", f"页眉或页脚超过 {MAX_HEADER} 个字符，请缩短后重新上传。")
        else:
            place = (
                f"“{self._part}”的单元格 {_letters(self._column)}{self._row} "
                if self._in_cell
                else f"“{self._part}”的数据有效性或条件格式"
            )
            check_call(place, text)


def _letters(column: int) -> str:
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class ExtraRules(NoRules):
    """Other parts of a workbook that carry references: comments, tables, pivot tables, drawings."""

    def __init__(self, part: str) -> None:
        self._part = part

    def start(self, name: str, attributes: dict[str, str], depth: int) -> None:
        for key in ("ref", "sqref"):
            if key in attributes:
                for area in attributes[key].split():
                    parse_range(self._part, area)
