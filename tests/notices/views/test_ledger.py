"""台账: what is downloaded comes back, is looked at, confirmed, undone; nothing is written before 确认导入."""

import datetime as dt
import io
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl.utils import get_column_letter

from accounts.models import Event
from notices.ledger.schema import column_help
from notices.models import Issue, LedgerExport, LedgerMapping, LedgerUpload, Notice, Task
from notices.terms import Stage, State
from notices.views import ledger_rows
from tests.factories import make_issue, make_notice, make_task, make_unit, make_world

pytestmark = pytest.mark.django_db
HEADER = 3  # row of the printed header
CSV = "序号,反馈问题,整改措施,牵头单位,责任领导,整改时限,办理股室意见\n1,采购不规范,修订采购办法,青禾镇,樊领导,2026年12月底前,见附件\n"


@pytest.fixture
def w():
    world = make_world()
    make_task(world.issue, lead=world.bureau, text="修订学习制度")
    make_task(world.issue, lead=world.town, text="开展一次排查")
    return world


def download(client, **given):
    answer = client.post("/ledger/export", given)
    assert answer.status_code == 200, answer.content.decode()
    return b"".join(answer.streaming_content)


def numbers(content, sheet="任务清单"):
    rows = openpyxl.load_workbook(io.BytesIO(content))[sheet].iter_rows(min_row=HEADER + 1, values_only=True)
    return [row[1] for row in rows if row[1]]


