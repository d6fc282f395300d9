"""`make run` from an empty folder: address, sign-ins, all parts up, nothing left afterwards."""

import datetime as dt
import os
import signal
import socket
import sqlite3
import sys
import urllib.request
from contextlib import closing

import psutil
import pytest

from tests.processes import Running, environment, free_port, run, wait_until
from tracker.serve import machine_key

PARTS = ["beat", "broker", "serve", "web", "worker"]


@pytest.fixture
def serve(tmp_path):
    started = []

    def start(port):
        env = environment(VAR_DIR=tmp_path / "var", MEDIA_ROOT=tmp_path / "var" / "media")
        env.pop("DATABASE_URL", None)
        log = tmp_path / f"serve{len(started)}.log"
        command = [sys.executable, "-m", "tracker.serve", "--port", str(port)]
        started.append(Running(command, env=env, log=log))
        return started[-1]

    yield start
    for running in started:
        running.stop()


def pids(folder):
    return {path.stem: int(path.read_text()) for path in sorted((folder / "var" / "run").glob("*.pid"))}


def swept(folder):
    """Whether a sweep has ended since the demo was loaded, which tells of earlier ones."""
    with closing(sqlite3.connect(folder / "var" / "tracker.sqlite3")) as database:
        (last,) = database.execute("SELECT max(finished_at) FROM notices_sweep").fetchone()
    ended = dt.datetime.fromisoformat(last or "2000-01-01").replace(tzinfo=dt.UTC)
    return dt.datetime.now(dt.UTC) - ended < dt.timedelta(minutes=1)


def test_start_stop_start_again_and_lose_a_worker(serve, tmp_path):
    """One demo for all: a second start keeps it, and a worker that dies is named and ends the rest. That every signal
    stops it the same way is looked at on small programs (tests/tracker/test_supervisor.py)."""
    port = free_port()
    first = serve(port)
    first.wait_for(f"整改督办已启动，请用浏览器打开：http://127.0.0.1:{port}", seconds=90)
    first.wait_for("按 Ctrl-C 停止。")
    wait_until(lambda: swept(tmp_path), what="the first sweep, which nobody waits five minutes for")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz/ready", timeout=20) as answer:
        assert answer.status == 200
    found = pids(tmp_path)
    processes = psutil.Process(first.pid).children(recursive=True)
    assert sorted(found) == PARTS
    assert {number for name, number in found.items() if name != "serve"} <= {p.pid for p in processes}
    database = tmp_path / "var" / "tracker.sqlite3"
    number = database.stat().st_ino

    second = serve(port)
    assert second.process.wait(30) == 1
    assert second.output().startswith(f"整改督办已在运行（进程 {first.pid}）。")
    assert first.stop(signal.SIGHUP, seconds=30) == 0

    wait_until(lambda: not any(p.is_running() for p in processes), what="end of every process")
    assert pids(tmp_path) == {}
    again = serve(port)
    again.wait_for("按 Ctrl-C 停止。", seconds=60)
    assert "正在载入演示数据" not in again.output()
    assert database.stat().st_ino == number

    os.kill(pids(tmp_path)["worker"], signal.SIGKILL)
    assert again.process.wait(30) == 1
    assert "worker 意外退出（退出码 -9），正在停止全部进程。" in again.output()


def test_a_taken_port_is_said_with_its_holder(tmp_path):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]

        done = run("-m", "tracker.serve", "--port", str(port), env=environment(VAR_DIR=tmp_path / "var"))

    assert done.returncode == 1
    assert done.stderr.startswith(f"端口 {port} 已被占用：进程 {os.getpid()}（")
    assert done.stderr.endswith(f"或换一个端口：make run PORT={port + 1}\n")
    assert not (tmp_path / "var" / "tracker.sqlite3").exists()


def test_the_key_of_a_machine_is_made_once_and_for_its_owner_only(tmp_path):
    first = machine_key(tmp_path)

    assert machine_key(tmp_path) == first
    assert len(first) >= 50
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600
