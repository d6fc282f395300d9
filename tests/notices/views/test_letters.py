"""Pages of letters, directives, talks, nudges and the calendar, as people walk through them."""

import datetime as dt
import io
import re
import zipfile
from html import unescape

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from notices.domain import directives, feeds, letters, nudges, rebukes
from notices.domain.directives import Words
from notices.models import CalendarFeed, Directive, Letter, PaperTemplate, Rebuke, SpentToken
from notices.terms import LetterKind, RebukeKind
from tests.factories import make_task, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def w():
    world = make_world()
    world.task = make_task(
        world.issue, lead=world.bureau, text="完成校舍加固", deadline=timezone.localdate() - 2 * DAY
    )
    return world


def issued(w, kind=LetterKind.REMINDER):
    at, today = timezone.now(), timezone.localdate()
    row = letters.begin(w.notice, kind, unit=w.bureau, tasks=[w.task], by=w.office, at=at, today=today)
    return letters.issue(row, by=w.office, at=at, today=today)


def test_from_the_proposal_to_the_reply(client, w):
    """Proposed, drafted, revised, issued; signed for and answered by the head; the same bytes each time."""
    client.force_login(w.office)
    page = client.get("/letters").content.decode()
    link = re.search(r'href="(/letters/new\?[^"]+)"', page)[1].replace("&amp;", "&")
    form = client.get(link).content.decode()
    assert f'value="{w.task.pk}" checked' in form
    token = re.search(r'name="token" value="([^"]+)"', form)[1]
    body = {
        "notice": w.notice.pk,
        "unit": w.bureau.pk,
        "kind": "reminder",
        "tasks": [w.task.pk],
        "token": token,
    }
    drafted = client.post("/letters/new", body)
    again = client.post("/letters/new", body)
    row = Letter.objects.get()
    assert (drafted["Location"], again["Location"]) == (f"/letters/{row.pk}", "/letters")

    words = {"title": "关于校舍加固的提醒函", "text": "请抓紧。", "signature": "云岭县整改办", "version": 0}
    client.post(f"/letters/{row.pk}/step/revise", words)
    client.post(f"/letters/{row.pk}/step/issue", {"version": 1})
    files = [client.get(f"/letters/{row.pk}/file") for _ in range(2)]
    assert files[0].content == files[1].content
    assert "attachment" in files[0]["Content-Disposition"]
    assert docx.Document(io.BytesIO(files[0].content)).paragraphs[0].text == "关于校舍加固的提醒函"

    client.force_login(w.head)
    assert "待签收" in client.get("/letters").content.decode()
    client.post(f"/letters/{row.pk}/step/receive")
    done = client.post(f"/letters/{row.pk}/step/reply", {"text": "已经落实"})
    row.refresh_from_db()
    assert (done.status_code, row.received_name, row.replied_at is not None) == (302, "卜局长", True)
    assert "已经落实" in client.get(f"/letters/{row.pk}").content.decode()


def test_a_refused_form_keeps_what_was_typed(client, w):
    client.force_login(w.office)
    row = issued(w)

    page = client.post(f"/letters/{row.pk}/step/withdraw", {"why": ""})
    stale = client.post(
        f"/letters/{row.pk}/step/revise", {"title": "改", "text": "x", "signature": "y", "version": 0}
    )

    assert (page.status_code, stale.status_code) == (422, 422)
    assert "请填写原因。" in page.content.decode()
    assert "函件已经签发，内容不能再改" in stale.content.decode()


def test_a_file_that_was_changed_is_not_given_out(client, w):
    row = issued(w)
    type(row.file).objects.update(content=b"other")
    client.force_login(w.office)

    answer = client.get(f"/letters/{row.pk}/file", follow=True)

    assert "校验值不一致" in answer.content.decode()


def test_lists_cost_the_same_for_one_and_three_rows(client, w, count_queries):
    client.force_login(w.office)
    urls = ("/letters", "/directives", "/nudges", "/calendar", "/rebukes")

    def fill():
        issued(w)
        at, today = timezone.now(), timezone.localdate()
        directives.give(w.task, Words("请阅", today), unit=w.bureau, by=w.leader, at=at, today=today)
        task = make_task(w.issue, lead=w.town, deadline=today)
        nudges.push(task, text="", by=w.office, at=at)
        row = Rebuke.objects.create(
            notice=w.notice, kind="talk", held_on=today, unit=w.bureau, held_by="某", reason="某", by=w.office, by_name="葛", at=at
        )  # fmt: skip
        row.tasks.add(w.task)

    fill()
    one = [count_queries(client, url) for url in urls]
    fill()
    fill()

    assert [count_queries(client, url) for url in urls] == one


