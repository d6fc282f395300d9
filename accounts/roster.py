"""The roster workbook (单位与人员): its form, and from its sheets to checked rows with every problem named.

Sheet 单位: 单位名称* 简称 别名 上级单位 排序 · sheet 人员: 姓名* 登录名* 单位* 角色* 职务 手机 邮箱.
A person with several roles stands in several rows with the same 登录名, or names them 经办人、责任领导.
Nothing is written here.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from django.contrib.auth.validators import ASCIIUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.files.sheets import Cell, Sheet, address
from accounts.matching import UnitNames, tidy
from accounts.roles import ADMINISTRATIVE, Role

UNITS, PEOPLE = "单位", "人员"
UNIT_COLUMNS = ("单位名称", "简称", "别名", "上级单位", "排序")
PEOPLE_COLUMNS = ("姓名", "登录名", "单位", "角色", "职务", "手机", "邮箱")
REQUIRED = {UNITS: ("单位名称",), PEOPLE: ("姓名", "登录名", "单位", "角色")}
LONGEST = {
    "单位名称": 100,
    "简称": 30,
    "别名": 500,
    "上级单位": 100,
    "姓名": 50,
    "登录名": 150,
    "职务": 50,
    "手机": 30,
    "邮箱": 254,
}
HEADER_WITHIN = 10  # rows searched for the header
_SPLIT = re.compile(r"[、,，;；/\n]+")
_ROLES = {name: role for role in Role for name in (role.value, str(role.label))}
_LOGIN = ASCIIUsernameValidator()


@dataclass(frozen=True)
class RosterProblem:
    sheet: str
    cell: str
    code: str
    message: str


@dataclass(frozen=True)
class UnitRow:
    """A unit as the file has it; `cell` is where its name stands."""

    cell: str
    name: str
    short_name: str = ""
    aliases: tuple[str, ...] = ()
    parent: str = ""
    position: int | None = None


@dataclass(frozen=True)
class PersonRow:
    """A person as the file has it; `posts` are (unit name, role)."""

    cell: str
    login: str
    name: str
    posts: tuple[tuple[str, Role], ...]
    title: str = ""
    phone: str = ""
    email: str = ""


@dataclass
class Roster:
    """What the file says. Units stand parents first. With problems nothing of it may be written."""

    units: list[UnitRow] = field(default_factory=list)
    people: list[PersonRow] = field(default_factory=list)
    problems: list[RosterProblem] = field(default_factory=list)


@dataclass(frozen=True)
class _Line:
    """One row below the header: column name → text, and where each stands."""

    sheet: str
    cells: dict[str, str]
    at: dict[str, str]


def read_roster(sheets: Iterable[Sheet], known: UnitNames) -> Roster:
    """Rows and problems. `known` are the units that are already there."""
    roster = Roster()
    by_name = {tidy(sheet.name): sheet for sheet in sheets}
    if UNITS not in by_name and PEOPLE not in by_name:
        sentence = f"没有找到工作表“{UNITS}”或“{PEOPLE}”，请使用 import_units --template 生成的表格填写。"
        roster.problems.append(RosterProblem("", "", "no_sheet", sentence))
    for line in _lines(by_name.get(UNITS), UNITS, UNIT_COLUMNS, roster.problems):
        _add_unit(roster, line)
    _order_units(roster, known)
    in_file = {tidy(n): u.name for u in roster.units for n in (u.name, u.short_name, *u.aliases) if n}
    for line in _lines(by_name.get(PEOPLE), PEOPLE, PEOPLE_COLUMNS, roster.problems):
        _add_person(roster, line, in_file, known)
    for person in roster.people:
        _check_posts(roster, person)
    return roster


def text_of(cell: Cell) -> str:
    """A cell as words: whole numbers without a point, no blanks around."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip().strip("　")


