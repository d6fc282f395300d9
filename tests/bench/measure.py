"""`python -m tests.bench.measure FILE.json [NAME …]`: runs the benchmarks on the database of DATABASE_URL."""

import importlib
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection

HERE = Path(__file__).resolve().parent


def names(wanted: list[str]) -> list[str]:
    """bench_<name>.py files, those asked for or all."""
    found = [path.stem.removeprefix("bench_") for path in sorted(HERE.glob("bench_*.py"))]
    return [name for name in found if not wanted or name in wanted]


def main() -> None:
    target, *wanted = sys.argv[1:]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    rows = []
    for name in names(wanted):
        module = importlib.import_module(f"tests.bench.bench_{name}")
        stored = getattr(module, "DATABASE", True)
        if stored or connection.vendor == "sqlite":
            begun = time.monotonic()
            engine = connection.vendor if stored else "–"
            rows += [asdict(row) | {"engine": engine} for row in module.main()]
            sys.stderr.write(f"{connection.vendor} {name}: {time.monotonic() - begun:.0f} s\n")
    Path(target).write_text(json.dumps(rows, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
