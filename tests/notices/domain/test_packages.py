"""Packages of a notice: ordered by who may, made by a worker, fetched by who asked, gone with what must be destroyed."""

import datetime as dt
import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import Event, Membership
from notices.domain import ledger_jobs, ledger_queue, packages, pulse, purges
from notices.domain.book import Moment
from notices.domain.evidence import store_path
from notices.errors import Refused
from notices.models import Evidence, LedgerJob, Notice, Purge
from notices.terms import PurgeState
from tests.factories import AT, TODAY, make_evidence, make_task, make_world

pytestmark = pytest.mark.django_db
CONTENT = b"%PDF-1.4 never to be seen"
HASH = hashlib.sha256(CONTENT).hexdigest()
PACK, LEAVE = packages.KINDS
KINDS = pytest.mark.parametrize("kind", packages.KINDS)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def w():
    made = make_world()
    made.task = make_task(made.issue, lead=made.bureau, text="拆除网箱")
    made.file = make_evidence(made.task, name="照片.pdf")
    (store_path() / "a1.pdf").write_bytes(CONTENT)
    facts = {"stored_as": "a1.pdf", "sha256": HASH, "size": len(CONTENT)}
    Evidence.objects.filter(pk=made.file.pk).update(**facts)
    return made


def order(w, kind, who="office"):
    return packages.order(kind, w.notice, by=getattr(w, who), at=AT, today=TODAY)


def work(at=AT):
    job = ledger_jobs.work(Moment(today=TODAY, now=lambda: at), lambda job: None)
    job.refresh_from_db()
    return job


def opened(job):
    with ledger_jobs.fetched(job) as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def folder():
    return Path(settings.MEDIA_ROOT) / packages.FOLDER


def left():
    """Every package on the disk."""
    return sorted(folder().glob("*"))


def destroyed(w):
    row = Evidence.objects.select_related("task__notice").get(pk=w.file.pk)
    made = purges.ask(row, why="误传", by=w.staff, at=timezone.now())
    purges.approve(made, by=w.office, at=timezone.now())
    return purges.finish(Purge.objects.get(pk=made.pk), at=timezone.now())


@KINDS
def test_it_is_made_kept_fetched_and_removed(w, kind):
    order(w, kind)
    job = work()

    assert job.state == "done"
    with opened(job) as package:
        assert package.testzip() is None
        assert [package.read(n) for n in package.namelist() if n.endswith("照片.pdf")] == [CONTENT]
        said = f"压缩包已生成，共 {len(package.namelist())} 个文件，0."
    assert job.message.startswith(said) and job.message.endswith(" MB。")
    assert list(packages.packages_of(w.office, w.notice)) == [job]
    assert ledger_jobs.tidy(AT + dt.timedelta(days=4)) == 1
    assert (left(), list(packages.packages_of(w.office, w.notice))) == ([], [])


def test_the_names_say_what_it_is(w):
    names = [ledger_jobs.file_name(order(w, kind)) for kind in packages.KINDS]

    day = f"{TODAY:%Y%m%d}"
    assert names == [f"佐证材料_{w.notice.title[:40]}_{day}.zip", f"全部资料_{w.notice.title[:40]}_{day}.zip"]


@pytest.mark.parametrize(
    ("kind", "who", "may"),
    [
        (PACK, "office", True), (PACK, "supervisor", True), (PACK, "staff", False), (PACK, "leader", False),
        (LEAVE, "office", True), (LEAVE, "supervisor", False), (LEAVE, "staff", False), (LEAVE, "leader", False),
    ],
)  # fmt: skip
def test_who_may_order_it(w, kind, who, may):
    if may:
        assert order(w, kind, who).by == getattr(w, who)
        return
    with pytest.raises(Refused, match="只有整改办"):
        order(w, kind, who)
    assert (LedgerJob.objects.count(), Event.objects.filter(notice_id=w.notice.pk).count()) == (0, 0)


def test_asked_twice_it_is_one_job_and_one_event(w):
    first = order(w, LEAVE)

    assert order(w, LEAVE) == first
    assert order(w, PACK) != first
    assert Event.objects.filter(action="notice.export").count() == 1
    assert Event.objects.get(action="dossier.pack").data == {"issues": 1, "files": 1}


def test_an_archived_notice_is_packed_as_well(w):
    Notice.objects.filter(pk=w.notice.pk).update(stage="archived")
    order(w, LEAVE)

    assert work().state == "done"


@KINDS
def test_a_worker_that_died_is_followed_by_another(w, kind):
    """What the dead one had written lies there for a day; the next begins anew and is done once."""
    order(w, kind)
    dead = ledger_queue.claim(AT)
    folder().mkdir(parents=True)
    (folder() / "dead.zip").write_bytes(b"PK half")
    assert ledger_jobs.work(Moment(today=TODAY, now=lambda: AT), lambda job: None) is None
    later = AT + 2 * ledger_queue.LEASE
    job = work(later)

    assert (job.pk, job.state, job.tries) == (dead.pk, "done", 2)
    assert opened(job).testzip() is None
    assert len(left()) == 2
    with pytest.raises(ledger_queue.Lost):
        ledger_queue.finish(dead, "too late", at=later)


