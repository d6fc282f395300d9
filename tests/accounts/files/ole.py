"""Old compound files with chosen stream names: a header, one table, one directory."""

import struct

FREE, CHAIN_END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(*streams):
    """A compound file whose root holds empty streams of these names."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6)
    head += b"\0" * 6 + struct.pack("<9I", 0, 1, 1, 0, 4096, CHAIN_END, 0, CHAIN_END, 0)
    head += struct.pack("<I", 0) + struct.pack("<I", FREE) * 108
    table = struct.pack("<2I", TABLE, CHAIN_END) + struct.pack("<I", FREE) * 126
    entries = [_entry("Root Entry", 5, child=1 if streams else FREE)]
    for number, name in enumerate(streams, start=1):
        entries.append(_entry(name, 2, right=number + 1 if number < len(streams) else FREE))
    directory = b"".join(entries)
    assert len(directory) <= 512
    return head[:512] + table + directory.ljust(512, b"\0")


def _entry(name, kind, right=FREE, child=FREE):
    raw = name.encode("utf-16-le") + b"\0\0"
    body = raw.ljust(64, b"\0") + struct.pack("<HBB3I", len(raw), kind, 1, FREE, right, child)
    return body + b"\0" * 36 + struct.pack("<IQ", CHAIN_END if kind == 2 else CHAIN_END, 0)
