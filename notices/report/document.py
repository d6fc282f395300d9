"""An official document as a small tree of frozen records; `word.write` sets it in the layout of GB/T 9704-2012.

Document("关于……的提醒函", (Paragraph("……"), Heading("存在问题"), Table((("编号", "任务"), ("W01", "……")))),
         salutation="云岭县水利局：", signature="云岭县委巡察整改办", date="2026年11月20日")
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_DIGITS = "零一二三四五六七八九十"
LEVELS = 4


@dataclass(frozen=True)
class Paragraph:
    """Body text, first line two characters in. `align`: "" (justified), "center", "right". `bold` for lead-ins."""

    text: str
    align: str = ""
    bold: bool = False


@dataclass(frozen=True)
class Heading:
    """`level` 1 to 4: 一、 （一） 1. （1）. The number is counted by the writer unless `numbered` is False.

    `text_after` runs on behind the heading in the same paragraph, as body text.
    """

    text: str
    level: int = 1
    numbered: bool = True
    text_after: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of cells, the first `head` of them repeated on each page. `shares`: widths of the columns in any unit;
    empty for equal ones. `title` stands centred above. `form`: a form to fill in, short values at the left as well;
    `size` of its letters in points."""

    rows: tuple[tuple[str, ...], ...]
    shares: tuple[int, ...] = ()
    head: int = 1
    title: str = ""
    form: bool = False
    size: float = 12


@dataclass(frozen=True)
class Letterhead:
    """发文机关标志 in red, 发文字号 below it, and the red line. `signer`: 签发人, beside the number."""

    name: str
    number: str = ""
    signer: str = ""


Block = Paragraph | Heading | Table


@dataclass(frozen=True)
class Document:
    """`subtitle` stands centred below the title (a number, a day). `salutation` is the receiver with its colon;
    `attachments` are the names behind 附件：, `date` the day as it is printed. `landscape`: the sheet lies across, for
    wide tables."""

    title: str
    blocks: tuple[Block, ...] = ()
    subtitle: str = ""
    salutation: str = ""
    attachments: tuple[str, ...] = ()
    signature: str = ""
    date: str = ""
    letterhead: Letterhead | None = None
    landscape: bool = False


def chinese_day(day: dt.date) -> str:
    """2026年11月20日, as documents print it."""
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_number(number: int) -> str:
    """1 to 99 in Chinese digits: 一, 十二, 二十, 三十五."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")


def mark_of(level: int, number: int) -> str:
    """一、 （一） 1. （1）: the four levels of GB/T 9704-2012, 7.3.3."""
    if level == 1:
        return f"{chinese_number(number)}、"
    if level == 2:
        return f"（{chinese_number(number)}）"
    return f"{number}." if level == 3 else f"（{number}）"


def numbered(blocks: Iterable[Block]) -> Iterator[tuple[Block, str]]:
    """Each block with the mark in front of it; "" for all but headings that are counted. A higher heading starts
    the lower ones anew."""
    counts = [0] * (LEVELS + 1)
    for block in blocks:
        if not isinstance(block, Heading) or not block.numbered:
            yield block, ""
            continue
        counts[block.level] += 1
        counts[block.level + 1 :] = [0] * (LEVELS - block.level)
        yield block, mark_of(block.level, counts[block.level])
