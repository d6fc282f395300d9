"""The zip container of office files, read by hand so that nothing in it can be ambiguous.

The central directory, the local headers and the bytes between them must tell one and the same story: a file
that two programs can read in two ways is refused. Members are only ever streamed, in bounded steps, with their
declared size and checksum verified.
"""

import stat
import struct
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from urllib.parse import unquote

from accounts.files.limits import KIB, MAX_MEMBERS, MAX_RATIO, RATIO_FREE, Profile
from accounts.files.refusal import Refusal

STEP = 256 * KIB
LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")
END64 = struct.Struct("<4sQ2H2I4Q")
LOCATOR = struct.Struct("<4sIQI")
LOCAL_SIGN, CENTRAL_SIGN, END_SIGN = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
END64_SIGN, LOCATOR_SIGN, DESCRIPTOR_SIGN = b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"
ENCRYPTED_FLAGS = 0x0001 | 0x0020 | 0x0040 | 0x2000
DESCRIPTOR_FLAG, UTF8_FLAG = 0x0008, 0x0800
STORED, DEFLATED = 0, 8
FULL16, FULL32 = 0xFFFF, 0xFFFFFFFF
ZIP64_EXTRA, UNICODE_EXTRA, AES_EXTRA = 0x0001, 0x7075, 0x9901
MAX_NAME = 512
MAX_GAP = 64 * KIB
MAX_COMMENT = 256
AGAIN = "请用 Excel、WPS 或 Word 打开并另存为新文件后重新上传。"


@dataclass(frozen=True)
class Member:
    """One entry of the directory; `data` is where its bytes start, `end` where they stop."""

    name: str
    method: int
    flags: int
    crc: int
    packed: int
    size: int
    offset: int
    data: int = 0

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")

    @property
    def end(self) -> int:
        return self.data + self.packed


