"""A cell that names units ↔ their names, with the role each is given there. Pure.

“区委办公室(牵头)、区财政局”, “牵头:甲 配合:乙、丙”, “甲牵头,乙、丙配合”, “甲局和乙局”, “甲局等”. What stands inside brackets
belongs to the name: 各镇(街道、园区).
"""

import re
from functools import lru_cache

_CUT = re.compile(r"[、,，;；/／\n\r\t]+")
_BLANKS = re.compile(r"[ 　\xa0]+")
_BRACKETS = {"(": ")", "（": "）", "〔": "〕", "[": "]"}
_LEAD_WORDS, _SUPPORT_WORDS = ("牵头", "主办", "主责"), ("配合", "协办", "协助", "参与")
_ROLE_NOTE = re.compile(r"[(（]\s*(牵头|主办|主责|责任|落实|配合|协办|参与)(?:单位|部门)?\s*[)）]")
_ROLE_LABEL = re.compile(
    r"(牵头|主办|主责|责任|整改责任|落实|承办|配合|协办|协助|参与)(?:(?:单位|部门|科室)\s*[:：]|[:：])"
)
_ROLE_END = re.compile(r"(.{2,}?)(?:共同)?(牵头|主办|配合|协办|协助|参与)(?:负责|落实|抓总|单位)?")
# Ends of names: what stands before 和 or 等 is a whole name only when it ends so (住房和城乡建设局 is one name).
_ENDS = r"(?:局|办|办公室|部|镇|乡|街道|办事处|政府|院|中心|站|所|协会|联合会|公司|集团|学校|大队|支队|总队|队|处|科|室|股|厅|纪委|监委|发改委|卫健委|委员会|联社|银行|工会|妇联|团委|社区|村|园区|管委会|总社)"
_ETC = re.compile(rf"(?P<name>.*{_ENDS})等(?:有关|相关|各|责任|职能)*(?:单位|部门)?")
_PERSON = re.compile(r"[一-鿿·×]{2,8}")


def _is_name(text: str) -> bool:
    return len(text) > 1 and re.fullmatch(rf".*{_ENDS}(?:[(（].*[)）])?", text) is not None


@lru_cache(maxsize=20_000)
def split_units(text: str) -> tuple[tuple[str, str], ...]:
    """(name, role) of every unit in a cell; role is "lead", "supporting" or "" when the cell does not say."""
    found: list[tuple[str, str]] = []
    role, start = "", 0
    for label in [*_ROLE_LABEL.finditer(text), None]:
        piece = text[start : label.start() if label else len(text)]
        found += _named(piece, role)
        if label:
            role, start = _role(label.group(1)), label.end()
    return tuple(dict.fromkeys(found))


def _named(piece: str, role: str) -> list[tuple[str, str]]:
    """The names of a piece; “甲、乙牵头” gives its role to both."""
    found: list[tuple[str, str]] = []
    waiting = 0  # names that a role behind them may still mean
    for name in cut_names(piece):
        noted = _ROLE_NOTE.search(name)
        ended = None if noted or role else _ROLE_END.fullmatch(name)
        if noted:
            clean, given = _ROLE_NOTE.sub("", name).strip(), _role(noted.group(1))
        elif ended:
            clean, given = ended.group(1), _role(ended.group(2))
            found[len(found) - waiting :] = [(n, given) for n, _ in found[len(found) - waiting :]]
        else:
            clean, given = name, role
        waiting = 0 if noted or ended or role else waiting + 1
        if clean:
            found.append((clean, given))
    return found


def _role(word: str) -> str:
    return "lead" if word in _LEAD_WORDS else "supporting" if word in _SUPPORT_WORDS else ""


def cut_names(text: str) -> list[str]:
    """Cut at 、 , ; / blanks, line breaks and 和 outside brackets; a closing 等 and 。 are not part of a name."""
    names: list[str] = []
    for piece in _outside_brackets(text):
        for name in _cut_blanks(piece.strip()):
            name = name.rstrip("。.")
            etc = _ETC.fullmatch(name)
            name = etc.group("name") if etc else name
            names += _cut_and(name)
    return [name for name in names if name and name not in ("-", "—", "无")]


def _outside_brackets(text: str) -> list[str]:
    if not any(mark in text for mark in _BRACKETS):
        return _CUT.split(text)
    kept: list[str] = []
    out: list[str] = []
    depth = 0
    for char in text:
        depth = depth + 1 if char in _BRACKETS else max(0, depth - 1) if char in _BRACKETS.values() else depth
        if depth == 0 and _CUT.match(char):
            out.append("".join(kept))
            kept = []
        else:
            kept.append(char)
    return [*out, "".join(kept)]


def _cut_blanks(piece: str) -> list[str]:
    """Blanks part names, unless they only space one out: 县 教 育 局, 各镇 (街道)."""
    parts = [part for part in _BLANKS.split(piece) if part]
    if (
        len(parts) < 2
        or any(len(part) < 2 or part[0] in _BRACKETS for part in parts)
        or "(" in piece
        or "（" in piece
    ):
        return ["".join(parts)]
    return parts


def _cut_and(name: str) -> list[str]:
    """甲局和乙局 → both; 住房和城乡建设局 stays."""
    for mark in ("以及", "和", "及", "与"):
        head, found, tail = name.partition(mark)
        while found:
            ended = _ROLE_END.fullmatch(tail)
            if _is_name(head) and _is_name(ended.group(1) if ended else tail) and len(tail) > 2:
                return [head, *_cut_and(tail)]
            more, found, tail = tail.partition(mark)
            head = f"{head}{mark}{more}"
    return [name]


def units_in(text: str) -> str:
    """Unit names joined by 、; notes on their role are kept as (牵头), (配合)."""
    notes = {"lead": "(牵头)", "supporting": "(配合)", "": ""}
    return "、".join(name + notes[role] for name, role in split_units(text))


def split_unit_person(text: str) -> tuple[str, str]:
    """责任单位及责任人 → (units, persons): a short word that does not end like a unit is a person."""
    units, persons = [], []
    for piece in _outside_brackets(text):
        for name in (part for part in _BLANKS.split(piece.strip()) if part):
            inner = re.fullmatch(r"(.+?)[(（](.+)[)）]", name)
            if inner and _is_name(inner.group(1)) and _is_person(inner.group(2)):
                units.append(inner.group(1))
                persons.append(inner.group(2))
            else:
                (persons if _is_person(name) else units).append(name)
    return "、".join(units), "、".join(persons)


def _is_person(name: str) -> bool:
    return _PERSON.fullmatch(name) is not None and not _is_name(name) and not name.startswith("各")
