"""The parts of a notice: opening, organisation, item by item, next steps, closing."""

import re
from dataclasses import dataclass
from enum import StrEnum

from notices.text.labels import Label
from notices.text.lines import is_furniture
from notices.text.marks import Kind
from notices.text.rows import Row
from notices.text.titles import Sense, is_group_title


class Role(StrEnum):
    """What a line is in the notice; of part two only aspect, issue, measure, progress and warning occur."""

    FURNITURE = "furniture"
    HEAD = "head"  # title and opening
    FRONT = "front"  # organisation
    PART = "part"  # heading of the item-by-item part
    ASPECT = "aspect"
    ISSUE = "issue"
    MEASURE = "measure"
    PROGRESS = "progress"
    WARNING = "warning"
    NEXT = "next"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows by part; `containers` are 一、 headings of the item-by-item part that are no aspects themselves."""

    head: list[Row]
    front: list[Row]
    items: list[Row]
    containers: list[Row]
    after: list[Row]
    closing: list[Row]
    furniture: list[Row]


class Part(StrEnum):
    """What a 一、 heading announces."""

    FRONT = "front"
    ITEMS = "items"  # a container: 反馈问题整改情况
    ITEM = "item"  # itself an aspect or an issue
    NEXT = "next"
    CONTACT = "contact"
    UNKNOWN = "unknown"


_CONTACT = re.compile(r"(?:联系|监督|反馈|举报|意见(?:建议)?反馈)(?:方式|电话|渠道|途径)|意见(?:建议)?征集")
_NEXT = re.compile(
    r"下一步|下步|下阶段|后续|接下来|今后|(?:持续|继续|坚持).{0,20}(?:巩固|深化|做深做实|后半篇|抓好|推进|标本兼治|整改)|巩固.{0,8}(?:成果|成效)|长效机制"
    r"|(?:整改|工作|几点|有关|意见)?(?:意见|建议|要求)(?:和|与|及)?(?:意见|建议|要求)?$|(?:工作)?(?:打算|计划|安排|方向|努力方向)$|(?:仍|尚)?存在(?:的)?(?:差距|不足)"
    r"|(?:尚未|未)(?:整改)?(?:完成|到位).{0,12}(?:原因|情况|问题|事项)|需要?(?:长期|持续).{0,10}|标本兼治"
)
_ITEMS = re.compile(
    r"(?:反馈|指出|提出|发现|查出|移交|具体|重点|突出|主要|巡视|巡察|审计|督察|检查|各项|整改).{0,16}(?:问题|意见|事项|任务|清单).{0,14}(?:整改|落实|进展|情况|完成)"
    r"|逐[条项]|整改(?:落实|进展|完成|任务|工作)?(?:的)?(?:具体|主要|进展|落实)?(?:情况|进展|成效)|真[抓改]实[抓改]|对照.{0,10}(?:反馈|问题)|[盯对聚].{0,4}(?:反馈|问题|巡)"
    r"|(?:反馈|指出|发现|查出|存在|主要|突出|巡[视察]).{0,8}问题$|落实.{0,12}反馈.{0,10}(?:意见|问题)"
)
_BY_ITEM = re.compile(r"逐[条项]|逐一|真[抓改]实[抓改]|问题导向.{0,12}(?:整改|落实)")
_FRONT = re.compile(
    r"(?:提高|强化|深化|增强|统一|凝聚|提升|压实|扛牢|扛起|履行|落实).{0,16}(?:站位|认识|思想|责任|使命|自觉|担当|领导)|组织领导|主体责任|统筹|深入学习贯彻"
    r"|(?:工作|整改)(?:的)?(?:总体|组织|基本|开展|推进|部署)|(?:总体|基本|组织|推进|工作)(?:开展|推进|实施)?情况|(?:主要|具体)?(?:做法|成绩|成效)$|高度重视|迅速(?:行动|部署)|精心|总体评价|有力有序"
)
_PLAIN_HEADING = 50  # characters; a heading without number is short and has no full stop


def part_of(row: Row) -> Part:
    """What a 一、 heading announces, by its own words."""
    title = row.title.replace(" ", "")
    folded = row.line.folded[row.start :][: len(row.title) + 4]
    if _CONTACT.search(folded) and len(title) < 20:
        return Part.CONTACT
    if _names_item(row, folded):
        return Part.ITEM
    if _BY_ITEM.search(folded):
        return Part.ITEMS
    if _NEXT.search(folded):
        return Part.NEXT
    if _ITEMS.search(folded):
        return Part.ITEMS
    return Part.FRONT if _FRONT.search(folded) else Part.UNKNOWN


_ABOUT_FEEDBACK = re.compile(
    r"(?:关于|针对|对于)?.{0,20}(?:反馈|指出|提出|移交|发现|查出)(?:的)?.{0,6}(?:问题|意见|事项).{0,4}(?:整改|落实|进展|$|情况)|(?:关于)?(?:具体|重点|主要|突出|有关)问题.{0,4}(?:整改|落实)|(?:整改|落实)(?:工作)?情况$"
)


def _names_item(row: Row, folded: str) -> bool:
    if re.match(r"\s*(?:关于|针对)\s*[“\"'‘(《]", folded) or is_group_title(row.title):
        return True
    if _ABOUT_FEEDBACK.search(folded) or re.search(r"逐[条项]|真[抓改]实[抓改]|成效$", folded):
        return False
    return row.sense in (Sense.ISSUE, Sense.FAULT) and not re.fullmatch(
        r".{0,14}(?:主要|突出|发现的?|存在的?|反馈的?|指出的?)+问题", row.title
    )


# --- closing -----------------------------------------------------------------------------------------------------

_CLOSING = re.compile(
    r"(?:热忱|真诚|诚挚|同时,?|衷心|恳请|敬请|现?,?)*欢迎|恳请|如(?:果)?(?:有|对).{0,12}(?:意见|建议|问题)|联系方式|意见(?:建议)?(?:反馈|征集)|(?:监督|联系|举报|咨询|反馈|值班|办公|固定|受理|服务)*(?:电话|方式|热线|渠道)\s*(?:[:;(]|\d|为|$)"
    r"|(?:邮政|邮编|通讯|通信|联系|邮寄|来信|来访|收信|办公)(?:地址|编码|信箱|邮箱|请寄)?\s*[:; ]?|地址\s*[:;]|电子(?:邮箱|邮件|信箱)|(?:邮箱|信箱|传真|联系人|e-?mail|收件人)\s*[:; ]|特此(?:通报|公告|公示|报告|函告)|附件?\s*\d?\s*:|(?:公示|公开|公布|受理)(?:时间|期限|期间?)(?:\s*[:为,]|内)"
    r"|(?:广大)?(?:干部|党员|人民)?群众(?:如有|对)",
    re.IGNORECASE,
)
_WELCOME = re.compile(r"欢迎.{0,40}(?:监督|提出|反映|意见|建议)|(?:监督|联系|举报)电话\s*[::]?\s*\(?\d")
_DATE_ONLY = re.compile(
    r"[(]?\s*[二〇零\dO一三四五六七八九]{2,4}\s*年\s*[\d〇零一二三四五六七八九十]{1,3}\s*月(?:\s*[\d〇零一二三四五六七八九十]{1,3}\s*日?)?\s*[)]?$|\d{4}[./-]\d{1,2}[./-]\d{1,2}$|\d{4,8}年?\d{0,4}[月日]?\d{0,2}日$"
)
_SIGNER = re.compile(r"(?:中共|中国共产党)?[^,。;:!?\d]{2,45}$")
_SIGNER_END = re.compile(
    r"(?:委员会|党组|党委|党工委|工委|区委|县委|市委|省委|旗委|州委|支部|总支|人民政府|办事处|办公室|局|厅|公司|集团|学校|大学|学院|医院|中心|院|组|镇|街道|银行|协会|联合会|总社|社|站|所|处|部|委|办|馆|厂|场|会)(?:\s*\(.{1,10}\))?$"
)
_CLOSING_WINDOW = 80


def is_date_line(folded: str) -> bool:
    return bool(_DATE_ONLY.match(folded))


def is_signer(folded: str) -> bool:
    return len(folded) <= 60 and bool(_SIGNER.match(folded) and _SIGNER_END.search(folded))


_SIGNED_DAY = re.compile(
    r"(?P<name>[^,。;:!?\d]{2,45}?)\s*[(]?\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日\s*[)]?$"
)


def _is_signed_day(folded: str) -> bool:
    """Name and day in one line."""
    match = _SIGNED_DAY.match(folded)
    return match is not None and is_signer(match["name"].strip())


def _closes(row: Row) -> bool:
    folded = row.line.folded
    if row.label is not None and row.label is not Label.ASSIGNED:
        return False
    return (
        bool(_CLOSING.match(folded))
        or is_date_line(folded)
        or _is_signed_day(folded)
        or (len(folded) < 300 and bool(_WELCOME.search(folded)))
    )


def find_closing(rows: list[Row]) -> int:
    """Index of the first row of contact, signature and date; len(rows) when there is none."""
    first = len(rows)
    for index in range(len(rows) - 1, max(-1, len(rows) - 1 - _CLOSING_WINDOW), -1):
        row = rows[index]
        closes = _closes(row)
        if row.mark and not closes:
            if part_of(row) is Part.CONTACT:
                first = index
            break
        if closes:
            first = index
    return _with_signature(rows, first)


def _with_signature(rows: list[Row], first: int) -> int:
    """A signature stands right above the date; without anything below it must name the party's organisation."""
    end = len(rows)
    while 0 < first and rows[first - 1].mark is None and rows[first - 1].label is None:
        folded = rows[first - 1].line.folded
        party = folded.startswith(("中共", "中国共产党"))
        upper_half = party and first < end and len(folded) <= 30 and bool(_SIGNER.match(folded))
        if not (is_signer(folded) and (party or first < end)) and not upper_half:
            break
        first -= 1
    return first


