"""`python -m tests.bench.measure FILE.json NAME`: runs one benchmark on the empty migrated database of DATABASE_URL."""

import importlib
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path

import django
from django.db import connection


def main() -> None:
    target, name = sys.argv[1:]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    django.setup()
    rows, begun = [], time.monotonic()
    module = importlib.import_module(f"tests.bench.bench_{name}")
    stored = getattr(module, "DATABASE", True)
    if stored or connection.vendor == "sqlite":
        engine = connection.vendor if stored else "–"
        rows = [asdict(row) | {"engine": engine} for row in module.main()]
        sys.stderr.write(f"{connection.vendor} {name}: {time.monotonic() - begun:.0f} s\n")
    Path(target).write_text(json.dumps(rows, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
