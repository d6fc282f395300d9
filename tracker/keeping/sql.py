"""What differs by engine when everything is read or written at once. The only raw SQL of this package, with places.py."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models, transaction


def stored(model: type[models.Model]) -> list[Any]:
    """The columns that hold something of their own: not those the database computes."""
    return [f for f in model._meta.concrete_fields if not f.generated]


@contextmanager
def one_moment() -> Iterator[None]:
    """All that is read in the block is the database as it was at its beginning; nobody who writes has to wait."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # atomic() would begin IMMEDIATE and hold every writer up
            try:
                cursor.execute("SELECT count(*) FROM sqlite_master")  # the first read fixes the moment
                yield
            finally:
                cursor.execute("ROLLBACK")


def last_key(model: type[models.Model]) -> int | None:
    """The highest key this table ever gave out; None where keys are not counted by the database."""
    if not isinstance(model._meta.pk, models.AutoField):
        return None
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{table}"', column])
            name = cursor.fetchone()[0]
            cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {name}")
        else:
            cursor.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = %s", [table])
        return int(cursor.fetchone()[0] or 0)


def set_last_key(model: type[models.Model], last: int) -> None:
    """The next row gets a key above `last` and above every row there is."""
    table, column = model._meta.db_table, str(model._meta.pk.column)
    quoted = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT max({connection.ops.quote_name(column)}) FROM {quoted}")
        last = max(last, cursor.fetchone()[0] or 0)
        if connection.vendor == "postgresql":
            name = [f'"{table}"', column]
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)", [*name, last or 1, last > 0]
            )
        else:
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last])


def insert(model: type[models.Model], rows: Sequence[Sequence[Any]]) -> None:
    """Rows with a value for every column, as the driver takes them."""
    quote = connection.ops.quote_name
    names = ", ".join(quote(f.column) for f in stored(model))
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(stored(model)))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


def empty(model: type[models.Model]) -> None:
    """Remove what migrations wrote into a database that has just been made."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")


def guards() -> set[str]:
    """Names of the triggers that are there."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace"
            )
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return {row[0] for row in cursor.fetchall()}