def test_a_directive_stands_on_top_of_the_task_until_it_ends(client, w):
    client.force_login(w.leader)
    body = {
        "text": "请主要负责同志研究。",
        "unit": w.bureau.pk,
        "reply_by": timezone.localdate().isoformat(),
        "token": "t",
    }
    assert [client.post(f"/tasks/{w.task.pk}/direct", body).status_code for _ in range(2)] == [302, 302]
    row = Directive.objects.get()

    client.force_login(w.staff)
    page = client.get(f"/tasks/{w.task.pk}").content.decode()
    assert page.index("请主要负责同志研究。") < page.index("整改措施")
    assert client.post(f"/directives/{row.pk}/read").status_code == 302
    assert client.post(f"/directives/{row.pk}/reply", {"text": ""}).status_code == 422
    assert client.post(f"/directives/{row.pk}/reply", {"text": "已研究"}).status_code == 302
    assert client.post(f"/directives/{row.pk}/finish").status_code == 422

    client.force_login(w.leader)
    client.post(f"/directives/{row.pk}/finish", {"why": "已落实"})
    assert "note-directive" not in client.get(f"/tasks/{w.task.pk}").content.decode()
    assert "已办结" in client.get("/directives?tab=ended").content.decode()


def test_tabs_of_directives(client, w):
    at, today = timezone.now(), timezone.localdate()
    directives.give(w.task, Words("甲", today - DAY), unit=w.bureau, by=w.leader, at=at, today=today - DAY)
    directives.give(w.task, Words("乙", today), unit=w.bureau, by=w.leader, at=at, today=today)
    client.force_login(w.office)

    counts = {
        tab: len(re.findall(r'href="/directives/\d+"', client.get(f"/directives?tab={tab}").content.decode()))
        for tab in ("", "waiting", "overdue", "replied", "ended", "nonsense")
    }

    assert counts == {"": 2, "waiting": 2, "overdue": 1, "replied": 0, "ended": 0, "nonsense": 2}


def test_waiting_pushes_say_their_days(client, w):
    nudges.push(w.task, text="请抓紧", by=w.leader, at=timezone.now() - 5 * DAY)
    client.force_login(w.office)

    page = client.get(f"/nudges?tab=open&unit={w.bureau.pk}").content.decode()

    assert "已等 5 天" in page
    assert "未回应 1" in page
    assert client.get("/nudges?tab=answered").content.decode().count("已等") == 0


def test_a_talk_with_its_document(client, w):
    client.force_login(w.office)
    file = SimpleUploadedFile("约谈记录.txt", "约谈情况".encode(), "text/plain")
    body = {
        "notice": w.notice.pk, "unit": w.bureau.pk, "kind": "talk", "held_on": timezone.localdate().isoformat(),
        "held_by": "县整改办", "reason": "进展迟缓", "tasks": [w.task.pk], "file": file,
    }  # fmt: skip
    assert client.post("/rebukes/new", body).status_code == 302
    row = Rebuke.objects.get()

    client.force_login(w.head)
    given = client.get(f"/rebukes/{row.pk}/file")
    assert b"".join(given.streaming_content).decode() == "约谈情况"
    assert "登记约谈" in client.get(f"/tasks/{w.task.pk}").content.decode()
    client.force_login(w.town_head)
    assert client.get(f"/rebukes/{row.pk}/file").status_code == 404


