"""Chinese day and deadline words → day. What is not understood is reported, never guessed."""

import calendar
import datetime as dt
import re
from collections.abc import Callable

from notices.records import Campaign, Deadline
from notices.text.clean import squeeze

_FIRST_YEAR, _LAST_YEAR = 1949, 2099
_EXCEL_EPOCH = dt.date(1899, 12, 30)  # serials after the 1900 leap year bug, as every ledger writes them
_DIGITS = {
    char: value
    for value, chars in enumerate(("〇零O0○", "一", "二", "三", "四", "五", "六", "七", "八", "九"))
    for char in chars
}

# --- Chinese numerals inside dates become digits, so that every rule below reads digits only -------------------

_NUMERAL = r"[〇零O0○一二三四五六七八九]"
_YEAR_WORDS = re.compile(rf"(?<![〇零O○一二三四五六七八九十\d])({_NUMERAL}{{4}}|{_NUMERAL}{{2}})(?=年)")
_PART_WORDS = re.compile(
    r"(?<![〇零O一二三四五六七八九\d])([〇零一二三四五六七八九十廿卅]{1,4})(?=[月日号])|元(?=月)"
)


def _small_number(words: str) -> int | None:
    """一 … 九十九, 廿一, 卅; None when the characters are not one number."""
    words = words.replace("廿", "二十").replace("卅", "三十").lstrip("〇零")
    tens, ten, ones = words.partition("十")
    if not ten:
        return _DIGITS.get(words)
    high = 1 if not tens else _DIGITS.get(tens)
    low = 0 if not ones else _DIGITS.get(ones)
    return None if high is None or low is None else high * 10 + low


def _part_digits(match: re.Match[str]) -> str:
    if match.group(1) is None:
        return "1"
    number = _small_number(match.group(1))
    return match.group() if number is None else str(number)


def _year_digits(match: re.Match[str]) -> str:
    return "".join(str(_DIGITS[char]) for char in match.group(1))


def _in_digits(words: str) -> str:
    return _PART_WORDS.sub(_part_digits, _YEAR_WORDS.sub(_year_digits, words))


# --- one day -----------------------------------------------------------------------------------------------------

_YEAR = r"(?P<year>(?:19|20)\d\d|\d\d)"
_DAY_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_YEAR}年(?P<month>\d{{1,2}})月(?P<day>\d{{1,2}})[日号]?",
        r"(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]",
        r"(?P<year>(?:19|20)\d\d)[./\-](?P<month>\d{1,2})[./\-](?P<day>\d{1,2})(?:日|\.)?",
        r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)",
    )
)
_BLANK_CLOCK = re.compile(
    r"(?:(?<=\d)[ T]+|(?<=[日号])[ T]*)\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?$"
)
_AROUND = re.compile(r"^(?:于|在|至|到|截至|截止(?:到|至)?|自)+|(?:(?:之前|以前|前|止|为止)|[。;,.])+$")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_LONGEST = 80  # characters of words that can still be one day or one deadline


def _make_day(year: int, month: int, day: int) -> dt.date | None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _full_year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _in_year(
    build: Callable[[int], dt.date | None], year: int | None, not_before: dt.date | None
) -> dt.date | None:
    """The day in the given year, or in the next one when it would lie before `not_before`."""
    if year is None:
        return None
    first = build(year)
    if first is not None and (not_before is None or first >= not_before):
        return first
    return None if not_before is None else build(year + 1)


def _serial_day(words: str) -> dt.date | None:
    match = _SERIAL.fullmatch(words)
    day = _EXCEL_EPOCH + dt.timedelta(days=int(match.group(1))) if match else None
    return day if day and 1990 <= day.year <= _LAST_YEAR else None


def parse_day(
    text: str, *, default_year: int | None = None, not_before: dt.date | None = None
) -> dt.date | None:
    """The one day a short text names, or None when it names none, several, or a damaged one.

    Without a printed year the day is taken in `default_year`, or in the year after when it would lie before
    `not_before`; without `default_year` it stays None. An Excel serial may come as text.
    """
    if len(text) > _LONGEST:
        return None
    words = _in_digits(squeeze(_BLANK_CLOCK.sub("", text.strip())))
    words = _AROUND.sub("", words)
    for pattern in _DAY_PATTERNS:
        match = pattern.fullmatch(words)
        if match:
            return _matched_day(match, default_year, not_before)
    return _serial_day(words)


