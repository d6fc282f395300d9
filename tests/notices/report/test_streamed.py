"""A pack that is written while it is sent: whole, in order, and never more than a block in memory."""

import io
import tracemalloc
import zipfile

from notices.report.packing import streamed

BLOCK = b"x" * (1 << 20)


def test_what_goes_in_comes_out():
    files = [("甲/一.txt", [b"one", b" two"]), ("空.txt", []), ("乙.bin", [BLOCK, BLOCK])]
    pack = zipfile.ZipFile(io.BytesIO(b"".join(streamed(files))))
    assert pack.testzip() is None
    assert {name: pack.read(name) for name in pack.namelist()} == {
        name: b"".join(blocks) for name, blocks in files
    }
    assert pack.namelist() == [name for name, _ in files]


def test_memory_holds_a_block_not_the_pack():
    tracemalloc.start()
    sent = sum(len(part) for part in streamed((f"{n}.bin", iter([BLOCK] * 8)) for n in range(8)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sent > 64 * len(BLOCK)
    assert peak < 6 * len(BLOCK)
