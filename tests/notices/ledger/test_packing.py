"""Plans packed in blocks: opened whole they are what was packed, opened in parts they say the same."""

import datetime as dt
from dataclasses import replace

import pytest

from notices.ledger import packing
from notices.ledger.packing import BLOCK, PackedPlan, pack, pack_plan, unpack_plan
from notices.records import CellProblem, FieldChange, Plan, PlanRow

KINDS = ("add", "change", "keep", "conflict", "refused")


def row(n):
    """Kinds and what of by turns; a change has a changed cell, a conflict one in conflict and every other one more."""
    kind = KINDS[n % 5]
    cell = FieldChange(
        "deadline", "完成时限", f"L{n}", dt.date(2026, 5, 1), dt.date(2026, 6, n % 28 + 1), None
    )
    fields = (cell,) if kind == "change" or (kind == "conflict" and n % 2) else ()
    return PlanRow(
        sheet="任务清单",
        row=n,
        key=f"k{n}",
        kind=kind,
        of="issue" if n % 3 == 0 else "task",
        pk=n,
        version=1,
        number=f"W01-{n:04}",
        fields=fields,
        conflicts=(replace(cell, base="原"),) if kind == "conflict" else (),
        reason="" if kind != "refused" else "没有权限",
    )


def plan_of(count):
    rows = tuple(row(n) for n in range(count))
    counts = {kind: sum(r.kind == kind for r in rows) for kind in KINDS}
    problem = CellProblem("任务清单", "B3", "late", "日期太早", 3, False)
    return Plan(rows, counts, sum(len(r.fields) for r in rows), (problem,), ("W09-0001",))


def kept_before(plan):
    """As plans were kept before they had blocks."""
    return pack(
        {
            "rows": [packing._row_out(r) for r in plan.rows],
            "counts": plan.counts,
            "changes": plan.changes,
            "problems": [[p.sheet, p.cell, p.code, p.message, p.row, p.refuses] for p in plan.problems],
            "missing": plan.missing,
        }
    )


@pytest.mark.parametrize("way", [pack_plan, kept_before])
@pytest.mark.parametrize("count", [0, 1, BLOCK, BLOCK + 1, 2 * BLOCK + 7])
def test_opened_whole_it_is_the_plan(count, way):
    plan = plan_of(count)

    assert unpack_plan(way(plan)) == plan


@pytest.mark.parametrize("way", [pack_plan, kept_before])
@pytest.mark.parametrize("kind", ["", *KINDS])
def test_pages_of_it_are_pages_of_the_plan(kind, way):
    plan = plan_of(2 * BLOCK + 7)
    rows = [r for r in plan.rows if kind in ("", r.kind)]

    found = PackedPlan(way(plan))

    assert found.count((kind,) if kind else ()) == len(rows)
    for start in (0, 3, BLOCK - 1, BLOCK, len(rows) - 2, len(rows)):
        assert list(found.rows(kind, start, 50)) == rows[start : start + 50]


def test_counts_and_conflicts():
    plan = plan_of(2 * BLOCK + 7)

    found = PackedPlan(pack_plan(plan))

    assert found.count(("add",), of="issue") == sum(r.kind == "add" and r.of == "issue" for r in plan.rows)
    changing = [r for r in plan.rows if r.kind in ("change", "conflict") and r.fields]
    assert found.count(("change", "conflict"), changing=True) == len(changing)
    assert list(found.in_conflict()) == [r for r in plan.rows if r.conflicts]


def test_a_page_opens_one_block(monkeypatch):
    data = pack_plan(plan_of(3 * BLOCK))
    found, opened = PackedPlan(data), []
    unpack = packing.unpack
    monkeypatch.setattr(packing, "unpack", lambda part: opened.append(len(part)) or unpack(part))

    list(found.rows("", BLOCK + 10, 50))

    assert len(opened) == 1
