"""Every row of the rule book's deadline table, in all widths, and the damaged ones that must not be guessed."""

import datetime as dt

import pytest

from notices.records import Campaign
from notices.text.dates import parse_day, parse_deadline

CAMPAIGN = Campaign(
    plan_on=dt.date(2021, 7, 20),
    feedback_on=dt.date(2021, 6, 29),
    concentrated_until=dt.date(2021, 12, 20),
    immediate_days=30,
)

DEADLINES = [
    # a printed day
    ("2021年12月31日前", "2021-12-31"),
    ("2021年12月31日之前", "2021-12-31"),
    ("2021年12月31日", "2021-12-31"),
    ("于2021年12月31日前完成整改", "2021-12-31"),
    ("2021.12.31", "2021-12-31"),
    ("2021.12.31前", "2021-12-31"),
    ("2021/12/31", "2021-12-31"),
    ("2021-12-31", "2021-12-31"),
    ("2021-12-31 00:00:00", "2021-12-31"),
    ("2021-12-31T00:00:00", "2021-12-31"),
    ("20211231", "2021-12-31"),
    ("12.31", "2021-12-31"),
    ("12/31前", "2021-12-31"),
    ("2021.12底", "2021-12-31"),
    ("2021年12月25日-31日", "2021-12-31"),
    ("2021年12月31日前整改完毕", "2021-12-31"),
    ("2021年12月31日（已完成）", "2021-12-31"),
    ("二0二一年十二月", "2021-12-31"),
    ("44561", "2021-12-31"),
    ("44561.0", "2021-12-31"),
    ("2021/9/5", "2021-09-05"),
    ("２０２１年１２月３１日前", "2021-12-31"),
    ("２０２１．１２．３１", "2021-12-31"),
    ("2021 年 12 月 31 日前", "2021-12-31"),
    ("2021\xa0年\u300012月31日前", "2021-12-31"),
    ("2021年12月31号前", "2021-12-31"),
    ("21年12月31日前", "2021-12-31"),
    ("整改时限：2021年12月31日前", "2021-12-31"),
    # a missing year: the plan's, or the next when the day lies before the feedback
    ("12月10日前", "2021-12-10"),
    ("6月30日前", "2021-06-30"),
    ("6月29日前", "2021-06-29"),
    ("6月28日前", "2022-06-28"),
    ("3月10日前", "2022-03-10"),
    ("3月底前", "2022-03-31"),
    # ends of months and years
    ("2021年12月底前", "2021-12-31"),
    ("2022年2月底前", "2022-02-28"),
    ("2024年2月底前", "2024-02-29"),
    ("12月底", "2021-12-31"),
    ("12月末", "2021-12-31"),
    ("年底前", "2021-12-31"),
    ("今年年底前", "2021-12-31"),
    ("2022年底前", "2022-12-31"),
    ("2022年年底前完成", "2022-12-31"),
    ("明年6月底前", "2022-06-30"),
    ("月底前", "2021-07-31"),
    ("本月底前", "2021-07-31"),
    ("2023年完成", "2023-12-31"),
    ("2023年内", "2023-12-31"),
    ("2023年内完成整改", "2023-12-31"),
    ("2023年", "2023-12-31"),
    ("2021.12", "2021-12-31"),
    ("2021-12", "2021-12-31"),
    ("2021年12月", "2021-12-31"),
    ("2021年12月份", "2021-12-31"),
    # quarters, halves, thirds
    ("第三季度", "2021-09-30"),
    ("三季度末", "2021-09-30"),
    ("2021年第四季度", "2021-12-31"),
    ("2022年一季度末前", "2022-03-31"),
    ("第1季度", "2022-03-31"),
    ("上半年", "2021-06-30"),
    ("2022年上半年", "2022-06-30"),
    ("下半年", "2021-12-31"),
    ("8月上旬", "2021-08-10"),
    ("8月中旬", "2021-08-20"),
    ("8月下旬", "2021-08-31"),
    ("2022年2月下旬", "2022-02-28"),
    # Chinese numerals
    ("二〇二一年十二月", "2021-12-31"),
    ("二○二一年十二月底前", "2021-12-31"),
    ("二零二一年十月三十一日", "2021-10-31"),
    ("二O二二年三月二十日前", "2022-03-20"),
    ("十二月三十一日前", "2021-12-31"),
    # campaign words
    ("立行立改", "2021-08-19"),
    ("立即整改", "2021-08-19"),
    ("即知即改", "2021-08-19"),
    ("边巡边改", "2021-08-19"),
    ("集中整改期内", "2021-12-20"),
    ("集中整改期内完成", "2021-12-20"),
    # several words, one day
    ("立行立改，2021年9月底前完成", "2021-09-30"),
    ("2021年9月至12月", "2021-12-31"),
    ("2021年9月1日至2021年10月15日", "2021-10-15"),
    ("2021.9.1-2021.12.31", "2021-12-31"),
]


@pytest.mark.parametrize(("words", "day"), DEADLINES)
def test_deadline_words_name_their_day(words, day):
    deadline = parse_deadline(words, campaign=CAMPAIGN)

    assert (deadline.text, deadline.day, deadline.sustained, deadline.problem) == (
        words,
        dt.date.fromisoformat(day),
        False,
        None,
    )


