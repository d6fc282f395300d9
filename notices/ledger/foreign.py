"""Rows of a ledger that is not ours → plan rows: which issue and which task is meant. Pure.

A foreign ledger has no base: differences are shown as changes, blanks change nothing, and nothing is deleted.
An issue is found by its safe number or its words, a task by its safe number or its words within the issue.
"""

import re
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache

from accounts.files.sheets import column_letters
from notices.ledger import cells
from notices.ledger.compare import (
    EXTRA,
    Place,
    Rights,
    agrees,
    alike,
    emptied,
    not_allowed,
    printed,
    step_for,
    too_long,
    too_long_values,
    unmask,
    wanted_state,
)
from notices.ledger.match import COMPARED_KEYS, EXTRA_KEYS, Match, Usual
from notices.ledger.schema import BY_KEY, ISSUE_KEYS, TASK_KEYS
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

SAFE_NUMBER = re.compile(r"W\d{2,}-\d{3,}(?:-\d{2,}(?:\.\d+)*)?")
ALIKE = 0.86  # of the characters: the words of a measure that was edited a little
COMPARED = 240  # characters of a measure that are compared
_SHELL = re.compile(
    r"^(?:\d{1,3}[.、](?!\d)|[(]\d{1,3}[)]|[一二三四五六七八九十]{1,3}、|[(][一二三四五六七八九十]{1,3}[)])|^(?:关于|针对|对于)|(?:的)?问题$|[“”\"'‘’。；;,，、()（）]"
)
# Its title is the way an issue is found; its aspect is where it stands.
COMPARED_OF_ISSUE = tuple(k for k in ISSUE_KEYS if BY_KEY[k].of == "issue" and k not in ("issue", "aspect"))
TASK_ALL = frozenset((*TASK_KEYS, "deadline_text"))
OWN_KEYS = TASK_ALL - EXTRA_KEYS  # task columns with a field of their own


def plan_rows(
    tables: Iterable[tuple[LedgerTable, list[LedgerRow]]],
    issues: dict[int, StoredIssue],
    tasks: dict[int, StoredTask],
    rights: Rights,
    bad: Mapping[tuple[str, str], str],
    before: int = 0,
) -> Match:
    """Plan rows, kept rows, problems and places of every foreign table, in the order of the file.

    `before` rows stand in the plan already.
    """
    match = Match(issues, tasks, rights, bad, before)
    for issue in issues.values():
        match.by_title.setdefault(core(str(issue.values.get("issue", ""))), issue.pk)
        match.by_number[issue.number] = issue.pk
    for task in tasks.values():
        match.task_number[task.number] = task.pk
        match.of_issue[task.issue].append(task)
    for match.at, (table, rows) in enumerate(tables):
        _table(match, table, rows)
    return match


@lru_cache(maxsize=20_000)
def core(title: str) -> str:
    """The words of an issue without its ordinal, 关于“…”的问题, marks and blanks."""
    words, before = cells.fold(title), ""
    while words != before:
        before, words = words, _SHELL.sub("", words)
    return words


def _table(match: Match, table: LedgerTable, rows: list[LedgerRow]) -> None:
    letters = {k: column_letters(c) for k, c in table.columns.items()}
    headers = {k: table.headers.get(c, "").rpartition("·")[2] for k, c in table.columns.items()}
    place_of: dict[int, int | None] = {}
    usual = Usual(match, table)
    for row in rows:
        issue = place_of.get(row.group)
        if issue is not None and usual.holds(row, issue):
            continue
        place = Place(table.sheet, row.row, letters, headers)
        values = _readable(match, place, {k: v for k, v in zip(table.fields, row.values, strict=True) if v})
        if row.group not in place_of:
            issue = place_of[row.group] = _issue(match, place, values)
        if issue is None:
            _refuse(match, place, "issue", f"{place.sheet}!第 {row.row} 行：新增问题只能由整改办办理。")
        elif not TASK_ALL.isdisjoint(values) and not usual.holds(row, issue):
            _task(match, place, row, values, issue)


def _readable(match: Match, place: Place, values: dict[str, LedgerValue]) -> dict[str, LedgerValue]:
    """Without the cells that could not be read: they are listed and left out. The words of a deadline are kept."""
    if not match.bad:
        return values
    return {
        k: v
        for k, v in values.items()
        if k == "deadline_text" or (place.sheet, place.cell(k)) not in match.bad
    }


def _refuse(match: Match, place: Place, of: str, reason: str, stored: StoredTask | None = None) -> None:
    pk, version, number = (stored.pk, stored.version, stored.number) if stored else (None, None, "")
    match.rows.append(PlanRow(place.sheet, place.row, "", "refused", of, pk, version, number, reason=reason))


# --- issues --------------------------------------------------------------------------------------------------


