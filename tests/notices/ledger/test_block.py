"""Blocks as spreadsheets write them to the clipboard."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notices.ledger.block import read_block, write_block

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=12)
CELL |= st.text('"\t\n a', max_size=6)


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("", [[""]]),
        ("甲", [["甲"]]),
        ("甲\t乙\r\n丙\t丁\r\n", [["甲", "乙"], ["丙", "丁"]]),
        ("甲\t\n\t乙", [["甲", ""], ["", "乙"]]),
        ('"第一行\n第二行"\t乙\n', [["第一行\n第二行", "乙"]]),
        ('"他说""好"""\t乙', [['他说"好"', "乙"]]),
        ('"三会一课"制度\t乙', [['"三会一课"制度', "乙"]]),
        ('"三会一课"\t乙', [['"三会一课"', "乙"]]),
        ('"没有结尾\t乙', [['"没有结尾', "乙"]]),
        ("甲\n\n", [["甲"], [""]]),
    ],
)
def test_reading(text, block):
    assert read_block(text) == block


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=4))
def test_what_is_written_is_read_back(block):
    assert read_block(write_block(block)) == block
