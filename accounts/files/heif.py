"""HEIC pictures of phones: their boxes and dimensions before anything decodes them.

Only the JPEG made of the picture is kept, so what else such a file may carry goes no further.
"""

import re
from collections.abc import Iterator

from accounts.files.limits import MAX_PIXELS
from accounts.files.pictures import SIDE, broken_picture, too_large

NAME = re.compile(rb"[A-Za-z0-9 _-]{4}")
SIZED = b"ispe"  # spatial extents: size of the box, its name, four bytes, width, height
SIZE = 20


def scan_heif(data: bytes) -> None:
    """The boxes must tile the file; every size told inside `meta` must be permitted. Raises `Refusal`."""
    boxes = dict(_boxes(data))
    meta = boxes.get(b"meta", b"")
    sizes = list(_sizes(meta))
    if b"ftyp" not in boxes or not sizes:
        raise broken_picture()
    for width, height in sizes:
        if not width or not height:
            raise broken_picture()
        if width * height > MAX_PIXELS or max(width, height) > SIDE:
            raise too_large(width, height)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    while position < len(data):
        head = data[position : position + 16]
        size, name, start = int.from_bytes(head[:4], "big"), head[4:8], 8
        if size == 1:
            size, start = int.from_bytes(head[8:16], "big"), 16
        elif size == 0:
            size = len(data) - position
        if size < start or position + size > len(data) or not NAME.fullmatch(name):
            raise broken_picture()
        yield name, data[position + start : position + size]
        position += size


def _sizes(meta: bytes) -> Iterator[tuple[int, int]]:
    at = meta.find(SIZED)
    while at >= 0:
        if meta[at - 4 : at] == SIZE.to_bytes(4, "big"):
            yield (
                int.from_bytes(meta[at + 8 : at + 12], "big"),
                int.from_bytes(meta[at + 12 : at + 16], "big"),
            )
        at = meta.find(SIZED, at + 4)
