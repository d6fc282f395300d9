from typing import Any

from django.core.management.base import CommandParser
from django.utils.timezone import localtime

from accounts.management.base import Answer, SentenceCommand, now
from notices.errors import Refused
from tracker.keeping import moving
from tracker.keeping.in_use import alone


class Command(SentenceCommand):
    help = "把全部数据搬到另一个空数据库（如从 SQLite 到 PostgreSQL），逐行核对；原数据库不动"
    refusals = (Refused,)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", metavar="目标地址", help="形如 postgres://用户:密码@主机:5432/库名")

    def run(self, options: dict[str, Any]) -> Answer:
        with alone():
            found = moving.move(options["target"], at=localtime(now()))
        lines = [
            f"已搬到新数据库：{found['tables']} 张表 {found['rows']} 行逐行相符，序号已接续，{len(found['guards'])} 个触发器在位。",
            "原数据库没有改动。请把 DATABASE_URL 改为新地址后启动服务；文件目录（MEDIA_ROOT）不变。",
        ]
        return Answer(found, [*lines, *(f"注意：{line}。" for line in found["warnings"])])
