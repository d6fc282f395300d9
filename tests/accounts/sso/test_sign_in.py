"""Signing in elsewhere, against stand-ins: who gets in, who does not, and that the rules of every sign-in hold."""

from urllib.parse import parse_qs, urlsplit

import pytest
from axes.models import AccessAttempt
from django.db import connection

from accounts.models import Event, SignIn, User
from accounts.roles import Role
from tests.accounts.sso.provider import CLIENT, SECRET, Cas, Ldap, Provider, serving, serving_ldap
from tests.factories import PASSWORD, make_unit, make_user

pytestmark = pytest.mark.django_db
NAME = "uid={username},ou=people,dc=example,dc=cn"


@pytest.fixture(autouse=True)
def one_round():
    if connection.vendor != "sqlite":
        pytest.skip("says the same on every engine: runs in one round")


@pytest.fixture
def staff():
    return make_user("staff", (Role.STAFF, make_unit("青禾镇")), name="安经办")


@pytest.fixture(scope="module")
def _provider():
    with serving(Provider()) as found:
        yield found


@pytest.fixture
def provider(_provider, settings):
    settings.SSO, settings.BASE_URL = "oidc", "http://testserver"
    settings.SSO_SETTINGS = {
        "issuer": _provider.url, "client_id": CLIENT, "client_secret": SECRET, "claim": "preferred_username",
    }  # fmt: skip
    _provider.person, _provider.wrong = "staff", ""
    return _provider


@pytest.fixture
def cas(settings):
    settings.SSO, settings.BASE_URL = "cas", "http://testserver"
    with serving(Cas()) as found:
        settings.SSO_SETTINGS = {"server": found.url}
        yield found


@pytest.fixture
def directory(settings):
    settings.SSO = "ldap"
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, "accounts.sso.ldap.Directory"]
    with serving_ldap(Ldap()) as found:
        settings.SSO_SETTINGS = {"server": found.url, "name": NAME, "start_tls": False}
        found.people[NAME.format(username="staff")] = "there-2026"
        yield found


def there_and_back(client, server, wanted="/tasks"):
    """The browser's way: to the other server and back. Returns the answer to the last step."""
    way = client.get("/sso/start", {"next": wanted})
    query = {k: v[0] for k, v in parse_qs(urlsplit(way["Location"]).query).items()}
    return client.get(server.authorize(query).removeprefix("http://testserver"))


def said(client):
    return client.get("/login").context["ended"]


# ── OpenID Connect ───────────────────────────────────────────────────────────
def test_oidc_signs_an_account_in_that_is_there(client, provider, staff):
    assert "单点登录" in client.get("/login").content.decode()

    back = there_and_back(client, provider)

    assert (back.status_code, back["Location"]) == (302, "/tasks")
    assert client.get("/tasks").status_code == 200
    assert SignIn.objects.get().user == staff
    assert Event.objects.values_list("action", "actor_name", "data").get() == (
        "user.sign_in", "安经办", {"by": "oidc"},
    )  # fmt: skip


@pytest.mark.parametrize("wrong", ["issuer", "audience", "nonce", "over", "key", "nameless"])
def test_oidc_believes_no_token_that_is_not_for_it(client, provider, staff, wrong):
    provider.wrong = wrong

    back = there_and_back(client, provider)

    assert (back.status_code, back["Location"]) == (302, "/login")
    assert "单点登录" in said(client)
    assert (SignIn.objects.count(), Event.objects.get().ok) == (0, False)


def test_oidc_refuses_a_way_back_that_was_not_begun_here(client, provider, staff):
    begun_elsewhere = client.__class__()
    way = begun_elsewhere.get("/sso/start")
    query = {k: v[0] for k, v in parse_qs(urlsplit(way["Location"]).query).items()}

    back = client.get(provider.authorize(query).removeprefix("http://testserver"))

    assert back["Location"] == "/login"
    assert client.get("/tasks").status_code == 302


@pytest.mark.parametrize("who", ["nobody", "gone"])
def test_no_account_is_made_and_none_out_of_use_is_opened(client, provider, staff, who):
    make_user("gone")
    User.objects.filter(username="gone").update(is_active=False)
    provider.person = who

    there_and_back(client, provider)

    assert said(client) == f"账号“{who}”在本系统没有开通，请联系本单位系统管理员。"
    assert User.objects.count() == 2


