"""Database → workbook: for the office, for a unit (only its rows), or for the tasks a page shows.

The export and the rows it printed are kept: they are the base when the workbook comes back.
"""

import datetime as dt
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts import audit
from accounts.models import Unit, User
from notices.ledger import lines
from notices.ledger.collector import paused
from notices.ledger.lines import BaseWriter, Source, Tally
from notices.ledger.load import (
    CHUNK,
    evidence_names,
    stream_duties,
    stream_issues,
    stream_tasks,
    visible_tasks,
)
from notices.ledger.schema import MERGE_LIMIT, NOT_MERGED
from notices.ledger.skeleton import Frame
from notices.ledger.write import Line, Sheetful, write_workbook
from notices.lights import RULES
from notices.models import Issue, LedgerExport, Notice, Progress, Task, TaskUnit
from notices.records import StoredTask, Tell, untold
from notices.terms import PrintedProgress, UnitRole

FILTERED_SCOPE, FILTERED = "筛选结果", "筛选后的 {} 项任务，问题的进度按全部任务计算"
DAY = dt.timedelta(days=1)
KEPT_ROWS = 20_000  # up to here the tasks are read once and held; above, each list reads them anew in chunks


@dataclass(frozen=True)
class Exported:
    """An export as kept, and the rows written per list."""

    export: LedgerExport
    rows: dict[str, int]


@paused()
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
    tell: Tell = untold,
) -> Exported:
    """Write the ledger of a notice to `target`.

    `unit`: only tasks in which that unit or one below it has a part. `tasks`: exactly these (a filtered page); both are
    cut down to what `by` may see. `by` None is the system account, which sees all.
    """
    chosen = _choose(notice, by, unit, tasks)
    whole = unit is None and tasks is None and chosen.count() == notice.tasks.count()
    scope = unit.name if unit else FILTERED_SCOPE if tasks is not None else "全部"
    by_name = by.name if by else audit.SYSTEM_NAME
    export = LedgerExport(notice=notice, scope=scope, today=today, by=by, by_name=by_name, at=at)
    export.save(force_insert=True)
    seen = chosen if whole else visible_tasks(notice, by)
    source = _source(notice, chosen, seen, today, whole=whole)
    frame = _frame(export, source, chosen, filled_by=unit.name if unit else _own_unit(by, notice))
    base = BaseWriter(export)
    rows = write_source(frame, source, target, base=base, tell=tell)
    base.close()
    LedgerExport.objects.filter(pk=export.pk).update(counts=rows)
    data = {"export": export.pk, "scope": scope, "rows": rows}
    audit.record(audit.Act("ledger.export", "notice", notice.pk, notice.pk, data=data), by=by, at=at)
    return Exported(export, rows)


def write_source(
    frame: Frame, source: Source, target: BinaryIO, *, base: BaseWriter | None, tell: Tell = untold
) -> dict[str, int]:
    """Write the six sheets from any source, live or frozen; returns the rows written per list. `base` None: nothing
    is kept for a way back."""
    watch = _Watch(tell, sum(frame.counts.values()))
    lists = {
        "issues": Sheetful(lambda: watch(lines.issue_lines(source, base))),
        "tasks": Sheetful(lambda: watch(lines.task_lines(source, base))),
        "duties": Sheetful(lambda: watch(lines.duty_lines(source))),
        "progress": Sheetful(lambda: watch(lines.progress_lines(source))),
        "wide": Sheetful(lambda: watch(lines.wide_lines(source)), merged=not frame.note),
    }
    return write_workbook(frame, lists, target)


class _Watch:
    """Tells every thousand lines how many are written."""

    def __init__(self, tell: Tell, total: int) -> None:
        self._tell, self._total, self._done = tell, total, 0

    def __call__(self, written: Iterable[Line]) -> Iterator[Line]:
        for line in written:
            if self._done % 1000 == 0:
                self._tell("写入工作簿", self._done, self._total)
            self._done += 1
            yield line


def _choose(
    notice: Notice, by: User | None, unit: Unit | None, tasks: QuerySet[Task] | None
) -> QuerySet[Task]:
    chosen = visible_tasks(notice, by)
    if unit is not None:
        inside = [unit.pk, *unit.descendants().values_list("pk", flat=True)]
        parts = TaskUnit.objects.filter(task=OuterRef("pk"), unit__in=inside).exclude(role=UnitRole.FORMER)
        chosen = chosen.filter(Exists(parts))
    if tasks is not None:
        chosen = chosen.filter(pk__in=tasks.order_by().values("pk"))
    return chosen


