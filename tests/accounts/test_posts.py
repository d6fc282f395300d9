"""Roles by two persons: proposed, granted, refused, taken back, withdrawn; and what happens without a security administrator."""

import pytest
from django.db import transaction

from accounts import posts
from accounts.models import Event, Membership, Proposal
from accounts.people import Unfit
from accounts.roles import Role
from tests.factories import AT, make_unit, make_user, make_users

pytestmark = pytest.mark.django_db


@pytest.fixture
def w():
    class World:
        county = make_unit("云岭县")
        bureau = make_unit("云岭县教育局", parent=county)
        other = make_unit("临江县")
        admin, security, security_two, staff = make_users(
            ("admin", ((Role.ADMIN, county),), "康管理", ""),
            ("security", ((Role.SECURITY, county),), "丁安全", ""),
            ("security2", ((Role.SECURITY, county),), "戴安全", ""),
            ("staff", ((Role.STAFF, bureau),), "安经办", ""),
        )

    return World


def propose(w, role=Role.HEAD, *, unit=None, by=None, person=None, strict=False):
    return posts.propose(person or w.staff, unit or w.bureau, role, by=by or w.admin, at=AT, strict=strict)


def roles_of(person):
    return set(Membership.objects.filter(user=person).values_list("role", flat=True))


def refused(act):
    with transaction.atomic(), pytest.raises(Unfit) as why:
        act()
    return str(why.value)


def test_a_role_is_in_force_only_after_the_grant(w):
    row = propose(w)
    before = roles_of(w.staff)

    posts.grant(row, by=w.security, at=AT)

    assert (before, roles_of(w.staff)) == ({"staff"}, {"staff", "head"})
    row = Proposal.objects.get()
    assert (row.state, row.decided_name, row.decided_at) == ("granted", "丁安全", AT)
    told = list(Event.objects.order_by("pk").values_list("action", "actor_name", "data__role"))
    assert told == [("person.propose", "康管理", "head"), ("person.grant", "丁安全", "head")]


def test_a_refused_and_a_withdrawn_proposal_give_nothing(w):
    row = propose(w)
    assert refused(lambda: posts.refuse(row, " ", by=w.security, at=AT)) == "请填写不批准的原因。"
    posts.refuse(row, "须先报组织部门", by=w.security, at=AT)
    posts.take_back(propose(w), by=w.admin, at=AT)

    assert roles_of(w.staff) == {"staff"}
    assert list(Proposal.objects.order_by("pk").values_list("state", "note")) == [
        ("refused", "须先报组织部门"),
        ("withdrawn", ""),
    ]


def test_nobody_decides_twice_or_in_the_wrong_place(w):
    row = propose(w)

    assert "只能由该单位的安全管理员审批" in refused(lambda: posts.grant(row, by=w.admin, at=AT))
    assert "只能由该单位的安全管理员审批" in refused(lambda: posts.grant(row, by=w.staff, at=AT))
    posts.grant(row, by=w.security, at=AT)
    assert "刚刚已由“丁安全”办理（已批准）" in refused(lambda: posts.grant(row, by=w.security_two, at=AT))
    assert "刚刚已由“丁安全”办理（已批准）" in refused(lambda: posts.take_back(row, by=w.admin, at=AT))
    assert Membership.objects.filter(user=w.staff, role="head").count() == 1


@pytest.mark.parametrize(
    ("role", "sentence"),
    [
        (Role.STAFF, "“安经办”已担任“云岭县教育局”的经办人，不必重复提出。"),
        (Role.ADMIN, "“安经办”不能同时担任系统管理员和经办人，请分开两个账号。"),
        (Role.AUDITOR, "“安经办”不能同时担任审计员和经办人，请分开两个账号。"),
    ],
)
def test_what_is_held_or_excluded_is_not_proposed(w, role, sentence):
    assert refused(lambda: propose(w, role)) == sentence
    assert not Proposal.objects.exists()


def test_two_waiting_proposals_may_not_exclude_each_other(w):
    newcomer = make_user("newcomer", name="柏新人")
    propose(w, Role.AUDITOR, person=newcomer)

    assert "不能同时担任审计员和经办人" in refused(lambda: propose(w, Role.STAFF, person=newcomer))
    assert "待审批" in refused(lambda: propose(w, Role.AUDITOR, person=newcomer))


def test_a_proposal_stays_in_the_own_part_of_the_tree_and_is_not_for_oneself(w):
    assert refused(lambda: propose(w, unit=w.other)) == "只有“临江县”的系统管理员可以提出任职。"
    assert "只有“云岭县教育局”的系统管理员" in refused(lambda: propose(w, by=w.security))
    assert "不能为自己提出任职" in refused(lambda: propose(w, Role.ADMIN, person=w.admin))


def test_without_a_security_administrator_the_standard_profile_needs_no_grant(w):
    Membership.objects.filter(role=Role.SECURITY).delete()

    row = propose(w)
    waits = propose(w, Role.LEADER, strict=True)

    assert (row.alone, row.state, waits.state) == (True, "granted", "waiting")
    assert roles_of(w.staff) == {"staff", "head"}
    assert Event.objects.get(action="person.grant").data["alone"] is True


def test_the_first_security_administrator_ends_that(w):
    Membership.objects.filter(role=Role.SECURITY).delete()
    newcomer = make_user("newcomer")
    propose(w, Role.SECURITY, person=newcomer)

    row = propose(w)

    assert (roles_of(newcomer), row.state, roles_of(w.staff)) == ({"security"}, "waiting", {"staff"})


def test_a_locked_security_administrator_still_counts(w):
    """Or the administrator could put the only one out of use and then grant alone."""
    type(w.security).objects.filter(pk__in=[w.security.pk, w.security_two.pk]).update(is_active=False)

    assert propose(w).state == "waiting"


def test_roles_are_taken_away_by_one_but_never_the_last_or_the_own(w):
    held = {m.user.username: m for m in Membership.objects.select_related("user")}
    withdraw = posts.withdraw

    withdraw(held["staff"], by=w.admin, at=AT, strict=False)
    assert "只能由安全管理员撤销" in refused(
        lambda: withdraw(held["security2"], by=w.admin, at=AT, strict=False)
    )
    assert "不能撤销自己的任职" in refused(
        lambda: withdraw(held["security"], by=w.security, at=AT, strict=False)
    )
    assert "是最后一位系统管理员" in refused(
        lambda: withdraw(held["admin"], by=w.security, at=AT, strict=False)
    )
    withdraw(held["security2"], by=w.security, at=AT, strict=False)
    assert "刚刚已被撤销" in refused(lambda: withdraw(held["staff"], by=w.admin, at=AT, strict=False))
    assert sorted(Membership.objects.values_list("user__username", flat=True)) == ["admin", "security"]
