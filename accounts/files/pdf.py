"""PDF files by their bytes: header, end, and no scripts, programs, attachments or passwords anywhere.

Names may be written with #xx escapes and may lie in compressed object streams, so both are undone. Every
deflated stream is inflated within limits and looked at when it holds objects; object streams packed in any
other way are refused, because no ordinary program writes them.
"""

import re
import zlib
from collections.abc import Iterator
from typing import IO

from accounts.files.limits import MIB
from accounts.files.refusal import Refusal

SAVE = "请用打印功能输出为新的 PDF 后重新上传。"
FORBIDDEN = {
    b"JavaScript": ("pdf_script", "脚本"),
    b"JS": ("pdf_script", "脚本"),
    b"Launch": ("pdf_launch", "启动程序的动作"),
    b"EmbeddedFile": ("pdf_attachment", "附件"),
    b"EmbeddedFiles": ("pdf_attachment", "附件"),
    b"FileAttachment": ("pdf_attachment", "附件"),
    b"RichMedia": ("pdf_media", "多媒体"),
    b"Movie": ("pdf_media", "多媒体"),
    b"XFA": ("pdf_form", "动态表单"),
    b"ImportData": ("pdf_form", "导入数据的动作"),
    b"SubmitForm": ("pdf_form", "提交表单的动作"),
    b"GoToE": ("pdf_attachment", "附件"),
    b"GoToR": ("pdf_launch", "打开其他文件的动作"),
    b"Encrypt": ("password", "密码或权限保护"),
}
LONG = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|FileAttachment|RichMedia|Movie|XFA|ImportData|SubmitForm|GoTo[ER]|Encrypt)"
    rb"(?=[\x00-\x20()<>\[\]{}/%]|$)"
)
ESCAPED = re.compile(rb"/[^\x00-\x20()<>\[\]{}/%]{0,80}#[0-9A-Fa-f]{2}[^\x00-\x20()<>\[\]{}/%]{0,80}")
UNLIKELY = re.compile(rb"/(?:JavaScript|EmbeddedFiles?|RichMedia|FileAttachment|Launch)(?:[\s/<>\[\](]|$)")
STREAM = re.compile(rb"stream\r?\n|stream\r")
OBJECTS = re.compile(rb"\s*\d{1,10}\s+\d{1,10}\s")
TYPE_OBJSTM = re.compile(rb"/Type\s*/ObjStm|/N\s+\d+[^>]{0,80}/First\s+\d+|/First\s+\d+[^>]{0,80}/N\s+\d+")
PLAIN_FILTER = re.compile(rb"/Filter\s*(?:\[\s*)?/(?:FlateDecode|Fl)\s*(?:\]|/|>|\s)")
MAX_INFLATED = 64 * MIB  # one stream that might hold objects
MAX_TOTAL = 400 * MIB
PEEK = 4096


def scan_pdf(source: IO[bytes]) -> None:
    """Raises `Refusal` (codes `pdf_…`, `password`). Reads the whole file: at most 100 MB by then."""
    data = source.read()
    start = data.find(b"%PDF-", 0, 64)
    if start < 0 or data[:start].strip(b"\xef\xbb\xbf \r\n\t\x00"):
        raise Refusal("pdf_broken", f"文件开头不是 PDF 的标记，文件已损坏。{SAVE}")
    _check_tail(data)
    outside = bytearray()
    position = spent = 0
    for begin, head in _streams(data):
        outside += data[position:begin]
        spent += _check_stream(head, data, begin)
        if spent > MAX_TOTAL:
            raise Refusal("pdf_bomb", f"PDF 展开后的内容过大，已拒绝。{SAVE}")
        end = data.find(b"endstream", begin)
        position = end if end >= 0 else begin
    outside += data[position:]
    check_names(bytes(outside))
    _check_hidden(data)


def check_names(text: bytes) -> None:
    """Refuse forbidden names in text that is no compressed data."""
    if b"#" in text:
        text = ESCAPED.sub(lambda found: _unescape(found[0]), text)
    found = LONG.search(text)
    if found is None:
        return
    code, what = FORBIDDEN[found[1]]
    if code == "password":
        raise Refusal(code, f"PDF 设有密码或权限保护，系统无法检查。请取消保护，或{SAVE[1:]}")
    raise Refusal(code, f"PDF 里含有{what}，不允许上传。{SAVE}")


def _unescape(name: bytes) -> bytes:
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), name)


def _check_tail(data: bytes) -> None:
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise Refusal("pdf_broken", f"PDF 不完整，末尾缺失，可能没有下载或复制完。{SAVE}")
    tail = data[end + 5 :]
    if re.search(rb"PK\x03\x04|PK\x05\x06|Rar!\x1a\x07|<script|<html|<\?php", tail, re.IGNORECASE):
        raise Refusal("trailing", f"PDF 末尾附有其他文件的数据，已拒绝。{SAVE}")


def _check_hidden(data: bytes) -> None:
    """Long names cannot occur by chance, so they are looked for in raw data too: nothing hides in odd streams."""
    for found in UNLIKELY.finditer(data):
        check_names(found[0] + b" ")
    if b"#" in data:
        for found in ESCAPED.finditer(data):
            if UNLIKELY.fullmatch(_unescape(found[0]) + b" "):
                check_names(found[0] + b" ")


def _streams(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Start of every stream's data and the bytes before it that hold its dictionary."""
    position = 0
    while found := STREAM.search(data, position):
        if data[max(0, found.start() - 3) : found.start()] == b"end":
            position = found.end()
            continue
        begin = found.end()
        dictionary = data.rfind(b" obj", max(position, found.start() - PEEK), found.start())
        yield begin, data[max(dictionary, position, found.start() - PEEK) : found.start()]
        end = data.find(b"endstream", begin)
        position = end if end >= 0 else begin


def _check_stream(head: bytes, data: bytes, begin: int) -> int:
    """Look into one stream when it may hold objects. Returns how many bytes were inflated."""
    if b"#" in head:
        head = ESCAPED.sub(lambda found: _unescape(found[0]), head)
    holds_objects = TYPE_OBJSTM.search(head) is not None
    if b"/Filter" not in head:
        if holds_objects:
            check_names(data[begin : data.find(b"endstream", begin)])
        return 0
    if not PLAIN_FILTER.search(head):
        if holds_objects:
            raise Refusal("pdf_stream", f"PDF 的内部结构异常，无法检查。{SAVE}")
        return 0
    if data[begin] & 0x0F != 8:
        return 0
    return _inflate(data, begin, holds_objects)


def _inflate(data: bytes, begin: int, holds_objects: bool) -> int:
    engine = zlib.decompressobj()
    try:
        first = engine.decompress(data[begin : begin + PEEK], PEEK)
        if not holds_objects and not OBJECTS.match(first):
            return len(first)
        rest = engine.unconsumed_tail + data[begin + PEEK : _end_of(data, begin)]
        body = first + engine.decompress(rest, MAX_INFLATED)
    except zlib.error:
        if holds_objects:
            raise Refusal("pdf_broken", f"PDF 的内部结构已损坏，无法检查。{SAVE}") from None
        return 0
    if engine.unconsumed_tail:
        raise Refusal("pdf_bomb", f"PDF 展开后的内容过大，已拒绝。{SAVE}")
    check_names(body)
    return len(body)


def _end_of(data: bytes, begin: int) -> int:
    end = data.find(b"endstream", begin + PEEK)
    return end if end >= 0 else len(data)
