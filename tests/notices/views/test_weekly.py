"""周报 pages: the desk, one page a unit, what a refusal keeps, closing, the list of a snapshot, changes, the same file."""

import datetime as dt
import re

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from notices.domain import reporting, week_desk
from notices.domain.weeks import monday_of
from notices.models import Bulletin, Progress, Snapshot, Task, WeekReport, WeekSetting
from tests.factories import make_issue, make_notice, make_task, make_world

pytestmark = pytest.mark.django_db
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)


def last_monday():
    """The week before this one: it takes reports at any hour of any day, all of them late."""
    return monday_of(timezone.localdate()) - WEEK


def busy():
    w, today = make_world(), timezone.localdate()
    w.first = make_task(w.issue, lead=w.bureau, deadline=today - 5 * DAY, text="修订制度")
    w.second = make_task(w.issue, lead=w.bureau, deadline=today + 90 * DAY)
    w.town_task = make_task(make_issue(w.notice, aspect=2), lead=w.town, deadline=today + 3 * DAY)
    reporting.report(w.first, text="上次的进展", by=w.staff, at=timezone.now() - 30 * DAY)
    return w


def close(w, monday=None):
    monday = monday or last_monday()
    at = timezone.now()
    return week_desk.close_week(w.notice, monday, by=w.office, at=at, today=timezone.localdate(at))


def body(w, **changed):
    first, second = w.first.pk, w.second.pk
    seen = Task.objects.get(pk=first).latest_at.isoformat()
    sent = {
        "unit": w.bureau.pk,
        "week": str(last_monday()),
        f"text-{first}": "本周完成修订",
        f"next-{first}": "报审",
        f"seen-{first}": seen,
        f"idle-{second}": "on",
        f"why-{second}": "等待批复",
    }
    return {**sent, **changed}


# ── A unit's report ──────────────────────────────────────────────────────────
def test_the_page_is_prefilled_and_filed_once(client):
    w = busy()
    client.force_login(w.staff)
    url = f"/weekly/{w.notice.pk}/report"

    page = client.get(url, {"week": str(last_monday())}).content.decode()
    sent = client.post(url, body(w))
    again = client.post(url, body(w))

    assert "上次的进展</textarea>" in page
    assert sent.status_code == 302
    assert again.status_code == 422
    assert "已经报送" in again.content.decode()
    assert Progress.objects.filter(task=w.first).count() == 2
    shown = client.get(sent.headers["Location"]).content.decode()
    assert "本周完成修订" in shown
    assert "等待批复" in shown


def test_a_double_click_files_once(client):
    w = busy()
    client.force_login(w.staff)
    for _ in range(2):
        client.post(f"/weekly/{w.notice.pk}/report", body(w, token="once"))

    assert Progress.objects.filter(task=w.first).count() == 2


def test_what_is_missing_is_said_beside_its_task_and_nothing_typed_is_lost(client):
    w = busy()
    client.force_login(w.staff)

    got = client.post(f"/weekly/{w.notice.pk}/report", body(w, **{f"why-{w.second.pk}": ""}))

    page = got.content.decode()
    assert got.status_code == 422
    assert f"请写明任务 {w.second.number} 本周无进展的原因。" in page
    assert "本周完成修订</textarea>" in page
    assert not WeekReport.objects.filed().exists()


def test_a_unit_s_page_costs_the_same_for_any_number_of_tasks(client, count_queries):
    w = busy()
    client.force_login(w.staff)
    url = f"/weekly/{w.notice.pk}/report"
    two = count_queries(client, url)
    for _ in range(3):
        make_task(w.issue, lead=w.bureau)

    assert count_queries(client, url) == two


# ── The desk ─────────────────────────────────────────────────────────────────
def test_one_notice_leads_straight_to_its_desk(client):
    w = busy()
    client.force_login(w.office)

    assert client.get("/weekly").headers["Location"] == f"/weekly/{w.notice.pk}"


def test_the_office_reminds_closes_and_drafts(client):
    w = busy()
    client.force_login(w.office)
    week = {"week": str(last_monday())}

    told = client.post(f"/weekly/{w.notice.pk}/remind", week, follow=True).content.decode()
    closed = client.post(f"/weekly/{w.notice.pk}/close", week, follow=True).content.decode()
    row = Snapshot.objects.get()
    draft = client.post(f"/weekly/{w.notice.pk}/bulletin", {"snapshot": row.pk})

    assert "已提醒 2 个单位：教育局、青禾镇。" in told
    assert "已封存：问题 2 个，任务 3 项。" in closed
    assert draft.headers["Location"] == f"/bulletins/{Bulletin.objects.get().pk}/edit"


def test_a_unit_reads_its_own_line_only(client):
    w = busy()
    close(w)
    client.force_login(w.head)

    page = client.get(f"/weekly/{w.notice.pk}?week={last_monday()}").content.decode()

    assert "云岭县教育局" in page
    assert "青禾镇" not in page
    assert "封存本周" not in page


def test_desk_costs_the_same_for_any_number_of_units(client, count_queries):
    w = busy()
    client.force_login(w.office)
    two = count_queries(client, f"/weekly/{w.notice.pk}")
    make_task(w.issue, lead=w.section)
    make_task(w.issue, lead=w.county)

    assert count_queries(client, f"/weekly/{w.notice.pk}") == two