def edited(content, *cells):
    """The workbook with (task number, column, value) put in."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book["任务清单"]
    columns = {cell.value: cell.column for cell in sheet[HEADER]}
    rows = {row[1].value: row[1].row for row in sheet.iter_rows(min_row=HEADER + 1)}
    for number, column, value in cells:
        sheet.cell(rows[number], columns[column]).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def upload(client, notice, content, *, name="台账.xlsx", **more):
    return client.post(
        "/ledger/upload", {"notice": notice.pk, "file": SimpleUploadedFile(name, content), **more}
    )


def planned(client, notice, *cells):
    """An edited ledger as uploaded by the person who downloaded it."""
    answer = upload(client, notice, edited(download(client, notice=notice.pk), *cells))
    assert answer.status_code == 302, re.findall(r'role="alert">([^<]+)', answer.content.decode())
    return LedgerUpload.objects.latest("pk")


def counts(client, row):
    page = client.get(f"/ledger/{row.pk}").content.decode()
    return {
        k: int(n) for k, n in re.findall(r'class="tab [^>]*>(新增|修改|不变|冲突|拒绝)<b>(\d+)</b>', page)
    }


# ── Download ─────────────────────────────────────────────────────────────────


def test_the_office_downloads_all_and_a_unit_its_own(client, w):
    found = {}
    for who in ("office", "supervisor", "staff", "town_head"):
        client.force_login(getattr(w, who))
        found[who] = numbers(download(client, notice=w.notice.pk))

    assert found == {
        "office": ["W01-001-01", "W01-001-02"],
        "supervisor": ["W01-001-01", "W01-001-02"],
        "staff": ["W01-001-01"],
        "town_head": ["W01-001-02"],
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=排查", ["W01-001-02"]),
        ("state=active&sort=due", ["W01-001-01", "W01-001-02"]),
        ("light=red", []),
        ("counted=true&after=x", ["W01-001-01", "W01-001-02"]),
        ("notice=&lead_unit=", ["W01-001-01", "W01-001-02"]),
    ],
)
def test_a_download_follows_the_filters_of_the_list(client, w, query, expected):
    client.force_login(w.office)

    page = client.get(f"/ledger/export?{query}").content.decode()
    filters = re.search(r'name="filters"(?: value="([^"]*)")?', page)[1] or ""

    assert numbers(download(client, notice=w.notice.pk, filters=filters.replace("&amp;", "&"))) == expected


def test_ticked_rows_alone_are_downloaded(client, w):
    client.force_login(w.office)
    ticked = Task.objects.get(number="W01-001-02").pk

    page = client.get(f"/ledger/export?id={ticked}&text=").content.decode()

    assert f'name="filters" value="id={ticked}"' in page
    assert numbers(download(client, notice=w.notice.pk, filters=f"id={ticked}")) == ["W01-001-02"]


def test_a_download_leaves_as_a_file_that_nothing_keeps(client, w):
    client.force_login(w.office)

    answer = client.post("/ledger/export", {"notice": w.notice.pk})
    assert numbers(b"".join(answer.streaming_content)) == ["W01-001-01", "W01-001-02"]

    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert LedgerExport.objects.get().by == w.office


def test_looking_at_the_download_page_writes_nothing(client, w):
    client.force_login(w.office)

    client.get("/ledger/export?q=x")

    assert LedgerExport.objects.count() == 0


@pytest.mark.parametrize("given", [{}, {"notice": "x"}, {"notice": "999999"}])
def test_a_download_needs_a_notice_the_person_sees(client, w, given):
    client.force_login(w.staff)

    answer = client.post("/ledger/export", given)

    assert answer.status_code == 422
    assert LedgerExport.objects.count() == 0


def test_a_notice_of_others_is_not_offered(client, w):
    hidden = make_notice(make_unit("云岭市审计局"), title="金丝雀批次")
    client.force_login(w.staff)

    assert "金丝雀" not in client.get("/ledger/export").content.decode()
    assert client.post("/ledger/export", {"notice": hidden.pk}).status_code == 422


# ── Upload and plan ──────────────────────────────────────────────────────────


def test_three_edited_cells_are_three_changes_and_nothing_is_written(client, w):
    client.force_login(w.office)
    row = planned(
        client,
        w.notice,
        ("W01-001-01", "备注", "存放于档案室"),
        ("W01-001-01", "责任人", "安经办"),
        ("W01-001-02", "下一步打算", "年底前完成"),
    )

    page = client.get(f"/ledger/{row.pk}").content.decode()

    assert counts(client, row) == {"新增": 0, "修改": 2, "不变": 0, "冲突": 0, "拒绝": 0}
    assert "修改 2 行（3 格）" in page
    assert re.findall(r"<ins>([^<]+)</ins>", page) == ["安经办", "存放于档案室", "年底前完成"]
    assert Task.objects.filter(remark="").count() == 2
    assert Task.objects.filter(version=0).count() == 2


def test_confirming_writes_and_a_second_upload_changes_nothing(client, w):
    client.force_login(w.office)
    row = planned(client, w.notice, ("W01-001-01", "备注", "存放于档案室"))

    page = client.post(f"/ledger/{row.pk}/apply", follow=True)

    assert "台账已导入。" in page.content.decode()
    assert Task.objects.get(number="W01-001-01").remark == "存放于档案室"
    again = planned(client, w.notice)
    assert again.changes == 0
    assert "没有可以写入的改动。" in client.get(f"/ledger/{again.pk}").content.decode()


def test_the_tabs_list_their_own_rows(client, w):
    client.force_login(w.office)
    row = planned(
        client, w.notice, ("W01-001-01", "备注", "存放于档案室"), ("W01-001-02", "完成时限", "2024717日")
    )

    shown = {
        kind: re.findall(r'badge-kind-(\w+)">', client.get(f"/ledger/{row.pk}?kind={kind}").content.decode())
        for kind in ("change", "refused", "add", "nonsense")
    }

    assert shown == {
        "change": ["change"],
        "refused": ["refused"],
        "add": [],
        "nonsense": ["change", "refused"],
    }


def test_problems_name_sheet_and_cell(client, w):
    client.force_login(w.office)
    row = planned(client, w.notice, ("W01-001-02", "完成时限", "2024717日"))

    page = client.get(f"/ledger/{row.pk}").content.decode()

    assert re.search(r'<p class="reason">(任务清单!L5 完成时限：[^<]*2024717日[^<]*)</p>', page)


def test_a_unit_may_not_change_what_is_the_offices(client, w):
    client.force_login(w.staff)
    row = planned(client, w.notice, ("W01-001-01", "整改措施", "改写措施"))

    client.post(f"/ledger/{row.pk}/apply")

    assert counts(client, LedgerUpload.objects.get()) in ({}, {"拒绝": 1})
    assert LedgerUpload.objects.get().counts["refused"] == 1
    assert Task.objects.get(number="W01-001-01").text == "修订学习制度"


def conflicting(client, w):
    content = edited(download(client, notice=w.notice.pk), ("W01-001-01", "备注", "本表"))
    Task.objects.filter(number="W01-001-01").update(remark="系统", version=1)
    upload(client, w.notice, content)
    return LedgerUpload.objects.get()


@pytest.mark.parametrize(
    ("choice", "remark"), [({}, "系统"), ({"conflict-0": "theirs"}, "系统"), ({"conflict-0": "mine"}, "本表")]
)
def test_a_conflict_shows_both_and_the_person_picks(client, w, choice, remark):
    client.force_login(w.office)
    row = conflicting(client, w)

    page = client.get(f"/ledger/{row.pk}").content.decode()
    client.post(f"/ledger/{row.pk}/apply", choice)

    assert re.findall(r'name="conflict-0" value="(\w+)"(?: checked)?> ([^<]+)<', page) == [
        ("theirs", "系统"),
        ("mine", "本表"),
    ]
    assert Task.objects.get(number="W01-001-01").remark == remark


@pytest.mark.parametrize(("choice", "remark"), [("theirs", "系统"), ("mine", "本表")])
def test_conflicts_behind_the_first_hundreds_are_decided_together(client, w, monkeypatch, choice, remark):
    monkeypatch.setattr(ledger_rows, "MOST_CHOICES", 0)
    client.force_login(w.office)
    row = conflicting(client, w)

    page = client.get(f"/ledger/{row.pk}").content.decode()
    client.post(f"/ledger/{row.pk}/apply", {"conflict-rest": choice})

    assert "其余 1 处" in page and 'name="conflict-0"' not in page
    assert "冲突的单元格在上方选择：备注（U4）。" in page
    assert Task.objects.get(number="W01-001-01").remark == remark


def test_rows_changed_after_the_look_stop_the_import(client, w):
    client.force_login(w.office)
    row = planned(client, w.notice, ("W01-001-01", "备注", "本表"))
    Task.objects.filter(number="W01-001-01").update(contact_text="他人", version=1)

    page = client.post(f"/ledger/{row.pk}/apply", follow=True).content.decode()

    assert "没有导入任何内容。请点“重新核对”，看过新的改动清单后再确认。" in page
    assert Task.objects.get(number="W01-001-01").remark == ""

    again = client.post(f"/ledger/{row.pk}/replan").headers["Location"]
    client.post(f"{again}/apply")
    assert Task.objects.get(number="W01-001-01").remark == "本表"
    assert Task.objects.get(number="W01-001-01").contact_text == "他人"


BAD = [
    ("台账.xlsx", b"not a workbook", "没有接收这份文件，台账没有任何变化。"),
    ("台账.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "没有接收这份文件，台账没有任何变化。"),
    (
        "台账.wps",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        "请把其中的表格复制到 Excel 或 WPS 表格里，存为 .xlsx 格式后上传。",
    ),
    ("台账.docx", b"PK\x03\x04" + b"\0" * 600, "这是 Word 文档（.docx），台账要用表格文件。"),
    ("台账.xlsx", b"", "文件是空的，请检查后重新选择。"),
]


@pytest.mark.parametrize(("name", "content", "sentence"), BAD)
def test_a_file_that_is_refused_says_why_and_changes_nothing(client, w, name, content, sentence):
    client.force_login(w.office)

    answer = upload(client, w.notice, content, name=name)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert LedgerUpload.objects.count() == 0


def test_the_upload_page_says_how_each_column_is_filled(client, w):
    client.force_login(w.staff)

    page = client.get("/ledger/upload").content.decode()

    said = re.findall(r'<th scope="row">(.*?)</th><td data-label="谁能改">(.*?)</td>', page)
    assert said == [(h.header, h.who) for h in column_help()]


def test_without_file_or_notice_each_field_says_so(client, w):
    client.force_login(w.office)

    page = client.post("/ledger/upload", {}).content.decode()

    assert "请选择要上传的台账文件。" in page
    assert "请选择整改批次。" in page


def test_the_line_about_secrets_stands_at_the_upload(client, w):
    client.force_login(w.staff)

    page = client.get("/ledger/upload").content.decode()

    assert "本系统为非涉密系统，严禁上传、存储涉密信息。" in page
    assert "接收历史台账" not in page


def test_a_ledger_of_another_notice_is_refused(client, w):
    other = make_notice(w.county, title="另一批次")
    make_task(make_issue(other), lead=w.bureau)
    client.force_login(w.office)
    content = download(client, notice=other.pk)

    answer = upload(client, w.notice, content)

    assert "不能导入“关于巡察整改情况的通报”" in answer.content.decode()
    assert LedgerUpload.objects.count() == 0


def test_an_archived_notice_is_not_offered_for_upload(client, w):
    client.force_login(w.office)
    content = download(client, notice=w.notice.pk)
    Notice.objects.update(stage=Stage.ARCHIVED)

    answer = upload(client, w.notice, content)

    assert answer.status_code == 422
    assert "现在没有可以导入台账的批次" in answer.content.decode()
    assert LedgerUpload.objects.count() == 0


# ── A foreign ledger and its columns ─────────────────────────────────────────


def test_the_columns_found_are_shown_changed_and_remembered(client, w):
    client.force_login(w.office)
    upload(client, w.notice, CSV.encode("utf-8-sig"), name="各镇台账.csv")
    row = LedgerUpload.objects.get()

    page = client.get(f"/ledger/{row.pk}/mapping").content.decode()
    names = re.findall(r'<label for="id_(c0-\d)">([^<]+)</label>', page)
    found = dict(re.findall(r'<select name="(c0-\d)"[^>]*>.*?<option value="(\w*)" selected', page, re.S))

    assert [label for _, label in names] == CSV.splitlines()[0].split(",")
    assert found["c0-1"] == "issue"
    assert found["c0-6"] == ""

    answer = client.post(f"/ledger/{row.pk}/mapping", {**found, "c0-6": "remark"})

    assert LedgerMapping.objects.get().columns["6"] == "remark"
    assert "见附件" in client.get(answer.headers["Location"]).content.decode()
    assert Issue.objects.count() == 1


COUNTED = "序号,反馈问题,整改措施,责任单位,责任人及联系电话,整改时限,办理股室意见\n1,采购不规范,修订采购办法,青禾镇（牵头）、教育局（配合）,周晓岚 0700-1234567,2026年12月底前，并长期坚持,见附件\n"


def test_changing_one_column_leaves_the_others_what_they_were_taken_for(client, w):
    client.force_login(w.office)
    upload(client, w.notice, COUNTED.encode("utf-8-sig"), name="各镇台账.csv")
    row = LedgerUpload.objects.get()
    page = client.get(f"/ledger/{row.pk}/mapping").content.decode()
    found = dict(re.findall(r'<select name="(c0-\d)"[^>]*>.*?<option value="(\w*)" selected', page, re.S))

    client.post(f"/ledger/{row.pk}/mapping", {**found, "c0-6": "remark"})
    client.post(f"/ledger/{LedgerUpload.objects.latest('pk').pk}/apply")

    task = Task.objects.get(text="修订采购办法")
    assert (task.deadline, task.keep_up, task.deadline_text) == (
        dt.date(2026, 12, 31),
        True,
        "2026年12月底前，并长期坚持",
    )
    assert (task.contact_text, task.contact_phone, task.remark) == ("周晓岚", "0700-1234567", "见附件")
    units = task.task_units.order_by("position").values_list("unit__name", "role")
    assert list(units) == [("青禾镇", "lead"), ("云岭县教育局", "supporting")]


def test_one_meaning_for_two_columns_is_refused(client, w):
    client.force_login(w.office)
    upload(client, w.notice, CSV.encode("utf-8-sig"), name="各镇台账.csv")
    row = LedgerUpload.objects.get()

    answer = client.post(f"/ledger/{row.pk}/mapping", {"c0-1": "issue", "c0-2": "issue"})

    assert answer.status_code == 422
    assert "有两列都对应到“问题”，请只保留一列。" in answer.content.decode()
    assert LedgerMapping.objects.count() == 0


def test_new_rows_become_issues_and_tasks(client, w):
    client.force_login(w.office)
    upload(client, w.notice, CSV.encode("utf-8-sig"), name="各镇台账.csv")
    row = LedgerUpload.objects.get()

    assert "新增 1 个问题、新增 1 项任务" in client.get(f"/ledger/{row.pk}").content.decode()
    client.post(f"/ledger/{row.pk}/apply")

    task = Task.objects.get(text="修订采购办法")
    assert (task.issue.title, task.lead_unit, task.state) == ("采购不规范", w.town, State.PENDING)


# ── Undo, files given back, history ──────────────────────────────────────────


def test_an_import_is_taken_back(client, w):
    client.force_login(w.office)
    row = planned(client, w.notice, ("W01-001-01", "备注", "存放于档案室"))
    client.post(f"/ledger/{row.pk}/apply")

    page = client.post(f"/ledger/{row.pk}/undo", follow=True).content.decode()

    assert "已撤销本次导入：恢复 1 行。" in page
    assert Task.objects.get(number="W01-001-01").remark == ""
    assert set(Event.objects.values_list("action", flat=True)) >= {"ledger.import", "ledger.undo"}


def test_rows_touched_since_are_listed_and_left(client, w):
    client.force_login(w.office)
    row = planned(client, w.notice, ("W01-001-01", "备注", "一"), ("W01-001-02", "备注", "二"))
    client.post(f"/ledger/{row.pk}/apply")
    touched = Task.objects.get(number="W01-001-02")
    Task.objects.filter(pk=touched.pk).update(remark="三", version=touched.version + 1)

    page = client.post(f"/ledger/{row.pk}/undo", follow=True).content.decode()

    assert "W01-001-02 导入以后又有改动，没有撤销，请人工核对。" in page
    assert list(Task.objects.order_by("number").values_list("remark", flat=True)) == ["", "三"]


def test_nothing_is_done_twice(client, w):
    client.force_login(w.office)
    row = planned(client, w.notice, ("W01-001-01", "备注", "一"))
    client.post(f"/ledger/{row.pk}/apply")

    second = client.post(f"/ledger/{row.pk}/apply", follow=True).content.decode()
    client.post(f"/ledger/{row.pk}/undo")
    third = client.post(f"/ledger/{row.pk}/undo", follow=True).content.decode()
    late = client.post(f"/ledger/{row.pk}/apply", follow=True).content.decode()

    assert "note-error" not in second + third  # pressed twice: done once, and nothing to be alarmed about
    assert "不能再导入；如需再次导入请重新上传。" in late
    acts = Event.objects.filter(action__in=["ledger.import", "ledger.undo"])
    assert sorted(acts.values_list("action", flat=True)) == ["ledger.import", "ledger.undo"]


def test_the_marked_file_has_a_comment_on_the_wrong_cell(client, w):
    client.force_login(w.office)
    row = planned(client, w.notice, ("W01-001-02", "完成时限", "2024717日"))

    answer = client.get(f"/ledger/{row.pk}/annotated")

    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))["任务清单"]
    cell = f"{get_column_letter([c.value for c in sheet[HEADER]].index('完成时限') + 1)}5"
    assert "2024717日" in sheet[cell].comment.text


def test_the_own_form_comes_back_filled(client, w):
    book = openpyxl.Workbook()
    book.active.append(["序号", "反馈问题", "整改措施", "牵头单位", "备注"])
    book.active.append([1, w.issue.title, "修订学习制度", "教育局", ""])
    Task.objects.filter(number="W01-001-01").update(remark="存放于档案室")
    out = io.BytesIO()
    book.save(out)
    client.force_login(w.office)
    upload(client, w.notice, out.getvalue())
    row = LedgerUpload.objects.get()

    answer = client.get(f"/ledger/{row.pk}/filled")

    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert sheet["E2"].value == "存放于档案室"


def test_each_person_sees_the_own_uploads_and_the_office_all(client, w):
    client.force_login(w.staff)
    mine = planned(client, w.notice)
    client.force_login(w.town_staff)
    town = planned(client, w.notice)

    seen = {}
    for who in ("staff", "town_staff", "office"):
        client.force_login(getattr(w, who))
        page = client.get("/ledger/history").content.decode()
        seen[who] = [int(pk) for pk in re.findall(r'<th scope="row"><a href="/ledger/(\d+)"', page)]

    assert seen == {"staff": [mine.pk], "town_staff": [town.pk], "office": [town.pk, mine.pk]}


@pytest.mark.parametrize(
    ("method", "place"),
    [
        ("get", ""),
        ("get", "/mapping"),
        ("get", "/annotated"),
        ("get", "/result"),
        ("get", "/filled"),
        ("post", "/apply"),
        ("post", "/undo"),
        ("post", "/replan"),
        ("post", "/mapping"),
    ],
)
def test_an_upload_of_others_does_not_exist(client, w, method, place):
    client.force_login(w.staff)
    row = planned(client, w.notice, ("W01-001-01", "备注", "一"))

    found = {}
    for who in ("town_staff", "leader", "supervisor", "admin"):
        client.force_login(getattr(w, who))
        found[who] = getattr(client, method)(f"/ledger/{row.pk}{place}").status_code

    assert found == {"town_staff": 404, "leader": 404, "supervisor": 404, "admin": 404}
    assert LedgerUpload.objects.get().state == LedgerUpload.State.PLANNED


@pytest.mark.parametrize("place", ["/apply", "/undo", "/replan"])
def test_what_writes_is_never_done_by_reading(client, w, place):
    client.force_login(w.office)
    row = planned(client, w.notice)

    assert client.get(f"/ledger/{row.pk}{place}").status_code == 405


@pytest.mark.parametrize("who", ["leader", "supervisor", "admin"])
def test_who_may_not_import_finds_no_upload_page(client, w, who):
    client.force_login(getattr(w, who))

    assert client.get("/ledger/upload").status_code == 404
    assert client.get("/ledger/history").status_code == 404


def test_the_history_costs_the_same_for_one_upload_and_for_more(client, count_queries, w):
    client.force_login(w.office)
    planned(client, w.notice)
    few = count_queries(client, "/ledger/history")

    for _ in range(3):
        planned(client, w.notice)

    assert count_queries(client, "/ledger/history") == few
