"""What a plan needs from the rules and the database before it is shown: unit names and steps.

Rows that ask for a step nobody may take now are refused here with the rule's own sentence, so that what is
confirmed can be applied.
"""

import datetime as dt
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

from accounts.matching import UnitNames
from accounts.models import User
from notices.domain import workflow
from notices.domain.requirements import Ask
from notices.ledger.cells import interval_days
from notices.ledger.collector import paused
from notices.ledger.mapping import cell_of
from notices.ledger.part_days import refuse_late
from notices.ledger.plan import recount
from notices.ledger.unit_cells import split_units
from notices.models import Task
from notices.records import CellProblem, FieldChange, LedgerTable, LedgerValue, Plan, PlanRow, StoredTask
from notices.terms import State

UNIT_KEYS = ("lead_unit", "responsible", "supporting")
WITH_A_UNIT = (State.PENDING, State.ACTIVE, State.SUBMITTED, State.VERIFYING)
# Names of many units at once; they are kept as text and are no mistake.
COLLECTIVE = ("各", "有关", "相关", "全体", "所有", "区直", "县直", "市直", "镇直", "其他")


@dataclass(frozen=True)
class Acting:
    """Who uploads, when, and the day it counts for."""

    by: User | None
    at: dt.datetime
    today: dt.date


@paused()
def settle(
    plan: Plan,
    tasks: dict[int, StoredTask],
    acting: Acting,
    within: Container[int] | None = None,
    tables: Sequence[LedgerTable] = (),
) -> Plan:
    """The plan with unknown units noted, and with rows refused whose lead or state cannot be changed so.

    `within`: the units the person may name; None for all. `tables` say in which cell a name stands.
    """
    names = UnitNames.load(within)
    rows = refuse_late([_settle_row(row, tasks, names, acting) for row in plan.rows], tasks)
    problems = [*plan.problems, *unknown_units(plan.rows, names, tables)]
    return replace(recount(plan, rows), problems=tuple(problems))


def unknown_units(
    rows: Iterable[PlanRow], names: UnitNames, tables: Sequence[LedgerTable] = ()
) -> list[CellProblem]:
    """One note per name that matches no unit, at the first place it stands."""
    seen: dict[str, CellProblem | None] = {}
    known: set[tuple[str, str]] = set()
    for row in rows:
        if row.kind == "refused":
            continue
        for key, cell, value in _unit_cells(row):
            if (key, value) in known:
                continue
            known.add((key, value))
            for place, (name, _) in enumerate(split_units(value)):
                if name not in seen:
                    cell = cell or cell_of(tables, row.sheet, key, row.row)
                    leads = key == "lead_unit" and place == 0
                    seen[name] = None if names.find(name) else _unknown(row, cell, name, names, leads=leads)
    return [problem for problem in seen.values() if problem is not None]


def _unit_cells(row: PlanRow) -> list[tuple[str, str, str]]:
    if row.kind == "add":
        return [(k, "", v) for k in UNIT_KEYS if (v := row.values.get(k)) and isinstance(v, str)]
    changed = (c for c in (*row.fields, *row.conflicts) if c.key in UNIT_KEYS)
    return [(c.key, c.cell, c.new) for c in changed if isinstance(c.new, str)]


def _unknown(row: PlanRow, cell: str, name: str, names: UnitNames, *, leads: bool) -> CellProblem | None:
    if any(word in name for word in COLLECTIVE) and not leads:
        return None
    near = "、".join(u.name for u in names.likeliest(name, most=2))
    hint = f"，最接近的是“{near}”" if near else ""
    consequence = "任务将没有牵头单位，留在未分派" if leads else "按原文保留"
    place = f"{row.sheet}!{cell}" if cell else f"{row.sheet}!第 {row.row} 行"
    message = f"{place} 单位“{name}”不在单位名录中{hint}；不改的话{consequence}。"
    return CellProblem(row.sheet, cell, "unknown_unit", message, row.row)


def _settle_row(row: PlanRow, tasks: dict[int, StoredTask], names: UnitNames, acting: Acting) -> PlanRow:
    if row.of != "task" or row.kind not in ("change", "conflict") or row.pk is None:
        return row
    stored = tasks[row.pk]
    why_not = _lead_refusal(row, stored, names)
    if not why_not and row.step.startswith("submit:"):
        why_not = _submit_refusal(row, row.pk, acting)
    if not why_not:
        return row
    reason = why_not if why_not.startswith(row.sheet) else f"{row.sheet}!第 {row.row} 行：{why_not}"
    return replace(row, kind="refused", fields=(), conflicts=(), step="", reason=reason)


def _lead_refusal(row: PlanRow, stored: StoredTask, names: UnitNames) -> str:
    change = next((c for c in (*row.fields, *row.conflicts) if c.key == "lead_unit"), None)
    if change is None or stored.state not in WITH_A_UNIT or row.step.startswith("take_over"):
        return ""
    if first_unit(names, change.new) == first_unit(names, change.old):
        return ""
    return f"{row.sheet}!{change.cell} {change.column}：任务已交单位办理，更换牵头单位请在网页上用“改派”。"


def first_unit(names: UnitNames, value: LedgerValue) -> int | None:
    """The id of the first unit named in a cell, None when it is unknown or the cell is empty."""
    found = split_units(value) if isinstance(value, str) else ()
    unit = names.find(found[0][0]) if found else None
    return unit.pk if unit else None


def _submit_refusal(row: PlanRow, pk: int, acting: Acting) -> str:
    task = Task.objects.select_related("notice", "lead_unit").get(pk=pk)
    ask = ask_for(row, task, acting)
    why_not = workflow.refusal(acting.by, task, "submit")
    if why_not:
        return why_not
    missing = workflow.missing(task, "submit", ask)
    if new_value(row.fields, "progress"):
        missing.pop("progress", None)
    if "no_evidence" in missing:
        missing["no_evidence"] = "还没有佐证材料，请先在网页上传，或在备注里写明没有佐证材料的原因。"
    if "reason" in missing:
        missing["reason"] = "申请“阶段性完成并需长期坚持”的，请在下一步打算里写明还需长期坚持的内容。"
    return "".join(missing.values())


def ask_for(row: PlanRow, task: Task, acting: Acting) -> Ask:
    """What the row says for the step 申请销号."""
    return Ask(
        by=acting.by,
        at=acting.at,
        today=acting.today,
        outcome=row.step.partition(":")[2],
        reason=new_value(row.fields, "next_step") or task.latest_next,
        review_days=interval_days(new_value(row.fields, "review_days")) or task.review_days,
        no_evidence=new_value(row.fields, "remark") or task.remark,
    )


def new_value(fields: Iterable[FieldChange], key: str) -> str:
    """The new text of a changed field, "" when it is not changed."""
    return next((str(c.new) for c in fields if c.key == key and c.new), "")
