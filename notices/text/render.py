"""An outline → the text of a notice in the usual form; `parse_notice` reads the same outline from it."""

import datetime as dt
from collections.abc import Iterator
from itertools import groupby

from notices.records import ParsedIssue, ParsedMeasure, ParsedNotice
from notices.text.progress import progress_code

_NUMERALS = "〇一二三四五六七八九"
_CONTAINER = "一、反馈问题整改落实情况"
_GROUP_TITLE = "有关问题"  # stands for a heading whose words the outline does not keep


def chinese_number(number: int) -> str:
    """一 … 九十九; larger numbers in digits."""
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else _NUMERALS[tens]) + ("十" if tens else "") + (_NUMERALS[ones] if ones else "")


def render_notice(notice: ParsedNotice) -> str:
    """Title, opening, item by item, contact, signature; one paragraph a line."""
    lines = [*_head(notice), *_items(notice), *_contact(notice), *_signature(notice)]
    return "\n".join(lines) + "\n"


def chinese_day(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _head(notice: ParsedNotice) -> Iterator[str]:
    if notice.title:
        yield notice.title
    if notice.published_on:
        yield f"发布时间：{notice.published_on.isoformat()}"
    opening = _opening(notice)
    if opening:
        yield opening


def _opening(notice: ParsedNotice) -> str:
    act = next((word for word in ("巡视", "审计") if word in (notice.inspecting_body or "")), "巡察")
    words = ""
    if notice.inspected_party:
        words = f"{_period(notice)}{notice.inspecting_body or ''}对{notice.inspected_party}进行了{act}。"
    if notice.feedback_on:
        words += f"{chinese_day(notice.feedback_on)}，{notice.inspecting_body or act + '组'}反馈了{act}意见。"
    return words


def _period(notice: ParsedNotice) -> str:
    if notice.inspection_start is None:
        return ""
    if notice.inspection_end is None:
        return f"自{chinese_day(notice.inspection_start)}起，"
    return f"{chinese_day(notice.inspection_start)}至{chinese_day(notice.inspection_end)}，"


# --- items -------------------------------------------------------------------------------------------------------


def _items(notice: ParsedNotice) -> Iterator[str]:
    if notice.issues or notice.aspects:
        yield _CONTAINER
    aspects = {aspect.number: aspect.title for aspect in notice.aspects}
    sections = {section.path: section.title for section in notice.sections}
    open_path: tuple[int, ...] = ()
    for issue in notice.issues:
        depth = 1 if aspects else 0
        if aspects and (not open_path or open_path[0] != issue.path[0]):
            yield f"第{chinese_number(issue.path[0])}方面：{aspects.get(issue.path[0], issue.title)}"
            open_path = issue.path[:1]
        for level in range(depth + 1, len(issue.path)):
            if open_path[:level] != issue.path[:level]:
                yield _numbered(issue.path[level - 1], level - depth) + sections.get(
                    issue.path[:level], _GROUP_TITLE
                )
        if len(issue.path) > depth:
            yield _numbered(issue.path[-1], len(issue.path) - depth) + issue.title + _stop(issue.title)
        open_path = issue.path
        yield from _body(issue, len(issue.path) - depth)


def _stop(title: str) -> str:
    return "" if title.endswith(("。", "！", "？")) else "。"


def _numbered(number: int, level: int) -> str:
    return (f"（{chinese_number(number)}）", f"{number}.", f"（{number}）", f"{number}）")[min(level, 4) - 1]


def _body(issue: ParsedIssue, level: int) -> Iterator[str]:
    yield from (f"{label.name}：{label.text}" for label in issue.labels)
    if issue.measures:
        yield "整改情况："
    number = 0
    for heading, group in groupby(issue.measures, key=lambda measure: measure.heading):
        number += heading is not None
        yield from _measures(heading, list(group), number)
    if issue.progress_text:
        known = progress_code(issue.progress_text) is not None
        yield f"整改进度：{issue.progress_text}{'。' if known else ''}"


def _measures(heading: str | None, measures: list[ParsedMeasure], number: int) -> Iterator[str]:
    """Measures with a heading stand in one numbered paragraph, others in one paragraph each."""
    if heading is None:
        for place, measure in enumerate(measures, start=1):
            yield f"{chinese_number(place)}是{measure.text}"
        return
    words = "".join(
        f"{chinese_number(place)}是{measure.text}" for place, measure in enumerate(measures, start=1)
    )
    yield f"{_circled(number)}{heading}。{words}"


def _circled(number: int) -> str:
    return chr(0x2460 + number - 1) if number <= 20 else f"{number}）"


# --- closing -----------------------------------------------------------------------------------------------------


def _contact(notice: ParsedNotice) -> Iterator[str]:
    contact = notice.contact
    for label, words in (
        ("联系电话", contact.phone),
        ("通讯地址", contact.address),
        ("邮政编码", contact.postcode),
        ("电子邮箱", contact.email),
    ):
        if words:
            yield f"{label}：{words}"


def _signature(notice: ParsedNotice) -> Iterator[str]:
    if notice.signed_by:
        yield notice.signed_by
    if notice.signed_on:
        yield chinese_day(notice.signed_on)
