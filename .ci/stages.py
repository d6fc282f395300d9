"""`make test`: every stage runs even when another failed; the end says which, and how long each took.

stages.py [NAME …] runs only the named stages.

PROOF=1 asks the tests for their full numbers, part by part: stages.py [PART …] runs the named parts or all, each on both
databases, and puts its section into docs/proof.md as soon as it is through; the other sections stay as they are.
"""

import datetime as dt
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from tests.machine import describe
from tests.postgres import running

ROOT = Path(__file__).resolve().parent.parent
PROOF = ROOT / "docs" / "proof.md"
PREFACE = """# Proof

Every test with its full numbers, as `make proof` asks for them; `make proof PART=drills` runs one part and writes its section
alone, so each names its day and machine. What a test measured stands beside what it must be.
"""
PYTHON = [sys.executable]
SOURCES = ["manage.py", "accounts", "notices", "tracker", "tests", ".ci"]
OURS = ["SECRET_KEY", "DJANGO_DEBUG", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "BASE_URL", "EMAIL_URL"]
OURS += [
    "HTTPS",
    "VAR_DIR",
    "MEDIA_ROOT",
    "STATIC_ROOT",
    "LOG_LEVEL",
    "PROXY_COUNT",
    "SIGN_IN_PROFILE",
    "SSO",
]
OURS += ["WEBHOOK_ADDRESSES", "API_RATE", "API_ADDRESS_RATE", "API_GUESSES", "SIGN_IN_RATE"]
OURS += ["DATABASE_SCHEMA", "BACKUP_DIR", "METRICS_TOKEN"]
# Without compiled files every process of the tests, and there are hundreds, compiles the program and the tests anew.
OURS += ["PYTHONDONTWRITEBYTECODE"]
CLOSING = re.compile(r"=* ?(\d.*(?:passed|failed|error|no tests ran|skipped).* in [\d.]+s.*?) ?=*$")


# Parts of the proof: what they look at, and where their tests lie. "rest" is whatever no other part has.
PARTS: dict[str, tuple[str, list[str]]] = {
    "uploads": ("hostile, honest and mutated files", ["tests/accounts/files"]),
    "ledger": ("notices read, ledgers written and read back", ["tests/notices/text", "tests/notices/ledger"]),
    "access": (
        "who may see and do what, at every address",
        ["tests/test_access_matrix.py", "tests/test_access_attacks.py", "tests/test_archive.py"]
        + ["tests/test_canaries.py", "tests/test_routes.py"],
    ),
    "mutants": ("each check of permission switched off in turn", ["tests/test_access_mutants.py"]),
    "interface": ("requests made from the schema", ["tests/notices/api"]),
    "pages": ("every page in a browser", ["tests/browser"]),
    "keeping": ("backup, restore, upgrade, move", ["tests/tracker/keeping", "tests/test_migrations.py"]),
    "running": ("start, settings, health, installer", ["tests/tracker", "tests/deploy"]),
    "drills": (
        "workers, brokers, databases and clocks that fail",
        [
            "tests/notices/test_drills.py",
            "tests/notices/test_drills_broker.py",
            "tests/notices/test_contention.py",
        ]
        + ["tests/notices/test_jobs.py", "tests/notices/test_ledger_workers.py"],
    ),
    "rest": ("all other tests", ["tests"]),
}


@dataclass
class Stage:
    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)
    tests: bool = False
    beside: bool = False  # runs along with all others on the core they leave, and is shown after them


@dataclass
class Outcome:
    name: str
    ok: bool
    seconds: float
    closing: str = ""
    nothing: bool = False  # pytest found no test there
    figures: list[dict[str, str]] = field(default_factory=list)
    beside: bool = False


def pytest() -> list[str]:
    return [
        *PYTHON,
        "-m",
        "pytest",
        "-ra",
        "--durations=10",
        "--durations-min=5",
        "--dist=worksteal",  # neighbours stay in one process and share what their file builds
        "--numprocesses",
        str(min(4, 1 + max(1, os.cpu_count() or 1))),  # one more than cores: many tests wait for processes
    ]


