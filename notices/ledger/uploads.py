"""A ledger that comes in: gate and child → rows → plan → kept → applied → undone. What pages, jobs and commands call."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from django.core.files import File
from django.db import transaction

from accounts import audit
from accounts.access import has, nameable
from accounts.files.check import check
from accounts.files.limits import FORM, Profile
from accounts.files.sheets import Workbook
from accounts.models import User
from accounts.roles import Can
from notices.errors import Refused, Unreadable
from notices.ledger.apply import Applied, Undone, apply_plan, undo_import
from notices.ledger.checks import Finding, check_plan, check_rows
from notices.ledger.load import ExportBase, load_stored, rights_of
from notices.ledger.origin import export_of, unknown_base
from notices.ledger.packing import PackedPlan, pack, pack_plan, unpack, unpack_plan
from notices.ledger.plan import make_plan, settle_twins
from notices.ledger.read import read_ledger
from notices.ledger.settle import Acting, settle
from notices.models import LedgerExport, LedgerMapping, LedgerUpload, Notice
from notices.records import CellProblem, Ledger, LedgerTable, Plan, Tell, untold
from notices.terms import Stage

LARGE_IS_OFFICE = (
    "这份台账太大，网页上不能直接核对，只有整改办可以交后台办理；请按单位拆分后分别上传，或交整改办上传。"
)


@dataclass(frozen=True)
class Prepared:
    """An upload that was read and planned; nothing is written yet."""

    name: str
    kind: str
    ledger: Ledger
    plan: Plan
    export: LedgerExport | None
    take_over: bool


def may_import(user: User | None, notice: Notice) -> bool:
    """The office of the notice, and anybody who files for a unit."""
    return user is None or has(user, Can.PLAN, notice.unit_id) or bool(rights_of(user, notice).units)


def prepare(
    notice: Notice,
    path: str,
    *,
    name: str,
    by: User | None,
    at: dt.datetime,
    today: dt.date,
    take_over: bool = False,
    chosen: Mapping[str, Mapping[int, str]] | None = None,
    profile: Profile = FORM,
    tell: Tell = untold,
) -> Prepared:
    """Read the file at `path` (uploaded as `name`) and plan it. `chosen`: columns a person assigned, by form signature.

    Raises Unreadable when gate or reader refuse the file, Refused when the person or the workbook is in the wrong place.
    """
    _check_place(notice, by, take_over)
    tell("检查文件", 0, 0)
    found = check(
        path, name=name, purpose="ledger", profile=profile, on_rows=lambda n: tell("读取文件", n, 0)
    )
    if not found.verdict.accepted or found.workbook is None:
        raise Unreadable(found.verdict.message or "文件里没有可以读取的表格。", code=found.verdict.code)
    return plan_workbook(
        notice,
        found.workbook,
        name=name,
        by=by,
        at=at,
        today=today,
        take_over=take_over,
        chosen=chosen,
        tell=tell,
    )


def plan_workbook(
    notice: Notice,
    workbook: Workbook,
    *,
    name: str,
    by: User | None,
    at: dt.datetime,
    today: dt.date,
    take_over: bool = False,
    chosen: Mapping[str, Mapping[int, str]] | None = None,
    tell: Tell = untold,
) -> Prepared:
    """Sheets as read → plan against the database as it is now."""
    known = {**remembered(notice), **(chosen or {})}
    rows = sum(len(sheet.rows) for sheet in workbook.sheets)
    tell("识别表头和各行", 0, rows)
    ledger = read_ledger(workbook.sheets, campaign=notice.campaign, chosen=known)
    tell("读取现有台账", 0, rows)
    export = export_of(ledger, notice)
    stored = load_stored(notice, by)
    base = ExportBase(export) if export else None
    tell("逐行比对", 0, rows)
    plan = make_plan(ledger, stored, base, rights_of(by, notice, take_over=take_over))
    tell("核对", rows, rows)
    within = nameable(by, notice.unit_id)
    plan = settle(settle_twins(plan), stored.tasks, Acting(by, at, today), within, ledger.tables)
    findings = check_plan(plan, stored.issues, stored.tasks, campaign=notice.campaign)
    plan = _with_remarks(plan, workbook, findings, unknown_base(ledger, export))
    return Prepared(name, workbook.kind, ledger, plan, export, take_over)


def _check_place(notice: Notice, by: User | None, take_over: bool) -> None:
    if notice.stage == Stage.ARCHIVED:
        raise Refused("该批次已归档，只能查看，不能导入台账。")
    if not may_import(by, notice):
        raise Refused("您没有导入台账的权限，请由承担任务的单位或整改办导入。")
    if take_over and by is not None and not has(by, Can.TAKE_OVER, notice.unit_id):
        raise Refused("只有整改办可以接收历史台账的状态。")


def _with_remarks(
    plan: Plan, workbook: Workbook, findings: list[Finding], unknown: list[CellProblem]
) -> Plan:
    """What the reader noticed about the file comes first, the cross-checks last. Hidden sheets are told by the
    ledger's own rule."""
    told = [CellProblem("", "", r.code, r.message) for r in workbook.warnings if r.code != "hidden_sheet"]
    checked = [CellProblem("", "", f.code, f.message) for f in findings]
    # Each once: a cell may say the same of several measures.
    return replace(plan, problems=tuple(dict.fromkeys((*unknown, *told, *plan.problems, *checked))))


