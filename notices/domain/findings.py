"""督导发现: recorded at a visit, linked to tasks or made into one, handed over with a day, replied to, judged."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from accounts import audit
from accounts.access import has, same_person
from accounts.models import Unit, User
from accounts.roles import Can
from notices.domain import inbox, planning, workflow
from notices.domain.attached import hashes_of, keep_attached
from notices.domain.directives import people_of, people_of_itself
from notices.domain.planning import Part
from notices.domain.reporting import StoredFile
from notices.domain.requirements import Ask
from notices.domain.supervision import recorder
from notices.errors import Missing, Refused, Stale
from notices.models import Finding, FindingReply, Issue, Supervision, SupervisionFile, Task
from notices.terms import (
    LIVE_STAGES,
    FindingState,
    MessageKind,
    Severity,
    Stage,
    State,
    UnitRole,
    VisitState,
)

REPLY_DAYS = 15  # proposed, calendar days
Answer = str | None


@dataclass(frozen=True)
class Found:
    unit: Unit
    text: str
    severity: str = Severity.MINOR


@dataclass(frozen=True)
class NewTask:
    """A task to be made from a finding. `deadline` None: that of the issue."""

    issue: Issue
    text: str
    deadline: dt.date | None = None


@dataclass(frozen=True)
class Verdict:
    """The team's word on a reply. A reply that is returned needs a note and a new day."""

    accepted: bool
    note: str = ""
    reply_by: dt.date | None = None


# ── Who may ──────────────────────────────────────────────────────────────────
def task_maker(user: User, finding: Finding) -> Answer:
    """May this person make a task from it? The office, once."""
    if finding.notice.stage not in LIVE_STAGES:
        return "该批次尚未启动或已归档，不能增加任务。"
    if not has(user, Can.PLAN, finding.notice.unit_id):
        return "只有整改办可以把督导发现转为整改任务。"
    if finding.state == FindingState.VOIDED:
        return "这条督导发现已经作废。"
    if finding.made_id is not None:
        return "这条督导发现已经转为整改任务。"
    return None


def replier(user: User, finding: Finding) -> Answer:
    """May this person reply now? The unit; the office where nobody works in it."""
    if finding.notice.stage == Stage.ARCHIVED:
        return "该批次已归档，只能查看。"
    if finding.state != FindingState.HANDED:
        return "这条督导发现现在不用回复。"
    if has(user, Can.WORK, finding.unit_id):
        return None
    if has(user, Can.PLAN, finding.notice.unit_id) and not people_of_itself(finding.unit_id):
        return None
    return "只有该单位的经办人、负责人可以回复督导发现。"


def judge_refusal(user: User, finding: Finding) -> Answer:
    """May this person accept or return the reply? The team and the office, never whoever wrote it."""
    why_not = recorder(user, finding.notice)
    if why_not or finding.state != FindingState.REPLIED:
        return why_not or "这条督导发现没有等待审核的回复。"
    last = finding.replies.order_by("-at", "-pk").first()
    if last is not None and last.by_id in same_person(user):
        return "谁回复、谁不能审核：您代填了这次回复，请由督导组或整改办其他人员审核。"
    return None


# ── Recording ────────────────────────────────────────────────────────────────
@transaction.atomic
def record(
    visit: Supervision, found: Found, *, files: Iterable[StoredFile] = (), by: User, at: dt.datetime
) -> Finding:
    """One thing a visit found. 1. may this person, what is missing; 2. the row with its files; 3. the event."""
    row = Supervision.objects.select_for_update(of=("self",)).select_related("notice").get(pk=visit.pk)
    _refuse(recorder(by, row.notice))
    if row.state != VisitState.DONE:
        raise Refused("督导检查开展之后才能登记发现的问题。")
    lacking = {} if found.text.strip() else {"text": "请写明发现的问题。"}
    if not row.units.filter(pk=found.unit.pk).exists():
        lacking["unit"] = "请从受督导单位中选择。"
    if found.severity not in Severity.values:
        lacking["severity"] = "请选择问题的程度。"
    if lacking:
        raise Missing(lacking)
    last = row.findings.aggregate(n=Max("position"))["n"] or 0
    made = Finding(
        supervision=row,
        notice=row.notice,
        position=last + 1,
        unit=found.unit,
        text=found.text.strip(),
        severity=found.severity,
        by=by,
        by_name=by.name,
        at=at,
    )
    made.save(force_insert=True)
    kept = keep_attached(SupervisionFile, files, by=by, at=at, supervision=row, finding=made)
    data = {"unit": found.unit.pk, "text": made.text, "severity": made.severity, "files": hashes_of(kept)}
    _told(made, "record", data, by=by, at=at)
    return made


