import time

import pytest

from tests.bench import Row, interleaved
from tests.bench.__main__ import table


@pytest.mark.parametrize(
    ("row", "ok"),
    [
        (Row("a", 1.0), True),
        (Row("a", 1.0, "loop", 40.0, must_peer=40), True),
        (Row("a", 1.0, "loop", 39.0, must_peer=40), False),
        (Row("a", 2.0, floor="parse", floor_seconds=1.0, must_floor=2), True),
        (Row("a", 2.1, floor="parse", floor_seconds=1.0, must_floor=2), False),
        (Row("a", 1.0, must_peer=40), False),
    ],
)
def test_a_figure_is_reached_or_not(row, ok):
    assert row.ok is ok


def test_functions_take_turns_and_the_middle_time_counts():
    order = []
    functions = {"a": lambda: order.append("a"), "b": lambda: (order.append("b"), time.sleep(0.01))}

    found = interleaved(functions, runs=3)

    assert order == ["a", "b"] * 3
    assert found["b"] >= 0.01 > found["a"]


def test_a_line_of_the_table():
    row = Row("preview", 0.5, "dry run", 35.0, 40, "parse", 0.25, 1.5, "10,000 rows")

    assert table([("sqlite", row)]).splitlines()[2] == (
        "| sqlite | preview | 500.00 ms | 70.0 (dry run) | ≥ 40 | 2.0 (parse) | ≤ 1.5 |"
        " 10,000 rows; **not reached** |"
    )
