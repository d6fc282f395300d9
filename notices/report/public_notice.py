"""整改进展情况的通报 as words and as a document: parts, items with their printed numbers, contact, signature. Pure.

Order and wording are those of published notices: title, opening, 一、 organisation, 二、 item by item (整改情况, 整改进度),
三、 next steps, contact, signature and day. What `lines` prints, `parse_notice` reads as the same outline.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from notices.report.document import Block, Document, Heading, Paragraph, chinese_day
from notices.text.render import chinese_number

ASPECT, SECTION, ISSUE = "aspect", "section", "issue"
MEASURES, PROGRESS = "整改情况：", "整改进度："
PLACES = {
    "title": "标题",
    "opening": "开头",
    "front": "第一部分",
    "intro": "第二部分的标题",
    "next_steps": "第三部分",
    "closing": "结尾",
    "contact": "联系方式",
    "signature": "落款",
}
_PART = re.compile(r"[一二三四五六七八九十]{1,3}、")
_SECTION = re.compile(r"[（(][一二三四五六七八九十]{1,3}[）)]")
_LABELLED = re.compile(r"[（(【]?(?:整改|落实|进展|工作)[^：:，。]{0,8}[：:】]")
_TITLE_LINE = 20  # characters of 二号 that fit
_HEADING = 80  # characters; a longer line that begins with a number is running text


@dataclass(frozen=True)
class Entry:
    """A heading or an issue of the second part. `path`: its printed numbers, the aspect's first; `key` is the row it
    was made from. `progress`: the printed words, "" when the notice prints none."""

    kind: str
    path: tuple[int, ...]
    title: str
    paragraphs: tuple[str, ...] = ()
    progress: str = ""
    key: int = 0


@dataclass(frozen=True)
class PublicText:
    """The whole notice. Texts hold one paragraph a line; figures are filled in."""

    title: str
    opening: str = ""
    front: str = ""
    intro: str = ""
    entries: tuple[Entry, ...] = ()
    next_steps: str = ""
    closing: str = ""
    phone: str = ""
    address: str = ""
    postcode: str = ""
    email: str = ""
    signed_by: str = ""
    signed_on: dt.date | None = None


@dataclass(frozen=True)
class Printed:
    """One printed paragraph and where it stands: a key of PLACES, or the entry's key as digits."""

    place: str
    text: str
    kind: str = ""  # aspect, section, issue, body, progress; "" outside the second part


# ── Numbers ──────────────────────────────────────────────────────────────────
def closed_up(entries: Sequence[tuple[Entry, bool]]) -> list[Entry]:
    """The entries that are shown, each number lowered by how many before it in its run are left out.

    A run is a row of numbers of one level that only rise: it starts anew at 1 or at a smaller number, so numbers that
    run on across aspects close up across aspects. Headings with nothing below them are left out as well.
    """
    shift: dict[int, int] = {}
    last: dict[int, int] = {}
    above: list[int] = []
    found = []
    for (entry, _), shown in zip(entries, _with_company(entries), strict=True):
        level, number = len(entry.path), entry.path[-1] if entry.path else 0
        if number == 1 or number < last.get(level, 0):
            shift[level] = 0
        last[level] = number
        if not shown:
            shift[level] = shift.get(level, 0) + 1
            continue
        above = [*above, *entry.path[len(above) :]][: max(level - 1, 0)]
        above.append(number - shift.get(level, 0))
        found.append(replace(entry, path=tuple(above)))
    return found


def as_printed(entries: Sequence[tuple[Entry, bool]]) -> list[Entry]:
    """The entries that are shown under the numbers they had."""
    return [e for (e, _), shown in zip(entries, _with_company(entries), strict=True) if shown]


def _with_company(entries: Sequence[tuple[Entry, bool]]) -> list[bool]:
    """Whether each entry is shown: issues as asked, headings when something below them is."""
    kept = [shown for _, shown in entries]
    for place, (entry, _) in enumerate(entries):
        if entry.kind == ISSUE:
            continue
        below = []
        for later, shown in entries[place + 1 :]:
            if len(later.path) <= len(entry.path):
                break
            if later.kind == ISSUE:
                below.append(shown)
        kept[place] = any(below)
    return kept


def marks(entries: Sequence[Entry]) -> list[str]:
    """The number in front of each entry.

    第N方面问题 for aspects where notices of four levels or with measures right under an aspect do so, else （一） for
    aspects and 1. for issues.
    """
    grouped = any(e.kind == ASPECT for e in entries)
    deepest = max((len(e.path) for e in entries), default=0)
    alone = grouped and any(e.kind == ISSUE and len(e.path) == 1 for e in entries)
    spelled = grouped and (deepest > 3 or alone)
    return [_mark(e.path, spelled=spelled, top=1 if grouped and spelled else 0) for e in entries]


