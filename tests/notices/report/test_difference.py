"""Two texts beside each other: what differs is marked, joined again they are the texts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notices.report.difference import Run, compare, compare_three

texts = st.text("一二三。，\n甲乙", max_size=40)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("修订制度。", "修订制度。", ([Run("修订制度。")], [Run("修订制度。")])),
        ("", "新增。", ([], [Run("新增。", True)])),
        (
            "约谈5人。会议3次。",
            "约谈6人。会议3次。",
            (
                [Run("约谈"), Run("5", True), Run("人。会议3次。")],
                [Run("约谈"), Run("6", True), Run("人。会议3次。")],
            ),
        ),
    ],
)
def test_differences_are_marked(left, right, expected):
    assert compare(left, right) == expected


@settings(max_examples=20, deadline=None)
@given(texts, texts)
def test_runs_joined_are_the_texts(left, right):
    found = compare(left, right)

    assert tuple("".join(run.text for run in side) for side in found) == (left, right)
    assert any(run.changed for side in found for run in side) == (left != right)


def test_three_texts_say_who_changed_what():
    base, theirs, yours = compare_three("甲乙丙。丁。", "甲乙。丁。", "甲乙丙。戊。")

    assert base == [Run("甲乙"), Run("丙", changed=True), Run("。"), Run("丁", changed=True), Run("。")]
    assert theirs == [Run("甲乙。丁。")]
    assert yours == [Run("甲乙丙。"), Run("戊", changed=True), Run("。")]


def test_three_equal_texts_are_unmarked():
    assert compare_three("甲。", "甲。", "甲。") == ([Run("甲。")], [Run("甲。")], [Run("甲。")])
