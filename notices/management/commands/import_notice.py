"""From a published notice to a notice with aspects, issues and tasks."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.management.base import Answer, acting, existing_file, now, today
from accounts.matching import UnitNames
from accounts.models import Unit
from notices.domain.intake import Taken, take_notice
from notices.management.base import NoticeCommand
from notices.text.parse import parse_notice
from notices.text.source import read_source


class Command(NoticeCommand):
    help = "录入一份通报或反馈意见（.txt、.docx、.html、.pdf）"
    takes_by = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="文件")
        parser.add_argument("--unit", metavar="单位", required=True, help="被巡视巡察单位，须已在系统中")

    def run(self, options: dict[str, Any]) -> Answer:
        path = existing_file(options["file"])
        unit = party(options["unit"])
        by = acting(options["by"])
        text = read_source(str(path), name=path.name)
        taken = take_notice(parse_notice(text), unit=unit, text=text, by=by, at=now(), today=today())
        return Answer(as_json(taken), lines_of(taken))


def party(name: str) -> Unit:
    names = UnitNames.load()
    unit = names.find(name)
    if unit is None:
        near = "、".join(u.name for u in names.likeliest(name))
        advice = f"是否为：{near}？" if near else "请先用 import_units 导入单位。"
        raise CommandError(f"没有单位“{name}”，{advice}")
    return unit


def as_json(taken: Taken) -> dict[str, Any]:
    return {
        "notice": taken.notice.pk,
        "created": taken.created,
        "aspects": taken.aspects,
        "issues": taken.issues,
        "tasks": taken.tasks,
        "warnings": [{"line": w.line, "code": w.code, "message": w.message} for w in taken.warnings],
    }


def lines_of(taken: Taken) -> list[str]:
    notice = taken.notice
    first = (
        f"已录入批次 {notice.pk}“{notice.title}”"
        if taken.created
        else f"这份通报已录入过：批次 {notice.pk}“{notice.title}”"
    )
    lines = [f"{first}：{taken.aspects} 个方面、{taken.issues} 个问题、{taken.tasks} 项任务。"]
    lines += [
        f"提示（第 {w.line} 行）：{w.message}" if w.line else f"提示：{w.message}" for w in taken.warnings
    ]
    return lines
