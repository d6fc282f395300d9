"""超期督办: the queue, one push and many, refusals one by one."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from notices.domain import nudges
from notices.models import Directive, Nudge, Task
from notices.terms import State
from tests.factories import make_issue, make_notice, make_task, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def w():
    """Three overdue tasks, the bureau's the longest, and two that are not."""
    world, today = make_world(), timezone.localdate()
    make_task(world.issue, lead=world.town, deadline=today - DAY)
    make_task(world.issue, lead=world.bureau, deadline=today - 9 * DAY)
    make_task(
        world.issue,
        lead=world.town,
        state=State.VERIFYING,
        deadline=today - 5 * DAY,
        finished_on=today - 4 * DAY,
    )
    make_task(world.issue, lead=world.town, deadline=today)
    make_task(world.issue, lead=world.town, state=State.COMPLETED, deadline=today - 5 * DAY)
    return world


def numbers(page):
    return re.findall(r'<td class="num" data-label="编号">([^<]+)</td>', page.content.decode())


def ids(page):
    return re.findall(r'name="id" value="(\d+)"', page.content.decode())


def pk(number):
    return Task.objects.get(number=number).pk


def test_the_longest_overdue_stands_first(client, w):
    client.force_login(w.office)

    page = client.get("/overdue")

    assert numbers(page) == ["W01-001-02", "W01-001-03", "W01-001-01"]
    assert re.findall(r"days-red\">(超期 \d+ 天|待验收 \d+ 天)", page.content.decode()) == [
        "超期 9 天",
        "待验收 4 天",
        "超期 1 天",
    ]
    assert ids(page) == [str(pk(number)) for number in numbers(page)]  # all three may be directed


def test_the_queue_is_as_long_as_the_board_says(client, w):
    client.force_login(w.leader)

    board = client.get("/board").content.decode()

    assert re.search(r"<span>红灯（已超期）</span><b>(\d+)<", board)[1] == str(
        len(numbers(client.get("/overdue")))
    )


def test_each_item_is_directed_from_its_row(client, w):
    client.force_login(w.leader)
    page = client.get("/overdue")
    rows = [line.pk for line, _ in page.context["lines"]]
    links = re.findall(r'href="/tasks/(\d+)/direct"', page.content.decode())
    assert [int(pk) for pk in links] == rows
    assert client.get(f"/tasks/{rows[0]}/direct").status_code == 200


def test_one_push_from_the_queue_comes_back_to_it(client, w):
    client.force_login(w.leader)

    answer = client.post(f"/tasks/{pk('W01-001-02')}/nudge", {"next": "/overdue"})

    assert answer.headers["Location"] == "/overdue"
    assert Nudge.objects.get().by == w.leader


def test_many_are_pushed_at_once(client, w):
    client.force_login(w.office)
    chosen = [pk("W01-001-01"), pk("W01-001-02")]

    page = client.post("/overdue/push", {"id": chosen, "text": "请本周报送"}, follow=True)

    assert "已催办 2 项：W01-001-02、W01-001-01。" in page.content.decode()
    assert list(Nudge.objects.values_list("text", flat=True)) == ["请本周报送", "请本周报送"]


def test_each_refusal_is_shown_and_stops_no_other(client, w):
    client.force_login(w.office)
    nudges.push(Task.objects.get(number="W01-001-02"), text="", by=w.leader, at=timezone.now())
    chosen = [pk("W01-001-01"), pk("W01-001-02"), pk("W01-001-03")]

    page = client.post("/overdue/push", {"id": chosen, "next": "/overdue"}).content.decode()

    assert "已催办 1 项：W01-001-01。" in page
    refused = re.findall(r'<li><b class="num">([^<]+)</b>　([^<]+)</li>', page)
    assert [number for number, _ in refused] == ["W01-001-02", "W01-001-03"]
    assert "两个工作日内不重复催办" in refused[0][1]
    assert "待验收" in refused[1][1]
    assert Nudge.objects.count() == 2


def test_nothing_ticked_is_said(client, w):
    client.force_login(w.office)

    page = client.post("/overdue/push", {"text": "x"}, follow=True)

    assert "请先勾选要催办的任务" in page.content.decode()
    assert Nudge.objects.count() == 0


def test_tasks_outside_the_own_queue_are_not_pushed(client, w):
    other = make_notice(w.bureau, title="教育局内部批次")
    foreign = make_task(make_issue(other), lead=w.section, state=State.DRAFT, deadline=dt.date(2020, 1, 1))
    client.force_login(w.leader)

    client.post("/overdue/push", {"id": [foreign.pk]})

    assert Nudge.objects.count() == 0