class Package:
    """A zip file whose directory has been found consistent. Raises `Refusal` (codes `zip_…`)."""

    def __init__(self, source: IO[bytes], profile: Profile) -> None:
        self._source = source
        self._profile = profile
        self._size = source.seek(0, 2)
        start, count = self._find_directory()
        entries = self._read_directory(start, count)
        self.members = {
            entry.name: entry for entry in self._check_layout(entries, start) if not entry.is_folder
        }
        self._spent = 0

    def stream(self, name: str) -> Iterator[bytes]:
        """The member's bytes in steps of at most 256 KiB; size, checksum and budget are verified on the way."""
        member = self.members[name]
        crc = seen = 0
        for block in self._inflate(member):
            seen += len(block)
            self._spent += len(block)
            if seen > member.size:
                raise _lie(member.name)
            if self._spent > self._profile.total:
                raise Refusal("zip_total", "文件展开后的总量过大，请拆分成几个文件后分别上传。")
            crc = zlib.crc32(block, crc)
            yield block
        if seen != member.size or crc != member.crc:
            raise _lie(member.name)

    def read(self, name: str, limit: int) -> bytes:
        """A whole small member; more than `limit` bytes are refused."""
        if self.members[name].size > limit:
            raise Refusal("part_size", f"文件内部的“{name}”过大，无法读取。{AGAIN}")
        return b"".join(self.stream(name))

    def start_over(self) -> None:
        """Forget what has been inflated so far: the next reading has the whole budget again."""
        self._spent = 0

    def _at(self, offset: int, size: int) -> bytes:
        if offset >= self._size:
            return b""
        self._source.seek(offset)
        return self._source.read(size)

    def _inflate(self, member: Member) -> Iterator[bytes]:
        offset, left = member.data, member.packed
        engine = zlib.decompressobj(-15) if member.method == DEFLATED else None
        while left:
            packed = self._at(offset, min(STEP, left))
            if not packed:
                raise _broken()
            offset, left = offset + len(packed), left - len(packed)
            if engine is None:
                yield packed
                continue
            yield from _steps(engine, packed)
            if engine.eof and (left or engine.unused_data):
                raise _lie(member.name)
        if engine is not None and not engine.eof:
            raise _broken()

    # -- directory ---------------------------------------------------------------------------------

    def _find_directory(self) -> tuple[int, int]:
        """Offset of the central directory and number of entries."""
        tail_start = max(0, self._size - END.size - FULL16)
        tail = self._at(tail_start, self._size - tail_start)
        found = tail.rfind(END_SIGN)
        if found < 0 and tail_start and self._ends_earlier():
            raise Refusal("zip_trailing", f"文件末尾附有多余的数据。{AGAIN}")
        if found < 0 or len(tail) - found < END.size:
            raise Refusal(
                "zip_truncated", "文件不完整，末尾缺失，可能没有下载或复制完。请重新取得文件后上传。"
            )
        _, disk, start_disk, here, count, size, start, comment = END.unpack_from(tail, found)
        end = tail_start + found
        if end + END.size + comment != self._size:
            raise Refusal("zip_trailing", f"文件末尾附有多余的数据。{AGAIN}")
        _check_comment(tail[found + END.size :])
        if FULL16 in (here, count) or FULL32 in (size, start) or self._has_locator(end):
            return self._find_directory64(end, count, size, start)
        if disk or start_disk or here != count:
            raise Refusal(*_SPLIT)
        if start + size != end:
            raise Refusal("zip_prefix", f"文件开头或目录前后附有多余的数据。{AGAIN}")
        return start, count

    def _ends_earlier(self) -> bool:
        """Whether a directory ends further up, under more bytes than a comment may have."""
        step = STEP - len(END_SIGN)
        return any(END_SIGN in self._at(offset, STEP) for offset in range(0, self._size, step))

    def _has_locator(self, end: int) -> bool:
        return end >= LOCATOR.size and self._at(end - LOCATOR.size, 4) == LOCATOR_SIGN

    def _find_directory64(self, end: int, count: int, size: int, start: int) -> tuple[int, int]:
        if not self._has_locator(end):
            raise _broken()
        _, disk, where, disks = LOCATOR.unpack(self._at(end - LOCATOR.size, LOCATOR.size))
        record = self._at(where, END64.size)
        if disk or disks > 1 or len(record) < END64.size or record[:4] != END64_SIGN:
            raise _broken()
        _, length, _, _, on_disk, from_disk, here, count64, size64, start64 = END64.unpack(record)
        if on_disk or from_disk or here != count64:
            raise Refusal(*_SPLIT)
        told = ((count, count64, FULL16), (size, size64, FULL32), (start, start64, FULL32))
        agrees = all(small in (full, wide) for small, wide, full in told)
        if not agrees or start64 + size64 != where or where + 12 + length != end - LOCATOR.size:
            raise Refusal("zip_zip64", f"文件的目录前后矛盾。{AGAIN}")
        return start64, count64

    def _read_directory(self, start: int, count: int) -> list[Member]:
        if count > MAX_MEMBERS:
            raise Refusal(
                "zip_members", f"文件内部的部件超过 {MAX_MEMBERS} 个。请另存为只含需要内容的新文件后上传。"
            )
        if count == 0:
            raise Refusal("zip_empty", "这是一个空的压缩包，没有任何内容。请重新保存文件后上传。")
        directory = self._at(start, self._size - start)
        entries, offset = [], 0
        for _ in range(count):
            member, offset = _read_entry(directory, offset)
            entries.append(member)
        if directory[offset : offset + 4] not in (END_SIGN, END64_SIGN):
            raise Refusal("zip_count", f"文件的目录里有没有列出的内容。{AGAIN}")
        _check_duplicates(entries)
        for member in entries:
            self._check_size(member)
        return entries

    def _check_size(self, member: Member) -> None:
        if member.size > self._profile.part:
            raise Refusal("part_size", f"文件内部的“{member.name}”展开后过大。请拆分成几个文件后分别上传。")
        if member.size > RATIO_FREE and member.size > MAX_RATIO * max(member.packed, 1):
            raise Refusal("zip_ratio", "文件的压缩比异常，疑似压缩炸弹，已拒绝。" + AGAIN)

    def _check_layout(self, entries: list[Member], directory: int) -> list[Member]:
        """Read each local header and compare; members must follow each other without overlap."""
        placed = [self._place(member, directory) for member in entries]
        position = 0
        previous: Member | None = None
        for member in sorted(placed, key=lambda one: one.offset):
            self._check_gap(previous, position, member.offset)
            previous, position = member, member.end
        self._check_gap(previous, position, directory)
        return placed

    def _check_gap(self, previous: Member | None, start: int, end: int) -> None:
        gap = end - start
        if gap < 0:
            raise Refusal("zip_overlap", f"文件内部的部件互相重叠，疑似压缩炸弹，已拒绝。{AGAIN}")
        if gap == 0:
            return
        if previous is None:
            raise Refusal("zip_prefix", f"文件开头附有多余的数据。{AGAIN}")
        between = self._at(start, min(gap, MAX_GAP + 1))
        if previous.flags & DESCRIPTOR_FLAG:
            between = between[_descriptor_size(between, previous, gap) :]
        if len(between) > MAX_GAP or LOCAL_SIGN in between or between.strip(b"\x00"):
            raise Refusal("zip_hidden", f"文件内部藏有目录没有列出的数据。{AGAIN}")

    def _place(self, member: Member, directory: int) -> Member:
        head = self._at(member.offset, LOCAL.size)
        if len(head) < LOCAL.size or head[:4] != LOCAL_SIGN or member.offset >= directory:
            raise _broken()
        _, _, flags, method, _, _, crc, packed, size, name_size, extra_size = LOCAL.unpack(head)
        rest = self._at(member.offset + LOCAL.size, name_size + extra_size)
        name = _decode(rest[:name_size], flags)
        if name != member.name or method != member.method:
            raise _mismatch(member.name)
        if flags & ENCRYPTED_FLAGS:
            raise _encrypted()
        packed, size, _ = _widen(rest[name_size:], packed, size, 0)
        known = (crc, packed, size)
        late = bool(flags & DESCRIPTOR_FLAG)
        agreed = (member.crc, member.packed, member.size)
        if known != agreed and not (
            late and all(here in (0, there) for here, there in zip(known, agreed, strict=True))
        ):
            raise _mismatch(member.name)
        placed = Member(
            **{**member.__dict__, "flags": flags, "data": member.offset + LOCAL.size + len(rest)},
        )
        if placed.end > directory:
            raise Refusal("zip_overlap", f"文件内部的部件与目录重叠，已拒绝。{AGAIN}")
        return placed


