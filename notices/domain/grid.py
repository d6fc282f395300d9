"""The plan as a sheet: what each cell shows, and what a pasted block would make of the cells it falls on.

Nothing is written here; see domain/grid_write.py.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.access import nameable
from accounts.matching import UnitNames, people_by_name, tidy
from accounts.models import Unit, User
from notices import locks
from notices.domain.baseline import words_of_deadline
from notices.domain.contacts import whole_phone
from notices.domain.editing import ROLES, present_parts
from notices.domain.filling import deadline_values
from notices.domain.planning import Part, one_lead
from notices.errors import Refused
from notices.ledger.block import Block
from notices.models import Notice, Task
from notices.terms import MeasureKind, State, UnitRole

LABELS = {
    "text": "整改措施",
    "kind": "措施类别",
    "lead": "牵头单位",
    "responsible": "责任单位",
    "supporting": "配合单位",
    "leader": "责任领导",
    "contact": "责任人",
    "phone": "联系电话",
    "deadline": "完成时限",
    "review_days": "复查周期",
}
COLUMNS = tuple(LABELS)
LIMITS = {"text": 5000, "leader": 200, "contact": 200, "phone": 50, "deadline": 80}
MOST_CELLS = 20_000  # of one block
_BETWEEN = re.compile(r"[、，,；;\n]+")
_KINDS = {k.label: k.value for k in MeasureKind}


@dataclass(frozen=True)
class Refusal:
    """A cell that cannot be written: its place in the block (from 1), the task and column it falls on."""

    row: int
    column: int
    number: str
    label: str
    message: str

    def __str__(self) -> str:
        on = f"（{self.number}“{self.label}”）" if self.number or self.label else ""
        return f"第 {self.row} 行第 {self.column} 列{on}：{self.message}"


@dataclass
class RowEdit:
    """What becomes of one task: columns of the row, and its units when they change. `cells` counts the changes."""

    task: Task
    columns: dict[str, Any] = field(default_factory=dict)
    parts: list[Part] | None = None
    cells: int = 0


@dataclass(frozen=True)
class Pasted:
    """`edits` only where something changes; with a refusal nothing may be written."""

    edits: list[RowEdit]
    refusals: list[Refusal]

    @property
    def cells(self) -> int:
        return sum(e.cells for e in self.edits)


def cells_of(task: Task) -> dict[str, str]:
    """The row as the sheet shows it; reads the task's units."""
    parts = present_parts(task)
    units = {role.value: "、".join(p.text for p in parts if p.role == role) for role in ROLES}
    return {
        "text": task.text,
        "kind": str(MeasureKind(task.kind).label) if task.kind else "",
        **units,
        "leader": task.leader_text,
        "contact": task.contact_text,
        "phone": task.contact_phone,
        "deadline": words_of_deadline(task.deadline, task.deadline_text, task.keep_up),
        "review_days": str(task.review_days or ""),
    }


def locked_cells(task: Task) -> dict[str, str]:
    """Column → why it is read-only for the office now."""
    return locks.locked(LABELS, task.state, locks.OFFICE)


def block_of(tasks: Sequence[Task], columns: Sequence[str] = COLUMNS) -> Block:
    """The cells of these rows, to be copied."""
    return [[cells_of(task)[c] for c in columns] for task in tasks]


def read_paste(
    notice: Notice, rows: Sequence[Task], column: str, block: Block, *, by: User, seen: Block | None = None
) -> Pasted:
    """Lay the block over `rows` (as listed, from the cell pasted into) and the columns from `column` rightward.

    `seen`: what the person saw in those cells; a cell somebody else changed meanwhile is refused.
    """
    if sum(map(len, block)) > MOST_CELLS:
        raise Refused(f"一次最多粘贴 {MOST_CELLS} 格，请分几次粘贴。")
    if column not in COLUMNS:
        raise Refused("没有这一列，请刷新后重试。")
    reader = _Reader(notice, by, block, COLUMNS.index(column), seen or [])
    edits = []
    for number, cells in enumerate(block):
        if number >= len(rows):
            reader.refuse(number, 0, None, "", "表格下方没有更多任务，请先增加措施或少选几行。")
            break
        edit = reader.row(number, rows[number], cells)
        if edit.cells:
            edits.append(edit)
    return Pasted(edits, reader.refusals)


