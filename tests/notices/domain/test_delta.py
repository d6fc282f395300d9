"""Deltas against a table written by hand: one task a line, what it was, what it became, the lists it must stand in."""

import datetime as dt

import pytest

from notices.domain.delta import KINDS, delta
from notices.domain.snapshot_rows import KeptTask
from notices.lights import RULES, light
from notices.records import StoredTask

pytestmark = pytest.mark.pure
MONDAY, FRIDAY = dt.date(2026, 11, 13), dt.date(2026, 11, 20)


def task(pk, today, state, deadline, *, unit=1, relapses=0, text="修订制度", parent=None):
    values = {
        "measure": text,
        "lead_unit": {1: "教育局", 2: "青禾镇", None: ""}[unit],
        "deadline": deadline or "",
        "finished_on": "",
    }
    row = StoredTask(pk, 0, f"T{pk}", 1, state, values, (), parent, {}, None)
    shown = str(light(state, deadline, None, today=today, rule=RULES["standard"]).value)
    return KeptTask(row, shown, None, unit, None, relapses, 0, 0, "", (), ())


NOV_16, DEC_1 = dt.date(2026, 11, 16), dt.date(2026, 12, 1)
SAME = ("active", DEC_1)
TABLE = [
    # was, became, lists
    (SAME, SAME, []),
    (None, SAME, ["new"]),
    (None, ("completed", DEC_1), ["new", "completed"]),
    (None, ("cancelled", DEC_1), []),
    (SAME, ("completed", DEC_1), ["completed"]),
    (SAME, ("sustained", DEC_1), ["sustained"]),
    (("sustained", DEC_1), ("completed", DEC_1), ["completed"]),
    (("active", NOV_16), ("active", NOV_16), ["overdue"]),
    (("active", dt.date(2026, 11, 9)), ("active", dt.date(2026, 11, 9)), []),  # was overdue before
    (("active", NOV_16), ("active", DEC_1), ["slipped"]),
    (("active", DEC_1), ("active", FRIDAY), []),  # earlier is not slipped
    (("active", None), ("active", DEC_1), []),
    (("completed", DEC_1), ("active", DEC_1, {"relapses": 1}), ["relapsed", "reopened"]),
    (("active", DEC_1), ("completed", DEC_1, {"relapses": 1}), ["completed", "relapsed"]),
    (("active", DEC_1), ("pending", DEC_1, {"unit": 2}), ["reassigned"]),
    (("draft", DEC_1, {"unit": None}), ("pending", DEC_1), []),  # the first assignment
    (("pending", DEC_1), ("draft", DEC_1, {"unit": None}), ["reassigned"]),
    (SAME, ("active", DEC_1, {"text": "制定制度"}), ["reworded"]),
    (SAME, ("cancelled", DEC_1), ["cancelled"]),
    (SAME, None, ["cancelled"]),
    (("cancelled", DEC_1), None, []),
]


def build(pk, cells, today):
    if cells is None:
        return []
    state, deadline, more = (*cells, {})[:3]
    return [task(pk, today, state, deadline, **more)]


@pytest.mark.parametrize(("was", "became", "lists"), TABLE)
def test_each_change_stands_in_its_lists(was, became, lists):
    found = delta(build(1, was, MONDAY), build(1, became, FRIDAY))

    assert sorted(kind for kind, n in found.counts.items() if n) == sorted(lists)


def test_the_whole_table_at_once():
    before = [t for pk, (was, _, _) in enumerate(TABLE) for t in build(pk, was, MONDAY)]
    after = [t for pk, (_, became, _) in enumerate(TABLE) for t in build(pk, became, FRIDAY)]

    found = delta(before, after)

    assert found.counts == {
        "new": 2,
        "completed": 4,
        "sustained": 1,
        "overdue": 1,
        "slipped": 1,
        "relapsed": 2,
        "reopened": 1,
        "reassigned": 2,
        "reworded": 1,
        "cancelled": 2,
    }
    assert found.total == 17
    assert list(found.lists) == list(KINDS)


def test_a_change_says_what_was_and_what_is():
    found = delta([task(7, MONDAY, "active", NOV_16)], [task(7, FRIDAY, "active", DEC_1, unit=2)])

    slipped, moved = found.lists["slipped"][0], found.lists["reassigned"][0]
    assert (slipped.number, slipped.was, slipped.now) == ("T7", "2026-11-16", "2026-12-01")
    assert (moved.was, moved.now, moved.lead) == ("教育局", "青禾镇", "青禾镇")


def test_parts_do_not_count():
    found = delta([], [task(1, FRIDAY, "active", NOV_16, parent=9)])

    assert found.total == 0
