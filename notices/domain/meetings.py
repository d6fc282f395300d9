"""会议与行动: what the leading group did, recorded by the office with its minutes; voided with a reason, never changed.

约谈 is recorded as such (domain/rebukes.py) and only counted here.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q

from accounts import audit
from accounts.access import has
from accounts.models import User
from accounts.roles import Can
from notices.domain.attached import hashes_of, keep_attached
from notices.domain.reporting import StoredFile
from notices.errors import Missing, Refused
from notices.models import Meeting, MeetingFile, MeetingQuerySet, Notice, Rebuke, RebukeQuerySet, Task
from notices.terms import LIVE_STAGES, MeetingKind, RebukeKind

Answer = str | None


@dataclass(frozen=True)
class Held:
    """What took place. `attendants` None: not known."""

    kind: str
    held_on: dt.date
    subject: str
    chair: str
    attendants: int | None = None
    decisions: str = ""


def recorder(user: User, notice: Notice) -> Answer:
    if notice.stage not in LIVE_STAGES:
        return "该批次尚未启动或已归档，不能登记会议。"
    return None if has(user, Can.PLAN, notice.unit_id) else "只有整改办可以登记会议与行动。"


@transaction.atomic
def enter(
    notice: Notice,
    held: Held,
    *,
    tasks: Iterable[Task] = (),
    files: Iterable[StoredFile] = (),
    by: User,
    at: dt.datetime,
    today: dt.date,
) -> Meeting:
    """1. may this person, is it complete; 2. the row with its tasks and files; 3. the event."""
    why_not = recorder(by, notice)
    if why_not:
        raise Refused(why_not)
    lacking = {}
    if held.kind not in MeetingKind.values:
        lacking["kind"] = "请选择种类。"
    if held.held_on > today:
        lacking["held_on"] = "日期不能晚于今天，请在召开之后登记。"
    if not held.subject.strip():
        lacking["subject"] = "请填写主题。"
    if not held.chair.strip():
        lacking["chair"] = "请填写主持人。"
    if lacking:
        raise Missing(lacking)
    row = Meeting(
        notice=notice,
        kind=held.kind,
        held_on=held.held_on,
        subject=held.subject.strip(),
        chair=held.chair.strip(),
        attendants=held.attendants,
        decisions=held.decisions.strip(),
        by=by,
        by_name=by.name,
        at=at,
    )
    row.save(force_insert=True)
    found = list(notice.tasks.filter(pk__in=[t.pk for t in tasks]))
    row.tasks.set(found)
    kept = keep_attached(MeetingFile, files, by=by, at=at, meeting=row)
    data = {
        "kind": held.kind,
        "held_on": held.held_on.isoformat(),
        "subject": row.subject,
        "tasks": [t.number for t in found],
        "files": hashes_of(kept),
    }
    audit.record(audit.Act("meeting.enter", "meeting", row.pk, notice.pk, data=data), by=by, at=at)
    return row


@transaction.atomic
def void(row: Meeting, *, why: str, by: User, at: dt.datetime) -> None:
    """Entered by mistake: it stays, marked, and is counted no more."""
    why_not = recorder(by, row.notice)
    if why_not:
        raise Refused(why_not)
    if not why.strip():
        raise Missing({"why": "请写明作废的原因。"})
    kept = {"voided_at": at, "voided_why": why.strip()[:300]}
    if not Meeting.objects.filter(pk=row.pk, voided_at=None).update(**kept):
        raise Refused("这条记录已经作废。")
    data = {"why": why.strip()}
    audit.record(audit.Act("meeting.void", "meeting", row.pk, row.notice_id, data=data), by=by, at=at)


@dataclass(frozen=True)
class MeetingFigures:
    """`kinds`: code of MeetingKind → how many; `talks` are 约谈, from their own register (in 次)."""

    kinds: dict[str, int]
    talks: int

    @property
    def total(self) -> int:
        """Meetings and actions without the talks."""
        return sum(self.kinds.values())

    @property
    def lines(self) -> list[tuple[str, int]]:
        """(专题会, 3), … every kind in the order of the vocabulary, zeros too, 约谈 last."""
        named = [(str(MeetingKind(code).label), n) for code, n in self.kinds.items()]
        return [*named, (str(RebukeKind.TALK.label), self.talks)]


def meeting_figures(rows: MeetingQuerySet, talks: RebukeQuerySet) -> MeetingFigures:
    """Of meetings and talks in force among these rows. Two queries."""
    counts = {code: Count("pk", filter=Q(kind=code)) for code in MeetingKind.values}
    counted = rows.in_force().order_by().aggregate(**counts)
    return MeetingFigures(counted, talks.in_force().filter(kind=RebukeKind.TALK).count())


def notice_meetings(
    notice: int, *, since: dt.date | None = None, until: dt.date | None = None
) -> MeetingFigures:
    """What the first part of a notice prints: meetings and talks by kind over these days, both included."""
    rows = Meeting.objects.filter(notice=notice).between(since, until)
    talks = Rebuke.objects.filter(notice=notice)
    talks = talks.filter(held_on__gte=since) if since else talks
    return meeting_figures(rows, talks.filter(held_on__lte=until) if until else talks)
