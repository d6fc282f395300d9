"""A file as uploaded → the lines of its text; what cannot be read gets a sentence that says what to do."""

import codecs
import re

from notices.errors import Unreadable
from notices.text.clean import split_lines
from notices.text.pdf import read_pdf
from notices.text.web import read_web
from notices.text.word import read_word

_BAD_SHARE = 200  # one damaged character in so many is still a text
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|div|p|table|span)\b", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{3,20})", re.IGNORECASE)
_SAVE_AS = "请用 Word 或 WPS 打开，另存为 .docx 后再上传。"

# (first bytes, code, sentence)
_REFUSED: tuple[tuple[bytes, str, str], ...] = (
    (b"{\\rtf", "rtf", f"这是 RTF 文件，不能直接读取，{_SAVE_AS}"),
    (b"\x89PNG", "image", "这是图片，里面没有文字，请上传 Word 原稿，或先用识别软件转成文字。"),
    (b"\xff\xd8\xff", "image", "这是图片，里面没有文字，请上传 Word 原稿，或先用识别软件转成文字。"),
    (b"GIF8", "image", "这是图片，里面没有文字，请上传 Word 原稿，或先用识别软件转成文字。"),
    (b"BM", "image", "这是图片，里面没有文字，请上传 Word 原稿，或先用识别软件转成文字。"),
    (b"II*\x00", "image", "这是扫描图片，里面没有文字，请上传 Word 原稿，或先用识别软件转成文字。"),
    (b"MM\x00*", "image", "这是扫描图片，里面没有文字，请上传 Word 原稿，或先用识别软件转成文字。"),
    (b"Rar!", "archive", "这是压缩包，请解压后上传里面的文件。"),
    (b"7z\xbc\xaf", "archive", "这是压缩包，请解压后上传里面的文件。"),
    (b"\x1f\x8b", "archive", "这是压缩包，请解压后上传里面的文件。"),
    (
        b"MIME-Version",
        "mht",
        "这是单文件网页（.mht），请用浏览器打开，另存为“网页，仅 HTML”，或复制文字后粘贴。",
    ),
    (b"From: <", "mht", "这是单文件网页（.mht），请用浏览器打开，另存为“网页，仅 HTML”，或复制文字后粘贴。"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read_lines(data: bytes, name: str) -> list[str]:
    """Lines in printed order (a Word paragraph is a line). Raises Unreadable with a code and a sentence."""
    if not data.strip(b"\x00 \t\r\n"):
        raise Unreadable("文件是空的，请重新选择文件。", code="empty")
    if data.startswith(_OLE):
        raise _ole_refusal(data, name)
    if data.startswith(b"PK\x03\x04") or data.startswith(b"PK\x05\x06"):
        return _read_package(data, name)
    if data[:1024].lstrip().startswith(b"%PDF"):
        return read_pdf(data)
    for head, code, sentence in _REFUSED:
        if data.startswith(head) and not (head == b"BM" and not _looks_binary(data)):
            raise Unreadable(sentence, code=code)
    if _is_web(data, name):
        return read_web(_decode_web(data))
    return split_lines(_decode(data))


def _ole_refusal(data: bytes, name: str) -> Unreadable:
    if _ENCRYPTED in data:
        return Unreadable("这个文件设了密码，请取消密码后再上传。", code="password")
    if name.lower().endswith(".wps"):
        return Unreadable(f"这是 WPS 文字（.wps）文件，不能直接读取，{_SAVE_AS}", code="wps")
    if name.lower().endswith((".xls", ".et")):
        return Unreadable(
            "这是旧版表格文件，不是通报，请上传通报的 Word 文件，或到台账导入中上传表格。", code="sheet"
        )
    return Unreadable(f"这是旧版 Word（.doc）文件，不能直接读取，{_SAVE_AS}", code="doc")


def _read_package(data: bytes, name: str) -> list[str]:
    lower = name.lower()
    if lower.endswith((".xlsx", ".xlsm")) or (b"xl/workbook.xml" in data and b"word/" not in data):
        raise Unreadable(
            "这是表格文件，不是通报，请上传通报的 Word 文件，或到台账导入中上传表格。", code="sheet"
        )
    if lower.endswith(".ofd") or b"OFD.xml" in data[:4096]:
        raise Unreadable(
            "这是版式文件（.ofd），不能直接读取，请上传 Word 原稿，或导出为带文字的 PDF。", code="ofd"
        )
    if lower.endswith(".odt") or b"application/vnd.oasis.opendocument.text" in data[:200]:
        raise Unreadable(f"这是 ODT 文件，不能直接读取，{_SAVE_AS}", code="odt")
    if b"word/" not in data and not lower.endswith((".docx", ".docm")):
        raise Unreadable("这是压缩包，请解压后上传里面的文件。", code="archive")
    return read_word(data)


def _is_web(data: bytes, name: str) -> bool:
    head = data[:4096]
    return bool(_HTML.search(head)) and (
        name.lower().endswith((".html", ".htm", ".shtml", ".xhtml"))
        or head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")
    )


def _decode_web(data: bytes) -> str:
    declared = _CHARSET.search(data[:4096])
    if declared and not data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        label = declared.group(1).decode("ascii").lower()
        if label in ("gb2312", "gbk", "gb18030", "x-gbk"):
            return data.decode("gb18030", errors="replace")
    return _decode(data)


def _looks_binary(data: bytes) -> bool:
    sample = data[:4096]
    return sum(byte < 9 or 13 < byte < 32 for byte in sample) * 20 > len(sample)


def _decode(data: bytes) -> str:
    """UTF-8, UTF-16 with its mark, else GB18030; a text may hold a few damaged characters, not many."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _checked(data.decode("utf-16", errors="replace"))
    if data.startswith(codecs.BOM_UTF8):
        return _checked(data.decode("utf-8-sig", errors="replace"))
    try:
        return _checked(data.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    chinese = data.decode("gb18030", errors="replace")
    wide = data.decode("utf-8", errors="replace")
    return _checked(wide if wide.count("\ufffd") < chinese.count("\ufffd") else chinese)


def _checked(text: str) -> str:
    bad = text.count("\ufffd") + len(_CONTROL.findall(text))
    if bad * _BAD_SHARE > len(text):
        raise Unreadable(
            "看不出这是什么文件，请上传 .docx、.txt、.html 或带文字的 .pdf。", code="unknown_kind"
        )
    return text
