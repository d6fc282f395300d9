"""Progress reports, evidence and comments: what units write about their tasks. Append-only."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Subquery, Value
from django.db.models.functions import Coalesce

from accounts import audit
from accounts.access import has, memberships
from accounts.models import User
from accounts.roles import Can
from notices.domain import inbox, mentions, permissions
from notices.errors import Missing, Refused
from notices.models import Comment, Evidence, LookBackItem, Nudge, Progress, Review, Task
from notices.terms import MessageKind, Stage, State, UnitRole


@dataclass(frozen=True)
class StoredFile:
    """A checked file that already lies in the evidence store under a server-made name.

    `original`: name, size and SHA-256 of what was sent, when something else is kept of it; for the event.
    """

    name: str
    stored_as: str
    kind: str
    size: int
    sha256: str
    category: str = ""  # 材料类别, as chosen at upload
    expires_on: dt.date | None = None
    original: dict[str, object] | None = None


def _told(files: Iterable[StoredFile]) -> dict[str, object]:
    """What the event says of files: their hashes, and of those that were converted what came in."""
    kept = list(files)
    converted = [{**f.original, "kept": f.sha256} for f in kept if f.original]
    return {"files": [f.sha256 for f in kept]} | ({"converted": converted} if converted else {})


@transaction.atomic
def report(
    task: Task,
    *,
    text: str,
    next_step: str = "",
    blocked: str = "",
    files: Iterable[StoredFile] = (),
    merges: Iterable[int] = (),
    by: User | None,
    at: dt.datetime,
) -> Progress:
    """File one progress report, with evidence. Answers open pushes. `by` None is the system account.

    `merges`: reports of helping units that the lead unit took into its own (ids out of `parts_to_merge`).
    1. may this person; 2. something must be said; 3. rows; 4. the task's latest words; 5. the event.
    """
    why_not = permissions.reporter(by, task) if by is not None else None
    if why_not:
        raise Refused(why_not)
    text, next_step, blocked = text.strip(), next_step.strip(), blocked.strip()
    if not text:
        raise Missing({"text": "请填写整改进展。"})
    unit = permissions.reporting_unit(by, task) if by is not None else task.lead_unit_id
    row = Progress(
        task=task,
        unit_id=unit or task.lead_unit_id,
        text=text,
        next_step=next_step,
        blocked=blocked,
        by=by,
        by_name=audit.name_of(by),
        on_behalf=by is None or unit is None,
        at=at,
    )
    taken = _parts(task, merges, unit or task.lead_unit_id)
    row.save(force_insert=True)
    if taken:
        row.merges.set(taken)
    files = list(files)
    stored = [_attach(task, f, progress=row, by=by, at=at) for f in files]
    latest = {"latest_text": text, "latest_next": next_step, "latest_blocked": blocked, "latest_at": at}
    Task.objects.filter(pk=task.pk).update(evidence_count=F("evidence_count") + len(stored), **latest)
    for key, value in latest.items():
        setattr(task, key, value)
    task.evidence_count += len(stored)
    if task.state == State.ACTIVE:
        Nudge.objects.filter(task=task, answered_at=None).update(answered_at=at)
    data: dict[str, Any] = {"text": text, "next": next_step, "blocked": blocked, **_told(files)}
    if taken:
        data["merges"] = [part.pk for part in taken]
    audit.record(audit.Act("task.report", "task", task.pk, task.notice_id, data=data), by=by, at=at)
    return row


def parts_to_merge(task: Task) -> list[Progress]:
    """What helping units have filed since the lead unit's last own report, oldest first, with their units."""
    own = Progress.objects.filter(task=task, unit=task.lead_unit_id).order_by("-at").values("at")[:1]
    rows = Progress.objects.filter(task=task, unit__isnull=False).exclude(unit=task.lead_unit_id)
    since = Coalesce(Subquery(own), Value(dt.datetime(1970, 1, 1, tzinfo=dt.UTC)))
    return list(rows.filter(at__gte=since).select_related("unit").order_by("at", "pk"))


def _parts(task: Task, ids: Iterable[int], unit: int | None) -> list[Progress]:
    """Only the lead unit merges, and only what waits to be merged; a part somebody merged meanwhile is left out."""
    wanted = set(ids)
    if not wanted or unit != task.lead_unit_id:
        return []
    return [part for part in parts_to_merge(task) if part.pk in wanted]


@transaction.atomic
def attach(task: Task, files: Iterable[StoredFile], *, by: User | None, at: dt.datetime) -> list[Evidence]:
    """Add evidence without a report."""
    why_not = permissions.reporter(by, task) if by is not None else None
    if why_not:
        raise Refused(why_not)
    files = list(files)
    stored = [_attach(task, f, progress=None, by=by, at=at) for f in files]
    Task.objects.filter(pk=task.pk).update(evidence_count=F("evidence_count") + len(stored))
    task.evidence_count += len(stored)
    act = audit.Act("task.attach", "task", task.pk, task.notice_id, data=_told(files))
    audit.record(act, by=by, at=at)
    return stored


