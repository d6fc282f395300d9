"""What is too much for a request: handed over, watched, left and found again, and ended in words."""

import io
import re
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.files.limits import FORM, MIB
from notices import jobs
from notices.domain import ledger_jobs, ledger_queue
from notices.domain.ledger_queue import Gauge
from notices.models import LedgerJob, LedgerUpload, Task
from tests.factories import make_task, make_world
from tests.notices.large import ledger

pytestmark = pytest.mark.django_db


@pytest.fixture
def w():
    return make_world()


def send(client, w, content, name="大台账.csv"):
    return client.post("/ledger/upload", {"notice": w.notice.pk, "file": SimpleUploadedFile(name, content)})


def words(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_office_hands_a_large_file_over_watches_confirms_and_undoes(client, w):
    client.force_login(w.office)
    answer = send(client, w, ledger(2))
    job = LedgerJob.objects.get()
    page = f"/ledger/job/{job.pk}"
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert "排队中" in words(client.get(page))

    claimed = ledger_queue.claim(job.at)
    Gauge(claimed, lambda: job.at)("读取文件", 30000, 60000)
    whole, part = client.get(page), client.get(page, headers={"HX-Request": "true"})
    for shown in (whole, part):
        assert "读取文件： 30000 / 60000 行" in words(shown)
        assert '<progress class="job-bar" value="50" max="100"' in shown.content.decode()
    assert "<html" in whole.content.decode() and "<html" not in part.content.decode()
    assert 'http-equiv="refresh"' in whole.content.decode()  # works without script
    assert part["Vary"] == "HX-Request" or "HX-Request" in part["Vary"]
    history = client.get("/ledger/history").content.decode()
    assert "正在核对" in history and f'href="/ledger/{job.upload_id}"' in history
    assert client.get(f"/ledger/{job.upload_id}")["Location"] == page
    ledger_queue.put_back(claimed, at=job.at)

    jobs.work_ledgers()
    ended = client.get(page, headers={"HX-Request": "true"})
    assert ended["HX-Redirect"] == f"/ledger/{job.upload_id}"
    assert "核对完成" in words(client.get(page))
    assert "改动较多，确认后由后台写入" in words(client.get(f"/ledger/{job.upload_id}"))

    applied = client.post(f"/ledger/{job.upload_id}/apply")["Location"]
    assert Task.objects.count() == 0
    jobs.work_ledgers()
    assert (
        client.get(applied, headers={"HX-Request": "true"})["HX-Redirect"]
        == f"/ledger/{job.upload_id}/result"
    )
    assert "台账已导入：新增 2 个问题、新增 2 项任务。" in words(
        client.get(f"/ledger/{job.upload_id}/result")
    )

    client.post(f"/ledger/{job.upload_id}/undo")
    jobs.work_ledgers()
    assert "撤销新增任务 2 项" in words(client.get(f"/ledger/{job.upload_id}/result"))


def test_staff_with_a_large_file_get_the_sentence_and_nothing_is_kept(client, w):
    make_task(w.issue, lead=w.bureau)
    client.force_login(w.staff)

    answer = send(client, w, ledger(1))

    assert answer.status_code == 422
    assert f"表格超过 {FORM.rows} 行，请拆分成几个文件后分别上传" in words(answer)
    assert (LedgerUpload.objects.count(), LedgerJob.objects.count()) == (0, 0)


def test_the_office_may_send_more_megabytes_than_staff(client, w, tmp_path):
    make_task(w.issue, lead=w.bureau)
    content = b"PK\x03\x04" + bytes(FORM.size + MIB)
    found = {}
    for who in (w.staff, w.office):
        client.force_login(who)
        found[who.name] = send(client, w, content, "大.xlsx")

    assert "超过 40 MB" in words(found["安经办"])
    assert found["葛主任"]["Location"] == f"/ledger/job/{LedgerJob.objects.get().pk}"
    jobs.work_ledgers()
    page = words(client.get(found["葛主任"]["Location"]))
    assert "没有完成" in page and "重新上传" in page
    assert client.get(f"/ledger/{LedgerUpload.objects.get().pk}")["Location"] == found["葛主任"]["Location"]
    assert "未能核对" in client.get("/ledger/history").content.decode()


def test_columns_of_a_large_file_are_assigned_by_a_job(client, w):
    client.force_login(w.office)
    send(client, w, ledger(1))
    jobs.work_ledgers()
    first = LedgerUpload.objects.get()
    form = client.get(f"/ledger/{first.pk}/mapping").context["form"]
    data = {name: field.initial or "" for name, field in form.fields.items()} | {"c0-4": "contact"}

    answer = client.post(f"/ledger/{first.pk}/mapping", data)
    jobs.work_ledgers()

    job = LedgerJob.objects.latest("pk")
    assert answer["Location"] == f"/ledger/job/{job.pk}"
    assert (job.state, LedgerUpload.objects.get(pk=job.upload_id).state) == ("done", "planned")
    assert client.post(f"/ledger/{first.pk}/replan")["Location"].startswith("/ledger/job/")


def test_a_large_download_is_handed_over_and_fetched(client, w, monkeypatch):
    monkeypatch.setattr(ledger_jobs, "EXPORT_ROWS", 1)
    make_task(w.issue, lead=w.bureau, text="修订学习制度")
    make_task(w.issue, lead=w.town, text="开展一次排查")
    client.force_login(w.office)

    small = client.post("/ledger/export", {"notice": w.notice.pk, "filters": f"lead_unit={w.town.pk}"})
    assert b"".join(small.streaming_content).startswith(b"PK\x03\x04")
    answer = client.post("/ledger/export", {"notice": w.notice.pk, "filters": "open=true"})
    page = answer["Location"]
    assert "后台生成的台账" in client.get("/ledger/export").content.decode()
    jobs.work_ledgers()
    assert "台账已生成，共 2 项任务。" in words(client.get(page, headers={"HX-Request": "true"}))

    file = client.get(f"{page}/file")
    assert file["Content-Disposition"].startswith("attachment") and file["Cache-Control"] == "no-store"
    assert b"".join(file.streaming_content).startswith(b"PK\x03\x04")
    client.force_login(w.office_two)
    assert [client.get(url).status_code for url in (page, f"{page}/file")] == [404, 404]


def test_a_failed_confirmation_is_told_on_the_plan(client, w):
    client.force_login(w.office)
    send(client, w, ledger(1))
    jobs.work_ledgers()
    upload = LedgerUpload.objects.get()
    job = LedgerJob.objects.get(pk=client.post(f"/ledger/{upload.pk}/apply")["Location"].split("/")[-1])
    ledger_queue.fail(ledger_queue.claim(job.at), "磁盘已满。", at=job.at)

    assert "上次确认没有完成：磁盘已满。" in words(client.get(f"/ledger/{upload.pk}"))


def test_pages_of_jobs_cost_the_same_for_one_and_three(client, w, count_queries):
    client.force_login(w.office)
    counts = []
    for _ in range(3):
        make_task(w.issue, lead=w.bureau)
        job = ledger_jobs.order_export(
            w.notice, filters="", today=w.notice.feedback_on, by=w.office, at=w.notice.created_at
        )
        counts.append(count_queries(client, reverse("notices:ledger_export")))
    counts.append(count_queries(client, f"/ledger/job/{job.pk}"))

    assert counts[0] == counts[2] and counts[3] <= counts[0]


@pytest.mark.parametrize("long", [{"large": True}, {"counts": {"add": 1, "keep": 3000}}])
def test_a_worker_marks_and_fills_a_long_upload(client, w, long):
    """Files too long for a request: the links of small ones lead back, a button hands them over."""
    task = make_task(w.issue, lead=w.bureau, remark="存放于档案室")
    book = openpyxl.Workbook()
    book.active.append(["序号", "反馈问题", "整改措施", "牵头单位", "完成时限", "备注"])
    book.active.append([1, w.issue.title, task.text, "教育局", "2024717日", ""])
    out = io.BytesIO()
    book.save(out)
    client.force_login(w.office)
    send(client, w, out.getvalue(), "本单位表.xlsx")
    LedgerUpload.objects.update(**long)
    row = LedgerUpload.objects.get()
    assert client.get(f"/ledger/{row.pk}/annotated")["Location"] == f"/ledger/{row.pk}"
    assert "生成标注后的文件" in words(client.get(f"/ledger/{row.pk}"))

    given = {}
    for kind in ("mark", "fill"):
        page = client.post(f"/ledger/{row.pk}/give/{kind}")["Location"]
        jobs.work_ledgers()
        assert "下载 Excel" in words(client.get(page))
        answer = client.get(f"{page}/file")
        given[kind] = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active

    assert "2024717日" in given["mark"]["E2"].comment.text
    assert given["fill"]["F2"].value == "存放于档案室"
    assert client.get(f"/ledger/{row.pk}").status_code == 200  # the plan is still open to be confirmed


def test_only_xlsx_is_filled_in_the_background_as_well(client, w):
    client.force_login(w.office)
    send(client, w, ledger(1))
    jobs.work_ledgers()
    row = LedgerUpload.objects.get()

    answer = client.post(f"/ledger/{row.pk}/give/fill", follow=True)

    assert "只有 .xlsx 可以按原表回填" in words(answer)
    assert LedgerJob.objects.filter(kind="fill").count() == 0


# ── Packages ─────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("button", "name", "ending"),
    [("pack", "生成佐证材料包", "目录.xlsx"), ("export", "导出全部资料", "目录.csv")],
)
def test_a_package_is_ordered_on_the_page_of_the_notice_and_fetched(client, w, button, name, ending):
    make_task(w.issue, lead=w.bureau)
    client.force_login(w.office)

    page = client.post(f"/notices/{w.notice.pk}/{button}")["Location"]
    assert page == client.post(f"/notices/{w.notice.pk}/{button}")["Location"]  # clicked twice it is one
    assert "轮到时自动开始" in words(client.get(page))
    assert name in words(client.get(f"/notices/{w.notice.pk}"))
    jobs.work_ledgers()
    shown = words(client.get(page, headers={"HX-Request": "true"}))
    assert "压缩包已生成" in shown and "下载压缩包" in shown

    file = client.get(f"{page}/file")
    assert (file["Content-Type"], file["Cache-Control"]) == ("application/zip", "no-store")
    with zipfile.ZipFile(io.BytesIO(b"".join(file.streaming_content))) as package:
        assert ending in package.namelist()
    client.force_login(w.office_two)
    assert [client.get(url).status_code for url in (page, f"{page}/file")] == [404, 404]
    assert "生成的压缩包" not in words(client.get(f"/notices/{w.notice.pk}"))


@pytest.mark.parametrize("button", ["pack", "export"])
def test_who_may_not_have_a_package_is_told(client, w, button):
    make_task(w.issue, lead=w.bureau)
    client.force_login(w.staff)

    answer = client.post(f"/notices/{w.notice.pk}/{button}", follow=True)
    assert "只有整改办" in words(answer)
    assert LedgerJob.objects.count() == 0