def _matched_day(
    match: re.Match[str], default_year: int | None, not_before: dt.date | None
) -> dt.date | None:
    groups = match.groupdict()
    month, day = int(groups["month"]), int(groups["day"])
    if groups.get("year"):
        return _make_day(_full_year(groups["year"]), month, day)
    return _in_year(lambda year: _make_day(year, month, day), default_year, not_before)


# --- deadlines ---------------------------------------------------------------------------------------------------

_SUSTAINED = re.compile(
    r"[,;、。(+]?(?:且|并|同时|后续|需|须|要|应|之后|以后|后|此后|继续|做到|实行|纳入)*"
    r"(?:长期(?:坚持|整改|推进|巩固|抓好|保持|落实|执行|任务)|长期(?=$|[,;、。)(])"
    r"|持续(?:整改|推进|坚持|巩固|深化|抓好|落实|跟进|加强|开展|用力|进行)|持续(?=$|[,;、。)(])|(?:形成)?常态化?(?:长效)?(?:机制|坚持|推进|整改|开展|落实|长效化|管理|抓好)*"
    r"|常抓不懈|坚持不懈|(?:形成|建立|健全|完善)+长效(?:管理)?机制"
    r"|(?:(?:以后|此后|今后|之后))?每(?:年(?:\d{1,2}月(?:\d{1,2}[日号]|[上中下]旬)?)?|半年|季度?|两?个?月|半月|旬|周)(?:[初底末中]|中旬)?(?:前|之前)?"
    r"(?:完成|至少|不少于|开展|报送|组织|检查|推进|落实|坚持|[一1]次)*)(?:抓好落实|落实|整改|推进|下去|坚持)*[)]?"
)
_IMMEDIATE = re.compile(
    r"(?:立行立改|立即整改|立即(?:完成|执行|落实)|即知即改|即行即改|即时整改|马上整改|边巡边改|边审边改|边查边改|立查立改|立整立改|立改立行|立说立改|立知立改|即改|立即)(?:类|完成|到位|整改|并完成)*"
)
_CONCENTRATED = re.compile(
    r"(?:在|于)?(?:巡视|巡察)?集中整改(?:期|阶段|时期|期限)?(?:内|间|期间|结束前|结束之前|期内|末|底|届满前|完成)*(?:完成|整改到位)?"
)
_NOTHING = re.compile(r"[/\-~无、。.*]*|暂无|未定")
_RANGE = re.compile(r"(?<=[日号月\d])(?:至|到|~|--?)(?=\d{1,4}[年月日号./\-])")
_DONE_WORDS = re.compile(
    r"[,、(]?(?:已|并|全面|全部|力争|确保|要|应|须|需|按期|如期|按时|必须|基本)*(?:完成|完毕|整改|办结|销号|落实|到位|解决|任务|工作|建成|上报|执行|结束|制定|取得(?:阶段性|明显|初步|实质性)*(?:成效|成果|进展)|见效)+$"
)
_LEADING = re.compile(
    r"^(?:(?:整改|完成|办理|落实)*(?:时限|期限|时间|日期)(?:要求)?[:为是]?|力争|确保|计划|预计|拟|将|在|于|截至|截止(?:到|至)?|最迟|不迟于|至|到|务必|须|要求)+"
)
_BEFORE = re.compile(r"(?:之前|以前|前|止|为止)$")

_Y = r"(?:(?P<year>(?:19|20)\d\d|\d\d)年度?|(?P<which>本年度?|今年|当年|明年|次年|来年|翌年))?"
_MONTH = r"(?P<month>\d{1,2})月份?"
_PERIODS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (rf"{_Y}{_MONTH}(?:底|末|内|之内|以内|中下旬|下旬|下旬内|底之?内)", "month_end"),
        (r"(?P<year>(?:19|20)\d\d)[./\-](?P<month>\d{1,2})[底末]", "month_end"),
        (rf"{_Y}{_MONTH}上旬(?:内|末|底)?", "first_ten"),
        (rf"{_Y}{_MONTH}中旬(?:内|末|底)?", "second_ten"),
        (rf"{_Y}第?(?P<quarter>[1-4一二三四])季度?(?:末|底|内|之内|结束)?", "quarter"),
        (rf"{_Y}(?P<half>[上下])半年(?:内|末|底)?", "half"),
        (rf"{_Y}(?:年?[底末内]|年?以内|全年|年终)", "year"),
    )
)
# A bare period is a deadline at its end; "before" it could mean its beginning, so that is reported.
_BARE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"{_Y}{_MONTH}"), "month_end"),
    (re.compile(r"(?P<year>(?:19|20)\d\d)(?:(?P<mark>[./\-])(?P<month>\d{1,2}))[月]?"), "month_end"),
    (
        re.compile(r"(?P<year>(?:19|20)\d\d|\d\d)年度?|(?P<which>本年度?|今年|当年|明年|次年|来年|翌年)"),
        "year",
    ),
)
# 6.30 and 6/30 within a campaign; 6.3 may have been 6.30 (a table drops the 0), so it is reported.
_MONTH_AND_DAY = re.compile(r"(?P<month>\d{1,2})(?:[./](?P<day>\d\d)|/(?P<digit>\d))")
_THIS_MONTH = re.compile(r"(?P<next>本|当|下)?个?月[底末]")


