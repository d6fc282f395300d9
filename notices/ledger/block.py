"""A block of cells as Excel, WPS and LibreOffice put it on the clipboard: tabs, line breaks, quotes. Pure."""

from collections.abc import Iterable, Sequence

Block = list[list[str]]


def read_block(text: str) -> Block:
    """Rows of cells; rows may differ in length. One line break at the end belongs to the last row.

    A cell is quoted when it holds a tab, a line break or doubled quotes; other quotes are the cell's own.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    rows: Block = [[]]
    at = 0
    while True:
        cell, at = _cell(text, at)
        rows[-1].append(cell)
        if at >= len(text):
            return rows
        if text[at] == "\n":
            rows.append([])
        at += 1


def _cell(text: str, start: int) -> tuple[str, int]:
    """The cell that begins here, and where its end mark stands."""
    if text.startswith('"', start):
        quoted = _quoted(text, start + 1)
        if quoted is not None:
            return quoted
    ends = [i for mark in "\t\n" if (i := text.find(mark, start)) >= 0]
    end = min(ends, default=len(text))
    return text[start:end], end


def _quoted(text: str, start: int) -> tuple[str, int] | None:
    """The inside of a quoted cell; None when the quote is the cell's own."""
    at = start
    while (end := text.find('"', at)) >= 0:
        if text.startswith('""', end):
            at = end + 2
            continue
        inside = text[start:end]
        closed = end + 1 == len(text) or text[end + 1] in "\t\n"
        needed = any(mark in inside for mark in ("\t", "\n", '""'))
        return (inside.replace('""', '"'), end + 1) if closed and needed else None
    return None


def write_block(rows: Iterable[Sequence[str]]) -> str:
    """What `read_block` reads back; every row ends with a line break, as spreadsheets write it."""
    return "".join("\t".join(map(_written, row)) + "\n" for row in rows)


def _written(cell: str) -> str:
    if cell.startswith('"') or "\t" in cell or "\n" in cell:
        doubled = cell.replace('"', '""')
        return f'"{doubled}"'
    return cell
