"""Large files read, large plans written and taken back, large downloads: each all or nothing, each ends in words."""

import datetime as dt
import os
from dataclasses import replace

import openpyxl
import pytest

from accounts.models import Event, Membership
from notices.domain import ledger_jobs, rollup
from notices.domain.book import Moment
from notices.errors import Refused
from notices.ledger.packing import pack_plan
from notices.ledger.uploads import plan_of, tables_of
from notices.models import Issue, LedgerJob, LedgerMapping, LedgerUpload, Task, Transition
from notices.records import FieldChange, PlanRow
from tests.factories import AT, TODAY, make_task, make_world
from tests.notices.large import ledger

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def w():
    return make_world()


def work(at=AT):
    return ledger_jobs.work(Moment(today=TODAY, now=lambda: at), lambda job: None)


def received(w, tmp_path, content, name="大台账.csv", **more):
    path = tmp_path / name
    path.write_bytes(content)
    return ledger_jobs.order_reading(w.notice, str(path), name=name, by=w.office, at=AT, **more).upload


def read(w, tmp_path, count=3):
    upload = received(w, tmp_path, ledger(count, lines=count))
    work()
    upload.refresh_from_db()
    return upload


def test_a_large_file_is_read_written_and_taken_back(w, tmp_path):
    upload = read(w, tmp_path)
    assert (upload.state, upload.large, upload.counts["add"]) == ("planned", True, 3)
    assert upload.jobs.get().message == "核对完成，请查看改动后确认。"
    assert Task.objects.count() == 0

    ledger_jobs.order_applying(upload, {}, by=w.office, at=AT)
    work()
    upload.refresh_from_db()
    job = ledger_jobs.last_ended(upload)
    assert (upload.state, job.state) == ("applied", "done")
    assert job.message == "台账已导入：新增 3 个问题、新增 3 项任务。"
    assert (
        list(Task.objects.order_by("pk").values_list("state", "lead_unit__name"))
        == [("pending", "青禾镇")] * 3
    )

    ledger_jobs.order_undoing(upload, by=w.office, at=AT)
    work(AT + DAY)
    upload.refresh_from_db()
    assert upload.state == "undone"
    assert ledger_jobs.last_ended(upload).message.split("\n") == [
        "已撤销本次导入：恢复 0 行，撤销新增任务 3 项。",
        *[f"问题 W02-00{n} 由本次导入新增，其下任务已撤销，问题保留备查。" for n in (2, 3, 4)],
    ]
    assert rollup.wrong_rows() == []
    assert list(Event.objects.filter(action__startswith="ledger.").values_list("action", flat=True)) == [
        "ledger.receive",
        "ledger.upload",
        "ledger.import",
        "ledger.undo",
    ]


def test_a_file_that_cannot_be_read_ends_in_a_sentence_and_is_removed_later(w, tmp_path):
    upload = received(w, tmp_path, b"PK\x03\x04 nothing", "坏的.xlsx")
    job = work()

    job.refresh_from_db()
    upload.refresh_from_db()
    assert (job.state, upload.state) == ("failed", "failed")
    assert job.message == "文件不完整，末尾缺失，可能没有下载或复制完。请重新取得文件后上传。"
    path = upload.file.path

    assert (ledger_jobs.tidy(AT + DAY), os.path.exists(path)) == (0, True)
    assert (ledger_jobs.tidy(AT + 4 * DAY), os.path.exists(path)) == (1, False)
    with pytest.raises(Refused, match="还没有核对"):
        ledger_jobs.order_again(LedgerUpload.objects.get(), {}, by=w.office, at=AT)


def test_only_the_office_hands_a_large_file_over_and_must_still_be_the_office(w, tmp_path):
    path = tmp_path / "大台账.csv"
    path.write_bytes(ledger(1, lines=1))
    with pytest.raises(Refused, match="只有整改办"):
        ledger_jobs.order_reading(w.notice, str(path), name=path.name, by=w.staff, at=AT)
    assert (LedgerUpload.objects.count(), LedgerJob.objects.count()) == (0, 0)

    upload = received(w, tmp_path, ledger(1, lines=1))
    Membership.objects.filter(user=w.office).delete()
    work()

    upload.refresh_from_db()
    assert upload.state == "failed"


def test_a_plan_that_became_stale_is_not_written_and_can_be_planned_again(w, tmp_path):
    upload = read(w, tmp_path, 2)
    ledger_jobs.order_applying(upload, {}, by=w.office, at=AT)
    work()
    again = ledger_jobs.order_again(LedgerUpload.objects.get(), {}, by=w.office, at=AT)
    work()
    fresh = LedgerUpload.objects.get(pk=again.upload_id)
    assert (fresh.state, fresh.counts["keep"], fresh.counts["add"]) == ("planned", 2, 0)

    LedgerUpload.objects.filter(pk=fresh.pk).update(plan=_moved(fresh))
    ledger_jobs.order_applying(fresh, {}, by=w.office, at=AT)
    job = work()

    job.refresh_from_db()
    assert job.state == "failed"
    assert job.message.startswith("上传后有 1 行被他人修改") and job.message.endswith("再确认。")
    assert LedgerUpload.objects.get(pk=fresh.pk).state == "planned"


