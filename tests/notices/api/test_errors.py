"""Nested messages become one sentence a field."""

import pytest

from notices.api.errors import flatten

CASES = [
    ({"text": ["请填写整改进展。"]}, {"text": "请填写整改进展。"}),
    ({"a": {"b": ["甲", "乙"]}}, {"a.b": "甲；乙"}),
    (["只有一句"], {"内容": "只有一句"}),
    ({"rows": [{"x": ["错"]}, {}]}, {"rows[1].x": "错"}),
]


@pytest.mark.parametrize(("detail", "expected"), CASES)
def test_flatten(detail, expected):
    assert flatten(detail) == expected
