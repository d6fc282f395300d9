"""动态口令: enrolled, asked for, failed, recovered, reset; who must have one."""

import base64
import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP

from accounts import control, posts, second_factor
from accounts.models import Event, RecoveryCode, SecondFactor, SignIn, User
from accounts.people import Unfit
from accounts.roles import Role
from tests.factories import AT, PASSWORD, make_unit, make_users

pytestmark = pytest.mark.django_db
SECRET = base64.b32encode(b"12345678901234567890").decode()
STEP = dt.timedelta(seconds=30)


@pytest.fixture
def w():
    class World:
        county = make_unit("云岭县")
        admin, security, staff = make_users(
            ("admin", ((Role.ADMIN, county),), "康管理", ""),
            ("security", ((Role.SECURITY, county),), "丁安全", ""),
            ("staff", ((Role.STAFF, county),), "安经办", ""),
        )

    return World


def code_of(secret, at):
    totp = TOTP(base64.b32decode(secret))
    totp.time = at.timestamp()
    return f"{totp.token():06d}"


def enrol(person, at=AT - STEP * 10):
    return second_factor.confirm(person, SECRET, code_of(SECRET, at), session_key="", at=at)


def test_the_codes_are_those_of_the_standard():
    """RFC 6238, appendix B: the last six digits of the table for SHA-1."""
    table = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}

    found = {
        seconds: second_factor._step_of(SECRET, code, 0, dt.datetime.fromtimestamp(seconds, dt.UTC))
        for seconds, code in table.items()
    }

    assert found == {seconds: seconds // 30 for seconds in table}


def test_a_code_opens_once_within_a_step_either_way(w):
    enrol(w.admin)
    now = code_of(SECRET, AT)

    assert second_factor.refuse_code(w.admin, code_of(SECRET, AT - STEP * 2), at=AT) is not None
    assert second_factor.refuse_code(w.admin, now, at=AT + STEP) is None
    assert "动态口令不正确" in second_factor.refuse_code(w.admin, now, at=AT)
    assert second_factor.refuse_code(w.admin, code_of(SECRET, AT + STEP * 2), at=AT + STEP) is None


def test_five_wrong_codes_lock_for_ten_minutes_and_each_is_recorded(w):
    enrol(w.admin)

    said = [second_factor.refuse_code(w.admin, "000000", at=AT) for _ in range(5)]
    right = second_factor.refuse_code(w.admin, code_of(SECRET, AT), at=AT)
    later = AT + dt.timedelta(minutes=10)

    assert "再输错 4 次将锁定" in said[0] and "已锁定 10 分钟" in said[4]
    assert right.startswith("动态口令连续输错 5 次，请在 10:10 以后重试")
    assert Event.objects.filter(action="user.code", ok=False).count() == 6
    assert second_factor.refuse_code(w.admin, code_of(SECRET, later), at=later) is None


def test_a_recovery_code_opens_once_and_only_its_hash_is_kept(w):
    codes = enrol(w.admin)

    assert len(set(codes)) == 10
    assert second_factor.refuse_code(w.admin, codes[3].upper().replace("-", " "), at=AT) is None
    assert second_factor.refuse_code(w.admin, codes[3], at=AT) is not None
    assert RecoveryCode.objects.filter(used_at=None).count() == 9
    assert not RecoveryCode.objects.filter(digest__in=codes).exists()
    assert Event.objects.get(action="user.code", ok=True).data == {"recovery_left": 9}


def test_the_seed_is_kept_sealed_and_a_changed_key_leaves_the_recovery_codes(w, settings):
    spare = enrol(w.admin)[0]

    kept = SecondFactor.objects.get(user=w.admin).secret
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key-" * 5, []

    assert SECRET not in kept
    assert "不正确" in second_factor.refuse_code(w.admin, code_of(SECRET, AT), at=AT)
    assert second_factor.refuse_code(w.admin, spare, at=AT) is None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "１２３４５６", "abcdef", "-12345"])
def test_what_is_no_code_is_refused(w, code):
    with pytest.raises(Unfit, match="动态口令不正确"):
        second_factor.confirm(w.admin, SECRET, code, session_key="", at=AT)


def test_security_resets_the_authenticator_of_another_and_nobody_the_own(w):
    enrol(w.admin)
    enrol(w.security)

    with pytest.raises(Unfit, match="由另一位管理员办理"):
        control.reset_factor(w.security, by=w.security, at=AT, strict=False)
    with pytest.raises(Unfit, match="只能由管理其全部任职单位的安全管理员"):
        control.reset_factor(w.staff, by=w.admin, at=AT, strict=False)
    control.reset_factor(w.admin, by=w.security, at=AT, strict=False)

    assert list(SecondFactor.objects.values_list("user__username", flat=True)) == ["security"]
    assert Event.objects.get(action="person.factor_reset").actor_name == "丁安全"


