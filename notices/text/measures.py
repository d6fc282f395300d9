"""From the paragraphs of an issue's body to its measures and its status."""

import re
from dataclasses import dataclass, replace

from notices.records import ParsedMeasure, Warned
from notices.terms import ParsedProgress
from notices.text.clean import squeeze
from notices.text.marks import Ordinal, find_ordinals
from notices.text.progress import progress_code
from notices.text.titles import trim_title


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph of an issue's body, label and number removed; `folded` has the same length as `text`."""

    text: str
    folded: str
    line: int
    numbered: bool = False
    labelled: bool = False

    def part(self, start: int, end: int) -> "Block":
        text = self.text[start:end]
        left = len(text) - len(text.lstrip())
        text = text.strip()
        start += left
        return replace(self, text=text, folded=self.folded[start : start + len(text)])


@dataclass(frozen=True, slots=True)
class Status:
    """A status as printed, and what it means; `code` is None when the words are not known."""

    text: str
    code: ParsedProgress | None
    line: int


# --- status sentences --------------------------------------------------------------------------------------------

_BARE = re.compile(
    r"(?:(?:截[至止])?(?:目前|当前)|现|该(?:项)?(?:问题|任务)|此项(?:问题|任务|工作)|整改任务|,)*(?:已经|均已|已全部|全部|已|现已|均)*"
    r"(?:完成整改|整改完成|整改完毕|完成整改任务|完成整改并销号|整改到位|完成|整改|办结|销号)(?:,?(?:并|且)?(?:需|将|要)?(?:长期坚持|持续(?:整改|推进|坚持)))?"
    r"|.*(?:阶段性(?:整改)?完成|长期坚持|持续整改|基本完成|基本整改到位|尚未通过验收|正在整改|整改中|持续推进|有序推进|部分整改|部分完成|未完成|未整改|尚未启动|待整改|申请延期|逾期未整改|未按期完成|反弹|边改边犯).*"
)
_LONGEST_STATUS = 30


def bare_status(text: str) -> ParsedProgress | None:
    """The code when a sentence without label is nothing but a status (so 整改。 or 完成。 alone is none)."""
    if len(text) > _LONGEST_STATUS * 2:
        return None
    words = squeeze(text).strip("。;,.!()[]【】")
    if (
        not 3 <= len(words) <= _LONGEST_STATUS
        or any(char.isdigit() for char in words)
        or words in ("完成整", "已整改的")
    ):
        return None
    return progress_code(words) if _BARE.fullmatch(words) else None


def take_status(blocks: list[Block]) -> tuple[list[Block], Status | None]:
    """The blocks without a status sentence at the head of the first or the end of the last one."""
    if not blocks:
        return blocks, None
    last, found = _status_at_end(blocks[-1])
    if found:
        return [*blocks[:-1], *([last] if last and last.text else [])], found
    first, found = _status_at_head(blocks[0])
    if found:
        return [*([first] if first and first.text else []), *blocks[1:]], found
    return blocks, None


_AT_END = re.compile(
    r"(?:(?:^|(?<=[。;!?]))\s*([^。;!?()]{2,40})|[(\[【]\s*([^。;!?()]{2,40})\s*[)\]】])[。;.!\s]*$"
)
_AT_HEAD = re.compile(r"\s*(?:[(\[【]\s*([^。;!?()]{2,40})\s*[)\]】][。;,]?|([^。;!?()]{2,40})[。;!])")
_TAIL = 90  # characters in which the last sentence of a block must lie to be a status


def _status_at_end(block: Block) -> tuple[Block | None, Status | None]:
    offset = max(0, len(block.folded) - _TAIL)
    match = _AT_END.search(block.folded[offset:])
    if not match or (offset and match.start() == 0):
        return block, None
    group = match.lastindex or 1
    status = _status(block, offset + match.start(group), offset + match.end(group))
    return (block, None) if status is None else (block.part(0, offset + match.start()), status)


