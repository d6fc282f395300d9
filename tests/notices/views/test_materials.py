"""Evidence on the pages: kinds, previews, files used again, several files of which some are refused."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from notices.domain.evidence import received
from notices.domain.reporting import attach
from notices.management.demo.papers import Paper, make_paper
from notices.models import Evidence, Notice, Progress, Task
from tests.factories import TODAY, make_evidence, make_task, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def world_with_picture():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    name, content = make_paper(Paper("T1", "教育局", "修订制度", "已修订", TODAY), "png")
    with received([SimpleUploadedFile(name, content)]) as stored:
        (row,) = attach(task, stored, by=w.staff, at=timezone.now())
    return w, task, row


def test_pages_are_pictures_that_nothing_may_run_or_keep(client):
    w, task, row = world_with_picture()
    client.force_login(w.office)

    answer = client.get(f"/evidence/{row.pk}/page/1")

    assert b"".join(answer.streaming_content).startswith(b"\x89PNG")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/png", "private, no-store")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert client.get(f"/evidence/{row.pk}/page/2").status_code == 404
    client.force_login(w.town_staff)
    assert client.get(f"/evidence/{row.pk}/page/1").status_code == 404
    assert client.get(f"/evidence/{row.pk}/preview").status_code == 404


def test_preview_names_the_whole_hash_and_the_strip_leads_to_it(client):
    w, task, row = world_with_picture()
    client.force_login(w.office)

    assert row.sha256 in client.get(f"/evidence/{row.pk}/preview").content.decode()
    page = client.get(f"/tasks/{task.pk}").content.decode()
    assert f'src="/evidence/{row.pk}/page/0"' in page
    assert f'hx-get="/evidence/{row.pk}/preview"' in page


def test_some_files_are_refused_and_the_report_is_filed_with_the_others(client):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    client.force_login(w.staff)
    sent = [SimpleUploadedFile("坏.exe", b"MZ"), SimpleUploadedFile("纪要.txt", "会议".encode())]

    page = client.post(
        f"/tasks/{task.pk}/report",
        {"text": "已开会", "files": sent, "category": "照片", "each": ["", "会议记录"]},
        follow=True,
    )

    assert Progress.objects.get().text == "已开会"
    assert Evidence.objects.values_list("name", "category").get() == ("纪要.txt", "会议记录")
    assert "以下 1 个文件没有收下，其余文件已保存：\n“坏.exe”：" in page.content.decode()


def test_report_waits_when_every_file_is_refused(client):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    client.force_login(w.staff)

    page = client.post(
        f"/tasks/{task.pk}/report", {"text": "已开会", "files": [SimpleUploadedFile("坏.exe", b"MZ")]}
    )

    assert page.status_code == 422
    assert "已开会" in page.content.decode()
    assert not Progress.objects.exists()


def test_missing_kinds_are_said_before_the_click(client):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    client.force_login(w.office)
    client.post(f"/notices/{w.notice.pk}/materials", {"evidence_kinds": "制度文件，照片", "version": 0})
    assert Notice.objects.get().evidence_kinds == "制度文件、照片"
    make_evidence(task, by=w.staff)
    Evidence.objects.update(category="照片")
    client.force_login(w.staff)

    page = client.get(f"/tasks/{task.pk}").content.decode()

    assert "还缺应交材料：制度文件。" in page
    assert "应交：制度文件、照片。<b>还缺：制度文件</b>" in page


def test_office_writes_kinds_for_one_task_in_its_edit(client):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    client.force_login(w.office)
    form = client.get(f"/tasks/{task.pk}/edit").context["form"]
    typed = {name: value for name, value in form.initial.items() if value is not None}

    client.post(f"/tasks/{task.pk}/edit", {**typed, "evidence_kinds": "会议记录 照片"})

    assert Task.objects.get().evidence_kinds == "会议记录、照片"


def test_a_file_is_used_again_once_however_often_the_form_is_sent(client):
    w = make_world()
    row = make_evidence(make_task(w.issue, lead=w.bureau), by=w.staff)
    task = make_task(w.issue, lead=w.bureau)
    client.force_login(w.staff)
    page = client.get(f"/tasks/{task.pk}/reuse")
    token = page.context["form"].initial["token"]

    for _ in range(2):
        answer = client.post(f"/tasks/{task.pk}/reuse", {"file": [row.pk], "token": token, "category": ""})
        assert answer["Location"] == f"/tasks/{task.pk}"
    empty = client.post(f"/tasks/{task.pk}/reuse", {"file": []})

    assert task.evidence.count() == 1
    assert empty.context["form"].errors["file"] == ["请先勾选要引用的材料。"]


def test_kind_of_a_file_is_changed(client):
    w = make_world()
    row = make_evidence(make_task(w.issue, lead=w.bureau), by=w.staff)
    client.force_login(w.staff)

    client.post(f"/evidence/{row.pk}/kind", {"category": "会议记录"})
    client.post(f"/evidence/{row.pk}/kind", {"category": "没有这一类"})

    assert Evidence.objects.get().category == "会议记录"


def test_last_day_of_a_file_is_kept_shown_and_marked(client):
    w = make_world()
    row = make_evidence(make_task(w.issue, lead=w.bureau), by=w.staff)
    client.force_login(w.staff)
    url, today = f"/evidence/{row.pk}/kind", timezone.localdate()

    client.post(url, {"category": "", "expires_on": str(today - dt.timedelta(days=2))})
    wrong = client.post(url, {"category": "", "expires_on": "明年"}, follow=True)

    assert (
        "已过期 2 天" in wrong.content.decode()
        and "有效期应为日期，例如 2027-12-31" in wrong.content.decode()
    )
    client.post(url, {"category": ""})
    assert Evidence.objects.get().expires_on == today - dt.timedelta(days=2)
    client.post(url, {"category": "", "expires_on": ""})
    assert Evidence.objects.get().expires_on is None
