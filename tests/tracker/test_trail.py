"""A request that would write and did nothing leaves a row; one that did something leaves the row of what it did."""

import pytest
from django.urls import reverse

from accounts.models import Event
from notices.terms import State
from tests.factories import make_task, make_world
from tracker import trail

pytestmark = pytest.mark.django_db


def rows() -> list[tuple]:
    return list(Event.objects.order_by("pk").values_list("action", "ok", "data__page", "data__status"))


def test_what_is_refused_is_recorded_with_person_place_and_status(client):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, state=State.ACTIVE)
    client.force_login(w.leader)

    client.post(reverse("notices:task_step", args=[task.pk, "close"]), {"outcome": "completed"})

    row = Event.objects.get()
    assert (row.action, row.ok, row.actor, row.address) == ("request.refused", False, w.leader, "127.0.0.1")
    assert (row.subject_type, row.subject_id) == ("page", task.pk)
    assert row.data == {
        "page": "notices:task_step",
        "path": f"/tasks/{task.pk}/step/close",
        "method": "POST",
        "status": 422,
    }


def test_what_was_done_is_recorded_once(client):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, state=State.PENDING)
    client.force_login(w.staff)

    client.post(reverse("notices:task_step", args=[task.pk, "accept"]))

    assert [row[0] for row in rows()] == ["task.accept"]


@pytest.mark.parametrize("address", ["/tasks/999999/report", "/nowhere"])
def test_what_is_not_there_is_recorded_too(client, address):
    client.force_login(make_world().staff)

    assert client.post(address).status_code == 404
    assert [(row[0], row[3]) for row in rows()] == [("request.refused", 404)]


def test_reading_and_the_own_view_of_things_leave_no_row(client):
    client.force_login(make_world().staff)

    client.get("/tasks")
    client.post(reverse("notices:task_columns"), {"column": "latest"})

    assert rows() == []


def test_strangers_do_not_fill_the_log(client):
    client.post("/tasks/1/report")

    assert rows() == []


def test_a_log_that_cannot_be_written_leaves_the_answer(client, monkeypatch, caplog):
    client.force_login(make_world().staff)
    monkeypatch.setattr(trail.audit, "record", lambda *_, **__: 1 / 0)

    assert client.post("/tasks/999999/report").status_code == 404
    assert "refused request not recorded" in caplog.text
