"""Database → workbook: for the office, for a unit (only its rows), or for the tasks a page shows.

The export and the rows it printed are kept: they are the base when the workbook comes back.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts import audit
from accounts.models import Unit, User
from notices.domain.statistics import percent
from notices.ledger.load import (
    CHUNK,
    evidence_names,
    stream_issues,
    stream_tasks,
    visible_tasks,
)
from notices.ledger.packing import pack
from notices.ledger.schema import LAYOUT, MERGE_LIMIT
from notices.ledger.skeleton import Frame
from notices.ledger.write import LONGEST_CELL, Line, Sheetful, write_workbook
from notices.lights import RULES, light
from notices.models import Issue, LedgerBase, LedgerExport, Notice, Progress, Task, TaskUnit
from notices.records import LedgerValue, StoredIssue, StoredTask
from notices.terms import CLOSED_STATES, Light, PrintedProgress, State, UnitRole

KEPT_ROWS = 20_000  # up to here the tasks are read once and held; above, each list reads them anew in chunks
_ROLES = {r.value: r.label for r in UnitRole}
_BEFORE_WORK = (State.DRAFT, State.PENDING)
_WAITING = (State.SUBMITTED, State.VERIFYING)


@dataclass(frozen=True)
class Exported:
    """An export as kept, and the rows written per list."""

    export: LedgerExport
    rows: dict[str, int]


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


@dataclass
class Source:
    """What every list of one export reads."""

    notice: Notice
    tasks: Callable[[], Iterable[StoredTask]]
    issues: dict[int, StoredIssue]
    tallies: dict[int, Tally]
    today: dt.date
    extras: tuple[str, ...]
    evidence: dict[int, str]


@transaction.atomic
def export_ledger(
    notice: Notice,
    target: BinaryIO,
    *,
    by: User | None,
    at: dt.datetime,
    today: dt.date,
    unit: Unit | None = None,
    tasks: QuerySet[Task] | None = None,
) -> Exported:
    """Write the ledger of a notice to `target`.

    `unit`: only tasks in which that unit or one below it has a part. `tasks`: exactly these (a filtered page); both are
    cut down to what `by` may see. None is the system account, which sees all.
    """
    chosen = visible_tasks(notice, by)
    whole = unit is None and tasks is None
    if unit is not None:
        inside = [unit.pk, *unit.descendants().values_list("pk", flat=True)]
        chosen = chosen.filter(
            Exists(TaskUnit.objects.filter(task=OuterRef("pk"), unit__in=inside).exclude(role="former"))
        )
    if tasks is not None:
        chosen = chosen.filter(pk__in=tasks.order_by().values("pk"))
    filled_by = unit.name if unit else _own_unit(by, notice)
    scope = unit.name if unit else "全部" if whole else "筛选结果"
    export = LedgerExport(
        notice=notice, scope=scope, today=today, by=by, by_name=by.name if by else audit.SYSTEM_NAME, at=at
    )
    export.save(force_insert=True)
    source = _source(notice, chosen, today, whole=whole and _sees_all(chosen, notice))
    merged = len(source.issues) <= MERGE_LIMIT
    frame = Frame(
        title=notice.title,
        filled_by=filled_by,
        as_of=f"{today.year}年{today.month}月{today.day}日",
        notice=notice.pk,
        export=export.pk,
        units=_unit_names(notice),
        counts=_counts(chosen, source),
        extras=source.extras,
        note="" if merged else f"问题超过 {MERGE_LIMIT} 个,本表不合并单元格",
    )
    base = _Base(export)
    lists = {
        "issues": Sheetful(lambda: _issue_lines(source, base)),
        "tasks": Sheetful(lambda: _task_lines(source, base)),
        "duties": Sheetful(lambda: _duty_lines(source)),
        "progress": Sheetful(lambda: _progress_lines(source)),
        "wide": Sheetful(lambda: _wide_lines(source), merged=merged),
    }
    rows = write_workbook(frame, lists, target)
    base.close()
    LedgerExport.objects.filter(pk=export.pk).update(counts=rows)
    act = audit.Act(
        "ledger.export",
        "notice",
        notice.pk,
        notice.pk,
        data={"export": export.pk, "scope": scope, "rows": rows},
    )
    audit.record(act, by=by, at=at)
    return Exported(export, rows)


def _own_unit(by: User | None, notice: Notice) -> str:
    held = by.memberships.select_related("unit").order_by("pk").first() if by else None
    return held.unit.name if held else notice.unit.name


def _sees_all(chosen: QuerySet[Task], notice: Notice) -> bool:
    return chosen.count() == Task.objects.filter(notice=notice).count()


def _source(notice: Notice, chosen: QuerySet[Task], today: dt.date, *, whole: bool) -> Source:
    count = chosen.count()
    if count <= KEPT_ROWS:
        held = list(stream_tasks(chosen))
        tasks: Callable[[], Iterable[StoredTask]] = lambda: held  # noqa: E731
    else:
        tasks = lambda: stream_tasks(chosen)  # noqa: E731
    issues = Issue.objects.filter(notice=notice).in_order()
    if not whole:
        issues = issues.filter(pk__in=chosen.order_by().values("issue"))
    listed = {i.pk: i for i in stream_issues(issues)}
    extras: dict[str, None] = {}
    tallies = {pk: Tally() for pk in listed}
    monday = today - dt.timedelta(days=today.weekday())
    for task in tasks():
        extras |= dict.fromkeys(task.extra)
        _count(tallies[task.issue], task, today)
    recent = Progress.objects.filter(
        task__in=chosen.order_by().values("pk"), at__date__gte=monday, at__date__lte=today
    )
    for issue, number, text in recent.order_by("task__position", "at").values_list(
        "task__issue_id", "task__number", "text"
    ):
        if text:
            tallies[issue].week.append(f"{number}:{text}")
    evidence = _all_evidence(chosen)
    return Source(notice, tasks, listed, tallies, today, tuple(extras), evidence)


def _all_evidence(chosen: QuerySet[Task]) -> dict[int, str]:
    ids = list(chosen.order_by().filter(evidence_count__gt=0).values_list("pk", flat=True))
    found: dict[int, str] = {}
    for start in range(0, len(ids), CHUNK):
        found |= evidence_names(ids[start : start + CHUNK])
    return found


def _count(tally: Tally, task: StoredTask, today: dt.date) -> None:
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


def _counts(chosen: QuerySet[Task], source: Source) -> dict[str, int]:
    tasks = chosen.count()
    duties = (
        TaskUnit.objects.filter(task__in=chosen.order_by().values("pk")).exclude(role=UnitRole.FORMER).count()
    )
    issues = len(source.issues)
    return {"issues": issues, "tasks": tasks, "duties": duties, "progress": issues, "wide": tasks + issues}


def _unit_names(notice: Notice) -> tuple[str, ...]:
    """Units under the inspected party, for the drop-downs."""
    found = Unit.objects.active().filter(
        Q(pk=notice.unit_id) | Q(pk__in=notice.unit.descendants().values("pk"))
    )
    return tuple(found.order_by("position", "pk").values_list("name", flat=True)[:2000])


# --- lines of each list --------------------------------------------------------------------------------------


class _Base:
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


def _fit(value: LedgerValue) -> LedgerValue:
    """Excel keeps 32,767 characters in a cell; what is longer is cut and stays whole in the database."""
    return value[:LONGEST_CELL] if isinstance(value, str) and len(value) > LONGEST_CELL else value


def _issue_lines(source: Source, base: _Base) -> Iterator[Line]:
    for issue in source.issues.values():
        base.add("issue", issue)
        own = {"issue_number": issue.number, "issue_progress": source.tallies[issue.pk].progress}
        values = {**issue.values, **own}
        yield Line(
            f"{issue.pk}.{issue.version}",
            tuple([_fit(values.get(k, "")) for k in LAYOUT["issues"]]),
            issue.pk,
        )


def _light(source: Source, task: StoredTask) -> str:
    deadline, finished = task.values["deadline"], task.values["finished_on"]
    found = light(
        task.state,
        deadline if isinstance(deadline, dt.date) else None,
        finished if isinstance(finished, dt.date) else None,
        today=source.today,
        rule=RULES[source.notice.preset],
    )
    return str(Light(found).label) if found != Light.NONE else ""


def _task_values(source: Source, task: StoredTask, issue: StoredIssue) -> dict[str, LedgerValue]:
    return {
        **task.values,
        "task_number": task.number,
        "issue_number": issue.number,
        "issue": issue.values["issue"],
        "light": _light(source, task),
        "evidence": source.evidence.get(task.pk, ""),
    }


def _task_lines(source: Source, base: _Base) -> Iterator[Line]:
    keys = LAYOUT["tasks"]
    for task in source.tasks():
        base.add("task", task)
        values = _task_values(source, task, source.issues[task.issue])
        cells = [_fit(values.get(k, "")) for k in keys] + [task.extra.get(h, "") for h in source.extras]
        yield Line(f"{task.pk}.{task.version}", tuple(cells), task.issue, task.parent is not None)


def _duty_lines(source: Source) -> Iterator[Line]:
    """Unit × task, a unit's tasks together: chunks of tasks cannot be sorted by unit, so the rows of the join are."""
    wanted = {t.pk: t for t in source.tasks()}
    parts = (
        TaskUnit.objects.filter(task__notice=source.notice)
        .exclude(role=UnitRole.FORMER)
        .order_by("unit__position", "unit_id", "unit_text", "task__issue__position", "task__position", "pk")
    )
    rows = parts.values_list("pk", "task_id", "unit_text", "role").iterator(chunk_size=CHUNK)
    for pk, task_id, unit, role in rows:
        task = wanted.get(task_id)
        if task is None:
            continue
        values = {
            **task.values,
            "task_number": task.number,
            "unit": unit,
            "role": _ROLES[role],
            "light": _light(source, task),
        }
        if role != UnitRole.LEAD:
            values |= {"contact": "", "phone": ""}
        yield Line(
            f"{pk}.{task.version}", tuple([_fit(values.get(k, "")) for k in LAYOUT["duties"]]), task.issue
        )


def _progress_lines(source: Source) -> Iterator[Line]:
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
            _fit("\n".join(tally.week)),
        )
        yield Line(f"{issue.pk}.{issue.version}", cells, issue.pk)


def _wide_lines(source: Source) -> Iterator[Line]:
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
    own: dict[str, LedgerValue] = {
        "issue_progress": source.tallies[issue.pk].progress,
        "issue_number": issue.number,
    }
    shared = ("aspect", "issue", "detail", "source", "target")
    of_task = _task_values(source, task, issue) if task else {}
    values = {**of_task, **{k: issue.values[k] for k in shared}, **own}
    cells = [_fit(values.get(k, "")) for k in LAYOUT["wide"]]
    cells += [task.extra.get(h, "") if task else "" for h in source.extras]
    key = f"{task.pk}.{task.version}" if task else ""
    return Line(key, tuple(cells), issue.pk, bool(task and task.parent))
