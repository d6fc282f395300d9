"""一题一档: one issue with its plan, reports, sign-offs and files, as a document to print and file. Pure."""

from dataclasses import dataclass

from notices.report.document import Block, Document, Heading, Paragraph, Table

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sheet:
    """A table with its heading; `shares` are widths in any unit, `empty` is said in place of no rows."""

    title: str
    head: tuple[str, ...]
    shares: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str


@dataclass(frozen=True)
class TaskPart:
    """One task of the issue: its measure, facts (label, value) and sheets."""

    number: str
    text: str
    facts: Facts
    sheets: tuple[Sheet, ...]


@dataclass(frozen=True)
class Dossier:
    """`day` as it is printed."""

    number: str
    title: str
    facts: Facts
    tasks: tuple[TaskPart, ...]
    day: str


def document(dossier: Dossier) -> Document:
    """The issue first, then each task under a heading of its own."""
    blocks: list[Block] = [Heading("问题"), _facts((("存在问题", dossier.title), *dossier.facts))]
    for task in dossier.tasks:
        blocks += [Heading(f"任务 {task.number}"), Paragraph(task.text), _facts(task.facts)]
        for sheet in task.sheets:
            blocks.append(Paragraph(sheet.title, bold=True))
            blocks.append(
                Table((sheet.head, *sheet.rows), sheet.shares) if sheet.rows else Paragraph(sheet.empty)
            )
    if not dossier.tasks:
        blocks.append(Paragraph("这个问题还没有整改任务。"))
    blocks.append(Paragraph(f"打印日期：{dossier.day}", align="right"))
    return Document("一题一档", tuple(blocks), subtitle=f"问题编号：{dossier.number}")


def _facts(facts: Facts) -> Table:
    return Table((("项目", "内容"), *facts), (24, 76), form=True)
