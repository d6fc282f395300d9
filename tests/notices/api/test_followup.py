"""More time, reviews, look-backs and links over HTTP."""

import datetime as dt

import pytest
from django.utils import timezone

from notices.models import Extension, Task
from notices.terms import State
from tests.factories import make_issue, make_task, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def w():
    world = make_world()
    world.today = timezone.localdate()
    return world


def send(client, user, url, data=None):
    client.force_login(user)
    return client.post(url, data or {}, content_type="application/json", headers={"If-Match": "*"})


def test_an_extension_from_asking_to_the_new_deadline(client, w):
    task = make_task(w.issue, lead=w.bureau, deadline=w.today + DAY)
    wanted = (w.today + 30 * DAY).isoformat()
    data = {"task": task.pk, "reason": "汛期", "done_so_far": "已完成设计", "wanted_on": wanted}

    made = send(client, w.staff, "/api/extensions/", data)
    url = f"/api/extensions/{made.json()['id']}/"
    early = send(client, w.office, f"{url}decide/", {"yes": True})
    send(client, w.head, f"{url}decide/", {"yes": True})
    done = send(client, w.office, f"{url}decide/", {"yes": True})

    assert (made.status_code, early.status_code, early.json()["code"]) == (201, 409, "step_refused")
    assert (done.json()["state"], done.json()["granted_on"]) == ("approved", wanted)
    assert Task.objects.get().deadline.isoformat() == wanted
    listed = client.get("/api/extensions/?state=approved").json()["results"]
    assert [row["id"] for row in listed] == [made.json()["id"]]


def test_taking_back_and_what_is_missing(client, w):
    task = make_task(w.issue, lead=w.bureau, deadline=w.today + DAY)
    data = {"task": task.pk, "reason": "汛期", "done_so_far": "设计", "wanted_on": w.today.isoformat()}
    wrong = send(client, w.staff, "/api/extensions/", data)
    data["wanted_on"] = (w.today + 9 * DAY).isoformat()
    made = send(client, w.staff, "/api/extensions/", data).json()
    send(client, w.staff, f"/api/extensions/{made['id']}/withdraw/")

    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["wanted_on"])
    assert Extension.objects.get().state == "withdrawn"


def test_a_review(client, w):
    state = State.SUSTAINED
    task = make_task(w.issue, lead=w.bureau, state=state, closed_on=w.today - DAY, review_days=90)
    data = {
        "task": task.pk,
        "text": "又有发生",
        "verdict": "relapsed",
        "deadline": (w.today + 9 * DAY).isoformat(),
    }

    refused = send(client, w.head, "/api/reviews/", data)
    made = send(client, w.supervisor, "/api/reviews/", data)

    assert (refused.status_code, made.status_code) == (409, 201)
    assert Task.objects.get().relapse_count == 1
    assert [row["verdict"] for row in client.get("/api/reviews/").json()["results"]] == ["relapsed"]


def test_a_look_back(client, w):
    make_task(w.issue, lead=w.bureau, state=State.COMPLETED)
    data = {"notice": w.notice.pk, "title": "回头看", "starts_on": "2026-11-01", "ends_on": "2026-11-30"}

    strange = send(client, w.head, "/api/lookbacks/", data)
    made = send(client, w.office, "/api/lookbacks/", {**data, "sample": "percent", "amount": 50})
    url = f"/api/lookbacks/{made.json()['id']}/"
    (item,) = client.get(f"{url}items/").json()["results"]
    judged = send(
        client, w.office, f"/api/lookback-items/{item['id']}/judge/", {"verdict": "firm", "findings": "到位"}
    )
    closed = send(client, w.office, f"{url}close/")

    assert strange.status_code == 400  # the notice does not exist for who does not verify it
    assert (made.status_code, made.json()["n_items"]) == (201, 1)
    assert judged.json()["verdict"] == "firm"
    assert (closed.json()["n_firm"], closed.json()["closed_at"] is None) == (1, False)


def test_a_link(client, w):
    other = make_issue(w.notice, title="关于学习不深入的情况")
    made = send(client, w.office, "/api/links/", {"issue": w.issue.pk, "other": other.pk, "kind": "alike"})
    url = f"/api/links/{made.json()['id']}/"

    assert (made.status_code, made.json()["words"]) == (201, ["学习"])
    assert send(client, w.office, f"{url}remove/").status_code == 400
    assert send(client, w.office, f"{url}remove/", {"why": "并非同类"}).status_code == 204
    assert client.get(url).status_code == 404
