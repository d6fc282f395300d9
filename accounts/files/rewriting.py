"""A copy of a package in plain UTF-8, for readers that know no other encoding."""

import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from accounts.files.limits import Profile
from accounts.files.markup import to_utf8
from accounts.files.package import Package

DIMENSION = re.compile(rb"<(?:[\w.-]+:)?dimension\b[^<>]*/>")
DECLARED = re.compile(rb"^<\?xml[^>]*\?>")
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>'


@contextmanager
def plain_copy(path: str, profile: Profile, foreign: list[str], dimensions: list[str]) -> Iterator[IO[bytes]]:
    """A temporary file with the same parts: those in `foreign` in UTF-8, those in `dimensions` without their
    broken `<dimension>`. Gone when the block ends."""
    with Path(path).open("rb") as source, tempfile.NamedTemporaryFile(suffix=".xlsx") as target:
        package = Package(source, profile)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
            for name in package.members:
                with copy.open(name, "w", force_zip64=True) as part:
                    for block in _blocks(package.stream(name), name in foreign, name in dimensions):
                        part.write(block)
        target.flush()
        yield target


def _blocks(blocks: Iterator[bytes], foreign: bool, dimension: bool) -> Iterator[bytes]:
    first = True
    for block in to_utf8(blocks) if foreign else blocks:
        if first and foreign:
            block = DECLARED.sub(HEAD, block, count=1)
        if first and dimension:
            block = DIMENSION.sub(b"", block, count=1)
        first = False
        yield block
