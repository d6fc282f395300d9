"""The role table and how a right reaches down the tree."""

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts import access
from accounts.access import Lines
from accounts.models import Unit, User
from accounts.roles import CATALOGUE, Can, Role
from tests.factories import make_unit, make_user

pytestmark = pytest.mark.django_db

# Each role's capabilities, from the rule book.
TABLE = {
    Role.STAFF: {"see_own", "work", "comment", "import_ledger"},
    Role.HEAD: {"see_own", "work", "approve", "comment", "import_ledger", "board"},
    Role.LEADER: {"see_own", "oversee", "nudge", "comment", "board"},
    Role.OFFICE: {"see_notice", "plan", "verify", "nudge", "comment", "import_ledger", "take_over", "board"},
    Role.SUPERVISOR: {"see_notice", "verify", "comment", "board"},
    Role.ADMIN: {"accounts"},
    Role.SECURITY: {"grant"},
    Role.AUDITOR: {"read_audit"},
}


@pytest.fixture
def tree():
    """county > bureau > section > team; county > town; another county beside."""
    county = make_unit("云岭县")
    bureau = make_unit("云岭县教育局", parent=county)
    section = make_unit("云岭县教育局基建办", parent=bureau)
    return {
        "county": county,
        "bureau": bureau,
        "section": section,
        "team": make_unit("云岭县教育局基建办一组", parent=section),
        "town": make_unit("青禾镇", parent=county),
        "other": make_unit("临江县"),
    }


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_has_its_capabilities_and_no_other(tree, role):
    user = make_user("someone", (role, tree["county"]))

    assert {c.value for c in Can if access.has(user, c, tree["county"])} == TABLE[role]


def test_the_catalogue_knows_every_role():
    assert set(CATALOGUE) == set(Role)


REACH = {
    "county": {"county", "bureau", "section", "team", "town"},
    "bureau": {"bureau", "section", "team"},
    "section": {"section", "team"},
    "team": {"team"},
    "town": {"town"},
    "other": {"other"},
}


@pytest.mark.parametrize("held", list(REACH))
def test_a_right_reaches_down_and_never_up_or_sideways(tree, held):
    user = make_user("someone", (Role.HEAD, tree[held]))

    assert {name for name, unit in tree.items() if access.has(user, Can.WORK, unit)} == REACH[held]
    assert {name for name, unit in tree.items() if access.has(fresh(user), Can.WORK, unit.pk)} == REACH[held]
    assert access.subtree([tree[held].pk]) == {tree[name].pk for name in REACH[held]}
    assert access.reach(fresh(user), Can.WORK) == {tree[name].pk for name in REACH[held]}


def test_nobody_has_a_right_over_no_unit(tree):
    user = make_user("someone", (Role.OFFICE, tree["county"]))

    assert access.has(user, Can.PLAN, None) is False
    assert access.has(user, Can.PLAN, 0) is False


def test_strangers_and_people_switched_off_have_nothing(tree):
    gone = make_user("gone", (Role.OFFICE, tree["county"]))
    User.objects.update(is_active=False)

    for user in (AnonymousUser(), fresh(gone), make_user("nobody")):
        assert access.memberships(user) == []
        assert access.roles(user) == set()
        assert not access.has(user, Can.PLAN, tree["county"])
        assert not access.holds(user, Can.PLAN)


def test_asking_often_costs_two_queries(tree, django_assert_num_queries):
    user = fresh(make_user("someone", (Role.HEAD, tree["county"])))

    with django_assert_num_queries(2):
        for _ in range(5):
            access.has(user, Can.WORK, tree["team"])
            access.has(user, Can.APPROVE, tree["team"])
            access.has(user, Can.WORK, tree["county"])


def test_units_with_names_only_where_the_right_is_held(tree):
    user = make_user("someone", (Role.STAFF, tree["town"]), (Role.LEADER, tree["bureau"]))

    assert access.units_with(user, Can.WORK) == [tree["town"].pk]
    assert access.units_with(user, Can.SEE_OWN) == sorted([tree["town"].pk, tree["bureau"].pk])


# ── Lines ────────────────────────────────────────────────────────────────────


def test_a_line_goes_from_the_unit_to_the_root(tree):
    names = ("team", "section", "bureau", "county")

    assert Lines().of(tree["team"].pk) == tuple(tree[n].pk for n in names)
    assert access.ancestors(tree["team"].pk) == [tree[n].pk for n in names[1:]]
    assert Lines().of(tree["other"].pk) == (tree["other"].pk,)
    assert (Lines().of(None), Lines().of(999)) == ((), ())


def test_a_line_of_any_length_is_whole(tree):
    chain = [make_unit("第0级")]
    for depth in range(1, 12):
        chain.append(make_unit(f"第{depth}级", parent=chain[-1]))

    assert Lines().of(chain[-1].pk) == tuple(u.pk for u in reversed(chain))


def test_many_lines_are_read_together(tree, django_assert_num_queries):
    lines = Lines()

    with django_assert_num_queries(1):
        lines.load([tree["section"].pk, tree["town"].pk, None])
        lines.load([tree["town"].pk])

    assert lines.of(tree["town"].pk) == (tree["town"].pk, tree["county"].pk)


def test_a_ring_in_the_tree_ends(tree):
    Unit.objects.filter(pk=tree["county"].pk).update(parent=tree["team"])

    assert set(Lines().of(tree["team"].pk)) == {tree[n].pk for n in ("team", "section", "bureau", "county")}


def test_every_unit_has_its_line(tree):
    lines = access.ancestry()

    assert lines.keys() == {u.pk for u in tree.values()}
    assert lines[tree["section"].pk] == (tree["section"].pk, tree["bureau"].pk, tree["county"].pk)


# ── Who stands where ─────────────────────────────────────────────────────────


def test_the_nearest_holder_of_a_role_is_found(tree):
    county_head = make_user("countyhead", (Role.HEAD, tree["county"]))
    bureau_head = make_user("bureauhead", (Role.HEAD, tree["bureau"]))

    assert access.people_with(Role.HEAD, tree["team"].pk) == [bureau_head]
    assert access.people_with(Role.HEAD, tree["town"].pk) == [county_head]
    assert access.people_with(Role.HEAD, tree["team"].pk, above=False) == []
    assert access.people_with(Role.HEAD, tree["other"].pk) == []


def test_holders_who_left_do_not_count(tree):
    make_user("bureauhead", (Role.HEAD, tree["bureau"]))
    User.objects.update(is_active=False)
    county_head = make_user("countyhead", (Role.HEAD, tree["county"]))

    assert access.people_with(Role.HEAD, tree["section"].pk) == [county_head]