def parse_deadline(text: str, *, campaign: Campaign) -> Deadline:
    """What deadline words mean within a campaign; `problem` is a sentence when they cannot be read."""
    if len(text) > _LONGEST:
        return Deadline(text, None, problem=_unreadable(text))
    words = _in_digits(squeeze(_BLANK_CLOCK.sub("", text.strip())))
    words = _LEADING.sub("", words.strip("。;,、.()[]"))
    rest = _SUSTAINED.sub("", words)
    sustained = rest != words
    rest = rest.strip(",;、。()")
    if not rest or _NOTHING.fullmatch(rest):
        return Deadline(text, None, sustained)
    day, problem = _find_day(rest, campaign)
    return Deadline(text, day, sustained, None if day else problem or _unreadable(text))


def _unreadable(text: str) -> str:
    shown = text.strip()
    shown = shown if len(shown) <= 30 else shown[:30] + "……"
    return f"完成时限“{shown}”看不出是哪一天，请按“2026-12-31”或“2026年12月底前”的写法填写。"


def _find_day(words: str, campaign: Campaign) -> tuple[dt.date | None, str | None]:
    """(day, None), or (None, the sentence that says why not; None for the general one)."""
    parts = [part for part in re.split(r"[,;、。]|(?<=[前底内日])并", words) if part]
    parts = [_DONE_WORDS.sub("", _LEADING.sub("", part)) for part in parts]
    found: list[tuple[dt.date | None, str | None]] = []
    immediate: tuple[dt.date | None, str | None] | None = None
    for part in filter(None, parts):
        if _IMMEDIATE.fullmatch(part):
            immediate = _immediate_day(campaign)
        else:
            found.append(_read_part(part, campaign))
    if not found:
        return immediate or (None, None)
    days = {day for day, _ in found}
    if None in days:
        return None, next((problem for day, problem in found if day is None), None)
    if len(days) > 1:
        return None, "完成时限里有几个不同的日期，请拆成几项任务，或只写最后完成的日期。"
    return days.pop(), None


def _immediate_day(campaign: Campaign) -> tuple[dt.date | None, str | None]:
    if campaign.plan_on is None:
        return None, "“立行立改”要从整改方案印发日起算，请先填写本批次的方案印发日期。"
    return campaign.plan_on + dt.timedelta(days=campaign.immediate_days), None


def _read_part(part: str, campaign: Campaign) -> tuple[dt.date | None, str | None]:
    if _CONCENTRATED.fullmatch(part):
        return campaign.concentrated_until, "请先填写本批次集中整改期的截止日期，才能换算“集中整改期内”。"
    year = _campaign_year(campaign)
    found = _last_range(part)
    end = _with_year_of(part[: found.start()], part[found.end() :]) if found else part
    return _read_point(end, year, campaign)


def _last_range(part: str) -> re.Match[str] | None:
    found = list(_RANGE.finditer(part))
    # 2021-12-31 and 2021-12 are written with the mark of a range, and are none.
    if not found or re.fullmatch(r"\d{4}(?:-\d{1,2}){1,2}", part):
        return None
    return found[-1]


def _with_year_of(start: str, end: str) -> str:
    """The end of a range borrows the year, or the month, printed at its start."""
    if re.match(r"\d{4}[年./\-]|\d\d年", end):
        return end
    month = re.search(r"(?:\d{2,4}年)?\d{1,2}月(?=\d{1,2}[日号]?$)", start)
    if month and re.match(r"\d{1,2}[日号]", end):  # 6月25日-30日
        return month.group() + end
    year = re.match(r"(\d{4})[年./\-]|(\d\d)年", start)
    return f"{year.group(1) or year.group(2)}年{end}" if year and "月" in end else end


