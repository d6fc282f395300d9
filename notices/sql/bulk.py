"""Many rows at once: keys kept for them, insert and guarded update without an object per row.

`insert` is that of accounts/sql.py. `bulk_update` builds a CASE per row and column; for ten thousand rows that costs
more than the ledger's whole reading. Call inside a transaction.
"""

from collections.abc import Iterable, Sequence

from django.db import connection, models

from accounts.sql import Values, as_stored, field_of, insert

__all__ = ["insert", "reserve_ids", "update"]


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


def update(model: type[models.Model], names: Sequence[str], rows: Iterable[Values]) -> int:
    """Set these fields and raise the version by one: each row is (values of the fields …, pk, version).

    Rows whose version is another stay untouched; returns how many were changed.
    """
    ready = as_stored(model, names, rows)
    if not ready:
        return 0
    quote = connection.ops.quote_name
    sets = "".join(f"{quote(field_of(model, n).column)} = %s, " for n in names)
    table = quote(model._meta.db_table)
    statement = f"UPDATE {table} SET {sets}version = version + 1 WHERE id = %s AND version = %s"
    with connection.cursor() as cursor:
        cursor.executemany(statement, ready)
        return int(cursor.rowcount)
