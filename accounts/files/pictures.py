"""Pictures by their bytes: size and shape from the header, and nothing else hidden inside."""

import re

from accounts.files.limits import MAX_PIXELS
from accounts.files.refusal import Refusal

AGAIN = "请用看图软件打开并另存为 .jpg 或 .png 后重新上传。"
CODE = re.compile(rb"<\?php|<script[\s>]|<html[\s>]|<!doctype\s+html|<svg[\s>]|javascript:", re.IGNORECASE)
FILES = re.compile(
    rb"PK\x03\x04|PK\x05\x06|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|\x7fELF|%PDF-\d|MZ\x90\x00\x03\x00\x00\x00"
)
JPEG_SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
SIDE = 65_535


def scan_picture(data: bytes, kind: str) -> None:
    """Header, dimensions and hidden passengers of a JPEG or PNG. Raises `Refusal`."""
    end, width, height = _png(data) if kind == "png" else _jpeg(data)
    if width * height > MAX_PIXELS or max(width, height) > SIDE:
        raise too_large(width, height)
    if CODE.search(data):
        raise Refusal("picture_code", f"图片里夹带了脚本，已拒绝。{AGAIN}")
    if (
        FILES.search(data, end)
        or b"%PDF-" in data[:1024]
        or re.search(rb"PK\x05\x06.{18}\Z", data[-64:], re.DOTALL)
    ):
        raise Refusal("trailing", f"图片末尾附有其他文件的数据，已拒绝。{AGAIN}")


def too_large(width: int, height: int) -> Refusal:
    return Refusal(
        "picture_pixels",
        f"图片为 {width}×{height} 像素，超过 {MAX_PIXELS // 1_000_000} 百万像素，请缩小后重新上传。",
    )


def broken_picture() -> Refusal:
    return Refusal("picture_broken", f"图片已损坏，无法打开。{AGAIN}")


def _png(data: bytes) -> tuple[int, int, int]:
    """Where the picture ends, its width and height. Walks the chunks."""
    if data[12:16] != b"IHDR":
        raise broken_picture()
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    position = 8
    while position + 12 <= len(data):
        size, name = int.from_bytes(data[position : position + 4], "big"), data[position + 4 : position + 8]
        position += 12 + size
        if name == b"IEND":
            break
    else:
        raise broken_picture()
    if not width or not height or position > len(data):
        raise broken_picture()
    return position, width, height


def _jpeg(data: bytes) -> tuple[int, int, int]:
    """Where the first end mark after the frame is, width and height. Walks the segments up to the first scan."""
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        mark = data[position + 1]
        if mark == 0xFF:
            position += 1
            continue
        size = int.from_bytes(data[position + 2 : position + 4], "big")
        if mark in JPEG_SIZES:
            height = int.from_bytes(data[position + 5 : position + 7], "big")
            width = int.from_bytes(data[position + 7 : position + 9], "big")
            end = data.find(b"\xff\xd9", position)
            if not width or not height or end < 0:
                raise broken_picture()
            return end + 2, width, height
        if mark in (0xD9, 0xDA) or size < 2:
            break
        position += 2 + size
    raise broken_picture()
