"""What the central parts of a workbook may contain: its list of sheets and names, styles, shared strings."""

import re

from accounts.files.grid import check_formula
from accounts.files.limits import MAX_NAME_LENGTH, MAX_NAMES, MAX_SHEETS
from accounts.files.markup import NoRules
from accounts.files.refusal import Refusal
from accounts.files.worksheet import check_call

MAX_STRINGS = 4_000_000
MAX_FORMAT = 512  # Excel writes at most 255
MAX_BRACKETS = 32
MAX_STYLES = 65_490
MAX_PRINT_TITLES = 600
AUTO = re.compile(r"(?:_xlnm\.)?auto_(?:open|close|activate|deactivate)", re.IGNORECASE)
TITLE_PART = re.compile(
    r"(?:(?:'(?:[^']|'')*'|[^'!,]*)!)?(?:\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}|\$?\d{1,7}:\$?\d{1,7}|#REF!)"
)
AGAIN = "请用 Excel 或 WPS 打开并另存为新文件后重新上传。"


class WorkbookRules:
    """The list of sheets and the defined names. `sheets` gives (name, relation id, state)."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, str]] = []
        self.date1904 = False
        self._names = 0
        self._name: str | None = None
        self._text: list[str] = []

    def start(self, name: str, attributes: dict[str, str], depth: int) -> None:
        if name == "sheet":
            self._on_sheet(attributes)
        elif name == "definedName":
            self._on_name(attributes)
        elif name == "workbookPr":
            self.date1904 = attributes.get("date1904") in ("1", "true")
        elif name == "ddeLink" or name == "oleLink":
            raise Refusal("dde", "工作簿里有指向外部程序的链接，已拒绝。请断开链接后重新上传。")

    def end(self, name: str) -> None:
        if name == "definedName" and self._name is not None:
            self._check_name(self._name, "".join(self._text))
            self._name = None

    def text(self, text: str) -> None:
        if self._name is not None:
            self._text.append(text)

    def _on_sheet(self, attributes: dict[str, str]) -> None:
        relation = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
        self.sheets.append((attributes.get("name", ""), relation, attributes.get("state", "visible")))
        if len(self.sheets) > MAX_SHEETS:
            raise Refusal("sheets", f"工作簿超过 {MAX_SHEETS} 个工作表，请删去不需要的工作表后重新上传。")
        if relation and sum(1 for sheet in self.sheets if sheet[1] == relation) > 1:
            raise Refusal("sheet_twice", f"工作簿里两个工作表指向同一份内容，文件内部有误。{AGAIN}")

    def _on_name(self, attributes: dict[str, str]) -> None:
        self._names += 1
        if self._names > MAX_NAMES:
            raise Refusal(
                "names", f"工作簿里定义的名称超过 {MAX_NAMES} 个，请在“名称管理器”里清理后重新上传。"
            )
        self._name = attributes.get("name", "")
        self._text = []
        told = [attributes.get(key) in ("1", "true") for key in ("xlm", "vbProcedure", "macro")]
        if any(told) or AUTO.fullmatch(self._name):
            raise Refusal(
                "macro", "工作簿里有宏（自动执行的名称），已拒绝。请另存为不含宏的 .xlsx 后重新上传。"
            )

    def _check_name(self, name: str, text: str) -> None:
        if len(text) > MAX_NAME_LENGTH or len(name) > 255:
            raise Refusal(
                "name_length",
                f"名称“{name[:40]}”超过 {MAX_NAME_LENGTH} 个字符，请在“名称管理器”里删去后重新上传。",
            )
        place = f"名称“{name[:40]}”"
        check_formula(place, text)
        check_call(place, text)
        if name.lower() in ("_xlnm.print_titles", "_xlnm.print_area"):
            self._check_print(name, text)

    def _check_print(self, name: str, text: str) -> None:
        """Some readers take exponential time over print titles that are no list of rows and columns."""
        pieces = _split_outside_quotes(text)
        odd = name.lower() == "_xlnm.print_titles" and any(
            not TITLE_PART.fullmatch(piece) for piece in pieces
        )
        if len(text) > MAX_PRINT_TITLES and odd:
            raise Refusal("print_titles", "打印标题的设置异常，请在“页面设置”里清除打印标题后重新上传。")


def _split_outside_quotes(text: str) -> list[str]:
    pieces, quoted, start = [], False, 0
    for position, char in enumerate(text):
        if char == "'":
            quoted = not quoted
        elif char == "," and not quoted:
            pieces.append(text[start:position].strip())
            start = position + 1
    return [*pieces, text[start:].strip()]


class StyleRules(NoRules):
    """Number formats: some readers take quadratic time over long ones. Excel knows 65,490 styles at most."""

    def __init__(self) -> None:
        self._left = {"numFmt": MAX_STYLES, "xf": 3 * MAX_STYLES}

    def start(self, name: str, attributes: dict[str, str], depth: int) -> None:
        if name in self._left:
            self._left[name] -= 1
            if self._left[name] < 0:
                raise Refusal(
                    "styles",
                    f"单元格样式超过 {MAX_STYLES} 种，疑似文件损坏。请把内容复制到新工作簿后重新上传。",
                )
        if name != "numFmt":
            return
        form = attributes.get("formatCode", "")
        if len(form) > MAX_FORMAT or form.count("[") > MAX_BRACKETS:
            raise Refusal(
                "number_format", f"单元格的自定义数字格式过长或异常，请改回常规格式后重新上传。{AGAIN}"
            )


class StringRules(NoRules):
    """The table of shared strings: readers reserve memory for as many strings as it announces."""

    def __init__(self) -> None:
        self.announced = 0

    def start(self, name: str, attributes: dict[str, str], depth: int) -> None:
        if depth != 1:
            return
        for key in ("count", "uniqueCount"):
            told = attributes.get(key, "0").strip()
            if not told.isdecimal() or len(told) > 9 or int(told) > MAX_STRINGS:
                raise Refusal(
                    "strings", f"共享文本表登记的数目异常（{told[:20]}），疑似恶意文件，已拒绝。{AGAIN}"
                )
