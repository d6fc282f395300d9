"""The memory an import of 100,000 rows takes, beside calamine's own `to_python`. Each is measured in a process of its
own, from the size the program has before it begins; what the child process takes is told apart."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from django.db import connection

from tests.bench import Row
from tests.bench.ledger_data import workbook_bytes

MANY = int(os.environ.get("BENCH_MANY", "100000"))
PROGRAM = """
import sys
import django
django.setup()
from accounts.files.limits import LARGE
from notices.ledger.apply import apply_plan
from notices.ledger.uploads import prepare
from tests.bench.ledger_data import AT, TODAY, make_notice, parse
def size(name):
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name)) * 1024
path, what, title = sys.argv[1:]
if what != "floor":
    notice = make_notice(title)
before = size("VmRSS")
if what == "floor":
    with open(path, "rb") as file:
        book = parse(file.read())
else:
    plan = prepare(notice, path, name="a.xlsx", by=None, at=AT, today=TODAY, profile=LARGE).plan
    if what == "apply":
        apply_plan(plan, notice, by=None, at=AT, today=TODAY, why="导入")
sys.stdout.write(str((size("VmHWM") - before) / 1_000_000))
"""


def peak_mb(path: Path, what: str) -> float:
    command = [sys.executable, "-c", PROGRAM, str(path), what, f"内存{what}"]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> list[Row]:
    if connection.vendor != "sqlite":
        return []  # the rows of Python are the same on either database
    connection.close()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        path.write_bytes(workbook_bytes(MANY))
        floor = peak_mb(path, "floor")
        planned, applied = peak_mb(path, "plan"), peak_mb(path, "apply")
    name = "calamine `to_python`, MB"
    unit = "MB (in the seconds' column)"
    return [
        Row(f"{MANY:,} new rows planned, {unit}", planned, floor=name, floor_seconds=floor, must_floor=1.3),
        Row(f"{MANY:,} new rows planned and applied, {unit}", applied, floor=name, floor_seconds=floor),
    ]