_SPLIT = ("zip_split", "这是分卷压缩文件，不能读取。请重新保存文件后上传。")


def _broken() -> Refusal:
    return Refusal("zip_broken", f"文件内部结构已损坏，无法读取。{AGAIN}")


def _encrypted() -> Refusal:
    return Refusal("password", "文件内容经过加密，系统无法读取。请取消密码并另存后重新上传。")


def _mismatch(name: str) -> Refusal:
    return Refusal("zip_mismatch", f"文件内部“{name[:60]}”的两处记录不一致，已拒绝。{AGAIN}")


def _lie(name: str) -> Refusal:
    return Refusal("zip_lie", f"文件内部“{name[:60]}”的实际内容与登记的大小或校验不符，已拒绝。{AGAIN}")


def _steps(engine: "zlib._Decompress", packed: bytes) -> Iterator[bytes]:
    try:
        block = engine.decompress(packed, STEP)
        while block:
            yield block
            block = engine.decompress(engine.unconsumed_tail, STEP)
    except zlib.error as error:
        raise _broken() from error


def _read_entry(directory: bytes, offset: int) -> tuple[Member, int]:
    if directory[offset : offset + 4] != CENTRAL_SIGN or len(directory) < offset + CENTRAL.size:
        raise Refusal("zip_count", f"文件的目录与登记的数目不符。{AGAIN}")
    fields = CENTRAL.unpack_from(directory, offset)
    flags, method, crc, packed, size = fields[3], fields[4], fields[7], fields[8], fields[9]
    name_size, extra_size, comment_size, disk = fields[10:14]
    attributes, start = fields[15], fields[16]
    name_end = offset + CENTRAL.size + name_size
    raw = directory[offset + CENTRAL.size : name_end]
    extra = directory[name_end : name_end + extra_size]
    packed, size, start = _widen(extra, packed, size, start)
    name = _decode(raw, flags)
    _check_name(name)
    _check_entry(flags, method, attributes, extra, raw)
    if disk not in (0, FULL16):
        raise Refusal(*_SPLIT)
    if method == STORED and packed != size:
        raise _lie(name)
    if name.endswith("/") and size:
        raise _lie(name)
    return Member(name, method, flags, crc, packed, size, start), name_end + extra_size + comment_size