def test_how_far_it_is_is_told_while_it_is_made(w):
    told = []

    class Listener(ledger_queue.Gauge):
        def __call__(self, stage, done, total):
            told.append((stage, done, total))

    order(w, PACK)
    job = ledger_queue.claim(AT)
    packages.make(job, Moment(today=TODAY, now=lambda: AT), Listener(job, lambda: AT))

    assert told == [("写入文件", n, 4) for n in range(4)]  # a dossier, a file, the contents, the hashes


@pytest.mark.parametrize("when", ["before it is made", "before it is fetched"])
def test_who_changed_posts_gets_nothing(w, when):
    order(w, LEAVE)
    if when == "before it is fetched":
        job = work()
        Membership.objects.create(user=w.office, unit=w.town, role="staff")
        with pytest.raises(Refused, match="任职有变动"):
            ledger_jobs.fetched(LedgerJob.objects.get(pk=job.pk))
        return
    Membership.objects.filter(user=w.office).delete()
    assert (work().state, left()) == ("failed", [])


def test_a_disk_without_room_is_said_before_anything_is_written(w):
    room = pulse.free_bytes(Path(settings.MEDIA_ROOT))
    Evidence.objects.filter(pk=w.file.pk).update(size=room)
    order(w, LEAVE)
    job = work()

    assert (job.state, job.tries, left()) == ("failed", 1, [])
    assert job.message == "服务器磁盘空间不够，压缩包没有生成。请系统管理员清理磁盘后再试。"


def test_a_folder_that_cannot_be_written_ends_after_three_tries(w):
    folder().write_text("a file where the folder should be")
    order(w, PACK)
    job = [work() for _ in range(3)][-1]

    assert (job.state, job.tries) == ("failed", 3)
    assert "export_everything" in job.message


# ── What must be destroyed ───────────────────────────────────────────────────
@KINDS
def test_a_purge_takes_the_packages_that_hold_the_file_along(w, kind):
    order(w, kind)
    job = work()
    made_before = left()[0]
    done = destroyed(w)

    assert done.state == PurgeState.DONE and done.proof["files"] == 2 and done.proof["left"] == 0
    assert not made_before.exists()
    assert LedgerJob.objects.get(pk=job.pk).file.name == ""
    every = [p for p in Path(settings.MEDIA_ROOT).rglob("*") if p.is_file()]
    assert [p for p in every if CONTENT in p.read_bytes()] == []

    order(w, kind)
    again = work()
    assert again.state == "done"
    with opened(again) as package:
        assert not [n for n in package.namelist() if "照片" in n]


def test_from_the_moment_it_is_asked_nobody_fetches_it_and_refused_it_is_given_again(w):
    order(w, LEAVE)
    job = work()
    row = Evidence.objects.select_related("task__notice").get(pk=w.file.pk)
    made = purges.ask(row, why="误传", by=w.staff, at=AT)

    with pytest.raises(Refused, match="其中有文件被申请清除"):
        ledger_jobs.fetched(job)
    purges.refuse(made, why="不涉密", by=w.office, at=AT)
    assert opened(job).testzip() is None


def test_one_that_holds_other_files_stays(w):
    other = make_evidence(w.task, name="别的.pdf")
    (store_path() / "b2.pdf").write_bytes(b"%PDF-1.4 other")
    digest = hashlib.sha256(b"%PDF-1.4 other").hexdigest()
    facts = {"stored_as": "b2.pdf", "sha256": digest, "size": 14, "removed_at": AT, "removed_why": "传错"}
    Evidence.objects.filter(pk=other.pk).update(**facts)
    order(w, PACK)  # without the voided one
    job = work()
    row = Evidence.objects.select_related("task__notice").get(pk=other.pk)
    purges.approve(purges.ask(row, why="误传", by=w.staff, at=AT), by=w.office, at=AT)
    purges.finish_all(AT)

    assert opened(LedgerJob.objects.get(pk=job.pk)).testzip() is None


def test_one_being_made_while_the_file_is_destroyed_is_made_again_without_it(w):
    """The purge finds a file that is not finished and destroys it; its maker cannot end and puts the job back."""
    order(w, LEAVE)

    def disturbed(stage, done, total):
        if done == 3 and not Purge.objects.exists():
            destroyed(w)

    job = ledger_queue.claim(AT)
    with pytest.raises(OSError):
        packages.make(job, Moment(today=TODAY, now=lambda: AT), disturbed)
    assert left() == []
    ledger_queue.put_back(job, at=AT)

    again = work()
    assert (again.state, again.tries) == ("done", 2)
    with opened(again) as package:
        assert not [n for n in package.namelist() if "照片" in n]


def test_one_asked_about_while_it_is_made_is_not_kept(w):
    order(w, PACK)
    row = Evidence.objects.select_related("task__notice").get(pk=w.file.pk)

    def asked(stage, done, total):
        if done == 3 and not Purge.objects.exists():
            purges.ask(row, why="误传", by=w.staff, at=AT)

    job = ledger_queue.claim(AT)
    with pytest.raises(Refused, match="其中有文件被申请清除"):
        packages.make(job, Moment(today=TODAY, now=lambda: AT), asked)
    assert left() == []
