"""The short way of the usual row says what comparing cell by cell says."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from notices.ledger import foreign
from notices.ledger.compare import Rights
from notices.ledger.match import Usual
from notices.records import LedgerRow, LedgerTable, StoredIssue, StoredTask

FIELDS = ("issue", "measure", "lead_unit", "deadline", "progress", "state", "task_number", "phone")
DAY = dt.date(2026, 12, 1)
CELLS = {
    "issue": ("学习不经常问题", "台账不全问题", "新的问题"),
    "measure": ("修订制度", "修订 制度", "修订制度。", "开展清查", "新的措施", ""),
    "lead_unit": ("教育局", "民政局", ""),
    "deadline": (DAY, DAY + dt.timedelta(days=9), ""),
    "progress": ("已印发", "已 印发", "已召开会议", ""),
    "state": ("正在整改", "=in_progress", "=completed", ""),
    "task_number": ("W01-001-02", "W01-001-03", "W01-002-05", "1", ""),
    "phone": ("13812345678", "138****5678", ""),
}


def task(pk, issue, measure, state="active"):
    values = {
        "measure": measure,
        "lead_unit": "教育局",
        "deadline": DAY,
        "progress": "已印发" if pk % 2 else "",
        "state": "正在整改" if state == "active" else "撤销",
        "phone": "13812345678",
    }
    number = f"W01-00{issue}-0{pk}"
    return StoredTask(pk, 0, number, issue, state, values, (pk,), None, {"经费": "5"}, 1)


ISSUES = {
    n: StoredIssue(n, 0, f"W01-00{n}", f"1.{n}", {"issue": t}) for n, t in enumerate(CELLS["issue"][:2], 1)
}
TASKS = {
    t.pk: t
    for t in (
        task(1, 1, "修订制度", "cancelled"),
        task(2, 1, "修订制度"),
        task(3, 1, "开展清查"),
        task(4, 2, "修订制度"),
        task(5, 2, "修订制度"),
    )
}


SAID = [
    {**t.values, "issue": ISSUES[t.issue].values["issue"], "task_number": ""}
    for t in TASKS.values()
    if t.state == "active"
]
said_again = st.sampled_from(SAID)
one_cell_other = st.sampled_from([(k, v) for k, values in CELLS.items() for v in values])
some_row = st.one_of(
    said_again, st.builds(lambda row, cell: {**row, cell[0]: cell[1]}, said_again, one_cell_other)
)


def planned(cells, extra, rights):
    columns = {k: n for n, k in enumerate(FIELDS)}
    table = LedgerTable("台账", "", 1, 2, FIELDS, columns, {n: k for k, n in columns.items()}, {}, "")
    rows = []
    for n, row in enumerate(cells, 2):
        same = n > 2 and row["issue"] == cells[n - 3]["issue"]
        group = rows[-1].group if same else n
        rows.append(LedgerRow(0, n, "", tuple(row[k] for k in FIELDS), group, 0, extra))
    found = foreign.plan_rows([(table, rows)], ISSUES, TASKS, rights, {})
    return found.rows, found.kept, found.taken, found.places, found.problems


@settings(max_examples=300, deadline=None)
@given(st.lists(some_row, max_size=4), st.sampled_from(({}, {"经费": "5"}, {"经费": "6"})), st.booleans())
def test_with_and_without_the_short_way_the_plan_is_the_same(cells, extra, office):
    rights = Rights(office=office, units=frozenset({1, 2}))
    quick = planned(cells, extra, rights)

    holds, Usual.holds = Usual.holds, lambda *_: False
    try:
        slow = planned(cells, extra, rights)
    finally:
        Usual.holds = holds

    assert quick == slow


def test_a_ledger_that_says_what_is_stored_goes_the_short_way_throughout(monkeypatch):
    monkeypatch.setattr(foreign, "_task", None)  # the long way is not taken at all

    rows, kept, taken, _, problems = planned(SAID, {}, Rights(office=True))

    assert (rows, kept, taken, problems) == ([], 4, {2, 3, 4, 5}, [])
