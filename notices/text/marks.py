"""Numbers that open a line (一、 (一) 1. (1) ① 第一方面 问题1:), ordinals inside it (一是), and sentence ends."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The form of a printed number."""

    ASPECT = "aspect"  # 第一方面
    PART = "part"  # 一、
    SECTION = "section"  # (一)
    PROBLEM = "problem"  # 问题1:
    ITEM = "item"  # 1.
    DECIMAL = "decimal"  # 1.1
    SUB = "sub"  # (1)
    HALF = "half"  # 1)
    CIRCLE = "circle"  # ①


@dataclass(frozen=True, slots=True)
class Mark:
    """A number at the head of a line; the words begin at `end`. `damaged` when its dot is lost."""

    kind: Kind
    number: int
    end: int
    damaged: bool = False


_CN = "一二三四五六七八九十百"
_CN_DIGITS = {char: value for value, char in enumerate("一二三四五六七八九", start=1)}


def read_number(words: str) -> int | None:
    """一 … 九百九十九 or digits; None when the characters are not one number."""
    if words.isascii():
        return int(words) if words.isdigit() else None
    hundreds, hundred, rest = words.rpartition("百")
    tens, ten, ones = rest.lstrip("零〇").partition("十")
    if not ten:
        tens, ones = "", tens
    values = [_CN_DIGITS.get(part, 0 if not part else -1) for part in (hundreds, tens, ones)]
    if min(values) < 0:
        return None
    high = (values[0] or 1) if hundred else 0
    middle = (values[1] or 1) if ten else 0
    return high * 100 + middle * 10 + values[2] or None


_LEAD = re.compile(r"[\s★☆●○◆◇■□▲△▶►•·*#◎※❖✦✧➤➢-]{0,8}")
_OPENER = r"(?:关于|针对|对于|反馈)"
_FORMS: tuple[tuple[Kind, re.Pattern[str], bool], ...] = tuple(
    (kind, re.compile(pattern), damaged)
    for kind, pattern, damaged in (
        (
            Kind.ASPECT,
            rf"第([{_CN}]{{1,3}}|\d{{1,2}})(?:个|大|大类)?方面"
            r"(?:的?(?:存在的?|反馈的?|主要)*问题(?:的?整改(?:落实|进展)?情况)?)?\s*(?:[,:、。;.\-]\s*|\s|(?=[^的是,])|$)",
            False,
        ),
        (
            Kind.PROBLEM,
            rf"[\[【“(]?(?:巡[视察])?(?:反馈|整改|具体|主要|突出|审计)?(?:的)?(?:问题|事项|任务)\s*[(]?([{_CN}]{{1,3}}|\d{{1,3}})[)]?\s*[\]】”)]?\s*[:、.,]\s*",
            False,
        ),
        (Kind.PROBLEM, rf"[\[【](?:问题|事项|任务)\s*([{_CN}]{{1,3}}|\d{{1,3}})[\]】]\s*[:、.,]?\s*", False),
        (Kind.PART, rf"([{_CN}]{{1,4}})\s*[、.,:]\s*", False),
        (Kind.SECTION, rf"[(\[【]?\s*([{_CN}]{{1,4}})\s*[)\]】]\s*[、.,:]?\s*", False),
        (Kind.SECTION, rf"[(]\s*([{_CN}]{{1,4}})\s*(?={_OPENER})", True),
        (Kind.SUB, r"[(\[【]\s*(\d{1,3})\s*[)\]】]\s*[、.,:]?\s*", False),
        (Kind.HALF, r"(\d{1,3})\s*[)]\s*[、.,]?\s*", False),
        (
            Kind.DECIMAL,
            rf"\d{{1,2}}(?:\.\d{{1,2}})?\.(\d{{1,2}})(?:[、.]?\s+|[、.](?!\d)|(?={_OPENER}))",
            False,
        ),
        (Kind.ITEM, r"(\d{1,3})\s*(?:[.](?!\d)|、|[,:](?!\d))\s*", False),
        (Kind.ITEM, r"(\d{1,3})[.](?=(?:19|20)\d\d年|\d{1,2}月)", False),
        (Kind.ITEM, rf"(\d{{1,3}})\s*(?={_OPENER})", True),
    )
)
_GLYPHS: dict[str, tuple[Kind, int]] = {
    **{chr(0x3220 + n): (Kind.SECTION, n + 1) for n in range(10)},
    **{chr(0x2488 + n): (Kind.ITEM, n + 1) for n in range(20)},
    **{chr(0x2474 + n): (Kind.SUB, n + 1) for n in range(20)},
    **{chr(0x2460 + n): (Kind.CIRCLE, n + 1) for n in range(20)},
    **{chr(0x2776 + n): (Kind.CIRCLE, n + 1) for n in range(10)},
    **{chr(0x2780 + n): (Kind.CIRCLE, n + 1) for n in range(10)},
}
_AFTER_GLYPH = re.compile(r"\s*[、.,:]?\s*")
_FIRST_CHARS = frozenset("第问【[“(巡反整具主突审事任" + _CN + "0123456789")


