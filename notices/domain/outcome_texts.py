"""What reports and the notice say of results, as proposals: each report is read once, each sentence proposed once."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import User
from notices.domain.outcomes import office
from notices.errors import Refused
from notices.models import Notice, OutcomeEntry, OutcomeScan, Progress, Task
from notices.terms import MEASURES, Metric, OutcomeSource, OutcomeState
from notices.text.outcome_proposals import OutcomeProposal, fingerprint, plain, proposals_in
from notices.text.parse import parse_notice

MOST = 2000  # reports of one reading; the rest is read by the next
_METRICS = {str(metric.label): metric for metric in Metric}


@dataclass(frozen=True)
class Read:
    """What a reading brought: proposals that are new, and reports that still wait to be read."""

    new: int
    left: int


def unread(notice: Notice) -> int:
    """How many reports have not been read for results."""
    scan = OutcomeScan.objects.filter(notice=notice).first()
    return _after(notice, scan.last_progress if scan else 0).count()


def unread_of(notices: Iterable[Notice]) -> dict[int, int]:
    """The same by notice."""
    return {notice.pk: unread(notice) for notice in notices}


@transaction.atomic
def read_texts(notice: Notice, *, by: User, at: dt.datetime) -> Read:
    """1. may this person; 2. reports since the last reading, oldest first, and the notice's text when it is another;
    3. proposals, without those whose sentence is there already; 4. how far was read; 5. the event."""
    why_not = office(by, notice)
    if why_not:
        raise Refused(why_not)
    first = {"by_name": by.name, "at": at}
    OutcomeScan.objects.get_or_create(notice=notice, defaults=first)
    scan = OutcomeScan.objects.select_for_update().get(notice=notice)
    reports = list(_after(notice, scan.last_progress).select_related("task")[:MOST])
    digest = hashlib.sha256(notice.text.encode()).hexdigest()
    rows = [row for report in reports for row in _of_report(notice, report, by=by, at=at)]
    if digest != scan.text_sha256:
        rows += _of_notice(notice, by=by, at=at)
    mine = OutcomeEntry.objects.filter(notice=notice)
    before = mine.count()
    OutcomeEntry.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    new = mine.count() - before
    last = reports[-1].pk if reports else scan.last_progress
    OutcomeScan.objects.filter(pk=scan.pk).update(
        last_progress=last, text_sha256=digest, by_name=by.name, at=at
    )
    data = {"reports": len(reports), "new": new}
    audit.record(audit.Act("outcome.read_texts", "notice", notice.pk, notice.pk, data=data), by=by, at=at)
    return Read(new, _after(notice, last).count())


def _after(notice: Notice, last: int) -> QuerySet[Progress]:
    return Progress.objects.filter(task__notice=notice, pk__gt=last).order_by("pk")


def _of_report(notice: Notice, report: Progress, *, by: User, at: dt.datetime) -> Iterator[OutcomeEntry]:
    """The unit that reported, else the lead unit, answers for the result; its day is that of the report."""
    unit = report.unit_id or report.task.lead_unit_id or notice.unit_id
    day = report.at.astimezone().date()
    for found in proposals_in(report.text):
        yield _row(notice, found, unit, day, OutcomeSource.PROGRESS, by, at, report.task_id, report.pk)


def _of_notice(notice: Notice, *, by: User, at: dt.datetime) -> list[OutcomeEntry]:
    """Of a notice that tells measures; a letter of feedback counts what is wrong, not what was done. A sentence that is a
    task's measure belongs to that task and its lead unit, any other to the party."""
    if not any(issue.measures for issue in parse_notice(notice.text).issues):
        return []
    day = notice.published_on or notice.signed_on or at.astimezone().date()
    tasks = list(Task.objects.filter(notice=notice, parent=None).only("pk", "heading", "text", "lead_unit"))
    measures = [(plain(task.heading + task.text), task) for task in tasks]
    rows = []
    for found in proposals_in(notice.text):
        said = plain(found.sentence)
        task = next((t for words, t in measures if said in words), None)
        unit = (task.lead_unit_id if task else None) or notice.unit_id
        pk = task.pk if task else None
        rows.append(_row(notice, found, unit, day, OutcomeSource.NOTICE, by, at, pk, None))
    return rows


def _row(
    notice: Notice,
    found: OutcomeProposal,
    unit: int,
    day: dt.date,
    source: OutcomeSource,
    by: User,
    at: dt.datetime,
    task: int | None,
    progress: int | None,
) -> OutcomeEntry:
    return OutcomeEntry(
        notice=notice,
        metric=_METRICS[found.metric],
        value=found.value,
        measure=found.measure if found.measure in MEASURES else "项",
        unit_id=unit,
        day=day,
        documents="\n".join(found.names),
        task_id=task,
        progress_id=progress,
        state=OutcomeState.PROPOSED,
        source=source,
        sentence=found.sentence,
        mark_start=found.start,
        mark_end=found.end,
        fingerprint=fingerprint(unit, found.words),
        by=by,
        by_name=by.name,
        at=at,
    )
