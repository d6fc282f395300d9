"""The runner behind `make test`: nothing that failed may look as if it had passed."""

import datetime as dt
import importlib.util
import sys

import pytest

from tests.processes import ROOT, environment, run

spec = importlib.util.spec_from_file_location("stages", ROOT / ".ci" / "stages.py")
stages = importlib.util.module_from_spec(spec)
sys.modules["stages"] = stages
spec.loader.exec_module(stages)

GOOD = stages.Outcome("sqlite", True, 61.26, "12 passed in 60.10s")
BAD = stages.Outcome("lint", False, 0.14)


def test_the_order_of_the_stages():
    assert [stage.name for stage in stages.stages()] == [
        "lint",
        "format",
        "types",
        "migrations",
        "deploy",
        "browser",
        "sqlite",
        "postgresql",
    ]


def test_the_end_names_what_failed():
    assert stages.summary([GOOD, BAD]) == (
        "ok      sqlite                   61.3 s  12 passed in 60.10s\n"
        "FAILED  lint                      0.1 s  \n"
        "失败：lint，共 61 秒"
    )


def test_the_time_of_what_runs_beside_is_not_counted_twice():
    along = stages.Outcome("types", True, 40, beside=True)

    assert stages.summary([along, GOOD]).endswith("全部通过，共 61 秒")
    assert stages.summary([along]).endswith("全部通过，共 40 秒")


@pytest.mark.parametrize(
    ("line", "closing"),
    [
        ("===== 274 passed in 9.42s =====", "274 passed in 9.42s"),
        (
            "= 81 failed, 555 passed, 5 errors in 192.12s (0:03:12) =",
            "81 failed, 555 passed, 5 errors in 192.12s (0:03:12)",
        ),
        ("collected 12 items", None),
    ],
)
def test_the_closing_line_is_found(line, closing):
    found = stages.CLOSING.search(line)

    assert (found[1] if found else None) == closing


@pytest.mark.parametrize(("code", "ok"), [(0, True), (1, False), (5, False)])
def test_the_exit_code_decides(tmp_path, code, ok):
    stage = stages.Stage("any", [sys.executable, "-c", f"raise SystemExit({code})"])

    done = stages.perform(stage, tmp_path / "none.json")

    assert (done.ok, done.nothing) == (ok, code == 5)


def python(name, code, **more):
    return stages.Stage(name, [sys.executable, "-c", code], **more)


@pytest.mark.parametrize(("code", "ok"), [(0, True), (1, False)])
def test_a_stage_beside_others_runs_along_is_shown_after_them_and_decides(tmp_path, capsys, code, ok):
    """Each waits for a file of the other: one after the other they would fail."""
    words = "import pathlib, sys, time; mine, other = map(pathlib.Path, {!r}); mine.touch()\n"
    words += "end = time.monotonic() + 20\nwhile not other.exists(): assert time.monotonic() < end; time.sleep(0.01)\n"
    words += "print({!r}); sys.exit({})"
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    found = [
        python("along", words.format((a, b), "what it found", code), beside=True),
        python("first", words.format((b, a), "done", 0)),
        python("later", "pass"),
    ]

    outcomes = stages.perform_all(found)

    assert [(o.name, o.ok) for o in outcomes] == [("along", ok), ("first", True), ("later", True)]
    said = [line.split(" ─")[0] for line in capsys.readouterr().out.splitlines() if line]
    assert said == ["── first", "done", "── later", "── along", "what it found"]


def test_a_stage_beside_others_ends_with_the_runner(tmp_path):
    forever = python("along", "import time; time.sleep(600)", beside=True)

    with pytest.raises(KeyboardInterrupt), stages.beside(forever, tmp_path, outcomes := []):
        raise KeyboardInterrupt

    assert outcomes == []


def test_the_runner_fails_when_no_stage_has_that_name():
    done = run(".ci/stages.py", "nothing", env=environment(PYTHONPATH=ROOT))

    assert done.returncode == 1


ROW = {"what": "requests sent", "value": "10,000", "must": "≥ 10,000"}
DAY = dt.date(2026, 11, 22)


def test_the_section_of_a_part_keeps_every_figure():
    outcome = stages.Outcome("sqlite", True, 60, "12 passed in 60.10s", figures=[ROW])

    assert stages.section("drills", [outcome], "A machine.", DAY) == (
        "## drills: workers, brokers, databases and clocks that fail\n\n2026-11-22. A machine.\n\n"
        "| round | result | seconds | |\n|---|---|---|---|\n"
        "| sqlite | ok | 60 | 12 passed in 60.10s |\n\n"
        "| figure | value | must | round |\n|---|---|---|---|\n"
        "| requests sent | 10,000 | ≥ 10,000 | sqlite |\n"
    )


def test_a_part_takes_the_place_of_its_own_section_alone():
    drills, uploads = (stages.section(part, [BAD], "A machine.", DAY) for part in ("drills", "uploads"))
    later = stages.section("drills", [GOOD], "Another.", DAY)

    both = stages.put(stages.put("", "drills", drills), "uploads", uploads)

    assert both == f"{stages.PREFACE}\n{uploads}\n{drills}"
    assert stages.put(both, "drills", later) == f"{stages.PREFACE}\n{uploads}\n{later}"


def test_every_test_belongs_to_one_part_of_the_proof():
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py")}

    def within(file, place):
        return file == place or file.startswith(f"{place}/")

    def has(part, file):
        where = stages.places(part)
        left_out = [word.removeprefix("--ignore=") for word in where if word.startswith("--ignore=")]
        mine = [word for word in where if not word.startswith("--")]
        return any(within(file, p) for p in mine) and not any(within(file, p) for p in left_out)

    wrong = [file for file in sorted(files) if sum(has(part, file) for part in stages.PARTS) != 1]
    assert wrong == []
    assert [
        place for _, found in stages.PARTS.values() for place in found if not (ROOT / place).exists()
    ] == []


def test_a_part_there_is_not_is_said_with_those_there_are():
    done = run(".ci/stages.py", "nothing", env=environment(PYTHONPATH=ROOT, PROOF=1))

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("没有这样的部分：nothing。可选：uploads、ledger、")


def test_a_figure_reaches_the_file(figure):
    figure("figures kept by the runner", 1, must="1")
