"""Rows → the six-sheet workbook, streamed.

openpyxl makes the skeleton; each list's rows are written as XML straight into its sheet part while the package is
deflated, so memory stays flat whatever the number of rows. Ten times as fast as cell objects.
"""

import datetime as dt
import io
import math
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, BinaryIO, NamedTuple

from openpyxl.utils import get_column_letter

from notices.ledger.schema import LAYOUT, LONGEST_CELL, WIDE_ISSUE, width_of
from notices.ledger.skeleton import FIRST_DATA_ROW, Frame, build, headers_of

LINE_HEIGHT, LEAST_HEIGHT, MOST_HEIGHT = 14.0, 20.0, 405.0
MOST_LINES = 28  # of a cell in a row of that height: Excel knows no higher one
MOST_MERGES = 60_000  # of a sheet, half of what the gate lets in
FLUSH = 256  # rows handed to the compressor at a time
KEPT_TEXTS = 50_000  # of cells, so that memory stays flat
LEVEL = 1  # of deflate: a ledger shrinks to a fifteenth at level 1, to a twentieth at 6 in thrice the time
RISKY = frozenset("=+-@\t\r＝＋－＠﹢﹣﹦﹫")
PROPERTIES = "docProps/core.xml"
_MADE = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")
_EPOCH = dt.date(1899, 12, 30).toordinal()
_UNSAFE = re.compile("[&<>\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
Cell = str | dt.date | int | float | None


class Line(NamedTuple):
    """A row to print: its key, the cells in the list's order (extras behind), the issue it belongs to, and whether
    it is a part (indented)."""

    key: str
    cells: tuple[Cell, ...]
    group: int = 0
    part: bool = False


@dataclass(frozen=True)
class Sheetful:
    """One list: its lines, and whether equal groups are merged in the issue's columns (整改台账)."""

    lines: Callable[[], Iterable[Line]]
    merged: bool = False


def write_workbook(frame: Frame, lists: dict[str, Sheetful], target: BinaryIO) -> dict[str, int]:
    """Write the workbook to `target`; returns the rows written per list."""
    packed = io.BytesIO()
    build(frame).save(packed)
    written: dict[str, int] = {}
    texts = Texts()
    with (
        zipfile.ZipFile(packed) as skeleton,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as out,
    ):
        parts = {f"xl/worksheets/sheet{n}.xml": listed for n, listed in enumerate(LAYOUT, 1)}
        for item in skeleton.infolist():
            listed = parts.get(item.filename)
            if listed is None:
                content = skeleton.read(item)
                if item.filename == PROPERTIES and frame.made_at is not None:
                    content = _dated(content, frame.made_at)
                out.writestr(_stamped(item.filename), content)
                continue
            xml = skeleton.read(item).decode()
            with out.open(_stamped(item.filename), "w", force_zip64=True) as part:
                written[listed] = _write_sheet(part, xml, listed, frame, lists[listed], texts)
    return written


def _dated(xml: bytes, at: dt.datetime) -> bytes:
    """The properties with one instant as both making and last change."""
    said = f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}".encode()
    return _MADE.sub(rb"\g<1>" + said + rb"\g<2>", xml)


def _stamped(name: str) -> zipfile.ZipInfo:
    """A member with a fixed date: the same rows give the same bytes."""
    info = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info._compresslevel = LEVEL  # type: ignore[attr-defined]
    return info


class Texts(dict[str, tuple[str, bool, float]]):
    """Text of a cell → its XML, whether only the text-safe style may hold it, and its width (a Chinese character is two
    wide, a Latin one one; endless with line breaks). Kept from list to list: most texts stand in three of them."""

    def __missing__(self, text: str) -> tuple[str, bool, float]:
        if len(self) >= KEPT_TEXTS:
            self.clear()
        shown = text[:LONGEST_CELL]
        xml = shown if _UNSAFE.search(shown) is None else escape(shown)
        found = xml, text[0] in RISKY, math.inf if "\n" in text else _width(text)
        self[text] = found
        return found


# --- a sheet -------------------------------------------------------------------------------------------------

_SAMPLE = re.compile(r'<c r="([A-Z]+)([4-8])" s="(\d+)"')
_DIMENSION = re.compile(r"<dimension [^>]*/>")
_MERGES = re.compile(r'<mergeCells count="\d+">(.*?)</mergeCells>')


