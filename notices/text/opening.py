"""The opening paragraph: who inspected whom, from when to when, and when the feedback was given."""

import datetime as dt
import re
from dataclasses import dataclass, replace

from notices.text.clean import fold
from notices.text.dates import parse_day

_NUM = r"[\d〇零一二三四五六七八九十]{1,3}"
_YEAR = r"[\dO〇零一二三四五六七八九]{4}年"
_DAY = rf"(?:(?:{_YEAR}|[今本同当去次翌]年))?{_NUM}月{_NUM}[日号]|\d{{4}}[./-]\d{{1,2}}[./-]\d{{1,2}}日?"
_MONTH = rf"(?:{_YEAR}|[今本同当去次翌]年)?{_NUM}月(?:份|[上中下]旬|底|初|末)?"
_JOIN = r"(?:起|开始)?(?:,)?(?:至|到|-{1,3}|~{1,2}|—)"
_RANGE = re.compile(rf"(?P<first>{_DAY}|{_MONTH}){_JOIN}(?P<last>{_DAY}|{_MONTH}|{_NUM}[日号])")
_ANY_DAY = re.compile(_DAY)
_DAMAGED = re.compile(
    r"(?<!\d)(?:19|20)\d\d年?\d{3,4}[日号]|(?<!\d)(?:19|20)\d\d年\d{1,2}[日号]|(?<!\d)\d{5,9}[日号]|(?:19|20)\d\d年月|\d月月|(?<!\d)(?:19|20)\d年\d"
)

_ORG_END = r"(?:巡[视察](?:工作)?(?:第?[一二三四五六七八九十\d]{1,3})?组|第[一二三四五六七八九十\d]{1,3}[^,。;:]{0,8}?组|审计(?:局|厅|署|组|处|办|特派办)|督[察查]组|检查组|巡[视察][一二三四五六七八九十]{1,2}组|巡[视察]机构)"
_BODY = re.compile(_ORG_END)
_SPECIFIC = re.compile(
    r"第?[一二三四五六七八九十\d]{1,3}[^,。;:]{0,8}组|[省市区县州旗委]{1,2}.{0,14}组|审计[局厅署]"
)
_BODY_STARTS = re.compile(
    r".*(?:[,。;:\n日号月]|(?<=[^第])、(?!第)|部署|安排|要求|计划|决定|根据|按照|依据|经|由|接受了?|配合|期间|以来|通过|批准|同意|关于|[年])",
    re.DOTALL,
)
_SENT_OUT = re.compile(r"(?:统一)?(?:派出|派驻|组建|成立|组织|选派|下派|授权)(?:的|了)?")
_VERB = r"(?:进行|开展|实施|展开|组织开展|组织实施|作了|作出|启动)(?:了)?"
_TARGET = re.compile(
    rf"(?:对|向)(?P<party>[^。;,]{{2,90}}?)(?={_VERB}[^。;]{{0,60}}?(?:巡视|巡察|审计|督察|检查|回头看|监督))"
)
_TARGET_SHORT = re.compile(r"对(?P<party>[^。;,]{2,60}?)(?:巡视|巡察|审计)")
_ENTERED = re.compile(r"(?:进驻|入驻)(?:到|了)?(?P<party>[^。;,]{2,50}?)(?=[,。;]|开展|进行|对|实施|$)")
_INSPECTED = re.compile(
    r"组(?:[^。;,对]{0,40}?)(?:巡视|巡察)了?(?!组|期间|情况|工作|整改|意见|反馈|“|,|。)(?P<party>[^。;,的“]{2,40}?)(?=[。;,]|党组织|$)"
)
_ACCEPTED = re.compile(
    r"(?P<party>[^。;,:日号月]{2,50}?)(?:于[^,。;]{2,30})?(?:接受|迎来)了?(?P<body>[^。;,]{2,40}?组)"
)
_TOPIC = re.compile(
    r"(?<=[组委支局办镇乡道区县市司团校学院心会社厂场所站村厅处室部馆])(?:领导班子)?(?:及其?(?:所辖|所属|下辖|下属|辖区|部分|班子|有关|直属|其)|(?:和|并|以及)(?:所辖|所属|下辖|下属|辖区|部分)|落实|贯彻|履行|执行|推进|党的|20\d\d|原|的|开展|领导班子$|党组织$|(?:选人用人|粮食|乡村振兴|脱贫|意识形态|优化营商|生态|统筹|教育|医疗|供销|涉粮|扫黑)(?!.*(?:[局办院站所会]|中心|公司|集团|党[组委]|支部))).*"
)
_WE = re.compile(r"(?:我|本)(?:们)?(?=[局市县区镇乡校院司委办厅部处所站中街集党单公机支旗州馆社会团])")


@dataclass(frozen=True, slots=True)
class Opening:
    """What the opening says; `problems` are (code, sentence) about dates that were not understood."""

    party: str | None = None
    body: str | None = None
    start: dt.date | None = None
    end: dt.date | None = None
    feedback: dt.date | None = None
    problems: tuple[tuple[str, str], ...] = ()


