"""Where an item's title ends, and whether a numbered line reads like an issue or like a measure."""

import re
from enum import StrEnum

from notices.text.clean import fold
from notices.text.marks import iter_stops

# 问题 may be followed by what the line says about it: 问题的整改情况.
_TAIL = r"(?:问题|情况|现象|事项)(?:的)?(?:整改)?(?:落实|进展|完成|工作)?(?:情况|进展|措施)?"
_PROBLEM_END = re.compile(
    r"(?:问题|现象)(?:的)?(?:整改(?:落实|进展|完成|工作)?(?:情况|进展|措施)?|(?:落实|整改))?[”’\"')）】]*\s*$"
)
_NAMED_END = re.compile(rf"{_TAIL}[”’\"')）】]*\s*$")
_CLOSERS = "。；;."
_NEXT_IS_BODY = re.compile(r"\s*(?:第?[一1]是|首先|整改|目前|已|现已|[\[【(])")
_EARLY_END = re.compile(r"问题(?:的)?(?:整改(?:落实|进展)?情况)?[”’\"']{0,3}[。;:](?=.|$)")
_ORDINAL_INSIDE = re.compile(r"[。;:,]\s*[一二三]是")
_WINDOW = 1500
# 针对“…”问题,采取…: the quoted words are the issue, what follows is done about it.
_QUOTED_ISSUE = re.compile(r"\s*(?:关于|针对)\s*[“\"‘].{2,400}[”\"’]\s*(?:的)?问题$")


def title_end(folded: str, start: int = 0) -> tuple[int, int]:
    """(end of the title, start of what follows) for the words from `start`; marks inside quotes do not end it."""
    window = folded[start : start + _WINDOW]
    end = next((stop for stop, depth in iter_stops(window) if depth == 0 and _ends_title(window, stop)), None)
    early = _EARLY_END.search(window)
    if early and (end is None or end > early.end() - 1) and _should_cut_early(window, end):
        end = early.end() - 1
    if end is None:
        whole = len(folded)
        return (whole, whole) if whole - start <= _WINDOW else _cut_anyway(folded, start, window)
    after = end + 1 if not window[end].isspace() else end
    return start + end, start + after


def _cut_anyway(folded: str, start: int, window: str) -> tuple[int, int]:
    """A title without any end in a very long line stops at its first full stop, quotes or not."""
    stop = window.find("。")
    end = stop if stop >= 0 else len(window)
    return start + end, start + min(end + 1, len(folded))


def _should_cut_early(window: str, end: int | None) -> bool:
    """Quotes that never close swallow the text: then the first 问题。 ends the title."""
    if end is None:
        return True
    return bool(_ORDINAL_INSIDE.search(window, 0, end))


def _ends_title(window: str, stop: int) -> bool:
    char = window[stop]
    if char in "。;!?":
        return True
    before, after = window[:stop], window[stop + 1 : stop + 12]
    if char == ".":
        return stop > 0 and not window[stop - 1].isascii() and (not after or not after[0].isascii())
    if char == ":":
        return stop > 2 and _colon_ends(before, after)
    if char == "," and _QUOTED_ISSUE.match(before):
        return True
    if char == ",":
        return bool(_PROBLEM_END.search(before[-24:]) and re.match(r"\s*(?:第?一是|整改|目前|现已)", after))
    return bool(_PROBLEM_END.search(before[-24:])) and not re.match(
        r"\s*的?(?:问题|情况)", window[stop : stop + 6]
    )


def _colon_ends(before: str, after: str) -> bool:
    """…问题: …方面: 学习不深入: — the colon stands behind the title; 反馈指出: does not."""
    if before.endswith(("方面", "领域")) or _NAMED_END.search(before[-24:]) or _NEXT_IS_BODY.match(after):
        return True
    return len(before) <= 40 and bool(_FAULT_END.search(before[-24:]))


def trim_title(printed: str) -> str:
    """The printed words without blanks around them and without one closing 。 ； or ;."""
    words = printed.strip()
    return words[:-1].rstrip() if words and words[-1] in _CLOSERS else words


# --- issue or measure? -------------------------------------------------------------------------------------------


class Sense(StrEnum):
    """What the words of a title sound like."""

    ISSUE = "issue"  # 关于/针对 … 问题, or ends in 问题
    FAULT = "fault"  # names something lacking
    ACTION = "action"  # names something done
    PLAIN = "plain"


