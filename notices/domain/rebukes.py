"""约谈 and 通报批评: recorded by the office, with a document; voided with a reason, never changed."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from accounts import audit
from accounts.access import has
from accounts.models import Unit, User
from accounts.roles import Can
from notices.domain.letters import addressable
from notices.domain.reporting import StoredFile
from notices.errors import Missing, Refused
from notices.models import Notice, Rebuke, Task
from notices.terms import LIVE_STAGES, RebukeKind

Answer = str | None


@dataclass(frozen=True)
class Held:
    """What took place. `person` "" for the whole unit; `held_by` in words."""

    kind: RebukeKind
    held_on: dt.date
    held_by: str
    reason: str
    person: str = ""
    outcome: str = ""


def recorder(user: User, notice: Notice) -> Answer:
    if notice.stage not in LIVE_STAGES:
        return "该批次尚未启动或已归档，不能登记。"
    return None if has(user, Can.PLAN, notice.unit_id) else "只有整改办可以登记约谈和通报批评。"


@transaction.atomic
def enter(
    notice: Notice,
    held: Held,
    *,
    unit: Unit,
    tasks: Iterable[Task],
    files: Iterable[StoredFile] = (),
    by: User,
    at: dt.datetime,
    today: dt.date,
) -> Rebuke:
    """1. may this person, is it complete; 2. the row with its tasks and at most one file; 3. the event."""
    why_not = recorder(by, notice)
    if why_not:
        raise Refused(why_not)
    if unit.pk not in {u.pk for u in addressable(notice)}:
        raise Missing({"unit": "单位应为该批次任务的牵头单位，请从列表中选择。"})
    if held.held_on > today:
        raise Missing({"held_on": "日期不能晚于今天，请在约谈或通报之后登记。"})
    if not held.reason.strip() or not held.held_by.strip():
        raise Missing({"reason": "请填写事由和实施人。"})
    file = next(iter(files), None)
    stored = (
        {"file_name": file.name, "stored_as": file.stored_as, "file_kind": file.kind, "sha256": file.sha256}
        if file
        else {}
    )
    row = Rebuke(
        notice=notice,
        kind=held.kind,
        held_on=held.held_on,
        unit=unit,
        person=held.person.strip(),
        held_by=held.held_by.strip(),
        reason=held.reason.strip(),
        outcome=held.outcome.strip(),
        by=by,
        by_name=by.name,
        at=at,
        **stored,
    )
    row.save(force_insert=True)
    found = list(notice.tasks.filter(pk__in=[t.pk for t in tasks]))
    row.tasks.set(found)
    data = {
        "kind": held.kind.value,
        "unit": unit.pk,
        "person": row.person,
        "tasks": [t.number for t in found],
    }
    audit.record(audit.Act("rebuke.enter", "rebuke", row.pk, notice.pk, data=data), by=by, at=at)
    return row


@transaction.atomic
def void(row: Rebuke, *, why: str, by: User, at: dt.datetime) -> None:
    """Entered by mistake: it stays, marked, and is counted no more."""
    why_not = recorder(by, row.notice)
    if why_not:
        raise Refused(why_not)
    if not why.strip():
        raise Missing({"why": "请写明作废的原因。"})
    if not Rebuke.objects.filter(pk=row.pk, voided_at=None).update(
        voided_at=at, voided_why=why.strip()[:200]
    ):
        raise Refused("这条记录已经作废。")
    audit.record(
        audit.Act("rebuke.void", "rebuke", row.pk, row.notice_id, data={"why": why.strip()}), by=by, at=at
    )
