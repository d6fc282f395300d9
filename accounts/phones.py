"""Telephone numbers: as lists and exports show them, and which number is meant when one shown so comes back. Pure."""

import re

# Eleven digits, a mobile number above all; written in groups or behind +86 as well.
_PHONE = re.compile(r"(?<!\d)((?:86[- ]?)?\d{3}[- ]?)\d{4}([- ]?\d{4})(?!\d)")
_OTHER = re.compile(r"(?<!\d)(\d{2})\d{3,}(\d{2})(?!\d)")
_HIDDEN = re.compile(r"\d *[*＊]{2,}|[*＊]{2,} *\d")


def masked(phone: str) -> str:
    """The middle of every number hidden: 138****1234, 83****56."""
    return _OTHER.sub(r"\1****\2", _PHONE.sub(r"\1****\2", phone))


def meant(given: str, *known: str) -> str | None:
    """The number a cell or a field means: of the `known` ones that which `given` is the mask of, else `given` itself.

    None when it is a mask, but of no known number: such a number is never one to keep.
    """
    words = given.strip()
    for number in known:
        if number and words == masked(number).strip():
            return number
    return None if _HIDDEN.search(words) else given


def mismatch(given: str) -> str:
    """The sentence that refuses a mask of no known number."""
    return f"“{given.strip()}”隐去了中间的数字，与系统中的号码对不上，请填写完整号码，或保持原样不改。"
