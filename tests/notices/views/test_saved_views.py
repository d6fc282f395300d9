"""Views on the lists' pages."""

import re

import pytest

from notices.models import SavedView, ViewUse
from notices.terms import State
from tests.factories import make_task, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def w():
    world = make_world()
    make_task(world.issue, lead=world.bureau, text="教育局的措施")
    make_task(world.issue, lead=world.town, text="青禾镇的措施")
    make_task(world.issue, lead=world.town, state=State.COMPLETED, text="已完成的措施")
    return world


def keep(client, user, **more):
    client.force_login(user)
    body = {"kind": "task", "name": "在办", "query": "open=true", "columns": "light.lead", **more}
    answer = client.post("/views/new", body)
    return answer.headers["Location"]


def rows(page):
    return re.findall(r"(教育局|青禾镇|已完成)的措施", page.content.decode())


def test_a_view_is_kept_opened_and_shows_its_columns(client, w):
    url = keep(client, w.office)

    page = client.get(url)

    assert sorted(set(rows(page))) == ["教育局", "青禾镇"]
    heads = re.findall(r"<th[^>]*>(灯色|牵头单位|责任领导|整改状态)</th>", page.content.decode())
    assert heads == ["灯色", "牵头单位"]
    assert client.get(f"/views/{SavedView.objects.get().pk}").headers["Location"] == url


def test_a_shared_view_opens_with_the_own_rows(client, w):
    keep(client, w.office, unit=w.county.pk)
    view = SavedView.objects.get()
    client.force_login(w.staff)

    page = client.get(f"/views/{view.pk}", follow=True)

    assert set(rows(page)) == {"教育局"}
    client.force_login(w.admin)
    view.unit = w.town
    view.save(update_fields=["unit"])
    assert client.get(f"/views/{view.pk}").status_code == 404


def test_a_default_view_opens_the_bare_list_and_a_filter_leaves_it(client, w):
    url = keep(client, w.staff)
    view = SavedView.objects.get()
    client.post(f"/views/{view.pk}/use", {"default": "on"})

    assert client.get("/tasks").headers["Location"] == url
    assert client.get("/tasks?view=").status_code == 200
    assert client.get("/tasks", headers={"HX-Request": "true"}).status_code == 200


def test_the_monday_mail_is_asked_for_and_ended_on_the_page(client, w):
    keep(client, w.staff)
    view = SavedView.objects.get()
    client.post(f"/views/{view.pk}/use", {"mails": "on"})
    assert ViewUse.objects.get().mails_since is not None
    assert "退订邮件" in client.get("/views").content.decode()

    client.post(f"/views/{view.pk}/use", {})

    assert ViewUse.objects.get().mails_since is None


def test_an_owner_renames_updates_and_removes(client, w):
    keep(client, w.staff)
    view = SavedView.objects.get()
    client.post(f"/views/{view.pk}/edit", {"kind": "task", "name": "新名称", "unit": "", "version": 0})
    view.refresh_from_db()
    assert (view.name, view.query, view.columns) == ("新名称", "open=true", "light.lead")

    body = {"kind": "task", "name": "新名称", "version": 1, "query": "state=completed", "columns": ""}
    client.post(f"/views/{view.pk}/edit", body)
    view.refresh_from_db()
    assert (view.query, view.columns) == ("state=completed", "")

    client.post(f"/views/{view.pk}/remove")
    assert not SavedView.objects.exists()


def test_a_name_used_twice_is_told_and_the_filters_stay(client, w):
    keep(client, w.staff)

    answer = client.post("/views/new", {"kind": "task", "name": "在办", "query": "state=active"}, follow=True)

    assert "您已有名为“在办”的视图" in answer.content.decode()
    assert answer.redirect_chain[-1][0] == "/tasks?state=active"


def test_issues_have_views_as_well(client, w):
    url = keep(client, w.office, kind="issue", name="正在整改的", query="progress=in_progress")

    assert url.startswith("/issues?progress=in_progress")
    assert "正在整改的" in client.get(url).content.decode()


def test_an_empty_page_of_views_says_how(client, w):
    client.force_login(w.town_staff)

    assert "还没有常用视图" in client.get("/views").content.decode()
