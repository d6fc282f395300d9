import datetime as dt

import pytest
from django.utils import timezone

from notices.domain import reporting
from notices.models import Message, Nudge, Task
from notices.terms import MeasureKind, State
from tests.factories import make_issue, make_notice, make_task, make_unit, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
HX = {"HX-Request": "true"}


def today():
    return timezone.localdate()


def numbers(client, url="/tasks"):
    return [line.number for line in client.get(url).context["lines"]]


def tabs(client, url="/tasks"):
    return {tab.label: tab.count for tab in client.get(url).context["tabs"]}


def lamps(w):
    """One red, one yellow, two green (one of the town), one completed."""
    make_task(w.issue, lead=w.bureau, deadline=today() - DAY, text="食堂采购")
    make_task(w.issue, lead=w.bureau, deadline=today() + DAY, kind=MeasureKind.RULE)
    make_task(w.issue, lead=w.bureau, deadline=today() + 40 * DAY)
    make_task(w.issue, lead=w.town, deadline=today() + 50 * DAY)
    make_task(w.issue, lead=w.bureau, deadline=today() - DAY, state=State.COMPLETED)


def test_each_sees_only_what_is_theirs(client):
    w = make_world()
    lamps(w)
    strange = make_task(
        make_issue(make_notice(make_unit("邻县"))), lead=make_unit("邻县某局"), text="邻县秘密"
    )
    client.force_login(w.town_staff)
    assert numbers(client) == ["W01-001-04"]

    client.force_login(w.office)
    page = client.get("/tasks")
    assert len(page.context["lines"]) == 5
    assert strange.text not in page.content.decode()
    assert "邻县" not in page.content.decode()


def test_most_urgent_open_work_comes_first_and_closed_last(client):
    w = make_world()
    lamps(w)
    client.force_login(w.office)

    assert [n[-2:] for n in numbers(client)] == ["01", "02", "03", "04", "05"]


def test_counts_of_lights_obey_the_other_filters(client):
    w = make_world()
    lamps(w)
    client.force_login(w.office)

    assert tabs(client) == {
        "全部": "5",
        "红灯": "1",
        "黄灯": "1",
        "绿灯": "2",
        "长期坚持": "0",
        "已完成": "1",
    }
    assert tabs(client, "/tasks?light=red") == tabs(client)
    assert tabs(client, f"/tasks?lead_unit={w.town.pk}&light=red") == {
        "全部": "1",
        "红灯": "0",
        "黄灯": "0",
        "绿灯": "1",
        "长期坚持": "0",
        "已完成": "0",
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=食堂", ["01"]),
        ("q=W01-001-03", ["03"]),
        ("q=学习不深入", ["01", "02", "03", "04", "05"]),
        ("light=yellow", ["02"]),
        ("state=completed", ["05"]),
        ("kind=rule", ["02"]),
        ("open=true&light=green", ["03", "04"]),
        ("q=没有这样的字", []),
    ],
)
def test_filters_stand_in_the_address(client, query, found):
    w = make_world()
    lamps(w)
    client.force_login(w.office)

    assert [n[-2:] for n in numbers(client, f"/tasks?{query}")] == found


def test_filter_that_makes_no_sense_is_named_and_left_out(client):
    w = make_world()
    lamps(w)
    client.force_login(w.office)

    page = client.get("/tasks?state=nonsense&due_after=morgen&kind=rule")

    assert "筛选条件“整改状态”、“时限不早于”无效，已忽略" in page.content.decode()
    assert [line.number[-2:] for line in page.context["lines"]] == ["02"]


def test_pages_go_forth_and_back_by_key(client):
    w = make_world()
    for day in range(120):
        make_task(w.issue, lead=w.bureau, deadline=today() + (day // 3) * DAY)
    client.force_login(w.office)
    wanted = [f"W01-001-{n:02d}" for n in range(1, 121)]
    first = client.get("/tasks").context
    second = client.get(f"/tasks{first['page'].next}").context
    third = client.get(f"/tasks{second['page'].next}").context
    back = client.get(f"/tasks{third['page'].previous}").context

    shown = [line.number for c in (first, second, third) for line in c["lines"]]
    assert shown == wanted
    assert [line.number for line in back["lines"]] == wanted[50:100]
    assert (first["page"].previous, third["page"].next) == (None, None)


@pytest.mark.parametrize("key", ["x", "1~2~3~4", "9~9999-99-99~1", "1~2026-01-01~x"])
def test_broken_key_shows_the_first_page(client, key):
    w = make_world()
    lamps(w)
    client.force_login(w.office)

    assert len(numbers(client, f"/tasks?after={key}")) == 5


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("due", ["01", "05", "02", "03", "04"]),
        ("-due", ["04", "03", "02", "01", "05"]),
        ("number", ["01", "02", "03", "04", "05"]),
        ("-updated", ["03", "01", "02", "04", "05"]),
    ],
)
def test_sorting(client, sort, order):
    w = make_world()
    lamps(w)
    reporting.report(Task.objects.get(number="W01-001-03"), text="办", by=w.staff, at=timezone.now())
    client.force_login(w.office)

    assert [n[-2:] for n in numbers(client, f"/tasks?sort={sort}")] == order


def test_htmx_gets_the_table_alone_at_the_same_address(client):
    w = make_world()
    lamps(w)
    client.force_login(w.office)

    answer = client.get("/tasks", headers=HX)

    assert "<html" not in answer.content.decode()
    assert "W01-001-01" in answer.content.decode()
    assert "HX-Request" in answer["Vary"]


