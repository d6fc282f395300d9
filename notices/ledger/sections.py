"""Rows below a header that are no data: titles again, headings across the table, totals, column numbers, the footer. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from notices.ledger.cells import Raw, text_of
from notices.ledger.schema import clean_header

FOOTER = re.compile(
    r"^\s*(?:填表人|填报人|制表人?|审核人?|审批人?|经办人签|单位负责人|主要负责人|负责人|联系人|联系电话|签字|签名|盖章|"
    r"\(?（?盖章|填表说明|填报说明|填表日期|填报日期|填报时间|备注|说明|注)\s*[:：（(]"
)
SIGNED = re.compile(r"(?:签字|签名|盖章|填表人|制表人|审核人)\s*[:：)）]")
TOTAL = re.compile(r"^\s*(?:合\s*计|总\s*计|小\s*计)\s*[:：]?\s*$")
PAGE = re.compile(r"^\s*[-—]?\s*第?\s*\d+\s*(?:页|/\s*\d+)")
_CN = "一二三四五六七八九十"
_LEVELS = (
    re.compile(rf"^\s*(?:第[{_CN}]+(?:方面|部分|类)?|[{_CN}]+\s*(?:[、.．,，]|$))"),
    re.compile(rf"^\s*[(（][{_CN}]+[)）]"),
    re.compile(r"^\s*(?:\d{1,3}\s*[.．、]|[(（]\d{1,3}[)）])"),
)
_BARE = re.compile(rf"^\s*第?[{_CN}]+\s*[、.．]?\s*$|^\s*[(（][{_CN}]+[)）]\s*$")
_ARABIC = re.compile(r"\s*[(（]?\d+(?:[.．]\d+)*[)）]?[.．、]?\s*")
JOINT = "　"  # between the headings above a row, outermost first
LONGEST = 200  # characters; a longer single cell is no heading


@dataclass
class Headings:
    """The headings that stand above a row, outermost first: 一、… then （一）…"""

    held: list[tuple[int, str]] = field(default_factory=list)

    def take(self, text: str) -> None:
        level = level_of(text)
        outer = [pair for pair in self.held if pair[0] < level] if level >= 0 else []
        self.held = [*outer, (level, text)]

    @property
    def words(self) -> str:
        return JOINT.join(text for _, text in self.held)


def level_of(text: str) -> int:
    """0 for 一、 and 第一方面, 1 for （一）, 2 for 1.; -1 for a heading without an ordinal."""
    return next((n for n, rule in enumerate(_LEVELS) if rule.match(text)), -1)


def judge(filled: list[Raw], part: Sequence[Raw], header: list[str], titles: frozenset[str]) -> str:
    """ "" data; "skip", "section" or "end" otherwise. `titles`: cleaned words that stand above the header."""
    first = text_of(filled[0]).strip()
    if not first and not any(text_of(c).strip() for c in filled):
        return "skip"
    if (
        FOOTER.match(first)
        and len(filled) <= max(3, len(header) // 2)
        or len(filled) <= 3
        and SIGNED.search(first)
    ):
        return "end"
    if TOTAL.match(first):
        return "skip"
    if len(filled) == 1 and isinstance(filled[0], str) and part and part[0] == filled[0] and len(header) > 2:
        again = clean_header(first) in titles or PAGE.match(first)
        return "skip" if again or len(first) > LONGEST else "section"
    same = sum(
        1 for cell, name in zip(part, header, strict=False) if name and clean_header(text_of(cell)) == name
    )
    if same >= 2 and same * 2 > len(filled):
        return "skip"
    return "skip" if _counts(filled, len(header)) else ""


def _counts(filled: list[Raw], width: int) -> bool:
    """A row of column numbers: 1 2 3 …, (1) (2) (3) …"""
    if len(filled) < 3 or len(filled) < width - 1:
        return False
    words = [re.sub(r"\D", "", text_of(c)) for c in filled]
    short = all(len(text_of(c).strip()) <= 4 for c in filled)
    return short and words == [str(n) for n in range(1, len(words) + 1)]


def ordinal_section(filled: list[Raw], part: Sequence[Raw], below: Sequence[Raw] | None) -> str:
    """The words of a heading that has its ordinal in the column of 序号: 一 | 党的领导方面. "" when it is data.

    `below`: the next row that is not blank; it must be counted in figures or be such a heading itself, or else the
    row may be an issue whose measures follow.
    """
    if len(filled) != 2 or not part or part[0] != filled[0] or below is None:
        return ""
    ordinal, words = text_of(filled[0]).strip(), text_of(filled[1]).strip()
    if not _BARE.match(ordinal) or not isinstance(filled[1], str) or len(words) > LONGEST:
        return ""
    head = text_of(below[0]).strip() if below else ""
    count = sum(1 for c in below if text_of(c).strip())
    if not (_ARABIC.fullmatch(head) and count > 2 or _BARE.match(head) and count == 2):
        return ""
    return f"{ordinal}{words}" if ordinal[-1] in "、.．)）" else f"{ordinal}、{words}"


def goes_on(rows: Sequence[Sequence[Raw]], left: int, right: int) -> bool:
    """Does data follow what looked like the footer (one is printed on every page)?"""
    for row in rows:
        part = row[left:right]
        if (
            part
            and _ARABIC.fullmatch(text_of(part[0]).strip())
            and sum(1 for c in part if text_of(c).strip()) > 3
        ):
            return True
    return False
