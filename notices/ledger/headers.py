"""The cleaned words of a column's header, level by level → the schema key they mean. Pure.

A name the schema lists wins; then what a group says of 内容, 单位, 时间 below it; then well-known words inside a longer
name, and endings (…发现问题, …具体措施, 县级责任领导).
"""

import re

from notices.ledger.schema import header_index

_LONGEST_LOOSE = 14  # characters; longer headers are sentences that mention many things

# Tried in order: what a text is about comes before the words it is about (整改措施落实情况 is no measure).
_PARTS = (
    ("下一步", "next_step"),
    ("未完成原因", "blocked"),
    ("未完成的原因", "blocked"),
    ("存在困难", "blocked"),
    ("存在的困难", "blocked"),
    ("落实情况", "progress"),
    ("进展情况", "progress"),
    ("推进情况", "progress"),
    ("整改进展", "progress"),
    ("工作进展", "progress"),
    ("配合", "supporting"),
    ("协办", "supporting"),
    ("牵头单位", "lead_unit"),
    ("牵头责任单位", "lead_unit"),
    ("牵头部门", "lead_unit"),
    ("责任领导", "leader"),
    ("责任单位", "responsible"),
    ("责任部门", "responsible"),
    ("整改时限", "deadline"),
    ("完成时限", "deadline"),
    ("整改措施", "measure"),
    ("整改目标", "target"),
    ("反馈问题", "issue"),
    ("反馈的问题", "issue"),
)
_BOTH_OF = re.compile(
    r"(?:整改|具体)?(?:责任|牵头|承办|主责|落实)(?:单位|部门)(?:及|和|与|、|/)?(?:整改|具体|直接)?(?:责任人|负责人|联系人|经办人)"
)
_LEADER_AND_UNIT = re.compile(
    r"(?:整改)?(?:责任|牵头|包案|分管)领导(?:及|和|与|、|/)?(?:整改)?(?:责任|牵头|承办)(?:单位|部门)"
)
_ISSUE = re.compile(r".*问题(?:清单|内容|描述|表述|事项|概述|摘要|简述|名称|情况)?")
_NO_ISSUE = re.compile(r"是否|整改|金额|数|原因|类|来源|责任|追|性质|编|序|级")
_LEADER = re.compile(
    r"(?:[省市县区镇]?(?:级|委|处级|科级)?)?(?:责任|牵头|包案|包联|挂牌|联系|督办|主管|分管)?领导"
)


def key_of(words: tuple[str, ...]) -> str:
    """The schema key of a column: its lowest level first, then all levels joined, then the group's own name."""
    index = header_index()
    leaf = words[-1]
    joined = "".join(words)
    if len(words) > 1:
        if joined in index:
            return index[joined]
        hinted = _hinted(words)
        if hinted:
            return hinted
    if leaf in index:
        return index[leaf]
    return _loose(leaf)


def is_exact(words: tuple[str, ...]) -> bool:
    """Does the schema list this very name? Such a column ranks before one whose name only holds the word."""
    index = header_index()
    return words[-1] in index or "".join(words) in index


def _hinted(words: tuple[str, ...]) -> str:
    """序号, 内容, 单位, 电话 mean what their group means: 问题/内容, 牵头/单位, 责任人/电话."""
    group, leaf = "".join(words[:-1]), words[-1]
    index = header_index()
    if leaf in ("内容", "名称", "表述", "描述"):
        return "measure" if "措施" in group else "issue" if "问题" in group else ""
    if leaf in ("单位", "部门", "姓名", "领导", "时间", "时限"):
        return index.get(group + leaf, "") or index.get(group, "")
    if leaf in ("序号", "编号"):
        return (
            "task_number" if "措施" in group or "任务" in group else "issue_number" if "问题" in group else ""
        )
    return ""


def _loose(leaf: str) -> str:
    """Longer headers: 整改责任单位及职责, 巡察反馈的问题清单, 审计查出问题, 县级责任领导, 责任单位及责任人."""
    if len(leaf) > _LONGEST_LOOSE:
        return ""
    if _BOTH_OF.fullmatch(leaf):
        return "unit_contact"
    if _LEADER_AND_UNIT.fullmatch(leaf):
        return "leader_unit"
    found = next((key for part, key in _PARTS if part in leaf), "")
    if found:
        return found
    if _LEADER.fullmatch(leaf):
        return "leader"
    if leaf.endswith("措施"):
        return "measure"
    return "issue" if _ISSUE.fullmatch(leaf) and not _NO_ISSUE.search(leaf) else ""