_ABOUT = re.compile(r"[\s“\"‘'(\[【]*(?:关于|针对|对于|就)")
_ABOUT_END = re.compile(rf"(?:{_TAIL}|方面)[”’\"')】]*$")
_SOLVES = re.compile(
    r"(?:(?:切实|着力|全面|认真|深入|及时|有效|重点|集中|彻底|妥善|积极|严肃|大力|持续|坚决|扎实|推动|逐一|逐项|加快|努力|全力|立即|已|并|进一步|专项|统筹)*)"
    r"(?:解决|整治|整改|查处|化解|清理|纠正|纠治|排查|处理|治理|破解|杜绝|防范|消除|梳理|对照|剖析|查找|查摆|聚焦|紧盯|开展|针对性|举一反三|研究|督促|核查|自查|约谈|关注)"
)
_FAULT_END = re.compile(
    r"(?:不(?:到位|够|足|深|实|严|力|高|强|规范|完善|健全|扎实|深入|及时|彻底|明显|全面|全|细|紧|清|准|多|充分|突出|重视|平衡|牢固|牢|严格|严肃|严谨|科学|合理|精准|落实|作为|担当|畅|快|佳|一致|符|"
    r"好|大|广|密|透|透彻|紧密|主动|积极|经常|优|顺|稳|稳定|匹配|协调|配套|衔接|有力|得力|坚决|坚定|聚焦|集中|浓|浓厚|均衡|均|真实|准确|完整|完备|清晰|清楚|明确|明|齐全|齐|配合|执行|履行|公开|透明|统一|见效|理想|显著|久|长)"
    r"|不(?:够|太|甚|尽|太够)?[\u4e00-\u9fff]{1,3}|薄弱|缺失|缺位|弱化|虚化|淡化|边缘化|滞后|缓慢|迟缓|差距|短板|漏洞|风险|隐患|欠缺|偏差|松散|涣散|宽松软|突出|较多|较大|较弱|较差|较慢|偏差|偏低|偏弱|偏软|偏少|偏慢|偏高|频发|多发|时有发生|仍有发生"
    r"|流于形式|走过场|敷衍|缺乏|乏力|混乱|超标|随意|有待[\u4e00-\u9fff]{2,6}|仍需[\u4e00-\u9fff]{2,6}|(?:存在|有)(?:一定|较大|不小|明显)?(?:差距|不足|短板|漏洞|问题|偏差|盲区|死角|风险|温差|落差|弱项|顽疾)|不力|失之于宽|打折扣|搞变通|形式主义|官僚主义"
    r"|层层递减|上热下冷|中梗阻|粗放|简单化|一般化|表面化|单一|老化|断层|空缺|闲置|浪费|违规[\u4e00-\u9fff]{2,10}|未[\u4e00-\u9fff]{2,16}|(?:较|偏|过)[少低差慢弱软浅窄高]|过于[\u4e00-\u9fff]{2,4}|反弹|边改边犯|屡禁不止|悬空|空转|失管|失察|失责|缺少[\u4e00-\u9fff]{2,10}|欠[\u4e00-\u9fff]{1,3}|脱节|不严不实|走样|变形|挂空挡|宽松|无序|模糊|松懈|懈怠|松弛|两张皮)(?:等)?$"
)
_FAULT_INSIDE = re.compile(
    r"不够|不到位|不足|不严|不力|不深|不实|薄弱|缺失|滞后|差距|短板|未按|未及时|违规|不规范|不完善|弱化|缺乏|存在"
)
_ACTION = re.compile(
    r"(?:(?:进一步|全面|切实|严肃|认真|积极|及时|扎实|加快|深入|持续|不断|着力|大力|坚决|立即|迅速|严格|充分|主动|已经?|有序|稳步|多次|定期|逐步|统筹|全力|科学|精准|有效|再次|重新|先后|组织|牵头)*)"
    r"(?:加强|强化|加大|完善|建立|健全|开展|推进|推动|严格|落实|制定|制订|修订|修改|印发|出台|组织|召开|深化|压实|提升|提高|规范|坚持|狠抓|抓好|抓实|抓紧|做好|做实|做细|细化|明确|优化|聚焦|突出|督促|约谈|追回|追缴|清退|清理|整治|"
    r"完成|实施|举办|举行|选派|选优|配齐|配强|配备|增加|增强|扩大|拓宽|拓展|畅通|搭建|打造|构建|学习|传达|贯彻|执行|履行|压紧|层层|发挥|保障|确保|实行|推行|探索|创新|调整|补齐|补充|补缴|退还|处理|处分|给予|问责|通报|发出|下发|公开|公示|核查|核实|核对|检查|督查|督导|巡查|排查|梳理|摸排|研究|部署|安排|成立|设立|纳入|启动|开通|开发|开设|编制|编印|签订|邀请|聘请|培训|教育|引导|宣传|解决|化解|整改|纠正|对照|结合|围绕|根据|按照|依托|利用|通过|针对|对[\u4e00-\u9fff“”《》()]{1,40}(?:进行|开展|作出|予以|给予)|将|把|由|向|与|为|树牢|树立|筑牢|夯实|守牢|守好|严明|严把|严控|严查|严肃|用好|用活|管好|管住|理顺|厘清|盘活|收回|拆除|关停|取消|停止|暂停|废止|归还|责令|责成|立案|上线|新增|新建|改造|投入|安装|采购|划拨|拨付|兑现|发放|落地|认领|剖析|反思|汲取|吸取|以[\u4e00-\u9fff“”]{1,30}为)"
)
_GROUP_END = re.compile(
    r"(?:方面|领域|环节)(?:的|存在的?|主要)*(?:问题)?(?:的)?(?:整改(?:落实|进展)?(?:情况)?|情况)?[”’\"')】]*$"
)


def sense_of(title: str) -> Sense:
    """How a title reads by its own words; its siblings decide the doubtful ones."""
    words = trim_title(fold(title)).rstrip(":,、 ")
    if len(words) > 1000:
        return Sense.PLAIN
    if _ABOUT.match(words) and _ABOUT_END.search(words):
        return Sense.ISSUE
    if _PROBLEM_END.search(words[-40:]) and words not in ("问题", "的问题"):
        return Sense.ACTION if _SOLVES.match(words) and not _FAULT_INSIDE.search(words[:-2]) else Sense.ISSUE
    if _ABOUT.match(words) and re.search(r"[。]|问题", words) is None and _FAULT_END.search(words[-24:]):
        return Sense.ISSUE
    last = re.split(r"[,、;]", words)[-1].rstrip("”’\"')】")
    if _FAULT_END.search(last[-24:]):
        return Sense.FAULT
    return Sense.ACTION if _ACTION.match(words) else Sense.PLAIN


def is_group_title(title: str) -> bool:
    """…方面, …领域: a heading that gathers issues."""
    return bool(_GROUP_END.search(trim_title(fold(title))[-40:]))
