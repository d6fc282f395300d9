import datetime as dt

import pytest

from accounts import rates, tokens
from accounts.models import ApiToken, Event, RateCount
from accounts.people import Unfit
from accounts.roles import Role
from tests.factories import AT, TODAY, make_unit, make_user

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def people():
    county, other = make_unit("云岭县"), make_unit("远山县")
    office = make_unit("云岭县教育局", parent=county)
    return {
        "staff": make_user("staff", (Role.STAFF, office), name="安经办"),
        "head": make_user("head", (Role.HEAD, office)),
        "admin": make_user("admin", (Role.ADMIN, county)),
        "security": make_user("security", (Role.SECURITY, county), name="孔安全"),
        "stranger": make_user("stranger", (Role.ADMIN, other)),
    }


def made(user, *, name="办公系统", scopes=("read",), last_on=TODAY + 30 * DAY):
    return tokens.make(user, tokens.Wanted(name, scopes, last_on), at=AT, today=TODAY)


def test_the_key_is_given_once_and_only_its_hash_is_kept(people):
    row, key = made(people["staff"])

    kept = str(ApiToken.objects.values().get()) + str(list(Event.objects.values()))
    assert key.startswith("zg_") and len(key) == 46
    assert key not in kept and key[9:] not in kept
    assert tokens.found(key, today=TODAY) == row
    assert Event.objects.get().data == {
        "name": "办公系统", "prefix": key[:8], "scopes": ["read"], "until": "2026-12-20", "notice": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": "  "}, "请填写令牌名称"),
        ({"scopes": ()}, "请至少选择一项用途"),
        ({"scopes": ("read", "all")}, "请至少选择一项用途"),
        ({"last_on": TODAY - DAY}, "有效期不能早于今天"),
        ({"last_on": TODAY + 367 * DAY}, "有效期最长一年"),
    ],
)
def test_what_may_not_be_made(people, wrong, sentence):
    with pytest.raises(Unfit, match=sentence):
        made(people["staff"], **wrong)
    assert ApiToken.objects.count() == 0


def test_nobody_has_more_than_twenty_live_ones(people):
    for _ in range(20):
        row, _ = made(people["staff"])
    with pytest.raises(Unfit, match="最多同时有 20 个"):
        made(people["staff"])
    tokens.end(row, by=people["staff"], at=AT)

    assert made(people["staff"])


def test_a_token_is_good_up_to_its_last_day(people):
    _, key = made(people["staff"], last_on=TODAY)

    assert tokens.found(key, today=TODAY)
    assert tokens.found(key, today=TODAY + DAY) is None


@pytest.mark.parametrize(
    ("who", "may"),
    [("staff", True), ("admin", True), ("security", True), ("head", False), ("stranger", False)],
)
def test_who_sees_and_ends_a_token(people, who, may):
    row, key = made(people["staff"])
    by = people[who]

    assert tokens.visible_to(by).filter(pk=row.pk).exists() == may
    if may:
        assert tokens.end(row, by=by, at=AT)
        assert not tokens.end(row, by=by, at=AT)  # a second click does nothing
    else:
        with pytest.raises(Unfit, match="只能由本人或管理员停用"):
            tokens.end(row, by=by, at=AT)
    assert (tokens.found(key, today=TODAY) is None) == may


def test_tries_are_counted_by_span():
    minute = dt.timedelta(minutes=1)

    def take(at):
        return rates.take("x", most=2, span=minute, at=at)

    assert [take(AT), take(AT), take(AT)] == [0, 0, 60]
    assert take(AT + dt.timedelta(seconds=45)) == 15
    assert take(AT + minute) == 0
    assert [rates.spent("x", most=n, span=minute, at=AT) for n in (4, 5)] == [60, 0]
    assert rates.tidy(AT + DAY) == 2
    assert RateCount.objects.count() == 0
