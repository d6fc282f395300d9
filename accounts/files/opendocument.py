"""The two other packages that are taken: OpenDocument spreadsheets (.ods) and Chinese fixed layout (.ofd)."""

import re
from collections.abc import Collection

from accounts.files.limits import MIB, Profile
from accounts.files.markup import Budget, NoRules, Rules, Scan
from accounts.files.ods import TableRules
from accounts.files.office import FOREIGN_STARTS, PROGRAM_ENDINGS, TYPES
from accounts.files.package import Package
from accounts.files.refusal import Refusal
from accounts.files.sheets import Sheet

ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
LIBRARY_LISTS = ("/script-lc.xml", "/script-lb.xml", "/dialog-lc.xml", "/dialog-lb.xml")
MACRO_PARTS = re.compile(r"^(?:Basic|Scripts|Dialogs)/", re.IGNORECASE)
OFD_PROGRAMS = re.compile(r"\.(?:svg|swf|mp4|avi)$", re.IGNORECASE)


class ManifestRules(NoRules):
    """META-INF/manifest.xml: an encrypted file lists how each part is encrypted."""

    def start(self, name: str, attributes: dict[str, str], depth: int) -> None:
        if name == "encryption-data":
            raise Refusal("password", "文件设有打开密码，系统无法读取。请取消密码并另存后重新上传。")


class MacroRules(NoRules):
    """A list of macro libraries: an empty one is what LibreOffice always writes."""

    def start(self, name: str, attributes: dict[str, str], depth: int) -> None:
        if name in ("element", "module"):
            raise _macro()


class RootRules(NoRules):
    """OFD.xml: the documents it names must lie in the package."""

    def __init__(self, members: Collection[str]) -> None:
        self._known = {name.casefold() for name in members}
        self._root: str | None = None

    def start(self, name: str, attributes: dict[str, str], depth: int) -> None:
        if name == "DocRoot":
            self._root = ""

    def text(self, text: str) -> None:
        if self._root is not None:
            self._root += text

    def end(self, name: str) -> None:
        if name == "DocRoot" and self._root is not None:
            told, self._root = self._root.strip(), None
            if told.lstrip("/").casefold() not in self._known:
                raise Refusal(
                    "relation_path", f"OFD 文件的正文（{told[:60]}）不在文件之内，已拒绝。请重新导出后上传。"
                )


def _macro() -> Refusal:
    return Refusal("macro", "文件里含有宏，不允许上传。请另存为 .xlsx 后重新上传。")


def scan_ods(package: Package, profile: Profile) -> list[Sheet]:
    """Check an .ods package whose `mimetype` has been seen to be a spreadsheet. Returns its tables."""
    if "content.xml" not in package.members:
        raise Refusal(
            "not_office", "文件内部缺少主体内容（content.xml），不是完整的 .ods 文件。请另存后重新上传。"
        )
    budget = Budget.of(profile)
    tables = TableRules(profile)
    for name in package.members:
        if MACRO_PARTS.match(name) and not name.lower().endswith(LIBRARY_LISTS):
            raise _macro()
        if PROGRAM_ENDINGS.search(name):
            raise Refusal("program", "文件里含有程序或脚本，不允许上传。请另存为 .xlsx 后重新上传。")
        _scan_part(package, name, tables if name == "content.xml" else _rules_for(name), budget)
    if not tables.sheets:
        raise Refusal("no_sheets", "表格文件里没有工作表。请检查文件后重新上传。")
    return tables.sheets


def _rules_for(name: str) -> Rules:
    if name == "META-INF/manifest.xml":
        return ManifestRules()
    if MACRO_PARTS.match(name):
        return MacroRules()
    return NoRules()


def scan_ofd(package: Package, profile: Profile) -> None:
    """Check an .ofd package: an OFD.xml at the top, XML, pictures, fonts and seals below."""
    budget = Budget.of(profile)
    for name in package.members:
        if PROGRAM_ENDINGS.search(name) or OFD_PROGRAMS.search(name):
            raise Refusal("program", "OFD 文件里含有程序、脚本或附件，不允许上传。请重新导出后上传。")
        _scan_part(package, name, RootRules(package.members) if name == "OFD.xml" else NoRules(), budget)


def _scan_part(package: Package, name: str, rules: Rules, budget: Budget) -> None:
    if name.lower().endswith((".xml", ".rdf")) and package.members[name].size:
        Scan(name, rules, budget).run(package.stream(name))
        return
    first = True
    for block in package.stream(name):
        if first and block.startswith(FOREIGN_STARTS):
            raise Refusal("ole_object", f"文件里嵌有其他文件（{name[:60]}），不允许上传。请删去后重新上传。")
        first = False


def kind_of_package(package: Package) -> str:
    """ods, ofd, office (by its content types) or what else the zip is."""
    names = package.members
    office = any(name.casefold() == TYPES.casefold() for name in names)
    if "mimetype" in names and not office:
        told = package.read("mimetype", MIB).strip()
        if told == ODS_TYPE:
            return "ods"
        return "odf" if told.startswith(b"application/vnd.oasis") else "archive"
    if office:
        return "xps" if any(name.endswith(".fdseq") for name in names) else "office"
    if "OFD.xml" in names:
        return "ofd"
    return "archive"
