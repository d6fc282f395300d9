"""单位 and 工作移交: the pages."""

import pytest
from django.urls import reverse

from accounts.models import Unit
from notices.models import Task
from tests.factories import make_task, make_unit, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    w = make_world()
    client.force_login(w.admin)
    return w


def text_of(response):
    return response.content.decode()


def url(name, *args):
    return reverse(f"notices:{name}", args=args)


def test_the_tree_is_listed_at_the_same_cost(client, w, django_assert_num_queries):
    page = client.get(url("unit_list"))
    assert [(line.unit.name, line.depth, line.people) for line in page.context["lines"]] == [
        ("云岭县", 0, 5), ("云岭县教育局", 1, 2), ("云岭县教育局基建办", 2, 1), ("青禾镇", 1, 2),
    ]  # fmt: skip
    with django_assert_num_queries(7):
        client.get(url("unit_list"))
    for n in range(20):
        make_unit(f"云岭县第{n}小学", parent=w.bureau)

    with django_assert_num_queries(7):
        client.get(url("unit_list"))


def test_a_unit_is_added_once_and_renamed_with_its_former_name_shown(client, w):
    data = {
        "name": "云岭县水利局",
        "parent": w.county.pk,
        "short_name": "水利局",
        "aliases": "县水利局、水务局",
    }
    data |= {"position": "0", "once": "t1"}
    client.post(url("unit_new"), data)
    client.post(url("unit_new"), data)
    unit = Unit.objects.get(name="云岭县水利局")
    assert (unit.parent, unit.aliases) == (w.county, ["县水利局", "水务局"])

    edit = {**data, "name": "云岭县水务局", "is_active": "on", "version": "0"}
    assert client.post(url("unit_edit", unit.pk), edit).status_code == 302
    stale = client.post(url("unit_edit", unit.pk), {**edit, "name": "又一个名称"})

    assert stale.status_code == 422 and "刚刚被他人修改" in text_of(stale)
    page = text_of(client.get(url("unit_edit", unit.pk)))
    assert "曾用名" in page and "云岭县水利局" in page


def test_a_name_that_is_taken_is_said_at_its_field(client, w):
    data = {"name": "青禾镇", "parent": w.county.pk, "position": "0", "aliases": "", "short_name": ""}

    page = client.post(url("unit_new"), data)

    assert page.status_code == 422 and "已有这个名称的单位" in text_of(page)


def test_a_move_is_previewed_then_done(client, w):
    task = make_task(w.issue, lead=w.section)
    data = {"unit": w.town.pk, "version": "0"}

    seen = text_of(client.post(url("unit_move", w.section.pk), data))
    assert "将能看到这些任务的上级：青禾镇。" in seen and "不再看到的上级：云岭县教育局。" in seen
    assert Unit.objects.get(pk=w.section.pk).parent == w.bureau
    client.post(url("unit_move", w.section.pk), {**data, "confirm": "1"})

    assert Unit.objects.get(pk=w.section.pk).parent == w.town
    assert Task.objects.visible_to(w.town_head).filter(pk=task.pk).exists()


def test_a_merger_and_a_split_by_the_page(client, w):
    task = make_task(w.issue, lead=w.bureau)
    new = {
        "name": "云岭县体育局",
        "short_name": "",
        "tasks": [task.pk],
        "people": [w.staff.pk],
        "version": "0",
    }

    page = text_of(client.get(url("unit_split", w.bureau.pk)))
    assert task.number in page and task.text not in page
    assert client.post(url("unit_split", w.bureau.pk), new).status_code == 302
    made = Unit.objects.get(name="云岭县体育局")
    assert Task.objects.get(pk=task.pk).lead_unit == made
    client.post(url("unit_merge", made.pk), {"unit": w.town.pk, "version": made.version, "confirm": "1"})

    assert Task.objects.get(pk=task.pk).lead_unit == w.town
    assert "已并入青禾镇" in text_of(client.get(url("unit_list")))


def test_work_is_handed_over_with_a_list_before_and_after(client, w):
    task = make_task(w.issue, lead=w.bureau, contact=w.staff, contact_text="安经办")
    client.force_login(w.office)
    assert "1 项" in text_of(client.get(url("handover_list"), {"q": "安经"}))

    before = client.get(url("handover", w.staff.pk))
    assert [item.number for item, _ in before.context["items"]] == [task.number]
    nothing = client.post(url("handover", w.staff.pk), {f"to-contact-{task.pk}": ""})
    data = {"to": w.head.pk, f"to-contact-{task.pk}": "", f"seen-contact-{task.pk}": "0"}
    after = client.post(url("handover", w.staff.pk), {**data, "once": before.context["token"]})

    assert nothing.status_code == 422 and "请至少为一项选择接手人" in text_of(nothing)
    assert "已移交 1 项" in text_of(after) and "名下已没有未办结的工作" in text_of(after)
    assert Task.objects.get(pk=task.pk).contact == w.head
