"""督导检查记录: a visit as a Word document in the layout of GB/T 9704-2012. Pure."""

import datetime as dt
from dataclasses import dataclass

from notices.report.document import Block, Document, Heading, Paragraph, Table, chinese_day


@dataclass(frozen=True)
class FindingLine:
    """A finding as the record prints it."""

    unit: str
    text: str
    severity: str
    state: str
    tasks: str
    reply: str


@dataclass(frozen=True)
class VisitRecord:
    """`held_on` None: the visit is only planned, for `planned_on`. `files` are names."""

    title: str
    notice: str
    state: str
    planned_on: dt.date
    held_on: dt.date | None
    team: str
    units: tuple[str, ...]
    methods: tuple[str, ...]
    meetings: int
    purpose: str
    summary: str
    findings: tuple[FindingLine, ...]
    files: tuple[str, ...]
    signature: str
    day: dt.date


def document(visit: VisitRecord) -> Document:
    when = (
        chinese_day(visit.held_on) if visit.held_on else f"{chinese_day(visit.planned_on)}（{visit.state}）"
    )
    facts = [
        ("项目", "内容"),
        ("所属批次", visit.notice),
        ("督导时间", when),
        ("督导组成员", visit.team),
        ("受督导单位", "、".join(visit.units)),
        ("督导方式", "、".join(visit.methods)),
    ]
    if visit.meetings:
        facts.append(("督导会议", f"{visit.meetings} 场"))
    blocks: list[Block] = [Heading("基本情况"), Table(tuple(facts), (24, 76), form=True)]
    if visit.purpose:
        blocks += [Heading("督导内容"), Paragraph(visit.purpose)]
    if visit.summary:
        blocks += [Heading("督导情况"), Paragraph(visit.summary)]
    blocks.append(Heading("发现的问题"))
    blocks += _findings(visit.findings)
    blocks += [Paragraph(""), Paragraph("督导组成员（签字）：", bold=True)]
    return Document(
        f"督导检查记录\n{visit.title}",
        tuple(blocks),
        attachments=visit.files,
        signature=visit.signature,
        date=chinese_day(visit.day),
    )


def _findings(lines: tuple[FindingLine, ...]) -> list[Block]:
    if not lines:
        return [Paragraph("本次督导检查没有登记问题。")]
    rows = [("序号", "单位", "发现的问题", "程度", "办理情况")]
    for number, line in enumerate(lines, start=1):
        done = "；".join(filter(None, (line.state, line.tasks, line.reply)))
        rows.append((str(number), line.unit, line.text, line.severity, done))
    return [Table(tuple(rows), (9, 18, 38, 11, 24))]