def test_a_locked_account_stays_locked(client, provider, staff):
    for _ in range(5):
        client.post("/login", {"username": "staff", "password": "wrong"})

    back = there_and_back(client, provider)

    assert (back.status_code, "登录已暂时锁定" in back.content.decode()) == (429, True)
    assert AccessAttempt.objects.exists()


def test_wrong_ways_back_are_counted_for_the_address(client, provider, staff, settings):
    settings.SIGN_IN_RATE = 2
    answers = [client.get("/sso/return?code=x&state=y").status_code for _ in range(3)]

    assert answers == [302, 302, 429]


def test_a_provider_that_is_away_leaves_the_password(client, provider, staff, settings):
    settings.SSO_SETTINGS = {**settings.SSO_SETTINGS, "issuer": "http://127.0.0.1:1"}

    assert client.get("/sso/start")["Location"] == "/login"
    assert "没有连通" in said(client)
    assert client.post("/login", {"username": "staff", "password": PASSWORD})["Location"] == "/"


def test_a_first_password_is_not_asked_for_where_none_was_used(client, provider, staff):
    User.objects.update(must_change_password=True)

    there_and_back(client, provider)

    assert client.get("/tasks").status_code == 200
    client.post("/logout")
    client.post("/login", {"username": "staff", "password": PASSWORD})
    assert client.get("/tasks")["Location"] == "/password"


def test_the_second_factor_is_asked_for_all_the_same(client, provider, staff, settings):
    settings.SECOND_FACTOR = True
    make_user("guan", (Role.ADMIN, make_unit("云岭县")))
    provider.person = "guan"

    there_and_back(client, provider)

    assert client.get("/")["Location"] == "/second-factor"


@pytest.mark.parametrize("path", ["/sso/start", "/sso/return?code=x&state=y"])
def test_off_by_default(client, staff, path):
    assert client.get(path)["Location"] == "/login"
    assert "单点登录" not in client.get("/login").content.decode()


# ── CAS ──────────────────────────────────────────────────────────────────────
def test_cas_signs_in_once_by_a_ticket_of_this_browser(client, cas, staff):
    back = there_and_back(client, cas)

    assert (back.status_code, back["Location"]) == (302, "/tasks")
    assert (SignIn.objects.get().user, Event.objects.get().data) == (staff, {"by": "cas"})


def test_cas_takes_no_ticket_of_another_browser_and_no_invented_one(client, cas, staff):
    other = client.__class__()
    way = other.get("/sso/start")
    query = {k: v[0] for k, v in parse_qs(urlsplit(way["Location"]).query).items()}
    stolen = cas.authorize(query).removeprefix("http://testserver")
    client.get("/sso/start")
    invented = client.get(f"/sso/return?state={client.session['cas_state']}&ticket=ST-x")

    assert (client.get(stolen)["Location"], invented["Location"]) == ("/login", "/login")
    assert SignIn.objects.count() == 0


# ── LDAP ─────────────────────────────────────────────────────────────────────
def test_ldap_tries_the_password_at_the_directory(client, directory, staff):
    good = client.post("/login", {"username": "staff", "password": "there-2026", "next": "/tasks"})

    assert good["Location"] == "/tasks"
    assert directory.asked == ["uid=staff,ou=people,dc=example,dc=cn"]
    assert Event.objects.get().data == {"by": "ldap"}


@pytest.mark.parametrize(
    ("name", "password"),
    [("staff", "wrong"), ("staff", ""), ("nobody", "there-2026"), ("staff,ou=people", "there-2026")],
)
def test_ldap_lets_nobody_else_in(client, directory, staff, name, password):
    make_user("staff,ou=people")

    answer = client.post("/login", {"username": name, "password": password})

    assert answer.status_code == 200
    assert (SignIn.objects.count(), User.objects.count()) == (0, 2)
    assert all("staff\\,ou=people" in asked for asked in directory.asked if "ou=people,ou" in asked)


def test_ldap_failures_lock_like_any_other(client, directory, staff):
    answers = [client.post("/login", {"username": "staff", "password": "wrong"}) for _ in range(5)]

    assert answers[-1].status_code == 429
    assert client.post("/login", {"username": "staff", "password": "there-2026"}).status_code == 429


def test_an_ldap_server_that_is_away_leaves_the_password(client, directory, staff, settings):
    settings.SSO_SETTINGS = {**settings.SSO_SETTINGS, "server": "ldap://127.0.0.1:1"}

    assert client.post("/login", {"username": "staff", "password": PASSWORD})["Location"] == "/"