def _write_sheet(part: IO[bytes], xml: str, listed: str, frame: Frame, sheet: Sheetful, texts: Texts) -> int:
    """Head of the skeleton, its header rows, our rows, its tail with our merges."""
    styles = {(letter, int(row)): style for letter, row, style in _SAMPLE.findall(xml)}
    start = xml.index(f'<row r="{FIRST_DATA_ROW}"')
    end = xml.index("</sheetData>")
    head, tail = _DIMENSION.sub("", xml[:start]), xml[end:]
    part.write(head.encode())
    printer = Printer(listed, len(headers_of(listed, frame)), styles, texts, merged=sheet.merged)
    rows = printer.grouped(sheet.lines()) if sheet.merged else printer.plain(sheet.lines())
    buffer: list[str] = []
    for row in rows:
        buffer.append(row)
        if len(buffer) >= FLUSH:
            part.write("".join(buffer).encode())
            buffer.clear()
    part.write("".join(buffer).encode())
    if printer.merges:
        merges = "".join(f'<mergeCell ref="{ref}"/>' for ref in printer.merges)
        tail = _MERGES.sub(
            lambda m: (
                f'<mergeCells count="{len(printer.merges) + m[1].count("<mergeCell ")}">{m[1]}{merges}</mergeCells>'
            ),
            tail,
            count=1,
        )
    part.write(tail.encode())
    return printer.next_row - FIRST_DATA_ROW


class Style(NamedTuple):
    """What stands behind the row number of a cell with this style: blank, before a text, before a number."""

    blank: str
    text: str
    number: str

    @classmethod
    def of(cls, style: str) -> "Style":
        text = f'" s="{style}" t="inlineStr"><is><t xml:space="preserve">'
        return cls(f'" s="{style}"/>', text, f'" s="{style}"><v>')


