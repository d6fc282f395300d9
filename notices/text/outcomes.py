"""Countable results named in measures: proposals with their source words, for a person to confirm."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from notices.records import ParsedIssue, ParsedOutcome
from notices.text.clean import fold

_UNITS = "人次|人|名|位|起|件|宗|项|份|个|部|次|场次|场|期|轮|批|家次|家|户次|户|处|条|笔|亩|套|台|名次|%"
# 1,236.40万元 · 3万余份 · 1200余人次
_QUANTITY = re.compile(
    rf"(?<![\d.\-])(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?:余|多)?(?P<scale>亿|万|千|百)?(?:余|多)?(?P<unit>元|{_UNITS})(?![年月日])"
)
_DIGIT = re.compile(r"\d")
_SCALES = {"亿": 100_000_000, "万": 10_000, "千": 1_000, "百": 100}
_WINDOW = 44  # characters before a quantity in which its verb must stand
_AFTER = 14
_LONGEST_WORDS = 160


@dataclass(frozen=True, slots=True)
class _Rule:
    """A metric when the unit fits and the words before (or right after) the quantity match."""

    metric: str
    units: frozenset[str]
    before: re.Pattern[str]
    after: re.Pattern[str]


_PERSONS = frozenset(("人", "人次", "名", "位", "名次"))
_CASES = frozenset(("起", "件", "宗"))
_TIMES = frozenset(("次", "场次", "场", "期", "轮", "批"))
_PIECES = frozenset(("处", "条", "项", "个", "宗", "家", "起", "件", "户", "笔", "亩", "台", "套"))
_NEVER = r"(?!x)x"


def _rule(metric: str, units: frozenset[str], before: str, after: str = _NEVER) -> _Rule:
    return _Rule(
        metric,
        units,
        re.compile(rf"(?:{before})[^。;]{{0,30}}$"),
        re.compile(rf"[^,。;、]{{0,8}}?(?:{after})"),
    )


_MONEY = frozenset(("元",))
_RULES = (
    _rule("挽回损失", _MONEY, r"挽回"),
    _rule("罚没金额", _MONEY, r"罚款|没收|罚没|处罚"),
    _rule("节约资金", _MONEY, r"节约|节省|核减|压减|减少支出"),
    _rule(
        "追缴清退资金",
        _MONEY,
        r"追缴|追回|追收|追偿|清退|退回|退还|退缴|收回|收缴|上缴|补缴|扣回|返还|清收|缴回|清缴|追讨|上交",
    ),
    _rule("满意率", frozenset(("%",)), r"满意(?:率|度)"),
    _rule("立案", _CASES | _PERSONS, r"立案(?!率)"),
    _rule("组织处理", _PERSONS, r"组织处理", r"组织处理"),
    _rule("诫勉", _PERSONS, r"诫勉", r"(?:进行|予以)?诫勉"),
    _rule(
        "党纪政务处分",
        _PERSONS,
        r"党纪|政务处分|政纪|党内|处分|警告|记过|撤职|开除",
        r"(?:[^,。;]{0,10})(?:党纪|政务|政纪|党内|处分)",
    ),
    _rule("批评教育", _PERSONS, r"批评教育|批评", r"(?:进行|予以)?批评"),
    _rule(
        "谈话提醒",
        _PERSONS,
        r"提醒谈话|谈话提醒|谈心谈话|廉政谈话|集体谈话|谈话函询|谈话",
        r"(?:进行|开展)?(?:提醒)?谈话",
    ),
    _rule("约谈", _PERSONS | frozenset(("个", "家", "次")), r"约谈", r"(?:进行)?约谈"),
    _rule(
        "问责",
        _PERSONS | _CASES,
        r"问责|责任追究|追究|追责|处理",
        r"[^,。;]{0,8}(?:责任追究|问责|追责|责任(?!人)|严肃处理)",
    ),
    _rule("培训", _PERSONS | _TIMES, r"培训|轮训", r"[^,。;]{0,6}(?:培训|轮训)"),
    _rule(
        "会议",
        _TIMES | frozenset(("个",)),
        r"召开|会议|座谈会|推进会|研究部署|专题研究",
        r"[^,。;]{0,10}(?:会议|会)",
    ),
    _rule(
        "督导检查",
        _TIMES | frozenset(("家次", "户次", "人次")),
        r"督导|督查|检查|巡查|抽查|暗访|巡河|评查|执法",
        r"[^,。;]{0,8}(?:督导|督查|检查|巡查|抽查|暗访)",
    ),
    _rule(
        "调研走访",
        _TIMES | _PERSONS | frozenset(("户次", "户", "家次")),
        r"调研|走访|慰问|接访",
        r"[^,。;]{0,6}(?:调研|走访)",
    ),
    _rule(
        "宣传教育",
        _TIMES | _PERSONS,
        r"宣讲|宣传|警示教育|专题学习|集中学习|学习研讨|党课|研讨",
        r"[^,。;]{0,8}(?:宣讲|宣传|警示教育|学习|党课)",
    ),
    _rule("整改清理", _PIECES, r"整改|清理|整治|排查|拆除|查处|化解|关停|取缔|清运|治理|盘点|清查"),
)

_RULE_VERB = r"(?:制定|制订|修订|修改|出台|印发|完善|建立|健全|新建|颁布|下发|发布|拟定|编制)"
_REGULATIONS = re.compile(
    rf"{_RULE_VERB}[^。;,]{{0,24}}?(?:制度|办法|规定|机制|细则|规范性文件|规章|规程|文件)[^。;,《\d]{{0,6}}?(?P<a>\d+)\s*(?:余|多)?(?P<ua>项|份|个|部|件)"
    rf"|{_RULE_VERB}[^。;,《\d]{{0,10}}?(?P<b>\d+)\s*(?:余|多)?(?P<ub>项|份|个|部|件)[^。;,]{{0,12}}?(?:制度|办法|规定|机制|细则|文件|规章|规程)"
)
_NAMES = re.compile(
    rf"{_RULE_VERB}(?:了|并印发|并出台|实施|和完善|完善)?[^。;《》]{{0,16}}?(?P<names>《[^》]{{2,120}}》(?:[、,和及与]{{0,2}}(?:以及)?《[^》]{{2,120}}》)*)"
)
_NAME = re.compile(r"《([^》]{2,120})》")
_NOT_MADE = re.compile(r"(?:学习|贯彻|根据|按照|依据|对照|执行|落实|严格|宣传|解读|违反)[^。;,]{0,10}$")


def propose_outcomes(issues: Iterable[ParsedIssue]) -> tuple[ParsedOutcome, ...]:
    """Results of all measures, in printed order; zeros are results too, 人 and 人次, 元 and 万元 stay apart."""
    found: list[ParsedOutcome] = []
    for issue in issues:
        for measure in issue.measures:
            found.extend(outcomes_in(measure.text, issue.path, measure.line))
    return tuple(found)


def outcomes_in(text: str, path: tuple[int, ...] | None, line: int) -> list[ParsedOutcome]:
    """The results one text names; `line` is where the text begins."""
    return [outcome for _, _, outcome in located_in(text, path, line)]


def located_in(
    text: str, path: tuple[int, ...] | None = None, line: int = 0
) -> list[tuple[int, int, ParsedOutcome]]:
    """The same with the place of each: from where to where of the text its number, or its count with the verb, stands."""
    folded = fold(text)
    found: list[tuple[int, int, ParsedOutcome]] = []
    counted: list[tuple[int, int]] = []
    if "《" in folded:
        for match in _NAMES.finditer(folded):
            if not _NOT_MADE.search(folded, max(0, match.start() - 20), match.start()):
                found.append((*match.span(), _made(match, text, folded, path, line)))
    if _DIGIT.search(folded):
        for match in _REGULATIONS.finditer(folded):
            counted.append(match.span())
            found.append((*match.span(), _regulation(match, text, folded, path, line)))
        found.extend(_quantities(text, folded, path, line, counted))
    return sorted(found, key=lambda each: each[0])


def _quantities(
    text: str, folded: str, path: tuple[int, ...] | None, line: int, counted: list[tuple[int, int]]
) -> Iterator[tuple[int, int, ParsedOutcome]]:
    """Results with a number and a unit, except inside 《》 and inside a count of regulations."""
    passed = 0
    for match in _QUANTITY.finditer(folded):
        while passed < len(counted) and counted[passed][1] <= match.start():
            passed += 1
        if passed < len(counted) and counted[passed][0] <= match.start():
            continue
        outcome = (
            None if _inside_name(folded, match.start()) else _classified(match, text, folded, path, line)
        )
        if outcome:
            yield *match.span(), outcome


def _inside_name(folded: str, position: int) -> bool:
    start = max(0, position - 130)
    return folded.rfind("《", start, position) > folded.rfind("》", start, position)


def _classified(
    match: re.Match[str], text: str, folded: str, path: tuple[int, ...] | None, line: int
) -> ParsedOutcome | None:
    unit = match["unit"]
    before = _before(folded, match.start())
    after = folded[match.end() : match.end() + _AFTER]
    best: tuple[int, _Rule] | None = None
    for rule in _RULES:
        distance = _distance(rule, before, after) if unit in rule.units else None
        if distance is not None and (best is None or distance < best[0]):
            best = distance, rule
    if best is None:
        return None
    value, shown = _amount(match)
    return ParsedOutcome(
        path, best[1].metric, value, shown, _words(text, folded, match.start(), match.end()), line
    )


def _distance(rule: _Rule, before: str, after: str) -> int | None:
    """Characters between the quantity and the nearest word that gives it this metric."""
    behind = [len(before) - found.end() for found in rule.before.finditer(before)]
    ahead = rule.after.match(after)
    distances = behind[-1:] + ([ahead.end()] if ahead else [])
    return min(distances, default=None)


def _before(folded: str, position: int) -> str:
    """The words of the same clause: a verb does not reach over a comma."""
    window = folded[max(0, position - _WINDOW) : position]
    return window[max(window.rfind(mark) for mark in "。;,:") + 1 :]


def _amount(match: re.Match[str]) -> tuple[float, str]:
    """The number with its unit: money keeps 万元 and 亿元, counts are written out."""
    value = float(match["number"].replace(",", ""))
    unit, scale = match["unit"], match["scale"]
    if unit == "元":
        return (value, f"{scale or ''}元") if scale in (None, "万", "亿") else (value * _SCALES[scale], "元")
    return value * _SCALES.get(scale or "", 1), {"名": "人", "位": "人", "名次": "人次"}.get(unit, unit)


def _words(text: str, folded: str, start: int, end: int) -> str:
    """The printed clause around a result."""
    left = max(folded.rfind(mark, 0, start) for mark in "。;") + 1
    ends = [found for mark in "。;," if (found := folded.find(mark, end)) >= 0]
    right = min(ends, default=len(text))
    return text[max(left, end - _LONGEST_WORDS) : right].strip(" ,，、\n")


def _regulation(
    match: re.Match[str], text: str, folded: str, path: tuple[int, ...] | None, line: int
) -> ParsedOutcome:
    number, unit = (match["a"], match["ua"]) if match["a"] else (match["b"], match["ub"])
    return ParsedOutcome(
        path, "建章立制", float(number), unit, _words(text, folded, match.start(), match.end()), line
    )


def _made(
    match: re.Match[str], text: str, folded: str, path: tuple[int, ...] | None, line: int
) -> ParsedOutcome:
    start, end = match.span("names")
    names = tuple(_NAME.findall(text[start:end]))
    return ParsedOutcome(
        path, "建章立制", float(len(names)), "项", _words(text, folded, match.start(), end), line, names
    )