# --- parts -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Span:
    """A heading and the rows up to the next one; `weight` counts rows that only items have."""

    row: Row
    part: Part
    start: int
    end: int
    weight: int = 0


def lay_out(rows: list[Row]) -> Layout:
    """Every row in exactly one part."""
    furniture = [row for row in rows if is_furniture(row.line)]
    dropped = {row.line.number for row in furniture}
    kept = [row for row in rows if row.line.number not in dropped]
    closing = find_closing(kept)
    body, tail = kept[:closing], kept[closing:]
    spans = _spans(body)
    if not spans:
        first = next((index for index, row in enumerate(body) if _opens_items(row)), len(body))
        items, after = _cut_next(body[first:])
        return Layout(body[:first], [], items, [], after, tail, furniture)
    head, spans = _head_of(body, spans)
    return _by_parts(body, head, spans, tail, furniture)


def _opens_items(row: Row) -> bool:
    return row.mark is not None or row.label is Label.PROBLEM


def _spans(body: list[Row]) -> list[_Span]:
    starts = _part_rows(body)
    if not starts:
        return []
    ends = [start for start, _ in starts[1:]] + [len(body)]
    spans = [_Span(row, part_of(row), start, end) for (start, row), end in zip(starts, ends, strict=True)]
    for span in spans:
        span.weight = sum(map(_weighs, body[span.start + 1 : span.end])) + (span.part is Part.ITEM)
    return spans


