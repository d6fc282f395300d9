"""The sweep and accounts nobody uses: who is told what."""

import datetime as dt

import pytest

from accounts.models import User
from accounts.roles import Role
from notices.domain import unused_accounts
from notices.models import Message
from tests.factories import AT, make_unit, make_users

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def test_the_person_and_the_administrators_are_told_once():
    county = make_unit("云岭县")
    bureau = make_unit("云岭县教育局", parent=county)
    *_, away = make_users(
        ("admin", ((Role.ADMIN, county),), "康管理", ""),
        ("security", ((Role.SECURITY, county),), "丁安全", ""),
        ("away", ((Role.STAFF, bureau), (Role.HEAD, bureau)), "柏外出", ""),
    )
    User.objects.update(date_joined=AT - 200 * DAY, last_login=AT - DAY)
    User.objects.filter(pk=away.pk).update(last_login=AT - 85 * DAY)

    for day in (0, 0, 7, 7):
        unused_accounts.look(at=AT + day * DAY, lasts=90 * DAY)

    told = list(Message.objects.order_by("pk").values_list("recipient__username", "title", "body"))
    warned = ("7 天后将因长期未登录自动停用的账号 1 个", "柏外出（away）")
    locked = ("因连续 90 天未登录已自动停用的账号 1 个", "柏外出（away）")
    assert told == [
        ("away", "您的账号已长期没有登录，7 天后将自动停用；登录一次即可保留", ""),
        ("admin", *warned), ("security", *warned), ("admin", *locked), ("security", *locked),
    ]  # fmt: skip
    assert not User.objects.get(pk=away.pk).is_active
