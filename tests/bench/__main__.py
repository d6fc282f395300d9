"""`make bench`: every benchmark on both databases, one table on the screen and in docs/benchmarks.md."""

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import Row
from tests.machine import describe
from tests.postgres import running

ROOT = Path(__file__).resolve().parent.parent.parent
NOTES = Path(__file__).with_name("notes.md")  # what the figures mean, printed below the table
HEAD = "| database | operation | time | × faster than peer | must | × floor | must | |"


def measure(address: str, folder: Path, wanted: list[str]) -> list[tuple[str, Row]]:
    """(database, row) of each benchmark on one database, run in a process of its own."""
    target = folder / "rows.json"
    env = os.environ | {"DATABASE_URL": address, "VAR_DIR": str(folder / "var"), "DJANGO_DEBUG": "0"}
    env |= {"SECRET_KEY": "benchmarks", "REDIS_URL": "redis://127.0.0.1:1/0", "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "tests.bench.measure", str(target), *wanted]
    subprocess.run(command, cwd=ROOT, env=env, check=True)
    rows = json.loads(target.read_text("utf-8"))
    return [(row.pop("engine"), Row(**row)) for row in rows]


def duration(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.2f} ms"


def ratio(value: float | None, name: str) -> str:
    return "–" if value is None else f"{value:.1f} ({name})"


def table(rows: list[tuple[str, Row]]) -> str:
    lines = [HEAD, "|---|---|---|---|---|---|---|---|"]
    for engine, row in rows:
        least = f"≥ {row.must_peer:g}" if row.must_peer is not None else "–"
        most = f"≤ {row.must_floor:g}" if row.must_floor is not None else "–"
        cells = [engine, row.operation, duration(row.seconds), ratio(row.faster, row.peer), least]
        cells += [
            ratio(row.times_floor, row.floor),
            most,
            "; ".join(filter(None, [row.note, row.on_the_wall, verdict(row)])),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def verdict(row: Row) -> str:
    asked = row.must_peer is not None or row.must_floor is not None
    return ("reached" if row.ok else "**not reached**") if asked else ""


def main() -> int:
    wanted, begun = sys.argv[1:], time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        rows = measure(f"sqlite:///{folder / 'bench.sqlite3'}", folder, wanted)
        with running() as address:
            rows += measure(address, folder, wanted)
    found = table(rows)
    day = dt.datetime.now(dt.UTC).date()
    text = (
        f"# Benchmarks\n\nWritten by `make bench` on {day}. {describe()}\n\n"
        "Each time is the best of interleaved runs; ratios are by CPU time where it is known, and only those within one run mean something.\n\n"
        f"{found}\n\n{NOTES.read_text('utf-8')}"
    )
    sys.stdout.write(text)
    sys.stderr.write(f"{(time.monotonic() - begun) / 60:.1f} minutes\n")
    if not wanted:
        (ROOT / "docs" / "benchmarks.md").write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
