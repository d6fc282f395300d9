"""总览: every number is the length of the list behind it, for everybody who may open the board."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from accounts.roles import Role
from notices.models import Issue, Notice, Task
from notices.terms import Stage, State
from tests.factories import make_issue, make_notice, make_task, make_unit, make_user, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def busy_world():
    """Work in every state, led inside and outside the party, taken over without a unit, in parts, in two notices."""
    w, today = make_world(), timezone.localdate()
    outside = make_unit("云岭市水务集团")
    w.outside_head = make_user("outside", (Role.HEAD, outside))
    task = lambda **fields: make_task(w.issue, **fields)  # noqa: E731
    task(lead=w.bureau, state=State.DRAFT, deadline=today - 2 * DAY)
    task()
    task(lead=w.bureau, state=State.PENDING, deadline=today - 40 * DAY)
    task(lead=w.section, deadline=today - DAY, supporting=(w.town,))
    task(lead=w.town, deadline=today + 3 * DAY, supporting=(w.bureau,))
    task(lead=w.town, state=State.VERIFYING, deadline=today - 9 * DAY, finished_on=today - 8 * DAY)
    task(lead=w.county, deadline=today + 90 * DAY)
    task(lead=w.bureau, state=State.CANCELLED, deadline=today - 9 * DAY)
    parent = task(lead=w.town)
    task(lead=w.section, parent=parent, deadline=today - 9 * DAY)
    other = make_issue(w.notice, aspect=2)
    make_task(other, state=State.COMPLETED, closed_on=today, deadline=today - DAY)
    make_task(other, lead=w.bureau, state=State.SUSTAINED, closed_on=today - 20 * DAY)
    make_task(other, lead=outside, deadline=today - 5 * DAY)
    make_task(other, lead=outside, deadline=today - 6 * DAY, leader=w.leader)
    w.second = make_notice(w.county, title="另一批次", preset="jingdezhen")
    make_task(make_issue(w.second), lead=w.bureau, state=State.COMPLETED, deadline=today)
    make_task(make_issue(w.second), lead=w.town)
    return w


CARDS = [
    # who, 任务总数, 涉及问题, 待审核验收, 红灯, 超期 30 天以上
    ("office", 14, 4, 1, 6, 1),
    ("supervisor", 14, 4, 1, 6, 1),
    ("leader", 10, 4, 1, 4, 1),  # no drafts, no unit-less task taken over, nobody else's outside
    (
        "head",
        4,
        3,
        0,
        2,
        1,
    ),  # led by the bureau or its section; the issue of a task it supports is seen as well
    ("town_head", 4, 2, 1, 1, 0),
    ("outside_head", 2, 1, 0, 2, 0),
]


@pytest.mark.parametrize(("who", "total", "issues", "waiting", "red", "over_30"), CARDS)
def test_the_board_covers_what_the_person_sees(client, who, total, issues, waiting, red, over_30):
    client.force_login(getattr(busy_world(), who))

    page = client.get("/board").content.decode()

    assert re.search(r"<span>任务总数</span><b>(\d+)<", page)[1] == str(total)
    assert re.search(r"涉及问题 <strong>(\d+)<", page)[1] == str(issues)
    assert re.search(r"待审核验收 <strong>(\d+)<", page)[1] == str(waiting)
    assert re.search(r"<span>红灯（已超期）</span><b>(\d+)<", page)[1] == str(red)
    assert re.search(r"超期 30 天以上 <strong>(\d+)<", page)[1] == str(over_30)


def test_both_rates_are_named_over_issues_and_over_tasks(client):
    w = make_world()
    make_task(w.issue, lead=w.bureau, state=State.COMPLETED)
    make_task(make_issue(w.notice), lead=w.bureau, state=State.SUSTAINED)
    half = make_issue(w.notice)
    make_task(half, lead=w.bureau, state=State.COMPLETED)
    make_task(half, lead=w.bureau)
    client.force_login(w.office)

    page = client.get("/board").content.decode()

    rates = re.findall(r"<span>(整改完成率|销号率)</span><b>([\d.]+)<em>%", page)
    assert rates == [("整改完成率", "33.33"), ("销号率", "66.67")]
    assert re.findall(r"按任务 <strong>([\d.]+%)</strong>", page) == ["50.00%", "75.00%"]


def test_nothing_of_others_is_on_the_board_of_a_head(client):
    w = busy_world()
    Task.objects.filter(lead_unit=w.town).update(text="金丝雀措施")
    Issue.objects.filter(pk=make_issue(w.notice, title="金丝雀问题", aspect=3).pk)
    client.force_login(w.outside_head)

    page = client.get("/board").content.decode()

    assert "金丝雀" not in page
    assert w.town.name not in page


@pytest.mark.parametrize("who", ["staff", "admin"])
def test_who_may_not_see_the_board_finds_nothing_there(client, who):
    client.force_login(getattr(make_world(), who))

    assert client.get("/board").status_code == 404


def test_a_stranger_is_sent_to_sign_in(client):
    assert client.get("/board").headers["Location"].startswith("/login")


def test_an_empty_board_says_so(client):
    w = make_world()
    Issue.objects.all().delete()
    Notice.objects.all().delete()
    client.force_login(w.office)

    page = client.get("/board")

    assert page.status_code == 200
    assert "还没有可以统计的整改批次" in page.content.decode()


def test_a_notice_without_tasks_has_no_rates(client):
    w = make_world()
    Issue.objects.all().delete()
    client.force_login(w.office)

    page = client.get("/board").content.decode()

    assert re.findall(r"<span>(?:整改完成率|销号率)</span><b>([^<]+)</b>", page) == ["—", "—"]


def test_red_tasks_can_be_pushed_by_those_who_may(client):
    w, today = make_world(), timezone.localdate()
    task = make_task(w.issue, lead=w.bureau, deadline=today - DAY)
    push = f'formaction="/tasks/{task.pk}/nudge"'

    seen = {}
    for who in ("office", "leader", "head", "supervisor"):
        client.force_login(getattr(w, who))
        seen[who] = push in client.get("/board").content.decode()

    assert seen == {"office": True, "leader": True, "head": False, "supervisor": False}


def test_the_board_reads_and_never_writes(client):
    w = busy_world()
    client.force_login(w.office)
    before = list(Task.objects.order_by("pk").values_list("pk", "version", "nudge_count"))

    assert client.post("/board").status_code == 405
    client.get("/board")

    assert list(Task.objects.order_by("pk").values_list("pk", "version", "nudge_count")) == before


@pytest.mark.parametrize("who", ["office", "leader", "head"])
def test_the_board_costs_the_same_for_one_task_and_for_more(client, count_queries, who):
    w, today = make_world(), timezone.localdate()
    make_task(w.issue, lead=w.bureau, deadline=today - DAY)
    client.force_login(getattr(w, who))
    few = count_queries(client, "/board")

    for _ in range(3):
        make_task(make_issue(w.notice), lead=w.bureau, deadline=today - DAY)

    assert count_queries(client, "/board") == few


def test_an_archived_notice_stays_on_the_board(client):
    w = make_world()
    make_task(w.issue, lead=w.bureau, state=State.COMPLETED)
    Notice.objects.update(stage=Stage.ARCHIVED)
    client.force_login(w.office)

    assert re.search(r"<span>任务总数</span><b>(\d+)<", client.get("/board").content.decode())[1] == "1"
