"""A PDF with text → lines: printed lines that belong to one paragraph are joined."""

import re
from dataclasses import dataclass

import pypdfium2  # type: ignore[import-untyped]

from notices.errors import Unreadable
from notices.text.clean import fold
from notices.text.labels import match_label
from notices.text.marks import find_mark

_PAGE_NUMBER = re.compile(
    r"\s*(?:[-—–·]\s*\d{1,4}\s*[-—–·]|第\s*\d+\s*页(?:\s*[,，/]?\s*共\s*\d+\s*页)?|\d{1,4}\s*/\s*\d{1,4}|\d{1,3})\s*$"
)
_FEWEST = 20  # characters; less on all pages means a scan


@dataclass(frozen=True, slots=True)
class _Printed:
    """One printed line and where it stands on its page."""

    text: str
    left: float
    right: float
    top: float
    height: float


def read_pdf(data: bytes) -> list[str]:
    """Paragraphs of all pages, page numbers left out."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(
            "这个 PDF 打不开（可能有密码或已损坏），请去掉密码或重新导出后再上传。", code="pdf_locked"
        ) from error
    try:
        pages = [_printed_lines(document[index]) for index in range(len(document))]
    except pypdfium2.PdfiumError as error:
        raise Unreadable("这个 PDF 已经损坏，请重新导出后再上传。", code="damaged") from error
    finally:
        document.close()
    if sum(len(line.text.strip()) for page in pages for line in page) < _FEWEST:
        raise Unreadable(
            "这个 PDF 是扫描件，里面没有文字，请先用识别软件转成文字，或上传 Word 原稿。", code="scan"
        )
    return _paragraphs(pages)


def _printed_lines(page: pypdfium2.PdfPage) -> list[_Printed]:
    """Characters gathered into lines by their height on the page, then put in order from left to right."""
    words = page.get_textpage()
    try:
        chars = []
        for index in range(words.count_chars()):
            text = words.get_text_range(index, 1)
            if text.strip():
                left, bottom, right, top = words.get_charbox(index, loose=True)
                chars.append(_Printed(text, left, right, top, top - bottom))
    finally:
        words.close()
    chars.sort(key=lambda char: -_middle(char))
    lines: list[list[_Printed]] = []
    for char in chars:
        if lines and _middle(lines[-1][0]) - _middle(char) < max(2.0, lines[-1][0].height * 0.5):
            lines[-1].append(char)
        else:
            lines.append([char])
    return [_joined(sorted(line, key=lambda char: char.left)) for line in lines]


def _middle(char: _Printed) -> float:
    return char.top - char.height / 2


def _joined(chars: list[_Printed]) -> _Printed:
    """One line; a wide gap, or a gap between Latin letters, is a blank."""
    pieces = [chars[0].text]
    for before, char in zip(chars, chars[1:], strict=False):
        gap, em = char.left - before.right, max(char.height, 1.0)
        if gap > 0.8 * em or (gap > 0.12 * em and before.text.isascii() and char.text.isascii()):
            pieces.append("  " if gap > 1.6 * em else " ")
        pieces.append(char.text)
    return _Printed(
        "".join(pieces), chars[0].left, chars[-1].right, chars[0].top, max(char.height for char in chars)
    )


def _paragraphs(pages: list[list[_Printed]]) -> list[str]:
    kept = [[line for line in page if not _is_page_number(line, page)] for page in pages]
    body = [line for page in kept for line in page]
    if not body:
        return []
    left = _usual([round(line.left) for line in body])
    right = max(_usual([round(line.right) for line in body if line.right > 0]), _high(body))
    lines: list[str] = []
    before: _Printed | None = None
    for line in body:
        if before is not None and _runs_on(before, line, left, right):
            lines[-1] += line.text.strip()
        else:
            lines.append(line.text.strip())
        before = line
    return lines


def _is_page_number(line: _Printed, page: list[_Printed]) -> bool:
    edge = line in (page[0], page[-1])
    return bool(edge and _PAGE_NUMBER.match(fold(line.text)))


def _usual(values: list[int]) -> float:
    return float(max(set(values), key=lambda held: (values.count(held), -held)))


def _high(lines: list[_Printed]) -> float:
    """The right edge that long lines reach."""
    edges = sorted(line.right for line in lines)
    return edges[int(len(edges) * 0.9)]


def _runs_on(before: _Printed, line: _Printed, left: float, right: float) -> bool:
    """A line goes on when the one before is full and it is not indented and opens no item of its own."""
    em = max(line.height, 8.0)
    if before.right < right - 1.9 * em or line.left > left + 1.2 * em:
        return False
    folded = fold(line.text).strip()
    if find_mark(folded) is None and match_label(folded) is None:
        return True
    ended = (
        fold(before.text).rstrip()[-1:] in "。;:!?"
    )  # a number or label after a full stop begins a paragraph
    return not ended and not (before.left <= left + 1.2 * em and line.left > left + 0.5 * em)
