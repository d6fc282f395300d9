"""督导检查 and 督导发现 on the pages: from the plan to the accepted reply, lists, downloads, the same cost for one and three."""

import datetime as dt
import html
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook
from PIL import Image

from notices.domain import findings, supervision
from notices.domain.findings import Found
from notices.domain.supervision import Held, Visit
from notices.models import Finding, Supervision, Task
from tests.factories import make_issue, make_task, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def w(client):
    world = make_world()
    world.today = timezone.localdate()
    client.force_login(world.supervisor)
    return world


def planned(w, **more):
    return {
        "title": "第一轮督导", "planned_on": w.today.isoformat(), "methods": ["talk", "site"],
        "units": [w.bureau.pk, w.town.pk], "members": [w.supervisor.pk], "others": "甲某", **more,
    }  # fmt: skip


def held(w, title="第一轮督导"):
    """A visit that took place, with one finding handed over whose day has passed."""
    at, by = timezone.now(), w.supervisor
    visit = Visit(title, w.today, ["site"], [w.bureau], members=[by])
    row = supervision.plan(w.notice, visit, by=by, at=at)
    row = supervision.carry_out(row, Held(w.today, ["site"], "总体较好", 1), by=by, at=at, today=w.today)
    found = findings.record(row, Found(w.bureau, "=台账不全"), by=by, at=at)
    findings.hand_over(found, reply_by=w.today, by=by, at=at, today=w.today)
    Finding.objects.filter(pk=found.pk).update(reply_by=w.today - DAY)
    return row


def test_from_the_plan_to_the_accepted_reply(client, w):
    client.post(f"/notices/{w.notice.pk}/supervision", planned(w))
    visit = Supervision.objects.get()
    photo = SimpleUploadedFile("现场记录.txt", "现场".encode(), "text/plain")
    step = f"/supervisions/{visit.pk}/step"
    facts = {"held_on": w.today.isoformat(), "methods": ["talk"], "summary": "总体较好", "meetings": "2"}
    client.post(f"{step}/carry_out", {**facts, "files": [photo], "version": "0"})
    client.post(f"{step}/find", {"unit": w.bureau.pk, "text": "台账不全", "severity": "major"})
    found = Finding.objects.get()
    act = f"/findings/{found.pk}/step"
    client.post(f"{act}/hand", {"reply_by": (w.today + DAY).isoformat(), "version": "0"})

    client.force_login(w.staff)
    home = client.get("/").content.decode()
    paper = SimpleUploadedFile("台账.txt", "台账".encode(), "text/plain")
    client.post(f"{act}/reply", {"text": "已补齐", "files": [paper], "version": "1"})
    client.force_login(w.supervisor)
    waiting = client.get("/").content.decode()
    client.post(f"{act}/judge", {"verdict": "accept", "version": "2"})

    page = client.get(f"/findings/{found.pk}").content.decode()
    found.refresh_from_db()
    assert "台账不全" in home
    assert f'href="/findings/{found.pk}">审核</a>' in waiting
    assert (found.state, found.replies.get().accepted) == ("accepted", True)
    assert "台账.txt" in page
    listed = client.get("/supervisions")
    assert [(f.visits, f.unit_visits, f.meetings) for f in [listed.context["figures"]]] == [(1, 2, 2)]


def test_a_refused_form_keeps_what_was_typed_and_says_what_is_missing(client, w):
    answer = client.post(f"/notices/{w.notice.pk}/supervision", planned(w, units=[], purpose="查台账"))

    assert answer.status_code == 422
    assert "请勾选受督导单位，至少一个。" in answer.content.decode()
    assert "查台账" in answer.content.decode()


def test_an_old_page_changes_nothing(client, w):
    row = held(w)
    found = row.findings.get()

    answer = client.post(f"/findings/{found.pk}/step/void", {"why": "重复", "version": "0"})

    assert answer.status_code == 422
    assert "刚刚被他人办理" in answer.content.decode()
    assert Finding.objects.get().state == "handed"


