"""The lines of each list of the workbook, from one source of issues and tasks, in printed order."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from notices.domain.statistics import percent
from notices.ledger.compare import printed
from notices.ledger.load import CHUNK
from notices.ledger.packing import pack
from notices.ledger.schema import LAYOUT
from notices.ledger.write import Line
from notices.lights import LightRule, light
from notices.models import LedgerBase, LedgerExport
from notices.records import LedgerValue, StoredIssue, StoredTask
from notices.terms import CLOSED_STATES, Light, PrintedProgress, State, UnitRole

_ROLES = {r.value: r.label for r in UnitRole}
_BEFORE_WORK = (State.DRAFT, State.PENDING)
_OF_ISSUE = (
    "aspect",
    "issue",
    "detail",
    "source",
    "target",
)  # cells of 整改台账 that a task's row takes from its issue
_WAITING = (State.SUBMITTED, State.VERIFYING)
Duty = tuple[int, int, str, str]  # key, task, name of the unit, role


@dataclass
class Tally:
    """An issue's tasks in counts: top-level, without cancelled ones."""

    total: int = 0
    completed: int = 0
    sustained: int = 0
    overdue: int = 0
    begun: int = 0
    week: list[str] = field(default_factory=list)

    @property
    def progress(self) -> str:
        """The issue's printed progress, derived from its tasks."""
        if self.total and self.completed == self.total:
            return PrintedProgress.COMPLETED.label
        if self.total and self.completed + self.sustained == self.total:
            return PrintedProgress.SUSTAINED.label
        return PrintedProgress.IN_PROGRESS.label if self.begun else PrintedProgress.NOT_STARTED.label


def count(tally: Tally, task: StoredTask, today: dt.date) -> None:
    if task.parent is not None or task.state == State.CANCELLED:
        return
    tally.total += 1
    tally.completed += task.state == State.COMPLETED
    tally.sustained += task.state == State.SUSTAINED
    tally.begun += task.state not in _BEFORE_WORK
    deadline, finished = task.values["deadline"], task.values["finished_on"]
    if task.state not in CLOSED_STATES and isinstance(deadline, dt.date):
        judged = finished if task.state in _WAITING and isinstance(finished, dt.date) else today
        tally.overdue += deadline < judged


@dataclass
class Source:
    """What every list of one export reads: the database as it is, or a snapshot. `duties` come in printed order and
    may name tasks that are not listed. `said`: 整改进度 of issues whose tallies do not hold every task."""

    rule: LightRule
    tasks: Callable[[], Iterable[StoredTask]]
    issues: dict[int, StoredIssue]
    tallies: dict[int, Tally]
    today: dt.date
    extras: tuple[str, ...]
    evidence: dict[int, str]
    duties: Callable[[], Iterable[Duty]]
    said: dict[int, str] = field(default_factory=dict)
    lights: dict[int, str] = field(default_factory=dict)

    @property
    def issue_extras(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(header for issue in self.issues.values() for header in issue.extra))

    def progress(self, issue: int) -> str:
        return self.said.get(issue) or self.tallies[issue].progress


class BaseWriter:
    """Keeps what was printed, slice by slice, while the lists are written."""

    def __init__(self, export: LedgerExport) -> None:
        self.export = export
        self.rows: dict[str, list[tuple[int, int, dict[str, LedgerValue], dict[str, str]]]] = {
            "issue": [],
            "task": [],
        }
        self.parts = {"issue": 0, "task": 0}

    def add(self, of: str, row: StoredIssue | StoredTask) -> None:
        rows = self.rows[of]
        rows.append((row.pk, row.version, row.values, row.extra))
        if len(rows) >= CHUNK:
            self.flush(of)

    def flush(self, of: str) -> None:
        if self.rows[of]:
            data = pack(self.rows[of])
            LedgerBase(export=self.export, of=of, part=self.parts[of], rows=data).save(force_insert=True)
            self.parts[of] += 1
            self.rows[of].clear()

    def close(self) -> None:
        self.flush("issue")
        self.flush("task")