def test_who_lacks_what(w):
    enrol(w.security)

    assert [second_factor.lacking(p, required=True) for p in (w.admin, w.security, w.staff)] == [
        "enrol", "code", "",
    ]  # fmt: skip
    assert [second_factor.lacking(p, required=False) for p in (w.admin, w.security)] == ["", "code"]


# ── The sign-in ──────────────────────────────────────────────────────────────
def sign_in(client, name, **more):
    return client.post(reverse("login"), {"username": name, "password": PASSWORD, **more})


def text_of(response):
    return response.content.decode()


def test_an_administrator_is_led_to_enrol_and_other_sign_ins_end(w, settings):
    settings.SECOND_FACTOR = True
    elsewhere, client = Client(), Client()
    sign_in(elsewhere, "admin")
    sign_in(client, "admin")

    assert client.get(reverse("notices:person_list")).url == reverse("second_factor_enrol")
    page = text_of(client.get(reverse("second_factor_enrol")))
    assert re.search(r'<svg class="qr" viewBox="0 0 \d+ \d+".*<path d="M4 4h1v1h-1z', page)
    secret = client.session["secret"]
    wrong = client.post(reverse("second_factor_enrol"), {"code": "000000"})
    assert (wrong.status_code, client.session["secret"]) == (422, secret)
    now = dt.datetime.now(dt.UTC)
    shown = client.post(reverse("second_factor_enrol"), {"code": code_of(secret, now)})

    assert len(shown.context["codes"]) == 10 and "no-store" in shown["Cache-Control"]
    assert client.get(reverse("notices:person_list")).status_code == 200
    assert elsewhere.get(reverse("notices:person_list")).url.startswith("/login?")
    assert SignIn.objects.count() == 1
    assert "不能停用" in text_of(client.get(reverse("second_factor_enrol")))


def test_the_code_is_asked_for_before_anything_else(w):
    enrol(w.admin)
    client = Client()
    sign_in(client, "admin", next="/people/roles")
    blocked = [client.get(path).url for path in ("/", "/people", "/password", "/sign-ins", "/api/tasks/")]

    first = client.post(reverse("second_factor_code"), {"code": "000000"})
    now = dt.datetime.now(dt.UTC)
    opened = client.post(reverse("second_factor_code"), {"code": code_of(SECRET, now)})

    assert set(blocked) == {reverse("second_factor_code")}
    assert (first.status_code, opened.url) == (422, "/people/roles")
    assert client.get("/people/roles").status_code == 200
    assert SignIn.objects.get().session_key == client.session.session_key


def test_too_many_wrong_codes_undo_the_sign_in(w):
    enrol(w.admin)
    client = Client()
    sign_in(client, "admin")

    answers = [client.post(reverse("second_factor_code"), {"code": "000000"}) for _ in range(5)]

    assert [a.status_code for a in answers] == [422] * 4 + [302]
    assert "连续输错 5 次" in text_of(client.get(reverse("login")))
    assert client.get("/people").url.startswith("/login?")


def test_others_sign_in_with_the_password_alone(w, settings):
    settings.SECOND_FACTOR = True
    client = Client()

    assert sign_in(client, "staff").url == "/"
    assert client.get("/").status_code == 200


def test_it_is_given_up_with_a_code_where_it_is_not_required(w):
    enrol(w.admin)
    client = Client()
    client.force_login(w.admin)

    client.post(reverse("second_factor_leave"), {"code": "000000"})
    kept = SecondFactor.objects.exists()
    client.post(reverse("second_factor_leave"), {"code": code_of(SECRET, dt.datetime.now(dt.UTC))})

    assert (kept, SecondFactor.objects.exists()) == (True, False)


def test_a_granted_administrative_role_ends_the_sign_ins_of_before(w):
    newcomer = make_users(("newcomer", (), "柏新人", ""))[0]
    client = Client()
    sign_in(client, "newcomer")

    row = posts.propose(newcomer, w.county, Role.AUDITOR, by=w.admin, at=AT, strict=True)
    posts.grant(row, by=w.security, at=AT)

    assert client.get("/").url.startswith("/login?")
    assert User.objects.get(pk=newcomer.pk).memberships.get().role == "auditor"