def _status_at_head(block: Block) -> tuple[Block | None, Status | None]:
    match = None if block.numbered else _AT_HEAD.match(block.folded)
    if not match:
        return block, None
    group = match.lastindex or 1
    status = _status(block, match.start(group), match.end(group))
    return (block, None) if status is None else (block.part(match.end(), len(block.folded)), status)


def _status(block: Block, start: int, end: int) -> Status | None:
    words = block.text[start:end]
    code = bare_status(words)
    return Status(strip_status(words), code, block.line) if code else None


def strip_status(printed: str) -> str:
    """A status as printed, without brackets and marks around it."""
    return printed.strip().strip("。；;.！!（）()【】[] 　，,")


# --- measures ----------------------------------------------------------------------------------------------------

_HEAD = re.compile(r"[^。;!?]{2,48}[。:;.]?")


def build_measures(blocks: list[Block]) -> tuple[list[ParsedMeasure], list[Warned]]:
    """One measure for each ordinal, else one for each block; see the rules for heads and continuations."""
    measures: list[ParsedMeasure] = []
    warnings: list[Warned] = []
    heading: str | None = None
    continues = False
    last_number = 0
    for index, block in enumerate(blocks):
        ordinals = find_ordinals(block.folded)
        if block.numbered:
            heading, continues, last_number = None, False, 0
        if ordinals:
            made, heading = _by_ordinals(block, ordinals, heading)
            measures.extend(made)
            warnings.extend(_check_ordinals(block, ordinals, last_number))
            continues, last_number = True, ordinals[-1].number
        elif block.numbered and _is_head(block) and _goes_on(blocks[index + 1 : index + 2]):
            heading = trim_title(block.text).rstrip(":：")
        elif continues and not block.numbered and measures:
            last = measures[-1]
            measures[-1] = replace(last, text=f"{last.text}\n{block.text}")
        else:
            measures.append(ParsedMeasure(heading, block.text, block.line))
            heading = None
    return _joined(measures), warnings


def _goes_on(following: list[Block]) -> bool:
    """Text without number or label of its own stands below a numbered head."""
    return bool(following) and not following[0].numbered and not following[0].labelled


def _joined(measures: list[ParsedMeasure]) -> list[ParsedMeasure]:
    return [measure for measure in measures if measure.text or measure.heading]


def _is_head(block: Block) -> bool:
    return bool(_HEAD.fullmatch(block.folded))


def _by_ordinals(
    block: Block, ordinals: list[Ordinal], heading: str | None
) -> tuple[list[ParsedMeasure], str | None]:
    head = block.part(0, ordinals[0].start)
    prefix = ""
    if head.text and block.numbered and _is_head(head):
        heading = trim_title(head.text).rstrip(":：")
    elif head.text:
        prefix = head.text
    ends = [ordinal.start for ordinal in ordinals[1:]] + [len(block.text)]
    made = []
    for ordinal, end in zip(ordinals, ends, strict=True):
        words = block.part(ordinal.end, end).text
        made.append(ParsedMeasure(heading, prefix + words, block.line))
        prefix = ""
    return made, heading


_NUMERALS = "〇一二三四五六七八九十"


def _ordinal_name(number: int) -> str:
    return f"{_NUMERALS[number]}是" if number <= 10 else f"第{number}项"


def _check_ordinals(block: Block, ordinals: list[Ordinal], before: int) -> list[Warned]:
    warnings = []
    for ordinal in ordinals:
        number, expected = ordinal.number, before + 1
        if number not in (expected, 1) or (number == 1 and before == 1):
            what = "重复" if number <= before else "跳号"
            message = f"第{block.line}行的“{_ordinal_name(number)}”{what}（前面应接“{_ordinal_name(expected)}”），序号照原文保留，请核对。"
            warnings.append(
                Warned(block.line, "ordinal_repeated" if number <= before else "ordinal_skipped", message)
            )
        before = number
    return warnings
