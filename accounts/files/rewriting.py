"""A copy of a package in plain UTF-8 under the usual names, for readers that know nothing else."""

import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from xml.sax.saxutils import quoteattr

from accounts.files.limits import Profile
from accounts.files.markup import to_utf8
from accounts.files.office import OfficeFacts
from accounts.files.package import Package

DIMENSION = re.compile(rb"<(?:[\w.-]+:)?dimension\b[^<>]*/>")
DECLARED = re.compile(rb"^<\?xml[^>]*\?>")
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>'
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@contextmanager
def plain_copy(path: str, profile: Profile, facts: OfficeFacts, dimensions: list[str]) -> Iterator[IO[bytes]]:
    """A temporary file with the same parts: those in `facts.foreign` in UTF-8, those in `dimensions` without their
    broken `<dimension>`; of a workbook with unusual names the central parts under usual ones. Gone when the block
    ends."""
    with Path(path).open("rb") as source, tempfile.NamedTemporaryFile(suffix=".xlsx") as target:
        package = Package(source, profile)
        names = facts.moved or {name: name for name in package.members}
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
            for name, known in names.items():
                with copy.open(known, "w", force_zip64=True) as part:
                    for block in _blocks(package.stream(name), name in facts.foreign, name in dimensions):
                        part.write(block)
            if facts.moved:
                central = [(identity, kind, facts.moved[part]) for identity, kind, part in facts.central]
                copy.writestr("_rels/.rels", _relations([("rId1", "officeDocument", "xl/workbook.xml")]))
                copy.writestr("xl/_rels/workbook.xml.rels", _relations(central))
        target.flush()
        yield target


def _relations(central: list[tuple[str, str, str]]) -> str:
    """Relations given as (id, kind, part)."""
    lines = [
        f'<Relationship Id={quoteattr(identity)} Type="{OFFICE}/{kind}" Target={quoteattr("/" + part)}/>'
        for identity, kind, part in central
    ]
    return f'<Relationships xmlns="{PACKAGE}">{"".join(lines)}</Relationships>'


def _blocks(blocks: Iterator[bytes], foreign: bool, dimension: bool) -> Iterator[bytes]:
    first = True
    for block in to_utf8(blocks) if foreign else blocks:
        if first and foreign:
            block = DECLARED.sub(HEAD, block, count=1)
        if first and dimension:
            block = DIMENSION.sub(b"", block, count=1)
        first = False
        yield block
