from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from accounts.management.base import Answer
from notices.domain import rollup
from notices.management.base import NoticeCommand

_MOST = 50


class Command(NoticeCommand):
    help = "重新清点可见范围和汇总数；与实际不符时逐条列出，加 --repair 重建"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="发现不符时全部重建")

    def run(self, options: dict[str, Any]) -> Answer:
        wrong = rollup.wrong_rows()
        data: dict[str, Any] = {"wrong": len(wrong), "rows": wrong[:_MOST], "repaired": False}
        if not wrong:
            return Answer(data, ["可见范围和汇总数与实际相符。"])
        more = [f"…另有 {len(wrong) - _MOST} 处"] if len(wrong) > _MOST else []
        lines = [*wrong[:_MOST], *more]
        if not options["repair"]:
            return Answer(
                data, lines, problem=f"有 {len(wrong)} 处与实际不符，请运行 check_rollup --repair 重建。"
            )
        with transaction.atomic():
            rollup.rebuild()
        return Answer({**data, "repaired": True}, [*lines, f"以上 {len(wrong)} 处已重建。"])