def _weighs(row: Row) -> int:
    if row.label in (Label.BODY, Label.PROGRESS, Label.PROBLEM):
        return 1
    return int(row.mark is not None and row.sense in (Sense.ISSUE, Sense.FAULT)) + int(
        row.kind is Kind.ASPECT
    )


def _part_rows(body: list[Row]) -> list[tuple[int, Row]]:
    numbered = [(index, row) for index, row in enumerate(body) if row.kind is Kind.PART]
    if numbered:
        return numbered
    sections = [(index, row) for index, row in enumerate(body) if row.kind is Kind.SECTION]
    if (
        sections
        and not any(row.kind is Kind.ASPECT for row in body)
        and _are_parts([row for _, row in sections])
    ):
        return sections
    return [(index, row) for index, row in enumerate(body) if _is_plain_heading(row)]


def _are_parts(sections: list[Row]) -> bool:
    """(一) 组织情况 (二) 反馈问题整改情况 (三) 下一步: sections used as parts."""
    parts = [part_of(row) for row in sections]
    return (
        parts.count(Part.ITEMS) == 1
        and len(parts) <= 4
        and Part.ITEM not in parts
        and (Part.FRONT in parts or Part.NEXT in parts)
    )


def _is_plain_heading(row: Row) -> bool:
    folded = row.line.folded
    if (
        row.mark
        or row.label not in (None, Label.BODY)
        or len(folded) > _PLAIN_HEADING
        or re.search(r"[。;:,]", folded[:-1])
    ):
        return False
    if folded.endswith(("。", ";", ":", ",")) or folded.startswith(("关于", "针对")):
        return False
    return bool(
        re.fullmatch(
            r"(?:下一步|下步|下阶段|后续).{0,16}(?:打算|计划|安排|措施|工作|方向)|.{0,20}(?:组织|总体|基本|工作)(?:开展|推进|组织|实施)?情况|.{2,24}(?:反馈|指出|具体|重点).{0,6}(?:问题|意见).{0,6}整改.{0,6}情况",
            folded,
        )
    )


