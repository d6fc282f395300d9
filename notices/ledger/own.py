"""Rows of our own lists against the database: found by their keys, so that sorting and filtering are safe. Pure."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from accounts.files.sheets import column_letters
from notices.ledger import cells
from notices.ledger.compare import (
    EXTRA,
    Place,
    Rights,
    agrees,
    emptied,
    not_allowed,
    printed,
    step_for,
    three_way,
    too_long,
    unmask,
)
from notices.ledger.schema import editable_keys
from notices.locks import CANCELLED
from notices.records import (
    CellProblem,
    FieldChange,
    LedgerRow,
    LedgerTable,
    LedgerValue,
    PlanRow,
    StoredIssue,
    StoredTask,
)
from notices.terms import State

PART_NUMBER = re.compile(r"[A-Z]*\d+-\d+-\d+\.\d*", re.IGNORECASE)  # W03-012-02.1
Base = Mapping[tuple[str, int], Mapping[str, LedgerValue]]


@dataclass(frozen=True)
class Stored:
    """What the person who uploads can see of the notice. `duties` maps a duty row's id to (task id, role)."""

    issues: dict[int, StoredIssue]
    tasks: dict[int, StoredTask]
    duties: Mapping[int, tuple[int, str]] = field(default_factory=dict)
    notice: int = 0


@dataclass
class Draft:
    """The plan while it is made. `seen`: (list, pk) of rows found by their keys."""

    rows: list[PlanRow] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    kept: Counter[str] = field(default_factory=Counter)
    seen: set[tuple[str, int]] = field(default_factory=set)
    has_tasks: bool = False


def plan_table(
    draft: Draft,
    table: LedgerTable,
    rows: list[LedgerRow],
    stored: Stored,
    base: Base | None,
    rights: Rights,
    bad: Mapping[tuple[str, str], str],
) -> None:
    sheet = _Sheet(draft, table, stored, base, rights, bad)
    twice = {key for key, n in Counter(r.key for r in rows).items() if key and n > 1}
    for row in rows:
        if row.key not in twice and sheet.unchanged(row):
            continue
        if row.key in twice:
            twin = "本行的行键在表中出现了两次，请删去复制出来的行，或清空新行的行键和编号后重新上传。"
            sheet.refuse(row, twin, sheet.find(row)[0])
        elif row.key:
            sheet.known(row)
        elif any(row.values):
            sheet.added(row)