def _lines(
    sheet: Sheet | None, name: str, columns: tuple[str, ...], problems: list[RosterProblem]
) -> Iterator[_Line]:
    if sheet is None:
        return
    found = _header(sheet, name)
    if found is None:
        wanted = "、".join(REQUIRED[name])
        sentence = f"工作表“{name}”前 {HEADER_WITHIN} 行没有表头，表头须有：{wanted}。"
        problems.append(RosterProblem(name, "A1", "no_header", sentence))
        return
    header_row, places = found
    for row, cells in enumerate(sheet.rows[header_row + 1 :], start=header_row + 1):
        texts = {c: text_of(cells[i]) if i < len(cells) else "" for c, i in places.items() if c in columns}
        if not any(texts.values()):
            continue
        at = {c: address(row, i) for c, i in places.items()}
        line = _Line(name, texts, at)
        if _complete(line, problems):
            yield line


def _header(sheet: Sheet, name: str) -> tuple[int, dict[str, int]] | None:
    for row, cells in enumerate(sheet.rows[:HEADER_WITHIN]):
        places: dict[str, int] = {}
        for index, cell in enumerate(cells):
            places.setdefault(re.sub(r"[\s*＊]", "", text_of(cell)), index)
        if all(column in places for column in REQUIRED[name]):
            return row, places
    return None


def _complete(line: _Line, problems: list[RosterProblem]) -> bool:
    """Required cells are filled and none is too long."""
    good = True
    for column in REQUIRED[line.sheet]:
        if not line.cells[column]:
            _tell(problems, line, column, "empty", f"请填写{column}")
            good = False
    for column, most in LONGEST.items():
        if len(line.cells.get(column, "")) > most:
            _tell(problems, line, column, "too_long", f"{column}超过 {most} 个字")
            good = False
    return good


def _tell(problems: list[RosterProblem], line: _Line, column: str, code: str, what: str) -> None:
    cell = line.at.get(column, "")
    problems.append(RosterProblem(line.sheet, cell, code, f"工作表“{line.sheet}”{cell}：{what}。"))


def _add_unit(roster: Roster, line: _Line) -> None:
    cells = line.cells
    position = cells.get("排序", "")
    if position and not (position.isdecimal() and len(position) <= 9):
        _tell(roster.problems, line, "排序", "not_a_number", f"排序“{position[:20]}”应为整数，例如 10")
        position = ""
    row = UnitRow(
        cell=line.at["单位名称"],
        name=cells["单位名称"],
        short_name=cells.get("简称", ""),
        aliases=tuple(a.strip() for a in _SPLIT.split(cells.get("别名", "")) if a.strip()),
        parent=cells.get("上级单位", ""),
        position=int(position) if position else None,
    )
    twin = next((u for u in roster.units if tidy(u.name) == tidy(row.name)), None)
    if twin is not None:
        _tell(roster.problems, line, "单位名称", "twice", f"“{row.name}”与 {twin.cell} 重复")
        return
    roster.units.append(row)


def _order_units(roster: Roster, known: UnitNames) -> None:
    """Parents first, whatever the order of the rows; unknown parents and circles are problems."""
    own = {tidy(name): u for u in roster.units for name in (*u.aliases, u.short_name) if name}
    own.update({tidy(u.name): u for u in roster.units})
    ordered: dict[str, UnitRow] = {}
    for unit in roster.units:
        path: list[UnitRow] = []
        at: UnitRow | None = unit
        while at is not None and at.name not in ordered:
            if at in path:
                sentence = f"工作表“{UNITS}”{at.cell}：“{at.name}”的上级单位绕成了一圈，请核对。"
                roster.problems.append(RosterProblem(UNITS, at.cell, "circle", sentence))
                break
            path.append(at)
            parent = own.get(tidy(at.parent)) if at.parent else None
            if at.parent and parent is None and known.find(at.parent) is None:
                sentence = (
                    f"工作表“{UNITS}”{at.cell}：没有上级单位“{at.parent}”{_like(known, own, at.parent)}。"
                )
                roster.problems.append(RosterProblem(UNITS, at.cell, "no_parent", sentence))
            at = parent
        for row in reversed(path):
            upper = own.get(tidy(row.parent)) if row.parent else None
            ordered.setdefault(row.name, replace(row, parent=upper.name) if upper else row)
    roster.units = list(ordered.values())