def _frame(export: LedgerExport, source: Source, chosen: QuerySet[Task], *, filled_by: str) -> Frame:
    today = export.today
    too_many = len(source.issues) > MERGE_LIMIT
    return Frame(
        title=export.notice.title,
        filled_by=filled_by,
        as_of=f"{today.year}年{today.month}月{today.day}日",
        notice=export.notice_id,
        export=export.pk,
        origin=export.notice.origin,
        units=unit_names(export.notice),
        counts=_counts(chosen, source),
        extras=source.extras,
        issue_extras=source.issue_extras,
        scope=FILTERED.format(chosen.count()) if export.scope == FILTERED_SCOPE else "",
        note=NOT_MERGED if too_many else "",
    )


def _own_unit(by: User | None, notice: Notice) -> str:
    held = by.memberships.select_related("unit").order_by("pk").first() if by else None
    return held.unit.name if held else notice.unit.name


def _source(
    notice: Notice, chosen: QuerySet[Task], seen: QuerySet[Task], today: dt.date, *, whole: bool
) -> Source:
    """`chosen` are printed; 进度清单 counts those `seen`, 整改进度 all of an issue: as the pages do."""
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
    for task in tasks():
        extras |= dict.fromkeys(task.extra)
    seen = seen if whole else seen.filter(issue__in=chosen.order_by().values("issue"))
    for task in tasks() if whole else stream_tasks(seen):
        lines.count(tallies[task.issue], task, today)
    said = {} if whole else _said(notice, listed)
    for issue, number, text in week_words(seen, today):
        tallies[issue].week.append(f"{number}:{text}")
    evidence = _all_evidence(chosen)
    rule = RULES[notice.preset]
    duties = lambda: stream_duties(notice)  # noqa: E731
    return Source(rule, tasks, listed, tallies, today, tuple(extras), evidence, duties, said)


def _said(notice: Notice, issues: Container[int]) -> dict[int, str]:
    """整改进度 of issues of which not every task is printed: it follows from all of their tasks."""
    rows = Issue.objects.filter(notice=notice).with_progress().values_list("pk", "progress")  # type: ignore[misc]
    return {pk: str(PrintedProgress(code).label) for pk, code in rows if pk in issues}


def week_words(chosen: QuerySet[Task], today: dt.date) -> Iterator[tuple[int, str, str]]:
    """(issue, number of the task, text) of each report since Monday."""
    monday = today - dt.timedelta(days=today.weekday())
    recent = Progress.objects.filter(
        task__in=chosen.order_by().values("pk"), at__gte=_midnight(monday), at__lt=_midnight(today + DAY)
    ).exclude(text="")
    return (
        recent.order_by("task__position", "at", "pk")
        .values_list("task__issue_id", "task__number", "text")
        .iterator(chunk_size=CHUNK)
    )


def _midnight(day: dt.date) -> dt.datetime:
    """When the day begins here: an instant is compared by the index, its day would be worked out row by row."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _all_evidence(chosen: QuerySet[Task]) -> dict[int, str]:
    ids = list(chosen.order_by().filter(evidence_count__gt=0).values_list("pk", flat=True))
    found: dict[int, str] = {}
    for start in range(0, len(ids), CHUNK):
        found |= evidence_names(ids[start : start + CHUNK])
    return found


def _counts(chosen: QuerySet[Task], source: Source) -> dict[str, int]:
    tasks = chosen.count()
    duties = (
        TaskUnit.objects.filter(task__in=chosen.order_by().values("pk")).exclude(role=UnitRole.FORMER).count()
    )
    issues = len(source.issues)
    return {"issues": issues, "tasks": tasks, "duties": duties, "progress": issues, "wide": tasks + issues}


def unit_names(notice: Notice) -> tuple[str, ...]:
    """Units under the inspected party, for the drop-downs."""
    found = Unit.objects.active().filter(
        Q(pk=notice.unit_id) | Q(pk__in=notice.unit.descendants().values("pk"))
    )
    return tuple(found.order_by("position", "pk").values_list("name", flat=True)[:2000])
