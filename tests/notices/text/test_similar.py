"""Which findings are alike: expectations written by hand, shared words as the reason, and speed against a floor."""

import random
import time

import pytest

from notices.text.similar import most_alike, pairs_of, words_of

TITLES = [
    "关于“理论学习联系实际不够紧密”的问题",
    "关于“校园食堂管理不规范”的问题",
    "关于“往来款项长期挂账”的问题",
    "关于“公务接待和差旅报销审核把关不严”的问题",
    "关于“镇村集体资产底数不清”的问题",
    "关于“组织生活开展不规范”的问题",
    "关于“审计指出的工程结算超期未办”的问题",
]
ROWS = list(enumerate(TITLES))


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("理论学习不深入，联系实际不够", 0, {"理论学习", "联系实际"}),
        ("学校食堂管理不规范", 1, {"食堂管理"}),
        ("往来款项清理不及时，长期挂账问题突出", 2, {"往来款项", "长期挂账"}),
        ("公务接待不规范，超标准接待", 3, {"公务接待"}),
        ("集体资产管理混乱，底数不清", 4, {"集体资产", "底数不清"}),
        ("工程结算不及时", 6, {"工程结算"}),
    ],
)
def test_the_likest_comes_first_with_the_words_both_have(text, key, words):
    best = most_alike(text, ROWS)[0]

    assert (best.key, set(best.words)) == (key, words)


@pytest.mark.parametrize(
    "text", ["关于存在的问题", "水库巡查记录缺失", "", "不规范", "个别同志有的方面不到位"], ids=repr
)
def test_what_every_finding_says_makes_nothing_alike(text):
    assert most_alike(text, ROWS) == []


def test_the_same_words_score_one_and_order_is_by_score_then_key():
    rows = [(9, "往来款项长期挂账"), (3, "往来款项长期挂账"), (5, "往来款项未清理")]

    found = most_alike("往来款项长期挂账", rows)

    assert [(a.key, a.score) for a in found[:2]] == [(3, 1.0), (9, 1.0)]
    assert found[2].key == 5
    assert 0 < found[2].score < 0.6


def test_rare_words_weigh_more_than_common_ones():
    common = [(i, f"资金使用管理第{i}项") for i in range(20)]
    found = most_alike("资金使用监管与水库除险", [*common, (99, "水库除险进度")], most=1)

    assert found[0].key == 99


def test_pairs_never_bridge_a_gap():
    assert pairs_of("学习，制度") == ["学习", "制度"]
    assert pairs_of("公车A1") == ["公车", "车A", "A1"]
    assert words_of("往来款项与接待", "接待费、往来款项") == ("往来款项", "接待")


def test_ten_thousand_findings_are_compared_fast(figure):
    """Against the floor of one look for each pair of characters in each text, in the same run."""
    seeded = random.Random(7)
    rows = [
        (i, "".join(seeded.choices("资金工程学习接待资产项目补贴档案食堂水库", k=18))) for i in range(10_000)
    ]
    text = "关于“公务接待和差旅报销审核把关不严，工程项目资金管理薄弱”的问题"
    pairs = pairs_of(text)

    def spent(act):
        begun = time.process_time()
        act()
        return time.process_time() - begun

    floor = min(spent(lambda: [1 for pair in pairs for _, t in rows if pair in t]) for _ in range(3))
    took = min(spent(lambda: most_alike(text, rows)) for _ in range(3))
    figure("similar issues among 10,000, ms", round(took * 1000), must="≤ 6 × floor")

    assert took <= 6 * floor
