"""`make bench`: every benchmark on both databases, one table on the screen and in docs/benchmarks.md."""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import environ
import psycopg

from tests.bench import Row
from tests.machine import describe
from tests.postgres import running

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NOTES = HERE / "notes.md"  # what the figures mean, printed below the table
HEAD = "| database | operation | time | × faster than peer | must | × floor | must | |"


def names(wanted: list[str]) -> list[str]:
    """bench_<name>.py files, those asked for or all."""
    found = [path.stem.removeprefix("bench_") for path in sorted(HERE.glob("bench_*.py"))]
    return [name for name in found if not wanted or name in wanted]


def run(address: str, folder: Path, *command: str) -> None:
    env = os.environ | {"DATABASE_URL": address, "VAR_DIR": str(folder / "var"), "DJANGO_DEBUG": "0"}
    env |= {"SECRET_KEY": "benchmarks", "REDIS_URL": "redis://127.0.0.1:1/0", "LOG_LEVEL": "ERROR"}
    subprocess.run([sys.executable, *command], cwd=ROOT, env=env, check=True)


def measure(address: str, folder: Path, name: str) -> list[tuple[str, Row]]:
    """(database, row) of one benchmark, run in a process of its own."""
    target = folder / "rows.json"
    run(address, folder, "-m", "tests.bench.measure", str(target), name)
    rows = [(row.pop("engine"), Row(**row)) for row in json.loads(target.read_text("utf-8"))]
    for engine, row in rows:
        say(line(engine, row))
    return rows


def on_sqlite(folder: Path, wanted: list[str]) -> list[tuple[str, Row]]:
    """Each on an empty migrated file of its own."""
    empty, rows = folder / "empty.sqlite3", []
    run(f"sqlite:///{empty}", folder, "manage.py", "migrate", "--verbosity", "0")
    for name in names(wanted):
        shutil.copy(empty, folder / f"{name}.sqlite3")
        rows += measure(f"sqlite:///{folder / name}.sqlite3", folder, name)
        (folder / f"{name}.sqlite3").unlink()
    return rows


def on_postgresql(folder: Path, wanted: list[str]) -> list[tuple[str, Row]]:
    """Each on an empty migrated database of its own."""
    rows = []
    with running() as address, connected(address) as server:
        # Between two measured runs it would find the tables empty, their rows taken back, and the next run would be planned
        # for empty tables: a state no server in use is in.
        server.execute("ALTER SYSTEM SET autovacuum = off")
        server.execute("SELECT pg_reload_conf()")
        server.execute("CREATE DATABASE empty")
        run(beside(address, "empty"), folder, "manage.py", "migrate", "--verbosity", "0")
        for name in names(wanted):
            server.execute(f"CREATE DATABASE {name} TEMPLATE empty")
            rows += measure(beside(address, name), folder, name)
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    return rows


def connected(address: str) -> psycopg.Connection:
    found = environ.Env.db_url_config(address)
    place = {
        "host": found["HOST"],
        "port": found["PORT"],
        "user": found["USER"],
        "password": found["PASSWORD"],
    }
    given = {key: str(value) for key, value in place.items() if value}
    return psycopg.connect(dbname=found["NAME"], autocommit=True, **given)


def beside(address: str, name: str) -> str:
    """The address of another database of the same server."""
    return f"{address.rsplit('/', 1)[0]}/{name}"


def duration(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.2f} ms"


def ratio(value: float | None, name: str) -> str:
    return "–" if value is None else f"{value:.1f} ({name})"


def say(text: str) -> None:
    """At once: a run that is stopped has shown what it found."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def line(engine: str, row: Row) -> str:
    least = f"≥ {row.must_peer:g}" if row.must_peer is not None else "–"
    most = f"≤ {row.must_floor:g}" if row.must_floor is not None else "–"
    cells = [engine, row.operation, duration(row.seconds), ratio(row.faster, row.peer), least]
    cells += [
        ratio(row.times_floor, row.floor),
        most,
        "; ".join(filter(None, [row.note, row.on_the_wall, verdict(row)])),
    ]
    return "| " + " | ".join(cells) + " |"


def table(rows: list[tuple[str, Row]]) -> str:
    return "\n".join(
        [HEAD, "|---|---|---|---|---|---|---|---|", *(line(engine, row) for engine, row in rows)]
    )


def verdict(row: Row) -> str:
    asked = row.must_peer is not None or row.must_floor is not None
    return ("reached" if row.ok else "**not reached**") if asked else ""


def main() -> int:
    wanted, begun = sys.argv[1:], time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        say(HEAD)
        rows = on_sqlite(folder, wanted) + on_postgresql(folder, wanted)
    day = dt.datetime.now(dt.UTC).date()
    text = (
        f"# Benchmarks\n\nWritten by `make bench` on {day}. {describe()}\n\n"
        "Each time is the best of interleaved runs; ratios are by CPU time where it is known, and only those within one run mean something.\n\n"
        f"{table(rows)}\n\n{NOTES.read_text('utf-8')}"
    )
    sys.stderr.write(f"{(time.monotonic() - begun) / 60:.1f} minutes\n")
    if not wanted:
        (ROOT / "docs" / "benchmarks.md").write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
