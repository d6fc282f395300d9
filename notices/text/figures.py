"""Figures of a text that contradict each other: sums, rates, parts and wholes, units, days."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from notices.records import ParsedIssue, ParsedNotice, Warned
from notices.text.dates import parse_day
from notices.text.lines import Line

_N = r"(\d[\d,]*)"
_MEASURE_WORD = r"(?:个|项|条|件|起)"
_TOTAL = re.compile(
    rf"{_N}\s*{_MEASURE_WORD}(?:具体|突出|主要|方面|整改|反馈|重点)*(?:问题|任务|事项|措施|意见)|(?:问题|任务|事项|措施)(?:共|共计|总数)?\s*{_N}\s*{_MEASURE_WORD}?"
)
_STATES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (
        name,
        re.compile(
            rf"(?:{words})(?:的|了|并需长期坚持|并持续整改|并长期坚持|问题|任务|有|整改|为|共)*\s*{_N}\s*{_MEASURE_WORD}"
        ),
    )
    for name, words in (
        ("sustained", r"阶段性完成|长期坚持|取得阶段性成果并持续整改|持续整改|持续推进"),
        ("basically", r"(?<!未)基本完成(?!取得)|基本整改到位"),
        (
            "completed",
            r"(?<![未性本能])(?:已?完成整改|整改完成|(?<!基本)(?<!阶段性)已完成|(?<!基本)(?<!阶段性)(?<!未)(?<!尚未)完成|已?整改到位|已整改|已?办结|已?销号)",
        ),
        ("open", r"正在整改|正在推进|整改中|正在办理|部分整改"),
        ("not", r"(?:尚)?未完成(?:整改)?|未整改|尚未启动|未启动|未办结"),
    )
)
_RATE = re.compile(
    r"(?<![\u4e00-\u9fff]{0}满意)(?:整改|总体|任务|问题|销号|办结)*(?:完成|整改|销号|办结)率(?:为|达到|达|约|是)*\s*(\d{1,3}(?:\.\d{1,4})?)\s*%"
)
_SENTENCE = re.compile(r"[^。!?]+[。!?]?")
_LONGEST = 1000  # characters of a sentence that is checked


def check_figures(lines: Iterable[Line], notice: ParsedNotice) -> list[Warned]:
    """Contradictions with their line and sentence; a text without figures gives none."""
    published = notice.published_on or notice.signed_on
    warnings: list[Warned] = []
    seen = _Seen()
    for line in lines:
        if not any(char.isdigit() for char in line.folded):
            continue
        for match in _SENTENCE.finditer(line.folded):
            words = match.group()
            if len(words) > _LONGEST:
                continue
            sentence = _Sentence(line.number, line.text[match.start() : match.end()].strip(), words)
            warnings.extend(_check_states(sentence, notice.issues))
            warnings.extend(_check_parts(sentence))
            warnings.extend(_check_persons(sentence))
            warnings.extend(_check_until(sentence, published))
            warnings.extend(seen.check(sentence))
    return warnings + _check_days(notice)


@dataclass(frozen=True, slots=True)
class _Sentence:
    line: int
    printed: str
    words: str

    def warn(self, code: str, what: str) -> Warned:
        shown = self.printed if len(self.printed) <= 200 else self.printed[:200] + "……"
        return Warned(self.line, code, f"第{self.line}行“{shown}”：{what}，请核对。")


def _number(match: re.Match[str]) -> int:
    return int(next(group for group in match.groups() if group is not None).replace(",", ""))


# --- states, totals, rates ---------------------------------------------------------------------------------------


def _check_states(sentence: _Sentence, issues: tuple[ParsedIssue, ...]) -> Iterator[Warned]:
    total = _TOTAL.search(sentence.words)
    if total is None:
        return
    whole = _number(total)
    states = _state_counts(sentence.words, total.end())
    done = states.get("completed")
    if len(states) > 1 and sum(states.values()) != whole:
        parts = "+".join(str(count) for count in states.values())
        yield sentence.warn("sum_mismatch", f"各类相加{parts}={sum(states.values())}，与总数{whole}不符")
    elif done is not None and done > whole:
        yield sentence.warn("part_exceeds_whole", f"已完成{done}，多于总数{whole}")
    rate = _RATE.search(sentence.words)
    if rate and done is not None and whole:
        yield from _check_rate(sentence, rate.group(1), done, whole)
    if states and whole == len(issues):
        yield from _check_outline(sentence, states, issues)


def _state_counts(words: str, start: int) -> dict[str, int]:
    """Counts by state, each place in the sentence counted once."""
    taken: list[tuple[int, int]] = []
    counts: dict[str, int] = {}
    for name, pattern in _STATES:
        for match in pattern.finditer(words, start):
            if any(match.start() < end and begin < match.end() for begin, end in taken):
                continue
            taken.append(match.span())
            counts.setdefault(name, _number(match))
    return counts


def _check_rate(sentence: _Sentence, printed: str, done: int, whole: int) -> Iterator[Warned]:
    places = len(printed.partition(".")[2])
    exact = (Decimal(done) * 100 / Decimal(whole)).quantize(
        Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP
    )
    if exact != Decimal(printed):
        yield sentence.warn("rate_mismatch", f"{done}÷{whole}应为{exact}%，文中写{printed}%")


def _check_outline(
    sentence: _Sentence, states: dict[str, int], issues: tuple[ParsedIssue, ...]
) -> Iterator[Warned]:
    printed = [issue.progress for issue in issues]
    if None in printed:
        return
    for name, code in (("completed", "completed"), ("sustained", "sustained")):
        count = printed.count(code)
        if name in states and states[name] != count:
            label = "已完成整改" if name == "completed" else "阶段性完成并需长期坚持"
            yield sentence.warn("outline_mismatch", f"文中写{label}{states[name]}个，逐条列出的是{count}个")


# --- parts and wholes --------------------------------------------------------------------------------------------

_AMOUNT = re.compile(
    r"(?<![\d.])(\d[\d,]*(?:\.\d+)?)\s*(?:余|多)?(亿元|万元|元|人次|人|名|个|项|件|起|宗|处|户|家|条|次|场|份)"
)
_MONEY = {"元": Decimal(1), "万元": Decimal(10_000), "亿元": Decimal(100_000_000)}


def _amount(match: re.Match[str]) -> tuple[Decimal, str]:
    """(value, kind): money in yuan, anything else with its own unit."""
    value, unit = Decimal(match.group(1).replace(",", "")), match.group(2)
    return (value * _MONEY[unit], "元") if unit in _MONEY else (value, {"名": "人"}.get(unit, unit))


def _check_parts(sentence: _Sentence) -> Iterator[Warned]:
    for among in re.finditer(r"其中(?!之)", sentence.words):
        before = [
            _amount(found)
            for found in _AMOUNT.finditer(sentence.words, max(0, among.start() - 60), among.start())
        ]
        if not before:
            continue
        whole, kind = before[-1]
        stop = re.search(r"[;)]|其中|共计|合计", sentence.words[among.end() :])
        end = among.end() + stop.start() if stop else len(sentence.words)
        for found in _AMOUNT.finditer(sentence.words, among.end(), end):
            part, part_kind = _amount(found)
            if part_kind == kind and part > whole:
                yield sentence.warn(
                    "part_exceeds_whole", f"其中的{found.group()}大于总数{_shown(sentence, among.start())}"
                )


def _shown(sentence: _Sentence, stop: int) -> str:
    return [found.group() for found in _AMOUNT.finditer(sentence.words, max(0, stop - 60), stop)][-1]


# --- 人 and 人次, 元 and 万元 -------------------------------------------------------------------------------------

_PAIR = re.compile(
    r"(\d+)\s*(人|名)\s*[、,(]?\s*(?:共|计|合计)?\s*(\d+)\s*人次|(\d+)\s*人次\s*[、,(]?\s*(?:涉及|共|计)?\s*(\d+)\s*(?:人(?!次)|名)"
)


def _check_persons(sentence: _Sentence) -> Iterator[Warned]:
    """A person counts at least one 人次, so 人 never exceeds 人次."""
    for match in _PAIR.finditer(sentence.words):
        persons = int(match.group(1) or match.group(5))
        times = int(match.group(3) or match.group(4))
        if persons > times:
            yield sentence.warn("persons_exceed_times", f"{persons}人多于{times}人次")


_CLAIM = re.compile(
    r"(问责|约谈|诫勉|处分|组织处理|提醒谈话|批评教育|追缴|追回|清退|退回|收回|挽回|立案)[^,。;\d]{0,16}(\d[\d,]*(?:\.\d+)?)\s*(亿元|万元|元|人次|人|名)"
)


class _Seen:
    """The same act with the same number in another unit elsewhere in the text."""

    def __init__(self) -> None:
        self._units: dict[tuple[str, str], tuple[str, int]] = {}

    def check(self, sentence: _Sentence) -> Iterator[Warned]:
        for match in _CLAIM.finditer(sentence.words):
            act, count, unit = (
                match.group(1),
                match.group(2).replace(",", ""),
                {"名": "人"}.get(match.group(3), match.group(3)),
            )
            if len(count) < 2:
                continue
            known, line = self._units.setdefault((act, count), (unit, sentence.line))
            if known != unit:
                yield sentence.warn("unit_mismatch", f"这里写{act}{count}{unit}，第{line}行写{count}{known}")


# --- days --------------------------------------------------------------------------------------------------------

_UNTIL = re.compile(r"截[至止](?:到|至)?\s*(\d{4}\s*年\s*\d{1,2}\s*月)(?:(\s*\d{1,2}\s*[日号])|\s*(底|末))?")


def _check_until(sentence: _Sentence, published: dt.date | None) -> Iterator[Warned]:
    if published is None:
        return
    for match in _UNTIL.finditer(sentence.words):
        day = parse_day(match.group(1) + (match.group(2) or "1日"))
        if day and match.group(3):
            day = (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
        if day and day > published:
            yield sentence.warn(
                "until_after_publication", f"“{match.group()}”晚于公布日期{published.isoformat()}"
            )


def _check_days(notice: ParsedNotice) -> list[Warned]:
    """Inspection, feedback, signature and publication come in this order."""
    steps = [
        ("巡视巡察开始", notice.inspection_start),
        ("巡视巡察结束", notice.inspection_end),
        ("反馈", notice.feedback_on),
        ("落款", notice.signed_on),
    ]
    known = [(name, day) for name, day in steps if day]
    return [
        Warned(
            None,
            "days_disordered",
            f"{later}日期{second.isoformat()}早于{earlier}日期{first.isoformat()}，请核对。",
        )
        for (earlier, first), (later, second) in zip(known, known[1:], strict=False)
        if second < first
    ]
