"""Many rows at once: insert and guarded update without an object per row.

`bulk_create` builds objects and `bulk_update` a CASE per row and column; for ten thousand rows both cost more than the
ledger's whole reading. SQLite takes executemany, PostgreSQL takes COPY for inserts. Call inside a transaction.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection, models

Values = Sequence[Any]


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Primary keys for `count` new rows, in ascending order; nobody else gets them."""
    if not count:
        return []
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
            )
            return sorted(row[0] for row in cursor.fetchall())
        # SQLite has one writer: its transaction holds the lock since it began (IMMEDIATE).
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        start = int(row[0]) if row else 0
        return list(range(start + 1, start + count + 1))


def insert(model: type[models.Model], names: Sequence[str], rows: Iterable[Values]) -> int:
    """Insert rows given as values of these fields (attribute names: `notice_id`), every column without a database
    default among them. Returns how many."""
    columns = [_field(model, name).column for name in names]
    ready = _ready(model, names, rows)
    if not ready:
        return 0
    quoted = ", ".join(connection.ops.quote_name(c) for c in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({quoted}) FROM STDIN") as copy:
                for row in ready:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({quoted}) VALUES ({marks})", ready)
    return len(ready)


def update(model: type[models.Model], names: Sequence[str], rows: Iterable[Values]) -> int:
    """Set these fields and raise the version by one: each row is (values of the fields …, pk, version).

    Rows whose version is another stay untouched; returns how many were changed.
    """
    ready = _ready(model, names, rows)
    if not ready:
        return 0
    quote = connection.ops.quote_name
    sets = "".join(f"{quote(_field(model, n).column)} = %s, " for n in names)
    table = quote(model._meta.db_table)
    statement = f"UPDATE {table} SET {sets}version = version + 1 WHERE id = %s AND version = %s"
    with connection.cursor() as cursor:
        cursor.executemany(statement, ready)
        return int(cursor.rowcount)


def _field(model: type[models.Model], name: str) -> Any:
    return next(f for f in model._meta.concrete_fields if name in (f.attname, f.name))


def _ready(model: type[models.Model], names: Sequence[str], rows: Iterable[Values]) -> list[list[Any]]:
    """Rows as lists in which days, instants and JSON are what both drivers take; other columns are taken as they are.

    (SQLite's own adapters for days and instants are deprecated.)
    """
    odd = [(i, plain) for i, name in enumerate(names) if (plain := _converter(_field(model, name)))]
    ready = [list(row) for row in rows]
    known: dict[Any, Any] = {}  # the same instant and day stand in thousands of rows
    for row in ready:
        for i, plain in odd:
            cell = row[i]
            if cell is None or cell.__class__ is str:
                continue
            if cell.__class__ in (dict, list):
                row[i] = plain(cell)
            else:
                if cell not in known:
                    known[cell] = plain(cell)
                row[i] = known[cell]
    return ready


def _converter(field: Any) -> Callable[[Any], Any] | None:
    if isinstance(field, models.DateTimeField):
        return connection.ops.adapt_datetimefield_value
    if isinstance(field, models.DateField):
        return dt.date.isoformat
    return _json if isinstance(field, models.JSONField) else None


def _json(value: Any) -> str:
    return "{}" if value == {} else json.dumps(value, ensure_ascii=False)
