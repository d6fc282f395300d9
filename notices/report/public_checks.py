"""What to look at before a 通报 goes out: figures that contradict each other or the data, and words that would be read
as something else. Each finding names its place. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from notices.records import ParsedNotice
from notices.report.public_notice import ASPECT, ISSUE, PLACES, Printed, PublicText, marks, printed
from notices.report.tokens import unknown
from notices.terms import PrintedProgress
from notices.text.clean import fold
from notices.text.parse import parse_notice
from notices.text.titles import trim_title

_FIGURES = {
    "sum_mismatch",
    "part_exceeds_whole",
    "rate_mismatch",
    "outline_mismatch",
    "persons_exceed_times",
    "unit_mismatch",
    "until_after_publication",
    "days_disordered",
}
_LINE = re.compile(r"第(\d+)行")


@dataclass(frozen=True)
class Finding:
    """`place` is a key of PLACES or an entry's key. `blocks`: it cannot be released so."""

    place: str
    where: str
    message: str
    blocks: bool = False


def findings(text: PublicText, figures: Mapping[str, str]) -> list[Finding]:
    """Everything that was noticed, in printed order; `figures` are those of the day, by name."""
    rows = printed(text)
    places = _Places(text, rows)
    notice = parse_notice("\n".join(row.text for row in rows))
    found = [*_lacking(text), *_unknown(rows, places, figures), *_against_data(rows, places, figures)]
    found += _contradictions(notice, places)
    found += _read_back(text, notice, places)
    order = [row.place for row in rows]
    return sorted(found, key=lambda f: (not f.blocks, order.index(f.place) if f.place in order else 0))


class _Places:
    """Words for the place of a printed line: 第一部分第2段, 第（一）1.项整改情况."""

    def __init__(self, text: PublicText, rows: Sequence[Printed]) -> None:
        self.rows = rows
        self._titles = {
            str(entry.key): f"第二部分“{mark}{entry.title[:16]}{'…' if len(entry.title) > 16 else ''}”"
            for entry, mark in zip(text.entries, marks(text.entries), strict=True)
        }

    def at(self, line: int | None) -> tuple[str, str]:
        """(place, words) of a 1-based printed line."""
        if line is None or not 0 < line <= len(self.rows):
            return "signature", PLACES["signature"]
        row = self.rows[line - 1]
        if row.kind:
            return row.place, self._titles[row.place]
        before = sum(other.place == row.place for other in self.rows[: line - 1])
        several = sum(other.place == row.place for other in self.rows) > 1
        return row.place, PLACES[row.place] + (f"第{before + 1}段" if several else "")


def _lacking(text: PublicText) -> Iterator[Finding]:
    for place, lacks, what in (
        ("opening", not text.opening.strip(), "没有开头，请写明巡视巡察和反馈的情况。"),
        ("signature", not text.signed_by.strip(), "没有署名，请填写印发通报的党组织名称。"),
        ("signature", text.signed_on is None, "没有公布日期，请填写。"),
        ("intro", not any(e.kind == ISSUE for e in text.entries), "没有可以公开的问题，不能印发。"),
    ):
        if lacks:
            yield Finding(place, PLACES[place], what, blocks=True)
    if not (text.phone or text.email or text.address):
        yield Finding("contact", PLACES["contact"], "没有联系方式，群众无法反映意见，请填写。", blocks=True)


def _unknown(rows: Sequence[Printed], places: _Places, figures: Mapping[str, str]) -> Iterator[Finding]:
    for number, row in enumerate(rows, start=1):
        for name in unknown(row.text, figures):
            what = "大括号没有成对" if name == "{{" else f"没有名为“{name}”的数据"
            place, where = places.at(number)
            yield Finding(place, where, f"{what}，请从数据列表中选用。", blocks=True)


def _contradictions(notice: ParsedNotice, places: _Places) -> Iterator[Finding]:
    for warned in notice.warnings:
        if warned.code not in _FIGURES:
            continue
        place, where = places.at(warned.line)
        said = _LINE.sub("", warned.message, count=1) if warned.line else warned.message
        yield Finding(place, where, _LINE.sub(lambda m: places.at(int(m[1]))[1], said))


