"""整改成效 and 会议与行动 on the pages: by hand, from texts, lists and workbooks, the board, the same cost for one and three."""

import datetime as dt
import io
import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from notices.domain import outcome_texts, outcomes, snapshots
from notices.domain.outcomes import Result
from notices.models import Meeting, OutcomeEntry, Snapshot, SnapshotSlice
from notices.terms import Metric
from tests.factories import make_progress, make_task, make_world
from tests.notices.views.test_weekly import close

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    world = make_world()
    world.today = timezone.localdate()
    world.task = make_task(world.issue, lead=world.bureau)
    client.force_login(world.office)
    return world


def typed(w, **more):
    return {
        "metric": "recovered", "value": "33.58", "measure": "万元", "unit": w.bureau.pk, "day": w.today.isoformat(), **more,
    }  # fmt: skip


def entered(w, metric=Metric.RECOVERED, value="5", measure="万元", **more):
    result = Result(metric, Decimal(value), measure, w.bureau, w.today, sure=True, **more)
    return outcomes.enter(w.notice, result, by=w.office, at=timezone.now(), today=w.today)


def proposals(w, *texts):
    for text in texts:
        make_progress(w.task, text=text, at=timezone.now())
    outcome_texts.read_texts(w.notice, by=w.office, at=timezone.now())
    return list(OutcomeEntry.objects.proposed().order_by("pk"))


def sheet_of(answer):
    return load_workbook(io.BytesIO(answer.content)).active


def test_an_outcome_is_entered_shown_and_voided(client, w):
    paper = SimpleUploadedFile("凭证.txt", "凭证".encode(), "text/plain")
    client.post("/outcomes/new", typed(w, documents="缴款凭证", task=w.task.number, files=[paper]))
    row = OutcomeEntry.objects.get()
    page = client.get(f"/outcomes/{row.pk}").content.decode()
    file = client.get(f"/outcomes/files/{row.files.get().pk}")
    client.post(f"/outcomes/{row.pk}/void", {"why": "重复", "version": "0"})

    assert "追缴清退资金 33.58 万元" in page
    assert w.task.number in page
    assert b"".join(file.streaming_content) == "凭证".encode()
    assert client.get("/outcomes").context["sums"] == []
    assert [r.pk for r in client.get("/outcomes?state=voided").context["page"].rows] == [row.pk]


def test_a_refused_form_keeps_what_was_typed(client, w):
    answer = client.post("/outcomes/new", typed(w, measure="人", remark="县纪委督办"))

    assert answer.status_code == 422
    assert "计量单位应为元、万元或亿元" in answer.content.decode()
    assert 'value="县纪委督办"' in answer.content.decode()


def test_a_task_that_is_not_there_is_named(client, w):
    answer = client.post("/outcomes/new", typed(w, task="W09-999-09"))

    assert "本批次没有编号为“W09-999-09”的任务" in answer.content.decode()


def test_texts_are_read_and_each_proposal_is_confirmed_or_not(client, w):
    make_progress(w.task, text="一是清退补贴33.58万元。二是约谈47人次。", at=timezone.now())
    before = client.get("/outcomes/proposals").context["notices"]
    client.post("/outcomes/read", {"notice": w.notice.pk})
    money, talks = client.get("/outcomes/proposals").context["cards"]
    mark = f"o{money.row.pk}"
    given = {f"{mark}-{name}": value for name, value in typed(w, value="30").items()}
    client.post(f"/outcomes/{money.row.pk}/decide", {"act": "confirm", **given, f"{mark}-version": "0"})
    client.post(f"/outcomes/{talks.row.pk}/decide", {"act": "reject"})

    assert [waiting for _, waiting in before] == [1]
    assert money.parts == ("一是清退补贴", "33.58万元", "")
    states = OutcomeEntry.objects.order_by("pk").values_list("state", "value")
    assert list(states) == [("confirmed", Decimal(30)), ("rejected", Decimal(47))]
    assert client.get("/outcomes/proposals").context["cards"] == []


def test_a_refused_proposal_stays_in_its_place_as_typed(client, w):
    first, second = proposals(w, "一是清退补贴33.58万元。二是约谈47人次。")
    mark = f"o{second.pk}"
    given = {
        f"{mark}-{name}": value
        for name, value in typed(w, metric="talked", value="4.5", measure="人次").items()
    }

    answer = client.post(f"/outcomes/{second.pk}/decide", {"act": "confirm", **given})

    assert answer.status_code == 422
    cards = answer.context["cards"]
    assert [card.row.pk for card in cards] == [first.pk, second.pk]
    assert cards[1].form["value"].value() == "4.5"
    assert "以“人次”计的数值应为整数。" in answer.content.decode()


