"""整改批次: the list with what a person covers, the page of one, its stage."""

import datetime as dt
import re

import pytest

from accounts.models import Event
from notices.models import Notice
from notices.terms import Stage, State
from tests.factories import make_issue, make_notice, make_task, make_world

pytestmark = pytest.mark.django_db


def titles(page):
    return re.findall(r'<th scope="row"><a href="/notices/\d+">([^<]+)</a>', page.content.decode())


def figures(page):
    return [(label, int(n)) for label, n in re.findall(r"(问题|任务|已销号|红灯|黄灯) <b>(\d+)</b>", page)]


@pytest.fixture
def w():
    world = make_world()
    make_task(world.issue, lead=world.bureau, deadline=dt.date(2020, 1, 1))
    make_task(world.issue, lead=world.town, state=State.COMPLETED)
    return world


def test_newest_feedback_first(client, w):
    make_notice(w.county, title="早先批次", feedback_on=dt.date(2020, 1, 1))
    make_notice(w.county, title="未反馈批次", feedback_on=None)
    client.force_login(w.office)

    assert titles(client.get("/notices")) == ["关于巡察整改情况的通报", "早先批次", "未反馈批次"]


@pytest.mark.parametrize(
    ("query", "expected"), [("stage=archived", 0), ("stage=running", 1), ("q=巡察", 1), ("q=无此批次", 0)]
)
def test_filters(client, w, query, expected):
    client.force_login(w.office)

    assert len(titles(client.get(f"/notices?{query}"))) == expected


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("office", [("问题", 1), ("任务", 2), ("已销号", 1), ("红灯", 1), ("黄灯", 0)]),
        ("head", [("问题", 1), ("任务", 1), ("已销号", 0), ("红灯", 1), ("黄灯", 0)]),
        ("town_head", [("问题", 1), ("任务", 1), ("已销号", 1), ("红灯", 0), ("黄灯", 0)]),
    ],
)
def test_the_figures_are_what_the_person_covers(client, w, who, expected):
    client.force_login(getattr(w, who))

    assert figures(client.get("/notices").content.decode()) == expected
    assert figures(client.get(f"/notices/{w.notice.pk}").content.decode())[:5] == expected


def test_the_page_shows_header_contact_and_checks(client, w):
    Notice.objects.update(
        inspecting_body="市委第三巡察组", phone="0000-8800123", postcode="000000", address="云溪路1号"
    )
    client.force_login(w.office)

    page = client.get(f"/notices/{w.notice.pk}").content.decode()

    found = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]*)</dd>", page))
    assert (found["巡视巡察组"], found["反馈日期"], found["电话"], found["邮政信箱"]) == (
        "市委第三巡察组",
        "2026年6月1日",
        "0000-8800123",
        "云溪路1号（邮编 000000）",
    )
    assert re.findall(r"<li>(有 [^<]+)</li>", page) == [
        "有 1 项任务没有责任领导：W01-001-01。",
        "有 1 项任务与同一问题下的另一项措施完全相同：W01-001-02。",
        "有 1 项任务的完成时限早于反馈日期（2026-06-01）：W01-001-01。",
    ]


def test_only_the_office_sees_checks_and_stage(client, w):
    seen = {}
    for who in ("office", "supervisor", "head"):
        client.force_login(getattr(w, who))
        page = client.get(f"/notices/{w.notice.pk}").content.decode()
        seen[who] = ("三清单核对" in page, "更改阶段" in page, "上传台账" in page)

    assert seen == {
        "office": (True, True, True),
        "supervisor": (False, False, False),
        "head": (False, False, True),
    }


@pytest.mark.parametrize("who", ["admin", "section_staff"])
def test_a_stranger_finds_no_notice(client, w, who):
    client.force_login(getattr(w, who))

    assert titles(client.get("/notices")) == []
    assert client.get(f"/notices/{w.notice.pk}").status_code == 404
    assert (
        client.post(f"/notices/{w.notice.pk}/stage", {"stage": "archived", "version": 0}).status_code == 404
    )


def test_the_office_moves_the_stage(client, w):
    client.force_login(w.office)

    page = client.post(f"/notices/{w.notice.pk}/stage", {"stage": "reported", "version": 0}, follow=True)

    assert "批次已改为“已报告”。" in page.content.decode()
    assert Notice.objects.get().stage == Stage.REPORTED
    assert Event.objects.get(action="notice.stage").actor == w.office


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"stage": "nonsense", "version": 0}, "请从列表中选择要改为的阶段。"),
        ({"version": 0}, "请从列表中选择要改为的阶段。"),
        ({"stage": "reported"}, "请从列表中选择要改为的阶段。"),
        ({"stage": "reported", "version": 7}, "刚刚被他人修改"),
    ],
)
def test_a_stage_that_cannot_be_set_is_said_and_nothing_changes(client, w, given, sentence):
    client.force_login(w.office)

    page = client.post(f"/notices/{w.notice.pk}/stage", given, follow=True)

    assert sentence in page.content.decode()
    assert Notice.objects.get().stage == Stage.RUNNING


@pytest.mark.parametrize("who", ["head", "supervisor", "leader", "staff"])
def test_nobody_else_moves_the_stage(client, w, who):
    client.force_login(getattr(w, who))

    assert (
        client.post(f"/notices/{w.notice.pk}/stage", {"stage": "archived", "version": 0}).status_code == 404
    )
    assert Notice.objects.get().stage == Stage.RUNNING


def test_an_archived_notice_is_only_read(client, w):
    Notice.objects.update(stage=Stage.ARCHIVED)
    client.force_login(w.office)

    page = client.get(f"/notices/{w.notice.pk}").content.decode()
    again = client.post(f"/notices/{w.notice.pk}/stage", {"stage": "running", "version": 0}, follow=True)

    assert ("更改阶段" in page, "上传台账" in page) == (False, False)
    assert "已归档" in again.content.decode()
    assert Notice.objects.get().stage == Stage.ARCHIVED


def test_the_list_costs_the_same_for_one_notice_and_for_more(client, count_queries, w):
    client.force_login(w.office)
    few = count_queries(client, "/notices")

    for n in range(3):
        make_task(make_issue(make_notice(w.county, title=f"批次{n}")), lead=w.bureau)

    assert count_queries(client, "/notices") == few
