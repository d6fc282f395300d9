"""What misses each check of permission when it is off: found by `python -m tests.access_witnesses`, kept beside this file,
sent by every run of the suite, told in docs/access-mutants.md."""

import datetime as dt
import os
import sys
import time
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.machine import describe

FILE = Path(__file__).with_name("access_witnesses.toml")
PAGE = Path(__file__).resolve().parent.parent / "docs" / "access-mutants.md"
WITNESSES: dict[str, dict[str, Any]] = tomllib.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
HUNT = "tests/test_access_mutants.py::test_every_mutant_is_found"
HEAD = """# Checks of permission, switched off one by one

Written by `python -m tests.access_witnesses` on {day} in {minutes:.0f} minutes. {machine}

Each check below was replaced by one that lets everybody through (`tests/access_mutants.py`), and requests of
`tests/test_access_matrix.py` were sent until an answer was wrong. **{found} of {all} were missed**: {requests} by a request of the
matrix, {tests} by a named test of the suite. Every run of the suite sends these requests, with the check on and off
(`test_a_request_tells_whether_a_check_is_on`), and holds these tests, so it fails without any one of the checks.

| check switched off | missed by | as | about | instead of the declared answer |
|---|---|---|---|---|
"""


def written(finds: Iterable[dict[str, Any]]) -> str:
    """access_witnesses.toml; by hand, because nothing here writes TOML."""
    head = "# Written by `python -m tests.access_witnesses`: for each check the request that misses it when it is off.\n"
    blocks = []
    for one in sorted((f for f in finds if f["request"]), key=lambda f: f["target"]):
        row = dict(one["request"])
        args = ", ".join(f'{key} = "{value}"' for key, value in row.pop("args").items())
        lines = [f'["{one["target"]}"]', *(f'{key} = "{value}"' for key, value in row.items())]
        blocks.append("\n".join([*lines, f"args = {{ {args} }}" if args else "args = {}"]))
    return "\n\n".join([head.rstrip(), *blocks]) + "\n"


def page(finds: list[dict[str, Any]], *, seconds: float) -> str:
    """docs/access-mutants.md, in the order of tests/access_mutants.py."""
    requests = sum(bool(one["request"]) for one in finds)
    tests = sum(bool(one["test"]) for one in finds)
    head = HEAD.format(
        day=dt.datetime.now(dt.UTC).date(),
        minutes=seconds / 60,
        machine=describe(),
        found=requests + tests,
        all=len(finds),
        requests=requests,
        tests=tests,
    )
    return head + "\n".join(_line(one) for one in finds) + "\n"


def _line(one: dict[str, Any]) -> str:
    row = one["request"]
    if row is None:
        by = f"`{one['test']}`" if one["test"] else "**nothing**"
        return f"| `{one['target']}` | {by} | | | |"
    args = "".join(f" {value}" for value in row["args"].values())
    said = one["said"].rsplit("): ", 1)[-1].replace("|", "\\|")
    who = row["by"] or "nobody"
    return f"| `{one['target']}` | `{row['send']}`{args} | {who} | {row['about']} | {said} |"


class Listener:
    """Takes what the hunt tells with its report."""

    def __init__(self) -> None:
        self.finds: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            self.finds = dict(report.user_properties).get("finds", [])


def main() -> int:
    os.environ |= {"PROOF": "1", "LOG_LEVEL": "ERROR", "DJANGO_SETTINGS_MODULE": "tracker.settings"}
    listener, start = Listener(), time.monotonic()
    code = pytest.main(["-n0", "-q", "-s", "-p", "no:cacheprovider", HUNT], plugins=[listener])
    if not listener.finds:
        return int(code) or 1
    FILE.write_text(written(listener.finds), "utf-8")
    PAGE.write_text(page(listener.finds, seconds=time.monotonic() - start), "utf-8")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