# ── Typed figures and the data ───────────────────────────────────────────────
_N = r"(\d[\d,]*)\s*"
_PIECES = r"(?:个|项|条|件)"
# (what is said, names whose value it may be)
_SAID: tuple[tuple[str, re.Pattern[str], tuple[str, ...]], ...] = (
    (
        "问题总数",
        re.compile(rf"(?:反馈|指出|查出|涉及|梳理)[^。；;，,\d]{{0,12}}{_N}{_PIECES}(?:具体|突出|主要)?问题"),
        ("问题总数", "反馈问题总数"),
    ),
    (
        "已完成",
        re.compile(rf"(?<!性)(?<!未)(?:已完成整改|完成整改)(?:的|问题|任务|事项)*{_N}{_PIECES}"),
        ("已完成问题数", "已完成任务数"),
    ),
    (
        "阶段性完成并需长期坚持",
        re.compile(rf"(?:阶段性完成(?:并需长期坚持)?|长期坚持)(?:的|问题|任务|事项)*{_N}{_PIECES}"),
        ("阶段性完成问题数", "阶段性完成任务数"),
    ),
    (
        "正在整改",
        re.compile(rf"正在(?:整改|推进)(?:的|问题|任务|事项)*{_N}{_PIECES}"),
        ("正在整改问题数", "在办任务数"),
    ),
    (
        "整改完成率",
        re.compile(r"(?:整改|任务|问题)?完成率(?:为|达到|达)?\s*(\d{1,3}(?:\.\d+)?)\s*%"),
        ("整改完成率", "任务完成率"),
    ),
    ("销号率", re.compile(r"销号率(?:为|达到|达)?\s*(\d{1,3}(?:\.\d+)?)\s*%"), ("销号率",)),
    ("整改措施数", re.compile(rf"(?:整改)?(?:措施|任务)\s*{_N}{_PIECES}"), ("任务总数",)),
    ("督导次数", re.compile(rf"督导(?:检查)?(?:共)?{_N}次"), ("督导次数",)),
    ("《整改动态》期数", re.compile(rf"《整改动态》(?:共)?\s*{_N}期"), ("整改动态期数",)),
)


def _against_data(rows: Sequence[Printed], places: _Places, figures: Mapping[str, str]) -> Iterator[Finding]:
    """Outside the items only: an item speaks of its own figures."""
    for number, row in enumerate(rows, start=1):
        if row.kind or not any(char.isdigit() for char in row.text):
            continue
        folded = fold(row.text)
        for label, pattern, names in _SAID:
            for match in pattern.finditer(folded):
                yield from _differs(label, match, names, figures, places.at(number))


def _differs(
    label: str,
    match: re.Match[str],
    names: tuple[str, ...],
    figures: Mapping[str, str],
    at: tuple[str, str],
) -> Iterator[Finding]:
    typed = float(match[1].replace(",", ""))
    known = {name: figures[name] for name in names if name in figures}
    if known and all(_rounded(value, match[1]) != typed for value in known.values()):
        data = "、".join(f"{name} {value}" for name, value in known.items())
        yield Finding(*at, f"“{match[0]}”与台账不符：{label}现为{data}。建议改用数据列表中的数据。")


def _rounded(value: str, typed: str) -> float:
    """The value to as many decimals as were typed."""
    places = len(typed.partition(".")[2])
    return round(float(value.rstrip("%")) + 1e-9, places)


# ── Read again ───────────────────────────────────────────────────────────────
def _read_back(text: PublicText, notice: ParsedNotice, places: _Places) -> Iterator[Finding]:
    """The outline a reader would take from the printed words is the one they were made from."""
    issues = [e for e in text.entries if e.kind == ISSUE]
    read = {issue.path: issue for issue in notice.issues}
    number = {row.place: place for place, row in reversed(list(enumerate(places.rows, start=1)))}
    codes = {state.label: state.value for state in PrintedProgress}
    for entry in issues:
        found = read.pop(entry.path, None)
        place, where = places.at(number[str(entry.key)])
        if found is None or fold(found.title) != fold(trim_title(entry.title)):
            yield Finding(place, where, "这一项照现在的写法会被读成别的条目，请检查标题和正文开头的编号。")
        elif entry.progress and found.progress != codes.get(entry.progress):
            yield Finding(place, where, "正文里另有整改进度的字样，与印出的整改进度混淆，请检查。")
    for issue in list(read.values())[:5]:
        place, where = places.at(issue.line)
        yield Finding(place, where, f"“{issue.title[:30]}”会被读成单独的一项问题，请检查编号。")
    aspects = [e for e in text.entries if e.kind == ASPECT]
    if issues and aspects and len(notice.aspects) < len(aspects):
        yield Finding("intro", PLACES["intro"], "有的方面标题没有被认出来，请检查方面的写法。")
