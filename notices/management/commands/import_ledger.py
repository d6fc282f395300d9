from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from accounts.files.limits import LARGE
from accounts.management.base import Answer, acting, existing_file, now, today
from notices.ledger.cells import show
from notices.ledger.schema import BY_KEY
from notices.ledger.uploads import apply_upload, keep, prepare
from notices.management.base import NoticeCommand, find_notice
from notices.records import FieldChange, Plan, PlanRow

_KINDS = {"add": "新增", "change": "修改", "keep": "不变", "conflict": "冲突", "refused": "拒绝"}
_SHOWN = 50


class Command(NoticeCommand):
    help = "读入一份台账并列出会改动什么；加 --apply 才写入"
    takes_by = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("notice", metavar="批次", help="编号或标题")
        parser.add_argument("file", metavar="文件")
        parser.add_argument("--apply", action="store_true", help="写入改动(全部写入或全部不写)")
        parser.add_argument("--reason", default="", help="修改原因：改动已批准的整改方案时必填")
        parser.add_argument(
            "--take-over", action="store_true", dest="take_over", help="接收历史台账的状态(限整改办)"
        )

    def run(self, options: dict[str, Any]) -> Answer:
        notice = find_notice(options["notice"])
        path = existing_file(options["file"])
        by, at, day = acting(options["by"]), now(), today()
        prepared = prepare(
            notice,
            str(path),
            name=Path(path).name,
            by=by,
            at=at,
            today=day,
            take_over=options["take_over"],
            profile=LARGE,
        )
        plan, applied = prepared.plan, False
        if options["apply"]:
            upload = keep(prepared, notice, str(path), by=by, at=at)
            apply_upload(upload, by=by, at=at, today=day, reason=options["reason"])
            applied = True
        return Answer(plan_data(plan, applied), plan_lines(plan, applied))


def plan_data(plan: Plan, applied: bool) -> dict[str, Any]:
    return {
        "counts": plan.counts,
        "changes": plan.changes,
        "applied": applied,
        "rows": [_row(row) for row in plan.rows],
        "problems": [
            {"sheet": p.sheet, "cell": p.cell, "code": p.code, "message": p.message} for p in plan.problems
        ],
        "missing": list(plan.missing),
    }


def _row(row: PlanRow) -> dict[str, Any]:
    fields = [_field(c) for c in (*row.fields, *row.conflicts)]
    fields += [
        {"column": BY_KEY[k].header if k in BY_KEY else k, "cell": "", "old": "", "new": show(v)}
        for k, v in row.values.items()
    ]
    return {
        "sheet": row.sheet,
        "row": row.row,
        "key": row.key or row.number,
        "kind": row.kind,
        "fields": fields,
        "reason": row.reason,
    }


def _field(change: FieldChange) -> dict[str, str]:
    return {"column": change.column, "cell": change.cell, "old": show(change.old), "new": show(change.new)}


def plan_lines(plan: Plan, applied: bool) -> list[str]:
    counted = "，".join(f"{label} {plan.counts[kind]} 行" for kind, label in _KINDS.items())
    lines = [f"{counted}；改动 {plan.changes} 格。"]
    for row in plan.rows[:_SHOWN]:
        lines.append(f"[{_KINDS[row.kind]}] {row.sheet} 第 {row.row} 行 {row.number} {row.reason}".rstrip())
        lines += [f"    {c.column}：{show(c.old) or '(空)'} → {show(c.new) or '(空)'}" for c in row.fields]
        lines += [f"    {c.column} 两边都改了：{show(c.old)} ／ {show(c.new)}" for c in row.conflicts]
    if len(plan.rows) > _SHOWN:
        lines.append(f"…另有 {len(plan.rows) - _SHOWN} 行")
    lines += [p.message for p in plan.problems[:_SHOWN]]
    if plan.missing:
        lines.append(f"导出时有、现在没有的 {len(plan.missing)} 行保持不变：{'、'.join(plan.missing[:10])}")
    lines.append("已写入。" if applied else "尚未写入；确认无误后加 --apply 写入。")
    return lines
