"""Every row of every table as lines of text that say the same on each engine, and back.

A line is a JSON list in the order of the columns: instants in UTC, bytes in base64, JSON with sorted keys. So two databases
hold the same exactly when their lines are the same, whichever engine keeps them.
"""

import base64
import datetime as dt
import decimal
import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.apps import apps as present
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils.duration import duration_string

from notices.errors import Refused
from tracker.keeping import retired, sql

# Who is signed in at the moment is nobody's record: after a restore everybody signs in again. The search index is made anew:
# the triggers mark every row that is loaded.
LEFT_OUT = frozenset({"sessions.session", "accounts.signin", "notices.searchentry", "notices.searchmark"})
CHUNK = 2000
_EXACT = frozenset({"BooleanField", "CharField", "TextField", "FileField", "FloatField", "JSONField"})
_WHOLE = ("AutoField", "IntegerField")  # ends of the names of every whole-number field


@dataclass
class Table:
    """What the manifest says of one table. `last`: the highest key ever given out, None where keys are not counted."""

    columns: list[str]
    count: int = 0
    sha256: str = ""
    last: int | None = None


@dataclass
class Dumped:
    """`named`: files that rows speak of, by path relative to the media folder, with the hash the row gives or ""."""

    tables: dict[str, Table] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)


class Steps(MigrationLoader):
    """The migrations one by one, without those that make many of them at once. A database that took the latter has them all
    on record, so that the steps tell where any database stands, also one of an older release."""

    def load_disk(self) -> None:
        super().load_disk()
        self.disk_migrations = {key: step for key, step in self.disk_migrations.items() if not step.replaces}


def applied() -> list[tuple[str, str]]:
    """The migrations this database has been through, in their order."""
    return sorted(MigrationExecutor(connection).loader.applied_migrations)


def every() -> set[tuple[str, str]]:
    """The steps this program has."""
    return set(Steps(connection).disk_migrations)


def ours(migrations: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """The steps among them, without those of apps this program has no more."""
    at_once = MigrationExecutor(connection).loader.replacements
    return {found for found in migrations if found[0] not in retired.APPS and found not in at_once}


def take(migrations: Iterable[tuple[str, str]]) -> None:
    """Bring an empty database to where these steps end; raises nothing when they end elsewhere: compare `applied`."""
    wanted = ours(migrations)
    if wanted == every():
        call_command("migrate", interactive=False, verbosity=0)
        return
    executor = MigrationExecutor(connection)
    executor.loader = Steps(connection)
    executor.migrate(_leaves(executor.loader, wanted))


def _leaves(loader: MigrationLoader, done: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """The last of each app among these: what to migrate to, to stand where they stand."""
    graph = loader.graph
    return sorted(
        node
        for node in done
        if node in graph.nodes
        and not any(c.key in done and c.key[0] == node[0] for c in graph.node_map[node].children)
    )


def unknown(migrations: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of these migrations that this program does not have and never had."""
    return sorted(ours(migrations) - every())


def tables(migrations: Iterable[tuple[str, str]]) -> dict[str, type[models.Model]]:
    """The models as they stand after these migrations, by label; without LEFT_OUT."""
    done = set(migrations)
    found: Any = present
    if ours(done) != every():
        loader = Steps(connection)
        nodes = [node for node in loader.graph.nodes if node in done]
        found = loader.project_state(nodes).apps
    every_one = found.get_models(include_auto_created=True)
    kept = [m for m in every_one if m._meta.managed and not m._meta.proxy and not m._meta.swapped]
    labelled = {m._meta.label_lower: m for m in kept} | retired.there(done)
    return {label: model for label, model in sorted(labelled.items()) if label not in LEFT_OUT}


# ── Out ──────────────────────────────────────────────────────────────────────
def columns_of(model: type[models.Model]) -> list[str]:
    return [f.attname for f in sql.stored(model)]


def lines(model: type[models.Model]) -> Iterator[str]:
    """In the order of the keys, each with its line end."""
    rows: Any = models.QuerySet(model).order_by("pk").values_list(*columns_of(model))
    write = json.JSONEncoder(
        ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=portable
    ).encode
    for row in rows.iterator(chunk_size=CHUNK):
        yield write(row) + "\n"


def portable(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return duration_string(value)
    if isinstance(value, decimal.Decimal | uuid.UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode("ascii")
    raise TypeError(f"{type(value).__name__} has no portable form")


def dump(label: str, model: type[models.Model], write: Callable[[bytes], object], into: Dumped) -> None:
    """Every line of one table to `write`; what there is to say of it goes to `into`."""
    digest, table = hashlib.sha256(), Table(columns_of(model))
    files = [(i, where) for i, f in enumerate(sql.stored(model)) if (where := _folder(f)) is not None]
    hashed = table.columns.index("sha256") if "sha256" in table.columns else None
    for line in lines(model):
        raw = line.encode()
        digest.update(raw)
        write(raw)
        table.count += 1
        row = json.loads(line) if files else []
        for i, where in files:
            if row[i]:
                into.named[f"{where}{row[i]}"] = row[hashed] if hashed is not None and where else ""
    table.sha256, table.last = digest.hexdigest(), sql.last_key(model)
    into.tables[label] = table


def _folder(column: Any) -> str | None:
    """Where the file lies that the column names; None when it names none."""
    if isinstance(column, models.FileField):
        return ""
    return "evidence/" if column.attname == "stored_as" else None


def digest_of(model: type[models.Model]) -> tuple[int, str]:
    """Rows and hash of one table, as its manifest would say."""
    digest, count = hashlib.sha256(), 0
    for line in lines(model):
        digest.update(line.encode())
        count += 1
    return count, digest.hexdigest()


# ── In ───────────────────────────────────────────────────────────────────────
def load(label: str, model: type[models.Model], table: Table, given: Iterable[str]) -> int:
    """Insert these lines. Returns how many; the table must be empty and its guards may stand."""
    if table.columns != columns_of(model):
        raise Refused(f"备份中“{label}”的列与程序不一致，不能恢复。")
    readers = [_reader(f) for f in sql.stored(model)]
    left, total = iter(given), 0
    while chunk := list(islice(left, CHUNK)):
        rows = [[read(cell) for read, cell in zip(readers, json.loads(line), strict=True)] for line in chunk]
        sql.insert(model, rows)
        total += len(rows)
    return total


def _reader(column: Any) -> Callable[[Any], Any]:
    """From the portable form to what the driver takes."""
    target = column
    while target.remote_field is not None:
        target = target.target_field
    kind = target.get_internal_type()
    plain = kind.endswith(_WHOLE) or kind in _EXACT and kind != "JSONField"
    if plain and connection.vendor == "postgresql" or plain and kind != "BooleanField":
        return lambda cell: cell
    if kind == "JSONField":
        return lambda cell: column.get_db_prep_save(cell, connection)
    return lambda cell: None if cell is None else target.get_db_prep_save(target.to_python(cell), connection)


def first_difference(label: str, model: type[models.Model], given: Iterable[str]) -> str:
    """Where this database and the lines part, as a sentence; "" when they are the same, row by row."""
    mine, number = lines(model), 0
    for number, line in enumerate(given, start=1):
        if next(mine, None) != line:
            return f"“{label}”第 {number} 行（编号 {json.loads(line)[0]}）与原来不同"
    if next(mine, None) is not None:
        return f"“{label}”比原来多出行，原有 {number} 行"
    return ""
