"""The words of letters to a unit and of the printed forms of a task, and the documents made of them. Pure."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from notices.report.document import Block, Document, Heading, Paragraph, Table, chinese_day
from notices.terms import LetterKind

_LEVELS = (
    (re.compile(r"[一二三四五六七八九十]{1,3}、"), 1),
    (re.compile(r"（[一二三四五六七八九十]{1,3}）"), 2),
)
_SHORT = 60  # characters of a measure or a report inside a sentence


@dataclass(frozen=True)
class TaskFigures:
    """One task as a letter names it. `left`: days to the deadline, negative when it has passed, None without one."""

    number: str
    issue: str
    text: str
    deadline: dt.date | None
    left: int | None
    latest: str
    latest_on: dt.date | None


@dataclass(frozen=True)
class Draft:
    title: str
    text: str


TITLES = {
    LetterKind.REMINDER: "关于按期完成整改任务的提醒函",
    LetterKind.ORDER: "关于限期完成整改任务的督办单",
    LetterKind.ADMONITION: "关于整改任务推进不力的告诫书",
    LetterKind.ACCOUNTABILITY: "关于整改任务推进不力的问责建议",
}
_OPENINGS = {
    LetterKind.REMINDER: "现将你单位牵头的整改任务办理情况提醒如下，请认真对照，抓紧落实。",
    LetterKind.ORDER: "你单位牵头的整改任务未能按要求推进，现予督办。",
    LetterKind.ADMONITION: "经多次提醒、督办，你单位牵头的整改任务仍未按要求完成，现予告诫。",
    LetterKind.ACCOUNTABILITY: "经提醒、督办、告诫，有关整改任务仍未按要求完成，现提出问责建议。",
}
_DEMANDS = {
    LetterKind.REMINDER: ("请倒排工期，明确责任人员，确保在完成时限内整改到位。",),
    LetterKind.ORDER: (
        "请主要负责同志亲自研究，查明原因，制定赶进度的具体措施。",
        "请每周报送推进情况，直至销号。",
    ),
    LetterKind.ADMONITION: (
        "请党组织主要负责人对照整改责任深刻检查，提交书面说明。",
        "请立即采取措施，限期整改到位；再次逾期的，将提出问责建议。",
    ),
    LetterKind.ACCOUNTABILITY: (
        "建议按照干部管理权限，对负有责任的人员依规依纪依法作出处理。",
        "请将处理情况书面反馈，并督促有关单位限期整改到位。",
    ),
}


def draft(kind: LetterKind, notice: str, tasks: Sequence[TaskFigures], *, reply_by: dt.date | None) -> Draft:
    """Title and words for the office to review: one line a paragraph, headings as they are printed."""
    lines = [f"根据《{notice}》整改工作安排，{_OPENINGS[kind]}", "一、有关情况"]
    lines += [_about(place, task) for place, task in enumerate(tasks, start=1)]
    lines += ["二、有关要求", *_DEMANDS[kind]]
    if reply_by is not None:
        lines.append(f"请于{chinese_day(reply_by)}前书面回复办理情况。")
    return Draft(TITLES[kind], "\n".join(lines))


def _about(place: int, task: TaskFigures) -> str:
    said = [f"{place}.任务{task.number}“{_cut(task.text)}”"]
    if task.deadline is not None and task.left is not None:
        said.append(f"完成时限为{chinese_day(task.deadline)}")
        said.append(_left(task.left))
    else:
        said.append("未设完成时限")
    if task.latest_on is None:
        said.append("至今未填报进展")
    else:
        said.append(f"最近一次报送进展为{chinese_day(task.latest_on)}：{_cut(task.latest)}")
    return "，".join(said) + "。"


def _left(left: int) -> str:
    if left < 0:
        return f"已超期{-left}天"
    return "今日到期" if left == 0 else f"距时限还有{left}天"


def _cut(text: str) -> str:
    flat = text.replace("\n", " ").strip().rstrip("。；，")
    return flat if len(flat) <= _SHORT else f"{flat[:_SHORT]}……"


@dataclass(frozen=True)
class LetterPaper:
    """Everything a letter prints."""

    title: str
    number: str
    unit: str
    text: str
    tasks: tuple[TaskFigures, ...]
    signature: str
    day: dt.date
    reply_by: dt.date | None
    notice: str


def document(paper: LetterPaper) -> Document:
    """Title, number, receiver, the words, the table of the tasks, signature and day."""
    blocks: list[Block] = list(blocks_of(paper.text))
    blocks.append(task_table(paper.tasks, title="涉及任务清单"))
    return Document(
        paper.title,
        tuple(blocks),
        subtitle=paper.number,
        salutation=f"{paper.unit}：",
        signature=paper.signature,
        date=chinese_day(paper.day),
    )


def values(paper: LetterPaper) -> dict[str, str]:
    """The same for the places of a unit's own template."""
    return {
        "标题": paper.title,
        "文号": paper.number,
        "主送单位": paper.unit,
        "正文": paper.text,
        "任务清单": "\n".join(_about(n, t) for n, t in enumerate(paper.tasks, start=1)),
        "署名": paper.signature,
        "日期": chinese_day(paper.day),
        "回复时限": chinese_day(paper.reply_by) if paper.reply_by else "",
        "批次": paper.notice,
    }


def blocks_of(text: str) -> list[Block]:
    """A line a paragraph; lines that begin with 一、 or （一） are headings, their numbers as written."""
    blocks: list[Block] = []
    for line in filter(None, (raw.strip() for raw in text.splitlines())):
        level = next((n for pattern, n in _LEVELS if pattern.match(line)), 0)
        short = len(line) <= 30 and not line.endswith(("。", "；"))
        if level and short:
            blocks.append(Heading(line, level, numbered=False))
        elif level == 2 and "。" in line:
            head, _, rest = line.partition("。")
            blocks.append(Heading(f"{head}。", 2, numbered=False, text_after=rest))
        else:
            blocks.append(Paragraph(line))
    return blocks


def task_table(tasks: Sequence[TaskFigures], *, title: str = "") -> Table:
    rows = [("任务编号", "整改措施", "完成时限", "超期情况", "最新进展")]
    for task in tasks:
        late = f"超期{-task.left}天" if task.left is not None and task.left < 0 else "未超期"
        day = task.deadline.isoformat() if task.deadline else "未定"
        rows.append((task.number, _cut(task.text), day, late, _cut(task.latest) or "尚未填报"))
    return Table(tuple(rows), (19, 23, 19, 15, 24), title=title)
