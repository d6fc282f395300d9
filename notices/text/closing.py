"""Around the text: title, publication day, contact, signature and date."""

import datetime as dt
import re
from dataclasses import dataclass

from notices.records import Contact
from notices.text.clean import fold
from notices.text.dates import parse_day
from notices.text.layout import is_date_line, is_signer
from notices.text.lines import Line

# --- title -------------------------------------------------------------------------------------------------------

_TITLE_END = re.compile(
    r"(?:通报|报告|公告|公示|通知|情况|意见|函|方案|说明|台账|清单|结果|公开)(?:\s*[(《].{1,30}[)》])*$"
)
_TITLE_WORD = re.compile(r"整改|反馈|巡视|巡察|审计|督察")
_LONGEST_TITLE = 90


def read_title(head: list[Line]) -> str | None:
    """The title, joined when it is set in two or three lines; None when there is none."""
    for index, line in enumerate(head[:12]):
        words = line.folded
        if not _ends_title(words):
            continue
        parts = [line.text]
        before = index - 1
        while before >= 0 and len(parts) < 3 and _is_upper_line(head[before].folded, fold(parts[0])):
            parts.insert(0, head[before].text)
            before -= 1
        title = "".join(parts)
        return title if _TITLE_WORD.search(fold(title)) else None
    return None


def _ends_title(words: str) -> bool:
    return (
        len(words) <= _LONGEST_TITLE
        and bool(_TITLE_END.search(words))
        and not re.search(r"[。;!?,]|^根据|^按照|:", words)
    )


def _is_upper_line(words: str, below: str) -> bool:
    """中共…委员会 above 关于…的通报, or the first half of a title broken in two."""
    if (
        len(words) > 50
        or re.search(r"[。;!?:>|]", words)
        or is_date_line(words)
        or re.search(r"\d{4}年第|〔|号$", words)
    ):
        return False
    starts_below = below.startswith(("关于", "落实", "巡", "整改", "的", "进展", "反馈", "对"))
    return starts_below and (
        is_signer(words) or words.startswith(("中共", "关于")) or words.endswith(("关于", "巡察", "巡视"))
    )


def title_party(title: str | None) -> str | None:
    """The party a title names: 中共云岭县财政局党组关于…的通报 → 云岭县财政局党组."""
    if not title:
        return None
    name = re.match(r"(?:中国共产党|中共)?(.{2,40}?)关[于於]", title)
    return name.group(1).strip() if name else None


def signed_party(signature: str | None) -> str | None:
    """The party a signature names, without the word for the party's organisation before it."""
    return re.sub(r"^(?:中国共产党|中共|中國共產黨)", "", signature) if signature else None


# --- publication day ---------------------------------------------------------------------------------------------

_PUBLISHED = re.compile(
    r"(?:发布|发文|公开|更新|上传|录入|创建|信息|发表|刊发)?(?:时间|日期)\s*[:;]?\s*(\d{4}\s*[年./-]\s*\d{1,2}\s*[月./-]\s*\d{1,2}\s*日?)"
)
_BARE_DAY = re.compile(r"(\d{4}[-./]\d{1,2}[-./]\d{1,2})(?:\s+\d{1,2}:\d\d(?::\d\d)?)?(?:\s|$)")


def read_published(lines: list[Line], title_line: int) -> dt.date | None:
    """The day of a 发布时间 line, else of a line under the title that begins with a day and a time."""
    for line in lines:
        match = _PUBLISHED.search(line.folded)
        if match and len(line.folded) < 200:
            return parse_day(match.group(1))
    for line in lines:
        match = _BARE_DAY.match(line.folded)
        if match and line.number <= title_line + 3 and len(line.folded) < 80:
            return parse_day(match.group(1))
    return None


# --- contact -----------------------------------------------------------------------------------------------------

_NUMBER = r"(?:\(?\+?(?:86[- ]?)?\(?0\d{2,3}\)?\s*-{0,2}\s*\d{7,8}(?:\s*(?:-|转)\s*\d{1,5})?|400-?\d{3}-?\d{4}|1[3-9]\d(?:[- ]?\d{4}){2}|\d{3,4}-\d{7,8}|\d{7,8}(?!\d)|12\d{3}(?!\d))"
_NUMBERS = rf"({_NUMBER}(?:\s*[、,/;或和]\s*{_NUMBER})*)"
_PHONE = (
    re.compile(
        rf"(?:电话|热线|手机|座机|联系方式)(?:号码)?\s*(?:\([^)]{{1,20}}\))?\s*(?:为|是)?\s*[:;]?\s*{_NUMBERS}"
    ),
    re.compile(rf"(?:联系|监督|举报|反馈|拨打)[^。\n]{{0,20}}?{_NUMBERS}"),
    re.compile(r"((?<![\d-])0\d{2,3}-\d{7,8}(?!\d))"),
)
_POSTCODE = re.compile(r"(?:邮政编码|邮\s*编|编码)\s*(?:为|是)?\s*[:;)]?\s*(\d{6})(?!\d)")
_EMAIL = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,60}[A-Za-z0-9])?\s?@\s?[A-Za-z0-9](?:[A-Za-z0-9-]{0,40}\.){1,4}[A-Za-z]{2,10}"
)
_ADDRESS = re.compile(
    r"(?:(?:通讯|通信|联系|邮寄|邮政|来信|来访|收信|办公|信件|收件|单位|接待)(?:投递)?地址|邮政信箱|(?<!电子)(?:专用|意见|举报)?信箱|邮寄至|(?:来信|信件|邮件)?请?寄(?:至|到|往|送)?|地址|(?<!电子)邮箱地址)"
    r"(?:\([^)]{1,20}\))?\s*(?:为|是)?\s*[:;]?\s*(?P<address>[^\s,。;:@][^\n。;@]{1,100})"
)
_ADDRESS_END = re.compile(
    r"[,;。、\s(]*(?:\(?\s*(?:邮政编码|邮编|编码)|\(\s*(?:请|信封|注明|来信|标注)|信封|(?:联系|监督|举报|咨询)?电话|电子(?:邮箱|邮件|信箱)|邮箱|e-?mail|联系人|收件人|传真|联系方式|邮政信箱)|[;。]|,(?=\S{0,4}[:：])|\s{2,}",
    re.IGNORECASE,
)


