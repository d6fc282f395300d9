"""Compare the search index with every text; with --repair make it anew."""

from typing import Any

from django.core.management.base import CommandParser

from accounts.management.base import Answer
from notices.domain import search
from notices.management.base import NoticeCommand

SHOWN = 20


class Command(NoticeCommand):
    help = "核对检索索引与实际文字；--repair 全部重建"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="全部重建")

    def run(self, options: dict[str, Any]) -> Answer:
        wrong = search.wrong_entries()
        waiting = search.waiting()
        if options["repair"]:
            search.rebuild()
        data = {"wrong": len(wrong), "rows": wrong, "waiting": waiting, "repaired": bool(options["repair"])}
        if options["repair"]:
            return Answer(data, [*_listed(wrong), f"检索索引已全部重建，原有 {len(wrong)} 处不符。"])
        if wrong:
            return Answer(
                data, _listed(wrong), problem=f"检索索引有 {len(wrong)} 处不符，请用 --repair 重建。"
            )
        return Answer(data, [f"检索索引与实际相符；{waiting} 处改动等待编入，查询时已直接比对。"])


def _listed(wrong: list[str]) -> list[str]:
    return [*wrong[:SHOWN], *([f"……共 {len(wrong)} 处。"] if len(wrong) > SHOWN else [])]
