"""整改情况报告 to the inspecting body as a document: the whole internal text, nothing withheld. Pure.

Order of such reports: what was done as a whole, the figures, aspect by aspect and issue by issue, what is not finished and
why, what must be kept up, next steps, signature.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from notices.report.document import (
    Block,
    Document,
    Heading,
    Paragraph,
    Table,
    chinese_day,
    chinese_number,
)
from notices.report.public_draft import Campaign
from notices.report.public_notice import broken, paragraphs_of, running

_TITLE_WORDS = "反馈意见整改情况的报告"
_SIZE = 10.5  # points: 五号, for the wide tables


@dataclass(frozen=True)
class Measure:
    """One measure as the ledger has it. `state` is its label; `due` and `finished` as they are printed, "" when there is
    none; `left` says how late it is or how long it has, `why` why it is not finished; `parts` are (unit, measure, state, report) of its sub-tasks."""

    number: str
    text: str
    lead: str
    others: str
    leader: str
    due: str
    finished: str
    state: str
    open: bool
    sustained: bool
    report: str = ""
    next_step: str = ""
    why: str = ""
    left: str = ""
    review: str = ""
    parts: tuple[tuple[str, str, str, str], ...] = ()


@dataclass(frozen=True)
class Item:
    """One issue; `progress` is the printed word, `cancelled` are (number, measure, reason)."""

    number: str
    title: str
    detail: str
    leader: str
    lead: str
    progress: str
    measures: tuple[Measure, ...]
    cancelled: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Group:
    """Issues under one aspect, `title` "" for those under none; `counts` in the order of COUNTED."""

    title: str
    counts: tuple[int, ...]
    rate: str
    items: tuple[Item, ...]


COUNTED = ("问题", "已完成整改", "阶段性完成并需长期坚持", "正在整改", "未启动")


@dataclass(frozen=True)
class Report:
    """`front` and `next_steps` hold one paragraph a line, headings numbered as printed; `figures` are (name, value)."""

    about: Campaign
    opening: str
    front: str
    total: Group
    groups: tuple[Group, ...]
    figures: tuple[tuple[str, str], ...]
    next_steps: str
    signature: str
    day: dt.date


def title_of(about: Campaign) -> str:
    party = f"中共{about.party}委" if about.party.endswith(("县", "市", "区")) else about.party
    return f"{party}关于{about.body or about.act}{_TITLE_WORDS}"


def document(report: Report) -> Document:
    """For `word.write`."""
    blocks: list[Block] = [Paragraph(report.opening)]
    blocks += [running(line) for line in paragraphs_of(report.front)]
    blocks += _figures(report)
    blocks.append(Heading("三、反馈问题整改落实情况", numbered=False))
    for place, group in enumerate(report.groups, start=1):
        blocks += _group(place, group)
    blocks += _unfinished(report)
    blocks += _kept_up(report)
    blocks += [running(line) for line in paragraphs_of(report.next_steps)]
    return Document(
        broken(title_of(report.about)),
        tuple(blocks),
        salutation=f"{report.about.body}：" if report.about.body else "",
        attachments=("整改台账",),
        signature=report.signature,
        date=chinese_day(report.day),
    )


def _figures(report: Report) -> Iterator[Block]:
    yield Heading("二、整改进度", numbered=False)
    yield Paragraph(f"以下数据截至{chinese_day(report.day)}，由整改台账统计。")
    total = report.total
    rows = [(group.title or "其他", *map(str, group.counts), group.rate) for group in (*report.groups, total)]
    head = ("方面", *COUNTED, "整改完成率")
    yield Table((head, *rows), (34, 9, 11, 16, 10, 9, 11), title="各方面问题整改进度", size=_SIZE)
    cells = list(report.figures) + [("", "")] * (len(report.figures) % 2)
    pairs = [(*left, *right) for left, right in zip(cells[::2], cells[1::2], strict=True)]
    yield Table(
        (("项目", "数据", "项目", "数据"), *pairs), (30, 20, 30, 20), title="整改措施和督办情况", form=True
    )


def _group(place: int, group: Group) -> Iterator[Block]:
    if group.title:
        yield Heading(f"{_bracketed(place)}{group.title}", 2, numbered=False)
    for number, item in enumerate(group.items, start=1):
        yield Heading(f"{number}. {item.title}", 3, numbered=False)
        if item.detail:
            yield Paragraph(f"具体表现：{_ended(item.detail)}")
        duty = [("责任领导", item.leader), ("牵头单位", item.lead)]
        said = "；".join(f"{label}：{words}" for label, words in duty if words)
        yield Paragraph(f"问题编号：{item.number}。{said}{'。' if said else ''}整改进度：{item.progress}。")
        for order, measure in enumerate(item.measures, start=1):
            yield from _measure(order, measure)
        for code, text, why in item.cancelled:
            yield Paragraph(f"已撤销的措施 {code}：{_ended(text)}撤销原因：{_ended(why or '未写明')}")
        if not item.measures:
            yield Paragraph("这个问题没有在办或已销号的整改措施。")


def _measure(order: int, measure: Measure) -> Iterator[Block]:
    yield Heading(f"（{order}）{_ended(measure.text)}", 4, numbered=False)
    facts = [
        ("牵头单位", measure.lead),
        ("责任、配合单位", measure.others),
        ("责任领导", measure.leader),
        ("完成时限", measure.due),
        ("实际完成时间", measure.finished),
        ("状态", measure.state),
    ]
    yield Paragraph("；".join(f"{label}：{words}" for label, words in facts if words) + "。")
    yield Paragraph(f"进展情况：{_ended(measure.report) if measure.report else '尚未填报进展。'}")
    for unit, text, state, told in measure.parts:
        yield Paragraph(f"{unit}：{_ended(text)}{_ended(told) if told else ''}（{state}）")
    if measure.open:
        yield Paragraph(f"未完成原因：{_ended(measure.why)}")
    if measure.next_step and (measure.open or measure.sustained):
        yield Paragraph(f"{'下一步' if measure.open else '长期坚持'}：{_ended(measure.next_step)}")


def _measures(report: Report) -> Iterator[Measure]:
    for group in report.groups:
        for item in group.items:
            yield from item.measures


def _duty(measure: Measure) -> str:
    """A cell: who leads, who answers for it."""
    return "\n".join(filter(None, (measure.lead, measure.leader)))


def _unfinished(report: Report) -> Iterator[Block]:
    yield Heading("四、尚未完成的事项及原因", numbered=False)
    found = [m for m in _measures(report) if m.open]
    if not found:
        yield Paragraph("反馈问题的整改措施均已销号，没有尚未完成的事项。")
        return
    yield Paragraph(f"尚未销号的整改措施{len(found)}项。")
    rows = [
        (m.number, m.text, _duty(m), "\n".join(filter(None, (m.due, m.left))), m.state)
        + (m.why, m.next_step)
        for m in found
    ]  # fmt: skip
    head = ("编号", "整改措施", "牵头单位、责任领导", "完成时限", "状态", "未完成原因", "下一步打算")
    yield Table((head, *rows), (11, 22, 14, 16, 9, 15, 13), size=_SIZE)


def _kept_up(report: Report) -> Iterator[Block]:
    yield Heading("五、阶段性完成并需长期坚持的事项", numbered=False)
    found = [m for m in _measures(report) if m.sustained]
    if not found:
        yield Paragraph("目前没有阶段性完成并需长期坚持的事项。")
        return
    yield Paragraph(f"阶段性完成并需长期坚持的整改措施{len(found)}项，按期复查，防止反弹。")
    rows = [(m.number, m.text, _duty(m), m.next_step or m.report, m.review) for m in found]
    head = ("编号", "整改措施", "牵头单位、责任领导", "需要坚持的工作", "复查")
    yield Table((head, *rows), (12, 28, 18, 28, 14), size=_SIZE)


def _bracketed(number: int) -> str:
    return f"（{chinese_number(number)}）"


def _ended(text: str) -> str:
    words = " ".join(text.split())
    return words if words.endswith(("。", "！", "？", "；")) else words.rstrip("，,、：:") + "。"


def figures_of(named: Sequence[tuple[str, str]], wanted: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Of all named figures those a report prints, in the order wanted."""
    there = dict(named)
    return tuple((name, there[name]) for name in wanted if name in there)