# --- mappings ------------------------------------------------------------------------------------------------


def remembered(notice: Notice) -> dict[str, dict[int, str]]:
    """Columns people have assigned before, by form signature."""
    rows = LedgerMapping.objects.filter(unit=notice.unit_id).values_list("signature", "columns")
    return {signature: {int(c): key for c, key in columns.items()} for signature, columns in rows}


def remember(
    notice: Notice, signature: str, columns: Mapping[int, str], *, by: User | None, at: dt.datetime
) -> None:
    """Keep what the columns of this form mean; the next upload of the form needs no click."""
    LedgerMapping.objects.update_or_create(
        unit=notice.unit,
        signature=signature,
        defaults={"columns": {str(c): key for c, key in columns.items()}, "by": by, "at": at},
    )


# --- keep, apply, undo ---------------------------------------------------------------------------------------


@transaction.atomic
def keep(prepared: Prepared, notice: Notice, path: str, *, by: User | None, at: dt.datetime) -> LedgerUpload:
    """Keep the file and its plan until it is confirmed."""
    upload = LedgerUpload(
        notice=notice,
        name=prepared.name[:200],
        take_over=prepared.take_over,
        by=by,
        by_name=by.name if by else audit.SYSTEM_NAME,
        at=at,
        **_planned(prepared, notice, by),
    )
    _store(upload, path, prepared.kind)
    upload.save(force_insert=True)
    _record(upload, "ledger.upload", by=by, at=at)
    return upload


def _planned(prepared: Prepared, notice: Notice, by: User | None) -> dict[str, Any]:
    """The columns that say what a file was read and planned as, and what its uploader could do then."""
    rights = rights_of(by, notice)
    return {
        "state": LedgerUpload.State.PLANNED,
        "export": prepared.export,
        "kind": prepared.kind,
        "counts": prepared.plan.counts,
        "changes": prepared.plan.changes,
        "plan": pack_plan(prepared.plan),
        "tables": [asdict(table) for table in prepared.ledger.tables if not table.listed],
        "rights": {"office": rights.office, "units": sorted(rights.units)},
    }


def _store(upload: LedgerUpload, path: str, ending: str) -> None:
    """The file under a name of ours, with its size and hash."""
    with Path(path).open("rb") as content:
        upload.sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        upload.size = Path(path).stat().st_size
        content.seek(0)
        upload.file.save(f"{uuid.uuid4().hex}.{ending}", File(content), save=False)


def _record(upload: LedgerUpload, action: str, *, by: User | None, at: dt.datetime) -> None:
    data = {"name": upload.name, "sha256": upload.sha256, "take_over": upload.take_over}
    if upload.counts:
        data |= {"counts": upload.counts}
    notice = upload.notice_id
    audit.record(audit.Act(action, "notice", notice, notice, data=data), by=by, at=at)


# --- too large for a form ------------------------------------------------------------------------------------


@transaction.atomic
def receive(
    notice: Notice, path: str, *, name: str, by: User, at: dt.datetime, take_over: bool = False
) -> LedgerUpload:
    """Keep a file that a form cannot read, for a worker; office only. Nothing in it has been looked at."""
    _check_place(notice, by, take_over)
    if not rights_of(by, notice).office:
        raise Refused(LARGE_IS_OFFICE)
    upload = LedgerUpload(
        notice=notice,
        name=name[:200],
        kind=PurePath(name).suffix.lower().lstrip(".")[:10],
        take_over=take_over,
        state=LedgerUpload.State.RECEIVED,
        large=True,
        rights={"office": True, "units": []},
        by=by,
        by_name=by.name,
        at=at,
    )
    _store(upload, path, upload.kind or "part")
    upload.save(force_insert=True)
    _record(upload, "ledger.receive", by=by, at=at)
    return upload


