"""Moves on the outline under review."""

import pytest

from notices.errors import Unreadable
from notices.records import ParsedAspect, ParsedIssue, ParsedMeasure, ParsedNotice
from notices.text import review
from notices.text.review import Kind

PARSED = ParsedNotice(
    title="通报",
    aspects=(ParsedAspect(1, "甲方面", 3), ParsedAspect(2, "乙方面", 9)),
    issues=(
        ParsedIssue(
            (1, 1),
            "学习不深入",
            4,
            "completed",
            "已完成整改",
            (ParsedMeasure(None, "办班", 5), ParsedMeasure("严制度。", "修订", 6)),
        ),
        ParsedIssue((1, 3), "落实不力", 7, None, None, ()),
        ParsedIssue(
            (2, 4), "作风不实", 10, "sustained", "阶段性完成并需长期坚持", (ParsedMeasure(None, "走访", 11),)
        ),
    ),
)


def shape(nodes):
    return [(n.kind.value, n.text) for n in nodes]


def test_there_and_back():
    assert review.parsed_of(PARSED, review.nodes_of(PARSED)) == PARSED


def test_json_there_and_back():
    nodes = review.nodes_of(PARSED)

    assert review.from_json(review.to_json(nodes)) == nodes


def test_measure_becomes_issue_with_its_heading_and_the_next_free_number():
    nodes = review.nodes_of(PARSED)
    measure = nodes[3]

    parsed = review.parsed_of(PARSED, review.change_kind(nodes, measure.id, Kind.ISSUE))

    assert [(i.path, i.title, len(i.measures)) for i in parsed.issues] == [
        ((1, 1), "学习不深入", 1),
        ((1, 2), "严制度。修订", 0),
        ((1, 3), "落实不力", 0),
        ((2, 4), "作风不实", 1),
    ]
    assert parsed.issues[1].progress == "completed"


def test_numbers_that_repeat_are_kept_and_missing_ones_are_given():
    nodes = [review.Node(1, Kind.ASPECT, "甲", 1, numbers=(1,))]
    nodes += [
        review.Node(i, Kind.ISSUE, "问题", i, numbers=n) for i, n in ((2, (1, 5)), (3, (1, 5)), (4, ()))
    ]

    assert [i.path for i in review.parsed_of(PARSED, nodes).issues] == [(1, 5), (1, 5), (1, 6)]


def test_split_and_merge_are_inverse():
    nodes = review.nodes_of(PARSED)

    cut = review.split(nodes, nodes[2].id, 1)
    assert shape(cut)[2:4] == [("measure", "办"), ("measure", "班")]

    assert shape(review.merge(cut, cut[3].id)) == shape(nodes)


@pytest.mark.parametrize("offset", [0, 2, 99])
def test_split_at_an_edge_is_refused(offset):
    nodes = review.nodes_of(PARSED)

    with pytest.raises(Unreadable, match="请把光标放在要拆开的两段文字之间"):
        review.split(nodes, nodes[2].id, offset)


def test_issue_moves_with_its_measures():
    nodes = review.nodes_of(PARSED)
    second = next(n for n in nodes if n.text == "落实不力")

    up = review.move(nodes, second.id, -1)
    down = review.move(up, second.id, 1)

    assert [n.text for n in up if n.kind == Kind.ISSUE] == ["落实不力", "学习不深入", "作风不实"]
    assert shape(down) == shape(nodes)


def test_issue_moves_over_a_heading_into_the_next_aspect():
    nodes = review.nodes_of(PARSED)
    second = next(n for n in nodes if n.text == "落实不力")

    parsed = review.parsed_of(PARSED, review.move(nodes, second.id, 1))

    assert [i.path[0] for i in parsed.issues] == [1, 2, 2]


def test_move_at_the_end_is_refused():
    nodes = review.nodes_of(PARSED)

    with pytest.raises(Unreadable, match="已经到头"):
        review.move(nodes, nodes[0].id, -1)


def test_dropped_nodes_are_left_out_and_come_back():
    nodes = review.nodes_of(PARSED)
    dropped = review.drop(nodes, nodes[2].id)

    assert len(review.parsed_of(PARSED, dropped).issues[0].measures) == 1
    assert shape(review.change_kind(dropped, nodes[2].id, Kind.MEASURE)) == shape(nodes)


def test_only_progress_words_become_a_status():
    nodes = review.nodes_of(PARSED)

    with pytest.raises(Unreadable, match="不是进度用语"):
        review.change_kind(nodes, nodes[2].id, Kind.STATUS)


def test_edit_refuses_nothing():
    nodes = review.nodes_of(PARSED)

    assert review.edit(nodes, nodes[2].id, " 举办 培训班 ")[2].text == "举办 培训班"
    with pytest.raises(Unreadable, match="内容不能为空"):
        review.edit(nodes, nodes[2].id, "  ")


def test_orphans_are_named():
    nodes = review.nodes_of(PARSED)
    moved = [nodes[2], *nodes[:2], *nodes[3:]]

    assert [n.text for n in review.orphans(moved)] == ["办班"]
    assert review.orphans(nodes) == []