def read_opening(text: str) -> Opening:
    """The fields of an opening; a day that is missing, incomplete or damaged stays None."""
    printed = "".join(text.split())
    folded = fold(printed)
    start, end, span = _period(folded)
    place = _inspection(folded)
    opening = Opening(
        start=start,
        end=end,
        feedback=_feedback(folded, span, end or start or _rough_start(folded)),
        problems=_problems(folded, span, start),
    )
    if place is None:
        return replace(opening, body=_lone_body(printed, folded))
    party, body = place
    return replace(opening, party=_cut(printed, party), body=_name_body(printed, folded, body))


def _cut(printed: str, span: tuple[int, int] | None) -> str | None:
    if span is None:
        return None
    words = printed[span[0] : span[1]].strip("的了:：“”,， ")
    return words or None


# --- who and whom ------------------------------------------------------------------------------------------------

Span = tuple[int, int]


def _inspection(folded: str) -> tuple[Span | None, Span | None] | None:
    """((start, end) of the party, of the body) from the first sentence that tells of the inspection."""
    for sentence in _sentences(folded):
        target = _target(folded, sentence)
        if target:
            return target
    return None


def _sentences(folded: str) -> list[Span]:
    ends = [match.end() for match in re.finditer(r"[。!]", folded)]
    starts = [0, *ends]
    return [(start, end) for start, end in zip(starts, [*ends, len(folded)], strict=True) if end > start]


def _target(folded: str, sentence: Span) -> tuple[Span | None, Span | None] | None:
    words = folded[sentence[0] : sentence[1]]
    if not re.search(r"巡视|巡察|审计|督察|检查", words):
        return None
    accepted = _ACCEPTED.search(words)
    if accepted:
        return _shift(_party_span(words, accepted.span("party")), sentence), _shift(
            _trim_body(words, accepted.span("body")), sentence
        )
    for pattern in (_TARGET, _ENTERED, _TARGET_SHORT, _INSPECTED):
        for match in pattern.finditer(words):
            party = _party_span(words, match.span("party"))
            if party is None or _is_no_party(words[party[0] : party[1]]):
                continue
            stop = match.start() + (1 if pattern is _INSPECTED else 0)
            return _shift(party, sentence), _shift(_body_before(words, stop), sentence)
    return None


def _shift(span: Span | None, sentence: Span) -> Span | None:
    return None if span is None else (span[0] + sentence[0], span[1] + sentence[0])


_NO_PARTY = re.compile(
    r"(?:巡[视察]|反馈|指出|问题|意见|整改|工作$|情况$|以下|此次|本次|上述|相关责任|违|发现|移交|自己|标|照|重点|有关|群众)"
)


def _is_no_party(words: str) -> bool:
    return bool(_NO_PARTY.match(words)) or len(words) < 2


def _party_span(words: str, span: Span) -> Span | None:
    start, end = span
    inner = words[start:end]
    nested = inner.rfind("对")
    if nested > 0 and inner[nested - 1 : nested] in "组局厅日":
        start += nested + 1
        inner = words[start:end]
    clock = list(
        re.finditer(
            rf"(?:{_DAY}|{_MONTH})(?:{_JOIN}(?:{_DAY}|{_MONTH}|{_NUM}[日号]))?(?:止|期间)?[,]?", inner
        )
    )
    if clock and clock[0].start() == 0:
        start += clock[0].end()
        inner = words[start:end]
    topic = _TOPIC.search(inner, 2)
    if topic:
        end = start + topic.start()
    return (start, end) if end - start >= 2 else None


def _body_before(words: str, stop: int) -> Span | None:
    """The last body named in the 80 characters before the verb's object."""
    found = None
    for found in _BODY.finditer(words, max(0, stop - 80), stop):  # noqa: B007 - the last one counts
        pass
    return (
        _trim_body(words, (max(0, found.end() - 44), found.end()))
        if found
        else _committee_before(words, stop)
    )


def _committee_before(words: str, stop: int) -> Span | None:
    """区委对 …: no group is named, only the committee that sent one."""
    match = re.search(r"(?:中共)?[^,。;:日号月]{0,16}(?:省|市|区|县|州|旗)委(?:巡[视察]办)?$", words[:stop])
    return _trim_body(words, match.span()) if match else None


def _trim_body(words: str, span: Span) -> Span | None:
    start, end = span
    lead = _BODY_STARTS.match(words, start, end - 2)
    if lead:
        start = lead.end()
    quantity = re.match(r"(?:了)?(?:于|在|自|从|共|分别)", words[start:end])
    start += quantity.end() if quantity else 0
    return (start, end) if end - start >= 2 else None


