"""督导检查: a visit is planned, carried out or called off; put right while its notice lives, never deleted."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.access import has, people_with, reach, subtree
from accounts.models import Unit, User
from accounts.roles import Can, Role
from notices.domain.attached import hashes_of, keep_attached
from notices.domain.reporting import StoredFile
from notices.errors import Missing, Refused, Stale
from notices.models import Notice, Supervision, SupervisionFile
from notices.terms import LIVE_STAGES, FindingState, VisitMethod, VisitState

MOST_UNITS = 200  # in one visit
Answer = str | None


@dataclass(frozen=True)
class Visit:
    """What a visit shall be. `members` are people with an account, `others` further names as one line."""

    title: str
    planned_on: dt.date
    methods: Sequence[str]
    units: Sequence[Unit]
    members: Sequence[User] = ()
    others: str = ""
    purpose: str = ""

    @property
    def team(self) -> str:
        """Names as they are printed: those with an account first."""
        written = [name.strip() for name in self.others.replace("，", "、").split("、")]
        return "、".join(dict.fromkeys([*(u.name for u in self.members), *filter(None, written)]))


@dataclass(frozen=True)
class Held:
    """What took place. `meetings`: how many meetings were held during the visit."""

    held_on: dt.date
    methods: Sequence[str]
    summary: str
    meetings: int = 0


def recorder(user: User, notice: Notice) -> Answer:
    """May this person plan visits, record them and what they found, and judge the replies?"""
    if notice.stage not in LIVE_STAGES:
        return "该批次尚未启动或已归档，不能办理督导检查。"
    return None if has(user, Can.VERIFY, notice.unit_id) else "只有督导组和整改办可以办理督导检查。"


def reads_all(user: User, visit: Supervision) -> bool:
    """Whether the person may read what the visit says of all its units: who sees the notice whole, and leaders."""
    if has(user, Can.SEE_NOTICE, visit.notice.unit_id):
        return True
    overseen = reach(user, Can.OVERSEE)
    return all(unit.pk in overseen for unit in visit.units.all())


def team_choices(notice: Notice) -> list[User]:
    """Who may be of the team: the supervisors and the office of the party, or of the nearest unit above it."""
    people = [u for role in (Role.SUPERVISOR, Role.OFFICE) for u in people_with(role, notice.unit_id)]
    return list({u.pk: u for u in people}.values())


def visitable(notice: Notice) -> list[Unit]:
    """The party and the units below it."""
    units = Unit.objects.without_tree_fields().filter(pk__in=subtree([notice.unit_id]))
    return list(units.by_position())


@transaction.atomic
def plan(notice: Notice, visit: Visit, *, by: User, at: dt.datetime) -> Supervision:
    """1. may this person, what is missing; 2. the row with units and members; 3. the event."""
    _refuse(recorder(by, notice))
    _check(notice, visit)
    row = Supervision(notice=notice, by=by, by_name=by.name, at=at, **_columns(visit))
    row.save(force_insert=True)
    row.units.set(visit.units)
    row.members.set(visit.members)
    _record(row, "plan", _told(visit), by=by, at=at)
    return row


@transaction.atomic
def revise(row: Supervision, visit: Visit, *, by: User, at: dt.datetime, **done: Any) -> Supervision:
    """Put a visit right. `done`: summary and meetings of one that was carried out. `row.version` is that of the page.

    A unit with a finding stays among the visited ones.
    """
    _refuse(recorder(by, row.notice))
    if row.state == VisitState.CALLED_OFF:
        raise Refused("这次督导检查已经取消，不能再修改。")
    _check(row.notice, visit)
    found = row.findings.live().exclude(unit__in=visit.units).select_related("unit").first()
    if found is not None:
        raise Missing({"units": f"{found.unit.name}已登记督导发现，不能从受督导单位中去掉。"})
    more = {k: v for k, v in done.items() if k in ("summary", "meetings")}
    more = more if row.state == VisitState.DONE else {}
    before = {"title": row.title, "team": row.team, "units": sorted(u.pk for u in row.units.all())}
    _write(row, {**_columns(visit), **more})
    row.units.set(visit.units)
    row.members.set(visit.members)
    _record(row, "revise", {"before": before, **_told(visit)}, by=by, at=at)
    return row


@transaction.atomic
def carry_out(
    row: Supervision,
    held: Held,
    *,
    files: Iterable[StoredFile] = (),
    by: User,
    at: dt.datetime,
    today: dt.date,
) -> Supervision:
    """A planned visit took place. 1. may this person; 2. what is missing; 3. the row, its files; 4. the event."""
    _refuse(recorder(by, row.notice))
    if row.state != VisitState.PLANNED:
        raise Refused(f"这次督导检查{VisitState(row.state).label}，不能再登记开展情况。")
    lacking = _methods_lacking(held.methods)
    if held.held_on > today:
        lacking["held_on"] = "督导日期不能晚于今天，请在开展之后登记。"
    if not held.summary.strip():
        lacking["summary"] = "请写明督导情况。"
    if lacking:
        raise Missing(lacking)
    values = {
        "state": VisitState.DONE,
        "held_on": held.held_on,
        "methods": _coded(held.methods),
        "summary": held.summary.strip(),
        "meetings": held.meetings,
        "ended_name": by.name,
        "ended_at": at,
    }
    _write(row, values)
    kept = keep_attached(SupervisionFile, files, by=by, at=at, supervision=row)
    data = {
        "held_on": held.held_on.isoformat(),
        "methods": row.methods,
        "summary": row.summary,
        "meetings": held.meetings,
        "files": hashes_of(kept),
    }
    _record(row, "carry_out", data, by=by, at=at)
    return row


@transaction.atomic
def call_off(row: Supervision, *, why: str, by: User, at: dt.datetime) -> Supervision:
    """It will not take place; it stays with the reason and is not counted."""
    _refuse(recorder(by, row.notice))
    if row.state != VisitState.PLANNED:
        raise Refused(f"这次督导检查{VisitState(row.state).label}，不能取消。")
    if not why.strip():
        raise Missing({"why": "请写明取消的原因。"})
    values = {"called_off_why": why.strip()[:300], "ended_name": by.name, "ended_at": at}
    _write(row, {"state": VisitState.CALLED_OFF, **values})
    _record(row, "call_off", {"why": row.called_off_why}, by=by, at=at)
    return row


@transaction.atomic
def attach(row: Supervision, files: Iterable[StoredFile], *, by: User, at: dt.datetime) -> None:
    """More pictures or papers of a visit that took place."""
    _refuse(recorder(by, row.notice))
    if row.state != VisitState.DONE:
        raise Refused("督导检查开展之后才能上传材料。")
    kept = keep_attached(SupervisionFile, files, by=by, at=at, supervision=row)
    if not kept:
        raise Missing({"files": "请选择要上传的文件。"})
    _record(row, "attach", {"files": hashes_of(kept)}, by=by, at=at)


def _refuse(why_not: Answer) -> None:
    if why_not:
        raise Refused(why_not)


def _check(notice: Notice, visit: Visit) -> None:
    lacking = _methods_lacking(visit.methods)
    if not visit.title.strip():
        lacking["title"] = "请填写督导检查的名称。"
    if not visit.team:
        lacking["members"] = "请勾选督导组成员，或在“其他成员”中填写姓名。"
    elif len(visit.team) > 500:
        lacking["others"] = "督导组成员过多，请控制在 500 字以内。"
    within = subtree([notice.unit_id])
    if not visit.units or any(unit.pk not in within for unit in visit.units):
        lacking["units"] = "请从本批次的单位中勾选受督导单位，至少一个。"
    elif len(visit.units) > MOST_UNITS:
        lacking["units"] = f"一次督导检查最多 {MOST_UNITS} 个单位，请分几次登记。"
    known = {u.pk for u in team_choices(notice)}
    if any(u.pk not in known for u in visit.members):
        lacking["members"] = "所选成员不是督导组或整改办人员，请写在“其他成员”中。"
    if lacking:
        raise Missing(lacking)


def _methods_lacking(methods: Sequence[str]) -> dict[str, str]:
    known = bool(methods) and all(code in VisitMethod.values for code in methods)
    return {} if known else {"methods": "请勾选督导方式，至少一种。"}


def _coded(methods: Iterable[str]) -> str:
    """Codes in the order of the vocabulary."""
    given = set(methods)
    return ",".join(code for code in VisitMethod.values if code in given)


def _columns(visit: Visit) -> dict[str, Any]:
    return {
        "title": visit.title.strip(),
        "planned_on": visit.planned_on,
        "methods": _coded(visit.methods),
        "team": visit.team,
        "purpose": visit.purpose.strip(),
    }


def _told(visit: Visit) -> dict[str, Any]:
    plain = {**_columns(visit), "planned_on": visit.planned_on.isoformat()}
    return {**plain, "units": sorted(unit.pk for unit in visit.units)}


def _write(row: Supervision, values: dict[str, Any]) -> None:
    """Where nobody changed the visit since it was read."""
    changed = Supervision.objects.filter(pk=row.pk, version=row.version).update(
        version=row.version + 1, **values
    )
    if not changed:
        raise Stale("这次督导检查刚刚被他人修改，请刷新页面核对后再操作；您填写的内容仍保留在下面。")
    row.refresh_from_db(fields=[*values, "version"])


def _record(row: Supervision, verb: str, data: dict[str, Any], *, by: User, at: dt.datetime) -> None:
    act = audit.Act(f"supervision.{verb}", "supervision", row.pk, row.notice_id, data=data)
    audit.record(act, by=by, at=at)


def open_findings(row: Supervision) -> int:
    """Findings of the visit that are neither accepted nor voided."""
    ended = (FindingState.ACCEPTED, FindingState.VOIDED)
    return row.findings.exclude(state__in=ended).count()
