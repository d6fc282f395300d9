"""Values written into somebody's own workbook: cells of its sheet XML are replaced, every other part stays as it is.

openpyxl's load and save would lose text boxes, sparklines and rich text; here only the bytes of the patched cells change.
A cell that cannot be patched (a formula, the inside of a merge, a sheet that is not there) is named.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from posixpath import dirname, join, normpath
from xml.etree import ElementTree

from defusedxml.ElementTree import fromstring
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string, get_column_letter

from notices.ledger.write import escape

_ROW = re.compile(r"<((?:[\w.-]+:)?)row\b([^>]*?)(/>|>(.*?)</\1row\s*>)", re.DOTALL)
_CELL = re.compile(r"<((?:[\w.-]+:)?)c\b([^>]*?)(/>|>(.*?)</\1c\s*>)", re.DOTALL)
_REF = re.compile(r"\br\s*=\s*[\"']([^\"']*)[\"']")
_STYLE = re.compile(r"\bs\s*=\s*[\"'](\d+)[\"']")
_FORMULA = re.compile(r"<(?:[\w.-]+:)?f\b")
_MERGE = re.compile(r"<(?:[\w.-]+:)?mergeCell\b[^>]*\bref\s*=\s*[\"']([A-Z]+)(\d+):([A-Z]+)(\d+)[\"']")
_DATA = re.compile(r"(<((?:[\w.-]+:)?)sheetData\b[^>]*?)(/>|>(.*?)</\2sheetData\s*>)", re.DOTALL)
_ENCODING = re.compile(rb"^\s*<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")


@dataclass(frozen=True)
class Patched:
    """The new file, and a sentence for each cell that stayed as it was."""

    content: bytes
    unpatched: tuple[str, ...]


@dataclass
class _Cells:
    """New values of one sheet by (row, column), and what cannot be done."""

    sheet: str
    wanted: dict[tuple[int, int], str]
    blocked: set[tuple[int, int]] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)

    def fail(self, row: int, column: int, why: str) -> None:
        self.failed.append(f"{self.sheet}!{get_column_letter(column)}{row} {why}，没有回填。")


def patch_workbook(content: bytes, values: Mapping[str, Mapping[str, str]]) -> Patched:
    """`values`: sheet name → cell → text. Returns the same package with these cells replaced."""
    failed: list[str] = []
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        parts = _sheet_parts(old)
        failed += [f"工作表“{name}”不在文件里，没有回填。" for name in values if name not in parts]
        by_part = {parts[name]: (name, cells) for name, cells in values.items() if name in parts and cells}
        with zipfile.ZipFile(out, "w") as new:
            for item in old.infolist():
                data = old.read(item)
                if item.filename in by_part:
                    name, cells = by_part[item.filename]
                    data = _patch_sheet(data, _Cells(name, _positions(cells)), failed)
                new.writestr(item, data, compress_type=item.compress_type)
    return Patched(out.getvalue(), tuple(failed))


def _sheet_parts(package: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → member."""
    book = _workbook_part(package)
    relations = join(dirname(book), "_rels", book.rpartition("/")[2] + ".rels")
    targets = {r.get("Id"): r.get("Target", "") for r in fromstring(package.read(relations))}
    found = {}
    for element in fromstring(package.read(book)).iter():
        if _local(element) != "sheet":
            continue
        key = next((v for k, v in element.attrib.items() if k.rpartition("}")[2] == "id"), "")
        target = targets.get(key, "")
        member = target.lstrip("/") if target.startswith("/") else normpath(join(dirname(book), target))
        found[element.get("name", "")] = member
    return found


def _workbook_part(package: zipfile.ZipFile) -> str:
    for relation in fromstring(package.read("_rels/.rels")):
        if relation.get("Type", "").endswith("/officeDocument"):
            return str(relation.get("Target", "")).lstrip("/")
    return "xl/workbook.xml"


