import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken
from tests.factories import make_token, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def w():
    return make_world()


def data(**more):
    last_on = timezone.localdate() + dt.timedelta(days=30)
    return {
        "name": "办公系统",
        "scopes": ["read", "report"],
        "last_on": last_on.isoformat(),
        "notice": "",
        **more,
    }


def test_a_token_is_made_shown_once_and_used(w, client):
    client.force_login(w.staff)
    once = client.get("/tokens").context["once"]

    page = client.post("/tokens", data(once=once))
    key = page.context["made"][1]
    again = client.post("/tokens", data(once=once))

    assert key in page.content.decode() and "no-store" in page["Cache-Control"]
    assert key not in client.get("/tokens").content.decode()
    assert (again.status_code, ApiToken.objects.count()) == (302, 1)
    assert Client().get("/api/me/", headers={"Authorization": f"Bearer {key}"}).json()["name"] == "安经办"


def test_what_is_wrong_stands_at_its_field(w, client):
    client.force_login(w.staff)

    page = client.post("/tokens", data(scopes=[], notice="999"))
    late = client.post("/tokens", data(last_on="2099-01-01"))

    assert (page.status_code, late.status_code) == (422, 422)
    assert page.context["form"].errors == {
        "scopes": ["请至少选择一项用途。"],
        "notice": ["请从列表中选择批次。"],
    }
    assert "有效期最长一年" in late.content.decode()
    assert ApiToken.objects.count() == 0


def test_the_administrator_ends_a_token_and_reads_no_ledger_by_it(w, client):
    key = make_token(w.staff, notice=w.notice)
    client.force_login(w.admin)

    page = client.get("/tokens").content.decode()
    client.post(f"/tokens/{ApiToken.objects.get().pk}/end")

    assert "安经办" in page and w.notice.title not in page
    assert ApiToken.objects.get().ended_name == "康管理"
    assert Client().get("/api/me/", headers={"Authorization": f"Bearer {key}"}).status_code == 401


def test_too_many_wrong_passwords_from_one_address(w, client, settings):
    settings.SIGN_IN_RATE = 2
    for name in ("staff", "head"):
        client.post("/login", {"username": name, "password": "wrong"})

    answer = client.post("/login", {"username": "office", "password": "wrong"})

    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 600
    assert "分钟内不能从这里登录" in answer.content.decode()
