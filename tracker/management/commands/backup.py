from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils.timezone import localtime

from accounts.management.base import Answer, SentenceCommand, now
from notices.errors import Refused
from tracker.keeping import backups
from tracker.keeping.restoring import say


class Command(SentenceCommand):
    help = "备份数据库和全部文件为一个文件；运行中也可以备份"
    refusals = (Refused,)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("out", nargs="?", metavar="文件", help="缺省为备份目录下按时间命名的文件")
        parser.add_argument("--prune", action="store_true", help="随后按保留规则删除较早的自动备份")

    def run(self, options: dict[str, Any]) -> Answer:
        at = localtime(now())
        out = Path(options["out"]) if options["out"] else backups.folder() / backups.name_at(at)
        if out.is_dir():
            raise CommandError(f"“{out}”是文件夹，请写明备份文件的名称，例如 {out / 'tracker.zip'}。")
        manifest = backups.take(out, at=at)
        files = manifest.files or {"count": 0, "bytes": 0}
        size = out.stat().st_size
        say("system.backup", {"file": out.name, "rows": manifest.rows, "files": files["count"]}, at=at)
        gone = (
            backups.prune(backups.folder(), backups.Rule(*settings.BACKUP_KEPT)) if options["prune"] else []
        )
        data = {
            "file": str(out),
            "bytes": size,
            "rows": manifest.rows,
            "tables": len(manifest.tables),
            "files": files["count"],
            "absent": manifest.absent,
            "damaged": manifest.damaged,
            "removed": [path.name for path in gone],
        }
        lines = [
            f"已备份到 {out}（{size / 2**20:.1f} MB）：{len(manifest.tables)} 张表 {manifest.rows} 行，{files['count']} 个文件。"
        ]
        if manifest.absent:
            lines.append(f"注意：有 {len(manifest.absent)} 个文件在磁盘上找不到，例如 {manifest.absent[0]}。")
        if manifest.damaged:
            lines.append(
                f"注意：有 {len(manifest.damaged)} 个文件与登记的校验值不符，例如 {manifest.damaged[0]}。"
            )
        lines += [f"按保留规则删除了 {len(gone)} 个较早的备份。"] if gone else []
        return Answer(data, lines)