class Printer:
    """Turns lines into `<row>` elements and counts them; `merges` collects the areas to merge."""

    def __init__(
        self, listed: str, width: int, styles: dict[tuple[str, int], str], texts: Texts, *, merged: bool
    ) -> None:
        keys = LAYOUT[listed]
        letters = [get_column_letter(n) for n in range(1, width + 1)]
        self.texts = texts
        self.key_style = styles["A", 4]
        widths = [width_of(listed, k) for k in keys] + [14.0] * (width - 1 - len(keys))
        self.capacity = [max(2.0, w - 1.0) for w in widths]
        self.issue_letters = [letters[i + 1] for i, k in enumerate(keys) if k in WIDE_ISSUE]
        self.issue_cells = [i for i, k in enumerate(keys) if k in WIDE_ISSUE]
        own = [math.inf if merged and i in self.issue_cells else c for i, c in enumerate(self.capacity)]
        self.columns = [
            (f'<c r="{c}', Style.of(styles[c, 4]), Style.of(styles[c, 5]), Style.of(styles[c, 6]), room)
            for c, room in zip(letters[1:], own, strict=True)
        ]
        # Of a row that cannot be high enough the beginning of each text shows, not its middle.
        self.tall = [
            (start, Style.of(styles[c, 7]), Style.of(styles[c, 8]), Style.of(styles[c, 7]), room)
            for c, (start, _, _, _, room) in zip(letters[1:], self.columns, strict=True)
        ]
        self.task_letters = [c for c in letters[1:] if c not in self.issue_letters]
        self.merges: list[str] = []
        self.next_row = FIRST_DATA_ROW

    def plain(self, lines: Iterable[Line]) -> Iterator[str]:
        for line in lines:
            cells, most = self.cells(line)
            yield self.row(line.key, _points(most), cells)

    def grouped(self, lines: Iterable[Line]) -> Iterator[str]:
        """Rows of one issue together: the issue's cells stand in the first and are merged over the rest."""
        held: list[Line] = []
        for line in lines:
            if held and line.group != held[0].group:
                yield from self._group(held)
                held = []
            held.append(line)
        yield from self._group(held)

    def _group(self, lines: list[Line]) -> Iterator[str]:
        if not lines:
            return
        bare = [lines[0], *(Line(x.key, self._without_issue(x.cells), x.group, x.part) for x in lines[1:])]
        heights = [max(LEAST_HEIGHT, self.cells(line)[1] * LINE_HEIGHT + 6) for line in bare]
        lacking = self._issue_lines(lines[0].cells) * LINE_HEIGHT + 6 - sum(heights)
        if lacking > 0:
            heights = [h + lacking / len(lines) for h in heights]
        first = self.next_row
        for line, height in zip(bare, heights, strict=True):
            yield from self._spread(line, height)
        if self.next_row - 1 > first:
            self.merges += [f"{letter}{first}:{letter}{self.next_row - 1}" for letter in self.issue_letters]

    def _spread(self, line: Line, height: float) -> Iterator[str]:
        """A task whose texts need more than the highest row has several, merged: so 整改台账 prints all of them."""
        top = self.next_row
        rows = math.ceil(height / MOST_HEIGHT) if len(self.merges) < MOST_MERGES else 1
        height = min(MOST_HEIGHT, height / rows)
        yield self.row(line.key, height, self.cells(line, whole=True)[0], ' customHeight="1"')
        blank = Line("", (None,) * len(line.cells))
        for _ in range(rows - 1):
            yield self.row("", height, self.cells(blank)[0], ' customHeight="1"')
        if rows > 1:
            self.merges += [f"{letter}{top}:{letter}{top + rows - 1}" for letter in self.task_letters]

    def _without_issue(self, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        blank = list(cells)
        for i in self.issue_cells:
            blank[i] = None
        return tuple(blank)

    def _issue_lines(self, cells: tuple[Cell, ...]) -> int:
        texts = [(cell, self.capacity[i]) for i in self.issue_cells if isinstance(cell := cells[i], str)]
        return max((_lines(cell, capacity) for cell, capacity in texts), default=1)

    def cells(self, line: Line, *, tall: bool = False, whole: bool = False) -> tuple[list[str], int]:
        """The elements of the cells for the next row, and how many lines the longest of them takes. Of an issue's cells
        that are merged the height is not asked. `tall`: texts begin at the top of their cells; of itself where a row
        cannot be high enough, unless the row is made `whole` in another way."""
        n, most = str(self.next_row), 1
        pieces: list[str] = []
        add, texts, indented = pieces.append, self.texts, line.part
        for (start, style, safe, part_style, capacity), cell in zip(
            self.tall if tall else self.columns, line.cells, strict=True
        ):
            if indented:
                style = part_style
            if not cell and cell != 0:
                add(f"{start}{n}{style.blank}")
            elif cell.__class__ is str:
                text, risky, width = texts[cell]
                if width > most * capacity:
                    most = -int(-width // capacity) if width < math.inf else max(most, _lines(cell, capacity))
                if risky:
                    style = safe
                add(f"{start}{n}{style.text}{text}</t></is></c>")
            else:
                number = cell.toordinal() - _EPOCH if isinstance(cell, dt.date) else cell
                add(f"{start}{n}{style.number}{number}</v></c>")
        if most > MOST_LINES and not tall and not whole:
            return self.cells(line, tall=True)
        return pieces, most

    def row(self, key: str, height: float, cells: list[str], fixed: str = "") -> str:
        n = self.next_row
        self.next_row += 1
        return (
            f'<row r="{n}" ht="{height:.1f}"{fixed}><c r="A{n}" s="{self.key_style}" t="inlineStr"><is><t>{key}</t></is></c>'
            f"{''.join(cells)}</row>"
        )


def _points(lines: int) -> float:
    """Height of a row whose longest cell takes so many lines."""
    return min(MOST_HEIGHT, max(LEAST_HEIGHT, lines * LINE_HEIGHT + 6))


def _width(text: str) -> int:
    return len(text) + (len(text.encode("utf-8", "replace")) - len(text)) // 2


def _lines(text: str, capacity: float) -> int:
    if "\n" in text:
        return sum(_lines(piece, capacity) for piece in text.split("\n"))
    return max(1, -int(-_width(text) // capacity))


def escape(text: str) -> str:
    """XML text of a cell: entities, and control characters the way Excel writes them (_x000D_)."""
    return _UNSAFE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    found = match.group()
    if found in _ENTITIES:
        return _ENTITIES[found]
    if len(found) > 1:
        return "_x005F" + found  # a literal _x000D_ in somebody's text
    return "�" if "\ud800" <= found <= "\udfff" or found >= "\ufffe" else f"_x{ord(found):04X}_"