def read_contact(lines: list[Line]) -> Contact:
    """Phone, address, postcode and e-mail of the closing lines; digits and marks in half width."""
    text = "\n".join(line.folded for line in lines)
    printed = "\n".join(line.text for line in lines)
    phone = next((found for pattern in _PHONE if (found := pattern.search(text))), None)
    postcode, email = _POSTCODE.search(text), _EMAIL.search(text)
    return Contact(
        phone=re.sub(r"\s+", "", phone.group(1)) if phone else None,
        address=_read_address(text, printed),
        postcode=postcode.group(1) if postcode else None,
        email=re.sub(r"\s", "", email.group()) if email else None,
    )


def _read_address(text: str, printed: str) -> str | None:
    for match in _ADDRESS.finditer(text):
        start, end = match.span("address")
        stop = _ADDRESS_END.search(text, start, end)
        words = printed[start : stop.start() if stop else end].strip(" 、,，;；。()（:：")
        if (
            len(words) >= 3
            and re.search(r"[\u4e00-\u9fff]", words)
            and not words.startswith(("反映", "以", "或", "和", "等"))
        ):
            return _balanced(words)
    return None


def _balanced(words: str) -> str:
    """A bracket that the cut left open is closed again by what was cut: give it back."""
    for opening, closing in (("(", ")"), ("（", "）")):
        if words.count(opening) > words.count(closing):
            words += closing
    return words


# --- signature ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed and when, with the line of the date; `damaged` is a date that cannot be read."""

    name: str | None = None
    day: dt.date | None = None
    line: int | None = None
    damaged: str | None = None


_DAY_AT_END = re.compile(
    r"(?P<day>[\d〇零O一二三四五六七八九]{4}\s*年\s*[\d〇零一二三四五六七八九十]{1,3}\s*月\s*[\d〇零一二三四五六七八九十]{1,3}\s*[日号]|\d{4}[./-]\d{1,2}[./-]\d{1,2})\s*[)]?$"
)
_BROKEN_DAY = re.compile(r"[(]?(?:19|20)\d{2}年?[\d年月]{0,6}[日月号]?\s*[)]?$")
_WINDOW = 12


def read_signature(lines: list[Line]) -> Signature:
    """The last date line of the closing and the name above (or before, or below) it."""
    for index in range(len(lines) - 1, max(-1, len(lines) - 1 - _WINDOW), -1):
        line = lines[index]
        match = _DAY_AT_END.search(line.folded)
        if match and _stands_alone(line, match.start()):
            name = _before_day(line, match.start()) or _name_near(lines, index)
            day = parse_day(match["day"])
            return Signature(name, day, line.number, None if day else line.text)
        if is_date_line(line.folded) or _BROKEN_DAY.fullmatch(line.folded):
            return Signature(_name_near(lines, index), None, line.number, line.text)
    return Signature(_last_name(lines))


def _stands_alone(line: Line, start: int) -> bool:
    before = line.folded[:start].strip(" (")
    return not before or (is_signer(before) and len(before) <= 45)


def _before_day(line: Line, start: int) -> str | None:
    return line.text[:start].strip(" 　(（") or None


def _name_near(lines: list[Line], index: int) -> str | None:
    above = lines[index - 1] if index else None
    if above and is_signer(above.folded):
        over = lines[index - 2] if index > 1 else None
        if over and re.fullmatch(r"(?:中共|中国共产党).{2,30}", over.folded) and not is_signer(over.folded):
            return over.text + above.text
        return above.text
    below = lines[index + 1] if index + 1 < len(lines) else None
    return below.text if below and is_signer(below.folded) and below.folded.startswith("中") else None


def _last_name(lines: list[Line]) -> str | None:
    for line in lines[-3:]:
        if is_signer(line.folded) and line.folded.startswith(("中共", "中国共产党")):
            return line.text
    return None