class _Sheet:
    """One of our lists against the database."""

    def __init__(
        self,
        draft: Draft,
        table: LedgerTable,
        stored: Stored,
        base: Base | None,
        rights: Rights,
        bad: Mapping[tuple[str, str], str],
    ) -> None:
        self.draft, self.table, self.stored = draft, table, stored
        self.base, self.rights, self.bad = base, rights, bad
        self.of = "issue" if table.listed == "issues" else "task"
        self.editable = [k for k in editable_keys(table.listed) if k in table.fields]
        self.picks = [table.fields.index(k) for k in self.editable]
        self.number = "issue_number" if table.listed == "issues" else "task_number"
        self.number_at = table.fields.index(self.number) if self.number in table.fields else -1
        self.printed = self._printed()
        self.letters = {k: column_letters(c) for k, c in table.columns.items()}
        self.headers = {k: table.headers.get(c, "") for k, c in table.columns.items()}

    def _printed(self) -> dict[str, tuple[StoredIssue | StoredTask, tuple[LedgerValue, ...] | None]]:
        """Key as printed → the stored row, and its cells where they are not the row's own."""
        stored = self.stored
        if self.table.listed == "duties":
            # The contact is printed on the lead's row only.
            blank = ("",) * len(self.editable)
            return {
                f"{pk}.{(row := stored.tasks[task]).version}": (
                    row,
                    self._lead(row) if role == "lead" else blank,
                )
                for pk, (task, role) in stored.duties.items()
            }
        rows = stored.issues if self.of == "issue" else stored.tasks
        return {f"{row.pk}.{row.version}": (row, None) for row in rows.values()}

    def _lead(self, task: StoredTask) -> tuple[LedgerValue, ...]:
        return tuple([printed(k, task.values.get(k, "")) for k in self.editable])

    def place(self, row: LedgerRow) -> Place:
        return Place(self.table.sheet, row.row, self.letters, self.headers)

    def value(self, row: LedgerRow, key: str) -> LedgerValue:
        return row.values[self.table.fields.index(key)] if key in self.table.fields else ""

    def refuse(self, row: LedgerRow, reason: str, found: StoredIssue | StoredTask | None = None) -> None:
        full = (
            reason if reason.startswith(self.table.sheet) else f"{self.table.sheet}!第 {row.row} 行：{reason}"
        )
        pk, version, number = (found.pk, found.version, found.number) if found else (None, None, "")
        self.draft.rows.append(
            PlanRow(self.table.sheet, row.row, row.key, "refused", self.of, pk, version, number, reason=full)
        )

    def find(self, row: LedgerRow) -> tuple[StoredIssue | StoredTask | None, int, str]:
        """(the stored row, the version in the key, refusal)."""
        head, _, tail = row.key.partition(".")
        if not (head.isdecimal() and tail.isdecimal()):
            return None, 0, f"行键“{row.key[:20]}”不完整，请重新下载台账，或清空行键作为新增。"
        pk, version = int(head), int(tail)
        if self.table.listed == "duties":
            pk = self.stored.duties.get(pk, (0, ""))[0]
        found = self.stored.issues.get(pk) if self.of == "issue" else self.stored.tasks.get(pk)
        if found is None:
            return None, version, "本行已不存在，或不在您可以查看的范围内，请重新下载台账。"
        printed = row.values[self.number_at] if self.number_at >= 0 else found.number
        if printed != found.number and cells.fold(str(printed)) != found.number:
            return (
                found,
                version,
                f"编号“{printed}”与原编号“{found.number}”不符，编号不能修改，请改回后重新上传。",
            )
        return found, version, ""

    def unchanged(self, row: LedgerRow) -> bool:
        """The usual row, told apart at once: its key is the printed one and its cells say what is stored."""
        found, also = self.printed.get(row.key, (None, None))
        if found is None or self.number_at < 0 or row.values[self.number_at] != found.number:
            return False
        stored = also or tuple([found.values.get(k, "") for k in self.editable])
        if tuple([row.values[i] for i in self.picks]) != stored:
            return False
        if self.table.extras and row.extra != found.extra:
            return False
        self.draft.seen.add((self.table.listed, found.pk))
        self.draft.kept[self.table.listed] += 1
        return True

    def known(self, row: LedgerRow) -> None:
        found, version, refusal = self.find(row)
        if found is None or refusal:
            self.refuse(row, refusal, found)
            return
        self.draft.seen.add((self.table.listed, found.pk))
        new = tuple([row.values[i] for i in self.picks])
        now = found.values
        if self.elsewhere(row):
            now = {**now, "contact": "", "phone": ""}
        if new == tuple([now.get(k, "") for k in self.editable]) and (
            not self.table.extras or row.extra == found.extra
        ):
            self.draft.kept[self.table.listed] += 1
            return
        self.differ(row, found, version, dict(zip(self.editable, new, strict=True)))

    def elsewhere(self, row: LedgerRow) -> bool:
        """A duty row that is not the lead's: the task's contact is printed and changed on the lead's row."""
        return (
            self.table.listed == "duties" and self.stored.duties[int(row.key.partition(".")[0])][1] != "lead"
        )

    def differ(
        self, row: LedgerRow, found: StoredIssue | StoredTask, version: int, new: dict[str, LedgerValue]
    ) -> None:
        base = self.base.get((self.of, found.pk)) if self.base is not None else None
        place = self.place(row)
        now = {**found.values, **{EXTRA + k: v for k, v in found.extra.items()}}
        for header in self.table.extras.values():
            new[EXTRA + header] = row.extra.get(header, "")
        if self.elsewhere(row):
            now = {**now, "contact": "", "phone": ""}
            base = None if base is None else {**base, "contact": "", "phone": ""}
        refusal = unmask(place, new, now.get("phone", ""), (base or {}).get("phone", ""))
        if refusal:
            self.refuse(row, refusal, found)
            return
        result = three_way(place, new, now, base, moved=version != found.version)
        if not result.changes and not result.conflicts:
            self.draft.kept[self.table.listed] += 1
            return
        touched = (*result.changes, *result.conflicts)
        refusal = self.refusal(row, found, place, touched)
        step = ""
        if not refusal and isinstance(found, StoredTask):
            step, refusal = self.step(place, found, touched)
        if refusal:
            self.refuse(row, refusal, found)
            return
        self.draft.rows.append(
            PlanRow(
                self.table.sheet,
                row.row,
                row.key,
                "conflict" if result.conflicts else "change",
                self.of,
                found.pk,
                found.version,
                found.number,
                result.changes,
                result.conflicts,
                issue=found.issue if isinstance(found, StoredTask) else None,
                step=step,
            )
        )

    def refusal(
        self, row: LedgerRow, found: StoredIssue | StoredTask, place: Place, touched: tuple[FieldChange, ...]
    ) -> str:
        for change in touched:
            problem = self.bad.get((self.table.sheet, change.cell))
            if problem and change.cell:
                return problem
        if isinstance(found, StoredTask):
            if found.state == State.CANCELLED:
                return CANCELLED
            if not self.rights.office and not self.rights.units & set(found.units):
                return "本单位不承担这项任务，不能修改。"
            if (
                self.table.listed == "duties"
                and self.stored.duties[int(row.key.partition(".")[0])][1] != "lead"
            ):
                return "责任人和联系电话请在牵头单位那一行填写。"
        task = found if isinstance(found, StoredTask) else None
        return (
            not_allowed(place, touched, self.rights, task)
            or emptied(place, touched)
            or too_long(place, touched)
        )

    def step(self, place: Place, task: StoredTask, touched: tuple[FieldChange, ...]) -> tuple[str, str]:
        state = next((c for c in touched if c.key == "state"), None)
        if state is None:
            finished = next((c for c in touched if c.key == "finished_on"), None)
            if finished and not self.rights.office:
                return (
                    "",
                    f"{place.at('finished_on')}：实际完成时间请在申请销号时(状态填“已完成整改”)一并填写。",
                )
            return "", ""
        if agrees(state.new, task.state):
            return "", ""
        return step_for(place, state.new, task, self.rights)

    # -- rows without a key --

    def added(self, row: LedgerRow) -> None:
        place = self.place(row)
        if self.table.listed == "duties":
            self.refuse(row, "责任清单不能新增行，请在任务清单里填写牵头、责任和配合单位。")
            return
        if not self.rights.office:
            self.refuse(row, "新增问题和任务只能由整改办办理。")
            return
        values = {k: v for k, v in zip(self.table.fields, row.values, strict=True) if v}
        issue: int | None = None
        refusal = self.taken_number(values)
        if not refusal and self.of == "task":
            issue, refusal = self.issue_of(values)
        made = tuple(FieldChange(k, place.header(k), place.cell(k), "", v) for k, v in values.items())
        refusal = refusal or self.incomplete(place, values) or too_long(place, made) or self.unreadable(made)
        if refusal:
            self.refuse(row, refusal)
            return
        keep = set(self.editable)
        self.draft.rows.append(
            PlanRow(
                self.table.sheet,
                row.row,
                "",
                "add",
                self.of,
                issue=issue,
                values={k: v for k, v in values.items() if k in keep},
                extra=row.extra,
            )
        )

    def unreadable(self, made: tuple[FieldChange, ...]) -> str:
        return next((p for c in made if (p := self.bad.get((self.table.sheet, c.cell))) and c.cell), "")

    def taken_number(self, values: Mapping[str, LedgerValue]) -> str:
        number = values.get(self.number, "")
        if not number:
            return ""
        if PART_NUMBER.fullmatch(cells.fold(str(number))):
            return f"编号“{number}”是子任务的编号；台账里不能新增子任务，请打开上级任务的网页，点“增加子任务”办理。"
        return f"编号“{number}”没有对应的行键。新增的行请把编号留空，由系统编号；修改原有的行请重新下载台账。"

    def incomplete(self, place: Place, values: Mapping[str, LedgerValue]) -> str:
        key = "issue" if self.of == "issue" else "measure"
        return "" if values.get(key) else f"{place.at(key)}：新增的行必须填写。"

    def issue_of(self, values: Mapping[str, LedgerValue]) -> tuple[int | None, str]:
        """The issue a new task belongs to: by number, else by the words of 问题."""
        number, title = (
            cells.fold(str(values.get("issue_number", ""))),
            cells.fold(str(values.get("issue", ""))),
        )
        for pk, issue in self.stored.issues.items():
            if number and issue.number == number:
                return pk, ""
            if not number and title and cells.fold(str(issue.values.get("issue", ""))) == title:
                return pk, ""
        for position, row in enumerate(self.draft.rows):
            if (
                row.of == "issue"
                and row.kind == "add"
                and cells.fold(str(row.values.get("issue", ""))) == title
            ):
                return -position - 1, ""
        said = f"问题编号“{number}”不存在" if number else "没有填写问题编号"
        return None, f"{said}，请填写这项任务所属问题的编号。"
