"""Rows of the upload + rows of the export it came from + rows of the database → Plan. Pure; nothing is written.

Our own workbook: a row is found by its key, so sorting is safe. Any other ledger: see notices/ledger/foreign.py.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from notices.ledger import cells, foreign
from notices.ledger.collector import paused
from notices.ledger.compare import Rights, same
from notices.ledger.derived import list_differences
from notices.ledger.own import Base, Draft, Stored, plan_table
from notices.ledger.schema import EDITABLE_LISTS
from notices.records import CellProblem, FieldChange, Ledger, LedgerRow, Plan, PlanRow

KINDS = ("add", "change", "keep", "conflict", "refused")
WEIGHT = {"keep": 0, "change": 1, "add": 2, "conflict": 3, "refused": 4}


@paused()
def make_plan(ledger: Ledger, stored: Stored, base: Base | None, rights: Rights) -> Plan:
    """What the upload would do. `base` None: the workbook is not one of our exports, or the export is not known."""
    draft = Draft(problems=list(ledger.problems))
    bad = _bad_cells(ledger.problems)
    rows_of: dict[int, list[LedgerRow]] = {}
    for row in ledger.rows:
        rows_of.setdefault(row.table, []).append(row)
    for listed in ("issues", "tasks", "duties", "progress", "wide"):
        for index, table in enumerate(ledger.tables):
            if table.listed == listed:
                draft.has_tasks |= listed == "tasks"
                if listed in EDITABLE_LISTS:
                    plan_table(draft, table, rows_of.get(index, []), stored, base, rights, bad)
                list_differences(draft, table, rows_of.get(index, []), stored, base)
    strangers = [(t, rows_of.get(i, [])) for i, t in enumerate(ledger.tables) if not t.listed]
    if strangers:
        draft.has_tasks = True
        match = foreign.plan_rows(strangers, stored.issues, stored.tasks, rights, bad, len(draft.rows))
        draft.rows += match.rows
        draft.problems += match.problems
        draft.kept["tasks"] += match.kept
    missing = _missing(draft, base, stored) if base is not None else ()
    return finish(draft, missing)


def finish(draft: Draft, missing: tuple[str, ...]) -> Plan:
    """Counts: rows of the file by the heaviest thing that happens to them; kept rows are those of 任务清单."""
    kinds: dict[tuple[str, int], str] = {}
    for row in draft.rows:
        place = (row.sheet, row.row)
        if WEIGHT[row.kind] >= WEIGHT[kinds.get(place, "keep")]:
            kinds[place] = row.kind
    counts = {kind: 0 for kind in KINDS} | dict(Counter(kinds.values()))
    counts["keep"] += draft.kept["tasks"] if draft.has_tasks else max(draft.kept.values(), default=0)
    changes = sum(len(r.fields) for r in draft.rows if r.kind in ("change", "conflict"))
    return Plan(tuple(draft.rows), counts, changes, tuple(draft.problems), missing)


def _bad_cells(problems: Iterable[CellProblem]) -> dict[tuple[str, str], str]:
    return {(p.sheet, p.cell): p.message for p in problems if p.refuses}


def _missing(draft: Draft, base: Base, stored: Stored) -> tuple[str, ...]:
    """Numbers of issues and tasks that the export had and the upload has no more. Reads the base only when some stored
    row was not met. A task gone from 任务清单 is missing although 责任清单 still names it."""
    lists = {"issues": "issue", "tasks": "task"} | ({} if draft.has_tasks else {"duties": "task"})
    seen = {(lists[listed], pk) for listed, pk in draft.seen if listed in lists}
    rows: dict[tuple[str, int], str] = {("issue", i.pk): i.number for i in stored.issues.values()}
    rows |= {("task", t.pk): t.number for t in stored.tasks.values()}
    unmet = rows.keys() - seen
    return tuple(sorted(rows[place] for place in unmet if place in base)) if unmet else ()


def settle_twins(plan: Plan) -> Plan:
    """任务清单 and 责任清单 may change the same cell of a task: alike is one change, unlike refuses the later row."""
    first: dict[tuple[int | None, str], FieldChange] = {}
    rows: list[PlanRow] = []
    for row in plan.rows:
        if row.of == "task" and row.kind in ("change", "conflict"):
            clash = next(
                (c for c in row.fields if (f := first.get((row.pk, c.key))) and not same(f.new, c.new)), None
            )
            if clash:
                other = first[row.pk, clash.key]
                reason = (
                    f"{row.sheet}!{clash.cell} {clash.column}：与同一任务在另一张清单 {other.cell} 填写的“{cells.show(other.new)}”"
                    f"不同，请改成一致。"
                )
                row = replace(row, kind="refused", fields=(), conflicts=(), reason=reason)
            for change in row.fields:
                first.setdefault((row.pk, change.key), change)
        rows.append(row)
    if rows == list(plan.rows):
        return plan
    return recount(plan, rows)


def recount(plan: Plan, rows: list[PlanRow]) -> Plan:
    """The plan with other rows: rows that changed their kind are counted anew."""
    counts = dict(plan.counts)
    for old, new in zip(plan.rows, rows, strict=True):
        if old.kind != new.kind:
            counts[old.kind] -= 1
            counts[new.kind] += 1
    changes = sum(len(r.fields) for r in rows if r.kind in ("change", "conflict"))
    return replace(plan, rows=tuple(rows), counts=counts, changes=changes)
