"""成效: entered by the office, or proposed from what units and notices say and confirmed by a person.

Only confirmed entries count. The same sentence of one unit is proposed once, in whichever report it stands; a figure
that continues an earlier one replaces it, so that a running total is never added to itself.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.access import has, subtree
from accounts.models import Unit, User
from accounts.roles import Can
from notices.domain.attached import hashes_of, keep_attached
from notices.domain.reporting import StoredFile
from notices.errors import Missing, Refused, Stale
from notices.models import Notice, OutcomeEntry, OutcomeFile, OutcomeQuerySet, Task
from notices.terms import LIVE_STAGES, MEASURES, MONEY, Metric, OutcomeState

CASH = ("元", "万元", "亿元")
WHOLE_BUT = (*CASH, "%", "亩")  # units of measure that may have a fraction
Answer = str | None


@dataclass(frozen=True)
class Result:
    """One outcome as somebody enters or confirms it. `documents`: names, one a line. `sure`: it is not a double."""

    metric: str
    value: Decimal
    measure: str
    unit: Unit
    day: dt.date
    documents: str = ""
    remark: str = ""
    task: Task | None = None
    sure: bool = False


def office(user: User, notice: Notice) -> Answer:
    """May this person enter, confirm and void outcomes of the notice?"""
    if notice.stage not in LIVE_STAGES:
        return "该批次尚未启动或已归档，不能登记成效。"
    return None if has(user, Can.PLAN, notice.unit_id) else "只有整改办可以登记和确认成效。"


@transaction.atomic
def enter(
    notice: Notice,
    result: Result,
    *,
    files: Iterable[StoredFile] = (),
    by: User,
    at: dt.datetime,
    today: dt.date,
) -> OutcomeEntry:
    """1. may this person, is it sound, was it entered before; 2. the row with its files; 3. the event."""
    _refuse(office(by, notice))
    _check(notice, result, today=today)
    if not result.sure and _same(notice, result).exists():
        raise Missing(
            {"sure": "已有相同的登记（同一单位、指标、数值和日期）。确非重复的，请勾选“确认不是重复”。"}
        )
    row = OutcomeEntry(notice=notice, by=by, by_name=by.name, at=at, **_columns(result))
    row.decided_name, row.decided_at = by.name, at
    row.save(force_insert=True)
    kept = keep_attached(OutcomeFile, files, by=by, at=at, outcome=row)
    _record(row, "enter", {**_told(result), "files": hashes_of(kept)}, by=by, at=at)
    return row


@transaction.atomic
def confirm(
    entry: OutcomeEntry,
    result: Result,
    *,
    replaces: int | None = None,
    by: User,
    at: dt.datetime,
    today: dt.date,
) -> OutcomeEntry:
    """A proposal becomes an entry, as the person put it. `replaces`: an earlier entry it continues, voided by this.

    1. may this person, is it sound; 2. the earlier entry; 3. the row, if nobody decided it meanwhile; 4. the event.
    """
    notice = entry.notice
    _refuse(office(by, notice))
    _check(notice, result, today=today)
    earlier = continued(entry).filter(pk=replaces).first() if replaces else None
    if replaces and earlier is None:
        raise Missing({"replaces": "要替代的登记已经变化，请刷新后重新选择。"})
    if not replaces and not result.sure and _same(notice, result).exclude(pk=entry.pk).exists():
        raise Missing(
            {"sure": "已有相同的登记（同一单位、指标、数值和日期）。确非重复的，请勾选“确认不是重复”。"}
        )
    decided = {"state": OutcomeState.CONFIRMED, "decided_name": by.name, "decided_at": at}
    _decide(entry, {**_columns(result), **decided})
    if earlier is not None:
        why = f"由 {result.day.isoformat()} 的累计数替代"
        OutcomeEntry.objects.filter(pk=earlier.pk).update(
            state=OutcomeState.VOIDED, voided_why=why, replaced_by=entry, version=earlier.version + 1
        )
    data = {**_told(result), "sentence": entry.sentence, "replaces": replaces}
    _record(entry, "confirm", data, by=by, at=at)
    return entry


@transaction.atomic
def reject(entry: OutcomeEntry, *, by: User, at: dt.datetime) -> OutcomeEntry:
    """Not an outcome, or one already counted: its sentence is not proposed again."""
    _refuse(office(by, entry.notice))
    _decide(entry, {"state": OutcomeState.REJECTED, "decided_name": by.name, "decided_at": at})
    _record(entry, "reject", {"sentence": entry.sentence}, by=by, at=at)
    return entry


@transaction.atomic
def void(entry: OutcomeEntry, *, why: str, by: User, at: dt.datetime) -> OutcomeEntry:
    """Entered by mistake: it stays, marked, and is counted no more."""
    _refuse(office(by, entry.notice))
    if not why.strip():
        raise Missing({"why": "请写明作废的原因。"})
    changed = OutcomeEntry.objects.filter(
        pk=entry.pk, state=OutcomeState.CONFIRMED, version=entry.version
    ).update(state=OutcomeState.VOIDED, voided_why=why.strip()[:300], version=entry.version + 1)
    if not changed:
        raise Stale("这条成效刚刚被他人办理，或已经作废，请刷新后查看。")
    entry.refresh_from_db(fields=["state", "voided_why", "version"])
    _record(entry, "void", {"why": entry.voided_why}, by=by, at=at)
    return entry


def continued(entry: OutcomeEntry) -> OutcomeQuerySet:
    """Confirmed entries of the same unit, task and metric in the same measure, which a running total would repeat."""
    same = OutcomeEntry.objects.confirmed().filter(
        notice=entry.notice_id, unit=entry.unit_id, metric=entry.metric, measure=entry.measure
    )
    return same.filter(task=entry.task_id).exclude(pk=entry.pk).order_by("-day", "-pk")


def _same(notice: Notice, result: Result) -> OutcomeQuerySet:
    return OutcomeEntry.objects.confirmed().filter(
        notice=notice,
        unit=result.unit,
        metric=result.metric,
        measure=result.measure,
        value=result.value,
        day=result.day,
    )


def _refuse(why_not: Answer) -> None:
    if why_not:
        raise Refused(why_not)


def _check(notice: Notice, result: Result, *, today: dt.date) -> None:
    lacking = {}
    if result.metric not in Metric.values:
        lacking["metric"] = "请选择指标。"
    lacking |= _measure_lacking(result)
    if result.value < 0:
        lacking["value"] = "数值不能小于 0。"
    elif result.measure not in WHOLE_BUT and result.value != result.value.to_integral_value():
        lacking["value"] = f"以“{result.measure}”计的数值应为整数。"
    elif result.measure == "%" and result.value > 100:
        lacking["value"] = "百分率不能大于 100。"
    if result.day > today:
        lacking["day"] = "日期不能晚于今天。"
    if result.unit.pk not in subtree([notice.unit_id]):
        lacking["unit"] = "责任单位应在本批次范围内，请从列表中选择。"
    if result.task is not None and result.task.notice_id != notice.pk:
        lacking["task"] = "任务不在本批次，请核对编号。"
    names = [line for line in result.documents.splitlines() if line.strip()]
    if result.metric == Metric.RULES and len(names) > result.value >= 0:
        lacking["documents"] = f"列出的文件有 {len(names)} 个，多于登记的数值，请核对。"
    if lacking:
        raise Missing(lacking)


def _measure_lacking(result: Result) -> dict[str, str]:
    """Money is counted in 元, 万元 or 亿元, a rate in %, everything else in neither."""
    if result.measure not in MEASURES:
        return {"measure": "请从列表中选择计量单位。"}
    label = Metric(result.metric).label if result.metric in Metric.values else ""
    if (result.metric in MONEY) != (result.measure in CASH):
        wanted = "元、万元或亿元" if result.metric in MONEY else "次数、人数、件数等，不能用金额"
        return {"measure": f"“{label}”的计量单位应为{wanted}。"}
    if (result.metric == Metric.CONTENT) != (result.measure == "%"):
        return {"measure": f"“{label}”的计量单位不对，请核对：只有满意率用 %。"}
    return {}


def _columns(result: Result) -> dict[str, Any]:
    names = [line.strip() for line in result.documents.splitlines() if line.strip()]
    return {
        "metric": result.metric,
        "value": result.value,
        "measure": result.measure,
        "unit": result.unit,
        "day": result.day,
        "documents": "\n".join(names),
        "remark": result.remark.strip(),
        "task": result.task,
    }


def _told(result: Result) -> dict[str, Any]:
    plain = {"unit": result.unit.pk, "day": result.day.isoformat(), "value": str(result.value)}
    task = result.task.number if result.task else None
    return {**plain, "metric": result.metric, "measure": result.measure, "task": task}


def _decide(entry: OutcomeEntry, values: dict[str, Any]) -> None:
    """Where it is still a proposal and as the page showed it."""
    changed = OutcomeEntry.objects.filter(
        pk=entry.pk, state=OutcomeState.PROPOSED, version=entry.version
    ).update(version=entry.version + 1, **values)
    if not changed:
        raise Stale("这条提取结果刚刚被他人确认或放弃，请刷新后查看。")
    entry.refresh_from_db(fields=[*values, "version"])


def _record(entry: OutcomeEntry, verb: str, data: dict[str, Any], *, by: User, at: dt.datetime) -> None:
    act = audit.Act(f"outcome.{verb}", "outcome", entry.pk, entry.notice_id, data=data)
    audit.record(act, by=by, at=at)