@pytest.mark.parametrize(
    "words",
    ["长期坚持", "持续整改", "常态化", "常态化推进", "长期", "持续推进", "长期坚持。", "每月底", "每季度末"],
)
def test_lasting_words_give_no_day_but_the_flag(words):
    deadline = parse_deadline(words, campaign=CAMPAIGN)

    assert (deadline.day, deadline.sustained, deadline.problem) == (None, True, None)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("2021年12月底前,并长期坚持", "2021-12-31"),
        ("2021年12月底前，以后每年12月底前", "2021-12-31"),
        ("2021年12月31日前完成，并形成长效机制", "2021-12-31"),
        ("2021年12月31日前取得阶段性成效，并长期坚持", "2021-12-31"),
        ("2021年12月底前，并长期坚持", "2021-12-31"),
        ("2021年12月底前完成并长期坚持", "2021-12-31"),
        ("2021年12月31日前（长期坚持）", "2021-12-31"),
        ("2022年6月30日前完成，持续推进", "2022-06-30"),
        ("立行立改、长期坚持", "2021-08-19"),
        ("立行立改并长期坚持", "2021-08-19"),
        ("集中整改期内，并常态化坚持", "2021-12-20"),
    ],
)
def test_day_and_lasting_words_give_both(words, day):
    deadline = parse_deadline(words, campaign=CAMPAIGN)

    assert (deadline.day, deadline.sustained, deadline.problem) == (dt.date.fromisoformat(day), True, None)


@pytest.mark.parametrize("words", ["", "  ", "/", "—", "无"])
def test_nothing_written_is_no_deadline_and_no_problem(words):
    deadline = parse_deadline(words, campaign=CAMPAIGN)

    assert (deadline.day, deadline.sustained, deadline.problem) == (None, False, None)


@pytest.mark.parametrize(
    "words",
    [
        "2024717日",
        "6.3",
        "13/45",
        "2021年2月30日",
        "2021年1231日",
        "2021年13月1日",
        "2021年2月30日",
        "2021年0月底",
        "202年12月31日",
        "2021年月日",
        "2O21年12月31日",
        "12月31",
        "31日前",
        "2021121",
        "202112311",
        "9999年12月31日",
        "尽快",
        "一个月内",
        "已完成",
        "2021年12月31日前由财政局牵头",
        "x" * 5000,
    ],
)
def test_damaged_or_unknown_words_are_reported_not_guessed(words):
    deadline = parse_deadline(words, campaign=CAMPAIGN)

    assert (deadline.day, deadline.sustained) == (None, False)
    assert deadline.problem.endswith("请按“2026-12-31”或“2026年12月底前”的写法填写。")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (
            "2021年12月前",
            "“2021年12月前”可能指2021年12月开始之前，也可能指2021年12月结束之前，请写明日期或“底前”。",
        ),
        ("三季度前", "“三季度前”可能指三季度开始之前，也可能指三季度结束之前，请写明日期或“底前”。"),
        ("2021.1", "“2021.1”可能是1月，也可能是10月（表格会丢掉末尾的0），请写明月份。"),
        ("9月底前、12月底前", "完成时限里有几个不同的日期，请拆成几项任务，或只写最后完成的日期。"),
    ],
)
def test_ambiguous_words_say_what_is_unclear(words, problem):
    deadline = parse_deadline(words, campaign=CAMPAIGN)

    assert (deadline.day, deadline.problem) == (None, problem)


@pytest.mark.parametrize(
    "words", ["12月10日前", "12月底", "年底前", "第三季度", "立行立改", "集中整改期内", "月底前"]
)
def test_words_that_need_the_campaign_ask_for_it(words):
    deadline = parse_deadline(words, campaign=Campaign())

    assert deadline.day is None
    assert "请先填写本批次" in deadline.problem


def test_missing_year_falls_back_to_the_feedback_when_there_is_no_plan():
    campaign = Campaign(feedback_on=dt.date(2021, 6, 29))

    assert parse_deadline("12月10日前", campaign=campaign).day == dt.date(2021, 12, 10)


DAYS = [
    ("2021年12月31日", None, None, "2021-12-31"),
    ("2021年12月31日前", None, None, "2021-12-31"),
    ("二〇二一年十二月一日", None, None, "2021-12-01"),
    ("二〇二一年十二月二十一日", None, None, "2021-12-21"),
    ("2021.12.1", None, None, "2021-12-01"),
    ("44561", None, None, "2021-12-31"),
    ("2021年12月31日 11:57", None, None, "2021-12-31"),
    ("2021-12-31 11:57:00", None, None, "2021-12-31"),
    ("12月31日", 2020, None, "2020-12-31"),
    ("1月5日", 2020, dt.date(2020, 12, 1), "2021-01-05"),
    ("12月5日", 2020, dt.date(2020, 12, 1), "2020-12-05"),
]


@pytest.mark.parametrize(("words", "year", "not_before", "day"), DAYS)
def test_day(words, year, not_before, day):
    assert parse_day(words, default_year=year, not_before=not_before) == dt.date.fromisoformat(day)


@pytest.mark.parametrize(
    "words",
    [
        "12月31日",
        "2021年12月",
        "2021年",
        "2024717日",
        "2021年2月29日",
        "12345",
        "99999",
        "",
        "明天",
        "2021-13-01",
        "3" * 200,
    ],
)
def test_not_one_day(words):
    assert parse_day(words) is None