def _head_of(body: list[Row], spans: list[_Span]) -> tuple[int, list[_Span]]:
    """Numbered rows above the first 一、 that already are items (第一方面 … before any part) keep their place."""
    first = spans[0].start
    early = next(
        (index for index, row in enumerate(body[:first]) if row.mark and row.kind is not Kind.CIRCLE), first
    )
    return (early if early < first else first), spans


def _chosen(spans: list[_Span]) -> list[_Span]:
    """The spans that hold the items."""
    likely = [span for span in spans if span.part in (Part.ITEM, Part.ITEMS)]
    heavy = [span for span in likely if span.weight > 0]
    if heavy:
        extra = [span for span in spans if span.part is Part.UNKNOWN and span.weight > 0]
        return sorted(heavy + extra, key=lambda span: span.start)
    others = [span for span in spans if span.part in (Part.UNKNOWN, Part.FRONT) and span.weight > 1]
    if others:
        best = max(span.weight for span in others)
        return [span for span in others if span.weight * 3 >= best]
    late = [span for span in spans if span.part is Part.NEXT and span.weight > 2]
    return late[:1] or likely or [span for span in spans if span.part is Part.UNKNOWN]


def _by_parts(
    body: list[Row], head: int, spans: list[_Span], tail: list[Row], furniture: list[Row]
) -> Layout:
    chosen = _chosen(spans)
    held = {span.start for span in chosen}
    first = chosen[0].start if chosen else len(body)
    nested = any(row.kind is Kind.ASPECT for span in chosen for row in body[span.start : span.end])
    alone = len(chosen) == 1 and (chosen[0].part is not Part.ITEM or nested)
    items: list[Row] = body[head : spans[0].start] if head < spans[0].start else []
    front: list[Row] = []
    containers: list[Row] = []
    after: list[Row] = []
    for span in spans:
        rows = body[span.start : span.end]
        if span.start not in held:
            (front if span.start < first else after).extend(rows)
        elif alone or (nested and span.part is Part.ITEMS) or (span.part is Part.ITEMS and span.weight == 0):
            containers.append(span.row)
            items.extend(rows[1:])
        else:
            items.extend(rows)
    items, cut = _cut_next(items) if not after else (items, [])
    return Layout(body[:head], front, items, containers, cut + after, tail, furniture)


_NEXT_PARAGRAPH = re.compile(r"(?:下一步|下步|下阶段|接下来|今后|今后一段时期)[,，、]?")
_ABOUT_WORK = re.compile(r"巡[视察]|审计|整改|后半篇")


def _cut_next(items: list[Row]) -> tuple[list[Row], list[Row]]:
    """A closing paragraph 下一步,… about the work as a whole is no measure of the last issue."""
    index = len(items)
    while index and items[index - 1].mark is None and items[index - 1].label is None:
        index -= 1
    for cut in range(max(index, 1), len(items)):
        folded = items[cut].line.folded
        if _NEXT_PARAGRAPH.match(folded) and _ABOUT_WORK.search(folded, 0, 200):
            return items[:cut], items[cut:]
    return items, []
