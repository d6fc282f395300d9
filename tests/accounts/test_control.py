"""Who administers which account: locking, unlocking, sessions, passwords, long unused accounts."""

import datetime as dt

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

from accounts import control, sessions, unused
from accounts.models import ApiToken, Event, SignIn, User
from accounts.people import Unfit
from accounts.roles import Role
from tests.factories import AT, PASSWORD, make_token, make_unit, make_users

pytestmark = pytest.mark.django_db
NINETY = dt.timedelta(days=90)
DAY = dt.timedelta(days=1)


@pytest.fixture
def w():
    class World:
        county = make_unit("云岭县")
        bureau = make_unit("云岭县教育局", parent=county)
        other = make_unit("临江县")
        admin, security, security_two, auditor, staff, stranger, between = make_users(
            ("admin", ((Role.ADMIN, county),), "康管理", ""),
            ("security", ((Role.SECURITY, county),), "丁安全", ""),
            ("security2", ((Role.SECURITY, county),), "戴安全", ""),
            ("auditor", ((Role.AUDITOR, county),), "严审计", ""),
            ("staff", ((Role.STAFF, bureau),), "安经办", ""),
            ("stranger", ((Role.STAFF, other),), "敖外人", ""),
            ("between", ((Role.STAFF, bureau), (Role.STAFF, other)), "边两头", ""),
        )

    return World


# Rows: who acts; columns: change, lock, unlock, sessions, password, factor. x: allowed.
BUSINESS = {"admin": "xx.xx.", "security": ".xxx.x", "staff": "......", "auditor": "......"}
ADMINISTRATIVE = {"admin": "x.....", "security": ".xxxxx", "staff": "......", "auditor": "......"}
ALONE = {"admin": "xxxxxx", "auditor": "......"}


def allowed(w, by, person, *, strict=False):
    return "".join(
        "x" if control.refusal(getattr(w, by), deed, person, strict=strict) is None else "."
        for deed in ("change", "lock", "unlock", "sessions", "password", "factor")
    )


def test_who_may_do_what_to_a_business_account(w):
    assert {by: allowed(w, by, w.staff) for by in BUSINESS} == BUSINESS


def test_who_may_do_what_to_an_administrative_account(w):
    assert {by: allowed(w, by, w.security_two) for by in ADMINISTRATIVE} == ADMINISTRATIVE


def test_without_a_security_administrator_the_administrator_does_it_in_the_standard_profile(w):
    User.objects.filter(pk__in=[w.security.pk, w.security_two.pk]).delete()

    assert {
        by: allowed(w, by, w.auditor) if by == "admin" else allowed(w, by, w.staff) for by in ALONE
    } == ALONE
    assert allowed(w, "admin", w.staff, strict=True) == "xx.xx."


def test_nobody_acts_on_the_own_account_or_beyond_the_own_tree(w):
    assert allowed(w, "admin", w.admin) == allowed(w, "security", w.security) == "......"
    assert allowed(w, "admin", w.stranger) == allowed(w, "admin", w.between) == "......"
    assert "由另一位管理员办理" in control.refusal(w.admin, "lock", w.admin, strict=False)


def test_an_administrator_sees_people_of_the_own_tree(w):
    orphan = make_users(("orphan", (), "郁无职", ""))[0]

    seen = set(control.people_of(w.security).values_list("username", flat=True))

    assert seen == {"admin", "security", "security2", "auditor", "staff", "between", orphan.username}
    assert set(control.people_of(w.staff)) == set()


def sign_in(person):
    store = SessionStore()
    store.create()
    sessions.begin(person, store.session_key, at=AT, address="10.0.0.1", agent="测试")
    ApiToken.objects.create(
        user=person, name="报送程序", prefix="abc", digest="0" * 64, made_at=AT, last_on=AT.date() + NINETY
    )


def live_tokens():
    return ApiToken.objects.filter(ended_at=None).count()


def test_a_locked_account_is_signed_out_everywhere_and_given_back_by_security(w):
    sign_in(w.staff)

    control.lock(w.staff, "调离", by=w.admin, at=AT)
    after = (SignIn.objects.count(), live_tokens(), User.objects.get(pk=w.staff.pk).is_active)
    control.unlock(w.staff, by=w.security, at=AT + DAY, strict=False)

    assert after == (0, 0, False)
    row = User.objects.get(pk=w.staff.pk)
    assert (row.is_active, row.enabled_at, row.version) == (True, AT + DAY, 2)
    assert list(Event.objects.order_by("pk").values_list("action", "data__why")) == [
        ("person.lock", "调离"),
        ("person.unlock", None),
    ]


