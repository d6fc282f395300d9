"""The queue of long ledger work: claimed once, taken up again after its lease, given up after three tries."""

import datetime as dt

import pytest

from notices.domain import ledger_queue
from notices.domain.ledger_queue import LEASE, Gauge, Lost, Standing
from notices.models import LedgerJob
from tests.factories import AT, make_world

pytestmark = pytest.mark.django_db
SOON = dt.timedelta(seconds=5)
LATER = LEASE + SOON


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def w():
    return make_world()


def order(w, **more):
    return ledger_queue.order(LedgerJob.Kind.EXPORT, w.notice, by=w.office, at=AT, **more)


def test_jobs_are_claimed_in_order_and_one_at_a_time(w):
    first, second = order(w), order(w)

    claimed = ledger_queue.claim(AT)
    assert (claimed.pk, claimed.state, claimed.tries, claimed.lease_until) == (
        first.pk,
        "running",
        1,
        AT + LEASE,
    )
    assert ledger_queue.claim(AT + SOON) is None

    ledger_queue.finish(claimed, "好了", at=AT + SOON)
    assert ledger_queue.claim(AT + SOON).pk == second.pk


def test_a_job_whose_worker_died_is_taken_up_after_its_lease_and_given_up_after_three_tries(w):
    order(w)

    found = [ledger_queue.claim(AT + n * LATER) for n in range(4)]

    assert [job and job.tries for job in found] == [1, 2, 3, None]
    left = LedgerJob.objects.get()
    assert (left.state, left.finished_at, left.lease_until) == ("failed", AT + 3 * LATER, None)
    assert left.message.startswith("后台处理了 3 次都没有完成，已停止，台账没有任何变化。")
    assert f"任务编号 {left.pk}" in left.message


def test_who_lost_a_job_cannot_end_it(w):
    order(w)
    slow = ledger_queue.claim(AT)
    quick = ledger_queue.claim(AT + LATER)

    with pytest.raises(Lost):
        ledger_queue.finish(slow, "好了", at=AT + LATER)
    ledger_queue.fail(slow, "不行", at=AT + LATER)
    ledger_queue.put_back(slow, at=AT + LATER)

    left = LedgerJob.objects.get()
    assert (left.state, left.tries, left.message) == ("running", quick.tries, "")


def test_inside_a_transaction_a_file_says_how_far_it_is_and_holds_the_lease(w):
    order(w)
    job = ledger_queue.claim(AT)
    now = [AT + SOON]
    tell = Gauge(job, lambda: now[0])

    tell("写入任务", 30, 120)
    tell("写入任务", 31, 120)  # too soon to be written again

    assert ledger_queue.standing(job) == Standing("写入任务", 30, 120)
    assert ledger_queue.standing(job).percent == 25
    assert (LedgerJob.objects.get().stage, LedgerJob.objects.get().lease_until) == ("", AT + LEASE)
    assert ledger_queue.claim(AT + LEASE + SOON / 2) is None
    assert ledger_queue.claim(AT + LEASE + 2 * SOON).tries == 2
    assert ledger_queue.standing(LedgerJob.objects.get()) == Standing("", 0, 0)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_the_row_says_how_far_it_is_and_renews_the_lease(w):
    order(w)
    job = ledger_queue.claim(AT)
    now = [AT + SOON]
    tell = Gauge(job, lambda: now[0])

    tell("读取文件", 2000, 0)

    row = LedgerJob.objects.get()
    assert (row.stage, row.done, row.total, row.lease_until) == ("读取文件", 2000, 0, AT + SOON + LEASE)
    assert ledger_queue.standing(row).percent is None

    now[0] = AT + SOON + LATER
    ledger_queue.claim(now[0])
    with pytest.raises(Lost):
        tell("逐行比对", 0, 0)


def test_an_unforeseen_error_puts_the_job_back_until_the_third(w):
    order(w)
    states = []
    for n in range(3):
        ledger_queue.put_back(ledger_queue.claim(AT + n * SOON), at=AT)
        states.append(LedgerJob.objects.get().state)

    assert states == ["waiting", "waiting", "failed"]


def test_many_jobs_of_one_person_wait(w):
    assert not ledger_queue.waits()
    order(w)
    assert ledger_queue.waits()