@pytest.mark.parametrize("who", ["staff", "head", "supervisor", "admin"])
def test_who_may_not_push_finds_no_queue(client, w, who):
    client.force_login(getattr(w, who))

    assert client.get("/overdue").status_code == 404
    assert client.post("/overdue/push", {"id": [pk("W01-001-02")]}).status_code == 404
    assert Nudge.objects.count() == 0


def test_reading_the_queue_writes_nothing(client, w):
    client.force_login(w.office)

    assert client.get("/overdue/push").status_code == 405
    client.get("/overdue")

    assert Nudge.objects.count() == 0


def test_an_empty_queue_says_so(client):
    w = make_world()
    client.force_login(w.leader)

    assert "没有超期事项" in client.get("/overdue").content.decode()


@pytest.mark.parametrize("who", ["office", "leader"])
def test_the_queue_costs_the_same_for_one_row_and_for_more(client, count_queries, who):
    w, today = make_world(), timezone.localdate()
    make_task(w.issue, lead=w.bureau, deadline=today - DAY)
    client.force_login(getattr(w, who))
    few = count_queries(client, "/overdue")

    for _ in range(3):
        make_task(make_issue(w.notice), lead=w.town, deadline=today - DAY)

    assert count_queries(client, "/overdue") == few


# ── 批量批示 ──────────────────────────────────────────────────────────────────
def form_of(client, chosen):
    """The form the ticked rows lead to, and its token."""
    asked = client.post("/overdue/direct", {"id": chosen, "pick": "1", "next": "/overdue"})
    page = client.get(asked.headers["Location"]).content.decode()
    return page, re.search(r'name="token" value="([^"]+)"', page)[1]


def test_many_are_directed_with_one_text_and_days_of_their_own(client, w):
    client.force_login(w.leader)
    first, second = pk("W01-001-02"), pk("W01-001-01")
    page, token = form_of(client, [first, second])
    assert re.findall(r'name="id" value="(\d+)">([^<]+)<', page) == [
        (str(first), "W01-001-02"),
        (str(second), "W01-001-01"),
    ]
    common, own = timezone.localdate() + 5 * DAY, timezone.localdate() + 2 * DAY
    body = {
        "id": [first, second],
        "token": token,
        "text": "请主要负责人过问",
        "reply_by": common,
        f"day_{first}": own,
    }

    done = client.post("/overdue/direct", body, follow=True)
    again = client.post("/overdue/direct", body, follow=True)

    assert "已批示 2 项：W01-001-02、W01-001-01。" in done.content.decode()
    assert "没有重复办理" in again.content.decode()
    rows = Directive.objects.order_by("pk").values_list("task", "unit", "leader", "text", "reply_by")
    assert list(rows) == [
        (first, w.bureau.pk, w.leader.pk, "请主要负责人过问", own),
        (second, w.town.pk, w.leader.pk, "请主要负责人过问", common),
    ]


def test_a_wrong_day_is_said_at_its_row_and_nothing_is_given(client, w):
    client.force_login(w.office)
    first, second = pk("W01-001-02"), pk("W01-001-01")
    _, token = form_of(client, [first, second])
    body = {"id": [first, second], "token": token, "text": "请过问", f"day_{second}": "2020-01-01"}

    page = client.post("/overdue/direct", body)

    text = page.content.decode()
    assert page.status_code == 422
    assert "W01-001-01 的回复时限不能早于今天。" in text
    assert "请填写批示领导。" in text
    assert 'value="2020-01-01"' in text
    assert "请过问</textarea>" in text
    assert not Directive.objects.exists()


def test_what_left_the_queue_meanwhile_is_counted_out(client, w):
    client.force_login(w.leader)
    first, second = pk("W01-001-02"), pk("W01-001-01")
    Task.objects.filter(pk=second).update(deadline=timezone.localdate() + DAY)

    page, _ = form_of(client, [first, second])

    assert "所选任务中有 1 项已不在超期之列" in page
    assert re.findall(r'name="id" value="(\d+)"', page) == [str(first)]


def test_a_push_sent_twice_is_done_once(client, w):
    client.force_login(w.office)
    page = client.get("/overdue").content.decode()
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    body = {"id": [pk("W01-001-01")], "token": token}

    client.post("/overdue/push", body)
    again = client.post("/overdue/push", body, follow=True)

    assert "没有重复办理" in again.content.decode()
    assert Nudge.objects.count() == 1
