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
    """Runs of text gathered into lines by their height on the page."""
    words = page.get_textpage()
    try:
        runs = []
        for index in range(words.count_rects()):
            left, bottom, right, top = words.get_rect(index)
            text = (
                words.get_text_bounded(left - 0.5, bottom - 0.5, right + 0.5, top + 0.5)
                .replace("\r", "")
                .replace("\n", "")
            )
            runs.append(_Printed(text, left, right, top, top - bottom))
    finally:
        words.close()
    lines: list[list[_Printed]] = []
    for run in runs:
        if (
            lines
            and abs(_middle(lines[-1][0]) - _middle(run)) < max(4.0, run.height * 0.6)
            and run.left >= lines[-1][-1].right - 3
        ):
            lines[-1].append(run)
        else:
            lines.append([run])
    return [_joined(runs) for runs in lines if any(run.text.strip() for run in runs)]


def _middle(run: _Printed) -> float:
    return run.top - run.height / 2


def _joined(runs: list[_Printed]) -> _Printed:
    text = runs[0].text
    for before, run in zip(runs, runs[1:], strict=False):
        gap = run.left - before.right
        text += ("  " if gap > 2 * before.height else "") + run.text
    return _Printed(text, runs[0].left, runs[-1].right, runs[0].top, max(run.height for run in runs))


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
    if before.right < right - 1.8 * em or line.left > left + 1.2 * em:
        return False
    folded = fold(line.text).strip()
    indented_before = before.left > left + 1.2 * em
    opens = find_mark(folded) is not None or match_label(folded) is not None
    return not (opens and not indented_before and line.left > left + 0.5 * em)