def test_settings_are_kept(client):
    w = busy()
    client.force_login(w.office)
    sent = {"is_on": "on", "opens_day": 0, "opens_time": "08:30", "closes_day": 3, "closes_time": "18:00"}
    sent |= {"by_workdays": "on", "grace_hours": 12, "version": 0}

    assert client.post(f"/weekly/{w.notice.pk}/settings", sent).status_code == 302

    row = WeekSetting.objects.get()
    assert (row.closes_day, row.opens_time, row.closes_itself, row.version) == (3, dt.time(8, 30), False, 1)


# ── What is read from closed weeks ───────────────────────────────────────────
def test_the_snapshot_s_list_is_that_of_its_day(client):
    w = busy()
    row = close(w)
    Task.objects.filter(pk=w.first.pk).update(text="改过的措施")
    client.force_login(w.office)

    page = client.get(f"/snapshots/{row.pk}").content.decode()
    red = client.get(f"/snapshots/{row.pk}?light=red").content.decode()

    assert "修订制度" in page
    assert "改过的措施" not in page
    assert "全部任务<b>3</b>" in page
    assert "红灯<b>1</b>" in red
    assert row.digest in page


def test_a_forged_snapshot_says_so(client):
    w = busy()
    row = close(w)
    QuerySet(Snapshot).filter(pk=row.pk).update(today=row.today - DAY)
    client.force_login(w.office)

    for url in (f"/snapshots/{row.pk}", f"/weekly/{w.notice.pk}/delta", f"/board?week={row.starts_on}"):
        got = client.get(url)
        assert (url, got.status_code) == (url, 409)
        assert "与散列不符，内容可能被改动，不能使用" in got.content.decode()


def test_changes_since_the_week_are_listed(client):
    w = busy()
    close(w)
    Task.objects.filter(pk=w.first.pk).update(deadline=timezone.localdate() + 20 * DAY)
    make_task(w.issue, lead=w.town)
    client.force_login(w.office)

    page = client.get(f"/weekly/{w.notice.pk}/delta").content.decode()

    assert "时限推后 <b>1</b>" in page
    assert "新增任务 <b>1</b>" in page
    assert page.count('<section class="card list-part">') == 2


def test_the_same_file_twice(client):
    w = busy()
    row = close(w)
    client.force_login(w.office)

    def download():
        got = client.post("/ledger/export", {"notice": w.notice.pk, "as_of": row.pk})
        return got.headers["Content-Disposition"], b"".join(got.streaming_content)

    first = download()
    Task.objects.filter(pk=w.first.pk).update(text="改过的措施")

    assert first == download()
    assert "%E5%BD%93%E5%91%A8.xlsx" in first[0]


def test_a_week_of_another_notice_is_refused(client):
    w = busy()
    row = close(w)
    other = make_notice(w.county, title="另一批次")
    client.force_login(w.office)

    got = client.post("/ledger/export", {"notice": other.pk, "as_of": row.pk})

    assert got.status_code == 422
    assert "所选的周属于另一个批次" in got.content.decode()


# ── The board ────────────────────────────────────────────────────────────────
def test_the_board_says_how_it_stands_against_the_last_closed_week(client):
    w = busy()
    close(w)
    make_task(w.issue, lead=w.town, deadline=timezone.localdate() - 9 * DAY)
    client.force_login(w.office)

    page = client.get("/board").content.decode()

    assert (
        re.findall(r'class="kpi-change"><span class="mute">[^<]+</span> ([^<]+)<', page)[3] == "▲ 增加 1 项"
    )


# ── 整改动态 ─────────────────────────────────────────────────────────────────
def drafted(client):
    w = busy()
    client.force_login(w.staff)
    client.post(f"/weekly/{w.notice.pk}/report", body(w))
    row = close(w)
    client.force_login(w.office)
    client.post(f"/weekly/{w.notice.pk}/bulletin", {"snapshot": row.pk})
    return w, Bulletin.objects.get()


def test_an_issue_is_drafted_from_the_reports(client):
    w, issue = drafted(client)

    assert issue.number == 1
    assert ["任务总数", "3 项"] in issue.figures
    assert issue.reported == f"云岭县教育局：本周完成修订（{w.first.number}）。"
    assert "未按时报送周报的单位：青禾镇。" in issue.problems
    assert f"云岭县教育局：1项任务本周无进展（{w.second.number}）。" in issue.problems
    assert issue.next_steps == "云岭县教育局：报审。"


def test_a_draft_is_the_office_s_and_a_released_issue_is_not_changed(client):
    w, issue = drafted(client)
    client.force_login(w.head)
    assert client.get(f"/bulletins/{issue.pk}").status_code == 404
    client.force_login(w.office)
    texts = {"title": "第一期", "reported": "改写后的进展", "version": 0}
    client.post(f"/bulletins/{issue.pk}/edit", texts)
    client.post(f"/bulletins/{issue.pk}/release", {"version": 1})

    late = client.post(f"/bulletins/{issue.pk}/edit", {**texts, "reported": "再改", "version": 2})

    assert late.status_code == 422
    client.force_login(w.head)
    page = client.get(f"/bulletins/{issue.pk}").content.decode()
    assert "改写后的进展" in page
    assert "任务总数：<b>3 项</b>" in page


def test_a_stale_edit_keeps_what_was_typed(client):
    w, issue = drafted(client)
    client.post(f"/bulletins/{issue.pk}/edit", {"title": "甲", "version": 0})

    got = client.post(f"/bulletins/{issue.pk}/edit", {"title": "乙", "reported": "我的文字", "version": 0})

    assert got.status_code == 422
    assert "我的文字</textarea>" in got.content.decode()
    assert Bulletin.objects.get().title == "甲"