def stages() -> Iterator[Stage]:
    production = {
        "DJANGO_DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": "zhenggai.example.cn",
        "BASE_URL": "https://zhenggai.example.cn",
    }
    yield Stage("lint", [*PYTHON, "-m", "ruff", "check", *SOURCES])
    yield Stage("format", [*PYTHON, "-m", "ruff", "format", "--check", "--quiet", *SOURCES])
    yield Stage("types", [*PYTHON, "-m", "mypy"], beside=True)
    yield Stage("migrations", [*PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"])
    yield Stage("deploy", [*PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], production)
    yield Stage("browser", [*PYTHON, "-m", "tests.chromium"])
    yield from rounds([])


def rounds(where: list[str]) -> Iterator[Stage]:
    """The tests at these places on both databases."""
    yield Stage("sqlite", [*pytest(), "-m", "not postgres", *where], tests=True)
    yield Stage("postgresql", [*pytest(), "-m", "not pure", *where], tests=True)


def places(part: str) -> list[str]:
    """Of a part, as pytest wants them: what lies below it and belongs to another part is left out."""
    mine = PARTS[part][1]
    others = [place for name, (_, found) in PARTS.items() if name != part for place in found]
    below = [place for place in others if any(place.startswith(f"{own}/") for own in mine)]
    return [*mine, *(f"--ignore={place}" for place in below)]


def environment(stage: Stage, figures: Path) -> dict[str, str]:
    base = {key: value for key, value in os.environ.items() if key not in OURS}
    return base | {"FIGURES_FILE": str(figures), "ROUNDS": "2", "PYTHONUNBUFFERED": "1"} | stage.env


def begin(stage: Stage, figures: Path, output: int | IO[str]) -> subprocess.Popen[str]:
    env = environment(stage, figures)
    return subprocess.Popen(stage.command, cwd=ROOT, env=env, stdout=output, text=True)


def show(name: str, lines: Iterable[str]) -> str:
    """Passes the output of a stage on as it comes; the line pytest closed with."""
    print(f"\n── {name} " + "─" * (76 - len(name)), flush=True)
    closing = ""
    for line in lines:
        print(line, end="", flush=True)
        if found := CLOSING.search(line.strip()):
            closing = found[1]
    return closing


def perform(stage: Stage, figures: Path) -> Outcome:
    start = time.monotonic()
    with begin(stage, figures, subprocess.PIPE) as process:
        assert process.stdout
        try:
            closing = show(stage.name, process.stdout)
        except BaseException:
            process.terminate()
            raise
    code = process.returncode
    seconds = time.monotonic() - start
    rows = json.loads(figures.read_text("utf-8")) if stage.tests and figures.exists() else []
    return Outcome(stage.name, code == 0, seconds, closing, code == 5, rows)


@contextmanager
def beside(stage: Stage, runtime: Path, outcomes: list[Outcome]) -> Iterator[None]:
    """The stage runs quietly during the block; then it is waited for, shown and counted."""
    start = time.monotonic()
    with (runtime / f"{stage.name}.log").open("w+") as output, ThreadPoolExecutor() as pool:
        process = begin(stage, runtime / f"{stage.name}.json", output)
        try:
            end = pool.submit(lambda: (process.wait(), time.monotonic()))
            yield
            code, ended = end.result()
        except BaseException:
            process.terminate()
            raise
        output.seek(0)
        closing = show(stage.name, output)
        outcomes.append(Outcome(stage.name, code == 0, ended - start, closing, beside=True))


def perform_all(wanted: Iterable[Stage]) -> list[Outcome]:
    """In the order they were asked for, whichever ended first."""
    stages, outcomes = list(wanted), []
    with tempfile.TemporaryDirectory(prefix="runtime-") as runtime, ExitStack() as running_beside:
        for stage in stages:
            figures = Path(runtime) / f"{stage.name}.json"
            if stage.beside:
                running_beside.enter_context(beside(stage, Path(runtime), outcomes))
            elif stage.name == "postgresql":
                with running() as address:
                    stage.env["DATABASE_URL"] = address
                    outcomes.append(perform(stage, figures))
            else:
                outcomes.append(perform(stage, figures))
    names = [stage.name for stage in stages]
    return sorted(outcomes, key=lambda outcome: names.index(outcome.name))


def summary(outcomes: list[Outcome]) -> str:
    lines = [f"{'ok' if o.ok else 'FAILED':<8}{o.name:<22}{o.seconds:>7.1f} s  {o.closing}" for o in outcomes]
    failed = [o.name for o in outcomes if not o.ok]
    total = max(sum(o.seconds for o in outcomes if not o.beside), *(o.seconds for o in outcomes), 0)
    last = f"失败：{'、'.join(failed)}" if failed else "全部通过"
    return "\n".join([*lines, f"{last}，共 {total:.0f} 秒"])


def section(part: str, outcomes: list[Outcome], machine: str, day: dt.date) -> str:
    """Of one part: what, when and where, how each database ended, every figure with both values."""
    lines = [f"## {part}: {PARTS[part][0]}", "", f"{day}. {machine}", ""]
    lines += ["| round | result | seconds | |", "|---|---|---|---|"]
    lines += [
        f"| {o.name} | {'ok' if o.ok else 'failed'} | {o.seconds:.0f} | {o.closing} |" for o in outcomes
    ]
    figures = [(row, o.name) for o in outcomes for row in o.figures]
    if figures:
        lines += ["", "| figure | value | must | round |", "|---|---|---|---|"]
        lines += [f"| {row['what']} | {row['value']} | {row['must']} | {name} |" for row, name in figures]
    return "\n".join(lines) + "\n"


def put(document: str, part: str, text: str) -> str:
    """The document with this section in the place of the one before, in the order of PARTS."""
    found = {old.split(":", 1)[0]: f"## {old.rstrip()}\n" for old in document.split("\n## ")[1:]}
    found[part] = text
    return "\n".join([PREFACE, *(found[name] for name in PARTS if name in found)])


def prove(chosen: list[str]) -> list[Outcome]:
    """Part by part; a part that was cut off leaves its section as it was."""
    every = []
    for part in chosen or PARTS:
        print(f"\n══ {part}: {PARTS[part][0]} " + "═" * 40, flush=True)
        # A part may say the same on every database, and so have nothing for the second.
        outcomes = [o for o in perform_all(rounds(places(part))) if not o.nothing]
        text = section(part, outcomes, describe(), dt.datetime.now(dt.UTC).date())
        before = PROOF.read_text("utf-8") if PROOF.exists() else ""
        PROOF.write_text(put(before, part, text), "utf-8")
        every += [replace(o, name=f"{part} {o.name}") for o in outcomes]
    return every


def stop(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    chosen = sys.argv[1:]
    if os.environ.get("PROOF") == "1":
        if unknown := set(chosen) - set(PARTS):
            print(
                f"没有这样的部分：{'、'.join(sorted(unknown))}。可选：{'、'.join(PARTS)}。", file=sys.stderr
            )
            return 2
        outcomes = prove(chosen)
    else:
        outcomes = perform_all(stage for stage in stages() if not chosen or stage.name in chosen)
    print("\n" + "═" * 80 + "\n" + summary(outcomes), flush=True)
    return 0 if outcomes and all(o.ok for o in outcomes) else 1


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        raise SystemExit(130) from None
