"""Office packages (.xlsx, .docx): which parts they may hold, and one pass over every part."""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from accounts.files.limits import MIB, Profile
from accounts.files.markup import Budget, NoRules, Rules, Scan, Sieve, closed_breaks
from accounts.files.package import Package
from accounts.files.refusal import Refusal
from accounts.files.relations import (
    FORBIDDEN_TYPES,
    Relation,
    RelationRules,
    TypeRules,
    part_key,
    refuse_content,
)
from accounts.files.sieves import sieve_for
from accounts.files.wordtext import WordRules
from accounts.files.workbook import StringRules, StyleRules, WorkbookRules
from accounts.files.worksheet import ExtraRules, SheetFacts, SheetRules

TYPES = "[Content_Types].xml"
MAIN = {
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": "docx",
}
TEMPLATES = re.compile(r"template\.main\+xml|addin|slideshow")
PROGRAM_NAMES = re.compile(
    r"(?:^|/)(?:vbaproject|vbadata|vbaprojectsignature\w*|activex\d*)\.(?:bin|xml)$|/activex/|/macrosheets/|/dialogsheets/"
    r"|/externallinks/|/querytables/|(?:^|/)connections\.xml$",
    re.IGNORECASE,
)
PROGRAM_ENDINGS = re.compile(
    r"\.(?:exe|dll|com|scr|bat|cmd|js|jse|vbs|vbe|wsf|ps1|hta|jar|msi|lnk|php|jsp|aspx?|sh|html?|mht|swf|chm|xll|xlam"
    r"|zip|rar|7z|gz)$",
    re.IGNORECASE,
)
FOREIGN_STARTS = (
    b"\xd0\xcf\x11\xe0",
    b"MZ",
    b"\x7fELF",
    b"PK\x03\x04",
    b"Rar!",
    b"7z\xbc\xaf",
    b"%PDF-",
    b"#!/",
)
PROGRAM = ("program", "程序或脚本")
OLE = ("ole_object", "嵌入的 OLE 对象或文件")
SMALL = 16 * MIB
CENTRAL = {
    "worksheet": "xl/worksheets/sheet%d.xml",
    "chartsheet": "xl/chartsheets/sheet%d.xml",
    "sharedstrings": "xl/sharedStrings.xml",
    "styles": "xl/styles.xml",
}
KINDS = {"sharedstrings": "sharedStrings"}
SHEET_ROOTS = {"worksheet", "chartsheet"}


@dataclass
class OfficeFacts:
    """What the reader needs to know later: sheets in order, their parts, and what was found in each."""

    kind: str
    main: str = ""
    sheets: list[tuple[str, str, str]] = field(default_factory=list)  # name, part, state
    parts: dict[str, SheetFacts] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)
    moved: dict[str, str] = field(
        default_factory=dict
    )  # part → the name the reader looks for, when any differs
    central: list[tuple[str, str, str]] = field(default_factory=list)  # relation id, kind, part
    date1904: bool = False
    rich_pictures: bool = False  # pictures placed in cells by recent versions of Excel


def scan_office(package: Package, profile: Profile, nested: bool = False) -> OfficeFacts:
    """Check the whole package. Raises `Refusal`; `nested` forbids a further package inside."""
    return OfficeScan(package, profile, nested).run()


