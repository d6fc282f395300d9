"""Contradictions in figures are listed with line and sentence; sound figures are not."""

import datetime as dt

import pytest

from notices.records import ParsedIssue, ParsedNotice
from notices.text.figures import check_figures
from notices.text.lines import read_text

NOTICE = ParsedNotice(published_on=dt.date(2022, 12, 20), signed_on=dt.date(2022, 12, 15))

SOUND = [
    "巡察反馈的697个问题,完成整改688个,基本完成取得阶段性成果并持续整改问题4个,未完成5个,总体完成率98.71%。",
    "巡察反馈的4个方面7个问题，已完成整改5个，阶段性完成并需长期坚持2个。",
    "反馈问题53个，已完成整改26个，阶段性完成并需长期坚持27个。",
    "共38项任务，已完成37项，完成率97.4%。",
    "共38项任务，已完成37项，完成率97%。",
    "涉及50项具体问题，已整改40项，正在整改10项。",
    "收回147宗房屋，其中以租代管50宗，退租空置3宗。",
    "处理29人，其中党纪处分12人，组织处理17人。",
    "清退资金3.2万元，其中津补贴12000元。",
    "约谈30人次，涉及25人。",
    "截至2022年11月底，已完成整改。",
    "截至2022年12月20日，已完成整改。",
    "完成2项改造，整改率稳步提升。",
    "提出问题3个，已完成整改3个。",
]


@pytest.mark.parametrize("sentence", SOUND)
def test_sound_figures_give_no_warning(sentence):
    assert check_figures(read_text(sentence), NOTICE) == []


WRONG = [
    ("巡察反馈的697个问题,完成整改688个,基本完成4个,未完成6个。", "sum_mismatch", "688"),
    ("反馈问题53个，已完成整改26个，阶段性完成并需长期坚持28个。", "sum_mismatch", "26"),
    ("共697个问题，完成整改688个，总体完成率98.7%；", None, ""),
    ("共697个问题，完成整改688个，总体完成率98.17%。", "rate_mismatch", "98.71%"),
    ("共38项任务，已完成37项，完成率98%。", "rate_mismatch", "97%"),
    ("反馈问题10个，已完成整改12个。", "part_exceeds_whole", "12"),
    ("收回147宗房屋，其中以租代管150宗。", "part_exceeds_whole", "150宗"),
    ("清退资金3.2万元，其中津补贴56000元。", "part_exceeds_whole", "56000元"),
    ("共约谈30人、25人次。", "persons_exceed_times", "30人"),
    ("约谈25人次，涉及30人。", "persons_exceed_times", "30人"),
    ("截至2022年12月底，已全部完成整改。", "until_after_publication", "2022-12-20"),
    ("截至2023年1月5日，已全部完成整改。", "until_after_publication", "2022-12-20"),
]


@pytest.mark.parametrize(("sentence", "code", "words"), WRONG)
def test_contradictions_are_listed(sentence, code, words):
    warnings = check_figures(read_text("首行\n" + sentence), NOTICE)

    assert [(warned.line, warned.code) for warned in warnings] == ([(2, code)] if code else [])
    assert all(sentence.rstrip("；") in warned.message and words in warned.message for warned in warnings)


def test_same_figure_with_another_unit_is_said_with_both_lines():
    text = "一是追缴资金33.58万元。\n二是约谈47人次。\n共追缴资金33.58元，约谈47人。"

    warnings = check_figures(read_text(text), NOTICE)

    assert [(warned.line, warned.code) for warned in warnings] == [(3, "unit_mismatch"), (3, "unit_mismatch")]
    assert "第1行写33.58万元" in warnings[0].message
    assert "第2行写47人次" in warnings[1].message


def test_printed_counts_are_held_against_the_outline():
    issues = tuple(
        ParsedIssue((n,), "问题", n, "completed" if n < 3 else "sustained", "", ()) for n in range(1, 5)
    )
    notice = ParsedNotice(issues=issues)

    warnings = check_figures(read_text("反馈的4个问题，已完成整改3个，阶段性完成1个。"), notice)

    assert [warned.code for warned in warnings] == ["outline_mismatch", "outline_mismatch"]


def test_days_in_the_wrong_order_are_said():
    notice = ParsedNotice(inspection_end=dt.date(2022, 4, 29), feedback_on=dt.date(2022, 4, 1))

    assert [warned.code for warned in check_figures([], notice)] == ["days_disordered"]