class _Reader:
    """Reads the cells of one block; units and people are looked up once."""

    def __init__(self, notice: Notice, by: User, block: Block, first: int, seen: Block) -> None:
        within = nameable(by, notice.unit_id)
        self.notice, self.first, self.seen = notice, first, seen
        self.names = UnitNames.load(within)
        self.people = people_by_name({cell for row in block for cell in row if len(cell) <= 50}, within)
        self.refusals: list[Refusal] = []
        self.task = Task()

    def refuse(self, row: int, place: int, task: Task | None, label: str, message: str) -> None:
        number = task.number if task else ""
        self.refusals.append(Refusal(row + 1, place + 1, number, label, message))

    def row(self, number: int, task: Task, cells: Sequence[str]) -> RowEdit:
        edit, shown, self.task = RowEdit(task), cells_of(task), task
        for place, raw in enumerate(cells):
            at = self.first + place
            if at >= len(COLUMNS):
                self.refuse(number, place, task, "", "表格右边没有更多列。")
                break
            key, value = COLUMNS[at], raw.strip()
            if value == shown[key].strip():
                continue
            try:
                self._unmoved(number, place, shown[key])
                edit.cells += self._take(edit, key, value)
            except Refused as why:
                self.refuse(number, place, task, LABELS[key], str(why))
        return edit

    def _unmoved(self, row: int, place: int, now: str) -> None:
        known = row < len(self.seen) and place < len(self.seen[row])
        if known and self.seen[row][place].strip() != now.strip():
            raise Refused(f"刚刚被他人改为“{now or '空'}”，请刷新后再填。")

    def _take(self, edit: RowEdit, key: str, value: str) -> bool:
        """Whether the cell says something else than the row; other words for the same units say nothing."""
        if len(value) > LIMITS.get(key, 1000):
            raise Refused(f"文字有 {len(value)} 个字，最多 {LIMITS.get(key, 1000)} 个字。")
        if edit.task.state == State.CANCELLED:
            raise Refused(locks.CANCELLED)
        if key in ROLES:
            return self._units(edit, UnitRole(key), value)
        edit.columns |= _READ[key](self, value)
        return True

    def _units(self, edit: RowEdit, role: UnitRole, value: str) -> bool:
        present = edit.parts if edit.parts is not None else present_parts(edit.task)
        kept = {p.text: p for p in present if p.role == role}
        found = [
            kept.get(name) or self._unit(name, role)
            for name in filter(None, map(str.strip, _BETWEEN.split(value)))
        ]
        if role == UnitRole.LEAD:
            self._lead(edit.task, found)
        merged = one_lead([*found, *(p for p in present if p.role != role)])
        order = list(ROLES)
        wanted = sorted(merged, key=lambda p: order.index(p.role))
        if wanted == present:
            return False
        edit.parts = wanted
        lead = next((p.unit for p in edit.parts if p.role == UnitRole.LEAD), None)
        edit.columns["lead_unit"] = lead
        return True

    def _lead(self, task: Task, found: list[Part]) -> None:
        if len(found) > 1:
            raise Refused("牵头单位只能填一个，其余单位请填到“责任单位”。")
        lead = found[0].unit if found else None
        why_not = locked_cells(task).get("lead")
        if why_not and (lead.pk if lead else None) != task.lead_unit_id:
            raise Refused(why_not)

    def _unit(self, name: str, role: UnitRole) -> Part:
        unit: Unit | None = self.names.find(name)
        if unit is None:
            likely = "、".join(u.name for u in self.names.likeliest(name))
            hint = f"，最接近的是：{likely}" if likely else ""
            raise Refused(f"系统中没有“{name}”这个单位{hint}。")
        return Part(unit, unit.name, role)

    # ── Cells that are columns of the row ──
    def text(self, value: str) -> dict[str, Any]:
        if not value:
            raise Refused("整改措施不能为空；不要这项措施请用“移除”。")
        return {"text": value}

    def kind(self, value: str) -> dict[str, Any]:
        if value and value not in _KINDS:
            raise Refused(f"“{value}”不是措施类别，应为具体整改、举一反三、建章立制，或留空。")
        return {"kind": _KINDS.get(value, "")}

    def leader(self, value: str) -> dict[str, Any]:
        return {"leader_text": value, "leader": self.people.get(tidy(value))}

    def contact(self, value: str) -> dict[str, Any]:
        return {"contact_text": value, "contact": self.people.get(tidy(value))}

    def phone(self, value: str) -> dict[str, Any]:
        return {"contact_phone": whole_phone(value, self.task.contact_phone)}

    def deadline(self, value: str) -> dict[str, Any]:
        """A task that was only kept up is so no longer when a day is given."""
        forgets = {"keep_up": False} if not value or self.task.deadline is None else {}
        return {**forgets, **deadline_values(value, self.notice.campaign)}

    def review_days(self, value: str) -> dict[str, Any]:
        number = value.removesuffix("天")
        if value and not (number.isascii() and number.isdecimal() and 1 <= int(number) <= 3650):
            raise Refused(f"“{value}”不是复查周期，应为 1 到 3650 的天数，例如 90。")
        return {"review_days": int(number) if value else None}


_READ: dict[str, Callable[[_Reader, str], dict[str, Any]]] = {
    key: getattr(_Reader, key) for key in COLUMNS if key not in ROLES
}
