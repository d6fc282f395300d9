"""应交材料: which kinds of material a task must have and which are missing; a file used again in another task.

The office names the kinds, for a notice as a whole or for one task; a unit chooses the kind of each file at upload.
"""

import datetime as dt
import re
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, QuerySet

from accounts import audit
from accounts.access import has
from accounts.models import User
from accounts.roles import Can
from notices.domain import permissions, reporting
from notices.errors import Missing, Refused, Stale
from notices.models import Evidence, Notice, Task
from notices.terms import Stage

# Offered beside the required kinds; the office may require any other word.
SUGGESTED = ("制度文件", "会议记录", "照片", "台账清单", "资金凭证", "处理决定", "签字盖章件", "其他材料")
NOTHING = "无"  # written for a task: no kind is required, whatever the notice says
MOST, LONGEST = 8, 20
_BETWEEN = re.compile(r"[、，,；;\s]+")


def tidy_kinds(text: str) -> str:
    """The words joined by 、, each once; raises Refused for too many, too long ones."""
    words = list(dict.fromkeys(word for word in _BETWEEN.split(text) if word))
    if len(words) > MOST:
        raise Refused(f"应交材料最多写 {MOST} 类，请合并后填写。")
    long = next((word for word in words if len(word) > LONGEST), "")
    if long:
        raise Refused(f"“{long}”过长，每类材料的名称请控制在 {LONGEST} 字以内，各类之间用顿号分开。")
    if NOTHING in words and len(words) > 1:
        raise Refused("写“无”表示本任务不要求材料，不能再写其他类别。")
    return "、".join(words)


def required(task: Task) -> tuple[str, ...]:
    """The kinds this task must have: its own, else those of its notice. In the order the office wrote them."""
    words = task.evidence_kinds or task.notice.evidence_kinds
    return () if words in ("", NOTHING) else tuple(words.split("、"))


def kinds_for(task: Task) -> tuple[str, ...]:
    """The kinds to choose from at upload: the required ones first."""
    return tuple(dict.fromkeys((*required(task), *SUGGESTED)))


def lacking(task: Task, present: Iterable[str]) -> list[str]:
    """Required kinds that are not among those present."""
    there = set(present)
    return [kind for kind in required(task) if kind not in there]


def lacking_now(task: Task) -> list[str]:
    """As `lacking`, from the files in force; one query, none when nothing is required."""
    if not required(task):
        return []
    return lacking(task, task.evidence.filter(removed_at=None).values_list("category", flat=True))


@transaction.atomic
def require_for_notice(notice: Notice, text: str, *, by: User, at: dt.datetime) -> bool:
    """Set the kinds every task of the notice must have unless it says otherwise. Whether anything changed."""
    if not has(by, Can.PLAN, notice.unit_id):
        raise Refused("只有整改办可以规定应交材料。")
    if notice.stage == Stage.ARCHIVED:
        raise Refused("该批次已归档，只能查看。")
    kinds, before = tidy_kinds(text), notice.evidence_kinds
    if kinds == before:
        return False
    changed = Notice.objects.filter(pk=notice.pk, version=notice.version).update(
        evidence_kinds=kinds, version=notice.version + 1
    )
    if not changed:
        raise Stale("批次信息刚刚被他人修改，请刷新后重试。")
    data = {"evidence_kinds": [before, kinds]}
    audit.record(audit.Act("notice.materials", "notice", notice.pk, notice.pk, data=data), by=by, at=at)
    notice.evidence_kinds, notice.version = kinds, notice.version + 1
    return True


@transaction.atomic
def relabel(evidence: Evidence, kind: str, *, by: User, at: dt.datetime) -> bool:
    """Give a file another kind while the task is being worked on. Whether anything changed."""
    why_not = reporting.change_refusal(evidence, by)
    if why_not:
        raise Refused(why_not)
    if kind and kind not in kinds_for(evidence.task):
        raise Missing({"category": "请从列表中选择材料类别。"})
    changed = Evidence.objects.filter(pk=evidence.pk, category=evidence.category, removed_at=None)
    if kind == evidence.category or not changed.update(category=kind):
        return False
    task = evidence.task
    data = {"sha256": evidence.sha256, "category": [evidence.category, kind]}
    audit.record(audit.Act("evidence.kind", "task", task.pk, task.notice_id, data=data), by=by, at=at)
    evidence.category = kind
    return True


@transaction.atomic
def set_expiry(evidence: Evidence, day: dt.date | None, *, by: User, at: dt.datetime) -> bool:
    """Say until when a file is good, or that it does not expire; those who may change its kind. Whether it changed."""
    why_not = reporting.change_refusal(evidence, by)
    if why_not:
        raise Refused(why_not)
    changed = Evidence.objects.filter(pk=evidence.pk, expires_on=evidence.expires_on, removed_at=None)
    if day == evidence.expires_on or not changed.update(expires_on=day):
        return False
    task = evidence.task
    days = [str(evidence.expires_on or ""), str(day or "")]
    data = {"sha256": evidence.sha256, "expires_on": days}
    audit.record(audit.Act("evidence.expiry", "task", task.pk, task.notice_id, data=data), by=by, at=at)
    evidence.expires_on = day
    return True


def reusable(user: User, task: Task) -> QuerySet[Evidence]:
    """Files of other tasks of the same notice that the person may see and this task does not have; newest first."""
    seen = Task.objects.visible_to(user).filter(notice=task.notice_id).exclude(pk=task.pk)
    have = task.evidence.filter(removed_at=None).values("sha256")
    rows = Evidence.objects.filter(task__in=seen.values("pk"), removed_at=None).exclude(sha256__in=have)
    return rows.select_related("task").order_by("-at", "-pk")


@transaction.atomic
def reuse(task: Task, ids: Iterable[int], *, kind: str = "", by: User, at: dt.datetime) -> list[Evidence]:
    """Attach files of other tasks of the notice. The stored file is the same; each task counts and voids its own.

    1. may this person report; 2. every file is one they may see, of this notice, not here yet; 3. rows, count, event.
    """
    why_not = permissions.reporter(by, task)
    if why_not:
        raise Refused(why_not)
    wanted = set(ids)
    if not wanted:
        raise Missing({"file": "请先勾选要引用的材料。"})
    chosen = list(reusable(by, task).filter(pk__in=wanted))
    found = {row.sha256: row for row in chosen}
    if len(chosen) < len(wanted):
        raise Missing({"file": "所选材料已在本任务中，或不在您可查看的范围内，请刷新后重新选择。"})
    if kind and kind not in kinds_for(task):
        raise Missing({"category": "请从列表中选择材料类别。"})
    rows = [
        Evidence(
            task=task,
            name=row.name,
            stored_as=row.stored_as,
            expires_on=row.expires_on,
            kind=row.kind,
            category=kind or row.category,
            reused_from=row,
            size=row.size,
            sha256=row.sha256,
            by=by,
            by_name=audit.name_of(by),
            at=at,
        )
        for row in found.values()
    ]
    Evidence.objects.bulk_create(rows)
    Task.objects.filter(pk=task.pk).update(evidence_count=F("evidence_count") + len(rows))
    task.evidence_count += len(rows)
    data = {"files": [row.sha256 for row in rows], "from": [row.task.number for row in found.values()]}
    audit.record(audit.Act("task.reuse", "task", task.pk, task.notice_id, data=data), by=by, at=at)
    return rows
