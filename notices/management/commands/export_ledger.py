import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.management.base import Answer, acting, now, today
from accounts.matching import UnitNames
from accounts.models import Unit
from notices.ledger.export import export_ledger
from notices.ledger.schema import LIST_TITLES
from notices.management.base import NoticeCommand, find_notice


class Command(NoticeCommand):
    help = "导出一个批次的三清单工作簿(.xlsx)"
    takes_by = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("notice", metavar="批次", help="编号或标题")
        parser.add_argument("file", metavar="文件.xlsx")
        parser.add_argument("--unit", metavar="单位", help="只导出该单位(含下级)承担的任务")

    def run(self, options: dict[str, Any]) -> Answer:
        notice = find_notice(options["notice"])
        target = Path(options["file"])
        if target.suffix.lower() != ".xlsx":
            raise CommandError(f"“{target.name}”应以 .xlsx 结尾。")
        if not target.parent.is_dir():
            raise CommandError(f"文件夹“{target.parent}”不存在，请先建立。")
        unit = find_unit(options["unit"]) if options["unit"] else None
        rows = _write(notice, target, unit, options)
        named = {LIST_TITLES[listed]: count for listed, count in rows.items()}
        line = "、".join(f"{title} {count} 行" for title, count in named.items())
        return Answer({"file": str(target), "rows": named}, [f"已导出到 {target}：{line}。"])


def _write(notice: Any, target: Path, unit: Unit | None, options: dict[str, Any]) -> dict[str, int]:
    """To a file beside the target, renamed when complete: never a half-written workbook."""
    handle, beside = tempfile.mkstemp(suffix=".part", prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            done = export_ledger(notice, out, by=acting(options["by"]), at=now(), today=today(), unit=unit)
        os.chmod(beside, 0o644)
        os.replace(beside, target)
    except OSError as why:
        raise CommandError(f"无法写入“{target}”：{why.strerror or why}。") from why
    finally:
        Path(beside).unlink(missing_ok=True)
    return done.rows


def find_unit(name: str) -> Unit:
    names = UnitNames.load()
    unit = names.find(name)
    if unit is None:
        near = "、".join(u.name for u in names.likeliest(name))
        raise CommandError(f"没有叫“{name}”的单位。" + (f"是否指：{near}？" if near else ""))
    return unit
