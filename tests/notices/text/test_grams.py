import pytest

from notices.text.grams import pairs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", set()),
        ("整", set()),
        ("整改台", {"整改", "改台"}),
        ("𠮷䶮镇", {"𠮷䶮", "䶮镇"}),
        ("Ab", {"ab"}),
        ("ß", {"ss"}),
        ("a b", {"a\ue020", "\ue020b"}),
        ('"x', {"\ue022x"}),
    ],
)
def test_every_two_neighbours(text, expected):
    assert pairs(text) == expected


@pytest.mark.parametrize(
    ("one", "other"), [("ſtadt", "STADT"), ("ΣΑΣ", "σας"), ("ıi", "II"), ("straße", "STRASSE")]
)
def test_letters_a_database_may_take_for_the_same_give_the_same_pairs(one, other):
    assert pairs(one) == pairs(other)
