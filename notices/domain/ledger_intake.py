"""A ledger handed in, confirmed, taken back: at once, or by a worker when it is long. What pages and interface both call."""

import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePath

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from accounts.files.limits import TOO_MUCH
from accounts.models import User
from notices.domain import ledger_jobs
from notices.errors import Unreadable
from notices.ledger.apply import Undone
from notices.ledger.load import rights_of
from notices.ledger.uploads import apply_upload, keep, prepare, undo_upload
from notices.models import LedgerJob, LedgerUpload, Notice


@contextmanager
def on_disk(file: UploadedFile) -> Iterator[str]:
    """The upload as a file that the child process can open; gone afterwards."""
    if isinstance(file, TemporaryUploadedFile):
        yield file.temporary_file_path()
        return
    suffix = PurePath(file.name or "").suffix.lower()[:8]
    with tempfile.NamedTemporaryFile(suffix=suffix) as kept:
        for chunk in file.chunks():
            kept.write(chunk)
        kept.flush()
        yield kept.name


def take_in(
    notice: Notice, file: UploadedFile, *, by: User, at: dt.datetime, today: dt.date, take_over: bool = False
) -> LedgerUpload | LedgerJob:
    """Gate, reader and plan; the file is kept with its plan, the ledger is untouched. What is too much for a request
    the office hands over to a worker: then the job."""
    name = file.name or ""
    with on_disk(file) as path:
        try:
            prepared = prepare(notice, path, name=name, by=by, at=at, today=today, take_over=take_over)
        except Unreadable as why:
            if why.code not in TOO_MUCH or not rights_of(by, notice).office:
                raise
            return ledger_jobs.order_reading(notice, path, name=name, by=by, at=at, take_over=take_over)
        return keep(prepared, notice, path, by=by, at=at)


def confirm(
    upload: LedgerUpload,
    choices: Mapping[str, str],
    *,
    reason: str,
    by: User,
    at: dt.datetime,
    today: dt.date,
) -> LedgerJob | None:
    """Write what was planned; a job when it is long."""
    if ledger_jobs.is_large_plan(upload):
        return ledger_jobs.order_applying(upload, dict(choices), reason=reason, by=by, at=at)
    apply_upload(upload, by=by, at=at, today=today, choices=dict(choices), reason=reason)
    return None


def take_back(upload: LedgerUpload, *, by: User, at: dt.datetime, today: dt.date) -> LedgerJob | Undone:
    """Undo an import; a job when it is long."""
    if ledger_jobs.is_large_plan(upload):
        return ledger_jobs.order_undoing(upload, by=by, at=at)
    return undo_upload(upload, by=by, at=at, today=today)