def test_a_running_total_is_offered_to_replace_the_earlier_number(client, w):
    entered(w, Metric.RULES, "12", "份", task=w.task)
    proposals(w, "累计制订制度15份。")

    page = client.get("/outcomes/proposals").content.decode()

    assert f"是累计数，替代 {w.today} 登记的 12 份" in page


def test_lists_workbooks_and_the_board_show_the_same_sums(client, w):
    entered(w)
    entered(w, Metric.RULES, "2", "项", documents="甲办法\n=乙办法")

    sums = [s.line.words for s in client.get("/outcomes").context["sums"]]
    board = client.get("/board").context["sums"]

    assert sums == [s.line.words for s in board] == ["建章立制 2 项", "追缴清退资金 5 万元"]
    assert [r.metric for r in client.get(board[1].url).context["page"].rows] == ["recovered"]
    assert [
        row[3].value for row in sheet_of(client.get("/outcomes/export?metric=rules")).iter_rows(min_row=2)
    ] == ["项"]
    names = sheet_of(client.get("/outcomes/rules/export"))
    assert {names["A2"].value, names["A3"].value} == {"《甲办法》", "《=乙办法》"}
    assert len(client.get("/outcomes/rules").context["rules"]) == 2


def test_a_meeting_is_entered_with_its_minutes_listed_and_voided(client, w):
    minutes = SimpleUploadedFile("纪要.txt", "纪要".encode(), "text/plain")
    told = {
        "kind": "special",
        "held_on": w.today.isoformat(),
        "subject": "专题会",
        "chair": "县委书记",
        "attendants": "31",
    }
    client.post("/meetings/new", {**told, "numbers": f"{w.task.number}、", "files": [minutes]})
    row = Meeting.objects.get()
    listed = client.get("/meetings")
    page = client.get(f"/meetings/{row.pk}").content.decode()
    book = sheet_of(client.get("/meetings/export"))
    file = client.get(f"/meetings/files/{row.files.get().pk}")
    client.post(f"/meetings/{row.pk}/void", {"why": "重复登记"})

    assert listed.context["figures"].kinds["special"] == 1
    assert w.task.number in page
    assert [cell.value for cell in book[2]][:5] == [w.today.isoformat(), "专题会", "专题会", "县委书记", 31]
    assert b"".join(file.streaming_content) == "纪要".encode()
    assert client.get("/meetings").context["figures"].total == 0
    assert len(client.get("/meetings?voided=1").context["page"].rows) == 1


def test_who_only_reads_is_offered_nothing_to_write(client, w):
    row = entered(w)
    proposals(w, "约谈47人次。")
    client.force_login(w.head)

    page = client.get("/outcomes")
    assert [r.pk for r in page.context["page"].rows] == [row.pk]
    assert "登记成效</a>" not in page.content.decode()
    for url in ("/outcomes/new", "/outcomes/proposals", "/meetings/new"):
        assert client.get(url).status_code == 404


def test_the_lists_cost_the_same_for_one_and_for_three(client, w, django_assert_num_queries):
    urls = (
        "/outcomes",
        "/outcomes/proposals",
        "/outcomes/export",
        "/outcomes/rules",
        "/meetings",
        "/meetings/export",
    )

    def more(number):
        entered(w, Metric.RULES, "1", "项", documents=f"办法{number}", task=w.task)
        proposals(w, f"约谈{number}人次。")
        meeting = Meeting.objects.create(
            notice=w.notice, kind="special", held_on=w.today, subject="会", chair="某", by=w.office, by_name="某", at=timezone.now()
        )  # fmt: skip
        meeting.tasks.add(w.task)

    more(41)
    counts = {}
    for url in urls:
        client.get(url)
        with CaptureQueriesContext(connection) as taken:
            client.get(url)
        counts[url] = len(taken)
    more(42)
    more(43)

    for url, count in counts.items():
        with django_assert_num_queries(count):
            client.get(url)


def test_a_filter_that_cannot_be_understood_is_said(client, w):
    day = dt.date(2026, 1, 1).isoformat()

    assert "筛选条件“日期不早于”无效" in client.get("/outcomes?since=x").content.decode()
    assert client.get(f"/meetings?since={day}").context["wrong"] == ""


# ── The sums and the lists behind them, now and in a closed week ─────────────
SUM = re.compile(r'<li><a href="([^"]+)"><span>([^<]+)</span><b>([\d.,]+)</b><em>([^<]+)</em></a></li>')


