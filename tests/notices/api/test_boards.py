"""The board, the wall and views over HTTP."""

import datetime as dt

import pytest
from django.utils import timezone

from notices.models import Notice, SavedView, ViewUse
from notices.terms import State
from tests.factories import make_task, make_world
from tests.notices.views.test_weekly import close

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def w():
    world, today = make_world(), timezone.localdate()
    make_task(world.issue, lead=world.bureau, deadline=today - 3 * DAY, kind="fix", leader_text="樊领导")
    make_task(
        world.issue, lead=world.town, state=State.COMPLETED, deadline=today, finished_on=today, kind="rule"
    )
    return world


def test_the_board_over_http_has_the_numbers_of_the_page(client, w):
    client.force_login(w.office)

    found = client.get("/api/board/?by=kind").json()

    assert {name: found["figures"][name] for name in ("total", "red", "late_7", "due", "on_time", "on_time_rate")} == {
        "total": 2, "red": 1, "late_7": 1, "due": 2, "on_time": 1, "on_time_rate": "50.00"
    }  # fmt: skip
    assert [(p["label"], p["total"]) for p in found["parts"]] == [("具体整改", 1), ("建章立制", 1)]
    assert [(r["place"], r["label"]) for r in found["ranking"]] == [(1, "青禾镇"), (2, "教育局")]


def test_ranking_is_null_where_it_is_switched_off(client, w):
    Notice.objects.update(ranks=False)
    client.force_login(w.leader)

    assert client.get("/api/board/").json()["ranking"] is None


def test_a_closed_week_and_one_unit_can_be_asked_for(client, w):
    row = close(w)
    client.force_login(w.office)
    week = f"/api/board/?notice={w.notice.pk}&week={row.starts_on}"

    assert client.get(week).json()["figures"]["total"] == 2
    assert client.get(f"{week}&unit={w.town.pk}").json()["figures"]["total"] == 1
    assert client.get(f"/api/board/?week={row.starts_on}&by=x").status_code == 400
    assert client.get("/api/board/?notice=999").status_code == 404


def test_the_wall_over_http_names_nobody(client, w):
    client.force_login(w.head)

    answer = client.get("/api/wall/")

    assert [[t["light"] for t in g["tasks"]] for g in answer.json()["groups"]] == [["red"]]
    assert "樊领导" not in answer.content.decode()


@pytest.mark.parametrize("path", ["board", "wall"])
def test_who_may_not_see_the_board_is_refused(client, w, path):
    client.force_login(w.staff)

    assert client.get(f"/api/{path}/").status_code == 403


def test_views_are_made_listed_changed_and_removed(client, w):
    client.force_login(w.staff)
    made = client.post(
        "/api/views/", {"kind": "task", "name": "在办", "query": "open=true"}, "application/json"
    )
    url = f"/api/views/{made.json()['id']}/"

    assert (made.status_code, made.json()["query"]) == (201, "open=true")
    assert [v["name"] for v in client.get("/api/views/?kind=task").json()["results"]] == ["在办"]
    assert client.patch(url, {"name": "改名"}, "application/json").status_code == 428
    changed = client.patch(
        url, {"name": "改名", "unit": w.bureau.pk}, "application/json", headers={"If-Match": "*"}
    ).json()
    assert (changed["name"], changed["query"], changed["unit"]) == ("改名", "open=true", w.bureau.pk)
    client.force_login(w.head)
    assert client.delete(url, headers={"If-Match": "*"}).status_code == 409
    client.force_login(w.staff)
    assert client.delete(url, headers={"If-Match": "*"}).status_code == 204
    assert not SavedView.objects.exists()


def test_nobody_shares_beyond_the_own_unit(client, w):
    client.force_login(w.staff)

    answer = client.post(
        "/api/views/", {"kind": "task", "name": "在办", "unit": w.town.pk}, "application/json"
    )

    assert answer.status_code == 400


def test_a_view_is_used_as_default_and_by_mail(client, w):
    client.force_login(w.leader)
    made = client.post(
        "/api/views/", {"kind": "task", "name": "红灯", "query": "light=red"}, "application/json"
    )
    url = f"/api/views/{made.json()['id']}/use/"

    used = client.post(url, {"default": True, "mails": True}, "application/json")
    client.force_login(w.section_staff)
    stranger = client.post(url, {"default": True}, "application/json")

    assert (used.status_code, stranger.status_code) == (204, 404)
    row = ViewUse.objects.get()
    assert (row.user, row.is_default, row.mails_since, row.when_empty) == (
        w.leader, True, timezone.localdate(), False,
    )  # fmt: skip
