"""周报: one unit's week, filed as a whole. What it says of a task is a Progress row, entered once.

A unit reports on the tasks it leads and works on (整改中). Words filed on a task's own page during the week count; words
left as they were last week are filed again and marked; no words need the reason why there is no progress.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Prefetch, QuerySet

from accounts import audit
from accounts.access import has, reach
from accounts.models import Membership, Unit, User
from accounts.roles import Can, Role
from notices.domain import reporting
from notices.domain.weeks import is_running, monday_of, week_words, window_of
from notices.domain.workdays import ZONE
from notices.errors import Missing, Refused
from notices.models import Notice, Progress, Snapshot, Task, TaskUnit, WeekLine, WeekReport
from notices.terms import State

_WEEK = dt.timedelta(days=7)


@dataclass(frozen=True)
class Line:
    """A task on the page of a report. `filed`: this week's report on it; the words are its, else last week's."""

    task: Task
    filed: Progress | None
    text: str
    next_step: str
    blocked: str

    @property
    def seen(self) -> str:
        """When the report was filed that the person saw; empty for none."""
        return self.task.latest_at.isoformat() if self.task.latest_at else ""


@dataclass(frozen=True)
class Entry:
    """What was typed for one task. `idle`: no progress this week, for the reason in `why`."""

    task: int
    text: str = ""
    next_step: str = ""
    blocked: str = ""
    idle: bool = False
    why: str = ""
    seen: str = ""


# ── Who has to file ──────────────────────────────────────────────────────────
def due_units(notice: Notice) -> QuerySet[Unit]:
    """Units that lead tasks being worked on now."""
    led = Task.objects.filter(notice=notice, state=State.ACTIVE).order_by().values("lead_unit")
    return Unit.objects.without_tree_fields().filter(pk__in=led).order_by("position", "pk")


def missing(notice: Notice, week: dt.date) -> QuerySet[Unit]:
    """Units whose report of the week that begins on this Monday is not there: of an open week by the tasks they lead
    now, of a closed one by what was due when it was closed, less what came in since."""
    closed = Snapshot.objects.filter(notice=notice, starts_on=week).first()
    if closed is None:
        due = due_units(notice)
    else:
        kept = [pk for pk, _ in closed.head.get("missing", ())]
        due = Unit.objects.without_tree_fields().filter(pk__in=kept).order_by("position", "pk")
    filed = WeekReport.objects.filter(notice=notice, starts_on=week).filed()
    return due.exclude(pk__in=filed.order_by().values("unit"))


def unstaffed(unit: Unit) -> bool:
    """Nobody works for the unit in the system, so the office may file for it (代填)."""
    workers = Membership.objects.filter(unit=unit, role__in=(Role.STAFF, Role.HEAD), user__is_active=True)
    return not workers.exists()


def filer(user: User, notice: Notice, unit: Unit) -> str | None:
    """None when this person may file for the unit; else the sentence that refuses."""
    if not is_running(notice):
        return "该批次尚未启动或已归档，不报送周报。"
    if has(user, Can.WORK, unit):
        return None
    if has(user, Can.PLAN, notice.unit_id):
        return None if unstaffed(unit) else f"{unit.label}已有账号，应由该单位自行报送。"
    return "只有该单位的经办人或负责人可以报送周报。"


def units_read_by(user: User, notice: Notice) -> QuerySet[Unit]:
    """Units with a task of the notice whose reports this person may read."""
    led = Task.objects.filter(notice=notice, lead_unit__isnull=False).exclude(state=State.DRAFT)
    found = Unit.objects.without_tree_fields().filter(pk__in=led.order_by().values("lead_unit"))
    if not has(user, Can.SEE_NOTICE, notice.unit_id):
        found = found.filter(pk__in=reach(user, Can.SEE_OWN) | reach(user, Can.OVERSEE))
    return found.order_by("position", "pk")


# ── The page of a report ─────────────────────────────────────────────────────
def lines_of(notice: Notice, unit: Unit, week: dt.date) -> list[Line]:
    """The tasks the unit reports on, in ledger order. Three queries, whatever their number."""
    tasks = list(
        Task.objects.filter(notice=notice, lead_unit=unit, state=State.ACTIVE)
        .select_related("issue", "notice")
        .prefetch_related(Prefetch("task_units", TaskUnit.objects.select_related("unit")))
        .defer("notice__text")
        .in_order()
    )
    filed = filed_in(week, [t.pk for t in tasks])
    return [_line(task, filed.get(task.pk)) for task in tasks]


def _line(task: Task, row: Progress | None) -> Line:
    if row is not None:
        return Line(task, row, row.text, row.next_step, row.blocked)
    return Line(task, None, task.latest_text, task.latest_next, task.latest_blocked)


def filed_in(week: dt.date, tasks: Sequence[int]) -> dict[int, Progress]:
    """Task → the newest report of that week by its lead unit; what was filed late for an earlier week is not of it."""
    start = dt.datetime.combine(week, dt.time(), ZONE)
    rows = Progress.objects.filter(
        task__in=tasks, at__gte=start, at__lt=start + _WEEK, unit=F("task__lead_unit")
    ).exclude(week_lines__report__starts_on__lt=week)
    return {row.task_id: row for row in rows.order_by("at", "pk")}


# ── Filing ───────────────────────────────────────────────────────────────────
@transaction.atomic
def file_report(
    notice: Notice, unit: Unit, week: dt.date, entries: Iterable[Entry], *, by: User, at: dt.datetime
) -> WeekReport:
    """File the unit's week as a whole, all of it or nothing.

    1. may this person, is the week open; 2. lock the unit's week; 3. every task has words or a reason;
    4. progress reports where the words are new; 5. lines, report, event. Raises Missing with `task-<id>` keys.
    """
    why_not = filer(by, notice, unit)
    if why_not:
        raise Refused(why_not)
    row, _ = WeekReport.objects.get_or_create(notice=notice, unit=unit, starts_on=week)
    row = WeekReport.objects.select_for_update().get(pk=row.pk)
    late = _refuse_closed(notice, row, at)
    lines = lines_of(notice, unit, week)
    if not lines:
        raise Refused("本单位没有整改中的任务，本周不需要报送。")
    typed = {entry.task: entry for entry in entries}
    faults = {f"task-{x.task.pk}": said for x in lines if (said := _fault(x, typed.get(x.task.pk)))}
    if faults:
        raise Missing(faults)
    WeekLine.objects.filter(report=row).delete()
    kept = [_keep(row, line, typed[line.task.pk], by=by, at=at) for line in lines]
    WeekLine.objects.bulk_create(kept)
    values = {"filed_at": at, "by": by, "by_name": by.name, "late": late, "is_reopened": False}
    behalf = not has(by, Can.WORK, unit)
    WeekReport.objects.filter(pk=row.pk).update(**values, on_behalf=behalf, version=row.version + 1)
    data = {
        "unit": unit.pk,
        "week": week.isoformat(),
        "late": late,
        "tasks": len(kept),
        "idle": sum(x.progress_id is None for x in kept),
    }
    audit.record(audit.Act("week.file", "week_report", row.pk, notice.pk, data=data), by=by, at=at)
    return WeekReport.objects.get(pk=row.pk)


def _refuse_closed(notice: Notice, row: WeekReport, at: dt.datetime) -> bool:
    """Refuse when the week does not take reports now; else whether this one is late."""
    found = window_of(notice, row.starts_on)
    if found is None:
        raise Refused(f"{week_words(row.starts_on)}不报送周报。")
    if at < found.opens_at:
        raise Refused(f"本周周报自{found.opens_at:%m月%d日 %H:%M}起报送。")
    if row.is_reopened:
        return at > found.closes_at
    if row.filed_at is not None:
        raise Refused("本周周报已经报送；需要更正的，请联系整改办准予补报后重新报送。")
    if Snapshot.objects.filter(notice=notice, starts_on=row.starts_on).exists():
        raise Refused("这一周已经封存；需要补报的，请联系整改办准予补报。")
    if row.starts_on < monday_of(at.astimezone(ZONE).date()) - _WEEK:
        raise Refused("只能报送本周和上周的周报；更早的请联系整改办准予补报。")
    return at > found.closes_at


def _fault(line: Line, entry: Entry | None) -> str:
    """What is wrong with the words about one task; empty when nothing is."""
    number = line.task.number
    if entry is None:
        return f"任务 {number} 是新签收的，请填写本周进展，或注明本周无进展的原因。"
    if entry.idle:
        return "" if entry.why.strip() else f"请写明任务 {number} 本周无进展的原因。"
    if not entry.text.strip():
        return f"请填写任务 {number} 的本周进展；确无进展的，勾选“本周无进展”并写明原因。"
    if _differs(line, entry) and entry.seen != line.seen:
        return (
            f"任务 {number} 刚刚有人更新了进展，现为“{line.task.latest_text[:60]}”。"
            "您填写的内容仍在框中，请核对后再报送。"
        )
    return ""


def _differs(line: Line, entry: Entry) -> bool:
    typed = (entry.text.strip(), entry.next_step.strip(), entry.blocked.strip())
    return typed != (line.text.strip(), line.next_step.strip(), line.blocked.strip())


def _keep(row: WeekReport, line: Line, entry: Entry, *, by: User, at: dt.datetime) -> WeekLine:
    if entry.idle:
        return WeekLine(report=row, task=line.task, idle_reason=entry.why.strip()[:500])
    if line.filed is not None and not _differs(line, entry):
        return WeekLine(report=row, task=line.task, progress=line.filed)
    repeated = not _differs(line, entry)
    filed = reporting.report(
        line.task, text=entry.text, next_step=entry.next_step, blocked=entry.blocked, by=by, at=at
    )
    return WeekLine(report=row, task=line.task, progress=filed, repeated=repeated)
