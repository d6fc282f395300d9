"""The words a child process answers in: one letter, eight bytes of length, a pickle of that length."""

import struct

FRAME = struct.Struct(">cQ")
ITEM, RESULT, ERROR, USAGE = b"I", b"R", b"E", b"U"
