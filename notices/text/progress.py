"""Progress words of notices and ledgers → code."""

import re

from notices.terms import ParsedProgress
from notices.text.clean import squeeze

_LEAD = r"(?:(?:已)?(?:于|在)?(?:20\d\d年)?(?:\d{1,2}月(?:份|底|初|末)?(?:\d{1,2}日)?|年底)(?:前|之前|底前)?|(?:截[至止])?(?:目前|当前|现阶段)|现在?|该(?:项)?(?:问题|任务|事项)|(?:此|本)项(?:问题|任务|工作|整改)?|问题|整改(?:工作|任务)?|,)*"
_DONE = (
    r"(?:(?:立行立改,?|已经?|现已|均已?|都已|全部|全面|按(?:时|期|要求)|如期|如数|整体)*"
    r"(?:完成(?:了)?(?:全部|各项)?(?:整改|任务|工作|目标|销号|落实|到位)*(?:率?100%)?"
    r"|(?:整改|解决|落实|验收|办理|办结|消化|清理|工作|任务)+(?:已经?|均已|全部)*(?:完成|完毕|到位|结束|办结|销号|通过)+"
    r"|(?:已经?|均已|全部|已全部)+(?:整改|办结|销号|解决|落实|验收|清零|纠正)(?:完成|完毕|到位|结束)?"
    r"|对账销号|验收合格|办结|销号))"
)
_JOIN = r"[,;、。]?(?:并|且|但|仍|尚|还|将|需要?|须|要|应|继续|后续|下一步)*"
_LASTING = (
    r"(?:长期(?:坚持|整改|推进|巩固|抓好|保持|落实)|持续(?:整改|推进|坚持|巩固|深化|用力|抓好|落实|跟进|加强|发力|开展)"
    r"|常态化(?:推进|坚持|开展|落实|整改|长效化|管理|抓好)?|常抓不懈|坚持不懈|巩固(?:提升|深化|坚持)?)(?:抓好落实|整改|推进|下去)*"
)
_PART = r"(?:(?:已|基本|均)*(?:完成|取得)?阶段性(?:整改)?(?:完成|成果|成效|目标|任务|工作|整改|进展)+|基本(?:完成|整改)(?:到位|整改|任务)*|取得(?:了)?(?:明显|积极|初步)?(?:成效|进展))"
_LASTING_ONLY = r"长期(?:坚持|整改|推进|抓好|任务)(?:整改|推进|下去)?|持续坚持|常抓不懈|常态化(?:坚持|推进|整改|长期坚持)|(?:需|须|并)长期坚持"
_GOING = (
    r"(?:(?:正在|正|仍在|还在|继续|持续|有序|积极|加快|扎实|稳步|按(?:计划|序时|时序)|全力)+"
    r"(?:进行|推进|整改|办理|落实|实施|开展|跟进|推动|进度)(?:整改|中|落实)*|按?(?:序时|时序)(?:进度)?(?:推进|进行|整改)|(?:整改|推进|办理|进行|落实|实施)(?:进行)?中)"
)
_NOT = r"(?:尚|还|暂|均|仍|从)?未"

# In the order in which they are tried; the first whole match wins.
_RULES: tuple[tuple[ParsedProgress, str], ...] = (
    (
        ParsedProgress.RELAPSED,
        r"(?:已|出现|再次|问题|存在|整改后|又)*(?:反弹|边改边犯|反弹回潮|死灰复燃)(?:问题|现象|回潮)?",
    ),
    (
        ParsedProgress.DELAYED,
        r"(?:已|正在|拟)?申请延期(?:整改|完成|中)?|(?:已|同意)?延期(?:整改|完成|办理|中)?|(?:已)?(?:逾期|超期|超时)(?:未(?:整改|完成|办结|销号)(?:到位|整改)?)?|未(?:按期|如期|按时)(?:完成|整改|办结|销号)(?:整改)?",
    ),
    (
        ParsedProgress.NOT_STARTED,
        _NOT
        + r"(?:全部|全面|彻底)?(?:启动|开始|开展|完成|整改|办结|销号|解决|落实|实施|动工|到位)(?:整改|到位|任务|工作|销号)*|待(?:整改|启动|办理|办|落实)|没有(?:启动|开始|完成)(?:整改)?|0%",
    ),
    (
        ParsedProgress.SUSTAINED,
        rf"(?:{_DONE}|{_PART}|立行立改|立即整改)(?:{_JOIN}(?:{_PART}|{_DONE}))?{_JOIN}{_LASTING}"
        rf"|{_PART}(?:{_JOIN}{_LASTING})|(?:已)?阶段性(?:整改)?完成(?:整改)?|(?:已)?完成阶段性(?:整改)?(?:任务|目标|工作|整改)?"
        rf"|(?:(?:正在整改|整改中|正在推进|持续推进){_JOIN})?(?:{_LASTING_ONLY})",
    ),
    (
        ParsedProgress.BASICALLY_COMPLETED,
        r"(?:已|正在|拟)?申请销号(?:中)?|拟销号|(?:已)?基本(?:上)?(?:已)?(?:完成|整改|解决|落实|办结)(?:到位|整改|完成|任务|工作)*|尚未通过验收|(?:已(?:完成)?(?:整改)?,?)?(?:待|等待|未通过)(?:验收|销号|审核|核查)|(?:已)?(?:大部分|主体)(?:完成|整改)(?:整改|到位)?",
    ),
    (
        ParsedProgress.COMPLETED,
        rf"{_DONE}(?:[,、;]?(?:并|且)?(?:已)?(?:销号|办结|通过验收|验收合格|完成销号))?|是|√|✓|✔|☑|[Yy](?:[Ee][Ss])?|100%|完成率100%",
    ),
    (
        ParsedProgress.IN_PROGRESS,
        rf"(?:已启动,?)?{_GOING}(?:[,;、]?{_GOING})*|在办|在整改|(?:已)?部分(?:完成|整改)(?:整改|到位)?|(?:已)?启动整改"
        r"|未完全整改到位|(?:已)?(?:达到?|符合)(?:序时|时序)进度|否|×|✗|✘|[Nn][Oo]?|(?:已)?(?:完成)?[1-9]\d?(?:\.\d+)?%",
    ),
)
_COMPILED = tuple((code, re.compile(f"{_LEAD}(?:{pattern})")) for code, pattern in _RULES)
_LABEL = re.compile(
    r"(?:当前|目前)?(?:整改|落实|完成|办理|进展|任务|问题|工作)*(?:进度|状态|完成情况|进展|进展情况|整改情况|落实情况|成效|结果|评价|销号情况)(?:为)?[:;]"
)
_DATED = re.compile(r"(?<=.)\((?:20\d\d年?[^()]{0,12}|\d{1,2}月[^()]{0,8})\)$")  # 已完成(2026年5月)
_WRAP = re.compile(r"^[\[(【〖<\"'“‘]+|[\])】〗>\"'”’。.;;,!]+$")
LONGEST = 40  # characters; a status is short, so longer texts are not even tried


def progress_code(text: str) -> ParsedProgress | None:
    """The code when the *whole* text, without label and end marks, is a status; None otherwise."""
    if len(text) > LONGEST * 3:
        return None
    words = squeeze(text)
    label = _LABEL.match(words)
    words = _DATED.sub("", words[label.end() :] if label else words)
    words = _WRAP.sub("", _WRAP.sub("", words))
    if not words or len(words) > LONGEST:
        return None
    return next((code for code, rule in _COMPILED if rule.fullmatch(words)), None)
