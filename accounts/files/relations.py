"""How the parts of an office package refer to each other, and which references are not taken."""

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import unquote

from accounts.files.markup import NoRules
from accounts.files.refusal import Refusal

SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:|^//|^\\\\|^[\\/]{2}")
# First folders of absolute targets that mean the computer rather than the package.
SYSTEM_FOLDERS = {"etc", "usr", "var", "home", "root", "tmp", "proc", "dev", "windows", "users"}
AGAIN_XLSX = "请另存为不含这些内容的文件后重新上传。"

# Last word of a relation's type (lower case) → (code, what it is).
FORBIDDEN = {
    "vbaproject": ("macro", "宏"),
    "extensibility": ("macro", "自定义功能区（可调用宏）"),
    "wordvbadata": ("macro", "宏"),
    "vbaprojectsignature": ("macro", "宏"),
    "xlmacrosheet": ("macro", "宏表"),
    "xlintlmacrosheet": ("macro", "宏表"),
    "dialogsheet": ("macro", "对话框工作表"),
    "attachedtoolbars": ("macro", "自定义工具栏"),
    "oleobject": ("ole_object", "嵌入的 OLE 对象"),
    "control": ("activex", "ActiveX 控件"),
    "activexcontrol": ("activex", "ActiveX 控件"),
    "activexcontrolbinary": ("activex", "ActiveX 控件"),
    "externallink": ("external_link", "指向其他文件的链接"),
    "externallinkpath": ("external_link", "指向其他文件的链接"),
    "externallinklongpath": ("external_link", "指向其他文件的链接"),
    "xlexternallinkpath": ("external_link", "指向其他文件的链接"),
    "connections": ("connection", "外部数据连接"),
    "querytable": ("connection", "外部数据查询"),
    "volatiledependencies": ("connection", "实时数据连接"),
    "powerpivotdata": ("connection", "数据模型连接"),
    "afchunk": ("alt_chunk", "导入的外部内容块"),
    "subdocument": ("external_link", "子文档链接"),
    "frame": ("external_link", "框架链接"),
    "mailmergesource": ("connection", "邮件合并数据源"),
    "mailmergeheadersource": ("connection", "邮件合并数据源"),
    "webextension": ("web_extension", "Office 加载项"),
    "webextensiontaskpanes": ("web_extension", "Office 加载项"),
    "taskpanes": ("web_extension", "Office 加载项"),
}
FORBIDDEN_TYPES = (
    ("vbaproject", ("macro", "宏")),
    ("vbadata", ("macro", "宏")),
    ("macroenabled", ("macro", "宏")),
    ("macrosheet", ("macro", "宏表")),
    ("dialogsheet", ("macro", "对话框工作表")),
    ("activex", ("activex", "ActiveX 控件")),
    ("oleobject", ("ole_object", "嵌入的 OLE 对象")),
    ("externallink", ("external_link", "指向其他文件的链接")),
    ("spreadsheetml.connections", ("connection", "外部数据连接")),
    ("spreadsheetml.querytable", ("connection", "外部数据查询")),
    ("volatiledependencies", ("connection", "实时数据连接")),
    ("webextension", ("web_extension", "Office 加载项")),
)


@dataclass(frozen=True)
class Relation:
    """`kind` is the last word of the type in lower case, `target` a part name for inside relations, `told` the
    target as it is written."""

    source: str
    id: str
    kind: str
    target: str
    external: bool
    told: str = ""


def refuse_content(code: str, what: str) -> Refusal:
    return Refusal(code, f"文件里含有{what}，不允许上传。{AGAIN_XLSX}")


class TypeRules(NoRules):
    """[Content_Types].xml: what kind each part claims to be."""

    def __init__(self) -> None:
        self.defaults: dict[str, str] = {}
        self.overrides: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str], depth: int) -> None:
        kind = attributes.get("ContentType", "").strip().lower()
        if name == "Default":
            _once(self.defaults, attributes.get("Extension", "").lower(), kind)
        elif name == "Override":
            _once(self.overrides, part_key(attributes.get("PartName", "")), kind)

    def type_of(self, part: str) -> str:
        ending = part.rpartition(".")[2].lower()
        return self.overrides.get(part_key(part)) or self.defaults.get(ending, "")


class RelationRules(NoRules):
    """One .rels part: every relation is judged as it is read."""

    def __init__(self, rels: str) -> None:
        self.relations: list[Relation] = []
        self._folder, self._source = _source_of(rels)
        self._ids: set[str] = set()

    def start(self, name: str, attributes: dict[str, str], depth: int) -> None:
        if name != "Relationship":
            return
        identity = attributes.get("Id", "")
        kind = attributes.get("Type", "").strip().rstrip("/").rpartition("/")[2].lower()
        target = attributes.get("Target", "").strip()
        external = attributes.get("TargetMode", "").strip().lower() == "external" or bool(
            SCHEME.match(target)
        )
        if identity in self._ids:
            raise Refusal("relation_twice", f"文件内部的引用编号重复，文件有误。{AGAIN_XLSX}")
        self._ids.add(identity)
        self.relations.append(self._judge(identity, kind, target, external))

    def _judge(self, identity: str, kind: str, target: str, external: bool) -> Relation:
        code, what = FORBIDDEN.get(kind, ("", ""))
        if code:
            raise refuse_content(code, what)
        if external:
            if kind != "hyperlink":
                raise Refusal(
                    "external",
                    f"文件引用了外部内容（{target[:60]}），不允许上传。请断开链接或改为嵌入后重新上传。",
                )
            return Relation(self._source, identity, kind, target, True)
        return Relation(self._source, identity, kind, self._inside(target, kind), False, target)

    def _inside(self, target: str, kind: str) -> str:
        """The part's name; a target that climbs out of the package is refused. Hyperlinks may be mere anchors."""
        path = unquote(target.partition("#")[0]).replace("\\", "/")
        joined = posixpath.normpath(path if path.startswith("/") else f"{self._folder}/{path}").lstrip("/")
        if path.startswith("/") and "/" in joined and joined.partition("/")[0].lower() in SYSTEM_FOLDERS:
            raise self._outside(target)
        depth = 0
        for step in (path if path.startswith("/") else f"{self._folder}/{path}").strip("/").split("/"):
            depth += -1 if step == ".." else step not in ("", ".")
            if depth < 0:
                raise self._outside(target)
        return joined

    def _outside(self, target: str) -> Refusal:
        return Refusal("relation_path", f"文件内部的引用指向文件之外（{target[:60]}），已拒绝。{AGAIN_XLSX}")


def part_key(part: str) -> str:
    """Part names compare without regard to case, leading slash and percent-encoding."""
    return unquote(part).lstrip("/").casefold()


def _once(table: dict[str, str], key: str, kind: str) -> None:
    if table.setdefault(key, kind) != kind:
        raise Refusal(
            "content_type", f"文件内部部件“{key[:60]}”的类型登记了两次且不一致，已拒绝。{AGAIN_XLSX}"
        )


def _source_of(rels: str) -> tuple[str, str]:
    """xl/_rels/workbook.xml.rels → ("xl", "xl/workbook.xml"); _rels/.rels → ("", "")."""
    folder = posixpath.dirname(posixpath.dirname(rels))
    name = posixpath.basename(rels)[: -len(".rels")]
    return folder, posixpath.join(folder, name) if name else ""