def _moved(upload):
    """A plan that wants to change a row in a version it no longer has."""
    task = Task.objects.first()
    change = FieldChange("remark", "备注", "J2", "", "新备注")
    row = PlanRow("CSV", 2, "", "change", "task", task.pk, task.version + 1, task.number, (change,), (), "")
    return pack_plan(replace(plan_of(upload), rows=(row,)))


def test_asked_twice_it_is_one_job(w, tmp_path):
    upload = read(w, tmp_path, 1)

    jobs = {ledger_jobs.order_applying(upload, {}, by=w.office, at=AT).pk for _ in range(2)}
    work()
    assert work() is None

    assert (len(jobs), Task.objects.count(), Transition.objects.count()) == (1, 1, 1)
    with pytest.raises(Refused, match="已导入"):
        ledger_jobs.order_applying(LedgerUpload.objects.get(), {}, by=w.office, at=AT)


def test_columns_assigned_for_a_large_file_are_used_and_remembered(w, tmp_path):
    upload = read(w, tmp_path, 1)
    table = tables_of(upload)[0]
    columns = {int(c): k for k, c in table.columns.items()} | {4: "contact"}

    again = ledger_jobs.order_again(upload, {table.signature: columns}, by=w.office, at=AT)
    work()

    row = plan_of(LedgerUpload.objects.get(pk=again.upload_id)).rows[-1]
    assert (row.values.get("contact"), row.values.get("leader", "")) == ("樊领导", "")
    assert LedgerMapping.objects.get().columns["4"] == "contact"


def test_a_large_download_is_written_kept_fetched_and_removed(w, tmp_path):
    make_task(w.issue, lead=w.bureau)
    make_task(w.issue, lead=w.town)
    job = ledger_jobs.order_export(w.notice, filters="", today=TODAY, by=w.staff, at=AT)
    work()

    job.refresh_from_db()
    assert (job.state, job.message) == ("done", "台账已生成，共 1 项任务。")
    with ledger_jobs.fetched(job) as file:
        sheet = openpyxl.load_workbook(file)["任务清单"]
    assert [row[1] for row in sheet.iter_rows(min_row=4, values_only=True) if row[1]] == ["W01-001-01"]
    assert list(ledger_jobs.exports_of(w.staff)) == [job]
    assert list(ledger_jobs.exports_of(w.office)) == []

    Membership.objects.filter(user=w.staff).update(unit=w.town)
    moved = LedgerJob.objects.get()
    with pytest.raises(Refused, match="任职有变动"):
        ledger_jobs.fetched(moved)

    assert ledger_jobs.tidy(AT + 4 * DAY) == 1
    with pytest.raises(Refused, match="已超过 3 天"):
        ledger_jobs.fetched(LedgerJob.objects.get())


def test_who_changed_posts_before_it_was_written_gets_nothing(w):
    job = ledger_jobs.order_export(w.notice, filters="", today=TODAY, by=w.staff, at=AT)
    Membership.objects.filter(user=w.staff).delete()
    work()

    job.refresh_from_db()
    assert (job.state, job.file.name) == ("failed", "")
    assert job.message == ledger_jobs.POSTS_CHANGED


def test_a_disk_that_is_full_leaves_no_half_file_and_ends_after_three_tries(w, settings, tmp_path):
    blocked = tmp_path / "media" / "ledgers" / "kept"
    blocked.parent.mkdir(parents=True)
    blocked.write_text("a file where the folder should be")
    job = ledger_jobs.order_export(w.notice, filters="", today=TODAY, by=w.office, at=AT)

    for _ in range(3):
        work()

    job.refresh_from_db()
    assert (job.state, job.tries) == ("failed", 3)
    assert job.message.startswith("后台处理了 3 次都没有完成")


def test_files_no_row_knows_are_removed_after_a_day(w, tmp_path):
    upload = read(w, tmp_path, 1)
    folder = os.path.dirname(upload.file.path)
    stray = os.path.join(folder, "kept", "stray.xlsx")
    os.makedirs(os.path.dirname(stray), exist_ok=True)
    for path in (stray, upload.file.path):
        open(path, "ab").close()
        os.utime(path, (AT.timestamp(), AT.timestamp()))

    assert ledger_jobs.tidy(AT + DAY / 2) == 0
    assert ledger_jobs.tidy(AT + 2 * DAY) == 1
    assert (os.path.exists(stray), os.path.exists(upload.file.path)) == (False, True)


def test_issues_and_tasks_stay_as_they_were_when_the_end_cannot_be_written(w, tmp_path):
    """Another worker took the job over meanwhile: everything this one wrote is taken back."""
    upload = read(w, tmp_path, 2)
    ledger_jobs.order_applying(upload, {}, by=w.office, at=AT)
    late = ledger_jobs.ledger_queue.claim(AT)
    LedgerJob.objects.filter(pk=late.pk).update(tries=2)

    with pytest.raises(ledger_jobs.Lost):
        ledger_jobs._do(late, Moment(today=TODAY, now=lambda: AT), lambda job: None)

    assert (Task.objects.count(), Issue.objects.count()) == (0, 1)
    assert LedgerUpload.objects.get().state == "planned"
