"""Sign-ins: listed, ended, over after too long; the rules of the two profiles."""

import datetime as dt

import pytest
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts import sessions
from accounts.models import Event, SignIn, User
from accounts.roles import Role
from tests.factories import AT, PASSWORD, make_unit, make_user

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
NEW = "Yunling-Xian-2027!"


@pytest.fixture
def user():
    return make_user("an", (Role.STAFF, make_unit("青禾镇")), name="安经办")


def signed_in(**more) -> Client:
    client = Client(**more)
    client.post(reverse("login"), {"username": "an", "password": PASSWORD})
    return client


def age(client: Client, *, at: dt.timedelta = MINUTE * 0, seen: dt.timedelta = MINUTE * 0) -> None:
    """Put the sign-in of this client into the past."""
    row = SignIn.objects.get(session_key=client.session.session_key)
    SignIn.objects.filter(pk=row.pk).update(at=row.at - at, seen_at=row.seen_at - seen)


# ── How long ─────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("open_for", "unused_for", "said"),
    [
        (0 * HOUR, 0 * HOUR, None),
        (11 * HOUR, 29 * MINUTE, None),
        (1 * HOUR, 30 * MINUTE, "您已 30 分钟没有操作，为安全起见已自动退出，请重新登录。"),
        (12 * HOUR, 0 * HOUR, "本次登录已超过 12 小时，请重新登录。"),
    ],
)
def test_a_sign_in_is_over_after_too_long(open_for, unused_for, said):
    row = SignIn(at=AT - open_for, seen_at=AT - unused_for)

    assert sessions.over(row, at=AT, idle=30 * MINUTE, longest=12 * HOUR) == said


def test_who_was_idle_signs_in_again_and_comes_back(user, settings):
    settings.SIGN_IN_IDLE = 30 * MINUTE
    client = signed_in()
    age(client, seen=31 * MINUTE)

    answer = client.get("/tasks?light=red")

    assert answer.url == "/login?next=/tasks%3Flight%3Dred"
    assert "您已 30 分钟没有操作" in client.get(answer.url).content.decode()
    assert "您已 30 分钟" not in client.get(answer.url).content.decode()


def test_a_fragment_asked_for_too_late_leaves_the_page(user):
    client = signed_in()
    age(client, at=13 * HOUR)

    assert client.get("/tasks", headers={"HX-Request": "true"}).status_code == 401


def test_what_the_page_asks_by_itself_is_no_activity(user):
    client = signed_in()
    age(client, seen=20 * MINUTE)
    before = SignIn.objects.get().seen_at

    client.get("/inbox", headers={"X-Poll": "1"})
    assert SignIn.objects.get().seen_at == before
    client.get("/inbox")
    assert SignIn.objects.get().seen_at > before + 19 * MINUTE


# ── Listed and ended ─────────────────────────────────────────────────────────
def test_the_person_sees_the_own_sign_ins_and_ends_one(user):
    make_user("other", (Role.STAFF, make_unit("白石镇")))
    here, there = signed_in(), signed_in(headers={"User-Agent": "旧电脑"})

    page = here.get(reverse("sign_ins")).content.decode()
    assert page.count("本机") == 1
    assert "旧电脑" in page
    row = SignIn.objects.get(session_key=there.session.session_key)
    here.post(reverse("sign_ins"), {"sign_in": row.pk})

    assert there.get("/tasks").status_code == 302
    assert here.get("/tasks").status_code == 200
    assert Event.objects.filter(action="user.end_session", actor=user).count() == 1


def test_nobody_ends_the_sign_in_of_another(user):
    mine = signed_in()
    stranger = Client()
    stranger.force_login(make_user("other", (Role.STAFF, make_unit("白石镇"))))

    stranger.post(reverse("sign_ins"), {"sign_in": SignIn.objects.get().pk})

    assert mine.get("/tasks").status_code == 200


def test_a_change_of_password_ends_the_others_and_goes_on_here(user):
    here, there = signed_in(), signed_in()
    data = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    here.post(reverse("password_change"), data)

    assert there.get("/tasks").status_code == 302
    assert here.get("/tasks").status_code == 200
    assert [row.session_key for row in sessions.of(user)] == [here.session.session_key]


def test_signing_out_leaves_nothing(user):
    client = signed_in()
    client.post(reverse("logout"))

    assert not SignIn.objects.exists()
    assert not Session.objects.filter(session_key=client.session.session_key or "-").exists()


# ── Passwords ────────────────────────────────────────────────────────────────
STRICT = [{"NAME": "accounts.passwords.KindsOfCharacters"}]


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Tangshui7-Baihe", ""),
        ("zhenggai2026", "context"),
        ("Admin12345!", "context"),
        ("qwerty88888", "context"),
        ("password12345678", "context"),
        ("shanhaiyunwu", ""),
        ("short", "password_too_short"),
    ],
)
def test_common_and_own_words_are_refused(password, code):
    try:
        validate_password(password, User(username="liuqing", name="柳青"))
    except ValidationError as error:
        assert code in [each.code for each in error.error_list]
    else:
        assert code == ""


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("shanhaiyunwu", False),
        ("Shanhaiyunwu", False),
        ("shanhai2027yun", False),
        ("Shanhai2027yun", True),
        ("shanhai-2027-yun", True),
        ("山海ABC-abc", True),
    ],
)
def test_the_strict_profile_asks_for_three_kinds(settings, password, good):
    settings.AUTH_PASSWORD_VALIDATORS = STRICT
    if good:
        validate_password(password)
    else:
        with pytest.raises(ValidationError, match="至少三类"):
            validate_password(password)


@pytest.mark.parametrize(("days", "lasts", "to"), [(89, 90, ""), (91, 90, "/password"), (400, None, "")])
def test_an_old_password_is_changed_first_under_the_strict_profile(client, user, settings, days, lasts, to):
    settings.PASSWORD_LASTS = lasts and lasts * DAY
    User.objects.filter(pk=user.pk).update(password_at=user.date_joined - days * DAY)
    client.force_login(user)

    answer = client.get("/tasks")

    assert (answer.url if answer.status_code == 302 else "") == to
    if to:
        assert "已使用超过 90 天" in client.get(to).content.decode()
