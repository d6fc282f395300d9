"""One cell ↔ its canonical value: text, day, unit names, status words, intervals.

A canonical value is a string ("" for an empty cell) or a date; two cells are the same when these are equal.
Nothing here raises on what people write: what cannot be read comes back with a sentence.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable

from notices.ledger.schema import NO, YES
from notices.ledger.unit_cells import units_in
from notices.records import Campaign, LedgerValue
from notices.terms import MeasureKind, ParsedProgress, State
from notices.text.dates import parse_day, parse_deadline
from notices.text.progress import progress_code

Raw = object  # None, str, float, int, bool, date, datetime, time, timedelta
Parsed = tuple[LedgerValue, str]  # the value, and a sentence when the cell cannot be read
Parser = Callable[[Raw], Parsed]

# Status words of other people's ledgers are kept as "=code" until the plan compares them with a state.
WORD = "="
_STATE_LABELS = {s.label: s.label for s in State}
_KIND_WORDS = {k.label: k.label for k in MeasureKind}
_YES_WORDS = {"是", "√", "✓", "✔", "Y", "YES", "TRUE", "1", "有", "需要", "长期坚持", "需长期坚持"}
_NO_WORDS = {"", "否", "×", "✗", "N", "NO", "FALSE", "0", "无", "不需要", "/", "-", "—"}
_INTERVAL_WORDS = {
    "每周": 7,
    "每半月": 15,
    "每月": 30,
    "每两月": 60,
    "每季度": 90,
    "每季": 90,
    "每半年": 180,
    "每年": 365,
}
_INTERVAL = re.compile(r"每?(\d{1,4})(?:天|日)?")
_MONTHS = re.compile(r"每?(\d{1,2})个?月")


def text_of(raw: Raw) -> str:
    """Any cell as text, the way a person reads it: whole numbers without `.0`, days as 2021-12-31."""
    if raw is None:
        return ""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool):
        return YES if raw else NO
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() and abs(raw) < 1e15 else repr(raw)
    if isinstance(raw, dt.datetime):
        return raw.strftime("%Y-%m-%d") if raw.time() == dt.time() else raw.strftime("%Y-%m-%d %H:%M")
    if isinstance(raw, dt.date):
        return raw.isoformat()
    return str(raw)


def plain(text: str) -> str:
    """The text as it is compared: one kind of line break, no blanks at either end."""
    return (text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text).strip()


def fold(text: str) -> str:
    """Half width and without blanks: to compare names, numbers and titles that people type differently."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def parse_text(raw: Raw) -> Parsed:
    return (raw if isinstance(raw, str) else text_of(raw)), ""


def parse_date(raw: Raw) -> Parsed:
    """A real date, an Excel serial or a day in words; an unreadable one is said, never guessed."""
    if isinstance(raw, dt.datetime):
        return raw.date(), ""
    if isinstance(raw, dt.date):
        return raw, ""
    words = text_of(raw).strip()
    if words in ("", "/", "-", "—", "无"):
        return "", ""
    day = parse_day(words)
    return (day, "") if day else (words, f"“{shorten(words)}”不是日期，请按“2026-12-31”的写法填写")


def deadline_parser(campaign: Campaign) -> Parser:
    """Deadline cells of a campaign. The value is the day; words without a day (长期坚持) stay words.

    “2021年12月底前,并长期坚持” is a day here; `lasting_parser` says that it goes on.
    """

    def parse(raw: Raw) -> Parsed:
        if isinstance(raw, dt.datetime):
            return raw.date(), ""
        if isinstance(raw, dt.date):
            return raw, ""
        words = text_of(raw).strip()
        if not words:
            return "", ""
        found = parse_deadline(words, campaign=campaign)
        if found.problem:
            return words, found.problem.removeprefix("完成时限").rstrip("。")  # the place names the column
        return found.day or (words if found.sustained else ""), ""

    return parse


def lasting_parser(campaign: Campaign) -> Callable[[Raw], bool]:
    """Do the words of a deadline cell ask to keep it up (长期坚持, 持续整改, 常态化)?"""

    def parse(raw: Raw) -> bool:
        return isinstance(raw, str) and parse_deadline(raw.strip(), campaign=campaign).sustained

    return parse


def parse_yes_no(raw: Raw) -> Parsed:
    words = fold(text_of(raw)).upper()
    if words in _NO_WORDS:
        return "", ""
    if words in _YES_WORDS:
        return YES, ""
    return text_of(raw), f"“{shorten(text_of(raw))}”应填“{YES}”或“{NO}”"


def parse_measure_kind(raw: Raw) -> Parsed:
    words = fold(text_of(raw))
    if not words or words in _KIND_WORDS:
        return words, ""
    return text_of(raw), f"“{shorten(text_of(raw))}”不在可选项中，请从“{'、'.join(_KIND_WORDS)}”中选择"


def parse_interval(raw: Raw) -> Parsed:
    """A review interval in days, as words such as 90天."""
    words = fold(text_of(raw))
    if words in ("", "/", "-", "无"):
        return "", ""
    days = _INTERVAL_WORDS.get(words)
    if days is None and (match := _INTERVAL.fullmatch(words)):
        days = int(match.group(1))
    if days is None and (match := _MONTHS.fullmatch(words)):
        days = int(match.group(1)) * 30
    if days is None or not 1 <= days <= 3660:
        return text_of(raw), f"“{shorten(text_of(raw))}”不是复查周期，请填“每季度”或天数，例如“90天”"
    return f"{days}天", ""


