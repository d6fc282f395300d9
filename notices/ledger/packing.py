"""Rows and plans as compressed JSON, for keeping. Pure."""

import datetime as dt
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from notices.records import CellProblem, FieldChange, Plan, PlanRow

BLOCK = 1000  # rows of a plan packed together
_IN_BLOCKS = b"\x01"  # zlib begins otherwise
_DAY = "\x00d"  # marks a day; no header of a column can be this


def pack(value: Any) -> bytes:
    """Lists, dicts, texts, numbers and days → compressed JSON."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_mark_day)
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 1)


def unpack(data: bytes) -> Any:
    return json.loads(zlib.decompress(data).decode("utf-8", "surrogatepass"), object_hook=_read_day)


def _mark_day(value: object) -> dict[str, str]:
    if isinstance(value, dt.date):
        return {_DAY: value.isoformat()}
    raise TypeError(f"not a ledger value: {value!r}")


def _read_day(found: dict[str, Any]) -> object:
    return dt.date.fromisoformat(found[_DAY]) if _DAY in found else found


def pack_plan(plan: Plan) -> bytes:
    """What is asked of the whole plan first, then its rows in blocks, so that a page of them opens one block.

    A sign, the length of the head in four bytes, the head, the blocks."""
    blocks = [plan.rows[at : at + BLOCK] for at in range(0, len(plan.rows), BLOCK)]
    packed = [pack([_row_out(row) for row in rows]) for rows in blocks]
    head = pack(
        {
            "counts": plan.counts,
            "changes": plan.changes,
            "problems": [[p.sheet, p.cell, p.code, p.message, p.row, p.refuses] for p in plan.problems],
            "missing": plan.missing,
            "blocks": [[len(data), _sums(rows)] for data, rows in zip(packed, blocks, strict=True)],
        }
    )
    return b"".join([_IN_BLOCKS, len(head).to_bytes(4, "big"), head, *packed])


def _sums(rows: Sequence[PlanRow]) -> list[list[Any]]:
    """[kind, what of, whether a cell changes, whether a cell is in conflict, how many rows]."""
    found = Counter((r.kind, r.of, bool(r.fields), bool(r.conflicts)) for r in rows)
    return [[*what, n] for what, n in found.items()]


class PackedPlan:
    """A kept plan of which only what is asked for is opened."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        if data[:1] == _IN_BLOCKS:
            self._begin = 5 + int.from_bytes(data[1:5], "big")
            head = unpack(data[5 : self._begin])
            self._old: list[PlanRow] = []
            self._blocks: list[list[Any]] = head["blocks"]
        else:  # kept before plans had blocks: one of all rows
            head = unpack(data)
            self._old = [_row_in(r) for r in head["rows"]]
            self._blocks = [[0, _sums(self._old)]]
        self.counts: dict[str, int] = head["counts"]
        self.changes: int = head["changes"]
        self.problems = tuple(CellProblem(*p) for p in head["problems"])
        self.missing: tuple[str, ...] = tuple(head["missing"])

    def count(self, kinds: Sequence[str] = (), *, of: str = "", changing: bool = False) -> int:
        """Rows of these kinds (all when none is named), of issues or tasks, with a changed cell."""
        return sum(
            n
            for _, sums in self._blocks
            for kind, what, changes, _, n in sums
            if (not kinds or kind in kinds) and of in ("", what) and (changes or not changing)
        )

    def rows(self, kind: str = "", start: int = 0, most: int | None = None) -> Iterator[PlanRow]:
        """Rows of this kind (all when empty) in the order of the plan, from the one at place `start` on."""
        left = most
        for place, (_, sums) in enumerate(self._blocks):
            here = sum(n for found, _, _, _, n in sums if kind in ("", found))
            if start >= here:
                start -= here
                continue
            wanted = (row for row in self._opened(place) if kind in ("", row.kind))
            for row in islice(wanted, start, None):
                if left == 0:
                    return
                left = left if left is None else left - 1
                yield row
            start = 0

    def in_conflict(self) -> Iterator[PlanRow]:
        for place, (_, sums) in enumerate(self._blocks):
            if any(conflicts for _, _, _, conflicts, _ in sums):
                yield from (row for row in self._opened(place) if row.conflicts)

    def _opened(self, place: int) -> list[PlanRow]:
        if self._old:
            return self._old
        begin = self._begin + sum(size for size, _ in self._blocks[:place])
        return [_row_in(r) for r in unpack(self._data[begin : begin + self._blocks[place][0]])]


def unpack_plan(data: bytes) -> Plan:
    found = PackedPlan(data)
    return Plan(tuple(found.rows()), found.counts, found.changes, found.problems, found.missing)


def _row_out(row: PlanRow) -> list[Any]:
    return [
        row.sheet,
        row.row,
        row.key,
        row.kind,
        row.of,
        row.pk,
        row.version,
        row.number,
        [_field_out(c) for c in row.fields],
        [_field_out(c) for c in row.conflicts],
        row.reason,
        row.issue,
        row.step,
        row.values,
        row.extra,
    ]


def _field_out(change: FieldChange) -> list[Any]:
    return [change.key, change.column, change.cell, change.old, change.new, change.base]


def _row_in(cells: list[Any]) -> PlanRow:
    fields = tuple(FieldChange(*c) for c in cells[8])
    conflicts = tuple(FieldChange(*c) for c in cells[9])
    ready: list[Any] = [*cells[:8], fields, conflicts, *cells[10:]]
    return PlanRow(*ready)
