"""Figures inside a text: filled, cut into pieces, unknown ones told."""

import pytest

from notices.report.tokens import Piece, fill, pieces, token, unknown

FIGURES = {"问题总数": "53", "整改完成率": "49.06%"}


@pytest.mark.parametrize(
    ("text", "filled", "missing"),
    [
        ("共{{问题总数}}个，{{ 整改完成率 }}。", "共53个，49.06%。", []),
        ("没有数据。", "没有数据。", []),
        ("{{没有}}和{{没有}}", "{{没有}}和{{没有}}", ["没有"]),
        ("半个{{问题总数}", "半个{{问题总数}", ["{{"]),
        ("{{}}", "{{}}", ["{{"]),
    ],
)
def test_fill_and_unknown(text, filled, missing):
    assert (fill(text, FIGURES), unknown(text, FIGURES)) == (filled, missing)


def test_pieces_say_where_a_figure_stands():
    assert pieces(f"共{token('问题总数')}个", FIGURES) == [
        Piece("共"),
        Piece("53", "问题总数"),
        Piece("个"),
    ]
