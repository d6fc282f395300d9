"""Label words (整改情况: 整改进度: 责任单位:) and the pieces they divide a line into."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Label(StrEnum):
    """What follows a label."""

    BODY = "body"  # the measures
    PROGRESS = "progress"  # the status
    PROBLEM = "problem"  # the issue's own words
    DETAIL = "detail"  # causes and manifestations of the issue
    ASSIGNED = "assigned"  # who and until when: kept for planning, no measure


_WORDS: dict[Label, str] = {
    Label.PROGRESS: (
        r"(?:当前|目前)?(?:整改|工作|任务|问题|办理|落实|完成|销号){0,5}(?:进度|状态)(?:情况)?|(?:整改|任务|工作|目标|销号){0,5}(?:完成|销号)情况"
        r"|是否(?:已)?(?:完成整改|整改到位|完成|销号)|整改(?:结论|结果认定|评价)|(?:当前|目前)?状态"
    ),
    Label.ASSIGNED: (
        r"(?:整改|完成|办理|计划|预计|拟|实际|限时){0,5}(?:时限|期限|完成时间|完成日期|完成时限|时间节点|时间)(?:要求)?"
        r"|(?:整改|牵头|责任|分管|包案|主要|联系|挂钩|督办|第一|主管|直接){0,5}(?:领导|责任人|负责人|县领导|市领导|区领导|校领导|局领导)(?:及职务)?"
        r"|(?:整改|牵头|责任|配合|主责|主办|协办|协助|参与|承办|落实|牵头责任|整改责任|责任整改|督办|监督){1,5}(?:单位|部门|科室|处室|股室|支部|主体)"
        r"|(?:整改)?(?:目标|要求|类别|类型|方式)|(?:问题|整改)(?:类别|类型|性质|来源)|联系人|经办人|配合单位及?责任人"
    ),
    Label.DETAIL: r"(?:问题)?(?:原因|根源|成因)(?:分析|剖析)?|(?:问题)?(?:具体|主要)?表现(?:形式)?|具体问题(?:表述|描述|表现)?|存在(?:的)?原因",
    Label.PROBLEM: (
        r"(?:巡[视察]|审计|督察|检查)?(?:组)?(?:反馈|指出|发现|存在|查出|移交)(?:的)?(?:主要|具体|突出)?(?:问题|意见|事项)(?:内容|描述|表述)?"
        r"|问题(?:内容|描述|表述|概述|名称)?|主要问题"
    ),
    Label.BODY: (
        r"(?:已|所|主要|具体|采取|已采取|拟采取|细化|工作|的|下一步|后续|下步|具体的){0,5}(?:整改|落实){0,5}(?:措施|举措|做法)(?:及|和|与|、)?(?:整改)?(?:进展|成效|完成|落实|效果)?(?:情况)?"
        r"|(?:具体|主要|目前|当前|阶段性|集中){0,5}(?:整改|落实|工作){1,5}(?:工作)?(?:落实|进展|开展|推进|进展及成效|任务落实|的?具体|成效|阶段性|取得){0,5}(?:情况|进展|成效|成果|效果|结果|过程|内容|说明)(?:及成效)?"
        r"|(?:进展|落实|取得)(?:情况|成效)|整改落实|整改|(?:下一步|下步|下阶段|后续)(?:整改)?(?:打算|计划|工作|安排|措施|思路|工作打算|工作计划|工作安排|整改计划|整改打算)"
    ),
}
_ORDER = (Label.PROGRESS, Label.ASSIGNED, Label.DETAIL, Label.PROBLEM, Label.BODY)
_NUMBER = r"(?:[(]?[一二三四五六七八九十\d]{1,2}[)、.]\s*)?"
_NAMED = "|".join(f"(?P<{label}>{_WORDS[label]})" for label in _ORDER)
_AT_START = re.compile(
    rf"[\s★●○◆◇■□▲△▶►•·*#-]{{0,6}}{_NUMBER}[(（]?(?:{_NAMED})\s*(?:[:：]\s*|;\s*(?=\S)|$|(?=第?一是)|\s(?=\s*(?:第?一是|[(]1|已完成|阶段性|正在)))"
)
_BRACKETED = re.compile(
    rf"[\s★●○◆◇■□▲△▶►•·*#-]{{0,6}}{_NUMBER}[\[【〖<(]\s*(?:{_NAMED})\s*[:：]?\s*[\]】〗>)]\s*[:：]?\s*"
)
_INLINE = re.compile(
    rf"(?<=[。;.)】!\]”’\s]){_NUMBER}(?:[\[【(]\s*)?(?:{_NAMED})\s*(?:[\]】]\s*[:：]?|[:：])\s*"
)
_MAY_LABEL = re.compile(r"[:：\]】]|^.{1,16}$|^.{2,14}(?:\s|第?一是)")
_LONGEST_LABEL = 24


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line between two labels; `start`..`end` are offsets into the line, after the label."""

    label: Label | None
    name: str
    start: int
    end: int
    numbered: bool = False


def _kind(match: re.Match[str]) -> Label:
    return Label(match.lastgroup or Label.BODY)


def _named(match: re.Match[str]) -> str:
    return match.group(_kind(match))


def match_label(folded: str, start: int = 0) -> tuple[Label, str, int] | None:
    """(kind, words, offset behind it) of the label that begins at `start`."""
    head = folded[start : start + _LONGEST_LABEL + 16]
    match = _BRACKETED.match(head) or _AT_START.match(head)
    if not match or len(_named(match)) > _LONGEST_LABEL:
        return None
    if match.end() == len(head) and len(folded) > start + len(head):
        return None  # the label ran into the end of the window
    return _kind(match), _named(match), start + match.end()


def split_pieces(folded: str, start: int = 0) -> list[Piece]:
    """The line from `start` cut at its labels; a line without labels is one piece."""
    if not _MAY_LABEL.search(folded, start):
        return [Piece(None, "", start, len(folded))]
    cuts: list[tuple[int, int, Label | None, str, bool]] = []
    first = match_label(folded, start)
    body = first[2] if first else start
    cuts.append(
        (start, body, first[0] if first else None, first[1] if first else "", _is_numbered(folded, start))
    )
    for match in _INLINE.finditer(folded, body):
        cuts.append((match.start(), match.end(), _kind(match), _named(match), False))
    ends = [cut[0] for cut in cuts[1:]] + [len(folded)]
    return [Piece(cut[2], cut[3], cut[1], end, cut[4]) for cut, end in zip(cuts, ends, strict=True)]


_NUMBERED = re.compile(r"\s*[(]?[一二三四五六七八九十\d]{1,2}[)、.]")


def _is_numbered(folded: str, start: int) -> bool:
    return bool(_NUMBERED.match(folded, start))
