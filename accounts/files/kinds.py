"""What a file is, told by its first bytes, and the sentence for every kind that is not taken."""

import re
from dataclasses import dataclass
from pathlib import Path

from accounts.files.refusal import Refusal

HEAD = 4096
SAVE_AS_XLSX = "请在 Excel 或 WPS 中打开，选择“另存为”→ .xlsx 格式后重新上传。"
COPY_TO_SHEET = "请把其中的表格复制到 Excel 或 WPS 表格里，存为 .xlsx 格式后上传。"
SAVE_AS_DOCX = "请在 Word 或 WPS 中打开，选择“另存为”→ .docx 格式后重新上传。"

ENDINGS = {
    "ledger": {"xlsx": "xlsx", "ods": "ods", "csv": "csv"},
    "evidence": {
        "pdf": "pdf",
        "ofd": "ofd",
        "docx": "docx",
        "xlsx": "xlsx",
        "jpg": "jpg",
        "jpeg": "jpg",
        "png": "png",
        "heic": "heic",
        "txt": "txt",
    },
    "notice": {"txt": "txt", "docx": "docx", "html": "html", "htm": "html", "pdf": "pdf"},
}
ALLOWED = {
    "ledger": ".xlsx、.ods、.csv",
    "evidence": ".pdf、.ofd、.docx、.xlsx、.jpg、.png、.heic、.txt",
    "notice": ".txt、.docx、.html、.pdf",
}

# Endings that are not taken but deserve a sentence of their own: ending → (code, sentence).
KNOWN_ENDINGS = {
    "xls": ("old_xls", "这是旧版 Excel 的 .xls 文件，系统不能直接读取。" + SAVE_AS_XLSX),
    "et": ("wps_et", "这是 WPS 表格的 .et 文件，系统不能直接读取。" + SAVE_AS_XLSX),
    "ett": ("wps_et", "这是 WPS 表格的模板文件，系统不能直接读取。" + SAVE_AS_XLSX),
    "wps": ("wps_text", "这是 WPS 文字的 .wps 文件，系统不能直接读取。" + SAVE_AS_DOCX),
    "doc": ("old_doc", "这是旧版 Word 的 .doc 文件，系统不能直接读取。" + SAVE_AS_DOCX),
    "xlsm": ("macro", "含宏的工作簿（.xlsm）不能上传。" + SAVE_AS_XLSX),
    "xltm": ("macro", "含宏的模板（.xltm）不能上传。" + SAVE_AS_XLSX),
    "xltx": ("template", "这是 Excel 模板（.xltx）。" + SAVE_AS_XLSX),
    "xlsb": ("binary_workbook", "二进制工作簿（.xlsb）不能读取。" + SAVE_AS_XLSX),
    "docm": ("macro", "含宏的 Word 文档（.docm）不能上传。" + SAVE_AS_DOCX),
    "dotm": ("macro", "含宏的 Word 模板（.dotm）不能上传。" + SAVE_AS_DOCX),
    "dotx": ("template", "这是 Word 模板（.dotx）。" + SAVE_AS_DOCX),
    "svg": ("svg", "SVG 图片可能带有脚本，不能上传。请导出为 .png 或 .jpg 后重新上传。"),
    "zip": ("archive", "压缩包不能上传。请解压后逐个上传其中的文件。"),
    "rar": ("archive", "压缩包不能上传。请解压后逐个上传其中的文件。"),
    "7z": ("archive", "压缩包不能上传。请解压后逐个上传其中的文件。"),
    "html": ("html", "网页文件不能作为这类材料上传。请打印为 .pdf 后重新上传。"),
    "htm": ("html", "网页文件不能作为这类材料上传。请打印为 .pdf 后重新上传。"),
    "exe": ("program", "程序文件不能上传。"),
}


@dataclass(frozen=True)
class Magic:
    start: bytes
    kind: str
    offset: int = 0


