"""One file that holds everything: rows, evidence and ledgers, and a manifest that proves them.

A zip that any machine opens: `rows/<table>.jsonl`, `content/<sha256>` for each different file, `files.jsonl` (path, size and
hash of each file of the media folder) and `manifest.json`.
"""

import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from accounts.audit import GENESIS
from notices.errors import Refused
from tracker.keeping.rows import Table
from tracker.version import VERSION, number

FORMAT = 1
BLOCK = 1024 * 1024
# Not kept: pictures and packages, which are made again, and what is being written at this moment.
PASSING = ("previews/", "packages/", "ledgers/running/")


@dataclass(frozen=True)
class Stored:
    """A file of the media folder; `path` relative to it, with slashes."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """`files` None: rows only. `absent`: files rows speak of that were not there when the backup was made; `damaged`: files
    that were not what their row says."""

    format: int
    version: str
    made_at: str
    engine: str
    migrations: list[tuple[str, str]]
    tables: dict[str, Table]
    files: dict[str, Any] | None
    absent: list[str]
    damaged: list[str]
    audit: dict[str, Any]

    @property
    def rows(self) -> int:
        return sum(table.count for table in self.tables.values())


def media_files(root: Path) -> Iterator[str]:
    """Paths of everything worth keeping, in their order."""
    for folder, below, names in os.walk(root):
        below.sort()
        for name in sorted(names):
            path = (Path(folder) / name).relative_to(root).as_posix()
            passing = path.startswith((*PASSING, "health-")) or name.startswith(".") or name.endswith(".part")
            if not passing:
                yield path


def sha256_of(source: IO[bytes]) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    while block := source.read(BLOCK):
        digest.update(block)
        size += len(block)
    return size, digest.hexdigest()


# ── Writing ──────────────────────────────────────────────────────────────────
class Writer:
    """Call `rows` for each table, `keep` for each file, then `close`."""

    def __init__(self, target: IO[bytes]) -> None:
        self.zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=6)
        self.files: list[Stored] = []
        self._there: set[str] = set()

    @contextmanager
    def rows(self, label: str) -> Iterator[IO[bytes]]:
        with (
            self.zip.open(f"rows/{label}.jsonl", "w", force_zip64=True) as raw,
            io.BufferedWriter(raw, BLOCK) as out,
        ):
            yield out

    def keep(self, root: Path, path: str) -> None:
        """A file that goes away meanwhile is left out: what a committed row speaks of does not."""
        try:
            with (root / path).open("rb") as source:
                size, digest = sha256_of(source)
                self.files.append(Stored(path, size, digest))
                if digest in self._there:
                    return
                self._there.add(digest)
                source.seek(0)
                info = zipfile.ZipInfo(f"content/{digest}")
                with self.zip.open(
                    info, "w", force_zip64=True
                ) as out:  # stored: evidence is compressed already
                    while block := source.read(BLOCK):
                        out.write(block)
        except FileNotFoundError:
            return

    def close(self, manifest: dict[str, Any], *, named: dict[str, str], with_files: bool) -> Manifest:
        """Write the list of files and the manifest. `named`: what the rows speak of."""
        listing = "".join(json.dumps(asdict(f), ensure_ascii=False) + "\n" for f in self.files).encode()
        self.zip.writestr("files.jsonl", listing)
        files = {
            "count": len(self.files),
            "bytes": sum(f.size for f in self.files),
            "sha256": hashlib.sha256(listing).hexdigest(),
        }
        there = {f.path: f.sha256 for f in self.files} if with_files else named
        absent = sorted(named.keys() - there.keys())
        damaged = sorted(p for p, digest in named.items() if digest and p in there and there[p] != digest)
        found = Manifest(
            **manifest,
            format=FORMAT,
            version=VERSION,
            files=files if with_files else None,
            absent=absent,
            damaged=damaged,
        )
        self.zip.writestr("manifest.json", json.dumps(asdict(found), ensure_ascii=False, indent=1))
        self.zip.close()
        return found


# ── Reading ──────────────────────────────────────────────────────────────────
class Archive:
    """A backup that was opened: readable, of this program's version or an older one. Whole only after `prove`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.zip = zipfile.ZipFile(path)
            self.manifest = _manifest(json.loads(self.zip.read("manifest.json")))
        except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError) as error:
            raise Refused(f"“{path.name}”不是完整的备份文件，不能使用。") from error
        if self.manifest.format > FORMAT or number(self.manifest.version) > number(VERSION):
            raise Refused(
                f"“{path.name}”由更新的版本 {self.manifest.version} 备份，本程序是 {VERSION}，请先升级程序再恢复。"
            )

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self.zip.close()

    @contextmanager
    def member(self, name: str) -> Iterator[IO[bytes]]:
        try:
            with self.zip.open(name) as source:
                yield source
        except (KeyError, zipfile.BadZipFile, EOFError, zlib.error) as error:
            raise Refused(f"备份文件“{self.path.name}”已损坏（{name}），不能使用。") from error

    def lines(self, label: str) -> Iterator[str]:
        with self.member(f"rows/{label}.jsonl") as source:
            for raw in source:
                yield raw.decode()

    def files(self) -> list[Stored]:
        with self.member("files.jsonl") as source:
            found = [Stored(**json.loads(line)) for line in source]
        for file in found:
            parts = PurePosixPath(file.path)
            if parts.is_absolute() or ".." in parts.parts or "\\" in file.path:
                raise Refused(f"备份文件中的路径“{file.path}”不合规，不能恢复。")
        return found

    def prove(self) -> None:
        """Every table, the list of files and every file against its hash; Refused names the first that is wrong."""
        for label, table in self.manifest.tables.items():
            self._same(f"rows/{label}.jsonl", table.sha256)
        if self.manifest.files is not None:
            self._same("files.jsonl", self.manifest.files["sha256"])
        for digest in sorted({file.sha256 for file in self.files()}):
            self._same(f"content/{digest}", digest)

    def _same(self, name: str, sha256: str) -> None:
        with self.member(name) as source:
            if sha256_of(source)[1] != sha256:
                raise Refused(
                    f"备份文件“{self.path.name}”的校验值不符（{name}），内容被改动或已损坏，不能使用。"
                )


def _manifest(found: dict[str, Any]) -> Manifest:
    tables = {label: Table(**table) for label, table in found["tables"].items()}
    migrations = [(app, name) for app, name in found["migrations"]]
    audit = {"seq": 0, "digest": GENESIS} | found["audit"]
    return Manifest(**{**found, "tables": tables, "migrations": migrations, "audit": audit})
