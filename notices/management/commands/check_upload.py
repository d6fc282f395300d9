"""What gate and reader make of a file. Needs no database, key or broker."""

from typing import Any

from django.core.management.base import CommandParser

from accounts.files.check import Checked, check
from accounts.management.base import Answer, SentenceCommand, existing_file
from notices.text.source import READER

PURPOSES = ("ledger", "evidence", "notice")


class Command(SentenceCommand):
    help = "检查一个上传文件：通过，或说明拒绝的原因"
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="要检查的文件")
        parser.add_argument("--as", dest="purpose", required=True, choices=PURPOSES, help="作为什么上传")
        parser.add_argument("--name", metavar="ORIGINAL", help="上传时的原文件名，缺省为 FILE 的文件名")

    def run(self, options: dict[str, Any]) -> Answer:
        path, purpose = existing_file(options["file"]), options["purpose"]
        name = path.name if options["name"] is None else options["name"]
        reader = READER if purpose == "notice" else None
        checked = check(str(path), name=name, purpose=purpose, reader=reader)
        verdict = checked.verdict
        if verdict.accepted:
            return Answer(as_json(checked), lines_of(checked))
        return Answer(as_json(checked), problem=verdict.message)


def lines_of(checked: Checked) -> list[str]:
    """The same for a person."""
    told = as_json(checked)
    lines = [f"通过：{told['kind']}，{checked.seconds} 秒，{checked.memory_mb} MB"]
    lines += [f"  {sheet['name']}：{sheet['rows']} 行" for sheet in told["sheets"]]
    return lines + [f"  提示：{warning['message']}" for warning in told["warnings"]]


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
