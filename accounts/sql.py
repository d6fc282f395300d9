"""Many rows at once, without an object per row: what every set-wise writer shares. The only raw SQL of this app.

`bulk_create` builds an object per row and asks every field of it; for ten thousand rows that costs more than the
database's own work. SQLite takes executemany, PostgreSQL takes COPY. Call inside a transaction.

And one question that every request asks: putting it together anew each time cost more than all else about the rights.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection, models
from django.db.models.expressions import RawSQL

Values = Sequence[Any]
# From so many new rows on, plans that a PostgreSQL session made while the table was small are given up: it would else check
# each foreign key of the new rows by going through the whole table.
MANY = 500
# As StandInQuerySet.on says it; tests/accounts/test_stand_ins.py holds the two equal.
_STOOD_IN_FOR = """
SELECT held.id FROM accounts_standin standing
JOIN accounts_membership held ON held.user_id = standing.person_id AND held.unit_id = standing.unit_id
JOIN accounts_user person ON person.id = standing.person_id AND person.is_active
JOIN accounts_user deputy ON deputy.id = standing.deputy_id AND deputy.is_active
WHERE standing.deputy_id = %s AND standing.first_on <= %s AND standing.last_on >= %s AND standing.ended_at IS NULL
"""
_encode = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps would build an encoder for every row


def insert(model: type[models.Model], names: Sequence[str], rows: Iterable[Values]) -> int:
    """Insert rows given as values of these fields (attribute names: `notice_id`), every column without a database
    default among them. Returns how many."""
    columns = [field_of(model, name).column for name in names]
    ready = as_stored(model, names, rows)
    if not ready:
        return 0
    quoted = ", ".join(connection.ops.quote_name(c) for c in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({quoted}) FROM STDIN") as copy:
                for row in ready:
                    copy.write_row(row)
            if len(ready) >= MANY:
                cursor.execute("DISCARD PLANS")
        else:
            # OR FAIL: a table with a trigger would else keep a journal of each row, to take back that row alone. Whoever
            # calls this takes the whole transaction back.
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT OR FAIL INTO {table} ({quoted}) VALUES ({marks})", ready)
    return len(ready)


def rewrite(model: type[models.Model], names: Sequence[str], rows: Iterable[Values]) -> None:
    """Set these fields: each row is (values of the fields …, pk)."""
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(field_of(model, n).column)} = %s" for n in names)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(model._meta.db_table)} SET {sets} WHERE id = %s", as_stored(model, names, rows)
        )


def field_of(model: type[models.Model], name: str) -> Any:
    return next(f for f in model._meta.concrete_fields if name in (f.attname, f.name))


def as_stored(model: type[models.Model], names: Sequence[str], rows: Iterable[Values]) -> list[list[Any]]:
    """Rows as lists in which days, instants and JSON are what both drivers take; other columns are taken as they are.

    (SQLite's own adapters for days and instants are deprecated.)
    """
    odd = [(i, plain) for i, name in enumerate(names) if (plain := _converter(field_of(model, name)))]
    ready = [list(row) for row in rows]
    for i, plain in odd:
        known: dict[Any, Any] = {None: None}  # the same instant and day stand in thousands of rows
        for row in ready:
            cell = row[i]
            kind = cell.__class__
            if kind is str:
                continue
            if kind is dict or kind is list:
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
    return _encode(value) if value else "[]" if value == [] else "{}"


def stood_in_for(deputy: int, day: dt.date) -> RawSQL:
    """Ids of the memberships of colleagues that the deputy (id) holds for them on that day, for `pk__in`; of whatever role."""
    at = day.isoformat()
    return RawSQL(_STOOD_IN_FOR, (deputy, at, at))
