import datetime as dt
import subprocess
import sys

import pytest
from celery.beat import PersistentScheduler
from kombu.exceptions import OperationalError

from tests.processes import ROOT, environment
from tracker.celery import app


def test_a_job_is_ended_long_before_the_broker_would_give_it_out_again():
    assert app.conf.task_time_limit == 600
    assert app.conf.broker_transport_options["visibility_timeout"] == 3600
    assert app.conf.task_time_limit < app.conf.broker_transport_options["visibility_timeout"]


def test_a_job_lost_with_its_worker_is_done_again():
    assert (app.conf.task_acks_late, app.conf.task_reject_on_worker_lost) == (True, True)
    assert (app.conf.worker_prefetch_multiplier, app.conf.task_ignore_result) == (1, True)


def test_nothing_but_json_is_read():
    assert (app.conf.accept_content, app.conf.task_serializer) == (["json"], "json")


def test_a_dead_broker_is_given_up_soon():
    options = app.conf.broker_transport_options

    assert (options["socket_timeout"], options["socket_connect_timeout"]) == (5, 2)
    assert app.conf.task_publish_retry_policy["max_retries"] == 1


def test_the_beat_table():
    table = {
        name: (entry["task"], entry["schedule"], entry["options"]["expires"])
        for name, entry in app.conf.beat_schedule.items()
    }

    assert table == {
        "sweep": ("notices.jobs.sweep", dt.timedelta(minutes=5), 300),
        "tell-subscribers": ("notices.jobs.tell_subscribers", dt.timedelta(minutes=1), 60),
        "work-ledgers": ("notices.jobs.work_ledgers", dt.timedelta(minutes=1), 60),
        "tidy-ledgers": ("notices.jobs.tidy_ledgers", dt.timedelta(hours=6), 3600),
        "index-search": ("notices.jobs.index_search", dt.timedelta(minutes=1), 60),
        "watch": ("tracker.jobs.watch", dt.timedelta(minutes=1), 60),
        "keep-backups": ("tracker.jobs.keep_backups", dt.timedelta(minutes=30), 1800),
        "seal-audit": ("notices.jobs.seal_audit", dt.timedelta(minutes=1), 60),
    }
    assert app.conf.timezone == "Asia/Shanghai"


def test_the_first_start_sweeps_at_once_and_a_restart_when_it_is_time(tmp_path):
    def due():
        beat = PersistentScheduler(app, schedule_filename=str(tmp_path / "schedule"))
        try:
            found = [name for name, entry in beat.schedule.items() if entry.is_due().is_due]
            beat.schedule["sweep"] = next(beat.schedule["sweep"])
            return found
        finally:
            beat.close()

    assert [due(), due()] == [["sweep"], []]


def test_every_periodic_job_exists():
    app.loader.import_default_modules()

    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_ringing_a_dead_broker_fails_and_does_not_wait():
    with pytest.raises(OperationalError):
        app.send_task("notices.jobs.sweep")


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_takes_a_job_from_a_real_broker(worker):
    app.send_task("notices.jobs.seal_audit")

    worker.wait_for("notices.jobs.seal_audit")
    worker.wait_for("succeeded")
    assert worker.stop() == 0


def test_a_stray_file_in_the_folder_a_command_is_started_from_is_not_run(tmp_path):
    (tmp_path / "docx.py").write_text("raise SystemExit('a stray file was run')\n")
    words = [sys.executable, str(ROOT / "manage.py"), "check"]
    env = {name: value for name, value in environment().items() if name != "PYTHONPATH"}

    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stderr) == (0, "")