@pytest.mark.parametrize(
    ("by", "person", "why", "sentence"),
    [
        ("admin", "staff", "", "请填写停用的原因。"),
        ("admin", "stranger", "调离", "“敖外人”的账号只能由管理其全部任职单位的系统管理员停用。"),
        (
            "security",
            "auditor",
            "调离",
            "“严审计”是最后一位在用的审计员，停用后无人可以办理，请先另设一位审计员。",
        ),
        (
            "security",
            "admin",
            "调离",
            "“康管理”是最后一位在用的系统管理员，停用后无人可以办理，请先另设一位系统管理员。",
        ),
    ],
)
def test_a_lock_is_refused(w, by, person, why, sentence):
    with transaction.atomic(), pytest.raises(Unfit, match=f"^{sentence}$"):
        control.lock(getattr(w, person), why, by=getattr(w, by), at=AT)

    assert User.objects.filter(is_active=False).count() == 0


def test_unlocking_forgets_failed_passwords(w):
    AccessAttempt.objects.create(
        username="staff", ip_address="10.0.0.9", failures_since_start=5, attempt_time=AT
    )
    locked = control.locked_out([w.staff], at=AT, limit=5, cooloff=dt.timedelta(minutes=10))

    control.unlock(w.staff, by=w.security, at=AT, strict=False)

    assert (locked, AccessAttempt.objects.count()) == ({"staff"}, 0)
    with pytest.raises(Unfit, match="没有停用，也没有因输错密码被锁定"):
        control.unlock(w.staff, by=w.security, at=AT, strict=False)


def test_a_reset_password_is_the_only_one_that_opens_and_must_be_changed(w):
    sign_in(w.staff)

    password = control.reset_password(w.staff, by=w.admin, at=AT, strict=False)

    row = User.objects.get(pk=w.staff.pk)
    assert (row.check_password(password), row.check_password(PASSWORD)) == (True, False)
    assert (row.must_change_password, SignIn.objects.count(), live_tokens()) == (True, 0, 0)
    assert password not in str(list(Event.objects.values_list("data", flat=True)))


# ── Long unused ──────────────────────────────────────────────────────────────
def used(person, ago):
    User.objects.filter(pk=person.pk).update(last_login=AT - ago, date_joined=AT - 400 * DAY)


def test_unused_accounts_are_warned_and_a_week_later_put_out_of_use(w):
    for person in (w.admin, w.security, w.security_two, w.auditor, w.stranger):
        used(person, DAY)
    used(w.staff, 84 * DAY)
    used(w.between, 82 * DAY)

    first = unused.look(at=AT, lasts=NINETY)
    again = unused.look(at=AT, lasts=NINETY)
    later = unused.look(at=AT + 7 * DAY, lasts=NINETY)

    names = [[[p.username for p in rows] for rows in (f.warned, f.locked)] for f in (first, again, later)]
    assert names == [[["staff"], []], [[], []], [["between"], ["staff"]]]
    assert Event.objects.get(action="person.lock").data["why"] == "连续 90 天没有登录，系统自动停用"


def test_whoever_was_away_long_is_warned_first_and_the_last_of_a_role_stays(w):
    for person in User.objects.all():
        used(person, 300 * DAY)

    first = unused.look(at=AT, lasts=NINETY)
    later = unused.look(at=AT + 7 * DAY, lasts=NINETY)

    assert {p.username for p in first.warned} == {"security", "security2", "staff", "stranger", "between"}
    assert first.locked == []
    assert [p.username for p in later.locked] == ["security", "staff", "stranger", "between"]
    assert set(User.objects.filter(is_active=True).values_list("username", flat=True)) == {
        "admin", "auditor", "security2",
    }  # fmt: skip


def test_an_account_given_back_is_not_taken_at_once(w):
    used(w.staff, 300 * DAY)
    control.lock(w.staff, "长期未登录", by=w.admin, at=AT)
    control.unlock(w.staff, by=w.security, at=AT, strict=False)

    assert "staff" not in {p.username for p in unused.look(at=AT + DAY, lasts=NINETY).warned}


# ── Everybody out ────────────────────────────────────────────────────────────
def _open(person):
    store = SessionStore()
    store.create()
    return sessions.begin(person, store.session_key, at=AT, address="10.0.0.1", agent="x").session_key


def test_everybody_under_the_security_administrator_is_signed_out_but_here(w):
    keys = {name: _open(getattr(w, name)) for name in ("security", "staff", "admin", "stranger", "between")}
    second = _open(w.security)
    make_token(w.staff)

    done = control.end_all_sessions("发现盗用", keep=keys["security"], tokens=True, by=w.security, at=AT)

    assert done == (3, 1)
    left = set(SignIn.objects.values_list("session_key", flat=True))
    assert left == {keys["security"], keys["stranger"], keys["between"]}
    assert not SessionStore(second).exists(second) and SessionStore().exists(keys["security"])
    row = Event.objects.get(action="person.end_all")
    assert (row.actor, row.data) == (w.security, {"why": "发现盗用", "ended": 3, "people": 3, "tokens": 1})


@pytest.mark.parametrize(("name", "why"), [("admin", "维护"), ("auditor", "维护"), ("security", " ")])
def test_nobody_else_ends_everything_nor_without_a_reason(w, name, why):
    key = _open(w.staff)

    with pytest.raises(Unfit):
        control.end_all_sessions(why, keep="", tokens=True, by=getattr(w, name), at=AT)

    assert SignIn.objects.get().session_key == key
