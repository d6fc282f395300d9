"""延期 on the pages: ask, decide, take back; the list and the overdue queue with many at once."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notices.domain import extensions
from notices.models import Extension, Task
from notices.terms import ExtensionState
from tests.factories import make_task, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def w():
    world = make_world()
    world.today = timezone.localdate()
    world.task = make_task(world.issue, lead=world.bureau, deadline=world.today + 5 * DAY)
    return world


def said(w, **more):
    wanted = (w.today + 40 * DAY).isoformat()
    data = {"wanted_on": wanted, "reason": "汛期影响", "done_so_far": "已完成设计", **more}
    return {f"extension-{name}": value for name, value in data.items()}


def asked(w, task=None, *, forwarded=True, at=None):
    at = at or timezone.now()
    row = extensions.ask(
        task or w.task, reason="汛期", done_so_far="已完成设计", wanted_on=w.today + 40 * DAY, by=w.staff, at=at,
        today=w.today - 20 * DAY,
    )  # fmt: skip
    if forwarded:
        extensions.decide(row, extensions.Decision(True), by=w.head, at=at, today=w.today)
    return row


def test_the_whole_way_from_asking_to_the_new_deadline(client, w):
    client.force_login(w.staff)
    assert client.post(f"/tasks/{w.task.pk}/extension", said(w)).status_code == 302
    row = Extension.objects.get()
    client.force_login(w.head)
    assert "待单位负责人审核" in client.get(f"/tasks/{w.task.pk}").content.decode()
    client.post(f"/extensions/{row.pk}/decide", {"decide-verdict": "approve"})
    client.force_login(w.office)
    granted = w.today + 20 * DAY
    client.post(
        f"/extensions/{row.pk}/decide",
        {"decide-verdict": "approve", "decide-granted_on": granted.isoformat()},
    )

    page = client.get(f"/tasks/{w.task.pk}").content.decode()

    assert Task.objects.get().deadline == granted
    assert "（剩 20 天，延期 1 次）" in page
    assert "已延期 1 次" in page
    assert re.findall(r"</b> (申请延期|单位同意延期|整改办同意延期至 [\d-]+)", page) == [
        f"整改办同意延期至 {granted}", "单位同意延期", "申请延期",
    ]  # fmt: skip


def test_what_is_missing_keeps_what_was_typed(client, w):
    client.force_login(w.staff)

    answer = client.post(f"/tasks/{w.task.pk}/extension", said(w, wanted_on=w.today.isoformat()))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert f"申请延至的日期应晚于现在的完成时限 {w.today + 5 * DAY}。" in page
    assert "汛期影响" in page


def test_a_double_click_asks_once(client, w):
    client.force_login(w.staff)
    for _ in range(2):
        assert client.post(f"/tasks/{w.task.pk}/extension", said(w, token="same")).status_code == 302

    assert Extension.objects.count() == 1


def test_after_the_deadline_the_page_says_what_to_do(client, w):
    late = make_task(w.issue, lead=w.bureau, deadline=w.today - DAY)
    client.force_login(w.staff)

    page = client.get(f"/tasks/{late.pk}").content.decode()

    assert "延期须在时限之前申请。请在进展中写明未完成的原因并抓紧办理" in page
    assert "提交延期申请" not in page


def test_a_stale_decision_is_refused_and_said(client, w):
    row = asked(w)
    client.force_login(w.office)
    data = {"decide-verdict": "refuse", "decide-note": "可以如期", "decide-version": row.version - 1}

    answer = client.post(f"/extensions/{row.pk}/decide", data)

    assert answer.status_code == 422
    assert "刚刚被他人办理，请刷新后查看" in answer.content.decode()
    assert Extension.objects.get().state == ExtensionState.FORWARDED


def test_taking_back(client, w):
    row = asked(w, forwarded=False)
    client.force_login(w.staff)

    answer = client.post(f"/extensions/{row.pk}/withdraw", headers={"HX-Request": "true"})

    assert "延期申请已撤回。" in answer.content.decode()
    assert Extension.objects.get().state == ExtensionState.WITHDRAWN


def test_the_list_costs_the_same_for_one_and_for_three(client, w, django_assert_num_queries):
    client.force_login(w.office)
    asked(w)
    client.get("/extensions")
    with CaptureQueriesContext(connection) as one:
        client.get("/extensions")
    for _ in range(2):
        asked(w, make_task(w.issue, lead=w.bureau, deadline=w.today + DAY))
    with django_assert_num_queries(len(one)):
        page = client.get("/extensions")

    assert len(page.context["rows"]) == 3
    assert [(tab.label, tab.count) for tab in page.context["tabs"]] == [
        ("待我审批", "3"), ("办理中", "3"), ("已同意", "0"), ("未同意、撤回或失效", "0"),
    ]  # fmt: skip


def test_many_are_approved_at_once_and_refusals_told(client, w):
    asked(w)
    short = asked(w, make_task(w.issue, lead=w.bureau, deadline=w.today + 5 * DAY))
    Extension.objects.filter(pk=short.pk).update(wanted_on=w.today - DAY, deadline_before=w.today - 9 * DAY)
    client.force_login(w.office)
    ids = list(Task.objects.order_by("pk").values_list("pk", flat=True))

    answer = client.post("/extensions/decide", {"id": ids, "verdict": "approve"})

    assert answer.context["decided"].done == ["W01-001-01"]
    assert [number for number, _ in answer.context["refused"]] == ["W01-001-02"]


def test_nothing_ticked_or_nothing_to_decide_is_said(client, w):
    client.force_login(w.office)

    for data, sentence in (
        ({"verdict": "approve"}, "请先勾选有延期申请的任务。"),
        (
            {"id": [w.task.pk], "verdict": "approve"},
            "勾选的任务没有等您审批的延期申请，请刷新页面后重新勾选。",
        ),
    ):
        page = client.post("/extensions/decide", data, follow=True)
        assert [str(m) for m in page.context["messages"]] == [sentence]


def test_the_overdue_queue_offers_the_decision(client, w):
    late = make_task(w.issue, lead=w.bureau, deadline=w.today - 12 * DAY, extension_count=1)
    asked(w, late)
    client.force_login(w.office)

    page = client.get("/overdue").content.decode()
    client.post(
        "/extensions/decide", {"id": [late.pk], "verdict": "refuse", "text": "按原时限", "next": "/overdue"}
    )

    assert "超期 12 天，延期 1 次" in page
    assert "同意延期 / 退回" in page
    assert 'formaction="/extensions/decide"' in page
    assert Extension.objects.get().state == ExtensionState.REFUSED
    assert "/extensions/decide" not in client.get("/overdue").content.decode()