def keep_files(
    task: Task,
    files: Iterable[StoredFile],
    *,
    review: Review | None = None,
    look_back_item: LookBackItem | None = None,
    by: User,
    at: dt.datetime,
) -> list[Evidence]:
    """Files of a review or a look-back, in the transaction of its caller, who has checked the right."""
    stored = [
        _attach(task, f, progress=None, by=by, at=at, review=review, look_back_item=look_back_item)
        for f in files
    ]
    Task.objects.filter(pk=task.pk).update(evidence_count=F("evidence_count") + len(stored))
    task.evidence_count += len(stored)
    return stored


def _attach(
    task: Task,
    file: StoredFile,
    *,
    progress: Progress | None,
    by: User | None,
    at: dt.datetime,
    review: Review | None = None,
    look_back_item: LookBackItem | None = None,
) -> Evidence:
    row = Evidence(
        task=task,
        progress=progress,
        review=review,
        look_back_item=look_back_item,
        name=file.name,
        stored_as=file.stored_as,
        kind=file.kind,
        category=file.category,
        expires_on=file.expires_on,
        size=file.size,
        sha256=file.sha256,
        by=by,
        by_name=audit.name_of(by),
        at=at,
    )
    row.save(force_insert=True)
    return row


@transaction.atomic
def withdraw_evidence(evidence: Evidence, *, why: str, by: User, at: dt.datetime) -> None:
    """Mark evidence void; the file and the row stay. Only while the task is being worked on."""
    task = evidence.task
    why_not = change_refusal(evidence, by)
    if why_not:
        raise Refused(why_not)
    if not why.strip():
        raise Missing({"why": "请写明作废的原因。"})
    changed = Evidence.objects.filter(pk=evidence.pk, removed_at=None).update(
        removed_at=at, removed_why=why.strip()[:200]
    )
    if changed:
        Task.objects.filter(pk=task.pk).update(evidence_count=F("evidence_count") - 1)
        act = audit.Act(
            "evidence.void", "task", task.pk, task.notice_id, data={"sha256": evidence.sha256, "why": why}
        )
        audit.record(act, by=by, at=at)


def change_refusal(evidence: Evidence, by: User) -> str | None:
    """None when this person may void the file or change its kind now; else the sentence that refuses."""
    why_not = permissions.reporter(by, evidence.task)
    if why_not:
        return why_not
    if evidence.task.state not in (State.ACTIVE, State.SUSTAINED):
        return "任务已提交审核或已销号，佐证材料不能作废，也不能改类别。"
    if not _of_uploading_unit(by, evidence):
        return "佐证材料只能由上传单位作废或改类别，请联系上传人。"
    return None


def _of_uploading_unit(user: User, evidence: Evidence) -> bool:
    """The uploader, those who work for the uploader's units, and the lead unit for what was filed in its place."""
    if evidence.by is None or evidence.by_id == user.pk:
        return True
    units = [m.unit_id for m in memberships(evidence.by)]
    if any(has(user, Can.WORK, unit) for unit in units):
        return True
    lead = evidence.task.lead_unit_id
    return has(user, Can.WORK, lead) and not any(has(evidence.by, Can.WORK, unit) for unit in units)


@transaction.atomic
def comment(task: Task, *, text: str, by: User, at: dt.datetime) -> Comment:
    """A remark everybody who sees the task can read; `@姓名` tells that person of the task once."""
    if task.notice.stage == Stage.ARCHIVED:
        raise Refused("该批次已归档，只能查看。")
    if (
        not any(has(by, Can.COMMENT, u) for u in (task.notice.unit_id, *_units_of(task)))
        and by.pk != task.leader_id
    ):
        raise Refused("只有与该任务有关的人员可以留言。")
    text = text.strip()
    if not text:
        raise Missing({"text": "请填写留言内容。"})
    named = [u for u in mentions.meant(text, mentions.people_of(task, but=by)) if _may_see(u, task)]
    row = Comment(task=task, text=text, by=by, at=at)
    row.save(force_insert=True)
    if named:
        row.mentioned.set(named)
    inbox.tell(
        named, MessageKind.COMMENT, f"{by.name} 在 {task.number} 提到了您", body=text, task=task, at=at
    )
    audit.record(
        audit.Act("task.comment", "task", task.pk, task.notice_id, data={"text": text}), by=by, at=at
    )
    return row


def _units_of(task: Task) -> list[int]:
    return [u.unit_id for u in task.task_units.all() if u.unit_id and u.role != UnitRole.FORMER]


def _may_see(user: User, task: Task) -> bool:
    return Task.objects.visible_to(user).filter(pk=task.pk).exists()
