"""Office packages with the same bytes for the same parts: order as given, one fixed day, one compression; and packs of
files that are written while they are sent."""

import io
import zipfile
from collections.abc import Iterable, Iterator

_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can name


def pack(parts: Iterable[tuple[str, bytes]]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts:
            info = zipfile.ZipInfo(name, _DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 0  # the same on every machine
            package.writestr(info, content, compresslevel=6)
    return target.getvalue()


def unpack(package: bytes) -> list[tuple[str, bytes]]:
    """Name and content of each part, in the package's order. Only for packages that passed the file gate."""
    with zipfile.ZipFile(io.BytesIO(package)) as source:
        return [(info.filename, source.read(info)) for info in source.infolist() if not info.is_dir()]


class _Outgoing(io.RawIOBase):
    """What the zip writer has written and nobody has taken yet; it cannot be gone back in."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        self._waiting += content
        return len(content)

    def take(self) -> bytes:
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken


def streamed(files: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """A zip of files (path, content in blocks), stored as they are; memory holds one block."""
    target = _Outgoing()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as package:
        for path, content in files:
            with package.open(zipfile.ZipInfo(path, _DAY), "w", force_zip64=True) as place:
                for block in content:
                    place.write(block)
                    yield target.take()
            yield target.take()
    yield target.take()