def test_the_office_makes_a_task_of_a_finding(client, w):
    found = held(w).findings.get()
    client.force_login(w.office)

    client.post(f"/findings/{found.pk}/task", {"issue": w.issue.pk, "text": "建立制度", "version": "1"})

    task = Task.objects.get(text="建立制度")
    assert (task.state, task.lead_unit) == ("pending", w.bureau)
    assert f"/findings/{found.pk}" in client.get(f"/tasks/{task.pk}").content.decode()


def test_filters_and_tabs_narrow_the_lists_and_their_workbooks(client, w):
    held(w)
    client.post(f"/notices/{w.notice.pk}/supervision", planned(w, title="第二轮"))

    def titles(query):
        return [row.title for row in client.get(f"/supervisions{query}").context["page"].rows]

    assert titles("?state=planned") == ["第二轮"]
    assert titles("?method=talk") == ["第二轮"]
    assert titles(f"?unit={w.town.pk}") == ["第二轮"]
    assert titles(f"?until={(w.today - DAY).isoformat()}") == []
    assert len(client.get("/findings?tab=overdue").context["page"].rows) == 1
    assert len(client.get("/findings?tab=replied").context["page"].rows) == 0
    book = client.get("/supervisions/export?state=done")
    sheet = load_workbook(io.BytesIO(book.content)).active
    assert [cell.value for cell in sheet[2]][0:1] + [sheet.max_row] == ["第一轮督导", 2]
    book = client.get("/findings/export")
    sheet = load_workbook(io.BytesIO(book.content)).active
    assert (sheet["D2"].value, sheet["D2"].data_type) == ("=台账不全", "s")


def test_the_overdue_reply_stands_on_the_overdue_page(client, w):
    found = held(w).findings.get()
    client.force_login(w.leader)

    assert f"/findings/{found.pk}" in client.get("/overdue").content.decode()


def test_a_file_is_had_only_by_who_sees_what_it_belongs_to(client, w):
    row = held(w)
    photo = SimpleUploadedFile("现场.txt", "现场".encode(), "text/plain")
    client.post(f"/supervisions/{row.pk}/step/attach", {"files": [photo]})
    url = f"/supervisions/files/{row.files.get().pk}"

    assert b"".join(client.get(url).streaming_content) == "现场".encode()
    client.force_login(w.staff)
    assert client.get(url).status_code == 404
    assert client.get(f"/supervisions/{row.pk}").status_code == 200
    assert client.get(f"/supervisions/{row.pk}/paper").content.startswith(b"PK")


def picture(name="现场.png", colour="red"):
    drawn = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(drawn, "PNG")
    return SimpleUploadedFile(name, drawn.getvalue(), "image/png")


def test_pictures_of_a_visit_are_shown_on_its_page(client, w):
    row = held(w)
    client.post(f"/supervisions/{row.pk}/step/attach", {"files": [picture()]})
    pk = row.files.get().pk
    small, page = f"/supervisions/files/{pk}/page/0", f"/supervisions/files/{pk}/page/1"

    shown = client.get(f"/supervisions/{row.pk}").content.decode()
    whole = client.get(f"/supervisions/files/{pk}/preview").content.decode()

    assert f'src="{small}" alt="预览 现场.png"' in shown
    assert f'src="{page}" alt="现场.png 第 1 页"' in whole
    for url in (small, page):
        answer = client.get(url)
        drawn = Image.open(io.BytesIO(b"".join(answer.streaming_content)))
        assert (answer["Content-Type"], drawn.format) == ("image/png", "PNG")
    assert client.get(f"/supervisions/files/{pk}/page/2").status_code == 404
    client.force_login(w.staff)
    assert [client.get(url).status_code for url in (small, page)] == [404, 404]
    assert client.get(f"/supervisions/files/{pk}/preview").status_code == 404


def test_a_file_without_pages_says_so_in_its_preview(client, w):
    row = held(w)
    note = SimpleUploadedFile("记录.txt", "座谈记录".encode(), "text/plain")
    client.post(f"/supervisions/{row.pk}/step/attach", {"files": [note]})
    pk = row.files.get().pk

    assert "<img" not in client.get(f"/supervisions/{row.pk}").content.decode()
    assert "这种文件没有预览" in client.get(f"/supervisions/files/{pk}/preview").content.decode()


