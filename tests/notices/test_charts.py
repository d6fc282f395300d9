"""Charts: shapes placed by hand, every part a link, words for those who do not see them."""

import re
from math import isclose

import pytest

from notices.charts import Part, Point, Series, bar, donut, lines

RED, GREEN, NONE = (
    Part("red", "红灯", 1, "/tasks?light=red"),
    Part("green", "绿灯", 3, "/tasks?light=green"),
    Part("long", "长期坚持", 0, "/tasks?light=long"),
)


def attributes(svg, element, *names):
    found = re.findall(rf"<{element} [^>]*>", svg)
    return [tuple(re.search(rf'\b{name}="([^"]*)"', tag)[1] for name in names) for tag in found]


def ring(parts):
    return donut(parts, centre="75.00%", caption="销号率", label="灯色构成")


def test_a_ring_has_a_slice_for_every_part_that_counts():
    svg = ring([RED, GREEN, NONE])

    assert attributes(svg, "a", "href", "aria-label") == [
        ("/tasks?light=red", "红灯 1 项"),
        ("/tasks?light=green", "绿灯 3 项"),
    ]
    assert attributes(svg, "path", "class") == [("stroke-red",), ("stroke-green",)]
    assert ">75.00%</text>" in svg


def test_a_ring_starts_at_the_top_and_turns_clockwise():
    first, second = (d for (d,) in attributes(ring([RED, GREEN]), "path", "d"))

    assert first.startswith("M90.00 20.00A70 70 0 0 1 ")
    assert second.startswith("M160.00 90.00A70 70 0 1 1 ")


def test_one_part_alone_closes_the_ring():
    (d,) = attributes(ring([GREEN]), "path", "d")[0]
    x, y = (float(n) for n in d.split()[-2:])

    assert isclose(x, 90, abs_tol=0.05)
    assert isclose(y, 20, abs_tol=0.05)


def test_an_empty_ring_is_grey_and_links_nowhere():
    svg = ring([NONE])

    assert attributes(svg, "circle", "class") == [("ring",)]
    assert "<a " not in svg


def test_the_parts_of_a_bar_lie_end_to_end():
    svg = bar([RED, GREEN, NONE], longest=8, label="教育局")

    assert attributes(svg, "rect", "class", "x", "width") == [
        ("part fill-red", "0.00%", "12.50%"),
        ("part fill-green", "12.50%", "37.50%"),
    ]
    assert re.findall(r'<text class="on-(\w+)"[^>]*>(\d*)</text>', svg) == [("red", "1"), ("green", "3")]


def test_a_narrow_part_keeps_its_link_and_drops_its_number():
    svg = bar([RED, GREEN], longest=100, label="教育局")

    assert re.findall(r"<text [^>]*>(\d*)</text>", svg) == ["", ""]
    assert [url for (url,) in attributes(svg, "a", "href")] == [RED.url, GREEN.url]


@pytest.mark.parametrize(
    ("parts", "words"),
    [([RED, GREEN], "教育局：红灯 1 项，绿灯 3 项"), ([], "教育局：没有")],
)
def test_a_bar_says_what_it_shows(parts, words):
    assert attributes(bar(parts, longest=4, label="教育局"), "svg", "aria-label") == [(words,)]


def chart(*values):
    points = tuple(Point(f"11-{i:02d}", v, f"/tasks?week={i}") for i, v in enumerate(values, 1))
    return lines([Series("done", "实际销号", points)], label="计划与实际完成")


def test_a_line_runs_from_point_to_point():
    svg = chart(0, 5, 10)

    places = attributes(svg, "circle", "cx", "cy")
    assert places == [("9.00%", "206.0"), ("52.50%", "109.0"), ("96.00%", "12.0")]
    strokes = [s for s in re.findall(r'<line class="line-done" [^>]*>', svg)]
    assert [re.findall(r'"([\d.]+%?)"', s) for s in strokes] == [
        [*places[0], *places[1]],
        [*places[1], *places[2]],
    ]


def test_every_point_links_and_says_its_number():
    svg = chart(0, 5, 10)

    assert [url for (url,) in attributes(svg, "a", "href")] == [f"/tasks?week={i}" for i in (1, 2, 3)]
    assert "<title>截至 11-02 实际销号 5 项</title>" in svg


@pytest.mark.parametrize(
    ("highest", "scale"),
    [
        (0, [0, 1, 2, 3, 4, 5]),
        (5, [0, 1, 2, 3, 4, 5]),
        (6, [0, 2, 4, 6, 8, 10]),
        (44, [0, 10, 20, 30, 40, 50]),
        (170, [0, 50, 100, 150, 200, 250]),
        (1_000_000, [0, 200_000, 400_000, 600_000, 800_000, 1_000_000]),
    ],
)
def test_the_scale_has_five_whole_steps(highest, scale):
    found = re.findall(r'text-anchor="end">(\d+)<', chart(0, highest))

    assert [int(n) for n in found] == scale


def test_names_are_escaped():
    svg = bar([Part("red", "<b>", 1, '/x?"')], longest=1, label="<script>")

    assert "<b>" not in svg
    assert "<script>" not in svg
    assert 'href="/x?&quot;"' in svg


@pytest.mark.parametrize("svg", [ring([RED]), bar([RED], longest=1, label="x"), chart(1, 2)])
def test_nothing_that_a_strict_policy_refuses(svg):
    assert re.findall(r"style=|<script|\son\w+=|javascript:", svg) == []
