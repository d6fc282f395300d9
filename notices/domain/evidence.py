"""The evidence store: a checked file under a server-made name, and the file back, proved by its hash.

No file is served from a media address; a download goes through the permission of its task.
"""

import hashlib
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path, PurePath
from typing import IO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from accounts.files.check import check
from accounts.files.names import extension, storage_name
from notices.domain.reporting import StoredFile
from notices.errors import Missing, Refused, Unreadable
from notices.models import Evidence, Purge
from notices.terms import PurgeState

logger = logging.getLogger(__name__)
_BLOCK = 1024 * 1024
_NO_ROOM = "服务器存不下文件（磁盘已满或目录不可写），这次没有提交。请保留原文件，联系系统管理员后重试；不带文件可以先提交。"
_AS_JPG = ("heic", "jpeg")  # become .jpg; the original's name and hash go into the event


def store_path() -> Path:
    """The folder of the store, made when missing; readable by the server alone."""
    path = Path(settings.MEDIA_ROOT) / "evidence"
    path.mkdir(parents=True, exist_ok=True, mode=0o750)
    return path


class Received(list[StoredFile]):
    """The files that were taken, in the order they came; `refused` has a sentence for each of the others."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []


@contextmanager
def received(uploads: Sequence[UploadedFile], kinds: Sequence[str] = ()) -> Iterator[Received]:
    """Check and store uploads for the time of a block; when the block raises, nothing of them stays.

    `kinds`: the category of each, "" or left out for none. 1. each file to the store under a temporary name;
    2. examined in a child process; 3. renamed. A refused file does not hold the others back; when every one of them
    is refused, raises Missing({"files": …}) with a line for each.
    """
    stored = Received()
    try:
        for upload, category in zip_longest(uploads, kinds[: len(uploads)], fillvalue=""):
            assert not isinstance(upload, str)
            try:
                stored.append(replace(_take(upload), category=category))
            except Unreadable as why:
                stored.refused.append(f"“{upload.name}”：{why}")
            except OSError as error:  # a full or broken disk
                logger.exception("evidence not stored")
                raise Missing({"files": _NO_ROOM}) from error
        if stored.refused and not stored:
            raise Missing({"files": "\n".join(stored.refused)})
        yield stored
    except BaseException:
        for file in stored:
            (store_path() / file.stored_as).unlink(missing_ok=True)
        raise


def _take(upload: UploadedFile) -> StoredFile:
    incoming = store_path() / storage_name("part")
    try:
        size, digest = _write(upload.chunks(_BLOCK), incoming)
        found = check(str(incoming), name=upload.name or "", purpose="evidence")
        verdict = found.verdict
        if not verdict.accepted:
            raise Unreadable(verdict.message, code=verdict.code)
        if why_closed(digest):
            raise Unreadable("这份文件曾因误传涉密申请清除，不能再次上传。", code="purged")
        original: dict[str, object] = {"name": verdict.name[:200], "size": size, "sha256": digest}
        kind, name = verdict.kind, verdict.name
        if kind == "heic":
            kind = "jpg"
            incoming.unlink()
            size, digest = _write([found.value], incoming)
        if extension(name) in _AS_JPG:
            name = f"{PurePath(name).stem}.jpg"
        stored_as = storage_name(kind)
        os.replace(incoming, store_path() / stored_as)
    finally:
        incoming.unlink(missing_ok=True)
    converted = original if name != verdict.name else None
    return StoredFile(name[:200], stored_as, kind, size, digest, original=converted)


def _write(chunks: Iterable[bytes], path: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as target:
        os.chmod(path, 0o640)
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    return size, digest.hexdigest()


def why_closed(sha256: str) -> str:
    """Why these bytes are given to nobody; "" when they are."""
    row = Purge.objects.closing(sha256).first()
    if row is None:
        return ""
    if row.state == PurgeState.DONE:
        return "这份文件因误传涉密已被清除。"
    return "这份文件已申请按误传涉密清除，核定之前不能查看和下载。"


def destroy(path: Path) -> None:
    """Written over, then removed: what a disk keeps of it is for the disk's owner to destroy."""
    with path.open("r+b") as target:
        left = path.stat().st_size
        while left > 0:
            left -= target.write(b"\0" * min(left, _BLOCK))
        target.flush()
        os.fsync(target.fileno())
    path.unlink()


def opened(evidence: Evidence) -> IO[bytes]:
    """The stored file, at its start, after its bytes were found to be those that were uploaded; else Refused."""
    return opened_file(f"佐证材料“{evidence.name}”", evidence.stored_as, evidence.sha256)


def opened_file(name: str, stored_as: str, sha256: str) -> IO[bytes]:
    """The same of any file of the store; `name` as sentences call it."""
    if why_not := why_closed(sha256):
        raise Refused(why_not)
    path = store_path() / stored_as
    try:
        source = path.open("rb")
    except OSError as error:
        raise Refused(f"{name}在服务器上找不到，请联系系统管理员。") from error
    digest = hashlib.sha256()
    while block := source.read(_BLOCK):
        digest.update(block)
    if digest.hexdigest() != sha256:
        source.close()
        raise Refused(f"{name}与上传时的校验值不一致，可能已损坏，未予下载。请联系系统管理员。")
    source.seek(0)
    return source
