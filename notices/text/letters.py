"""Feedback letters that name their issues in running text: 一是 …；二是 … become numbered rows."""

from collections.abc import Iterator
from dataclasses import replace

from notices.text.layout import Layout, Part, part_of
from notices.text.lines import Line
from notices.text.marks import Kind, Mark, Ordinal, find_ordinals
from notices.text.rows import Row
from notices.text.titles import Sense, sense_of, title_end, trim_title

_FEWEST = 2  # ordinals in one paragraph; a lone 一是 is no list


def split_letter(layout: Layout) -> Layout:
    """The same letter with a row for each ordinal, when no numbered row of the items names an issue."""
    rows = layout.items or layout.head
    named = [row for row in rows if row.mark and row.sense in (Sense.ISSUE, Sense.FAULT)]
    spoken = [row for row in rows if _is_list(row)]
    if not spoken or any(row.kind not in (Kind.ASPECT, Kind.PART, Kind.SECTION) for row in named):
        return layout
    first = rows.index(spoken[0])
    start = first if not layout.items else 0
    items = [part for row in rows[start:] for part in _parts(row)]
    head = layout.head if layout.items else layout.head[:start]
    return replace(layout, head=head, items=items)


def _is_list(row: Row) -> bool:
    if row.mark and part_of(row) is Part.NEXT:
        return False
    ordinals = find_ordinals(row.line.folded)
    if len(ordinals) < _FEWEST:
        return False
    senses = [sense_of(trim_title(_cut(row, ordinal, end)[1])) for ordinal, end in _spans(row, ordinals)]
    return sum(sense in (Sense.ISSUE, Sense.FAULT) for sense in senses) * 2 >= len(senses)


def _spans(row: Row, ordinals: list[Ordinal]) -> list[tuple[Ordinal, int]]:
    ends = [ordinal.start for ordinal in ordinals[1:]] + [len(row.line.folded)]
    return list(zip(ordinals, ends, strict=True))


def _cut(row: Row, ordinal: Ordinal, end: int) -> tuple[Line, str]:
    """The ordinal's own words as a line, and their title."""
    line = Line(
        row.line.number, row.line.text[ordinal.end : end].strip(), row.line.folded[ordinal.end : end].strip()
    )
    stop, _ = title_end(line.folded)
    return line, line.text[:stop]


def _parts(row: Row) -> Iterator[Row]:
    if not _is_list(row):
        yield row
        return
    ordinals = find_ordinals(row.line.folded)
    if row.mark:
        head = replace(
            row.line, text=row.line.text[: ordinals[0].start], folded=row.line.folded[: ordinals[0].start]
        )
        yield replace(row, line=head, rest=min(row.rest, len(head.folded)))
    for ordinal, end in _spans(row, ordinals):
        line, title = _cut(row, ordinal, end)
        stop, rest = title_end(line.folded)
        words = trim_title(title)
        yield Row(line, Mark(Kind.ITEM, ordinal.number, 0), words, rest, sense_of(words), None)
