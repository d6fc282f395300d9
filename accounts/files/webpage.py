"""Saved web pages: nothing that keeps the parser busy for minutes. Scripts need no check, only text is taken."""

import re

from accounts.files.refusal import Refusal

MAX_TAGS = 200_000
MAX_OPEN = 5_000  # tags open at the same time
MAX_MARKS = 5_000  # equals signs in one tag, each an attribute more or less
LONG = 16_384  # characters of a tag that is worth counting
TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]{0,40})")
LONG_TAG = re.compile(rf"<[A-Za-z][^<>]{{{LONG},}}+")
# Closed by the parser itself when the next one begins, or never open at all.
SELF_CLOSING = set(
    "p li dt dd tr td th option br img hr meta link input col colgroup thead tbody tfoot wbr base area source embed param".split()
)
COPY = "请把正文复制到 Word 或 WPS，另存为 .docx 后重新上传。"


def check_page(text: str) -> None:
    """Raises `Refusal` (code `html_heavy`)."""
    if text.count("<") - text.count("</") > MAX_TAGS:
        raise Refusal("html_heavy", f"网页里的标记超过 {MAX_TAGS} 个，无法读取。{COPY}")
    for found in LONG_TAG.finditer(text):
        if found[0].count("=") > MAX_MARKS:
            raise Refusal("html_heavy", f"网页里有上千个属性的标记，疑似恶意文件，已拒绝。{COPY}")
    depth = 0
    for found in TAG.finditer(text):
        if found[2].lower() in SELF_CLOSING:
            continue
        depth = max(0, depth + (-1 if found[1] else 1))
        if depth > MAX_OPEN:
            raise Refusal("html_heavy", f"网页里的标记嵌套超过 {MAX_OPEN} 层，疑似恶意文件，已拒绝。{COPY}")
