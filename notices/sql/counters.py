"""Add to counters in place. Works on SQLite ≥ 3.24 and PostgreSQL ≥ 9.5, which share the upsert's words."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from notices.models import Rollup

_COLUMNS = ("unit_id", "notice_id", "state", "deadline", "judged_on", "late")
_UPSERT = (
    'INSERT INTO {table} (unit_id, notice_id, state, deadline, judged_on, late, "count") VALUES {rows} '
    "ON CONFLICT (unit_id, notice_id, state, deadline, judged_on, late) "
    'DO UPDATE SET "count" = {table}."count" + excluded."count"'
)
_CHUNK = 100  # rows a statement: 700 parameters, below SQLite's oldest limit


def add_to_rollups(rows: Sequence[tuple[Any, ...]]) -> None:
    """Each row is (unit, notice, state, deadline, judged_on, late, difference); callers sort them by unit."""
    table = connection.ops.quote_name(Rollup._meta.db_table)
    with connection.cursor() as cursor:
        for start in range(0, len(rows), _CHUNK):
            chunk = rows[start : start + _CHUNK]
            values = ", ".join(["(%s, %s, %s, %s, %s, %s, %s)"] * len(chunk))
            cursor.execute(
                _UPSERT.format(table=table, rows=values), [_plain(cell) for row in chunk for cell in row]
            )


def _plain(cell: Any) -> Any:
    """Dates as text: SQLite's own adapter for them is deprecated, PostgreSQL reads ISO text."""
    return cell.isoformat() if hasattr(cell, "isoformat") else cell
