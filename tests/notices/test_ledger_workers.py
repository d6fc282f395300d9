"""A worker killed in the middle of a ledger: the next one finishes it, with the right rows and nothing twice."""

import os
import signal

from django.utils import timezone

from accounts.models import Event
from notices import jobs
from notices.domain import ledger_jobs, ledger_queue, rollup
from notices.models import Issue, LedgerJob, LedgerUpload, Progress, Task, TaskUnit, Transition
from tests.factories import make_world
from tests.notices.large import ledger
from tests.processes import wait_until

ROWS = 800


def freeze(worker):
    os.killpg(worker.pid, signal.SIGSTOP)


def kill(worker):
    os.killpg(worker.pid, signal.SIGKILL)
    worker.process.wait(10)


def lease_over(job):
    """As if the lease of the killed worker had run out, in the row and in the file beside it."""
    long_ago = timezone.now() - 2 * ledger_queue.LEASE
    assert LedgerJob.objects.filter(pk=job.pk, state="running").update(lease_until=long_ago) == 1
    told = ledger_queue.running_path() / f"{job.pk}.json"
    if told.exists():
        told.write_text(told.read_text("utf-8").replace('"until": "20', '"until": "19'), "utf-8")


def standing(job):
    return ledger_queue.standing(LedgerJob.objects.get(pk=job.pk))


def ended(job):
    return LedgerJob.objects.exclude(finished_at=None).filter(pk=job.pk).first()


def test_a_reading_and_a_writing_killed_midway_are_finished_by_the_next_worker(
    start_worker, settings, tmp_path, client
):
    w = make_world()
    path = tmp_path / "大台账.csv"
    path.write_bytes(ledger(ROWS))
    client.force_login(w.office)
    first = start_worker()
    job = ledger_jobs.order_reading(w.notice, str(path), name=path.name, by=w.office, at=timezone.now())
    jobs.work_ledgers.delay()

    wait_until(lambda: standing(job).stage, what="the reading")
    kill(first)
    assert LedgerUpload.objects.get().state == "received"

    second = start_worker()
    jobs.work_ledgers.delay()  # the lease still holds: nobody takes it
    second.wait_for("succeeded")
    assert LedgerJob.objects.get().tries == 1
    lease_over(job)
    jobs.work_ledgers.delay()
    wait_until(lambda: ended(job), seconds=60, what="the plan")
    upload = LedgerUpload.objects.get()
    assert (ended(job).state, ended(job).tries, upload.state, upload.counts["add"]) == (
        "done",
        2,
        "planned",
        ROWS,
    )

    job = ledger_jobs.order_applying(upload, {}, by=w.office, at=timezone.now())
    jobs.work_ledgers.delay()
    wait_until(lambda: standing(job).total == ROWS, seconds=60, what="rows being written")
    freeze(second)  # looking takes time, in which a quick worker would be done
    assert "任务" in client.get(f"/ledger/job/{job.pk}").content.decode()
    kill(second)
    assert (Task.objects.count(), Issue.objects.count(), LedgerUpload.objects.get().state) == (
        0,
        1,
        "planned",
    )

    lease_over(job)
    start_worker()
    jobs.work_ledgers.delay()
    wait_until(lambda: ended(job), seconds=60, what="the import")
    assert (ended(job).state, ended(job).tries) == ("done", 2)
    assert (Task.objects.count(), Issue.objects.count()) == (ROWS, ROWS + 1)
    for rows in (TaskUnit.objects, Transition.objects, Event.objects.filter(action="task.add")):
        assert rows.count() == ROWS
    assert Progress.objects.count() == 0
    assert Event.objects.filter(action="ledger.import").count() == 1
    assert rollup.wrong_rows() == []
