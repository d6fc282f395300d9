"""The gate every uploaded file passes before anything opens it.

In order: the name, size and first bytes, then what the kind asks for (zip directory, every XML part, relations;
bytes of a PDF or picture; encoding of a text). The gate reads in bounded steps, needs no database, and never
trusts a length it has not counted. What it accepts is then opened in a child process (`check.py`).
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accounts.files.heif import scan_heif
from accounts.files.kinds import ENDINGS, FOREIGN, HEAD, KNOWN_ENDINGS, refuse_ending, refuse_ole, sniff
from accounts.files.limits import FORM, MIB, PDF_SIZE, TEXT_SIZE, Profile
from accounts.files.names import clean_name, extension
from accounts.files.office import OfficeFacts, scan_office
from accounts.files.opendocument import kind_of_package, scan_ods, scan_ofd
from accounts.files.package import Package
from accounts.files.pdf import scan_pdf
from accounts.files.pictures import scan_picture
from accounts.files.refusal import Refusal
from accounts.files.sheets import Remark, Sheet
from accounts.files.textual import check_text, decode, read_csv
from accounts.files.webpage import check_page

# What goes by the name of an old office file but is something else: exports of web systems above all.
DISGUISED = {
    "html": (
        "html_as_office",
        "这是网页改名而成的文件，不是真正的表格或文档。请用 Excel、WPS 或 Word 打开，另存为 .xlsx 或 .docx 后重新上传。",
    ),
    "xml2003_sheet": FOREIGN["xml2003_sheet"],
    "xml2003_word": FOREIGN["xml2003_word"],
    "mhtml": FOREIGN["mhtml"],
    "zip": (
        "mismatch",
        "文件内容是新版格式，扩展名却是旧版的。请用 Excel、WPS 或 Word 打开，另存为 .xlsx 或 .docx 后重新上传。",
    ),
}
MISMATCH = "文件内容是{content}，与扩展名“.{ending}”不符。请用相应软件打开并另存为正确的格式后重新上传。"
SHOWN = {
    "zip": "Office 文件或压缩包",
    "text": "纯文本或无法识别的格式",
    "ole": "旧版 Office 文件",
    "html": "网页",
    "odf": "其他 OpenDocument 文件",
}


@dataclass(frozen=True)
class Verdict:
    """What the gate makes of a file. `message` says what to do when refused, "" when accepted.

    `kind` is the content's own kind (xlsx, docx, ods, csv, pdf, ofd, jpg, png, heic, txt, html), "" when unknown;
    `name` the cleaned name, safe to show.
    """

    accepted: bool
    code: str
    message: str
    kind: str
    name: str = ""
    warnings: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Read:
    """What a further reader made of an accepted file."""

    value: Any


@dataclass
class Passed:
    """An accepted file; `office` holds what the reader of a workbook wants to know, `tables` those of an .ods."""

    kind: str
    name: str
    office: OfficeFacts | None = None
    tables: list[Sheet] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)


def inspect(path: str, *, name: str, purpose: str, profile: Profile = FORM) -> Verdict:
    """The verdict on the file at `path`, uploaded as `name` for "ledger", "evidence" or "notice". Never raises
    on what a file contains."""
    try:
        passed = admit(path, name=name, purpose=purpose, profile=profile)
    except Refusal as refusal:
        return Verdict(False, refusal.code, refusal.message, "")
    return Verdict(True, "ok", "", passed.kind, passed.name, tuple(passed.warnings))


def admit(path: str, *, name: str, purpose: str, profile: Profile = FORM) -> Passed:
    """Like `inspect`, but raises `Refusal` and keeps what was learnt for the reader."""
    ending = extension(name.strip())
    if ending in KNOWN_ENDINGS and ending not in ENDINGS[purpose] and ending != "exe":
        clean = name
    else:
        clean = clean_name(name)
        ending = extension(clean)
    head = _read_head(path, profile, ending)
    content = sniff(head)
    kind = ENDINGS[purpose].get(ending, "")
    if content == "ole":
        raise refuse_ole(path, ending, purpose)
    if not kind:
        raise _refuse_unknown(ending, content, purpose)
    _check_size(path, kind, purpose, profile)
    passed = Passed(kind, clean)
    _check_content(path, kind, ending, content, profile, passed)
    return passed


def _read_head(path: str, profile: Profile, ending: str) -> bytes:
    with Path(path).open("rb") as source:
        head = source.read(HEAD)
    if not head:
        raise Refusal("empty", "文件是空的（0 字节），请检查后重新上传。")
    if os.path.getsize(path) > max(profile.size, PDF_SIZE):
        raise _too_big(max(profile.size, PDF_SIZE))
    return head


def _check_size(path: str, kind: str, purpose: str, profile: Profile) -> None:
    limit = profile.size
    if kind == "pdf" and purpose == "evidence":
        limit = PDF_SIZE
    elif kind in ("txt", "html"):
        limit = TEXT_SIZE
    elif kind not in ("xlsx", "docx", "ods"):
        limit = min(limit, FORM.size)
    if os.path.getsize(path) > limit:
        raise _too_big(limit)


def _too_big(limit: int) -> Refusal:
    return Refusal("size", f"文件超过 {limit // MIB} MB，请压缩图片或拆分成几个文件后分别上传。")


def _refuse_unknown(ending: str, content: str, purpose: str) -> Refusal:
    """An ending this purpose does not take; what the file really is comes first where the ending hides it."""
    if content == "program":
        return Refusal(*FOREIGN["program"])
    if ending in ("xls", "et", "doc", "wps") and content in DISGUISED:
        return Refusal(*DISGUISED[content])
    return refuse_ending(ending, purpose)


def _check_content(path: str, kind: str, ending: str, content: str, profile: Profile, passed: Passed) -> None:
    if kind in ("xlsx", "docx", "ods", "ofd"):
        _require("zip", content, ending)
        _check_package(path, kind, ending, profile, passed)
    elif kind == "pdf":
        _check_pdf(path, ending, content)
    elif kind in ("jpg", "png", "heic"):
        _require(kind, content, ending)
        data = Path(path).read_bytes()
        if kind == "heic":
            scan_heif(data)
        else:
            scan_picture(data, kind)
    else:
        _check_text(path, kind, ending, content, profile)


def shown(content: str) -> str:
    """pdf →  PDF 文件; kinds that are no ending in words."""
    return SHOWN.get(content, f" {content.upper()} 文件")


def _require(expected: str, content: str, ending: str) -> None:
    if content == expected:
        return
    if content in FOREIGN:
        raise Refusal(*FOREIGN[content])
    code = "html_as_office" if content == "html" and expected == "zip" else "mismatch"
    raise Refusal(code, MISMATCH.format(content=shown(content), ending=ending))


def _check_package(path: str, kind: str, ending: str, profile: Profile, passed: Passed) -> None:
    with Path(path).open("rb") as source:
        package = Package(source, profile)
        found = kind_of_package(package)
        if found == "office":
            passed.office = scan_office(package, profile)
            found = passed.office.kind
        elif found == "ods":
            passed.tables = scan_ods(package, profile)
        elif found == "ofd":
            scan_ofd(package, profile)
    if found == "archive":
        raise Refusal("archive", f"文件内容是普通压缩包，不是真正的 .{ending} 文件。请另存后重新上传。")
    if found != kind:
        raise Refusal("mismatch", MISMATCH.format(content=shown(found), ending=ending))


def _check_pdf(path: str, ending: str, content: str) -> None:
    with Path(path).open("rb") as source:
        if b"%PDF-" not in source.read(64):
            _require("pdf", content, ending)
        source.seek(0)
        scan_pdf(source)


def _check_text(path: str, kind: str, ending: str, content: str, profile: Profile) -> None:
    if content != "text" and not (kind == "html" and content in ("html", "xml")):
        _require(kind, content, ending)
    data = Path(path).read_bytes()
    if kind == "csv":
        rows, _ = read_csv(data, profile)
        if sum(1 for row in rows if row) == 0:
            raise Refusal("empty", "表格里没有任何内容，请检查后重新上传。")
    elif kind == "html":
        check_page(decode(data)[0])
    else:
        check_text(data)