def parse_state(raw: Raw) -> Parsed:
    """One of our labels as it is; other people's words as `=code`; longer texts are said."""
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        raw = f"{raw:.0%}" if 0 <= raw <= 1 else f"{raw:g}%"
    words = text_of(raw).strip()
    if not words or words in _STATE_LABELS:
        return words, ""
    code = progress_code(words)
    if code is not None:
        return WORD + code.value, ""
    return words, f"“{shorten(words)}”看不出是哪种状态，请填“已完成整改”“阶段性完成并需长期坚持”或“正在整改”"


def is_status(raw: Raw) -> bool:
    """Is the whole cell a status word (used to tell 完成情况 the status from 完成情况 the text)?"""
    words = text_of(raw).strip()
    return words in _STATE_LABELS or (bool(words) and progress_code(words) is not None)


def word_of(value: LedgerValue) -> ParsedProgress | None:
    """The code behind a `=code` value."""
    if isinstance(value, str) and value.startswith(WORD) and value[1:] in ParsedProgress.values:
        return ParsedProgress(value[1:])
    return None


def show(value: LedgerValue) -> str:
    """A canonical value as a person reads it."""
    if isinstance(value, dt.date):
        return value.isoformat()
    code = word_of(value)
    return str(code.label) if code else value


def shorten(text: str, limit: int = 30) -> str:
    text = text.strip().replace("\n", " ")
    return text if len(text) <= limit else text[:limit] + "…"


def interval_days(value: LedgerValue) -> int | None:
    """90天 → 90."""
    match = _INTERVAL.fullmatch(value) if isinstance(value, str) else None
    return int(match.group(1)) if match else None


def parsers(campaign: Campaign, *, own: bool) -> dict[str, Parser]:
    """Kind of column → how its cells are read. `own`: a workbook we wrote, whose texts are kept to the letter."""
    words = parse_text if own else parse_loose_text
    return {
        "text": words,
        "number": parse_loose_text,
        "extra": parse_loose_text,
        "units": parse_units,
        "date": parse_date,
        "deadline": deadline_parser(campaign),
        "state": parse_state,
        "measure_kind": parse_measure_kind,
        "yes_no": parse_yes_no,
        "interval": parse_interval,
    }


def parse_loose_text(raw: Raw) -> Parsed:
    """Trimmed, with one kind of line break; a lone dash or slash means nothing."""
    words = plain(raw if isinstance(raw, str) else text_of(raw))
    return ("" if words in ("/", "-", "—", "——", "／") else words), ""


def parse_units(raw: Raw) -> Parsed:
    """Unit names joined by 、; notes on their role are kept as (牵头), (配合)."""
    words = text_of(raw).strip()
    return (units_in(words) if words else ""), ""


# --- measures and persons ------------------------------------------------------------------------------------

_CN = "一二三四五六七八九十"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_ORDINAL = re.compile(
    rf"(?:^|(?<=[\n。;；.！!])|(?<=[:：]))\s*(?:(?P<dot>\d{{1,2}})\s*[.．、](?!\d)"
    rf"|[(（](?P<paren>\d{{1,2}}|[{_CN}]{{1,3}})[)）][.、]?|(?P<is>[{_CN}]{{1,3}})是(?!否)[,，]?"
    rf"|(?P<cn>[{_CN}]{{1,3}})[、.．]|(?P<circle>[{_CIRCLED}]))\s*"
)
# What stands in every text with an ordinal, roughly and nearly; most texts have none, and looking for these is quicker.
_SIGN = re.compile(rf"[.．、)）是{_CIRCLED}]")
_MARKED = re.compile(rf"[\d{_CN}](?:\s*[.．、]|[)）是])|[{_CIRCLED}]")


def split_numbered(text: str) -> list[str]:
    """Several numbered measures in one cell → one text each; a cell with fewer than two stays whole.

    The first kind of ordinal that counts 1, 2, 3 … rules; words before its first stand at the head of the first.
    """
    if not _SIGN.search(text) or not _MARKED.search(text):
        return [text]
    matches = list(_ORDINAL.finditer(text))
    if len(matches) < 2:
        return [text]
    for kind in ("dot", "cn", "paren", "is", "circle"):
        line = [m for m in matches if m.group(kind)]
        if len(line) >= 2 and [_ordinal(m.group(kind)) for m in line] == list(range(1, len(line) + 1)):
            if text[: line[0].start()].count("。") > 3:
                continue
            ends = [*(m.start() for m in line[1:]), len(text)]
            parts = [
                text[m.end() : end].strip().rstrip(";；").strip() for m, end in zip(line, ends, strict=True)
            ]
            head = text[: line[0].start()].strip()
            parts[0] = f"{head}{parts[0]}" if head else parts[0]
            return parts if all(parts) else [text]
    return [text]


def _ordinal(word: str) -> int:
    if word in _CIRCLED:
        return _CIRCLED.index(word) + 1
    if word.isdecimal():
        return int(word)
    tens, ten, ones = word.partition("十")
    if not ten:
        return _CN.index(word) + 1 if len(word) == 1 else 0
    return (_CN.index(tens) + 1 if tens else 1) * 10 + (_CN.index(ones) + 1 if ones else 0)


_PHONE = re.compile(r"(?:\+?86[- ]?)?(?:1\d{10}|1\d{2}[- ]\d{4}[- ]\d{4}|0\d{2,3}[-— ]?\d{7,8}|\d{7,8})")


def split_contact(text: str) -> tuple[str, str]:
    """责任人及联系电话 → (persons, phones)."""
    phones = _PHONE.findall(text)
    names = _PHONE.sub(" ", text)
    names = re.sub(r"(?:联系)?电话\s*[:：]?|[()（）]", " ", names)
    people = [n for n in re.split(r"[\s、,，;；/]+", names) if n.strip(":：")]
    return "、".join(people), "、".join(phones)
