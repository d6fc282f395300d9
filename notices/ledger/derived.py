"""Cells that are for reading: 整改台账, 进度清单 and what our lists print from other lists. A difference is listed with
the place to change it, never taken over. Pure."""

import re
from collections.abc import Iterator, Mapping

from accounts.files.sheets import column_letters
from notices.ledger.compare import Place, same
from notices.ledger.own import Base, Draft, Stored
from notices.ledger.schema import BY_KEY, DUTY_TASK, LIST_TITLES, TASK_KEYS, WIDE_ISSUE
from notices.records import CellProblem, LedgerRow, LedgerTable, LedgerValue, StoredTask

Values = Mapping[str, LedgerValue]
_OF_SYSTEM = ("issue_number", "issue_progress")
_TOLD_BY = re.compile(r"(?:^|\n)([^\s:]{1,30}):")  # the number before each report of a week
_IN_TASKS = f"请在{LIST_TITLES['tasks']}修改"
_IN_ISSUES = f"请在{LIST_TITLES['issues']}修改"


def list_differences(
    draft: Draft, table: LedgerTable, rows: list[LedgerRow], stored: Stored, base: Base | None
) -> None:
    """Add to the draft's problems what these rows say otherwise than the system and than the download."""
    _Reader(draft, table, stored, base).look(rows)


class _Reader:
    def __init__(self, draft: Draft, table: LedgerTable, stored: Stored, base: Base | None) -> None:
        self.draft, self.table, self.stored, self.base = draft, table, stored, base
        self.letters = {k: column_letters(c) for k, c in table.columns.items()}
        self.headers = {k: table.headers.get(c, "") for k, c in table.columns.items()}
        self.at = {key: n for n, key in enumerate(table.fields)}

    def look(self, rows: list[LedgerRow]) -> None:
        if self.table.listed == "wide":
            self.of_tasks(rows, [k for k in self.at if k in TASK_KEYS and BY_KEY[k].of], self.by_task)
            self.of_issues(rows, [k for k in WIDE_ISSUE if k in self.at and k not in _OF_SYSTEM])
        elif self.table.listed == "duties":
            self.of_tasks(rows, [k for k in DUTY_TASK if k in self.at], self.by_duty)
        elif self.table.listed == "tasks":
            self.of_issues(rows, [k for k in ("issue",) if k in self.at])
            self.moved(rows)
        elif self.table.listed == "progress":
            self.weeks(rows)

    # -- whose row it is --

    def by_task(self, row: LedgerRow) -> StoredTask | None:
        head = row.key.partition(".")[0]
        return self.stored.tasks.get(int(head)) if head.isdecimal() else None

    def by_duty(self, row: LedgerRow) -> StoredTask | None:
        head = row.key.partition(".")[0]
        task = self.stored.duties.get(int(head), (0, ""))[0] if head.isdecimal() else 0
        return self.stored.tasks.get(task)

    def was(self, of: str, pk: int, now: Values) -> Values:
        return now if self.base is None else self.base.get((of, pk), now)

    # -- what differs --

    def of_tasks(self, rows: list[LedgerRow], keys: list[str], find) -> None:  # type: ignore[no-untyped-def]
        picks = [self.at[k] for k in keys]
        for row in rows:
            task = find(row)
            if task is None:
                continue
            now, values = task.values, row.values
            if [values[i] for i in picks] == [now[k] for k in keys]:
                continue
            was = self.was("task", task.pk, now)
            for key, value in self.differing(row, keys, now, was):
                self.say(row, key, value, f"与{LIST_TITLES['tasks']}不一致", _IN_TASKS)

    def of_issues(self, rows: list[LedgerRow], keys: list[str]) -> None:
        """Merged and inherited cells are blank in all rows but the first: blanks say nothing."""
        picks = [self.at[k] for k in keys]
        for row in rows:
            task = self.by_task(row)
            issue = self.stored.issues.get(task.issue) if task else None
            if issue is None:
                continue
            now, values = issue.values, row.values
            if all(not values[i] or values[i] == now[k] for i, k in zip(picks, keys, strict=True)):
                continue
            was = self.was("issue", issue.pk, now)
            for key, value in self.differing(row, keys, now, was):
                if value:
                    self.say(row, key, value, f"与{LIST_TITLES['issues']}不一致", _IN_ISSUES)

    def differing(
        self, row: LedgerRow, keys: list[str], now: Values, was: Values
    ) -> Iterator[tuple[str, LedgerValue]]:
        for key in keys:
            value = row.values[self.at[key]]
            if not same(value, now.get(key, "")) and not same(value, was.get(key, "")):
                yield key, value

    def moved(self, rows: list[LedgerRow]) -> None:
        """A task under another issue."""
        if (place := self.at.get("issue_number")) is None:
            return
        for row in rows:
            task = self.by_task(row)
            issue = self.stored.issues.get(task.issue) if task else None
            if issue is not None and row.values[place] not in ("", issue.number):
                self.say(
                    row, "issue_number", row.values[place], "任务所属的问题不能在台账里更换", "请在网页上办理"
                )

    def weeks(self, rows: list[LedgerRow]) -> None:
        """Words of the week that no task reported: they stand before the first report or behind the last."""
        place = self.at.get("week")
        reports: dict[int, list[StoredTask]] = {}
        for task in self.stored.tasks.values():
            reports.setdefault(task.issue, []).append(task)
        for row in rows if place is not None else ():
            head, text = row.key.partition(".")[0], str(row.values[place or 0]).strip()
            if head.isdecimal() and text and self.added(text, reports.get(int(head), [])):
                self.say(
                    row,
                    "week",
                    text,
                    "不是从任务的整改进展汇总的内容",
                    f"请在{LIST_TITLES['tasks']}的“整改进展”填写",
                )

    def added(self, text: str, tasks: list[StoredTask]) -> bool:
        numbers = {task.number: task for task in tasks}
        heads = [found for found in _TOLD_BY.finditer(text) if found[1] in numbers]
        if not heads or text[: heads[0].start()].strip():
            return True
        last, told = numbers[heads[-1][1]], text[heads[-1].end() :]
        known = {str(v.get("progress", "")) for v in (last.values, self.was("task", last.pk, last.values))}
        return any(k and told.startswith(k) and told != k for k in known) and told not in known

    def say(self, row: LedgerRow, key: str, value: LedgerValue, why: str, where: str) -> None:
        place = Place(self.table.sheet, row.row, self.letters, self.headers)
        reading = (
            f"{self.table.sheet}只供查看" if self.table.listed in ("wide", "progress") else "本列由系统生成"
        )
        message = f"{place.at(key)}：{why}，{reading}，没有采用，{where}。"
        self.draft.problems.append(
            CellProblem(self.table.sheet, place.cell(key), "read_only_list", message, row.row)
        )
