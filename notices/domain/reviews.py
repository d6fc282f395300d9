"""复查: sustained work comes up for review; a review keeps it up, completes it, or finds a relapse."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from accounts import audit
from accounts.models import User
from notices.domain import permissions, reporting, workflow
from notices.domain.reporting import StoredFile
from notices.domain.requirements import Ask
from notices.errors import Missing, StepRefused
from notices.models import Review, Task
from notices.models.task import REVIEW_DAYS
from notices.terms import ReviewVerdict, Stage, State

STEP_OF = {ReviewVerdict.COMPLETE: "complete", ReviewVerdict.RELAPSED: "reopen"}


@dataclass(frozen=True)
class Finding:
    """What a person says of a review. `deadline`: the new one, needed for a relapse."""

    text: str
    verdict: str
    deadline: dt.date | None = None


def refusal(user: User, task: Task) -> str | None:
    """None when this person may record a review now; else the sentence that says why not."""
    if task.notice.stage == Stage.ARCHIVED:
        return "该批次已归档，只能查看。"
    if task.state != State.SUSTAINED:
        return f"任务处于“{State(task.state).label}”，长期坚持的任务才需要复查。"
    return permissions.inspector(user, task)


def next_review_on(task: Task) -> dt.date | None:
    """The day a sustained task comes up for review: closing, or the last review since, and the interval. One query."""
    if task.state != State.SUSTAINED or task.closed_on is None:
        return None
    last = task.reviews.filter(on__gte=task.closed_on).order_by("-on").values_list("on", flat=True).first()
    return (last or task.closed_on) + dt.timedelta(days=task.review_days or REVIEW_DAYS)


@transaction.atomic
def record(
    task: Task,
    finding: Finding,
    *,
    files: Iterable[StoredFile] = (),
    by: User,
    at: dt.datetime,
    today: dt.date,
) -> Review:
    """Record a review. 1. may this person; 2. what is missing; 3. row and files; 4. the step the verdict asks for,
    which asks for what it needs itself (evidence, a new deadline); 5. the event."""
    why_not = refusal(by, task)
    if why_not:
        raise StepRefused(why_not)
    lacking = {} if finding.text.strip() else {"text": "请写明复查情况。"}
    if finding.verdict not in ReviewVerdict.values:
        lacking["verdict"] = "请选择复查结论：继续坚持、转为已完成整改，或反弹。"
    if lacking:
        raise Missing(lacking)
    row = Review(
        task=task,
        text=finding.text.strip(),
        verdict=finding.verdict,
        on=today,
        by=by,
        by_name=by.name,
        unit_name=audit.unit_name_of(by),
        at=at,
    )
    row.save(force_insert=True)
    reporting.keep_files(task, files, review=row, by=by, at=at)
    step = STEP_OF.get(ReviewVerdict(finding.verdict))
    if step:
        ask = Ask(by=by, at=at, today=today, reason=row.text, deadline=finding.deadline)
        workflow.perform(task, step, ask)
    data = {"verdict": row.verdict, "text": row.text}
    audit.record(audit.Act("task.review", "task", task.pk, task.notice_id, data=data), by=by, at=at)
    return row