@transaction.atomic
def link(finding: Finding, tasks: Iterable[Task], *, by: User, at: dt.datetime) -> list[Task]:
    """Say which tasks of the notice it is about; those linked before and not named go, the one made from it stays."""
    row = _locked(finding)
    _refuse(recorder(by, row.notice))
    _live(row)
    wanted = {t.pk for t in tasks}
    found = list(Task.objects.filter(pk__in=wanted, notice=row.notice_id).exclude(state=State.CANCELLED))
    if len(found) != len(wanted):
        raise Missing({"tasks": "所选任务已撤销或不在本批次，请重新勾选。"})
    kept = {t.pk for t in found} | {pk for pk in (row.made_id,) if pk}
    row.tasks.set(kept)
    _write(row, {})
    _told(row, "link", {"tasks": [t.number for t in found]}, by=by, at=at)
    return found


@transaction.atomic
def make_task(finding: Finding, wanted: NewTask, *, by: User, at: dt.datetime, today: dt.date) -> Task:
    """A new task for the finding's unit, by the rules of planning, and handed to it at once.

    1. may this person, what is missing; 2. the task, with the reason an approved plan asks for; 3. the step 分派;
    4. the link; 5. the event.
    """
    row = _locked(finding)
    _refuse(task_maker(by, row))
    lacking = {} if wanted.text.strip() else {"text": "请填写整改措施。"}
    if wanted.issue.notice_id != row.notice_id:
        lacking["issue"] = "请从本批次的问题清单中选择问题。"
    if wanted.deadline is not None and wanted.deadline < today:
        lacking["deadline"] = "完成时限不能早于今天。"
    if lacking:
        raise Missing(lacking)
    due = {"deadline": wanted.deadline, "deadline_text": ""} if wanted.deadline else {}
    day = row.supervision.held_on or today
    task = planning.add_task(
        wanted.issue,
        text=wanted.text,
        parts=[Part(row.unit, row.unit.name, UnitRole.LEAD)],
        reason=f"{day.isoformat()} 督导检查发现的问题",
        by=by,
        at=at,
        **due,
    )
    workflow.perform(task, "assign", Ask(by=by, at=at, today=today, lead_unit=row.unit))
    row.tasks.add(task)
    _write(row, {"made": task})
    _told(row, "task", {"task": task.number}, by=by, at=at)
    return task


# ── To the unit and back ─────────────────────────────────────────────────────
@transaction.atomic
def hand_over(finding: Finding, *, reply_by: dt.date, by: User, at: dt.datetime, today: dt.date) -> Finding:
    """交办: from now on the unit sees it and owes a reply by that day; its people are told."""
    row = _locked(finding)
    _refuse(recorder(by, row.notice))
    if row.state != FindingState.RECORDED:
        raise Refused(f"这条督导发现{FindingState(row.state).label}，不能再交办。")
    if reply_by < today:
        raise Missing({"reply_by": "回复时限不能早于今天。"})
    values = {"state": FindingState.HANDED, "reply_by": reply_by, "handed_at": at, "handed_name": by.name}
    _write(row, values)
    _tell_unit(row, "督导检查发现的问题请整改回复", at=at)
    _told(row, "hand", {"reply_by": reply_by.isoformat()}, by=by, at=at)
    return row


@transaction.atomic
def reply(
    finding: Finding, *, text: str, files: Iterable[StoredFile] = (), by: User, at: dt.datetime
) -> FindingReply:
    """What the unit has done about it, with files; the team is told."""
    row = _locked(finding)
    _refuse(replier(by, row))
    if not text.strip():
        raise Missing({"text": "请填写整改情况。"})
    made = FindingReply(
        finding=row,
        text=text.strip(),
        by=by,
        by_name=by.name,
        unit_name=audit.unit_name_of(by),
        on_behalf=not has(by, Can.WORK, row.unit_id),
        at=at,
    )
    made.save(force_insert=True)
    owner = {"supervision": row.supervision, "finding": row, "reply": made}
    kept = keep_attached(SupervisionFile, files, by=by, at=at, **owner)
    _write(row, {"state": FindingState.REPLIED, "replied_at": at})
    team = [*row.supervision.members.all(), row.by]
    people = [u for u in team if u.is_active and u.pk != by.pk]
    title = f"{row.unit.label}已回复督导发现"
    inbox.tell(people, MessageKind.VISIT, title, body=made.text, task=None, at=at)
    _told(row, "reply", {"text": made.text, "files": hashes_of(kept)}, by=by, at=at)
    return made


