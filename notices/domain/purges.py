"""误传涉密文件的清除: asked by one person, approved by another, then every copy of the bytes is destroyed and looked for.

From the moment it is asked the bytes are given to nobody. What stays: the rows without the name, the hash, the events.
A server that stops in the middle of it goes on at the next sweep.
"""

import datetime as dt
import hashlib
import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from accounts import audit
from accounts.access import has, people_with, same_person
from accounts.models import User
from accounts.roles import Can, Role
from notices.domain import inbox, packages, permissions, previews, search
from notices.domain.evidence import destroy
from notices.errors import Missing, Refused
from notices.models import Evidence, MeetingFile, Notice, OutcomeFile, Purge, Rebuke, SupervisionFile, Task
from notices.terms import MessageKind, PurgeState

GONE = "（已清除的文件）"
GONE_WHY = "误传涉密文件，已清除"
_HOLDERS: tuple[type[MeetingFile | OutcomeFile | SupervisionFile], ...] = (
    MeetingFile,
    OutcomeFile,
    SupervisionFile,
)
Answer = str | None

logger = logging.getLogger(__name__)


def asker(user: User, evidence: Evidence) -> Answer:
    """Whoever files for the task, and those who see the whole notice; in every state and stage."""
    task = evidence.task
    if permissions.reporting_unit(user, task) is not None or has(user, Can.SEE_NOTICE, task.notice.unit_id):
        return None
    return "只有承担该任务的单位、整改办和督导组可以申请清除误传的文件。"


@transaction.atomic
def ask(evidence: Evidence, *, why: str, by: User, at: dt.datetime) -> Purge:
    """From now on nobody opens the file. `evidence` with task and notice joined."""
    why_not = asker(by, evidence)
    if why_not:
        raise Refused(why_not)
    if not why.strip():
        raise Missing({"why": "请写明为什么要清除，例如：误传了标有密级的文件。请不要在这里写涉密内容。"})
    row = Purge(
        notice=evidence.task.notice, evidence=evidence, sha256=evidence.sha256, size=evidence.size,
        why=why.strip()[:300], asked_by=by, asked_name=by.name, asked_at=at,
    )  # fmt: skip
    if Purge.objects.closing(evidence.sha256).exists():
        raise Refused("这份文件已有人申请清除，或者已经清除。")
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Refused("这份文件已有人申请清除。") from error
    _record("evidence.purge.ask", row, by=by, at=at, data={"why": row.why})
    others = [u for u in people_with(Role.OFFICE, row.notice.unit_id) if u.pk != by.pk]
    title = f"{by.name}申请清除误传的文件，请尽快核定"
    body = "文件已停止查看和下载。请在“误传文件清除”中核定。"
    inbox.tell(others, MessageKind.STEP, title, body=body, task=evidence.task, at=at)
    return row


def decider(user: User, row: Purge) -> Answer:
    """The office, and never who asked for it."""
    if not has(user, Can.PLAN, row.notice.unit_id):
        return "只有整改办可以核定。"
    if row.state != PurgeState.ASKED:
        return "这项申请已经核定。"
    if row.asked_by_id in same_person(user):
        return "清除文件须由两人办理：申请人不能批准自己的申请，请整改办其他人员核定。"
    return None


@transaction.atomic
def refuse(row: Purge, *, why: str, by: User, at: dt.datetime) -> None:
    """The file is open again."""
    locked = _decidable(row, by)
    if not why.strip():
        raise Missing({"why": "请写明不同意清除的原因。"})
    _decide(locked, PurgeState.REFUSED, by=by, at=at, decided_why=why.strip()[:300])
    _record("evidence.purge.refuse", locked, by=by, at=at, data={"why": why.strip()[:300]})
    _answer(locked, f"清除文件的申请未获同意：{why.strip()[:100]}", at=at)


@transaction.atomic
def approve(row: Purge, *, by: User, at: dt.datetime) -> None:
    """Decided; `finish` destroys, once this is committed."""
    locked = _decidable(row, by)
    _decide(locked, PurgeState.APPROVED, by=by, at=at)
    _record("evidence.purge.approve", locked, by=by, at=at, data={})


def _decidable(row: Purge, by: User) -> Purge:
    locked = (
        Purge.objects.select_for_update(of=("self",))
        .select_related("notice", "evidence__task")
        .get(pk=row.pk)
    )
    why_not = decider(by, locked)
    if why_not:
        raise Refused(why_not)
    return locked


def _decide(row: Purge, state: PurgeState, *, by: User, at: dt.datetime, **more: str) -> None:
    decided = {"state": state, "decided_by": by, "decided_name": by.name, "decided_at": at}
    Purge.objects.filter(pk=row.pk, state=PurgeState.ASKED).update(**decided, **more)


def _answer(row: Purge, title: str, *, at: dt.datetime) -> None:
    inbox.tell([row.asked_by], MessageKind.STEP, title, task=row.evidence.task, at=at)


