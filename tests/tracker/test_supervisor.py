"""Real processes: a small program that starts a supervisor over other small programs."""

import signal
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from tests.processes import ROOT, Running, environment, wait_until

SLEEP = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
PARENT = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]); time.sleep(600)"
SHORT = "import time; time.sleep(1); raise SystemExit(7)"
NEVER_READY = "lambda: False"


@pytest.fixture
def supervise(tmp_path):
    """Starts a supervisor over {name: (code, ready)}; ends it with everything under it."""
    started = []

    def start(grace=10, patience=30, by_make=False, **programs):
        listed = ", ".join(
            f"Program({name!r}, [sys.executable, '-c', {code!r}], dict(os.environ), {ready}, {patience})"
            for name, (code, ready) in programs.items()
        )
        script = textwrap.dedent(f"""
            import os, sys
            from pathlib import Path
            from tracker.supervisor import Program, Supervisor
            say = lambda text: print(text, flush=True)
            found = Supervisor(Path({str(tmp_path / "run")!r}), grace={grace}, say=say)
            raise SystemExit(found.run([{listed}], started=lambda: say("all started")))
        """)
        (tmp_path / "script.py").write_text(script)
        (tmp_path / "Makefile").write_text(f"run:\n\t@exec {sys.executable} {tmp_path / 'script.py'}\n")
        command = ["make", "-f", str(tmp_path / "Makefile")] if by_make else [sys.executable, "-c", script]
        running = Running(command, env=environment(PYTHONPATH=ROOT), log=tmp_path / "out.log")
        started.append(running)
        return running

    yield start
    for running in started:
        running.stop(signal.SIGKILL)


def pid_of(folder: Path, name: str) -> int:
    return int((folder / "run" / f"{name}.pid").read_text())


def descendants(running) -> list[psutil.Process]:
    return psutil.Process(running.pid).children(recursive=True)


def gone(processes) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_stop_signal_ends_everything_cleanly(supervise, tmp_path, number):
    running = supervise(first=(SLEEP, "lambda: True"), second=(PARENT, "lambda: True"))
    running.wait_for("all started")
    processes = wait_until(lambda: len(found := descendants(running)) == 3 and found)
    assert {pid_of(tmp_path, "first"), pid_of(tmp_path, "second")} < {p.pid for p in processes}
    assert pid_of(tmp_path, "serve") == running.pid

    code = running.stop(number)

    assert code == 0
    assert gone(processes)
    assert list((tmp_path / "run").iterdir()) == []


def test_a_program_that_dies_is_named_and_takes_the_others_along(supervise):
    running = supervise(steady=(SLEEP, "lambda: True"), brief=(SHORT, "lambda: True"))
    running.wait_for("all started")
    processes = descendants(running)

    code = running.process.wait(20)

    assert code == 1
    assert "brief 意外退出（退出码 7），正在停止全部进程。" in running.output()
    assert gone(processes)


def test_a_program_that_ignores_the_request_is_killed_with_its_group(supervise):
    running = supervise(grace=0.5, stubborn=(STUBBORN, "lambda: True"))
    running.wait_for("stubborn │ up")
    processes = descendants(running)

    assert running.stop() == 0
    assert gone(processes)


def test_a_second_request_does_not_wait(supervise):
    running = supervise(grace=60, stubborn=(STUBBORN, "lambda: True"))
    running.wait_for("stubborn │ up")

    for _ in range(2):  # at the same moment: one request, passed on by make as well
        running.send(signal.SIGINT)
        running.wait_for("正在停止…")
    time.sleep(1.1)
    assert running.process.poll() is None

    assert running.stop(signal.SIGINT, seconds=10) == 0


def test_the_next_program_waits_until_the_one_before_is_ready(supervise, tmp_path):
    ready = f"lambda: os.path.exists({str(tmp_path / 'open')!r})"
    running = supervise(first=(SLEEP, ready), second=(SLEEP, "lambda: True"))
    running.wait_for("first  │ up")
    assert not (tmp_path / "run" / "second.pid").exists()

    (tmp_path / "open").touch()

    running.wait_for("all started")
    assert (tmp_path / "run" / "second.pid").exists()


def test_a_program_that_is_never_ready_stops_the_start(supervise):
    running = supervise(patience=1, slow=(SLEEP, NEVER_READY))

    assert running.process.wait(20) == 1
    assert "slow 在 1 秒内没有就绪，正在停止全部进程。" in running.output()


def test_killed_outright_it_leaves_nothing_behind(supervise):
    running = supervise(first=(SLEEP, "lambda: True"))
    running.wait_for("first  │ up")
    processes = descendants(running)

    running.stop(signal.SIGKILL)

    wait_until(lambda: gone(processes), what="end of the programs")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_that_only_make_gets_ends_everything_too(supervise, number):
    running = supervise(by_make=True, first=(SLEEP, "lambda: True"))
    running.wait_for("first  │ up")
    processes = descendants(running)
    assert len(processes) == 2

    assert running.stop(number) == -number

    wait_until(lambda: gone(processes), what="end of supervisor and program")
