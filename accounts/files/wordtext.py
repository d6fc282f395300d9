"""What the text parts of a Word document may contain: fields that start programs or fetch files are refused."""

import re

from accounts.files.refusal import Refusal

PROGRAM_FIELD = re.compile(r"(?:^|[\s{\"])(?:DDE|DDEAUTO)(?:$|[\s\"\\])", re.IGNORECASE)
SPELT_FIELD = re.compile(r"\bQUOTE\b(?:\s+\d+){4,}", re.IGNORECASE)
FILE_FIELD = re.compile(
    r"\bINCLUDETEXT\s|\b(?:INCLUDE|RD)\s+\"?\s*(?:https?:|ftp:|file:|[A-Za-z]:|\\\\)"
    r"|\bINCLUDEPICTURE\s+\"?\s*(?:file:)?[\\/]{2}|\bINCLUDEPICTURE\s[^\x13\x15]{0,2000}?\\d\b",
    re.IGNORECASE,
)


class WordRules:
    """Field codes may be scattered over many runs and nested, so the words between begin and end are joined."""

    def __init__(self) -> None:
        self._code: list[str] = []
        self._open = 0
        self._collect = False

    def start(self, name: str, attributes: dict[str, str], depth: int) -> None:
        if name == "instrText":
            self._collect = True
        elif name == "fldChar":
            self._on_mark(_local(attributes, "fldCharType"))
        elif name == "fldSimple":
            _check_field(_local(attributes, "instr"))
        elif name in ("OLEObject", "control", "ocx"):
            raise Refusal("ole_object", "文档里含有嵌入的 OLE 对象或控件，不允许上传。请删去后重新上传。")
        elif name == "altChunk":
            raise Refusal(
                "alt_chunk", "文档里含有导入的外部内容块，不允许上传。请另存为新的 .docx 后重新上传。"
            )

    def end(self, name: str) -> None:
        if name == "instrText":
            self._collect = False
            if not self._open:
                self._check()
        elif name in ("body", "hdr", "ftr", "footnotes", "endnotes", "comments"):
            self._check()

    def text(self, text: str) -> None:
        if self._collect:
            self._code.append(text)

    def _on_mark(self, kind: str) -> None:
        if kind == "begin":
            self._open += 1
        elif kind == "end":
            self._open = max(0, self._open - 1)
            if not self._open:
                self._check()

    def _check(self) -> None:
        _check_field("".join(self._code))
        self._code = []


def _local(attributes: dict[str, str], name: str) -> str:
    return next((value for key, value in attributes.items() if key.rpartition(":")[2] == name), "")


def _check_field(code: str) -> None:
    if PROGRAM_FIELD.search(code) or SPELT_FIELD.search(code) or FILE_FIELD.search(code):
        raise Refusal(
            "field", "文档里有调用外部程序或文件的域代码，已拒绝。请按 Ctrl+Shift+F9 转为文字后重新上传。"
        )
