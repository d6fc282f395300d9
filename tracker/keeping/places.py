"""Where a database is built beside the one in use, and how the two change places at once.

SQLite: a second file; its pages are copied into the file in use in one transaction of SQLite's own backup, so a process that is
killed leaves the old state and one that reads sees one or the other. PostgreSQL: a second schema; two renames in one transaction.
The state before stays (`before`) until the next change: that is the way back.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from notices.errors import Refused

BESIDE, BEFORE = "beside", "before"


class Place(Protocol):
    """`settings`: Django's of the database in use."""

    def is_new(self) -> bool:
        """Nothing of ours is in it yet."""

    def env(self, which: str = "") -> dict[str, str]:
        """What a process reads to have the database in use, or the one beside it, as its own."""

    def clear(self) -> None:
        """Take away what an earlier attempt left beside."""

    def switch(self) -> None:
        """What is beside becomes what is in use; what was in use is kept as `before`."""

    def back(self) -> None:
        """`before` and what is in use change places. Raises Refused when there is none."""


def place_of(settings: dict[str, Any]) -> Place:
    return SqlitePlace(settings) if settings["ENGINE"].endswith("sqlite3") else PostgresPlace(settings)


def address_of(settings: dict[str, Any]) -> str:
    """The DATABASE_URL that means this database."""
    if settings["ENGINE"].endswith("sqlite3"):
        return f"sqlite:///{settings['NAME']}"
    user = ":".join(quote(str(settings[key]), safe="") for key in ("USER", "PASSWORD") if settings[key])
    port = f":{settings['PORT']}" if settings["PORT"] else ""
    options = {
        k: v for k, v in settings.get("OPTIONS", {}).items() if k not in ("options", "connect_timeout")
    }
    query = f"?{urlencode(options)}" if options else ""
    name = quote(str(settings["NAME"]), safe="")
    if settings["HOST"].startswith("/"):  # the folder of a Unix socket
        return f"postgres://{user}@{port}/{quote(settings['HOST'], safe='')}/{name}{query}"
    return f"postgres://{user}{'@' if user else ''}{settings['HOST']}{port}/{name}{query}"


