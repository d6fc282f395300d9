"""A Word document (.docx) → lines: one for each paragraph, with its automatic number, and one for each table row."""

import io
import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from notices.errors import Unreadable
from notices.text.word_numbers import Numbering, child, children, local, value

_DROPPED = frozenset(
    (
        "del",
        "moveFrom",
        "instrText",
        "delText",
        "pPr",
        "rPr",
        "footnoteReference",
        "endnoteReference",
        "annotationRef",
        "Fallback",
    )
)
_TITLES = frozenset(
    ("问题", "措施", "情况", "进展", "进度", "成效", "单位", "领导", "责任人", "时限", "状态", "方面", "表现")
)


def read_word(data: bytes) -> list[str]:
    """Lines of the body; deleted words are left out, inserted ones kept; footnotes follow at the end."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            main = _main_part(package)
            folder = main.rpartition("/")[0]
            document = _part(package, main)
            numbering = Numbering(
                _optional(package, f"{folder}/numbering.xml"), _optional(package, f"{folder}/styles.xml")
            )
            notes = _optional(package, f"{folder}/footnotes.xml")
    except (
        zipfile.BadZipFile,
        KeyError,
        ParseError,
        DefusedXmlException,
        ValueError,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
    ) as error:
        raise Unreadable(
            "这个 Word 文件已经损坏，请用 Word 或 WPS 打开后另存为 .docx 再上传。", code="damaged"
        ) from error
    body = child(document, "body")
    lines = list(_blocks(body, numbering)) if body is not None else []
    return lines + list(_notes(notes, numbering))


def _main_part(package: zipfile.ZipFile) -> str:
    names = package.namelist()
    if "word/document.xml" in names:
        return "word/document.xml"
    relations = _optional(package, "_rels/.rels")
    for relation in relations if relations is not None else ():
        if (value(relation, "Type") or "").endswith("/officeDocument"):
            return (value(relation, "Target") or "").lstrip("/")
    raise KeyError("document")


def _part(package: zipfile.ZipFile, name: str) -> Element:
    root: Element = fromstring(package.read(name))
    return root


def _optional(package: zipfile.ZipFile, name: str) -> Element | None:
    return _part(package, name) if name in package.namelist() else None


# --- paragraphs --------------------------------------------------------------------------------------------------


def _blocks(parent: Element, numbering: Numbering) -> Iterator[str]:
    joined = ""
    for element in parent:
        name = local(element)
        if name == "p":
            lines = list(_paragraph(element, numbering, joined))
            joined = lines.pop() if _mark_deleted(element) and lines else ""
            yield from lines
        elif name == "tbl":
            yield from _table(element, numbering)
        elif name in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo"):
            yield from _blocks(element, numbering)
    if joined:
        yield joined


def _mark_deleted(paragraph: Element) -> bool:
    """The paragraph's end was deleted under tracking: it runs on into the next one."""
    return child(child(child(paragraph, "pPr"), "rPr"), "del") is not None


def _paragraph(paragraph: Element, numbering: Numbering, before: str) -> Iterator[str]:
    boxes: list[Element] = []
    text = "".join(_words(paragraph, boxes))
    prefix = numbering.prefix(child(paragraph, "pPr")) if text.strip() or boxes else ""
    first, *more = (before + prefix + text).split("\n")
    yield first
    yield from more
    for box in boxes:
        yield from _blocks(box, numbering)


def _words(element: Element, boxes: list[Element]) -> Iterator[str]:
    for part in element:
        name = local(part)
        if name in _DROPPED or (name == "r" and _is_hidden(part)):
            continue
        if name == "t":
            yield part.text or ""
        elif name == "tab":
            yield "\t"
        elif name in ("br", "cr"):
            yield "\n" if value(part, "type") in (None, "textWrapping") else ""
        elif name == "noBreakHyphen":
            yield "-"
        elif name == "txbxContent":
            boxes.append(part)
        else:
            yield from _words(part, boxes)


def _is_hidden(run: Element) -> bool:
    vanish = child(child(run, "rPr"), "vanish")
    return vanish is not None and value(vanish) not in ("0", "false")


# --- tables ------------------------------------------------------------------------------------------------------


def _table(table: Element, numbering: Numbering) -> Iterator[str]:
    """Rows as lines; below a header row of a ledger (反馈问题, 整改措施 …) each cell becomes a labelled line."""
    header: list[str] | None = None
    for row in _rows(table):
        cells = [_cell(cell, numbering) for cell in _cells(row)]
        flat = ["".join(lines).strip() for lines in cells]
        if len(cells) == 1:
            yield from cells[0]
        elif header is None and _is_header(flat):
            header = [_header_words(words) for words in flat]
        elif header is not None and len(cells) == len(header):
            yield from _labelled(header, cells)
        else:
            yield "\t".join(
                " ".join(filter(None, (line.strip() for line in lines))) for lines in cells
            ).rstrip("\t")


def _rows(parent: Element) -> Iterator[Element]:
    for part in parent:
        if local(part) == "tr":
            if child(child(part, "trPr"), "del") is None:
                yield part
        elif local(part) in ("sdt", "sdtContent", "customXml", "ins"):
            yield from _rows(part)


def _cells(row: Element) -> Iterator[Element]:
    for part in row:
        if local(part) == "tc":
            yield part
        elif local(part) in ("sdt", "sdtContent", "customXml", "ins"):
            yield from _cells(part)


def _cell(cell: Element, numbering: Numbering) -> list[str]:
    merged = child(child(cell, "tcPr"), "vMerge")
    if merged is not None and value(merged) != "restart":
        return [""]
    return list(_blocks(cell, numbering)) or [""]


def _header_words(words: str) -> str:
    return "".join(words.split()).strip("：:*")


def _is_header(cells: list[str]) -> bool:
    named = [any(word in cell for word in _TITLES) and len(cell) <= 16 for cell in cells]
    return sum(named) >= 2 and any("问题" in cell for cell in cells)


def _labelled(header: list[str], cells: list[list[str]]) -> Iterator[str]:
    """序号 goes before the issue's own words; every other cell is 列名：内容."""
    number = ""
    for title, lines in zip(header, cells, strict=True):
        words = [line.strip() for line in lines if line.strip()]
        if title in ("序号", "编号", "问题编号", "问题序号", "No", "NO"):
            number = words[0].rstrip("。.、") if words else ""
        elif words and "问题" in title and number:
            yield f"{number}.{words[0]}"
            yield from words[1:]
            number = ""
        elif words:
            yield f"{title}：{words[0]}"
            yield from words[1:]


# --- footnotes ---------------------------------------------------------------------------------------------------


def _notes(notes: Element | None, numbering: Numbering) -> Iterator[str]:
    shown = [note for note in children(notes, "footnote") if value(note, "type") in (None, "normal")]
    for index, note in enumerate(shown, start=1):
        words = "".join(line.strip() for line in _blocks(note, numbering))
        if words:
            yield f"注{index}：{words}"