def issue_lines(source: Source, base: BaseWriter | None) -> Iterator[Line]:
    extras = source.issue_extras
    for issue in source.issues.values():
        if base is not None:
            base.add("issue", issue)
        own = {"issue_number": issue.number, "issue_progress": source.progress(issue.pk)}
        values = {**issue.values, **own}
        yield Line(
            f"{issue.pk}.{issue.version}",
            (*[values.get(k, "") for k in LAYOUT["issues"]], *[issue.extra.get(h, "") for h in extras]),
            issue.pk,
        )


def _light(source: Source, task: StoredTask) -> str:
    """The light as a word, on the day of the export; found once for the three lists that print it."""
    if task.pk not in source.lights:
        deadline, finished = task.values["deadline"], task.values["finished_on"]
        found = light(
            task.state,
            deadline if isinstance(deadline, dt.date) else None,
            finished if isinstance(finished, dt.date) else None,
            today=source.today,
            rule=source.rule,
        )
        source.lights[task.pk] = str(Light(found).label) if found != Light.NONE else ""
    return source.lights[task.pk]


def _task_values(source: Source, task: StoredTask, issue: StoredIssue) -> dict[str, LedgerValue]:
    return {
        **task.values,
        "task_number": task.number,
        "issue_number": issue.number,
        "issue": issue.values["issue"],
        "light": _light(source, task),
        "evidence": source.evidence.get(task.pk, ""),
    }


def task_lines(source: Source, base: BaseWriter | None) -> Iterator[Line]:
    keys = LAYOUT["tasks"]
    for task in source.tasks():
        if base is not None:
            base.add("task", task)
        values = _task_values(source, task, source.issues[task.issue])
        cells = [values[k] for k in keys] + [task.extra.get(h, "") for h in source.extras]
        yield Line(f"{task.pk}.{task.version}", tuple(cells), task.issue, task.parent is not None)


def duty_lines(source: Source) -> Iterator[Line]:
    """Unit × task, a unit's tasks together. (The columns of 责任清单 one by one: there are three rows to a task.)"""
    wanted = {t.pk: t for t in source.tasks()}
    for pk, task_id, unit, role in source.duties():
        task = wanted.get(task_id)
        if task is None:
            continue
        values, lead = task.values, role == UnitRole.LEAD
        cells = (
            unit,
            _ROLES[role],
            task.number,
            values["measure"],
            values["leader"],
            values["contact"] if lead else "",
            printed("phone", values["phone"]) if lead else "",
            values["deadline"],
            values["state"],
            _light(source, task),
        )
        yield Line(f"{pk}.{task.version}", cells, task.issue)


def progress_lines(source: Source) -> Iterator[Line]:
    for issue in source.issues.values():
        tally = source.tallies[issue.pk]
        rate = percent(tally.completed, tally.total)
        cells = (
            issue.number,
            issue.values["issue"],
            tally.total,
            tally.completed,
            tally.sustained,
            tally.total - tally.completed - tally.sustained,
            tally.overdue,
            float(rate) / 100 if rate is not None else "",
            "\n".join(tally.week),
        )
        yield Line(f"{issue.pk}.{issue.version}", cells, issue.pk)


def wide_lines(source: Source) -> Iterator[Line]:
    """Tasks under their issues; an issue without a task has a row of its own, in its place."""
    waiting = iter(source.issues.values())
    seen: set[int] = set()
    for task in source.tasks():
        if task.issue not in seen:
            for issue in waiting:
                seen.add(issue.pk)
                if issue.pk == task.issue:
                    break
                yield _wide_line(source, issue, None)
        yield _wide_line(source, source.issues[task.issue], task)
    for issue in waiting:
        yield _wide_line(source, issue, None)


def _wide_line(source: Source, issue: StoredIssue, task: StoredTask | None) -> Line:
    values = _task_values(source, task, issue) if task else {}
    values |= {k: issue.values[k] for k in _OF_ISSUE}
    values |= {"issue_progress": source.progress(issue.pk), "issue_number": issue.number}
    cells = [values.get(k, "") for k in LAYOUT["wide"]]
    cells += [task.extra.get(h, "") if task else "" for h in source.extras]
    key = f"{task.pk}.{task.version}" if task else ""
    return Line(key, tuple(cells), issue.pk, bool(task and task.parent))