def find_mark(folded: str) -> Mark | None:
    """The number a line begins with, if any."""
    lead = _LEAD.match(folded)
    start = lead.end() if lead else 0
    first = folded[start : start + 1]
    if first in _GLYPHS:
        kind, number = _GLYPHS[first]
        after = _AFTER_GLYPH.match(folded, start + 1)
        return Mark(kind, number, after.end() if after else start + 1)
    if first not in _FIRST_CHARS or not first:
        return None
    return next(filter(None, (_match(form, folded, start) for form in _FORMS)), None)


def _match(form: tuple[Kind, re.Pattern[str], bool], folded: str, start: int) -> Mark | None:
    kind, pattern, damaged = form
    match = pattern.match(folded, start)
    number = read_number(match.group(1)) if match else None
    return Mark(kind, number, match.end(), damaged) if match and number else None


# --- ordinals of measures ----------------------------------------------------------------------------------------

_ORDINAL = re.compile(r"(?:^|(?<=[。;,:.、!?)\]”’ 》\n]))\s*第?([一二三四五六七八九十]{1,3})是(?!否|非|一)")
_RANKED = re.compile(r"(?:^|(?<=[。;:.!]))\s*第([一二三四五六七八九十]{1,2})[,、:]")


@dataclass(frozen=True, slots=True)
class Ordinal:
    """一是 / 第一, inside a paragraph: its words run from `end`, the mark itself from `start`."""

    number: int
    start: int
    end: int


def find_ordinals(folded: str) -> list[Ordinal]:
    """The ordinals that divide a paragraph into measures, in printed order."""
    found = _ordinals(_ORDINAL, folded)
    if found:
        return found
    ranked = _ordinals(_RANKED, folded)
    return ranked if len(ranked) > 1 and [o.number for o in ranked[:2]] == [1, 2] else []


def _ordinals(pattern: re.Pattern[str], folded: str) -> list[Ordinal]:
    numbers = ((read_number(match.group(1)), match) for match in pattern.finditer(folded))
    return [Ordinal(number, match.start(), match.end()) for number, match in numbers if number]


# --- sentences ---------------------------------------------------------------------------------------------------

_STOPS = re.compile(r"[“”‘’\"《》()\[\]【】。;:,!?.\s]")
_OPEN = {"“": "”", "‘": "’", "《": "》", "(": ")", "[": "]", "【": "】"}
_CLOSE = frozenset(_OPEN.values())


def iter_stops(folded: str, limit: int = 1500) -> list[tuple[int, int]]:
    """(position, depth) of the marks that may end a sentence; depth counts open quotes and brackets."""
    stops: list[tuple[int, int]] = []
    depth, straight = 0, False
    for match in _STOPS.finditer(folded, 0, limit):
        char = match.group()
        if char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth = max(0, depth - 1)
        elif char == '"':
            straight = not straight
            depth = max(0, depth + (1 if straight else -1))
        else:
            stops.append((match.start(), depth))
    return stops
