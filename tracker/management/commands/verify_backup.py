import time
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.management.base import Answer, SentenceCommand, existing_file, now
from notices.errors import Refused
from tracker.keeping import backups, restoring


class Command(SentenceCommand):
    help = "在别处恢复备份、升级到当前版本并逐行核对；结果显示在系统状态页"
    refusals = (Refused,)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", metavar="备份文件", help="缺省为备份目录中最近的一个")

    def run(self, options: dict[str, Any]) -> Answer:
        last = next(iter(backups.existing(backups.folder()).values()), None)
        if not options["file"] and last is None:
            raise CommandError(
                f"备份目录 {backups.folder()} 中还没有备份，请先运行 python manage.py backup。"
            )
        path = existing_file(options["file"] or str(last))
        begun = time.monotonic()
        found = restoring.verify(path)
        found |= {"at": now().isoformat(), "seconds": round(time.monotonic() - begun, 1)}
        backups.note(backups.folder() / f"{path.name}{backups.VERIFIED}", found)
        if found["ok"]:
            return Answer(
                found, [f"备份 {path.name} 可以恢复：{found['rows']} 行、{found['files']} 个文件逐一相符。"]
            )
        return Answer(found, problem=f"备份 {path.name} 没有通过核验：{'；'.join(found['problems'])}。")
