"""Rows and plans as compressed JSON, for keeping. Pure."""

import datetime as dt
import json
import zlib
from typing import Any

from notices.records import CellProblem, FieldChange, Plan, PlanRow

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
    return pack(
        {
            "rows": [_row_out(r) for r in plan.rows],
            "counts": plan.counts,
            "changes": plan.changes,
            "problems": [[p.sheet, p.cell, p.code, p.message, p.row, p.refuses] for p in plan.problems],
            "missing": plan.missing,
        }
    )


def unpack_plan(data: bytes) -> Plan:
    found = unpack(data)
    return Plan(
        rows=tuple(_row_in(r) for r in found["rows"]),
        counts=found["counts"],
        changes=found["changes"],
        problems=tuple(CellProblem(*p) for p in found["problems"]),
        missing=tuple(found["missing"]),
    )


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