class OfficeScan:
    """One pass, in order: names of parts, content types, relations, then every part's own content."""

    def __init__(self, package: Package, profile: Profile, nested: bool) -> None:
        self._package = package
        self._profile = profile
        self._nested = nested
        self._budget = Budget.of(profile)
        self._types = TypeRules()
        self._relations: list[Relation] = []
        self._by_key = {part_key(name): name for name in package.members}
        self._facts = OfficeFacts("")

    def run(self) -> OfficeFacts:
        types = self._by_key.get(part_key(TYPES))
        if types is None:
            raise Refusal("not_office", "文件内部缺少必要的部件，不是完整的 Office 文件。请另存后重新上传。")
        self._scan(types, self._types)
        self._check_parts()
        for name in self._package.members:
            if name.endswith(".rels"):
                self._scan_relations(name)
        main = self._facts.main = self._find_main()
        self._facts.kind = MAIN[self._types.type_of(main)]
        if self._facts.kind == "xlsx":
            self._scan_workbook(main)
        for name in self._package.members:
            if name not in (types, main) and not name.endswith(".rels"):
                self._scan_part(name)
        if self._facts.kind == "docx":
            self._scan_part(main)
        return self._facts

    def _check_parts(self) -> None:
        for name in self._package.members:
            kind = self._types.type_of(name)
            for word, (code, what) in FORBIDDEN_TYPES:
                if word in kind.replace("-", ""):
                    raise refuse_content(code, what)
            if PROGRAM_NAMES.search("/" + name):
                raise refuse_content(*_named(name))
            if PROGRAM_ENDINGS.search(name):
                raise refuse_content(*PROGRAM)
            if TEMPLATES.search(kind):
                raise Refusal("template", "这是模板文件，请另存为普通的 .xlsx 或 .docx 后重新上传。")

    def _scan_relations(self, name: str) -> None:
        rules = RelationRules(name)
        self._scan(name, rules)
        for relation in rules.relations:
            if relation.kind == "package" and not self._is_chart(relation.source):
                raise refuse_content(*OLE)
            if relation.kind == "richvaluerel":
                self._facts.rich_pictures = True
        self._relations.extend(rules.relations)

    def _is_chart(self, source: str) -> bool:
        return "drawingml.chart+xml" in self._types.type_of(source) and not self._nested

    def _find_main(self) -> str:
        found = [
            relation
            for relation in self._relations
            if not relation.source and relation.kind == "officedocument"
        ]
        if len(found) != 1 or part_key(found[0].target) not in self._by_key:
            raise Refusal("not_office", "文件内部缺少主体内容，或主体内容不唯一。请另存后重新上传。")
        main = self._by_key[part_key(found[0].target)]
        kind = self._types.type_of(main)
        if kind not in MAIN:
            raise _refuse_main(kind)
        listed = [
            part for part, told in self._types.overrides.items() if told in MAIN and part in self._by_key
        ]
        if any(part != part_key(main) for part in listed):
            raise Refusal("not_office", "文件内部有两份主体内容，已拒绝。请另存后重新上传。")
        return main

    def _scan_workbook(self, main: str) -> None:
        rules = WorkbookRules()
        self._scan(main, rules)
        self._facts.date1904 = rules.date1904
        targets = {relation.id: relation for relation in self._relations if relation.source == main}
        used: set[str] = set()
        for name, identity, state in rules.sheets:
            relation = targets.get(identity)
            part = self._by_key.get(part_key(relation.target), "") if relation else ""
            if not relation or not part or part == main:
                raise Refusal(
                    "sheet_missing", f"工作表“{name[:40]}”的内容缺失，文件已损坏。请修复并另存后重新上传。"
                )
            if part in used:
                raise Refusal(
                    "sheet_twice", "工作簿里两个工作表指向同一份内容，文件内部有误。请另存后重新上传。"
                )
            used.add(part)
            self._facts.sheets.append((name, part, state))
        self._find_moved(main, targets.values())
        if not rules.sheets:
            raise Refusal("no_sheets", "工作簿里没有工作表。请检查文件后重新上传。")

    def _find_moved(self, main: str, relations: Iterable[Relation]) -> None:
        """The reader knows one name for each of the central parts; an honest package may use any."""
        names = {main: "xl/workbook.xml"}
        plain = True
        for relation in relations:
            part = self._by_key.get(part_key(relation.target))
            if part is None or relation.external or relation.kind not in CENTRAL:
                continue
            self._facts.central.append((relation.id, KINDS.get(relation.kind, relation.kind), part))
            names[part] = (
                CENTRAL[relation.kind] % len(names)
                if "%" in CENTRAL[relation.kind]
                else CENTRAL[relation.kind]
            )
            told = relation.told.casefold()
            expected = part.casefold() if "%" in CENTRAL[relation.kind] else names[part].casefold()
            plain = (
                plain and part.casefold() == expected and expected in (told.removeprefix("/"), f"xl/{told}")
            )
        if not plain or main.casefold() != names[main]:
            self._facts.moved = names

    def _scan_part(self, name: str) -> None:
        blocks = self._package.stream(name)
        first = next(blocks, b"")
        kind = self._types.type_of(name)
        if not self._is_listed(name) and not self._is_markup(name, kind, first):
            self._check_binary(name, first)
            for _ in blocks:
                continue
            return
        self._scan_markup(name, kind, chain((first,), blocks), first)

    def _scan_markup(self, name: str, kind: str, blocks: Iterator[bytes], first: bytes) -> None:
        sheet = self._sheet_rules(name, kind, first)
        if sheet is not None:
            scan = self._scan(name, sheet, blocks, sieve_for(_plain(first), sheet))
            if self._is_listed(name) and scan.root not in SHEET_ROOTS:
                raise Refusal(
                    "sheet_broken",
                    f"“{self._label(name)}”里不是表格内容，文件内部有误。请用 Excel 或 WPS 打开并另存后重新上传。",
                )
            sheet.finish()
            sheet.facts.foreign = scan.foreign
            if scan.root == "worksheet":
                self._facts.parts[name] = sheet.facts
            return
        rules = self._rules_for(name, kind, first)
        sieve = sieve_for(_plain(first), None) if isinstance(rules, StringRules) else None
        self._scan(name, rules, blocks, sieve)

    def _sheet_rules(self, name: str, kind: str, first: bytes) -> SheetRules | None:
        listed = self._is_listed(name)
        looks = re.search(rb"<(?:[\w.-]+:)?worksheet[\s/>]", _plain(first)[:4096])
        if self._facts.kind == "xlsx" and (listed or "worksheet+xml" in kind or looks):
            return SheetRules(self._label(name), self._profile)
        return None

    def _is_listed(self, part: str) -> bool:
        return any(listed == part for _, listed, _ in self._facts.sheets)

    def _label(self, part: str) -> str:
        """What a person calls the part: the name on the sheet's tab, else its name in the package."""
        return next((f"工作表 {name[:40]}" for name, listed, _ in self._facts.sheets if listed == part), part)

    def _rules_for(self, name: str, kind: str, first: bytes) -> Rules:
        if self._facts.kind == "docx":
            return WordRules() if "wordprocessingml" in kind else NoRules()
        root = re.search(rb"<(?:[\w.-]+:)?([A-Za-z]\w*)[\s/>]", _plain(first)[:4096])
        word = root[1].decode() if root else ""
        if word == "sst" or "sharedstrings" in kind:
            return StringRules()
        if word == "styleSheet" or "styles+xml" in kind:
            return StyleRules()
        if word in ("ddeLink", "externalLink", "connections", "volTypes", "macrosheet", "dialogsheet"):
            raise refuse_content("external_link", "指向外部的链接或连接")
        if "spreadsheetml" in kind:
            return ExtraRules(self._label(name))
        return NoRules()

    def _scan(
        self, name: str, rules: Rules, blocks: Iterator[bytes] | None = None, sieve: Sieve | None = None
    ) -> Scan:
        scan = Scan(self._label(name), rules, self._budget)
        blocks = self._package.stream(name) if blocks is None else blocks
        scan.run(closed_breaks(blocks) if name.lower().endswith(".vml") else blocks, sieve)
        if scan.foreign:
            self._facts.foreign.append(name)
        return scan

    def _is_markup(self, name: str, kind: str, first: bytes) -> bool:
        if kind.startswith("image/svg") and "/media/" in name:
            return False
        named = name.lower().endswith((".xml", ".rels", ".vml")) or kind.endswith(("+xml", "/xml"))
        if named and self._package.members[name].size == 0:
            return False
        return named or _plain(first)[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")

    def _check_binary(self, name: str, first: bytes) -> None:
        charted = any(
            relation.kind == "package" and part_key(relation.target) == part_key(name)
            for relation in self._relations
        )
        if charted and first.startswith(b"PK\x03\x04"):
            inner = Package(io.BytesIO(self._package.read(name, SMALL)), self._profile)
            scan_office(inner, self._profile, nested=True)
            return
        if first.startswith(FOREIGN_STARTS) and not name.lower().endswith((".odttf", ".ttf")):
            raise refuse_content(*(PROGRAM if first.startswith((b"MZ", b"\x7fELF", b"#!/")) else OLE))


def _plain(first: bytes) -> bytes:
    """The start of a part as ASCII: good enough to find the root element in any permitted encoding."""
    return first[:8192].replace(b"\x00", b"").lstrip(b"\xff\xfe")


def _named(name: str) -> tuple[str, str]:
    lowered = name.lower()
    if "vba" in lowered or "macro" in lowered or "dialog" in lowered:
        return "macro", "宏"
    if "activex" in lowered:
        return "activex", "ActiveX 控件"
    return (
        ("external_link", "指向其他文件的链接") if "external" in lowered else ("connection", "外部数据连接")
    )


def _refuse_main(kind: str) -> Refusal:
    if "macroenabled" in kind:
        return refuse_content("macro", "宏")
    if "template" in kind:
        return Refusal("template", "这是模板文件，请另存为普通的 .xlsx 或 .docx 后重新上传。")
    if "presentation" in kind:
        return Refusal("presentation", "这是演示文稿，请另存为 .pdf 后重新上传。")
    if "binary" in kind:
        return Refusal("binary_workbook", "二进制工作簿（.xlsb）不能读取，请另存为 .xlsx 后重新上传。")
    return Refusal("not_office", "文件内部的类型标记不对，不是普通的 .xlsx 或 .docx。请另存后重新上传。")
