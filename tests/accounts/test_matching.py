"""Names as people write them → units and people; what is doubtful is never guessed."""

import pytest

from accounts.matching import UnitNames, people_by_name, tidy
from accounts.models import Unit, User
from tests.factories import make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def names():
    county = make_unit("云岭县", short="县")
    make_unit("云岭县教育局", parent=county, short="教育局", aliases=["县教育局", "县教体局"])
    make_unit("云岭县水利局", parent=county, short="水利局")
    make_unit("青禾镇(开发区)", parent=county, short="青禾镇")
    return UnitNames.load


FOUND = [
    ("云岭县教育局", "云岭县教育局"),
    ("教育局", "云岭县教育局"),
    ("县教体局", "云岭县教育局"),
    (" 云岭县 教育局　", "云岭县教育局"),
    ("青禾镇（开发区）", "青禾镇(开发区)"),
    ("教育", None),
    ("云岭县教育局办公室", None),
    ("", None),
]


@pytest.mark.parametrize(("written", "unit"), FOUND)
def test_a_unit_is_found_by_any_of_its_names_and_by_nothing_else(names, written, unit):
    found = names().find(written)

    assert (found.name if found else None) == unit


def test_a_name_two_units_share_finds_neither(names):
    make_unit("临江县教育局", short="教育局")

    assert names().find("教育局") is None
    assert names().find("临江县教育局").name == "临江县教育局"


def test_a_full_name_wins_over_anothers_alias(names):
    make_unit("教育局")

    assert names().find("教育局").name == "教育局"


def test_a_unit_out_of_use_is_not_found(names):
    Unit.objects.filter(name="云岭县水利局").update(is_active=False)

    assert names().find("水利局") is None


LIKELY = [
    ("云岭县教育", "云岭县教育局"),
    ("云岭县水力局", "云岭县水利局"),
    ("青禾镇人民政府", "青禾镇(开发区)"),
]


@pytest.mark.parametrize(("written", "first"), LIKELY)
def test_the_likeliest_unit_stands_first(names, written, first):
    assert names().likeliest(written)[0].name == first


def test_nothing_is_likely_for_nonsense(names):
    assert names().likeliest("某某公司甲乙丙丁") == []
    assert names().likeliest("") == []
    assert len(names().likeliest("云岭县局", most=2)) == 2


def test_people_are_found_by_their_exact_full_name():
    one = make_user("a", name="周敏")
    make_user("b", name="吴岚")
    make_user("c", name="吴岚")
    make_user("d", name="郑一帆")
    User.objects.filter(username="d").update(is_active=False)

    assert people_by_name(["周 敏", "吴岚", "郑一帆", "周", " "]) == {"周敏": one}


@pytest.mark.parametrize(("written", "plain"), [("县 委（办）", "县委(办)"), ("县\u00a0委　办", "县委办")])
def test_tidy(written, plain):
    assert tidy(written) == plain
