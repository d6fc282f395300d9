import os
import zipfile
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.management.base import Answer, SentenceCommand, now, today
from notices.domain import leaving
from notices.errors import Refused
from notices.report.packing import streamed
from tracker.keeping import sql


class Command(SentenceCommand):
    help = "离开本系统时导出全部内容为一个压缩包，不需要本系统就能阅读"
    refusals = (Refused,)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("out", metavar="文件.zip")

    def run(self, options: dict[str, Any]) -> Answer:
        out = Path(options["out"])
        if out.suffix.lower() != ".zip":
            raise CommandError(f"“{out.name}”应以 .zip 结尾。")
        if out.exists():
            raise CommandError(f"“{out}”已经存在，请换一个文件名。")
        if not out.parent.is_dir():
            raise CommandError(f"文件夹“{out.parent}”不存在，请先建立。")
        told = leaving.Told()
        wanted = leaving.order_whole(at=now(), today=today())
        _write(out, wanted, told)
        data = {
            "file": str(out),
            "bytes": out.stat().st_size,
            "tables": len(told.rows),
            "rows": sum(told.rows.values()),
            "files": told.files,
            "missing": told.missing,
        }
        lines = [
            f"已导出到 {out}（{out.stat().st_size / 2**20:.1f} MB）：{len(told.rows)} 张表 {data['rows']} 行，{told.files} 个文件。",
            "没有加密，请按内部资料保管。",
        ]
        if told.missing:
            lines.append(f"注意：有 {len(told.missing)} 个文件没有放进去，原因见包内“目录.csv”。")
        return Answer(data, lines)


def _write(out: Path, wanted: leaving.Order, told: leaving.Told) -> None:
    """To a file beside it that only its owner reads, proved, then under its name: never half a package."""
    part = out.with_name(f"{out.name}.part")
    try:
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as target:
            for block in streamed(leaving.parts(wanted, told, moment=sql.one_moment)):
                target.write(block)
            target.flush()
            os.fsync(target.fileno())
        with zipfile.ZipFile(part) as package:
            if broken := package.testzip():
                raise Refused(f"写入“{out}”的内容读不回来（{broken}），请检查磁盘后重新导出。")
        os.replace(part, out)
    except OSError as why:
        raise Refused(f"无法写入“{out}”：{why.strerror or why}。") from why
    finally:
        part.unlink(missing_ok=True)
