"""Pictures of evidence and of visits: the pages of a PDF or picture as PNG, rendered in the child process when first asked for.

They lie beside the store under the stored name of the file, so tasks that share a file share its pictures. They can
be thrown away at any time and are made again; nothing of them is in the database.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from accounts.files.check import album
from accounts.files.paper import PAGES
from accounts.files.refusal import Refusal
from notices.domain.evidence import opened_file, store_path, why_closed
from notices.errors import Refused
from notices.models import Evidence
from notices.models.attached import Attached

KINDS = ("pdf", "jpg", "png")
MOST = PAGES  # pages of one file; the rest is read in the download
_WHY = "why.txt"  # in place of pictures: why there are none


def folder() -> Path:
    """The folder of all pictures, made when missing; readable by the server alone."""
    path = Path(settings.MEDIA_ROOT) / "previews"
    path.mkdir(parents=True, exist_ok=True, mode=0o750)
    return path


def has_pages(file: Evidence | Attached) -> bool:
    """Is it a kind of file that pictures are made of?"""
    return file.kind in KINDS


def pictures(file: Evidence | Attached) -> list[Path]:
    """A small picture of the first page, then the pages. Raises Refused when there can be none.

    1. made before: those; 2. one rendering at a time on this machine, bounded by the limits of the child;
    3. put in place whole or not at all. A file that cannot be drawn is not tried again.
    """
    if not has_pages(file):
        raise Refused("这种文件没有预览，请下载后查看。")
    if why_not := why_closed(file.sha256):
        raise Refused(why_not)
    place = folder() / file.stored_as
    if not place.is_dir():
        with _alone():
            if not place.is_dir():
                _render(file, place)
    why = place / _WHY
    if why.exists():
        raise Refused(why.read_text("utf-8"))
    return sorted(place.glob("*.png"))


def drop(stored_as: str) -> None:
    """Throw the pictures of a stored file away."""
    shutil.rmtree(folder() / stored_as, ignore_errors=True)


def _render(file: Evidence | Attached, place: Path) -> None:
    opened_file(
        f"文件“{file.name}”", file.stored_as, file.sha256
    ).close()  # its bytes are those that were uploaded
    incoming = Path(tempfile.mkdtemp(prefix=".part-", dir=folder()))
    try:
        try:
            for number, page in enumerate(album(str(store_path() / file.stored_as), file.kind)):
                (incoming / f"{number}.png").write_bytes(page)
        except Refusal as refusal:
            for half in incoming.glob("*.png"):
                half.unlink()
            (incoming / _WHY).write_text(f"这个文件无法生成预览，请下载后查看。{refusal.message}", "utf-8")
        os.replace(incoming, place)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


@contextmanager
def _alone() -> Iterator[None]:
    with (folder() / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
