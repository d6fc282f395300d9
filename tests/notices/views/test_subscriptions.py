"""Subscriptions on their pages and over HTTP."""

import pytest
from rest_framework.test import APIClient

from notices.domain import subscriptions, vault
from notices.domain.subscriptions import Wanted
from notices.models import Delivery, Subscription
from tests.factories import AT, TODAY, make_token, make_world

pytestmark = pytest.mark.django_db
ADDRESS = "https://oa.example.cn/hooks"


@pytest.fixture
def w(settings):
    settings.WEBHOOK_ADDRESSES = ["https://oa.example.cn"]
    return make_world()


def test_made_shown_once_changed_and_removed(w, client):
    client.force_login(w.office)
    data = {
        "name": "办公系统",
        "address": ADDRESS,
        "events": ["letter"],
        "notice": w.notice.pk,
        "is_on": "on",
    }

    made = client.post("/subscriptions", {**data, "once": client.get("/subscriptions").context["once"]})
    secret = made.context["made"][1]
    row = Subscription.objects.get()
    page = client.get(f"/subscriptions/{row.pk}").content.decode()
    renewed = client.post(f"/subscriptions/{row.pk}/secret")
    late = client.post(f"/subscriptions/{row.pk}", {**data, "version": 0})
    saved = client.post(f"/subscriptions/{row.pk}", {**data, "name": "新名称", "version": 1})

    assert secret in made.content.decode() and secret not in page
    assert renewed.context["secret"] in renewed.content.decode() and secret not in renewed.content.decode()
    assert (late.status_code, "刚被修改" in late.content.decode()) == (422, True)
    assert (saved.status_code, Subscription.objects.get().name) == (302, "新名称")
    client.post(f"/subscriptions/{row.pk}/remove")
    assert Subscription.objects.count() == 0


def test_a_wrong_address_stands_at_its_field(w, client):
    client.force_login(w.staff)

    given = {"name": "x", "address": "http://10.0.0.1/", "events": ["letter"], "is_on": "on"}
    page = client.post("/subscriptions", given)

    assert page.status_code == 422
    assert "不在允许推送的地址中" in page.context["form"].errors["address"][0]


def test_over_http_from_making_to_sending_again(w):
    client = APIClient(headers={"Authorization": f"Bearer {make_token(w.staff)}", "If-Match": "*"})
    made = client.post("/api/subscriptions/", {"name": "系统", "address": ADDRESS, "events": ["letter"]})
    url = f"/api/subscriptions/{made.json()['id']}/"
    row = Subscription.objects.get()
    sent = Delivery.objects.create(
        subscription=row, key="1", event="letter", action="letter.issue", subject_type="letter", subject_id=1,
        at=AT, not_before=AT, state="failed",
    )  # fmt: skip

    shown = client.get(url)
    changed = client.patch(url, {"events": ["letter", "directive"]}, format="json")
    again = client.post(f"{url}again/", {"delivery": sent.pk}, format="json")
    wrong = client.post(
        "/api/subscriptions/", {"name": "系统", "address": "http://10.0.0.1/", "events": ["letter"]}
    )

    assert (made.status_code, vault.unseal(row.secret)) == (201, made.json()["secret"])
    assert "secret" not in shown.json() and shown["ETag"] != changed["ETag"]
    assert changed.json()["events"] == ["letter", "directive"]
    assert (again.json()["state"], client.get(f"{url}deliveries/").json()["results"][0]["id"]) == (
        "due",
        sent.pk,
    )
    assert list(wrong.json()["errors"]) == ["address"]
    assert client.post(f"{url}again/", {"delivery": 99}, format="json").status_code == 404
    assert client.delete(url).status_code == 204


def test_the_administrator_sees_no_title(w, client):
    wanted = Wanted("办公系统", ADDRESS, ["letter"], w.notice)
    row, _ = subscriptions.add(wanted, by=w.staff, at=AT, today=TODAY)
    client.force_login(w.admin)

    page = client.get(f"/subscriptions/{row.pk}").content.decode()

    assert "办公系统" in page and w.notice.title not in page
    assert client.post(f"/subscriptions/{row.pk}/off").status_code == 302
    assert not Subscription.objects.get().is_on
