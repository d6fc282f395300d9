"""Cell addresses as workbooks write them, and whether they lie on the sheet (A1 … XFD1048576)."""

import re
from functools import lru_cache

from accounts.files.limits import LAST_COLUMN, LAST_ROW
from accounts.files.refusal import Refusal

CORNER = re.compile(r"\$?([A-Za-z]*)\$?([0-9]*)")
PLAIN = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6}):([A-Z]{1,3})([1-9]\d{0,6})")
ABSOLUTE = re.compile(r"\$([A-Za-z]+)\$([0-9]+)|\$([A-Za-z]+):\$([A-Za-z]+)|\$([0-9]+):\$([0-9]+)")


@lru_cache(maxsize=1024)
def column_number(letters: str) -> int:
    """A → 1, XFD → 16384."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def outside(place: str, address: str) -> Refusal:
    return Refusal(
        "reference",
        f"“{place}”里的单元格地址“{address[:40]}”超出了工作表的范围（A1 至 XFD1048576）。"
        "请用 Excel 或 WPS 打开并另存为新文件后重新上传。",
    )


def parse_cell(place: str, address: str) -> tuple[int, int]:
    """Row and column of one plain address such as B12, counted from 1; anything else is refused."""
    found = CORNER.fullmatch(address)
    if not found or not found[1] or not found[2] or len(found[1]) > 3 or len(found[2]) > 7:
        raise outside(place, address)
    row, column = int(found[2]), column_number(found[1])
    if not (1 <= row <= LAST_ROW and column <= LAST_COLUMN):
        raise outside(place, address)
    return row, column


def parse_range(place: str, reference: str) -> tuple[int, int, int, int] | None:
    """First row, first column, last row, last column of A1:B2, A:B, 1:2 or A1; None when it is no reference.

    A reference beyond the sheet's end is refused.
    """
    plain = PLAIN.fullmatch(reference)
    if plain:
        top, bottom = int(plain[2]), int(plain[4])
        left, right = column_number(plain[1]), column_number(plain[3])
        if top <= bottom <= LAST_ROW and left <= right <= LAST_COLUMN:
            return top, left, bottom, right
    corners = [CORNER.fullmatch(part) for part in reference.split(":")]
    if not 1 <= len(corners) <= 2 or not all(corner and corner[0].strip("$") for corner in corners):
        return None
    rows, columns = [], []
    for first, corner in zip((True, False), (corners[0], corners[-1]), strict=True):
        assert corner is not None
        if len(corner[1]) > 3 or len(corner[2]) > 7:
            raise outside(place, reference)
        rows.append(int(corner[2]) if corner[2] else (1 if first else LAST_ROW))
        columns.append(column_number(corner[1]) if corner[1] else (1 if first else LAST_COLUMN))
    if min(rows) < 1 or max(rows) > LAST_ROW or max(columns) > LAST_COLUMN:
        raise outside(place, reference)
    return min(rows), min(columns), max(rows), max(columns)


def check_formula(place: str, formula: str) -> None:
    """Refuse absolute references beyond the sheet's end in a defined name."""
    for found in ABSOLUTE.finditer(formula):
        for letters in (found[1], found[3], found[4]):
            if letters and (len(letters) > 3 or column_number(letters) > LAST_COLUMN):
                raise outside(place, found[0])
        for digits in (found[2], found[5], found[6]):
            if digits and not (len(digits) <= 7 and 1 <= int(digits) <= LAST_ROW):
                raise outside(place, found[0])