def _local(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _positions(cells: Mapping[str, str]) -> dict[tuple[int, int], str]:
    found = {}
    for cell, text in cells.items():
        letters, row = coordinate_from_string(cell)
        found[row, column_index_from_string(letters)] = text
    return found


def _patch_sheet(data: bytes, cells: _Cells, failed: list[str]) -> bytes:
    encoding = _encoding(data)
    xml = data.decode(encoding)
    cells.blocked = _inside_merges(xml)
    for row, column in sorted(cells.wanted.keys() & cells.blocked):
        cells.fail(row, column, "在合并单元格内部")
        del cells.wanted[row, column]
    patched = _DATA.sub(lambda m: _patch_data(m, cells), xml, count=1)
    failed += cells.failed
    return patched.encode(encoding)


def _encoding(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    named = _ENCODING.match(data[3:] if data[:3] == b"\xef\xbb\xbf" else data)
    return named.group(1).decode() if named else "utf-8"


def _inside_merges(xml: str) -> set[tuple[int, int]]:
    """Cells covered by a merge, without its anchor; huge merges count by their first 100,000 cells only."""
    found: set[tuple[int, int]] = set()
    for left, top, right, bottom in _MERGE.findall(xml):
        first, last = column_index_from_string(left), column_index_from_string(right)
        for row in range(int(top), min(int(bottom), int(top) + 2000) + 1):
            found.update((row, c) for c in range(first, min(last, first + 50) + 1))
        found.discard((int(top), first))
    return found


def _patch_data(match: re.Match[str], cells: _Cells) -> str:
    head, prefix, closed, body = match.group(1), match.group(2), match.group(3), match.group(4) or ""
    rows: dict[int, dict[int, str]] = {}
    for (row, column), text in cells.wanted.items():
        rows.setdefault(row, {})[column] = text
    out, at, number = [], 0, 0
    for found in _ROW.finditer(body):
        said = _REF.search(found.group(2))
        number = int(said.group(1)) if said else number + 1
        for early in sorted(r for r in rows if r < number):
            out.append(body[at : found.start()])
            at = found.start()
            out.append(_new_row(prefix, early, rows.pop(early)))
        if number in rows:
            out.append(body[at : found.start()])
            at = found.end()
            out.append(_patch_row(found, number, rows.pop(number), cells))
    out.append(body[at:])
    out += [_new_row(prefix, row, rows[row]) for row in sorted(rows)]
    del closed
    return f"{head}>{''.join(out)}</{prefix}sheetData>"


def _new_row(prefix: str, row: int, texts: Mapping[int, str]) -> str:
    return f'<{prefix}row r="{row}">{_new_cells(prefix, row, texts.items())}</{prefix}row>'


def _new_cells(prefix: str, row: int, texts: Iterable[tuple[int, str]]) -> str:
    return "".join(_cell(prefix, row, column, text, "") for column, text in sorted(texts))


def _cell(prefix: str, row: int, column: int, text: str, style: str) -> str:
    kept = f' s="{style}"' if style else ""
    place = f"{get_column_letter(column)}{row}"
    if not text:
        return f'<{prefix}c r="{place}"{kept}/>'
    inside = f'<{prefix}is><{prefix}t xml:space="preserve">{escape(text)}</{prefix}t></{prefix}is>'
    return f'<{prefix}c r="{place}"{kept} t="inlineStr">{inside}</{prefix}c>'


def _patch_row(match: re.Match[str], row: int, texts: dict[int, str], cells: _Cells) -> str:
    prefix, attributes, body = match.group(1), match.group(2), match.group(4) or ""
    out, at, column = [], 0, 0
    for found in _CELL.finditer(body):
        said = _REF.search(found.group(2))
        column = column_index_from_string(coordinate_from_string(said.group(1))[0]) if said else column + 1
        early = {c: texts.pop(c) for c in sorted(texts) if c < column}
        if early or column in texts:
            out.append(body[at : found.start()])
            at = found.start()
            out.append(_new_cells(prefix, row, early.items()))
        if column in texts:
            at = found.end()
            out.append(_replace(found, prefix, row, column, texts.pop(column), cells))
    out.append(body[at:])
    out.append(_new_cells(prefix, row, texts.items()))
    return f"<{prefix}row{attributes}>{''.join(out)}</{prefix}row>"


def _replace(found: re.Match[str], prefix: str, row: int, column: int, text: str, cells: _Cells) -> str:
    if _FORMULA.search(found.group(4) or ""):
        cells.fail(row, column, "是公式")
        return found.group()
    style = _STYLE.search(found.group(2))
    return _cell(prefix, row, column, text, style.group(1) if style else "")