def _widen(extra: bytes, packed: int, size: int, start: int) -> tuple[int, int, int]:
    """Replace 32-bit fields that say "see the zip64 extra" by what stands there."""
    wide = b"".join(body for kind, body in _extras(extra) if kind == ZIP64_EXTRA)
    values = []
    for value in (size, packed, start):
        if value == FULL32:
            if len(wide) < 8:
                raise _broken()
            value, wide = int.from_bytes(wide[:8], "little"), wide[8:]
        values.append(value)
    return values[1], values[0], values[2]


def _extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while offset + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, offset)
        yield kind, extra[offset + 4 : offset + 4 + size]
        offset += 4 + size


def _decode(raw: bytes, flags: int) -> str:
    try:
        return raw.decode("utf-8" if flags & UTF8_FLAG or raw.isascii() else "cp437")
    except UnicodeDecodeError as error:
        raise _broken() from error


def _check_entry(flags: int, method: int, attributes: int, extra: bytes, raw: bytes) -> None:
    kinds = dict(_extras(extra))
    if flags & ENCRYPTED_FLAGS or AES_EXTRA in kinds:
        raise _encrypted()
    if method not in (STORED, DEFLATED):
        raise Refusal("zip_method", f"文件使用了不支持的压缩方式。{AGAIN}")
    mode = attributes >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Refusal("zip_link", f"文件内部含有链接或设备，已拒绝。{AGAIN}")
    if raw.isascii() and kinds.get(UNICODE_EXTRA, b"\0" * 5 + raw)[5:] != raw:
        raise Refusal("zip_name", f"文件内部部件的名称前后矛盾，已拒绝。{AGAIN}")


def _check_name(name: str) -> None:
    plain = unquote(name)
    parts = plain.rstrip("/").split("/")
    bad = (
        not name
        or len(name) > MAX_NAME
        or plain.startswith("/")
        or "\\" in plain
        or ":" in plain
        or any(part in ("", ".", "..") for part in parts)
        or any(ord(char) < 32 or ord(char) == 127 for char in plain)
    )
    if bad:
        raise Refusal("zip_name", f"文件内部含有不安全的名称，已拒绝。{AGAIN}")


def _check_duplicates(entries: list[Member]) -> None:
    seen = set()
    for member in entries:
        key = unicodedata.normalize("NFC", unquote(member.name)).casefold().rstrip("/")
        if key in seen:
            raise Refusal("zip_duplicate", f"文件内部“{member.name[:60]}”出现了两次，已拒绝。{AGAIN}")
        seen.add(key)


def _check_comment(comment: bytes) -> None:
    if len(comment) > MAX_COMMENT or b"PK" in comment or b"<" in comment or b"\x00" in comment:
        raise Refusal("zip_comment", f"文件末尾附有多余的数据（压缩包注释）。{AGAIN}")


def _descriptor_size(between: bytes, member: Member, gap: int) -> int:
    """Length of the data descriptor at the start of `between`, with or without signature, 32 or 64 bits wide."""
    for sign in (DESCRIPTOR_SIGN, b""):
        for form in ("<3I", "<IQQ"):
            size = len(sign) + struct.calcsize(form)
            if gap < size or not between.startswith(sign) or (form == "<3I" and member.size > FULL32):
                continue
            told = struct.unpack_from(form, between, len(sign))
            if told == (member.crc, member.packed, member.size):
                return size
    raise _mismatch(member.name)