@transaction.atomic
def judge(finding: Finding, said: Verdict, *, by: User, at: dt.datetime, today: dt.date) -> Finding:
    """Accept the last reply, or return it with a note and a new day; the unit is told."""
    row = _locked(finding)
    _refuse(judge_refusal(by, row))
    lacking = {}
    if not said.accepted and not said.note.strip():
        lacking["note"] = "请写明退回的理由和要求。"
    if not said.accepted and (said.reply_by is None or said.reply_by < today):
        lacking["reply_by"] = "请填写新的回复时限，不能早于今天。"
    if lacking:
        raise Missing(lacking)
    last = row.replies.order_by("-at", "-pk").first()
    assert last is not None, "a finding in this state has a reply"
    note = said.note.strip()
    FindingReply.objects.filter(pk=last.pk).update(
        accepted=said.accepted, note=note, judged_name=by.name, judged_at=at
    )
    values: dict[str, Any] = {"state": FindingState.HANDED, "reply_by": said.reply_by, "replied_at": None}
    if said.accepted:
        values = {"state": FindingState.ACCEPTED, "ended_at": at, "ended_name": by.name}
    _write(row, values)
    _tell_unit(row, "督导发现的整改回复已认可" if said.accepted else "督导发现的整改回复被退回", note, at=at)
    _told(row, "judge", {"accepted": said.accepted, "note": note}, by=by, at=at)
    return row


@transaction.atomic
def void(finding: Finding, *, why: str, by: User, at: dt.datetime) -> Finding:
    """Recorded by mistake: it stays, marked, and is counted no more. A task made from it lives on."""
    row = _locked(finding)
    _refuse(recorder(by, row.notice))
    _live(row)
    if not why.strip():
        raise Missing({"why": "请写明作废的原因。"})
    values = {"voided_why": why.strip()[:300], "ended_name": by.name, "ended_at": at}
    _write(row, {"state": FindingState.VOIDED, **values})
    if row.handed_at:
        _tell_unit(row, "督导发现已作废，不用回复", row.voided_why, at=at)
    _told(row, "void", {"why": row.voided_why}, by=by, at=at)
    return row


def _locked(finding: Finding) -> Finding:
    """The row as it is now; Stale when the page was older (`finding.version`)."""
    rows = Finding.objects.select_for_update(of=("self",))
    row = rows.select_related("notice", "supervision", "unit", "by").get(pk=finding.pk)
    if row.version != finding.version:
        raise Stale("这条督导发现刚刚被他人办理，请刷新页面核对后再操作；您填写的内容仍保留在下面。")
    return row


def _refuse(why_not: Answer) -> None:
    if why_not:
        raise Refused(why_not)


def _live(row: Finding) -> None:
    if row.state == FindingState.VOIDED:
        raise Refused("这条督导发现已经作废。")


def _write(row: Finding, values: dict[str, Any]) -> None:
    Finding.objects.filter(pk=row.pk).update(version=F("version") + 1, **values)
    row.refresh_from_db(fields=[*values, "version"])


def _tell_unit(row: Finding, title: str, more: str = "", *, at: dt.datetime) -> None:
    until = f"请于 {row.reply_by:%Y-%m-%d} 前回复。" if row.state == FindingState.HANDED else ""
    body = "\n".join(filter(None, (row.text, more, until)))
    inbox.tell(people_of(row.unit_id), MessageKind.VISIT, title, body=body, task=None, at=at)


def _told(row: Finding, verb: str, data: dict[str, Any], *, by: User, at: dt.datetime) -> None:
    act = audit.Act(f"finding.{verb}", "finding", row.pk, row.notice_id, data=data)
    audit.record(act, by=by, at=at)