def test_the_unit_sees_the_pictures_of_its_own_finding(client, w):
    row = held(w)
    client.post(
        f"/supervisions/{row.pk}/step/find",
        {"unit": w.bureau.pk, "text": "消防通道堵塞", "severity": "major", "files": [picture(colour="blue")]},
    )
    file = row.files.get()
    client.force_login(w.head)
    assert client.get(f"/supervisions/files/{file.pk}/preview").status_code == 404

    at, by = timezone.now(), w.supervisor
    findings.hand_over(file.finding, reply_by=w.today, by=by, at=at, today=w.today)

    page = client.get(f"/findings/{file.finding_id}").content.decode()
    assert f"/supervisions/files/{file.pk}/page/0" in page
    assert client.get(f"/supervisions/files/{file.pk}/preview").status_code == 200


def test_the_lists_cost_the_same_for_one_and_for_three(client, w, django_assert_num_queries):
    issue = make_issue(w.notice)
    held(w).findings.get().tasks.add(make_task(issue, lead=w.bureau))
    for url in ("/supervisions", "/findings", "/supervisions/export", "/findings/export"):
        client.get(url)
    counts = {}
    for url in ("/supervisions", "/findings", "/supervisions/export", "/findings/export"):
        with CaptureQueriesContext(connection) as taken:
            client.get(url)
        counts[url] = len(taken)
    for title in ("第二轮", "第三轮"):
        held(w, title).findings.get().tasks.add(make_task(issue, lead=w.bureau))

    for url, count in counts.items():
        with django_assert_num_queries(count):
            client.get(url)


# ── The numbers and the lists behind them ────────────────────────────────────
NUMBER = re.compile(r'<a(?: class="days-red")? href="((?:/findings)?\?[^"]*)"[^>]*>(\d+)</a>')


def numbers(client, url):
    """Address → number of the page's figures."""
    page = client.get(url).content.decode()
    tiles = page[page.index('aria-label="督导检查统计"') : page.index('<form class="filters')]
    found = {link.replace("&amp;", "&"): int(number) for link, number in NUMBER.findall(tiles)}
    return {link if link.startswith("/") else f"/supervisions{link}": n for link, n in found.items()}


@pytest.mark.parametrize("who", ["supervisor", "head"])
def test_each_number_of_the_visits_is_the_length_of_its_list(client, w, who):
    held(w)
    findings.record(held(w, "第二轮"), Found(w.bureau, "记录缺页"), by=w.supervisor, at=timezone.now())
    supervision.plan(
        w.notice, Visit("第三轮", w.today, ["talk"], [w.bureau], members=[w.supervisor]),
        by=w.supervisor, at=timezone.now(),
    )  # fmt: skip
    client.force_login(getattr(w, who))

    found = numbers(client, f"/supervisions?notice={w.notice.pk}&since={w.today - DAY}")

    assert len(found) == 9
    rows = {url: len(client.get(url).context["page"].rows) for url in found}
    assert rows == found
    assert sorted(found.values()) == (
        [0, 0, 0, 0, 2, 2, 2, 2, 3] if who == "supervisor" else [0, 0, 0, 0, 2, 2, 2, 2, 2]
    )


def test_a_number_that_no_list_counts_has_no_address(client, w):
    held(w)

    found = numbers(client, "/supervisions?method=site")

    assert found == {"/supervisions?method=site&state=done": 1, "/supervisions?state=done&method=site": 1}


def test_the_numbers_of_each_unit_lead_to_lists_of_that_length(client, w):
    held(w)
    held(w, title="第二轮")
    client.force_login(w.office)
    made = {"issue": w.issue.pk, "text": "建立制度", "version": "1"}
    client.post(f"/findings/{w.notice.findings.order_by('pk').first().pk}/task", made)

    page = client.get("/supervisions").content.decode()
    found = [
        (html.unescape(link if link[0] == "/" else f"/supervisions{link}"), int(number))
        for link, number in re.findall(r'<a href="([^"]*)">(\d+)</a>', page[page.index('id="units"') :])
    ]

    assert [number for _, number in found] == [2, 2, 2]
    assert [len(client.get(link).context["page"].rows) for link, _ in found] == [2, 2, 2]
    assert len(client.get("/findings?tab=tasks").context["page"].rows) == 1
