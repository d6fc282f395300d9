"""One moment for many reads: what is read in a transaction is the database as it was at its first read."""

from django.db import connection


def hold_still() -> None:
    """First statement of a transaction of its own. SQLite's transactions are so by themselves."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
