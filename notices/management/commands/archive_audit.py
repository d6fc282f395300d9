import datetime as dt
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from accounts import audit, audit_archive
from accounts.management.base import Answer, acting, now
from notices.management.base import NoticeCommand


class Command(NoticeCommand):
    help = f"把 {audit_archive.LEAST} 天以前的操作记录连同链头写成归档文件；库中的记录不删除"
    takes_by = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="文件夹", help="归档文件放在这里，接着其中上一个文件写")
        parser.add_argument(
            "--days", type=int, default=audit_archive.LEAST, help=f"多少天以前的，至少 {audit_archive.LEAST}"
        )

    def run(self, options: dict[str, Any]) -> Answer:
        days, folder, at = options["days"], Path(options["folder"]), now()
        by = acting(options["by"])
        if days < audit_archive.LEAST:
            raise CommandError(f"--days 至少 {audit_archive.LEAST}：操作记录在线保存不少于六个月。")
        if folder.exists() and not folder.is_dir():
            raise CommandError(f"“{folder}”不是文件夹，请指定文件夹。")
        broken = audit.first_broken(audit.read_head(settings.AUDIT_HEAD))
        if broken is not None:
            raise CommandError(f"操作记录链已断开，没有归档：{broken[1]}。")
        try:
            made = audit_archive.write(folder, before=at - dt.timedelta(days=days))
        except audit_archive.Broken as why:
            raise CommandError(f"归档文件夹“{folder}”里上一个文件核对不上，没有归档：{why}。") from why
        except OSError as why:
            raise CommandError(f"不能写入“{folder}”，请检查权限和磁盘空间。({why.strerror})") from why
        if made is None:
            return Answer({"file": None, "rows": 0}, [f"没有 {days} 天以前、尚未归档的操作记录。"])
        data = {"file": made.path.name, "first": made.first, "last": made.head.seq}
        data |= {"digest": made.head.digest, "sha256": made.sha256}
        with transaction.atomic():
            audit.record(audit.Act("audit.archive", data=data), by=by, at=at)
        return Answer(
            {**data, "file": str(made.path), "rows": made.count},
            [
                f"已归档第 {made.first} 至 {made.head.seq} 号记录，共 {made.count} 条：{made.path}",
                f"文件的 SHA-256：{made.sha256}",
                f"链头：{made.head.digest}（请连同文件另行留存）",
            ],
        )
