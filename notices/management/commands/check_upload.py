"""What gate and reader make of a file. Needs no database, key or broker."""

import json
import os
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.files.check import Checked, check

PURPOSES = ("ledger", "evidence", "notice")


class Command(BaseCommand):
    help = "检查一个上传文件：通过，或说明拒绝的原因"
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="要检查的文件")
        parser.add_argument("--as", dest="purpose", required=True, choices=PURPOSES, help="作为什么上传")
        parser.add_argument("--name", metavar="ORIGINAL", help="上传时的原文件名，缺省为 FILE 的文件名")
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        path, purpose = options["file"], options["purpose"]
        if not os.path.isfile(path):
            self.stderr.write(f"找不到文件“{path}”，请检查路径。", ending="\n")
            raise SystemExit(1)
        name = os.path.basename(path) if options["name"] is None else options["name"]
        checked = check(path, name=name, purpose=purpose)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(checked), ensure_ascii=False))
        elif checked.verdict.accepted:
            self._show(checked)
        if not checked.verdict.accepted:
            self.stderr.write(checked.verdict.message)
            raise SystemExit(1)

    def _show(self, checked: Checked) -> None:
        self.stdout.write(f"通过：{checked.verdict.kind}，{checked.seconds} 秒，{checked.memory_mb} MB")
        for sheet in as_json(checked)["sheets"]:
            self.stdout.write(f"  {sheet['name']}：{sheet['rows']} 行")
        for warning in as_json(checked)["warnings"]:
            self.stdout.write(f"  提示：{warning['message']}")


def as_json(checked: Checked) -> dict[str, Any]:
    """The contract of the command. `rows` counts rows with at least one value."""
    verdict, book = checked.verdict, checked.workbook
    remarks = [*verdict.warnings, *(book.warnings if book else ())]
    return {
        "verdict": "accepted" if verdict.accepted else "refused",
        "code": verdict.code,
        "message": verdict.message,
        "kind": verdict.kind or None,
        "seconds": checked.seconds,
        "memory_mb": checked.memory_mb,
        "sheets": [
            {"name": sheet.name, "rows": sum(1 for row in sheet.rows if row)}
            for sheet in (book.sheets if book else ())
        ],
        "warnings": [{"code": remark.code, "message": remark.message} for remark in remarks],
    }
