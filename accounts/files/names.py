"""Names that people's computers give to files: what is kept, what is refused, what we store under.

A name is only ever shown and offered for download; files are stored under a name made by the server.
"""

import os
import re
import unicodedata
from urllib.parse import unquote

from accounts.files.refusal import Refusal

LONGEST = 200  # characters
BLANK_RUN = 8  # so many blanks in a row only serve to push the real ending out of sight
MARK_RUN = 6

FORBIDDEN = set('<>:"/\\|?*`')
SLASHES = set("\u2044\u2215\u29f5\u29f8\u29f9\u2216\ufe68")  # look like / or \ and are typed by nobody
DOTS = str.maketrans(dict.fromkeys("\u2024\uff0e\ufe52\u0701\u0702\u06d4\ua4f8\u2e31\u30fb", "."))
FAKE_DOTS = set("\u2024\ufe52\u0701\u0702\ua4f8")
FILLERS = set("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5\u2028\u2029\ufffd")
RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³])", re.IGNORECASE)
RUNNABLE = set(
    "exe bat cmd scr pif js jse vbs vbe wsf wsh ps1 msi msp dll sys lnk hta jar php phtml pht php3 php4 php5 php7 phar shtml jsp"
    " jspx asp aspx ashx cer cgi reg cpl scf swf apk sh vb inf chm app dmg iso img".split()
)
DRIVE = re.compile(r"[A-Za-z]:")


def clean_name(name: str) -> str:
    """The name as it may be shown: NFC, outer blanks removed. Raises `Refusal` (codes `name_…`)."""
    _refuse_hidden(name)
    _refuse_paths(name)
    cleaned = unicodedata.normalize("NFC", name).lstrip(" \u3000\u00a0")
    _refuse_shape(cleaned)
    _refuse_disguise(cleaned)
    return cleaned


def extension(name: str) -> str:
    """Lower-case letters after the last dot, "" when there is none."""
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem else ""


def storage_name(ending: str) -> str:
    """A name made by the server; only the checked ending of the upload goes into it."""
    if not re.fullmatch(r"[a-z]{2,5}", ending):
        raise ValueError(f"not a checked ending: {ending!r}")
    return f"{os.urandom(16).hex()}.{ending}"


def _refuse_hidden(name: str) -> None:
    if not name or not name.strip(" .\u3000\u00a0\t\r\n"):
        raise Refusal("name_empty", "文件没有名称，请给文件起一个名称后重新上传。")
    if len(name) > LONGEST:
        raise Refusal("name_long", f"文件名超过 {LONGEST} 个字符，请缩短文件名后重新上传。")
    for char in name:
        category = unicodedata.category(char)
        if category in ("Cc", "Cs") or char in FILLERS or ord(char) & 0xFFFE == 0xFFFE:
            raise Refusal("name_control", "文件名里有看不见的控制字符，请重新命名后上传。")
        if category == "Cf":
            raise Refusal("name_invisible", "文件名里有零宽字符或改变文字方向的字符，请重新命名后上传。")
    if re.search(rf"[\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]{{{MARK_RUN},}}", name):
        raise Refusal("name_control", "文件名里有大量叠加符号，请重新命名后上传。")


def _refuse_paths(name: str) -> None:
    decoded = unquote(unquote(name, errors="replace"), errors="replace")
    for text in (name, decoded, unicodedata.normalize("NFKC", name)):
        if re.search(r"\.\.[/\\]|[/\\]\.\.|^[/\\~]/|^[/\\]", text) or DRIVE.match(text):
            raise Refusal("name_path", "文件名里带有路径，请只保留文件名后重新上传。")
    if "/" in name or "\\" in name or set(name) & SLASHES:
        raise Refusal("name_path", "文件名里有斜杠，请只保留文件名后重新上传。")
    if decoded != name and re.search(r"[\x00-\x1f\x7f/\\]", decoded):
        raise Refusal("name_path", "文件名里有经过编码的路径或控制字符，请重新命名后上传。")
    if set(name) & FORBIDDEN or "$(" in name or "${" in name:
        raise Refusal("name_symbol", '文件名里有 < > : " | ? * ` 或 $( 等符号，请去掉后重新上传。')


def _refuse_shape(name: str) -> None:
    if name[-1] in " .\u3000\u00a0":
        raise Refusal("name_trailing", "文件名以空格或句点结尾，请去掉后重新上传。")
    if name.startswith("~$"):
        raise Refusal(
            "name_lock", "这是 Excel 或 Word 打开文件时产生的临时文件（以 ~$ 开头），请上传原文件。"
        )
    if name.startswith("."):
        raise Refusal("name_dot", "文件名以句点开头，请在句点前写上名称后重新上传。")
    first = name.split(".", 1)[0].rstrip(" ")
    if RESERVED.fullmatch(unicodedata.normalize("NFKC", first)) or RESERVED.fullmatch(first):
        raise Refusal("name_reserved", f"“{first}”是 Windows 系统保留的名称，请重新命名后上传。")


def _refuse_disguise(name: str) -> None:
    if re.search(rf"[ \u3000\u00a0\u2000-\u200a\u202f\u205f]{{{BLANK_RUN},}}", name):
        raise Refusal("name_blanks", "文件名里有一长串空格，请去掉后重新上传。")
    if set(name) & FAKE_DOTS:
        raise Refusal("name_dots", "文件名里有形似句点的特殊字符，请改用普通句点后重新上传。")
    plain = unicodedata.normalize("NFKC", name.translate(DOTS)).lower()
    endings = [part.strip() for part in plain.split(".")[1:]]
    if any((word := re.match(r"\w+", ending)) and word[0] in RUNNABLE for ending in endings):
        raise Refusal("name_program", "文件名里带有程序或脚本的扩展名，不能上传。请确认文件内容后重新命名。")
    if endings and plain.rpartition(".")[2] != extension(name):
        raise Refusal("name_dots", "文件扩展名使用了全角或特殊字符，请改成普通字母（如 .xlsx）后重新上传。")