def board_sums(client, url):
    """(name, number, measure) → address of the board's sums."""
    found = SUM.findall(client.get(url).content.decode())
    return {(name, number, measure): link.replace("&amp;", "&") for link, name, number, measure in found}


def listed(client, url):
    """The values a list shows, of the measure asked for."""
    page = client.get(url).content.decode()
    cells = re.findall(r'data-label="数值">(?:<b>)?([\d.,]+)(?:</b>)? ([^<]+)<', page)
    return [Decimal(value.replace(",", "")) for value, _ in cells], {measure for _, measure in cells}


def filled(w):
    """Two measures of one metric, a proposal and a voided one that are not counted, a rate of two days."""
    entered(w, value="30", measure="万元")
    entered(w, value="3.58", measure="万元")
    entered(w, value="900", measure="元")
    entered(w, Metric.CONTENT, "91", "%")
    outcomes.void(entered(w, value="77", measure="万元"), why="重复", by=w.office, at=timezone.now())
    proposals(w, "追缴违规资金12万元。")


EXPECTED = {
    ("追缴清退资金", "900", "元"),
    ("追缴清退资金", "33.58", "万元"),
    ("满意率", "91", "%"),
}


def test_each_sum_of_the_board_is_that_of_its_list(client, w):
    filled(w)

    found = board_sums(client, f"/board?notice={w.notice.pk}")

    assert set(found) == EXPECTED
    for (_, number, measure), url in found.items():
        assert (sum(listed(client, url)[0]), listed(client, url)[1]) == (Decimal(number), {measure})


def test_a_closed_week_keeps_its_outcomes(client, w):
    filled(w)
    row = close(w)
    entered(w, value="1000", measure="万元")
    for entry in OutcomeEntry.objects.filter(measure="元"):
        outcomes.void(entry, why="重复", by=w.office, at=timezone.now())
    week = f"notice={w.notice.pk}&week={row.starts_on}"

    found = board_sums(client, f"/board?{week}")

    assert set(found) == EXPECTED
    for (_, number, measure), url in found.items():
        assert url.startswith(f"/snapshots/{row.pk}?")
        assert (sum(listed(client, url)[0]), listed(client, url)[1]) == (Decimal(number), {measure})
    told = client.get(f"/api/board/?{week}").json()["outcomes"]
    assert [(line["name"], line["total"], line["measure"], line["entries"]) for line in told] == [
        ("追缴清退资金", "900.0000", "元", 1),
        ("追缴清退资金", "33.5800", "万元", 2),
        ("满意率", "91.0000", "%", 1),
    ]
    assert client.get(f"/api/board/?notice={w.notice.pk}").json()["outcomes"][0]["total"] == "1033.5800"
    snapshots.verify(row)


def test_a_unit_reads_of_a_closed_week_only_its_own_outcomes(client, w):
    entered(w)
    outcomes.enter(
        w.notice, Result(Metric.RULES, Decimal(2), "项", w.town, w.today, sure=True),
        by=w.office, at=timezone.now(), today=w.today,
    )  # fmt: skip
    row = close(w)
    client.force_login(w.head)

    found = board_sums(client, f"/board?notice={w.notice.pk}&week={row.starts_on}")
    page = client.get(f"/snapshots/{row.pk}?list=outcomes").content.decode()

    assert set(found) == {("追缴清退资金", "5", "万元")}
    assert "青禾镇" not in page
    assert page.count('data-label="数值"') == 1


def test_a_week_closed_before_outcomes_were_kept_says_so(client, w):
    row = close(w)
    counts = {name: n for name, n in row.counts.items() if name != "gain"}
    kept = Snapshot(
        **{f.attname: getattr(row, f.attname) for f in Snapshot._meta.fields if f.attname != "id"}
    )
    kept.starts_on, kept.counts = row.starts_on - dt.timedelta(days=7), counts
    slices = [(s.of, s.part, bytes(s.rows), s.digest) for s in row.slices.exclude(of="gain").order_by("pk")]
    kept.digest = snapshots.digest_of(kept, [(of, part, digest) for of, part, _, digest in slices])
    kept.save(force_insert=True)
    for of, part, data, digest in slices:
        SnapshotSlice(snapshot=kept, of=of, part=part, rows=data, digest=digest).save(force_insert=True)
    week = f"notice={w.notice.pk}&week={kept.starts_on}"

    page = client.get(f"/board?{week}").content.decode()

    assert "这一周封存时快照还不记整改成效" in page
    assert "整改成效</a>" not in client.get(f"/snapshots/{kept.pk}").content.decode()
    assert client.get(f"/api/board/?{week}").json()["outcomes"] is None