def _issue(match: Match, place: Place, values: Mapping[str, LedgerValue]) -> int | None:
    """The issue of a group: the pk of a stored one, minus (place in the plan + 1) of an added one, None when refused."""
    title, number = str(values.get("issue", "")), cells.fold(str(values.get("issue_number", "")))
    found = match.by_number.get(number) if SAFE_NUMBER.fullmatch(number) else None
    task = match.task_number.get(cells.fold(str(values.get("task_number", ""))))
    if found is None and task is not None:
        found = match.tasks[task].issue
    if found is None and title:
        found = match.by_title.get(core(title))
    if found is not None:
        _change_issue(match, place, values, match.issues[found])
        return found
    measure = str(values.get("measure", ""))
    if not title and measure:
        title = measure
    added = match.new_issues.get(core(title))
    if added is not None:
        return added
    return _add_issue(match, place, {**values, "issue": title[:1000]}) if match.rights.office else None


def _add_issue(match: Match, place: Place, values: Mapping[str, LedgerValue]) -> int | None:
    kept = {k: v for k, v in values.items() if k in ISSUE_KEYS and k != "cause"}
    if "deadline" in kept and values.get("deadline_text"):
        kept["deadline_text"] = values["deadline_text"]
    extra = {BY_KEY["cause"].header: str(values["cause"])} if values.get("cause") else {}
    refusal = too_long_values(place, kept)
    if refusal:
        _refuse(match, place, "issue", refusal)
        return None
    position = -match.before - len(match.rows) - 1
    match.rows.append(PlanRow(place.sheet, place.row, "", "add", "issue", values=kept, extra=extra))
    match.new_issues[core(str(values["issue"]))] = position
    return position


def _change_issue(match: Match, place: Place, values: Mapping[str, LedgerValue], stored: StoredIssue) -> None:
    """Differences in what belongs to the issue alone; its title was the way it was found."""
    cause = BY_KEY["cause"].header
    changes = []
    for key in COMPARED_OF_ISSUE:
        value = values.get(key)
        if not value:
            continue
        now = stored.extra.get(cause, "") if key == "cause" else stored.values.get(key, "")
        if alike(key, value, now):
            continue
        name = EXTRA + cause if key == "cause" else key
        changes.append(FieldChange(name, place.header(key), place.cell(key), now, value))
    if not changes:
        return
    if not match.rights.office:
        names = "、".join(c.column for c in changes)
        _refuse(match, place, "issue", f"{place.sheet}!第 {place.row} 行：{names}只能由整改办修改。")
        return
    match.rows.append(
        PlanRow(
            place.sheet,
            place.row,
            "",
            "change",
            "issue",
            stored.pk,
            stored.version,
            stored.number,
            tuple(changes),
        )
    )


# --- tasks ---------------------------------------------------------------------------------------------------


def _task(match: Match, place: Place, row: LedgerRow, values: dict[str, LedgerValue], issue: int) -> None:
    stored, unclear = _find_task(match, values, issue)
    if unclear:
        _refuse(match, place, "task", f"{place.sheet}!第 {place.row} 行：{unclear}")
    elif stored is None:
        _add_task(match, place, row, values, issue)
    else:
        match.taken.add(stored.pk)
        match.places.setdefault((match.at, place.row), []).append(stored.pk)
        _change_task(match, place, row, values, stored)


def _find_task(match: Match, values: Mapping[str, LedgerValue], issue: int) -> tuple[StoredTask | None, str]:
    """The stored task a row means; a sentence when it could be several."""
    number = (
        match.task_number.get(cells.fold(str(values["task_number"]))) if "task_number" in values else None
    )
    if number is not None:
        return match.tasks[number], ""
    if issue not in match.of_issue:
        return None, ""
    free = [
        t for t in match.of_issue.get(issue, ()) if t.pk not in match.taken and t.state != State.CANCELLED
    ]
    measure = str(values.get("measure", ""))
    if not measure:
        everything = match.of_issue.get(issue, [])
        if len(everything) == 1:
            return everything[0], ""
        if everything:
            return (
                None,
                f"本行没有整改措施，该问题下有 {len(everything)} 项任务，看不出要填到哪一项，请补上整改措施或任务编号。",
            )
        return None, ""
    words = cells.fold(measure)
    for task in free:
        if cells.fold(str(task.values.get("measure", ""))) == words:
            return task, ""
    return _closest(free, words), ""


def _closest(free: list[StoredTask], words: str) -> StoredTask | None:
    """The task whose measure differs by a few characters only; None when none does."""
    best, found = ALIKE, None
    for task in free:
        other = cells.fold(str(task.values.get("measure", "")))
        if abs(len(other) - len(words)) > 0.3 * max(len(other), len(words)):
            continue
        matcher = SequenceMatcher(None, other[:COMPARED], words[:COMPARED], autojunk=False)
        if matcher.quick_ratio() > best and (ratio := matcher.ratio()) > best:
            best, found = ratio, task
    return found