def plan_received(upload: LedgerUpload, prepared: Prepared, *, by: User, at: dt.datetime) -> bool:
    """The plan of a received file; False when it is no longer waiting for one. Call inside a transaction."""
    rows = LedgerUpload.objects.filter(pk=upload.pk, state=LedgerUpload.State.RECEIVED)
    if not rows.update(**_planned(prepared, upload.notice, by)):
        return False
    upload.counts = prepared.plan.counts
    _record(upload, "ledger.upload", by=by, at=at)
    return True


def tables_of(upload: LedgerUpload) -> list[LedgerTable]:
    """The tables whose columns a person may assign, as they were read."""
    return [
        LedgerTable(
            **{
                **told,
                "fields": tuple(told["fields"]),
                "headers": {int(c): text for c, text in told["headers"].items()},
                "extras": {int(c): text for c, text in told["extras"].items()},
            }
        )
        for told in upload.tables
    ]


# --- apply, undo ---------------------------------------------------------------------------------------------


def _check_rights(row: LedgerUpload, by: User | None) -> None:
    """A plan says what its maker could do then; whoever can do less by now may neither apply it nor take it back."""
    now = rights_of(by, row.notice)
    more = row.rights.get("office", True) or not now.units.issuperset(row.rights.get("units", ()))
    if more and not now.office:
        raise Refused("上传以后您的任职有变动，这份台账不能再由您办理，请重新上传或联系整改办。")


def plan_of(upload: LedgerUpload) -> Plan:
    return unpack_plan(bytes(upload.plan))


def packed_plan_of(upload: LedgerUpload) -> PackedPlan:
    """For pages: a plan of a hundred thousand rows takes seconds to open whole."""
    return PackedPlan(bytes(upload.plan))


@transaction.atomic
def apply_upload(
    upload: LedgerUpload,
    *,
    by: User | None,
    at: dt.datetime,
    today: dt.date,
    choices: dict[str, str] | None = None,
    tell: Tell = untold,
    reason: str = "",
) -> Applied:
    """Write a kept plan, once. The person must be the one who uploaded, or the office. `reason`: of what it changes
    of an approved plan.

    Raises Stale when a planned row was changed since: plan again.
    """
    row = (
        LedgerUpload.objects.select_for_update(of=("self",)).select_related("notice__unit").get(pk=upload.pk)
    )
    if row.state != LedgerUpload.State.PLANNED:
        raise Refused(f"这份台账{row.get_state_display()}，不能再导入；如需再次导入请重新上传。")
    _check_place(row.notice, by, row.take_over)
    if row.by_id != (by.pk if by else None) and not rights_of(by, row.notice).office:
        raise Refused("只能确认自己上传的台账。")
    _check_rights(row, by)
    tell("打开方案", 0, 0)
    done = apply_plan(
        plan_of(row),
        row.notice,
        by=by,
        at=at,
        today=today,
        why=f"导入台账“{row.name}”",
        choices=choices,
        tell=tell,
        reason=reason,
    )
    LedgerUpload.objects.filter(pk=row.pk).update(
        state=LedgerUpload.State.APPLIED, applied_at=at, result=pack(done.undo)
    )
    upload.refresh_from_db()
    return done


@transaction.atomic
def undo_upload(
    upload: LedgerUpload, *, by: User | None, at: dt.datetime, today: dt.date, tell: Tell = untold
) -> Undone:
    """Take a whole import back while its rows are untouched; rows touched since are listed and left."""
    row = (
        LedgerUpload.objects.select_for_update(of=("self",)).select_related("notice__unit").get(pk=upload.pk)
    )
    if row.state != LedgerUpload.State.APPLIED or row.result is None:
        raise Refused(f"这份台账{row.get_state_display()}，没有可以撤销的内容。")
    office = rights_of(by, row.notice).office
    if not office and (by is None or row.by_id != by.pk):
        raise Refused("只能撤销自己导入的台账。")
    _check_rights(row, by)
    done = undo_import(
        unpack(bytes(row.result)),
        row.notice,
        by=by,
        at=at,
        today=today,
        why=f"撤销导入台账“{row.name}”",
        tell=tell,
    )
    LedgerUpload.objects.filter(pk=row.pk).update(state=LedgerUpload.State.UNDONE, undone_at=at)
    upload.refresh_from_db()
    return done


def cross_checks(notice: Notice, user: User | None) -> list[Finding]:
    """The cross-checks over what is stored, for the notice's page."""
    stored = load_stored(notice, user)
    return check_rows(stored.issues, stored.tasks.values(), campaign=notice.campaign)
