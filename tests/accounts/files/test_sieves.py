"""Which references a regular text may hold: those of characters that XML permits, and the usual ones all of them."""

import re

import pytest

from accounts.files import sieves

SOME = [*range(0x3000), *range(0xD000, 0x11000), *range(0x11000, 0x10FF00, 97), *range(0x10FF00, 0x110100)]
# what stands in ledgers: ASCII, signs, Chinese punctuation, hanzi, full-width forms
USUAL = [
    *range(32, 127),
    *range(160, 0x400),
    *range(0x2000, 0x3400),
    *range(0x4E00, 0xA000),
    *range(0xFF01, 0xFFE7),
]


def permitted(number: int) -> bool:
    """Char of XML 1.0, https://www.w3.org/TR/xml/#charsets"""
    return (
        number in (9, 10, 13)
        or 0x20 <= number <= 0xD7FF
        or 0xE000 <= number <= 0xFFFD
        or 0x10000 <= number <= 0x10FFFF
    )


@pytest.mark.parametrize(
    "pattern, words",
    [(sieves.DECIMAL, b"%d"), (sieves.HEXADECIMAL, b"%x"), (sieves.HEXADECIMAL, b"%X")],
    ids=["decimal", "hexadecimal", "capitals"],
)
def test_references_of_regular_texts_are_characters(pattern, words):
    known = re.compile(pattern)
    assert [number for number in SOME if known.fullmatch(words % number) and not permitted(number)] == []
    assert [number for number in USUAL if not known.fullmatch(words % number)] == []