def _mark(path: tuple[int, ...], *, spelled: bool, top: int) -> str:
    if not path:
        return ""
    number, level = path[-1], len(path) - top
    if spelled and len(path) == 1:
        return f"第{chinese_number(number)}方面问题，"
    return (f"（{chinese_number(number)}）", f"{number}.", f"（{number}）", f"{number}）")[min(level, 4) - 1]


# ── Lines ────────────────────────────────────────────────────────────────────
def printed(text: PublicText) -> list[Printed]:
    """Every paragraph in printed order."""
    found = [Printed("title", text.title)]
    for place in ("opening", "front", "intro"):
        found += [Printed(place, line) for line in paragraphs_of(getattr(text, place))]
    for entry, mark in zip(text.entries, marks(text.entries), strict=True):
        found += _entry(entry, mark)
    for place in ("next_steps", "closing"):
        found += [Printed(place, line) for line in paragraphs_of(getattr(text, place))]
    found += [Printed("contact", line) for line in contact_lines(text)]
    if text.signed_by:
        found.append(Printed("signature", text.signed_by))
    if text.signed_on:
        found.append(Printed("signature", chinese_day(text.signed_on)))
    return found


def lines(text: PublicText) -> list[str]:
    return [each.text for each in printed(text)]


def _entry(entry: Entry, mark: str) -> Iterator[Printed]:
    place = str(entry.key)
    stop = "" if entry.kind != ISSUE or entry.title.endswith(("。", "！", "？")) else "。"
    yield Printed(place, f"{mark}{entry.title}{stop}", entry.kind)
    for number, words in enumerate(entry.paragraphs):
        label = MEASURES if number == 0 and not _LABELLED.match(words) else ""
        yield Printed(place, label + words, "body")
    if entry.progress:
        yield Printed(place, f"{PROGRESS}{entry.progress}。", "progress")


def contact_lines(text: PublicText) -> list[str]:
    labelled = (
        ("联系方式：电话", text.phone),
        ("邮政信箱：", text.address),
        ("邮政编码：", text.postcode),
        ("电子邮箱：", text.email),
    )
    return [f"{label}{words}" for label, words in labelled if words]


def paragraphs_of(text: str) -> list[str]:
    return [line for raw in text.splitlines() if (line := raw.strip())]


# ── The document ─────────────────────────────────────────────────────────────
def document(text: PublicText) -> Document:
    """For `word.write`: 一、 in 黑体, （一） in 楷体, items and their text in 仿宋."""
    blocks: list[Block] = []
    for each in printed(text):
        if each.place not in ("title", "signature"):
            blocks.append(block_of(each))
    return Document(
        broken(text.title),
        tuple(blocks),
        signature=text.signed_by,
        date=chinese_day(text.signed_on) if text.signed_on else "",
    )


def broken(title: str) -> str:
    """A long title in two lines where the party's name ends: 中共…委 / 关于…."""
    at = title.find("关于")
    if len(title) <= _TITLE_LINE or not title.startswith("中共") or at < 1:
        return title
    return f"{title[:at]}\n{title[at:]}"


def block_of(each: Printed) -> Block:
    if each.kind in (ASPECT, SECTION):
        return Heading(each.text, 2 if each.kind == ASPECT else 3, numbered=False)
    if each.kind == ISSUE:
        return Heading(each.text, 3, numbered=False)
    if each.kind:
        return Paragraph(each.text)
    return running(each.text)


def running(line: str) -> Block:
    """一、 and （一） lines outside the items are headings; words behind the first full stop run on."""
    if _PART.match(line) and len(line) <= _HEADING and not line.endswith(("。", "；")):
        return Heading(line, 1, numbered=False)
    if _SECTION.match(line):
        head, stop, rest = line.partition("。")
        if len(head) <= _HEADING:
            return Heading(f"{head}{stop if rest else ''}", 2, numbered=False, text_after=rest)
    return Paragraph(line)


def values(text: PublicText) -> dict[str, str]:
    """For the places of a unit's own template."""
    rest = [each.text for each in printed(text) if each.kind]
    return {
        "标题": text.title,
        "开头": text.opening,
        "第一部分": text.front,
        "第二部分": "\n".join([*paragraphs_of(text.intro), *rest]),
        "第三部分": text.next_steps,
        "联系方式": "\n".join([*paragraphs_of(text.closing), *contact_lines(text)]),
        "署名": text.signed_by,
        "日期": chinese_day(text.signed_on) if text.signed_on else "",
    }
