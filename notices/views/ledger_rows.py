"""A ledger's plan as plain values: tabs, rows with their cells, conflicts with their choices."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from notices.ledger.cells import show
from notices.ledger.packing import PackedPlan
from notices.ledger.schema import BY_KEY
from notices.models import LedgerUpload
from notices.records import FieldChange, PlanRow

KINDS = {"add": "新增", "change": "修改", "keep": "不变", "conflict": "冲突", "refused": "拒绝"}
SIZE = 50  # rows a page
MOST_PROBLEMS = 100
MOST_CHOICES = 200  # conflicts with buttons of their own; what a form may send is bounded
REST = "conflict-rest"
# Values of new rows that are no column of their own.
_NOT_COLUMNS = {"deadline_text": "完成时限原文", "heading": "措施标题"}


@dataclass(frozen=True)
class KindTab:
    code: str
    label: str
    count: int
    current: bool
    listed: bool  # kept rows are counted, not listed


@dataclass(frozen=True)
class Cell:
    column: str
    cell: str
    old: str
    new: str


@dataclass(frozen=True)
class Choice:
    """One conflict: `name` is the name of its buttons, `key` what apply_upload calls it."""

    name: str
    key: str
    number: str
    column: str
    cell: str
    base: str
    theirs: str
    mine: str


@dataclass(frozen=True)
class RowView:
    kind: str
    label: str
    sheet: str
    row: int
    number: str
    of: str
    cells: tuple[Cell, ...]
    reason: str
    conflicts: tuple[str, ...]


@dataclass(frozen=True)
class PlanView:
    tabs: list[KindTab]
    rows: list[RowView]
    choices: list[Choice]
    more_choices: int  # conflicts behind them, decided together
    problems: list[str]
    more_problems: int
    missing: tuple[str, ...]
    previous: int | None
    next: int | None
    will: str  # what confirming would do, in words; empty for nothing


def view_of(plan: PackedPlan, *, kind: str, start: int) -> PlanView:
    wanted = kind if kind in KINDS else ""
    count = plan.count((wanted,) if wanted else ())
    start = start if 0 <= start < count else 0
    choices = list(choices_of(plan))
    messages = [p.message for p in plan.problems]
    total = sum(plan.counts.get(code, 0) for code in KINDS)
    tabs = [KindTab("", "全部", total, not wanted, True)]
    tabs += [
        KindTab(code, label, plan.counts.get(code, 0), code == wanted, code != "keep")
        for code, label in KINDS.items()
    ]
    return PlanView(
        tabs=tabs,
        rows=[_row(r) for r in plan.rows(wanted, start, SIZE)],
        choices=choices[:MOST_CHOICES],
        more_choices=max(len(choices) - MOST_CHOICES, 0),
        problems=messages[:MOST_PROBLEMS],
        more_problems=max(len(messages) - MOST_PROBLEMS, 0),
        missing=plan.missing,
        previous=max(start - SIZE, 0) if start else None,
        next=start + SIZE if start + SIZE < count else None,
        will=_will(plan),
    )


def _will(plan: PackedPlan) -> str:
    said = [
        (plan.count(("add",), of="issue"), "新增 {} 个问题"),
        (plan.count(("add",), of="task"), "新增 {} 项任务"),
        (plan.count(("change", "conflict"), changing=True), f"修改 {{}} 行（{plan.changes} 格）"),
    ]
    return "、".join(words.format(n) for n, words in said if n)


def choices_of(plan: PackedPlan) -> Iterator[Choice]:
    """Conflicts in the order of the plan."""
    found = ((row, change) for row in plan.in_conflict() for change in row.conflicts)
    for place, (row, change) in enumerate(found):
        yield Choice(
            name=f"conflict-{place}",
            key=f"{row.sheet}!{change.cell}",
            number=row.number,
            column=change.column,
            cell=f"{row.sheet}!{change.cell}",
            base=_text(change.base) if change.base is not None else "",
            theirs=_text(change.old),
            mine=_text(change.new),
        )


def chosen(plan: PackedPlan, data: Mapping[str, str]) -> dict[str, str]:
    """{"sheet!cell": "mine"} for the conflicts in which the person wants the file's value."""
    names = enumerate(choices_of(plan))
    return {c.key: "mine" for n, c in names if data.get(c.name if n < MOST_CHOICES else REST) == "mine"}


def _row(row: PlanRow) -> RowView:
    cells = [_cell(c) for c in row.fields]
    if row.kind == "add":
        cells += [Cell(_header(k), "", "", _text(v)) for k, v in row.values.items() if v != ""]
    return RowView(
        row.kind,
        KINDS[row.kind],
        row.sheet,
        row.row,
        row.number,
        "问题" if row.of == "issue" else "任务",
        tuple(cells),
        row.reason,
        tuple(f"{c.column}（{c.cell}）" for c in row.conflicts),
    )


def _cell(change: FieldChange) -> Cell:
    return Cell(change.column, change.cell, _text(change.old), _text(change.new))


def _header(key: str) -> str:
    return BY_KEY[key].header if key in BY_KEY else _NOT_COLUMNS.get(key, key)


def _text(value: object) -> str:
    return show(value)  # type: ignore[arg-type]


def done_words(upload: LedgerUpload) -> str:
    """What an upload did or would do, in a line."""
    counts = upload.counts
    said = [f"{label} {counts[code]} 行" for code, label in KINDS.items() if counts.get(code)]
    return "，".join(said) or "没有可以读取的行"