# ── SQLite ───────────────────────────────────────────────────────────────────
class SqlitePlace:
    def __init__(self, settings: dict[str, Any]) -> None:
        self.path = Path(settings["NAME"])

    def at(self, which: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{which}") if which else self.path

    def is_new(self) -> bool:
        if not self.path.exists() or not self.path.stat().st_size:
            return True
        with closing(sqlite3.connect(self.path)) as database:
            return not database.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()

    def env(self, which: str = "") -> dict[str, str]:
        return {"DATABASE_URL": f"sqlite:///{self.at(which)}", "DATABASE_SCHEMA": ""}

    def clear(self) -> None:
        _remove(self.at(BESIDE))

    def lend_tables(self, migrations: list[tuple[str, str]], to: Path) -> bool:
        """Make the empty tables of a new file as they are in the file in use, when that stands at these migrations: the same
        as going through all of them, in no time. Whether it was done."""
        if self.is_new():
            return False
        try:
            with closing(sqlite3.connect(self.path)) as database:
                rows = database.execute(
                    "SELECT app, name, applied FROM django_migrations ORDER BY id"
                ).fetchall()
                shadows = {row[1] for row in database.execute("PRAGMA table_list") if row[2] == "shadow"}
                made = database.execute(
                    "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
                    " ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'view' THEN 1 WHEN 'index' THEN 2 ELSE 3 END, rowid"
                ).fetchall()
        except sqlite3.DatabaseError:
            return False  # it may be what is broken
        if {row[:2] for row in rows} != set(migrations):
            return False
        with closing(sqlite3.connect(to)) as new, new:
            for name, statement in made:
                if name not in shadows:
                    new.execute(statement)
            new.executemany("INSERT INTO django_migrations (app, name, applied) VALUES (?, ?, ?)", rows)
        return True

    def switch(self, *, patience: float = 20) -> None:
        """Raises Refused when somebody writes for longer than that, in seconds."""
        if self.path.exists():
            _save(self.path, self.at(BEFORE))
            _pour(self.at(BESIDE), self.path, patience)
            self.clear()
        else:
            with closing(sqlite3.connect(self.at(BESIDE))) as beside:
                beside.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            os.replace(self.at(BESIDE), self.path)
            self.clear()

    def back(self) -> None:
        if not self.at(BEFORE).exists():
            raise Refused("没有留存的上一状态，不能退回；请用 restore 从备份文件恢复。")
        spare = self.at("after")
        _save(self.path, spare)
        _pour(self.at(BEFORE), self.path)
        os.replace(spare, self.at(BEFORE))


def _remove(path: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{end}").unlink(missing_ok=True)


def _save(path: Path, copy: Path) -> None:
    """A copy of the file as it is, whole or not at all; one that SQLite cannot read is kept byte by byte."""
    part = Path(f"{copy}.part")
    _remove(part)
    try:
        _pour(path, part)
    except sqlite3.DatabaseError:
        _remove(part)
        part.write_bytes(path.read_bytes())
    os.replace(part, copy)


def _pour(source: Path, target: Path, patience: float = 20) -> None:
    """All pages of one file into the other, in one transaction of the other."""
    end = time.monotonic() + patience

    def waiting(status: int, _left: int, _all: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > end:  # else for ever
            raise Refused("没有切换数据库：它正被其他程序写入。请停止全部服务后重试。")

    try:
        with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target, timeout=1)) as write:
            try:
                read.backup(write, pages=-1, progress=waiting, sleep=0.1)
            except sqlite3.OperationalError as error:
                raise Refused(f"没有切换数据库（{error}）：请确认磁盘空间和文件权限后重试。") from error
            write.execute("PRAGMA journal_mode=WAL")
    except sqlite3.DatabaseError:
        if target.suffix == ".part":
            raise
        _remove(target)  # not a database at all: nothing of it can be kept in use
        with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as write:
            read.backup(write)


# ── PostgreSQL ───────────────────────────────────────────────────────────────
class PostgresPlace:
    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings

    @contextmanager
    def _session(self) -> Iterator[psycopg.Connection[Any]]:
        found = self.settings
        given = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        words = {key: found[name] for key, name in given.items() if found.get(name)}
        try:
            with psycopg.connect(**words, **({"connect_timeout": 5} | found.get("OPTIONS", {}))) as session:
                yield session
        except psycopg.OperationalError as error:
            raise Refused(f"连接不上数据库：{str(error).strip().splitlines()[0]}") from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise Refused(
                f"数据库账号权限不足（{error.diag.message_primary}）。"
                "请让该账号成为数据库的所有者：ALTER DATABASE 库名 OWNER TO 账号。"
            ) from error

    def _names(self, session: psycopg.Connection[Any]) -> tuple[str, str, str]:
        """The schema in use, and those beside it and before it."""
        row = session.execute("SELECT current_schema()").fetchone()
        name = (row and row[0]) or "public"
        return name, f"{name}_{BESIDE}", f"{name}_{BEFORE}"

    def is_new(self) -> bool:
        with self._session() as session:
            query = "SELECT 1 FROM pg_class WHERE relnamespace = current_schema()::regnamespace LIMIT 1"
            return session.execute(query).fetchone() is None

    def env(self, which: str = "") -> dict[str, str]:
        with self._session() as session:
            name = f"{self._names(session)[0]}_{which}" if which else self._names(session)[0]
        return {"DATABASE_URL": address_of(self.settings), "DATABASE_SCHEMA": name}

    def clear(self) -> None:
        with self._session() as session:
            beside = sql.Identifier(self._names(session)[1])
            session.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(beside))
            session.execute(sql.SQL("CREATE SCHEMA {}").format(beside))

    def switch(self) -> None:
        with self._session() as session:
            name, beside, before = (sql.Identifier(n) for n in self._names(session))
            session.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(before))
            session.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(name, before))
            session.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(beside, name))

    def back(self) -> None:
        with self._session() as session:
            now, spare, past = self._names(session)
            if not session.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [past]).fetchone():
                raise Refused("没有留存的上一状态，不能退回；请用 restore 从备份文件恢复。")
            name, beside, before = (sql.Identifier(n) for n in (now, spare, past))
            session.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(beside))
            for old, new in ((name, beside), (before, name), (beside, before)):
                session.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(old, new))

    def forget(self) -> None:
        """Drop what was in use before."""
        with self._session() as session:
            before = sql.Identifier(self._names(session)[2])
            session.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(before))