def _add_task(match: Match, place: Place, row: LedgerRow, values: dict[str, LedgerValue], issue: int) -> None:
    if not match.rights.office:
        _refuse(match, place, "task", f"{place.sheet}!第 {place.row} 行：新增任务只能由整改办办理。")
        return
    kept = {k: v for k, v in values.items() if k in OWN_KEYS}
    kept.setdefault(
        "measure",
        values.get("issue", "") or str(match.rows[-issue - 1 - match.before].values["issue"])
        if issue < 0
        else "",
    )
    if not kept["measure"]:
        kept["measure"] = match.issues[issue].values.get("issue", "")
    refusal = too_long_values(place, kept) or unmask(place, kept)
    if refusal:
        _refuse(match, place, "task", refusal)
        return
    state, step = kept.pop("state", ""), ""
    wanted = wanted_state(state) if state else None
    if match.rights.take_over and wanted is not None:
        step = f"take_over:{wanted.value}"
    elif wanted in (State.COMPLETED, State.SUSTAINED, State.SUBMITTED, State.VERIFYING):
        message = f"{place.at('state')}：“{cells.show(state)}”没有接收，任务按新任务登记；如为接收历史台账，请由整改办选择“接收历史台账”。"
        match.problems.append(
            CellProblem(place.sheet, place.cell("state"), "state_not_taken", message, place.row)
        )
    match.rows.append(
        PlanRow(
            place.sheet,
            place.row,
            "",
            "add",
            "task",
            issue=issue,
            step=step,
            values=kept,
            extra=_extra(row, values),
        )
    )


def _extra(row: LedgerRow, values: Mapping[str, LedgerValue]) -> dict[str, str]:
    """Columns nobody knows, and known ones that have no field of their own (money, rules …)."""
    if EXTRA_KEYS.isdisjoint(values):
        return row.extra
    known = {BY_KEY[k].header: str(v) for k, v in values.items() if k in EXTRA_KEYS}
    return {**row.extra, **known}


def _change_task(
    match: Match, place: Place, row: LedgerRow, values: dict[str, LedgerValue], stored: StoredTask
) -> None:
    masking = unmask(place, values, stored.values.get("phone", ""))
    if masking:
        _refuse(match, place, "task", masking, stored)
        return
    changes = []
    for key in COMPARED_KEYS:
        value = values.get(key)
        if not value or value == stored.values.get(key) or alike(key, value, stored.values.get(key, "")):
            continue
        if key == "state" and agrees(value, stored.state):
            continue
        now = printed(key, stored.values.get(key, ""))
        changes.append(FieldChange(key, place.header(key), place.cell(key), now, value))
    for header, text in _extra(row, values).items():
        if not alike("", text, stored.extra.get(header, "")):
            changes.append(FieldChange(EXTRA + header, header, "", stored.extra.get(header, ""), text))
    step, changes = _step(match, place, changes, stored)
    made = tuple(changes)
    if not made:
        match.kept += 1
        return
    refusal = _refusal(match, place, made, stored)
    if refusal:
        _refuse(match, place, "task", refusal, stored)
        return
    match.rows.append(
        PlanRow(
            place.sheet,
            place.row,
            "",
            "change",
            "task",
            stored.pk,
            stored.version,
            stored.number,
            made,
            issue=stored.issue,
            step=step,
        )
    )


def _step(
    match: Match, place: Place, changes: list[FieldChange], stored: StoredTask
) -> tuple[str, list[FieldChange]]:
    """The step a changed status asks for; one that cannot be asked for is noted and left out, the rest of the row stays."""
    state = next((c for c in changes if c.key == "state"), None)
    if state is None:
        return "", changes
    step, why_not = step_for(place, state.new, stored, match.rights)
    if not why_not:
        return step, changes
    match.problems.append(CellProblem(place.sheet, state.cell, "state_not_taken", why_not, place.row))
    return "", [c for c in changes if c.key != "state"]


def _refusal(match: Match, place: Place, changes: tuple[FieldChange, ...], stored: StoredTask) -> str:
    if stored.state == State.CANCELLED:
        return f"{place.sheet}!第 {place.row} 行：任务 {stored.number} 已撤销，不能修改。"
    if not match.rights.office and not match.rights.units & set(stored.units):
        return f"{place.sheet}!第 {place.row} 行：本单位不承担任务 {stored.number}，不能修改。"
    bad = next((p for c in changes if c.cell and (p := match.bad.get((place.sheet, c.cell)))), "")
    return (
        bad
        or not_allowed(place, changes, match.rights, stored)
        or emptied(place, changes)
        or too_long(place, changes)
    )
