"""Telephone numbers: what a list shows of one, and which number is meant when that comes back."""

import pytest

from accounts.phones import masked, meant, mismatch

SHOWN = [
    ("13812341234", "138****1234"),
    ("138 1234 1234", "138 **** 1234"),
    ("138-1234-1234", "138-****-1234"),
    ("+8613812341234", "+86138****1234"),
    ("+86 138 1234 1234", "+86 138 **** 1234"),
    ("0757-83123456", "0757-83****56"),
    ("075783123456", "07****56"),
    ("8312345", "83****45"),
    ("13812341234、13987654321", "138****1234、139****4321"),
    ("13812341234 或 0757-83123456", "138****1234 或 0757-83****56"),
    ("县委大院3楼", "县委大院3楼"),
    ("", ""),
]


@pytest.mark.parametrize(("phone", "shown"), SHOWN)
def test_the_middle_of_a_number_is_hidden(phone, shown):
    assert masked(phone) == shown
    assert masked(shown) == shown


MEANT = [
    ("138****1234", ["13812341234"], "13812341234"),
    (" 138****1234 ", ["13812341234"], "13812341234"),
    ("138****1234", ["13999999999", "13812341234"], "13812341234"),
    ("138****9999", ["13812341234"], None),
    ("138＊＊＊＊1234", ["13812341234"], None),
    ("138****1234", [""], None),
    ("138****1234", [], None),
    ("138****1234、13900001111", ["13812341234"], None),
    ("13900001111", ["13812341234"], "13900001111"),
    ("13812341234", ["13812341234"], "13812341234"),
    ("", ["13812341234"], ""),
    ("分机 * 8", ["13812341234"], "分机 * 8"),
]


@pytest.mark.parametrize(("given", "known", "number"), MEANT)
def test_a_mask_stands_for_the_number_it_hides_and_for_no_other(given, known, number):
    assert meant(given, *known) == number


def test_what_refuses_a_mask_says_what_to_do():
    said = "“138****9999”隐去了中间的数字，与系统中的号码对不上，请填写完整号码，或保持原样不改。"

    assert mismatch("138****9999 ") == said
