"""Automatic numbers of a Word document: numbering.xml and styles.xml → the printed number of a paragraph.

Words and rules of ECMA-376 part 1, 17.9 (numbering) and 17.18.59 (number formats).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

_CHINESE = "〇一二三四五六七八九"
_LEGAL = "零壹贰叁肆伍陆柒捌玖"
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)


def local(element: Element) -> str:
    """The name without its namespace: transitional and strict documents are read alike."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Element | None, name: str) -> Iterator[Element]:
    return (child for child in (element if element is not None else ()) if local(child) == name)


def child(element: Element | None, name: str) -> Element | None:
    return next(children(element, name), None)


def value(element: Element | None, name: str = "val") -> str | None:
    """An attribute by its name without namespace."""
    if element is None:
        return None
    return next((held for key, held in element.attrib.items() if key.rpartition("}")[2] == name), None)


def number(element: Element | None, name: str = "val") -> int | None:
    held = value(element, name)
    return int(held) if held is not None and held.lstrip("-").isdigit() and len(held) < 10 else None


# --- one number in one format ------------------------------------------------------------------------------------


def _counting(count: int, digits: str, units: tuple[str, str, str]) -> str:
    """一 … 十 十一 … 一百〇一 … as spoken."""
    if not 0 < count < 10_000:
        return str(count)
    words, zero = "", False
    for power, unit in ((1000, units[2]), (100, units[1]), (10, units[0]), (1, "")):
        digit = count // power % 10
        if digit:
            words += (digits[0] if zero and words else "") + digits[digit] + unit
        zero = not digit and bool(words)
    spoken = digits == _CHINESE and words.startswith("一十")
    return words[1:] if spoken else words


