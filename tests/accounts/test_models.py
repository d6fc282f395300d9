"""What the database itself refuses about units and people."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts.models import Event, Membership, Unit, User
from accounts.roles import Role
from tests.factories import AT, make_unit, make_user

pytestmark = pytest.mark.django_db


def refused(act) -> bool:
    try:
        with transaction.atomic():
            act()
    except IntegrityError:
        return True
    return False


def test_a_unit_has_a_name_of_its_own_and_is_not_its_own_parent():
    county = make_unit("云岭县")

    assert refused(lambda: make_unit("云岭县"))
    assert refused(lambda: make_unit(""))
    assert refused(lambda: Unit.objects.filter(pk=county.pk).update(parent=county))


def test_a_membership_is_held_once_in_a_known_role():
    county = make_unit("云岭县")
    user = make_user("someone", (Role.STAFF, county))

    assert refused(lambda: Membership.objects.create(user=user, unit=county, role=Role.STAFF))
    assert refused(lambda: Membership.objects.create(user=user, unit=county, role="king"))
    Membership.objects.create(user=user, unit=county, role=Role.HEAD)


def test_what_is_used_is_not_deleted():
    county = make_unit("云岭县")
    make_unit("云岭县教育局", parent=county)
    user = make_user("someone", (Role.STAFF, county))
    Event.objects.create(at=AT, actor=user, actor_name="某", action="x")

    for row in (county, user):
        with pytest.raises(ProtectedError):
            row.delete()


def test_a_number_in_the_chain_is_given_once():
    Event.objects.create(at=AT, actor_name="某", action="x", seq=1)

    assert refused(lambda: Event.objects.create(at=AT, actor_name="某", action="x", seq=1))
    Event.objects.create(at=AT, actor_name="某", action="x")
    Event.objects.create(at=AT, actor_name="某", action="x")


def test_names_and_labels():
    unit = make_unit("云岭县教育局", short="教育局", aliases=["县教育局"])
    user = make_user("someone", name="周敏")

    assert unit.names() == ["云岭县教育局", "教育局", "县教育局"]
    assert (unit.label, make_unit("云岭县").label) == ("教育局", "云岭县")
    assert (str(user), user.get_full_name(), user.get_short_name()) == ("周敏", "周敏", "周敏")
    assert str(User(username="x")) == "x"
