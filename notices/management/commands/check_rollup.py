"""Recount who may see what and every counter; with --repair write them anew."""

from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from accounts.management.base import Answer
from notices.domain import rollup
from notices.management.base import NoticeCommand

SHOWN = 20


class Command(NoticeCommand):
    help = "核对可见范围与汇总；--repair 全部重算"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="全部重算")

    def run(self, options: dict[str, Any]) -> Answer:
        with transaction.atomic():
            wrong = rollup.wrong_rows()
            if options["repair"]:
                rollup.rebuild()
        data = {"wrong": len(wrong), "rows": wrong, "repaired": bool(options["repair"])}
        if not wrong:
            return Answer(data, ["可见范围与汇总均与实际相符。"])
        listed = [*wrong[:SHOWN], *([f"……共 {len(wrong)} 处。"] if len(wrong) > SHOWN else [])]
        if options["repair"]:
            return Answer(data, [*listed, f"已全部重算，原有 {len(wrong)} 处不符。"])
        return Answer(data, listed, problem=f"有 {len(wrong)} 处与实际不符，请用 --repair 重算。")
