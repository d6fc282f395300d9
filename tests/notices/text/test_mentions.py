"""Units by name, short name and alias; deadlines; leaders."""

import datetime as dt

from notices.records import Campaign
from notices.text.mentions import KnownUnit, UnitNames, find_mentions

UNITS = UnitNames(
    [
        KnownUnit(1, "云岭县财政局", "县财政局", ("财政局",)),
        KnownUnit(2, "云岭县农业农村局", "县农业农村局", ("农业农村局", "农业局")),
        KnownUnit(3, "青禾镇人民政府", "青禾镇"),
        KnownUnit(4, "青禾镇财政所", "财政所"),
        KnownUnit(5, "云岭县城市管理局", "", ("执法局",)),
        KnownUnit(6, "云岭县综合执法局", "", ("执法局",)),
    ]
)
CAMPAIGN = Campaign(plan_on=dt.date(2022, 7, 1), feedback_on=dt.date(2022, 6, 10))


def _find(text):
    return find_mentions(text, units=UNITS, campaign=CAMPAIGN)


def test_longest_name_wins_and_positions_are_those_of_the_text():
    text = "由云岭县财政局牵头，县农业农村局、青禾镇财政所配合。"

    assert [(m.words, m.start, m.keys) for m in _find(text).units] == [
        ("云岭县财政局", 1, (1,)),
        ("县农业农村局", 10, (2,)),
        ("青禾镇财政所", 17, (4,)),
    ]


def test_name_of_two_units_gives_both():
    assert [(m.words, m.keys) for m in _find("执法局负责落实").units] == [("执法局", (5, 6))]


def test_alias_and_traditional_script():
    assert [m.keys for m in _find("農業局会同財政局").units] == [(2,), (1,)]


def test_deadlines_of_a_text():
    found = _find("2022年9月底前完成，其余12月31日前完成，并长期坚持。").deadlines

    assert [(d.text, d.day, d.sustained) for d in found] == [
        ("2022年9月底前", dt.date(2022, 9, 30), False),
        ("12月31日前", dt.date(2022, 12, 31), False),
        ("长期坚持", None, True),
    ]


def test_leaders_hold_an_office():
    assert _find("由镇党委书记牵头，责任领导：分管副县长；由财政局负责。").leaders == (
        "镇党委书记",
        "分管副县长",
    )


def test_text_that_names_nothing():
    mentions = _find("加强学习。")

    assert (mentions.deadlines, mentions.units, mentions.leaders) == ((), (), ())
