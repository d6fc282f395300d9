import datetime as dt
import re

import pytest
from django.utils import timezone

from notices.domain import reporting
from notices.models import Task
from notices.terms import State
from tests.factories import make_issue, make_notice, make_task, make_unit, make_user, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def counts(client):
    """Label → number, as the boxes at the top show them."""
    found = re.findall(r'class="count[^>]*><b>([\d,+]+)</b>([^<]+)', client.get("/").content.decode())
    return {label: int(number) for number, label in found}


def world():
    w, today = make_world(), timezone.localdate()
    make_task(w.issue, lead=w.bureau, state=State.PENDING, deadline=today + 30 * DAY)
    make_task(w.issue, lead=w.bureau, deadline=today - 3 * DAY)
    make_task(w.issue, lead=w.bureau, deadline=today + 3 * DAY)
    make_task(w.issue, lead=w.bureau, state=State.SUBMITTED, applicant=w.staff, finished_on=today)
    make_task(w.issue, lead=w.town, state=State.VERIFYING, finished_on=today)
    make_task(w.issue)
    told = Task.objects.get(number="W01-001-03")
    reporting.report(told, text="办", by=w.staff, at=timezone.now())
    return w


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("staff", {"待签收": 1, "被退回": 0, "已超期": 1, "将到期": 1, "待更新": 1, "未读消息": 0}),
        (
            "head",
            {"待我审核": 1, "待签收": 1, "被退回": 0, "已超期": 1, "将到期": 1, "待更新": 1, "待我验收": 0, "待审延期": 0, "未读消息": 0},
        ),
        ("leader", {"已超期": 1, "将到期": 1, "未读消息": 0}),
        ("office", {"未分派": 1, "待我验收": 1, "已超期": 1, "将到期": 1, "待审延期": 0, "待复查": 0, "未读消息": 0}),
        ("supervisor", {"待我验收": 1, "已超期": 1, "将到期": 1, "待复查": 0, "未读消息": 0}),
        ("town_staff", {"待签收": 0, "被退回": 0, "已超期": 0, "将到期": 0, "待更新": 0, "未读消息": 0}),
        ("admin", {}),
    ],
)  # fmt: skip
def test_each_role_finds_what_waits_for_it(client, who, expected):
    client.force_login(getattr(world(), who))

    assert counts(client) == expected


def test_leader_reads_reds_first_and_may_push_at_once(client):
    w = world()
    client.force_login(w.leader)

    page = client.get("/").content.decode()

    assert page.index("已超期 <small>") < page.index("将到期 <small>")
    assert "/nudge" in page


def test_accept_takes_one_click_and_leads_back(client):
    w = world()
    task = Task.objects.get(state=State.PENDING)
    client.force_login(w.staff)

    answer = client.post(f"/tasks/{task.pk}/step/accept", {"next": "/"})

    assert answer.url == "/"
    assert Task.objects.get(pk=task.pk).state == State.ACTIVE


def test_count_and_the_list_behind_it_agree(client):
    w = world()
    client.force_login(w.head)

    for code, label in (("approve", "待我审核"), ("overdue", "已超期"), ("update", "待更新")):
        listed = client.get(f"/tasks?todo={code}").context["lines"]
        assert len(listed) == counts(client)[label], code


def test_chosen_notice_narrows_everything(client):
    w = world()
    other = make_task(
        make_issue(make_notice(w.county, title="另一批次")),
        lead=w.bureau,
        deadline=timezone.localdate() - DAY,
    )
    client.force_login(w.office)
    assert counts(client)["已超期"] == 2

    client.post("/switch", {"notice": other.notice_id, "next": "/tasks"})

    assert counts(client)["已超期"] == 1
    assert [line.number for line in client.get("/tasks").context["lines"]] == [other.number]


def test_notice_of_strangers_cannot_be_chosen(client):
    w = world()
    hidden = make_notice(make_unit("邻县"), title="邻县的批次")
    client.force_login(w.office)

    client.post("/switch", {"notice": hidden.pk})

    page = client.get("/").content.decode()
    assert "邻县的批次" not in page
    assert counts(client)["已超期"] == 1


def test_administrator_is_told_and_has_no_way_to_tasks(client):
    client.force_login(make_world().admin)

    page = client.get("/").content.decode()

    assert "您的角色不办理整改任务" in page
    assert "任务清单" not in page


def test_person_without_a_role_is_told_what_to_do(client):
    client.force_login(make_user("nobody"))

    assert "您的账号还没有任职" in client.get("/").content.decode()


def test_person_with_nothing_to_do_is_told_so(client):
    client.force_login(make_world().staff)

    assert "没有需要办理的事项" in client.get("/").content.decode()


def test_queries_do_not_grow_with_rows(client, count_queries):
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=timezone.localdate())
    client.force_login(w.staff)
    one = count_queries(client, "/")

    for _ in range(2):
        make_task(w.issue, lead=w.bureau, deadline=timezone.localdate())

    assert count_queries(client, "/") == one