def test_the_number_of_talks_leads_to_those_talks(client, w):
    today, at = timezone.localdate(), timezone.now()
    for kind, days, word in (
        ("talk", 0, "甲"),
        ("talk", 40, "乙"),
        ("criticism", 0, "丙"),
        ("talk", 1, "丁"),
    ):
        held = rebukes.Held(RebukeKind(kind), today - days * DAY, "县整改办", f"进展迟缓{word}")
        row = rebukes.enter(w.notice, held, unit=w.bureau, tasks=[], by=w.office, at=at, today=today)
    rebukes.void(row, why="登记有误", by=w.office, at=at)
    client.force_login(w.office)

    found = {}
    for asked in ("", f"&since={today - 9 * DAY}"):
        page = client.get(f"/meetings?notice={w.notice.pk}{asked}").content.decode()
        url, number = re.search(r'href="(/rebukes[^"]+)"><span>约谈</span><b>(\d+)</b>', page).groups()
        listed = client.get(unescape(url)).content.decode()
        found[asked != ""] = (int(number), len(re.findall(r'<li class="card pad"', listed)))

    assert found == {False: (2, 2), True: (1, 1)}
    assert "进展迟缓乙" in client.get("/rebukes?q=迟缓乙").content.decode()
    assert "无效，已忽略" in client.get("/rebukes?since=昨天").content.decode()


def test_a_template_is_uploaded_used_and_removed(client, w):
    client.force_login(w.office)
    made, target = docx.Document(), io.BytesIO()
    made.add_paragraph("〔任务编号〕：〔不认识〕")
    made.save(target)

    def upload(name, content):
        body = {"unit": w.county.pk, "kind": "closing", "file": SimpleUploadedFile(name, content)}
        return client.post("/letters/templates", body, follow=True)

    assert "正文" in upload("模板.docx", b"PK").content.decode()
    assert PaperTemplate.objects.count() == 0
    assert "〔不认识〕系统不认识，会原样保留" in upload("模板.docx", target.getvalue()).content.decode()
    row = PaperTemplate.objects.get()
    assert client.get(f"/letters/templates/{row.pk}").content == target.getvalue()
    form = client.get(f"/tasks/{w.task.pk}/paper/closing").content
    assert (
        f"{w.task.number}：〔不认识〕" in zipfile.ZipFile(io.BytesIO(form)).read("word/document.xml").decode()
    )
    client.post(f"/letters/templates/{row.pk}/remove")
    assert (
        "整改任务销号单"
        in zipfile.ZipFile(io.BytesIO(client.get(f"/tasks/{w.task.pk}/paper/closing").content))
        .read("word/document.xml")
        .decode()
    )
    assert SpentToken.objects.count() == 0


def test_a_month_and_a_day(client, w):
    today = timezone.localdate()
    for _ in range(6):
        make_task(w.issue, lead=w.bureau, deadline=today)
    client.force_login(w.staff)

    month = client.get("/calendar").content.decode()
    day = client.get(f"/calendar?day={today}").content.decode()

    assert "还有 2 项" in month
    assert day.count("修订学习制度") == 6
    for wrong in ("month=2026-13", "month=x", "day=9999-99-99", "month=9999-12"):
        assert client.get(f"/calendar?{wrong}").status_code == 200


def test_the_month_marks_days_off_and_weekend_days_that_are_worked(client, w):
    client.force_login(w.staff)

    october = client.get("/calendar?month=2026-10").content.decode()
    far = client.get("/calendar?month=2031-10").content.decode()

    marks = dict(re.findall(r'day=(2026-10-\d\d)".*?</a>(?:<small class="mark"[^>]*>(.)</small>)?', october))
    assert [marks[f"2026-10-{day:02d}"] for day in (1, 7, 8, 9, 10, 11, 12)] == [
        "休",
        "休",
        "",
        "",
        "班",
        "休",
        "",
    ]
    assert "尚未公布" in far
    assert "尚未公布" not in october


def test_the_address_is_shown_once_and_opens_without_signing_in(client, w):
    client.force_login(w.staff)
    page = client.post("/calendar/address", follow=True).content.decode()
    path = re.search(r"http://testserver(/calendar/[\w-]+\.ics)", page)[1]
    assert path not in client.get("/calendar").content.decode()

    client.logout()
    feed = client.get(path)
    assert (feed.status_code, feed["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert w.task.number in feed.content.decode()
    feeds.revoke(w.staff, at=timezone.now())
    assert [client.get(path).status_code, client.get("/calendar/nonsense.ics").status_code] == [404, 404]
    assert CalendarFeed.objects.filter(revoked_at=None).count() == 0
