import pytest

from notices.report.document import Heading, Paragraph, chinese_day, chinese_number, numbered
from tests.factories import TODAY


@pytest.mark.parametrize(
    ("number", "words"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五"), (99, "九十九")]
)
def test_numbers_in_chinese(number, words):
    assert chinese_number(number) == words


def test_a_day_as_documents_print_it():
    assert chinese_day(TODAY) == "2026年11月20日"


def test_headings_count_by_level_and_begin_anew_below_a_higher_one():
    blocks = [
        Heading("基本情况"),
        Heading("组织领导", 2),
        Heading("会议", 3),
        Heading("培训", 3),
        Heading("细节", 4),
        Heading("推进落实", 2),
        Heading("会议", 3),
        Paragraph("正文"),
        Heading("原文标号", numbered=False),
        Heading("下一步"),
        Heading("打算", 2),
    ]

    assert [mark for _, mark in numbered(blocks)] == [
        "一、", "（一）", "1.", "2.", "（1）", "（二）", "1.", "", "", "二、", "（一）",
    ]  # fmt: skip