def _letters(count: int, first: str) -> str:
    return chr(ord(first) + (count - 1) % 26) * ((count - 1) // 26 + 1) if count > 0 else str(count)


def _roman(count: int) -> str:
    words = ""
    for amount, sign in _ROMAN:
        words += sign * (count // amount)
        count %= amount
    return words


def _enclosed(count: int, first: int, last: int) -> str:
    return chr(first + count - 1) if 0 < count <= last else str(count)


def format_number(count: int, style: str) -> str:
    """One level's number; an unknown format falls back to plain digits."""
    if style in _CHINESE_STYLES:
        return _counting(count, _CHINESE, ("十", "百", "千"))
    if style in ("chineseLegalSimplified", "ideographLegalTraditional", "japaneseLegal"):
        return _counting(count, _LEGAL, ("拾", "佰", "仟"))
    special = _SPECIAL.get(style)
    return special(count) if special else str(count)


_CHINESE_STYLES = frozenset(
    (
        "chineseCounting",
        "chineseCountingThousand",
        "japaneseCounting",
        "taiwaneseCounting",
        "taiwaneseCountingThousand",
        "koreanCounting",
    )
)
_SPECIAL: dict[str, Callable[[int], str]] = {
    "none": lambda count: "",
    "bullet": lambda count: "",
    "decimalZero": lambda count: f"{count:02d}",
    "upperLetter": lambda count: _letters(count, "A"),
    "lowerLetter": lambda count: _letters(count, "a"),
    "upperRoman": lambda count: _roman(min(count, 5000)).upper(),
    "lowerRoman": lambda count: _roman(min(count, 5000)),
    "decimalEnclosedCircle": lambda count: _enclosed(count, 0x2460, 20),
    "decimalEnclosedCircleChinese": lambda count: _enclosed(count, 0x2460, 20),
    "decimalEnclosedParen": lambda count: _enclosed(count, 0x2474, 20),
    "decimalEnclosedFullstop": lambda count: _enclosed(count, 0x2488, 20),
    "ideographEnclosedCircle": lambda count: f"({_counting(count, _CHINESE, ('十', '百', '千'))})",
    "decimalFullWidth": lambda count: "".join(chr(ord(char) + 0xFEE0) for char in str(count)),
    "decimalFullWidth2": lambda count: "".join(chr(ord(char) + 0xFEE0) for char in str(count)),
    "ideographDigital": lambda count: "".join(_CHINESE[int(char)] for char in str(abs(count))),
    "japaneseDigitalTenThousand": lambda count: "".join(_CHINESE[int(char)] for char in str(abs(count))),
    "taiwaneseDigital": lambda count: "".join(_CHINESE[int(char)] for char in str(abs(count))),
    "ideographTraditional": lambda count: _STEMS[(count - 1) % 10],
    "ideographZodiac": lambda count: _BRANCHES[(count - 1) % 12],
}


# --- levels, lists, styles ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Level:
    start: int = 1
    style: str = "decimal"
    text: str = ""
    restart: int | None = None
    paragraph_style: str | None = None
    plain: bool = False  # isLgl: every level in digits


@dataclass(slots=True)
class _List:
    """A w:num: the abstract list it shows and its own changes."""

    abstract: str
    levels: dict[int, _Level] = field(default_factory=dict)
    starts: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Style:
    based_on: str | None
    list_id: str | None
    level: int | None


class Numbering:
    """Counts through a document; `prefix(p)` must be called once for each paragraph, in order."""

    def __init__(self, numbering: Element | None, styles: Element | None) -> None:
        self._styles = _read_styles(styles)
        self._default = next(
            (
                value(style, "styleId")
                for style in children(styles, "style")
                if value(style, "type") == "paragraph" and value(style, "default") in ("1", "true")
            ),
            None,
        )
        self._abstract = {
            value(item, "abstractNumId") or "": _read_levels(item)
            for item in children(numbering, "abstractNum")
        }
        self._links = {
            value(item, "abstractNumId") or "": link
            for item in children(numbering, "abstractNum")
            if (link := value(child(item, "numStyleLink")))
        }
        self._lists = {value(item, "numId") or "": _read_list(item) for item in children(numbering, "num")}
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[tuple[str, int]] = set()

    def prefix(self, properties: Element | None) -> str:
        """The number printed before a paragraph with these properties, "" when it has none."""
        list_id, level = self._place(properties)
        held = self._lists.get(list_id or "")
        if held is None or list_id == "0":
            return ""
        abstract, levels = self._resolve(held)
        if level not in levels:
            return ""
        self._count(list_id or "", held, abstract, levels, level)
        return self._print(levels, self._counts[abstract], level)

    def _place(self, properties: Element | None) -> tuple[str | None, int]:
        own = child(properties, "numPr")
        list_id, level = value(child(own, "numId")), number(child(own, "ilvl"))
        style_id = value(child(properties, "pStyle")) or self._default
        if list_id is None:
            list_id, styled = self._from_style(style_id)
            level = level if level is not None else styled
        return list_id, level if level is not None else 0

    def _from_style(self, style_id: str | None) -> tuple[str | None, int | None]:
        seen: set[str] = set()
        first, level = style_id, None
        while style_id and style_id not in seen:
            seen.add(style_id)
            style = self._styles.get(style_id)
            if style is None:
                break
            level = level if level is not None else style.level
            if style.list_id is not None:
                linked = self._linked_level(style.list_id, (first, style_id))
                return style.list_id, linked if linked is not None else level
            style_id = style.based_on
        return None, level

    def _linked_level(self, list_id: str, style_ids: tuple[str | None, str]) -> int | None:
        held = self._lists.get(list_id)
        levels = self._resolve(held)[1] if held else {}
        return next(
            (
                index
                for name in style_ids
                for index, level in levels.items()
                if name and level.paragraph_style == name
            ),
            None,
        )

    def _resolve(self, held: _List) -> tuple[str, dict[int, _Level]]:
        abstract = held.abstract
        link = self._links.get(abstract)
        if (
            link
            and (style := self._styles.get(link))
            and (target := self._lists.get(style.list_id or ""))
            and target.abstract not in self._links
        ):
            abstract = target.abstract
        return abstract, self._abstract.get(abstract, {}) | held.levels

    def _count(self, list_id: str, held: _List, abstract: str, levels: dict[int, _Level], level: int) -> None:
        counts = self._counts.setdefault(abstract, {})
        if level in held.starts and (list_id, level) not in self._begun:
            counts[level] = held.starts[level] - 1
        self._begun.add((list_id, level))
        counts[level] = counts[level] + 1 if level in counts else levels[level].start
        for higher in range(level):
            counts.setdefault(higher, levels[higher].start if higher in levels else 1)
        for deeper in [index for index in counts if index > level]:
            restart = levels[deeper].restart if deeper in levels else None
            if restart is None or level < restart:
                del counts[deeper]

    def _print(self, levels: dict[int, _Level], counts: dict[int, int], level: int) -> str:
        text = levels[level].text
        if levels[level].style == "bullet":
            return ""
        for index in range(9):
            if f"%{index + 1}" in text:
                style = (
                    "decimal"
                    if levels[level].plain and index != level
                    else levels[index].style
                    if index in levels
                    else "decimal"
                )
                text = text.replace(f"%{index + 1}", format_number(counts.get(index, 1), style))
        return text


def _read_styles(styles: Element | None) -> dict[str, _Style]:
    found = {}
    for style in children(styles, "style"):
        numbers = child(child(style, "pPr"), "numPr")
        list_id = value(child(numbers, "numId"))
        found[value(style, "styleId") or ""] = _Style(
            value(child(style, "basedOn")), list_id, number(child(numbers, "ilvl"))
        )
    return found


def _read_levels(parent: Element) -> dict[int, _Level]:
    return {
        index: _read_level(level)
        for level in children(parent, "lvl")
        if (index := number(level, "ilvl")) is not None
    }


def _read_level(level: Element) -> _Level:
    start = number(child(level, "start"))
    plain = child(level, "isLgl")
    return _Level(
        start=1 if start is None else start,
        style=value(_format_of(level)) or "decimal",
        text=value(child(level, "lvlText")) or "",
        restart=number(child(level, "lvlRestart")),
        paragraph_style=value(child(level, "pStyle")),
        plain=plain is not None and value(plain) not in ("0", "false"),
    )


def _format_of(level: Element) -> Element | None:
    """w:numFmt, or the fall-back of one that only newer programs know."""
    direct = child(level, "numFmt")
    if direct is not None:
        return direct
    return child(child(child(level, "AlternateContent"), "Fallback"), "numFmt")


def _read_list(item: Element) -> _List:
    held = _List(value(child(item, "abstractNumId")) or "")
    for override in children(item, "lvlOverride"):
        level = number(override, "ilvl")
        if level is None:
            continue
        start = number(child(override, "startOverride"))
        if start is not None:
            held.starts[level] = start
        changed = child(override, "lvl")
        if changed is not None:
            held.levels[level] = _read_level(changed)
    return held
