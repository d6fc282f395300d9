"""Units and people from a workbook: all of it or nothing, first passwords on a slip to print."""

import datetime as dt
import io
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.utils.timezone import localtime

from accounts.files.check import check
from accounts.files.sheets import Workbook
from accounts.management.base import Answer, SentenceCommand, acting, existing_file, now
from accounts.matching import UnitNames
from accounts.people import Taken, Unfit, take_roster
from accounts.roster import Roster, read_roster
from accounts.roster_form import empty_form
from accounts.slips import write_slips


class Command(SentenceCommand):
    help = "从 Excel 导入单位与人员；--template 生成空表"
    takes_by = True
    refusals = (Unfit,)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="文件.xlsx", nargs="?", help="含工作表“单位”“人员”的工作簿")
        parser.add_argument("--template", metavar="空表.xlsx", help="生成供填写的空表")

    def run(self, options: dict[str, Any]) -> Answer:
        if options["template"]:
            return make_template(Path(options["template"]))
        if not options["file"]:
            raise CommandError("请指定要导入的文件，或用 --template 生成空表。")
        book = read_workbook(existing_file(options["file"]))
        roster = read_roster(book.sheets, UnitNames.load())
        if roster.problems:
            return _refused(roster)
        at = now()
        slip = settings.VAR / "slips" / f"初始密码-{localtime(at):%Y%m%d-%H%M%S-%f}.html"
        try:
            taken = self._write(roster, slip, at=at, by=options["by"])
        except BaseException:
            slip.unlink(missing_ok=True)  # these passwords open nothing
            raise
        return _done(roster, taken, slip if taken.new_people else None)

    @transaction.atomic
    def _write(self, roster: Roster, slip: Path, *, at: dt.datetime, by: str | None) -> Taken:
        """1. units and people; 2. rights follow a moved unit; 3. the slip: all before the commit."""
        taken = take_roster(roster, by=acting(by), at=at)
        if taken.tree:
            call_command("check_rollup", repair=True, stdout=io.StringIO())
        if taken.new_people:
            write_slips(slip, taken.new_people, address=settings.BASE_URL)
        return taken


def read_workbook(path: Path) -> Workbook:
    """The sheets after gate and child process; a file that is turned away says why."""
    checked = check(str(path), name=path.name, purpose="ledger")
    if not checked.verdict.accepted or checked.workbook is None:
        raise CommandError(checked.verdict.message or f"“{path.name}”里没有工作表，请检查文件。")
    return checked.workbook


def _refused(roster: Roster) -> Answer:
    rows = [{"sheet": p.sheet, "cell": p.cell, "code": p.code, "message": p.message} for p in roster.problems]
    data = {"units": len(roster.units), "people": len(roster.people), "problems": rows}
    count = len(roster.problems)
    return Answer(
        {**data, "applied": False},
        [p.message for p in roster.problems],
        problem=f"表格有 {count} 处问题，未作任何改动；请按单元格改正后重新导入。",
    )


def _done(roster: Roster, taken: Taken, slip: Path | None) -> Answer:
    """`units` and `people` are what the file holds; `new` and `changed` what became of it."""
    data = {
        "units": len(roster.units),
        "people": len(roster.people),
        "problems": [],
        "applied": True,
        "new": {"units": len(taken.new_units), "people": len(taken.new_people)},
        "changed": {"units": len(taken.changed_units), "people": len(taken.changed_people)},
        "slip": str(slip) if slip else None,
    }
    lines = [
        f"单位 {len(roster.units)} 个：新增 {len(taken.new_units)}，更新 {len(taken.changed_units)}。",
        f"人员 {len(roster.people)} 名：新增 {len(taken.new_people)}，更新 {len(taken.changed_people)}。",
    ]
    if slip:
        lines.append(f"初始密码条（A4，打印后沿虚线裁开，发放后请删除）：{slip}")
    return Answer(data, lines)


def make_template(target: Path) -> Answer:
    """An empty form: two sheets, required columns marked *, roles to choose from."""
    if target.suffix.lower() != ".xlsx":
        raise CommandError(f"“{target.name}”应以 .xlsx 结尾。")
    if target.exists():
        raise CommandError(f"“{target}”已存在，请换一个文件名。")
    if not target.parent.is_dir():
        raise CommandError(f"文件夹“{target.parent}”不存在，请先建立。")
    empty_form().save(target)
    return Answer({"template": str(target)}, [f"空表已生成：{target}"])