MAGICS = (
    Magic(b"PK\x03\x04", "zip"),
    Magic(b"PK\x05\x06", "zip_empty"),
    Magic(b"PK\x07\x08", "zip_split"),
    Magic(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    Magic(b"%PDF-", "pdf"),
    Magic(b"\xff\xd8\xff", "jpg"),
    Magic(b"\x89PNG\r\n\x1a\n", "png"),
    Magic(b"GIF87a", "gif"),
    Magic(b"GIF89a", "gif"),
    Magic(b"II*\x00", "tiff"),
    Magic(b"MM\x00*", "tiff"),
    Magic(b"WEBP", "webp", 8),
    Magic(b"ftyphei", "heic", 4),
    Magic(b"ftyphev", "heic", 4),
    Magic(b"ftypmif1", "heic", 4),
    Magic(b"ftypmsf1", "heic", 4),
    Magic(b"ftyp", "video", 4),
    Magic(b"Rar!\x1a\x07", "archive"),
    Magic(b"7z\xbc\xaf\x27\x1c", "archive"),
    Magic(b"\x1f\x8b", "archive"),
    Magic(b"BZh", "archive"),
    Magic(b"\xfd7zXZ\x00", "archive"),
    Magic(b"\x28\xb5\x2f\xfd", "archive"),
    Magic(b"MSCF", "archive"),
    Magic(b"ustar", "archive", 257),
    Magic(b"CD001", "archive", 0x8001),
    Magic(b"\x7fELF", "program"),
    Magic(b"\xca\xfe\xba\xbe", "program"),
    Magic(b"\xcf\xfa\xed\xfe", "program"),
    Magic(b"\xfe\xed\xfa", "program"),
    Magic(b"dex\n", "program"),
    Magic(b"\x00asm", "program"),
    Magic(b"#!", "program"),
    Magic(b"L\x00\x00\x00\x01\x14\x02\x00", "program"),
    Magic(b"ITSF", "program"),
    Magic(b"{\\rtf", "rtf"),
    Magic(b"\x09\x00\x04\x00", "biff"),
    Magic(b"\x09\x02\x06\x00", "biff"),
    Magic(b"\x09\x04\x06\x00", "biff"),
    Magic(b"\x09\x08\x10\x00", "biff"),
    Magic(b"\x09\x08\x08\x00", "biff"),
    Magic(b"SQLite format 3\x00", "database"),
    Magic(b"\x00\x01\x00\x00Standard", "database"),
    Magic(b"!BDN", "database"),
)

# What content says → (code, sentence), where the sentence does not depend on the purpose.
FOREIGN = {
    "zip_empty": ("zip_empty", "这是一个空的压缩包，没有任何内容。请重新保存文件后上传。"),
    "zip_split": ("zip_split", "这是分卷压缩文件，不能读取。请重新保存文件后上传。"),
    "biff": KNOWN_ENDINGS["xls"],
    "archive": KNOWN_ENDINGS["zip"],
    "program": ("program", "文件内容是程序或脚本，不能上传。"),
    "rtf": ("rtf", "文件内容是 RTF 格式。" + SAVE_AS_DOCX),
    "database": ("database", "文件内容是数据库，不能上传。请导出为 .xlsx 后重新上传。"),
    "video": ("video", "文件内容是视频或音频，不能上传。"),
    "gif": ("picture_kind", "图片是 GIF 格式，请另存为 .jpg 或 .png 后重新上传。"),
    "tiff": ("picture_kind", "图片是 TIFF 格式，请另存为 .jpg 或 .png 后重新上传。"),
    "webp": ("picture_kind", "图片是 WebP 格式，请另存为 .jpg 或 .png 后重新上传。"),
    "bmp": ("picture_kind", "图片是 BMP 格式，请另存为 .jpg 或 .png 后重新上传。"),
    "svg": KNOWN_ENDINGS["svg"],
    "xml2003_sheet": ("xml2003", "这是“XML 表格 2003”格式，不是真正的 .xlsx 文件。" + SAVE_AS_XLSX),
    "xml2003_word": ("xml2003", "这是“Word 2003 XML”格式，不是真正的 .docx 文件。" + SAVE_AS_DOCX),
    "flat_odf": ("flat_odf", "这是单个 XML 的 OpenDocument 文件。请另存为 .xlsx 或 .ods 后重新上传。"),
    "mhtml": (
        "mhtml",
        "这是网页存档（MHT），不是真正的表格或文档。请另存为 .xlsx、.docx 或 .pdf 后重新上传。",
    ),
    "xml": ("xml", "文件内容是 XML 文本，不能读取。请另存为 .xlsx 或 .docx 后重新上传。"),
}

SPREADSHEET_2003 = re.compile(rb'urn:schemas-microsoft-com:office:spreadsheet|progid\s*=\s*["\']Excel', re.I)
WORD_2003 = re.compile(
    rb'schemas\.microsoft\.com/office/word/2003|progid\s*=\s*["\']Word|2006/xmlPackage', re.I
)
HTML = re.compile(
    rb"^(?:\s|<!--.*?-->|<\?xml[^>]*>)*<(?:!doctype\s+html|html|head|body|meta|table|script|style|title|div|p|iframe)\b",
    re.I | re.S,
)


def sniff(head: bytes) -> str:
    """The kind the first bytes show; "text" when nothing is recognised (which may still be binary)."""
    for magic in MAGICS:
        if head.startswith(magic.start, magic.offset):
            return magic.kind
    if head[:2] == b"MZ" and (b"PE\x00\x00" in head or b"This program" in head or b"\x00" in head[:64]):
        return "program"
    if head[:2] == b"BM" and b"\x00" in head[:32]:
        return "bmp"
    return _sniff_markup(head)


def _sniff_markup(head: bytes) -> str:
    text = _as_ascii(head).lstrip()
    if text[:13].lower() == b"mime-version:" or b"content-type: multipart/related" in text[:500].lower():
        return "mhtml"
    if not text.startswith(b"<"):
        return "text"
    if SPREADSHEET_2003.search(text):
        return "xml2003_sheet"
    if WORD_2003.search(text):
        return "xml2003_word"
    if b"opendocument:xmlns:office" in text:
        return "flat_odf"
    if re.search(rb"<(?:\w+:)?svg\b", text, re.I):
        return "svg"
    if HTML.search(text) or re.search(rb"<html\b", text, re.I):
        return "html"
    return "xml" if text.startswith(b"<?xml") else "text"


def _as_ascii(head: bytes) -> bytes:
    """Enough of any encoding to recognise markup: byte order marks and every other NUL removed."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[:4].count(0) in (2, 3):
        return head.replace(b"\x00", b"").lstrip(b"\xff\xfe")
    return head.removeprefix(b"\xef\xbb\xbf")


def known_refusal(ending: str, purpose: str) -> Refusal:
    """The sentence of a known ending; a table inside a text document has to become a sheet before it is a ledger."""
    code, sentence = KNOWN_ENDINGS[ending]
    if purpose == "ledger" and sentence.endswith(SAVE_AS_DOCX):
        sentence = sentence.removesuffix(SAVE_AS_DOCX) + COPY_TO_SHEET
    return Refusal(code, sentence)


def refuse_ole(path: str, ending: str, purpose: str) -> Refusal:
    """Old office files and encrypted new ones share one container; the names of its streams tell them apart.

    The names stand in the directory as UTF-16, so they are looked for as bytes: nothing in the container is followed.
    """
    data = Path(path).read_bytes()
    if _has_stream(data, "EncryptedPackage") or _has_stream(data, "EncryptionInfo"):
        return Refusal("password", "文件设有打开密码，系统无法读取。请取消密码并另存后重新上传。")
    if ending in ("et", "wps", "doc", "xls"):
        return known_refusal(ending, purpose)
    if _has_stream(data, "Workbook") or _has_stream(data, "Book"):
        return known_refusal("xls", purpose)
    if _has_stream(data, "WordDocument"):
        return known_refusal("doc", purpose)
    if _has_stream(data, "PowerPoint Document"):
        return Refusal("old_ppt", "这是旧版演示文稿，不能上传。请另存为 .pdf 后重新上传。")
    return Refusal("ole", "文件内容是旧版复合文档，不能读取。请另存为 .xlsx、.docx 或 .pdf 后重新上传。")


def _has_stream(data: bytes, name: str) -> bool:
    """Whether a directory entry (128 bytes, name first, its length at 64) of this name stands in the data."""
    raw = name.encode("utf-16-le") + b"\0\0"
    size = len(raw).to_bytes(2, "little")
    found = data.find(raw)
    while found >= 0:
        if found % 128 == 0 and data[found + 64 : found + 66] == size:
            return True
        found = data.find(raw, found + 1)
    return False


def refuse_ending(ending: str, purpose: str) -> Refusal:
    """The sentence for an ending that this purpose does not take."""
    if ending in KNOWN_ENDINGS:
        return known_refusal(ending, purpose)
    if purpose == "ledger" and ending == "docx":
        return Refusal("ending", "这是 Word 文档（.docx），台账要用表格文件。" + COPY_TO_SHEET)
    shown = f"“.{ending}”文件" if ending else "没有扩展名的文件"
    return Refusal("ending", f"这里不接受{shown}，可以上传的格式有 {ALLOWED[purpose]}。")
