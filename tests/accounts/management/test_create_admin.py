"""create_admin: the first accounts, with a password shown once."""

import json

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Event, Unit, User
from tests.factories import make_unit

pytestmark = pytest.mark.django_db


def run(capsys, *arguments) -> dict:
    call_command("create_admin", *arguments, "--json")
    return json.loads(capsys.readouterr().out)


def test_the_first_administrator_of_an_empty_system(capsys):
    found = run(capsys, "guanli", "--name", "方至诚", "--unit", "云岭县")

    user = User.objects.get()
    assert (found["username"], found["role"], found["unit"]) == ("guanli", "admin", "云岭县")
    assert user.check_password(found["password"])
    assert (user.name, user.must_change_password, user.is_superuser) == ("方至诚", True, False)
    assert list(user.memberships.values_list("unit__name", "role")) == [("云岭县", "admin")]
    assert found["password"] not in str(list(Event.objects.values_list("data", flat=True)))


@pytest.mark.parametrize("role", ["admin", "security", "auditor"])
def test_each_administrative_role(capsys, role):
    make_unit("云岭县")

    found = run(capsys, "someone", "--role", role)

    assert (found["role"], found["unit"]) == (role, "云岭县")
    assert User.objects.get().memberships.get().role == role


def test_a_login_in_use_an_unknown_unit_and_no_unit_are_refused(capsys):
    with pytest.raises(CommandError, match="^系统中还没有任何单位，请用 --unit 写明单位名称。$"):
        run(capsys, "guanli")
    run(capsys, "guanli", "--unit", "云岭县")

    with pytest.raises(CommandError, match="登录名“guanli”已被使用"):
        run(capsys, "guanli")
    with pytest.raises(CommandError, match="没有单位“临江县”"):
        run(capsys, "other", "--unit", "临江县")

    assert (Unit.objects.count(), User.objects.count()) == (1, 1)


def test_a_business_role_is_wrong_usage(capsys):
    make_unit("云岭县")

    with pytest.raises(CommandError):
        run(capsys, "someone", "--role", "office")

    assert not User.objects.exists()


def test_without_json_the_password_is_shown_once(capsys):
    call_command("create_admin", "guanli", "--unit", "云岭县")

    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["已建立系统管理员“系统管理员”（云岭县）。", "登录名：guanli"]
    password = lines[2].removeprefix("初始密码：").partition("（")[0]
    assert User.objects.get().check_password(password)
