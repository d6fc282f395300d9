"""The inverted index of the search: FTS5 on SQLite, an array of pairs with GIN on PostgreSQL. No extension.

A pair is indexed together with the kind of its object, so that one index serves all kinds and never mixes them.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db import connection

from notices.models import KIND_BITS, SearchEntry, SearchMark
from notices.text.grams import pairs

_LOCK = 0x5EA2C  # any number nobody else locks
_PAIRS = 24  # of the words asked for; fewer pairs only name more candidates
_MASK = (1 << KIND_BITS) - 1
_ENTRY, _MARK = SearchEntry._meta.db_table, SearchMark._meta.db_table
TRIGGERS = [
    f"search_{table}_{event}"
    for table in ("issue", "task", "taskunit", "progress", "evidence")
    for event in ("new", "changed", "gone")
]


class Entry(NamedTuple):
    """One object's texts as they were indexed (`old`, None: not at all) and as they are (`new`, None: gone)."""

    key: int
    old: str | None
    new: str | None


def key_of(kind: int, pk: int) -> int:
    return pk << KIND_BITS | kind


def kind_and_pk(key: int) -> tuple[int, int]:
    return key & _MASK, key >> KIND_BITS


def tokens(key: int, text: str) -> list[str]:
    kind = key & _MASK
    return [f"{kind}{pair}" for pair in pairs(text)]


def candidates(words: str, kinds: Sequence[int], *, most: int) -> dict[int, set[int]] | None:
    """Of each of these kinds the keys of the objects that may hold the words: those indexed with all their pairs, and
    those marked as changed since. None when there are more than `most`, or when the words have no pair."""
    wanted = sorted(pairs(words))[:_PAIRS]
    if not wanted:
        return None
    wanted_of = [[f"{kind}{pair}" for pair in wanted] for kind in kinds]
    marks = f"SELECT DISTINCT entry FROM {_MARK} WHERE entry & {_MASK} IN ({', '.join(map(str, map(int, kinds)))})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Planned apart from the limit: a plan for the first rows would read the whole table for a rare word.
            held = " OR ".join(["pairs @> %s::text[]"] * len(kinds))
            cursor.execute(
                f"WITH hit AS MATERIALIZED (SELECT id FROM {_ENTRY} WHERE {held}), mark AS MATERIALIZED ({marks}) "
                "SELECT id FROM hit UNION ALL SELECT entry FROM mark LIMIT %s",
                [*wanted_of, most + 1],
            )
        else:
            match = " OR ".join("(" + " AND ".join(f'"{t}"' for t in each) + ")" for each in wanted_of)
            cursor.execute(
                "SELECT rowid FROM notices_searchindex WHERE notices_searchindex MATCH %s "
                f"UNION ALL SELECT * FROM ({marks}) LIMIT %s",
                [match, most + 1],
            )
        rows = cursor.fetchall()
    if len(rows) > most:
        return None
    found: dict[int, set[int]] = {kind: set() for kind in kinds}
    for (key,) in rows:
        found[key & _MASK].add(key >> KIND_BITS)
    return found


def alone() -> bool:
    """Whether nobody else writes the index in a transaction of this time. SQLite's writers are alone anyway."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def write(entries: Iterable[Entry]) -> None:
    """Make the index say `new` where it said `old`. Call inside a transaction, `alone`."""
    moved = [entry for entry in entries if entry.old != entry.new]
    stale = [(entry.key,) for entry in moved if entry.old is not None]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.executemany(f"DELETE FROM {_ENTRY} WHERE id = %s", stale)
            with cursor.copy(f"COPY {_ENTRY} (id, text, pairs) FROM STDIN") as copy:
                for key, _, text in moved:
                    if text is not None:
                        copy.write_row((key, text, tokens(key, text)))
            return
        # An index without content of its own forgets a row only when told what the row held.
        cursor.executemany(
            "INSERT INTO notices_searchindex (notices_searchindex, rowid, pairs) VALUES ('delete', %s, %s)",
            [(key, " ".join(tokens(key, old))) for key, old, _ in moved if old is not None],
        )
        cursor.executemany(f"DELETE FROM {_ENTRY} WHERE id = %s", stale)
        fresh = [(key, text) for key, _, text in moved if text is not None]
        cursor.executemany(
            "INSERT INTO notices_searchindex (rowid, pairs) VALUES (%s, %s)",
            [(key, " ".join(tokens(key, text))) for key, text in fresh],
        )
        cursor.executemany(f"INSERT INTO {_ENTRY} (id, text) VALUES (%s, %s)", fresh)


def tidy() -> None:
    """Put what was written lately where it is found by its pairs. PostgreSQL keeps it in a list beside the index, up to
    4 MB, which every search reads through until the table is vacuumed. Whoever does not own the index leaves that to it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT gin_clean_pending_list(oid) FROM pg_class "
                "WHERE oid = to_regclass('searchentry_pairs') AND pg_has_role(relowner, 'USAGE')"
            )


def empty() -> None:
    """Forget every entry. Call inside a transaction, `alone`."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {_ENTRY}")
        if connection.vendor != "postgresql":
            cursor.execute("INSERT INTO notices_searchindex (notices_searchindex) VALUES ('delete-all')")


def mark_all(sources: Sequence[tuple[int, str]]) -> None:
    """Mark every row of these tables: (kind, table)."""
    with connection.cursor() as cursor:
        for kind, table in sources:
            cursor.execute(
                f"INSERT INTO {_MARK} (entry) SELECT id * {1 << KIND_BITS} + {kind} FROM {connection.ops.quote_name(table)}"
            )


def postings_agree() -> bool:
    """Whether the index holds as many postings as the entries' texts have pairs. Reads every entry."""
    wanted = sum(len(pairs(text)) for text in SearchEntry.objects.values_list("text", flat=True).iterator())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SELECT COALESCE(SUM(cardinality(pairs)), 0) FROM {_ENTRY}")
        else:
            cursor.execute(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.searchterms "
                "USING fts5vocab(main, notices_searchindex, instance)"
            )
            cursor.execute("SELECT COUNT(*) FROM temp.searchterms")
        return int(cursor.fetchone()[0]) == wanted


def missing_triggers() -> list[str]:
    """Triggers the database should have and has not."""
    catalog = "pg_trigger WHERE NOT tgisinternal" if connection.vendor == "postgresql" else "sqlite_master"
    column = "tgname" if connection.vendor == "postgresql" else "name"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {catalog}")
        there = {row[0] for row in cursor.fetchall()}
    return [name for name in TRIGGERS if name not in there]
