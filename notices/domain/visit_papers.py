"""督导检查记录 as Word bytes: what the reader may see of a visit and its findings."""

import datetime as dt

from django.db.models import Prefetch

from accounts.models import Unit, User
from notices.domain.supervision import reads_all
from notices.models import Finding, Supervision, Task
from notices.report.visit import FindingLine, VisitRecord, document
from notices.report.word import write
from notices.terms import FindingState, Severity, VisitState


def record_bytes(visit: Supervision, *, reader: User, today: dt.date) -> bytes:
    """`visit` with its notice and the notice's unit joined. Five queries, whatever the findings."""
    whole = reads_all(reader, visit)
    seen = Finding.objects.visible_to(reader).live().filter(supervision=visit).order_by("position")
    tasks = Prefetch("tasks", Task.objects.visible_to(reader).in_order())
    findings = list(seen.select_related("unit").prefetch_related(tasks, "replies"))
    files = visit.files.filter(finding=None).order_by("at", "pk") if whole else visit.files.none()
    units = Unit.objects.without_tree_fields().filter(supervisions=visit).by_position()
    record = VisitRecord(
        title=visit.title,
        notice=visit.notice.title,
        state=str(VisitState(visit.state).label),
        planned_on=visit.planned_on,
        held_on=visit.held_on,
        team=visit.team,
        units=tuple(unit.name for unit in units),
        methods=tuple(visit.method_labels),
        meetings=visit.meetings,
        purpose=visit.purpose,
        summary=visit.summary if whole else "",
        findings=tuple(_line(row) for row in findings),
        files=tuple(file.name for file in files),
        signature=f"{visit.notice.unit.name}整改办",
        day=today,
    )
    return write(document(record))


def _line(row: Finding) -> FindingLine:
    tasks = "、".join(task.number for task in row.tasks.all())
    replies = sorted(row.replies.all(), key=lambda each: (each.at, each.pk))
    due = f"{row.reply_by:%Y-%m-%d} 前回复" if row.state == FindingState.HANDED and row.reply_by else ""
    return FindingLine(
        unit=row.unit.name,
        text=row.text,
        severity=str(Severity(row.severity).label),
        state=due or str(FindingState(row.state).label),
        tasks=f"关联任务 {tasks}" if tasks else "",
        reply=f"单位回复：{replies[-1].text}" if replies else "",
    )
