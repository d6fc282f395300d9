from contextlib import nullcontext
from typing import Any

from django.core.management.base import CommandParser
from django.utils.timezone import localtime

from accounts.management.base import Answer, SentenceCommand, now
from notices.errors import Refused
from tracker.keeping import upgrading
from tracker.keeping.in_use import alone


class Command(SentenceCommand):
    help = "把数据库升级到当前程序版本：先备份，在旁边升级并核对，再一次切换"
    refusals = (Refused,)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="只看有没有要升级的，不改动")

    def run(self, options: dict[str, Any]) -> Answer:
        waiting = upgrading.waiting()
        if options["check"]:
            data = {"waiting": len(waiting), "upgraded": False}
            return Answer(data, [f"有 {len(waiting)} 步升级待执行。" if waiting else "数据库已是当前版本。"])
        at = localtime(now())
        with alone() if waiting and not upgrading.is_new() else nullcontext():
            found = upgrading.upgrade(at=at)
        return Answer(found, upgrading.lines(found))
