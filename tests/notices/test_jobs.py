"""Jobs by a real worker over a real broker."""

import socket
import time
from contextlib import contextmanager

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Event
from notices import jobs
from notices.domain.workdays import load_calendar
from notices.models import Message, Reminder, Sweep
from notices.terms import Channel, DeliveryState
from tests.conftest import ring_at
from tests.factories import AT, make_task, make_world
from tests.processes import wait_until
from tracker.celery import app


def make_due():
    """A task whose deadline is today."""
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=timezone.localdate())
    return w


def mails():
    return Reminder.objects.filter(channel=Channel.EMAIL)


@contextmanager
def frozen():
    """The address of a broker that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=20) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def letters(folder):
    return sorted(
        line.removeprefix("To: ")
        for path in folder.glob("*")
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("To: ")
    )


def test_sweep_by_a_worker_writes_to_the_right_inboxes_once(worker, tmp_path):
    make_due()
    mail_at = load_calendar(timezone.localdate()).mail_time(timezone.now())

    jobs.sweep.delay()
    jobs.sweep.delay()
    wait_until(lambda: Sweep.objects.exclude(finished_at=None).count() == 2, what="two sweeps")

    assert sorted(Message.objects.values_list("recipient__name", flat=True)) == [
        "卜局长",
        "安经办",
        "樊领导",
        "葛主任",
        "霍干事",
    ]
    assert mails().count() == 4
    if mail_at <= timezone.now():  # in office hours the mail is out as well
        assert letters(tmp_path / "mail") == sorted(
            f"{n}@example.cn" for n in ("staff", "head", "leader", "office")
        )


def test_doorbell_sends_what_waits(worker, tmp_path):
    make_due()
    jobs.sweep.delay()
    wait_until(lambda: Sweep.objects.exclude(finished_at=None).exists(), what="the sweep")
    mails().update(state=DeliveryState.DUE, not_before=timezone.now(), sent_at=None)
    for path in (tmp_path / "mail").glob("*"):
        path.unlink()

    with transaction.atomic():
        jobs.ring()
        assert not (tmp_path / "mail").exists() or letters(tmp_path / "mail") == []

    wait_until(lambda: mails().filter(state=DeliveryState.SENT).count() == 4, what="four mails")
    assert letters(tmp_path / "mail") == sorted(
        f"{n}@example.cn" for n in ("staff", "head", "leader", "office")
    )


def test_worker_seals_the_audit_chain(worker):
    for n in range(3):
        audit.record(audit.Act("task.report", "task", n), by=None, at=AT)

    jobs.seal_audit.delay()
    wait_until(lambda: not Event.objects.filter(seq=None).exists(), what="sealed events")

    assert audit.first_broken() is None


def test_job_left_in_the_broker_by_a_dead_worker_is_done_by_the_next(start_worker):
    make_due()
    first = start_worker()
    first.stop(9)

    jobs.sweep.delay()
    start_worker()
    wait_until(lambda: Sweep.objects.exclude(finished_at=None).exists(), what="the sweep")

    assert Message.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_ring_without_a_broker_costs_nothing(caplog):
    begun = time.monotonic()

    jobs.ring()

    assert time.monotonic() - begun < 0.5
    wait_until(lambda: "doorbell not rung" in caplog.text, what="the log line")


@pytest.mark.django_db(transaction=True)
def test_ring_at_a_frozen_broker_never_waits(caplog):
    with frozen() as url:
        ring_at(url)
        begun = time.monotonic()
        for _ in range(10):
            jobs.ring()
        assert time.monotonic() - begun < 0.5
        assert caplog.text.count("earlier ones still wait") == 6
        wait_until(lambda: caplog.text.count("the next sweep will do it") == 4, seconds=60, what="given up")
    ring_at("redis://127.0.0.1:1/0")


@pytest.mark.django_db(transaction=True)
def test_ring_in_a_transaction_that_fails_is_not_rung(caplog):
    with pytest.raises(ValueError), transaction.atomic():
        jobs.ring()
        raise ValueError

    assert caplog.text == ""


def test_every_job_of_the_beat_table_exists():
    app.loader.import_default_modules()

    wanted = {entry["task"] for entry in app.conf.beat_schedule.values()}

    names = ("sweep", "work_ledgers", "tidy_ledgers", "index_search", "seal_audit", "tell_subscribers")
    ours = {f"notices.jobs.{name}" for name in names}
    assert wanted == ours | {"tracker.jobs.keep_backups", "tracker.jobs.watch"}
    assert wanted <= set(app.tasks)
