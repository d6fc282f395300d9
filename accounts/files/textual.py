"""Plain text and CSV: which encoding it is in, and that it is text at all."""

import csv
import re
from collections import Counter
from collections.abc import Iterator

from accounts.files.limits import MAX_COLUMNS, MAX_TOKEN, TEXT_SIZE, Profile
from accounts.files.refusal import Refusal
from accounts.files.worksheet import RESERVE

CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
DELIMITERS = ",\t;|，"
SAMPLE = 64 * 1024
MAX_LINES = 5_000  # lines of text in one row
MAX_MARKS = 20_000  # delimiters in one line, most of them inside quotes
MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
UNKNOWN = Refusal(
    "encoding", "无法识别文本的编码，或文件不是纯文本。请用记事本打开，另存为 UTF-8 编码后重新上传。"
)


def decode(data: bytes) -> tuple[str, str]:
    """Text and encoding: byte order marks first, then UTF-8, UTF-16 without mark, GB18030. Raises `Refusal`."""
    for encoding in _candidates(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if CONTROLS.search(text.rstrip("\x1a")):
            raise Refusal("not_text", "文件里有控制字符，不是纯文本。请检查文件内容后重新上传。")
        return text, encoding
    raise Refusal(UNKNOWN.code, UNKNOWN.message)


def _candidates(data: bytes) -> list[str]:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return [encoding]
    sample = data[:SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(data) % 2 == 0 and min(even, odd) == 0 and max(even, odd) > len(sample) * 0.3:
        return ["utf-16-le" if odd else "utf-16-be"]
    return ["utf-8", "gb18030"]


def check_text(data: bytes, limit: int = TEXT_SIZE) -> str:
    """The text of a .txt file. Empty files are refused."""
    if len(data) > limit:
        raise Refusal("size", f"文本文件超过 {limit // (1024 * 1024)} MB，请拆分后重新上传。")
    text, _ = decode(data)
    if not text.strip():
        raise Refusal("empty", "文件是空的，请检查后重新上传。")
    return text


def read_csv(data: bytes, profile: Profile) -> tuple[Iterator[list[str]], str]:
    """Rows of strings, to be iterated once, and the encoding. Both steps raise `Refusal`."""
    text, encoding = decode(data)
    if not text.strip():
        raise Refusal("empty", "文件是空的，请检查后重新上传。")
    text, delimiter = _delimiter(text)
    return _rows(text, delimiter, profile), encoding


def _delimiter(text: str) -> tuple[str, str]:
    """The text without a leading `sep=` line, and the delimiter that most first lines agree upon."""
    told = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    if told:
        return text[told.end() :], told[1]
    plain = re.sub(r'"(?:[^"]|"")*"', "", text[:SAMPLE])
    lines = [line for line in plain.splitlines()[:50] if line.strip()]
    scores = {}
    for order, delimiter in enumerate(DELIMITERS):
        counts = Counter(line.count(delimiter) for line in lines)
        found, agreed = max(counts.items(), key=lambda item: (item[0] > 0, item[1], item[0]), default=(0, 0))
        scores[delimiter] = (agreed if found else 0, min(found, 3), -order)
    return text, max(scores, key=lambda delimiter: scores[delimiter])


class Lines:
    """The lines of a text, one by one; refuses single rows that go on and on."""

    def __init__(self, text: str, delimiter: str) -> None:
        self._text = text if "\n" in text else text.replace("\r", "\n")
        self._delimiter = delimiter
        self._position = 0
        self.in_row = 0
        self.seen = 0  # lines handed out

    @property
    def ended(self) -> bool:
        return self._position >= len(self._text)

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        begin = self._position
        if begin >= len(self._text):
            raise StopIteration
        end = self._text.find("\n", begin) + 1 or len(self._text)
        line = self._text[begin:end]
        self._position = end
        self.in_row += 1
        self.seen += 1
        if self.in_row > MAX_LINES or line.count(self._delimiter) > MAX_MARKS:
            raise Refusal("columns", f"表格里有一行超过 {MAX_COLUMNS} 列，请检查分隔符和引号后重新上传。")
        return line


def _rows(text: str, delimiter: str, profile: Profile) -> Iterator[list[str]]:
    csv.field_size_limit(MAX_TOKEN)
    lines = Lines(text, delimiter)
    cells = first = 0  # first: line at which the last row begins, counted from 0
    open_ended = text.count('"') % 2 == 1
    try:
        for number, row in enumerate(csv.reader(lines, delimiter=delimiter), start=1):
            if open_ended and lines.in_row > 1 and lines.ended:
                raise Refusal(
                    "csv",
                    f"CSV 第 {first + 1} 行的引号没有结束，后面的内容会连成一格。请补上引号，或用 Excel 另存为 .xlsx 后重新上传。",
                )
            first, lines.in_row = lines.seen, 0
            if number > profile.rows + RESERVE:
                raise Refusal("rows", f"表格超过 {profile.rows} 行，请拆分成几个文件后分别上传。")
            while row and not row[-1].strip():
                row.pop()
            if len(row) > MAX_COLUMNS:
                raise Refusal("columns", f"第 {number} 行超过 {MAX_COLUMNS} 列，请检查分隔符后重新上传。")
            cells += len(row)
            if cells > profile.cells:
                raise Refusal("sparse", "表格的单元格过多，请拆分成几个文件后分别上传。")
            yield row
    except csv.Error as error:
        raise Refusal(
            "csv", "CSV 内容有误（引号不成对或单个字段过长），请用 Excel 另存为 .xlsx 后重新上传。"
        ) from error
