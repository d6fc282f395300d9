"""Writes about units and people: each leaves an event, none leaves half a change."""

import pytest

from accounts import people
from accounts.access import has
from accounts.models import Event, Membership, Unit, User
from accounts.people import Unfit
from accounts.roles import Can, Role
from tests.factories import AT, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def county():
    return make_unit("云岭县")


def test_a_unit_is_made_with_its_event(county):
    unit = people.create_unit(
        " 云岭县水利局 ",
        parent=county,
        short_name="水利局",
        aliases=["县水利局"],
        position=20,
        by=None,
        at=AT,
    )

    assert (unit.name, unit.parent, unit.aliases, unit.position) == ("云岭县水利局", county, ["县水利局"], 20)
    event = Event.objects.get()
    assert (event.action, event.actor_name, event.subject_id) == ("unit.add", "系统(命令行)", unit.pk)


@pytest.mark.parametrize(("name", "sentence"), [("云岭县", "已有单位“云岭县”。"), (" ", "请填写单位名称。")])
def test_a_unit_without_a_name_of_its_own_is_refused(county, name, sentence):
    with pytest.raises(Unfit, match=f"^{sentence}$"):
        people.create_unit(name, by=None, at=AT)

    assert Unit.objects.count() == 1


def test_a_unit_is_renamed_and_the_event_keeps_both_names(county):
    unit = make_unit("云岭县扶贫办", parent=county)

    changed = people.change_unit(unit, {"name": "云岭县乡村振兴局", "position": 0}, by=None, at=AT)

    assert changed == ["name", "aliases"]
    assert Unit.objects.get(pk=unit.pk).name == unit.name == "云岭县乡村振兴局"
    assert Event.objects.get().data == {
        "name": ["云岭县扶贫办", "云岭县乡村振兴局"],
        "aliases": [[], ["云岭县扶贫办"]],
    }
    assert list(unit.former_names.values_list("name", "until")) == [("云岭县扶贫办", AT)]
    assert people.change_unit(unit, {"name": "云岭县乡村振兴局"}, by=None, at=AT) == []
    with pytest.raises(Unfit, match="已有单位“云岭县”。"):
        people.change_unit(unit, {"name": "云岭县"}, by=None, at=AT)


def test_a_parent_is_not_a_field(county):
    unit = make_unit("云岭县水利局")

    assert people.change_unit(unit, {"parent": county}, by=None, at=AT) == []
    assert Unit.objects.get(pk=unit.pk).parent is None


def test_a_unit_moves_once(county):
    unit = make_unit("云岭县水利局")

    assert people.move_unit(unit, county, by=None, at=AT) is True
    assert people.move_unit(unit, county, by=None, at=AT) is False
    assert Event.objects.get().data == {"parent": ["", "云岭县"]}


def test_a_unit_never_moves_below_itself(county):
    bureau = make_unit("云岭县水利局", parent=county)
    station = make_unit("云岭县防汛站", parent=bureau)

    for target in (county, bureau, station):
        with pytest.raises(Unfit, match="自身或其下级"):
            people.move_unit(county, target, by=None, at=AT)

    assert Unit.objects.get(pk=county.pk).parent is None


def test_rights_follow_a_moved_unit(county):
    other = make_unit("临江县")
    bureau = make_unit("云岭县水利局", parent=county)
    office = make_user("office", (Role.OFFICE, other))
    assert not has(office, Can.PLAN, bureau)

    people.move_unit(bureau, other, by=None, at=AT)

    assert has(User.objects.get(pk=office.pk), Can.PLAN, bureau)


# ── People ───────────────────────────────────────────────────────────────────


def test_a_person_gets_a_random_password_that_must_be_changed(county):
    one = people.create_person("zhoumin", name="周敏", email="zhoumin@example.cn", by=None, at=AT)
    two = people.create_person("wulan", name="吴岚", by=None, at=AT)

    stored = User.objects.get(username="zhoumin")
    assert stored.must_change_password is True
    assert stored.check_password(one.password)
    assert one.password != two.password
    assert one.password not in str(Event.objects.values_list("data", flat=True))


def test_a_first_password_is_easy_to_read_and_hard_to_guess():
    found = [people.first_password() for _ in range(200)]

    assert len(set(found)) == 200
    for password in found:
        letters = password.replace("-", "")
        assert (len(password), len(letters)) == (14, 12)
        assert not set(letters) & set("0O1lIo")
        assert any(c.isdigit() for c in letters)
        assert any(c.islower() for c in letters)
        assert any(c.isupper() for c in letters)


def test_two_people_never_share_a_login(county):
    people.create_person("zhoumin", name="周敏", by=None, at=AT)

    with pytest.raises(Unfit, match="登录名“ZhouMin”已被使用"):
        people.create_person("ZhouMin", name="周敏敏", by=None, at=AT)


def test_a_changed_person_leaves_both_values(county):
    user = make_user("zhoumin", name="周敏")

    assert people.change_person(user, {"position_title": "科长", "username": "x"}, by=None, at=AT) == [
        "position_title"
    ]

    assert Event.objects.get().data == {"position_title": ["", "科长"]}
    assert User.objects.get().username == "zhoumin"


def test_a_renewed_password_replaces_the_old_one(county):
    user = make_user("zhoumin")

    password = people.renew_first_password(user, by=None, at=AT)

    stored = User.objects.get()
    assert stored.check_password(password)
    assert stored.must_change_password is True
    assert Event.objects.get().action == "person.password"


def test_posts_become_exactly_what_is_asked(county):
    town = make_unit("青禾镇", parent=county)
    user = make_user("zhoumin", (Role.STAFF, county), (Role.STAFF, town))

    assert people.set_posts(user, [(town, Role.STAFF), (town, Role.HEAD)], by=None, at=AT) is True

    assert set(user.memberships.values_list("unit__name", "role")) == {
        ("青禾镇", "staff"),
        ("青禾镇", "head"),
    }
    assert list(Event.objects.order_by("pk").values_list("action", "data__unit", "data__role")) == [
        ("person.withdraw", "云岭县", "staff"),
        ("person.grant", "青禾镇", "head"),
    ]
    assert people.set_posts(user, [(town, Role.STAFF), (town, Role.HEAD)], by=None, at=AT) is False


def test_a_right_taken_away_is_gone_at_once(county):
    user = make_user("zhoumin", (Role.OFFICE, county))
    assert has(user, Can.PLAN, county)

    people.set_posts(user, [(county, Role.STAFF)], by=None, at=AT)

    assert not has(user, Can.PLAN, county)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Role.ADMIN, Role.OFFICE),
        (Role.AUDITOR, Role.STAFF),
        (Role.SECURITY, Role.ADMIN),
        (Role.LEADER, Role.AUDITOR),
    ],
)
def test_administrative_roles_stand_alone(county, first, second):
    user = make_user("zhoumin", name="周敏")

    with pytest.raises(Unfit, match="^“周敏”不能同时担任"):
        people.set_posts(user, [(county, first), (county, second)], by=None, at=AT)

    assert not Membership.objects.exists()