def _name_body(printed: str, folded: str, span: Span | None) -> str | None:
    name = _cut(printed, span)
    name = _SENT_OUT.sub("", name) if name else None
    if name and _SPECIFIC.search(fold(name)):
        return name
    return _lone_body(printed, folded) or name


def _lone_body(printed: str, folded: str) -> str | None:
    """The first body with a number or a level anywhere in the opening."""
    for match in _BODY.finditer(folded):
        span = _trim_body(folded, (max(0, match.end() - 44), match.end()))
        name = _SENT_OUT.sub("", _cut(printed, span) or "")
        if name and _SPECIFIC.search(fold(name)):
            return name
    return None


def is_self_reference(party: str) -> bool:
    """我局, 本校党委: the name stands in the title or under the text."""
    return bool(_WE.match(fold(party)))


# --- days --------------------------------------------------------------------------------------------------------


def _period(folded: str) -> tuple[dt.date | None, dt.date | None, Span | None]:
    """First and last day of the inspection, and where they stand."""
    match = _RANGE.search(folded)
    if match:
        start = _day(match["first"], _year_before(folded, match.start()))
        last = (
            match["last"]
            if "月" in match["last"] or not match["last"][0].isalnum() or len(match["last"]) > 4
            else None
        )
        end = _end_day(last or match["last"], match["first"], start)
        return start, end, match.span()
    begun = re.search(rf"(?:自|从)?(?P<day>{_DAY})(?:起|开始|,?[^,。;]{{0,30}}(?:进驻|入驻))", folded)
    if begun:
        return _day(begun["day"], _year_before(folded, begun.start())), None, begun.span()
    return None, None, None


def _end_day(words: str, first: str, start: dt.date | None) -> dt.date | None:
    if start is None and not re.match(r"\d{4}|[〇零一二三四五六七八九]{4}", words):
        return None
    if start is not None and "月" not in words and re.fullmatch(rf"{_NUM}[日号]", words):
        words = f"{start.month}月{words}"
    words = re.sub(r"^[次翌]年", f"{start.year + 1}年" if start else "", words)
    return _day(words, start.year if start else None, start)


def _day(words: str, year: int | None, not_before: dt.date | None = None) -> dt.date | None:
    words = re.sub(r"^[今本同当]年", "", words)
    return parse_day(words, default_year=year, not_before=not_before)


_BARE_YEAR = re.compile(r"((?:19|20)\d\d)年(?!\d{1,2}月)")


def _year_before(folded: str, stop: int) -> int | None:
    """A year printed by itself earlier in the same sentence: 2021年,…于4月15日至…"""
    start = max(folded.rfind("。", 0, stop), 0)
    years = _BARE_YEAR.findall(folded[start:stop])
    return int(years[-1]) if len(set(years)) == 1 else None


def _rough_start(folded: str) -> dt.date | None:
    """The first of a month with a year, when the inspection's days are not printed: only its year is used."""
    match = re.search(r"(\d{4})年(\d{1,2})月(?!\d)", folded)
    return parse_day(f"{match[1]}-{match[2]}-1") if match else None


_FEEDBACK = re.compile(r"反馈(?=了|会|巡|审计|意见|情况|至|给|到|专项|问题|[,。;、]|$)")
_NOT_GIVEN = re.compile(
    r"(?:针对|根据|按照|落实|围绕|对照|研究|抓好|关于|做好|收到|结合|认领|就)[^,。;]{0,24}$"
)
_WINDOW = 110


def _feedback(folded: str, span: Span | None, last: dt.date | None) -> dt.date | None:
    """The day that stands nearest before the giving of the feedback, in the same sentence."""
    for match in _FEEDBACK.finditer(folded):
        sentence = max(
            folded.rfind("。", 0, match.start()) + 1,
            match.start() - _WINDOW,
            span[1] if span and span[1] <= match.start() else 0,
        )
        if _NOT_GIVEN.search(folded, sentence, match.start()):
            continue
        days = [
            found for found in _ANY_DAY.finditer(folded, sentence, match.start()) if not _inside(found, span)
        ]
        if days:
            return _feedback_day(days[-1].group(), last)
    return None


def _inside(found: re.Match[str], span: Span | None) -> bool:
    return span is not None and span[0] <= found.start() < span[1]


def _feedback_day(words: str, last: dt.date | None) -> dt.date | None:
    if words[:1] in "次翌" and last:
        words = f"{last.year + 1}{words[1:]}"
    return _day(words, last.year if last else None, last)


def _problems(folded: str, span: Span | None, start: dt.date | None) -> tuple[tuple[str, str], ...]:
    problems = [
        ("date_damaged", f"开头的日期“{match.group()}”残缺，没有读取，请核对原文后填写。")
        for match in _DAMAGED.finditer(folded[:2000])
    ]
    if span and start is None and not problems:
        problems.append(
            (
                "date_incomplete",
                f"巡视巡察时间“{folded[span[0] : span[1]]}”没有写明年份或日期，没有读取，请填写。",
            )
        )
    return tuple(problems)
