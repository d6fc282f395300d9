"""`make test`: every stage runs even when one before it failed; the end says which, and how long each took.

stages.py [NAME …] runs only the named stages. PROOF=1 asks the tests for their full numbers and writes docs/proof.md.
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
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.machine import describe
from tests.postgres import running

ROOT = Path(__file__).resolve().parent.parent
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
CLOSING = re.compile(r"=* ?(\d.*(?:passed|failed|error|no tests ran|skipped).* in [\d.]+s.*?) ?=*$")


@dataclass
class Stage:
    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)
    tests: bool = False


@dataclass
class Outcome:
    name: str
    ok: bool
    seconds: float
    closing: str = ""
    figures: list[dict[str, str]] = field(default_factory=list)


def stages() -> Iterator[Stage]:
    production = {
        "DJANGO_DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": "zhenggai.example.cn",
        "BASE_URL": "https://zhenggai.example.cn",
    }
    pytest = [
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
    yield Stage("lint", [*PYTHON, "-m", "ruff", "check", *SOURCES])
    yield Stage("format", [*PYTHON, "-m", "ruff", "format", "--check", "--quiet", *SOURCES])
    yield Stage("types", [*PYTHON, "-m", "mypy"])
    yield Stage("migrations", [*PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"])
    yield Stage("deploy", [*PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], production)
    yield Stage("browser", [*PYTHON, "-m", "tests.chromium"])
    yield Stage("sqlite", [*pytest, "-m", "not postgres"], tests=True)
    yield Stage("postgresql", [*pytest, "-m", "not pure"], tests=True)


def environment(stage: Stage, figures: Path) -> dict[str, str]:
    base = {key: value for key, value in os.environ.items() if key not in OURS}
    return base | {"FIGURES_FILE": str(figures), "ROUNDS": "2", "PYTHONUNBUFFERED": "1"} | stage.env


def perform(stage: Stage, figures: Path) -> Outcome:
    print(f"\n── {stage.name} " + "─" * (76 - len(stage.name)), flush=True)
    start, closing = time.monotonic(), ""
    env = environment(stage, figures)
    with subprocess.Popen(stage.command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            for line in process.stdout:
                print(line, end="", flush=True)
                if found := CLOSING.search(line.strip()):
                    closing = found[1]
        except BaseException:
            process.terminate()
            raise
    code = process.returncode
    seconds = time.monotonic() - start
    rows = json.loads(figures.read_text("utf-8")) if stage.tests and figures.exists() else []
    return Outcome(stage.name, code == 0, seconds, closing, rows)


def perform_all(chosen: list[str]) -> list[Outcome]:
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="runtime-") as runtime:
        for stage in stages():
            if chosen and stage.name not in chosen:
                continue
            figures = Path(runtime) / f"{stage.name}.json"
            if stage.name == "postgresql":
                with running() as address:
                    stage.env["DATABASE_URL"] = address
                    outcomes.append(perform(stage, figures))
            else:
                outcomes.append(perform(stage, figures))
    return outcomes


def summary(outcomes: list[Outcome]) -> str:
    lines = [f"{'ok' if o.ok else 'FAILED':<8}{o.name:<12}{o.seconds:>7.1f} s  {o.closing}" for o in outcomes]
    failed = [o.name for o in outcomes if not o.ok]
    total = sum(o.seconds for o in outcomes)
    last = f"失败：{'、'.join(failed)}" if failed else "全部通过"
    return "\n".join([*lines, f"{last}，共 {total:.0f} 秒"])


def proof(outcomes: list[Outcome], machine: str, day: dt.date) -> str:
    lines = ["# Proof", "", f"Written by `make proof` on {day}. {machine}", ""]
    lines += ["| stage | result | seconds | |", "|---|---|---|---|"]
    lines += [
        f"| {o.name} | {'ok' if o.ok else 'failed'} | {o.seconds:.0f} | {o.closing} |" for o in outcomes
    ]
    for outcome in (o for o in outcomes if o.figures):
        lines += ["", f"## {outcome.name}", "", "| figure | value | must |", "|---|---|---|"]
        lines += [f"| {row['what']} | {row['value']} | {row['must']} |" for row in outcome.figures]
    return "\n".join(lines) + "\n"


def stop(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    chosen = sys.argv[1:]
    outcomes = perform_all(chosen)
    if os.environ.get("PROOF") == "1" and not chosen:
        text = proof(outcomes, describe(), dt.datetime.now(dt.UTC).date())
        (ROOT / "docs" / "proof.md").write_text(text, "utf-8")
    print("\n" + "═" * 80 + "\n" + summary(outcomes), flush=True)
    return 0 if outcomes and all(o.ok for o in outcomes) else 1


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        raise SystemExit(130) from None
