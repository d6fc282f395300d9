"""Telephone numbers as lists show them."""

import re

_PHONE = re.compile(r"(?<!\d)(\d{3})\d{4}(\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(\d{2})\d{3,5}(\d{2})(?!\d)")


def masked(phone: str) -> str:
    """The middle of every number hidden: 138****1234, 83****56."""
    hidden, found = _PHONE.subn(r"\1****\2", phone)
    return hidden if found else _LANDLINE.sub(r"\1****\2", hidden)