def _like(known: UnitNames, own: dict[str, UnitRow], name: str) -> str:
    names = [u.name for u in known.likeliest(name)]
    names += [u.name for n, u in own.items() if tidy(name) in n or n in tidy(name)]
    unique = list(dict.fromkeys(names))[:3]
    return f"，是否为：{'、'.join(unique)}" if unique else "，请先在工作表“单位”中列出"


def _add_person(roster: Roster, line: _Line, in_file: dict[str, str], known: UnitNames) -> None:
    problems, cells = roster.problems, line.cells
    before = len(problems)
    found = known.find(cells["单位"])
    unit = in_file.get(tidy(cells["单位"])) or (found.name if found else "")
    if not unit:
        _tell(
            problems, line, "单位", "no_unit", f"没有单位“{cells['单位']}”{_like(known, {}, cells['单位'])}"
        )
    roles = [r.strip() for r in _SPLIT.split(cells["角色"]) if r.strip()]
    for role in roles:
        if role not in _ROLES:
            listed = "、".join(str(r.label) for r in Role)
            _tell(problems, line, "角色", "no_role", f"没有角色“{role[:20]}”，可填：{listed}")
    _check_login(problems, line)
    if len(problems) > before:
        return
    row = PersonRow(
        cell=line.at["登录名"],
        login=cells["登录名"],
        name=cells["姓名"],
        posts=tuple((unit, _ROLES[r]) for r in roles),
        title=cells.get("职务", ""),
        phone=cells.get("手机", ""),
        email=cells.get("邮箱", ""),
    )
    _merge_person(roster, line, row)


def _check_login(problems: list[RosterProblem], line: _Line) -> None:
    try:
        _LOGIN(line.cells["登录名"])
    except ValidationError:
        login = line.cells["登录名"][:30]
        _tell(problems, line, "登录名", "bad_login", f"登录名“{login}”只能用英文字母、数字和 @ . + - _")
    email = line.cells.get("邮箱", "")
    if email:
        try:
            validate_email(email)
        except ValidationError:
            _tell(problems, line, "邮箱", "bad_email", f"邮箱“{email[:60]}”不是有效的电子邮箱")


def _merge_person(roster: Roster, line: _Line, row: PersonRow) -> None:
    """A second row of the same login adds posts; it must be the same person."""
    for index, other in enumerate(roster.people):
        if other.login.lower() != row.login.lower():
            continue
        if other.name != row.name or other.login != row.login:
            what = f"登录名“{row.login}”已用于 {other.cell} 的“{other.name}”，每人须有自己的登录名"
            _tell(roster.problems, line, "登录名", "login_twice", what)
            return
        roster.people[index] = replace(
            other,
            posts=tuple(dict.fromkeys((*other.posts, *row.posts))),
            title=other.title or row.title,
            phone=other.phone or row.phone,
            email=other.email or row.email,
        )
        return
    roster.people.append(row)


def _check_posts(roster: Roster, person: PersonRow) -> None:
    sentence = clash_of({role for _, role in person.posts})
    if sentence:
        message = f"工作表“{PEOPLE}”{person.cell}：“{person.name}”{sentence}"
        roster.problems.append(RosterProblem(PEOPLE, person.cell, "roles_clash", message))


def clash_of(roles: set[Role]) -> str:
    """等保 (GB/T 22239): each administrative role stands alone. The sentence, or nothing."""
    for role in ADMINISTRATIVE:
        if role in roles and len(roles) > 1:
            others = "、".join(str(r.label) for r in Role if r in roles and r != role)
            return f"不能同时担任{role.label}和{others}，请分开两个账号。"
    return ""