def _campaign_year(campaign: Campaign) -> int | None:
    day = campaign.plan_on or campaign.feedback_on
    return day.year if day else None


def _read_point(words: str, year: int | None, campaign: Campaign) -> tuple[dt.date | None, str | None]:
    not_before = campaign.feedback_on
    day = parse_day(words, default_year=year, not_before=not_before)
    if day:
        return day, None
    before = _BEFORE.search(words)
    bare = words[: before.start()] if before else words
    short = _MONTH_AND_DAY.fullmatch(bare)
    if short:
        return parse_day(
            f"{short['month']}月{short['day'] or short['digit']}日", default_year=year, not_before=not_before
        ), None
    month = _THIS_MONTH.fullmatch(bare)
    if month:
        return _this_month(month, campaign)
    for pattern, kind in _PERIODS:
        match = pattern.fullmatch(bare)
        if match and not (before and kind in _LONG_KINDS and not _ends_in_point(bare)):
            return _period_end(match, kind, year, not_before)
    return _read_bare(bare, bool(before), year, not_before)


_LONG_KINDS = ("first_ten", "second_ten", "quarter", "half")


def _ends_in_point(words: str) -> bool:
    return words[-1] in "底末" or words.endswith("结束")


def _read_bare(
    words: str, before: bool, year: int | None, not_before: dt.date | None
) -> tuple[dt.date | None, str | None]:
    for pattern, kind in _BARE:
        match = pattern.fullmatch(words)
        if not match:
            continue
        if before:
            return None, f"“{words}前”可能指{words}开始之前，也可能指{words}结束之前，请写明日期或“底前”。"
        if match.groupdict().get("mark") == "." and match["month"] == "1":
            return None, f"“{words}”可能是1月，也可能是10月（表格会丢掉末尾的0），请写明月份。"
        return _period_end(match, kind, year, not_before)
    if before and _ambiguous_period(words):
        return None, f"“{words}前”可能指{words}开始之前，也可能指{words}结束之前，请写明日期或“底前”。"
    return None, _missing_year(words, year)


def _ambiguous_period(words: str) -> bool:
    return any(pattern.fullmatch(words) for pattern, kind in _PERIODS if kind in _LONG_KINDS)


def _missing_year(words: str, year: int | None) -> str | None:
    if year is None and re.fullmatch(r"\d{1,2}月\d{1,2}[日号].{0,3}", words):
        return f"“{words}”没有年份，请先填写本批次的方案印发日期，或在时限里写明年份。"
    return None


def _this_month(match: re.Match[str], campaign: Campaign) -> tuple[dt.date | None, str | None]:
    start = campaign.plan_on
    if start is None:
        return None, "“月底前”要从整改方案印发日起算，请先填写本批次的方案印发日期。"
    month = start.month + (match["next"] == "下")
    return _month_end(start.year + (month > 12), 1 if month > 12 else month), None


def _month_end(year: int, month: int) -> dt.date | None:
    if not 1 <= month <= 12:
        return None
    return (
        _make_day(year, month, calendar.monthrange(year, month)[1])
        if _FIRST_YEAR <= year <= _LAST_YEAR
        else None
    )


_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4}


def _period_end(
    match: re.Match[str], kind: str, year: int | None, not_before: dt.date | None
) -> tuple[dt.date | None, str | None]:
    groups = match.groupdict()

    def build(in_year: int) -> dt.date | None:
        if kind == "month_end":
            return _month_end(in_year, int(groups["month"]))
        if kind in ("first_ten", "second_ten"):
            return _make_day(in_year, int(groups["month"]), 10 if kind == "first_ten" else 20)
        if kind == "quarter":
            quarter = _QUARTERS.get(groups["quarter"]) or int(groups["quarter"])
            return _month_end(in_year, quarter * 3)
        return _month_end(in_year, 6 if groups.get("half") == "上" else 12)

    if groups.get("year"):
        return build(_full_year(groups["year"])), None
    if year is None:
        return None, f"“{match.group()}”没有年份，请先填写本批次的方案印发日期，或在时限里写明年份。"
    which = groups.get("which") or ""
    if which:
        return build(year + (which[0] in "明次来翌")), None
    return _in_year(build, year, not_before), None
