"""The evidence store: a checked file under a server-made name, and the file back, proved by its hash.

No file is served from a media address; a download goes through the permission of its task.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from accounts.files.check import check
from accounts.files.names import storage_name
from notices.domain.reporting import StoredFile
from notices.errors import Missing, Refused, Unreadable
from notices.models import Evidence

_BLOCK = 1024 * 1024


def store_path() -> Path:
    """The folder of the store, made when missing; readable by the server alone."""
    path = Path(settings.MEDIA_ROOT) / "evidence"
    path.mkdir(parents=True, exist_ok=True, mode=0o750)
    return path


@contextmanager
def received(uploads: Iterable[UploadedFile]) -> Iterator[list[StoredFile]]:
    """Check and store uploads for the time of a block; when the block raises, nothing of them stays.

    1. each file to the store under a temporary name; 2. examined in a child process; 3. renamed. Raises
    Missing({"files": …}) with a line for every refused file; then none is kept.
    """
    stored: list[StoredFile] = []
    refused: list[str] = []
    try:
        for upload in uploads:
            try:
                stored.append(_take(upload))
            except Unreadable as why:
                refused.append(f"“{upload.name}”：{why}")
        if refused:
            raise Missing({"files": "\n".join(refused)})
        yield stored
    except BaseException:
        for file in stored:
            (store_path() / file.stored_as).unlink(missing_ok=True)
        raise


def _take(upload: UploadedFile) -> StoredFile:
    incoming = store_path() / storage_name("part")
    try:
        size, digest = _write(upload, incoming)
        verdict = check(str(incoming), name=upload.name or "", purpose="evidence").verdict
        if not verdict.accepted:
            raise Unreadable(verdict.message, code=verdict.code)
        stored_as = storage_name(verdict.kind)
        os.replace(incoming, store_path() / stored_as)
    finally:
        incoming.unlink(missing_ok=True)
    return StoredFile(verdict.name[:200], stored_as, verdict.kind, size, digest)


def _write(upload: UploadedFile, path: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as target:
        os.chmod(path, 0o640)
        for chunk in upload.chunks(_BLOCK):
            digest.update(chunk)
            size += len(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    return size, digest.hexdigest()


def opened(evidence: Evidence) -> IO[bytes]:
    """The stored file, at its start, after its bytes were found to be those that were uploaded; else Refused."""
    path = store_path() / evidence.stored_as
    try:
        source = path.open("rb")
    except OSError as error:
        raise Refused(f"佐证材料“{evidence.name}”在服务器上找不到，请联系系统管理员。") from error
    digest = hashlib.sha256()
    while block := source.read(_BLOCK):
        digest.update(block)
    if digest.hexdigest() != evidence.sha256:
        source.close()
        raise Refused(
            f"佐证材料“{evidence.name}”与上传时的校验值不一致，可能已损坏，未予下载。请联系系统管理员。"
        )
    source.seek(0)
    return source