# ── Destroy ──────────────────────────────────────────────────────────────────
def finish_all(at: dt.datetime) -> int:
    """What was approved and is not done: after a crash, or a disk that refused. Returns how many were finished."""
    done = 0
    for row in Purge.objects.filter(state=PurgeState.APPROVED).order_by("pk"):
        try:
            finish(row, at=at)
            done += 1
        except OSError:
            logger.exception("purge %d could not be finished", row.pk)
    return done


def finish(row: Purge, *, at: dt.datetime) -> Purge:
    """1. every copy of the bytes under the media folder, its pictures and the packages it is in; 2. look again; 3. the rows lose the name, the
    events are written. Doing it twice does no harm. Raises OSError when the disk refuses: then it is not done."""
    destroyed = 0
    for name in _stored_names(row.sha256):
        previews.drop(name)
    for path in list(_copies(row.sha256, row.size)):
        destroy(path)
        destroyed += 1
    destroyed += packages.withdraw(row.sha256)
    left = [*_copies(row.sha256, row.size), *packages.holding(row.sha256)]
    if left:
        raise OSError(f"{len(left)} copies are still there")
    looked_at = sum(1 for _ in _files())
    with transaction.atomic():
        locked = (
            Purge.objects.select_for_update(of=("self",))
            .select_related("evidence__task", "notice")
            .get(pk=row.pk)
        )
        if locked.state != PurgeState.APPROVED:
            return locked
        rows, touched = _forget_names(row.sha256, at=at)
        proof = {"files": destroyed, "rows": rows, "looked_at": looked_at, "left": 0}
        Purge.objects.filter(pk=row.pk).update(state=PurgeState.DONE, done_at=at, proof=proof)
        _record("evidence.purge", locked, by=locked.decided_by, at=at, data=proof)
        _answer(locked, "误传的文件已清除", at=at)
        for notice in touched - {locked.notice_id}:
            _tell_others(locked, notice, at=at)
    search.catch_up()  # the index forgets the name too
    return Purge.objects.get(pk=row.pk)


def _stored_names(sha256: str) -> set[str]:
    names = set(Evidence.objects.filter(sha256=sha256).values_list("stored_as", flat=True))
    for model in (*_HOLDERS, Rebuke):
        names |= set(model._default_manager.filter(sha256=sha256).values_list("stored_as", flat=True))
    return names


def _files() -> Iterator[Path]:
    """Every file the product keeps, unfinished ones too."""
    for folder, _, names in os.walk(settings.MEDIA_ROOT):
        for name in names:
            yield Path(folder) / name


def _copies(sha256: str, size: int) -> Iterator[Path]:
    """Files with these bytes."""
    for path in _files():
        try:
            if path.stat().st_size == size and _digest(path) == sha256:
                yield path
        except FileNotFoundError:  # gone meanwhile
            continue


def _digest(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _forget_names(sha256: str, *, at: dt.datetime) -> tuple[int, set[int]]:
    """The rows that named the file, without its name; how many, and the notices they belong to."""
    found = list(Evidence.objects.filter(sha256=sha256).select_related("task"))
    for row in found:
        if row.removed_at is None:
            Task.objects.filter(pk=row.task_id).update(evidence_count=F("evidence_count") - 1)
    ids = [row.pk for row in found]
    Evidence.objects.filter(pk__in=ids).update(name=GONE, category="")
    Evidence.objects.filter(pk__in=ids, removed_at=None).update(removed_at=at, removed_why=GONE_WHY)
    others = sum(m._default_manager.filter(sha256=sha256).update(name=GONE) for m in _HOLDERS)
    others += Rebuke.objects.filter(sha256=sha256).update(file_name=GONE)
    return len(found) + others, {row.task.notice_id for row in found}


def _tell_others(row: Purge, notice: int, *, at: dt.datetime) -> None:
    """Another notice used the same file: its office is told, and its own timeline of events says so."""
    unit = Notice.objects.values_list("unit_id", flat=True).get(pk=notice)
    task = Evidence.objects.filter(sha256=row.sha256, task__notice=notice).select_related("task")[0].task
    title = f"{task.number}的一件佐证材料因误传涉密已被清除"
    inbox.tell(people_with(Role.OFFICE, unit), MessageKind.STEP, title, task=task, at=at)
    act = audit.Act("evidence.purge", "notice", notice, notice, data={"sha256": row.sha256})
    audit.record(act, by=row.decided_by, at=at)


def _record(action: str, row: Purge, *, by: User | None, at: dt.datetime, data: Mapping[str, object]) -> None:
    told = {"sha256": row.sha256, "size": row.size, "purge": row.pk, **data}
    audit.record(audit.Act(action, "task", row.evidence.task_id, row.notice_id, data=told), by=by, at=at)
