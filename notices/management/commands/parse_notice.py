"""The outline of a notice or feedback letter. Needs no database, key or broker."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandParser

from accounts.management.base import Answer, SentenceCommand, existing_file
from notices.errors import Unreadable
from notices.records import ParsedIssue, ParsedNotice
from notices.terms import ParsedProgress
from notices.text.as_json import notice_as_dict
from notices.text.parse import parse_notice
from notices.text.readers import read_lines


class Command(SentenceCommand):
    help = "把一份通报或反馈意见（.txt、.docx、.html、.pdf）读成提纲，不写入数据库"
    refusals = (Unreadable,)
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="通报文件")

    def run(self, options: dict[str, Any]) -> Answer:
        path = existing_file(options["file"])
        try:
            data = path.read_bytes()
        except OSError as why:
            raise Unreadable(f"文件“{path}”无法读取，请检查文件权限。") from why
        notice = parse_notice("\n".join(read_lines(data, path.name)))
        return Answer(notice_as_dict(notice), list(outline_lines(notice)))


def outline_lines(notice: ParsedNotice) -> Iterator[str]:
    """The outline for a person: header, aspects with their issues, warnings."""
    yield from (f"{name}：{shown}" for name, shown in _header(notice) if shown)
    yield f"共 {len(notice.aspects)} 个方面、{len(notice.issues)} 个问题、{sum(len(i.measures) for i in notice.issues)} 条整改措施。"
    aspects = {aspect.number: aspect for aspect in notice.aspects}
    for issue in notice.issues:
        aspect = aspects.pop(issue.path[0], None)
        if aspect is not None:
            yield f"【{aspect.number}】{aspect.title}"
        yield from _issue_lines(issue)
    if notice.outcomes:
        yield f"成效（{len(notice.outcomes)} 条，供核对）："
        yield from (f"  {o.metric} {o.value:g}{o.unit}（第{o.line}行）" for o in notice.outcomes)
    if notice.warnings:
        yield f"提示（{len(notice.warnings)} 条）："
        yield from (f"  {warned.message}" for warned in notice.warnings)


def _header(notice: ParsedNotice) -> list[tuple[str, object]]:
    contact = notice.contact
    period = " 至 ".join(str(day) for day in (notice.inspection_start, notice.inspection_end) if day)
    return [
        ("标题", notice.title),
        ("被巡视巡察单位", notice.inspected_party),
        ("巡视巡察机构", notice.inspecting_body),
        ("巡视巡察时间", period),
        ("反馈日期", notice.feedback_on),
        ("发布日期", notice.published_on),
        ("落款", " ".join(str(part) for part in (notice.signed_by, notice.signed_on) if part)),
        (
            "联系方式",
            "；".join(filter(None, (contact.phone, contact.address, contact.postcode, contact.email))),
        ),
    ]


def _issue_lines(issue: ParsedIssue) -> Iterator[str]:
    progress = ParsedProgress(issue.progress).label if issue.progress else issue.progress_text or "未写明进度"
    yield f"  {'.'.join(map(str, issue.path))} {issue.title}（第{issue.line}行，{progress}）"
    for number, measure in enumerate(issue.measures, start=1):
        heading = f"{measure.heading}：" if measure.heading else ""
        words = (heading + measure.text).replace("\n", " ")
        yield f"      {number}. {words if len(words) <= 60 else words[:60] + '……'}"
