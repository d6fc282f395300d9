from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.timezone import localtime

from accounts.management.base import Answer, SentenceCommand, existing_file, now
from notices.errors import Refused
from tracker.keeping import restoring
from tracker.keeping.in_use import alone


class Command(SentenceCommand):
    help = "从备份文件恢复：先在旁边恢复并核对，再一次切换；--back 退回上一状态"
    refusals = (Refused,)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", metavar="备份文件")
        parser.add_argument("--back", action="store_true", help="退回上一次恢复或升级之前的状态")

    def run(self, options: dict[str, Any]) -> Answer:
        if bool(options["file"]) == options["back"]:
            raise CommandError("请写明备份文件，或用 --back 退回上一状态，二者取其一。")
        with alone():
            if options["back"]:
                restoring.back(at=localtime(now()))
                return Answer(
                    {"back": True}, ["已退回上一状态；刚才的状态留存着，再次运行 restore --back 可以换回来。"]
                )
            found = restoring.restore(existing_file(options["file"]), at=localtime(now()))
        lines = [
            f"已恢复到 {found['made_at'][:16].replace('T', ' ')} 的状态：{found['rows']} 行，补回 {found['files']} 个文件。",
            "恢复之前的状态留存着，如需退回请运行 python manage.py restore --back。所有人须重新登录。",
        ]
        return Answer(found, [*lines, *(f"注意：{line}。" for line in found["warnings"])])