def test_number_of_queries_does_not_grow_with_rows(client, count_queries):
    w = make_world()
    make_task(w.issue, lead=w.bureau, supporting=(w.town,), deadline=today())
    client.force_login(w.office)
    one = count_queries(client, "/tasks")

    for unit in (w.town, w.section):
        make_task(w.issue, lead=unit, supporting=(w.bureau,), deadline=today())

    assert count_queries(client, "/tasks") == one


def test_columns_are_chosen_and_kept(client):
    w = make_world()
    lamps(w)
    client.force_login(w.office)

    client.post("/tasks/columns", {"columns": ["contact", "state", "nonsense"], "next": "/tasks"})
    assert client.get("/tasks").context["shown"] >= {"light", "latest"}

    answer = client.post("/tasks/columns", {"columns": ["contact", "state"], "next": "/tasks?q=W01"})
    assert answer.url == "/tasks?q=W01"
    assert client.get("/tasks").context["shown"] == {"contact", "state"}


# ── Cells ──────────────────────────────────────────────────────────────────────


def test_cell_opens_as_an_editor_and_files_a_report(client):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    client.force_login(w.staff)
    url = f"/tasks/{task.pk}/cell/latest"
    assert "<textarea" in client.get(url, headers=HX).content.decode()

    answer = client.post(url, {"value": "已完成排查", "seen": ""}, headers=HX)

    assert "已保存" in answer.content.decode()
    assert task.progress.get().text == "已完成排查"


def test_refused_cell_keeps_what_was_typed_and_says_why(client):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    client.force_login(w.staff)

    answer = client.post(f"/tasks/{task.pk}/cell/next", {"value": "我打的字", "seen": ""}, headers=HX)

    page = answer.content.decode()
    assert "请填写整改进展。" in page
    assert "我打的字" in page
    assert task.progress.count() == 0


def test_cell_changed_meanwhile_shows_the_newer_words_and_can_then_be_saved(client):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    client.force_login(w.staff)
    reporting.report(task, text="他人写的", by=w.head, at=timezone.now())
    url = f"/tasks/{task.pk}/cell/latest"

    answer = client.post(url, {"value": "我写的", "seen": ""}, headers=HX)

    page = answer.content.decode()
    assert "他人写的" in page
    assert ">我写的</textarea>" in page
    seen = Task.objects.get(pk=task.pk).latest_at.isoformat()
    assert f'value="{seen}"' in page
    client.post(url, {"value": "我写的", "seen": seen}, headers=HX)
    assert Task.objects.get(pk=task.pk).latest_text == "我写的"


def test_cell_without_script_leads_to_the_page(client):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    client.force_login(w.staff)

    assert client.get(f"/tasks/{task.pk}/cell/latest").url == f"/tasks/{task.pk}#report"


@pytest.mark.parametrize("cell", ["latest", "next"])
def test_cell_of_a_stranger_is_not_found(client, cell):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    client.force_login(w.town_staff)

    assert client.get(f"/tasks/{task.pk}/cell/{cell}", headers=HX).status_code == 404
    assert client.post(f"/tasks/{task.pk}/cell/{cell}", {"value": "x"}, headers=HX).status_code == 404


# ── Pushes ─────────────────────────────────────────────────────────────────────


def test_selection_is_pushed_one_by_one_and_refusals_are_named(client):
    w = make_world()
    good, done = make_task(w.issue, lead=w.bureau), make_task(w.issue, lead=w.bureau, state=State.COMPLETED)
    hidden = make_task(make_issue(make_notice(make_unit("邻县"))), lead=make_unit("邻县某局"))
    client.force_login(w.leader)
    data = {"id": [good.pk, done.pk, hidden.pk], "text": "请抓紧", "next": "/tasks?light=red"}

    answer = client.post("/tasks/nudge", data, follow=True)

    assert answer.redirect_chain[0][0] == "/tasks?light=red"
    page = answer.content.decode()
    assert "已催办 1 项：W01-001-01。" in page
    assert "1 项没有催办：\nW01-001-02：" in page
    assert [n.task_id for n in Nudge.objects.all()] == [good.pk]
    assert Message.objects.filter(recipient=w.staff).count() == 1


@pytest.mark.parametrize("ids", [[], ["x"], ["1" * 30]])
def test_selection_that_names_nothing_is_refused(client, ids):
    w = make_world()
    client.force_login(w.leader)

    page = client.post("/tasks/nudge", {"id": ids}, follow=True).content.decode()

    assert "勾选" in page
    assert Nudge.objects.count() == 0


def test_one_push_answers_with_the_button_and_a_second_with_the_reason(client):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    client.force_login(w.leader)
    url = f"/tasks/{task.pk}/nudge"

    first = client.post(url, headers=HX).content.decode()
    second = client.post(url, headers=HX).content.decode()

    assert "已催办 · 1" in first
    assert "两个工作日内不重复催办" in second
    assert Nudge.objects.count() == 1


def test_staff_push_nothing(client):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    client.force_login(w.staff)

    page = client.post(f"/tasks/{task.pk}/nudge", follow=True).content.decode()

    assert "只有责任领导和整改办可以催办" in page
    assert Nudge.objects.count() == 0


def test_ticked_rows_are_led_to_the_ledger_without_the_forms_secret(client):
    w = make_world()
    client.force_login(w.staff)

    answer = client.post("/tasks/export", {"id": [3, 5], "csrfmiddlewaretoken": "secret"})
    nothing = client.post("/tasks/export", {"next": "/tasks?q=1"})

    assert answer.url == "/ledger/export?id=3&id=5"
    assert nothing.url == "/tasks?q=1"
