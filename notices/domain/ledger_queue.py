"""The queue of long ledger work: order, claim, tell how far it is, end. The rows of LedgerJob are the queue.

A worker claims a job for a lease and renews it with every word about how far it is. A job whose worker died is taken
up again when its lease is over, three times at most. `tries` fences: an end is written only by the last who claimed.
"""

import datetime as dt
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q

from accounts.access import memberships
from accounts.models import User
from notices.models import LedgerJob, LedgerUpload, Notice

LEASE = dt.timedelta(minutes=4)  # longer than the child that reads a file may be silent (limits.LARGE.wall)
MOST_TRIES = 3
_PAUSE = 0.5  # seconds between two written words about how far a job is
OPEN = Q(state__in=(LedgerJob.State.WAITING, LedgerJob.State.RUNNING))
POSTS_CHANGED = "提交以后您的任职有变动，这份文件不再提供，请重新下载。"
_GIVEN_UP = (
    "后台处理了 {tries} 次都没有完成，已停止，台账没有任何变化。请稍后再试，或拆分成几个文件分别办理；"
    "反复出现时请联系系统管理员（任务编号 {pk}）。"
)
_NO_PACKAGE = (
    "后台处理了 {tries} 次都没有完成，已停止。请稍后再试；反复出现时请联系系统管理员（任务编号 {pk}），"
    "在服务器上也可以用 export_everything 导出。"
)


class Lost(Exception):
    """The job was taken over by another worker, or ended, meanwhile: what this one did is taken back."""


@dataclass(frozen=True)
class Standing:
    """How far a job is. `total` 0: not known."""

    stage: str
    done: int
    total: int

    @property
    def percent(self) -> int | None:
        return min(99, 100 * self.done // self.total) if self.total else None


# --- order -----------------------------------------------------------------------------------------------------


def order(
    kind: LedgerJob.Kind,
    notice: Notice,
    *,
    by: User,
    at: dt.datetime,
    upload: LedgerUpload | None = None,
    wanted: dict[str, Any] | None = None,
) -> LedgerJob:
    """Put work into the queue. An upload has one open job: asked for twice, it is the same."""
    job = LedgerJob(
        kind=kind, notice=notice, upload=upload, wanted=wanted or {}, by=by, by_name=by.name, at=at
    )
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        open_job = LedgerJob.objects.filter(OPEN, upload=upload).first()
        if upload is None or open_job is None:
            raise
        return open_job
    return job


def stamp(user: User) -> list[list[object]]:
    """The person's posts: what was written for somebody may be fetched while these are the same."""
    return [[m.unit_id, m.role] for m in memberships(user)]


# --- claim -----------------------------------------------------------------------------------------------------


def claim(now: dt.datetime) -> LedgerJob | None:
    """The next job for this worker, or None: nothing waits, or another worker has one (they go one by one, a large
    ledger takes a gigabyte). Jobs abandoned too often are given up."""
    _give_up(now)
    if any(not _abandoned(job, now) for job in _running()):
        return None
    for job in LedgerJob.objects.filter(OPEN).order_by("pk"):
        same = {"pk": job.pk, "state": job.state, "tries": job.tries}
        if LedgerJob.objects.filter(**same).update(
            state=LedgerJob.State.RUNNING,
            tries=F("tries") + 1,
            lease_until=now + LEASE,
            stage="",
            done=0,
            total=0,
        ):
            return LedgerJob.objects.select_related("notice__unit", "upload", "by").get(pk=job.pk)
    return None


def waits() -> bool:
    return LedgerJob.objects.filter(OPEN).exists()


def _running() -> list[LedgerJob]:
    return list(LedgerJob.objects.filter(state=LedgerJob.State.RUNNING).order_by("pk"))


def _abandoned(job: LedgerJob, now: dt.datetime) -> bool:
    """Its lease is over, in the row and in the file that stands for the row during a transaction."""
    if job.lease_until is None or job.lease_until >= now:
        return False
    told = _read(_path(job))
    return told is None or told["tries"] != job.tries or dt.datetime.fromisoformat(told["until"]) < now


def _give_up(now: dt.datetime) -> None:
    for job in _running():
        if job.tries >= MOST_TRIES and _abandoned(job, now):
            fail(job, _given_up(job), at=now)


def _given_up(job: LedgerJob) -> str:
    packed = job.kind in (LedgerJob.Kind.PACK, LedgerJob.Kind.LEAVE)
    return (_NO_PACKAGE if packed else _GIVEN_UP).format(tries=job.tries, pk=job.pk)


# --- how far ---------------------------------------------------------------------------------------------------


class Gauge:
    """Says how far a job is and renews its lease. Outside a transaction in the row; inside one the row would be seen
    by nobody (and on SQLite could not be written beside it), so a small file says it until the transaction ends."""

    def __init__(self, job: LedgerJob, now: Callable[[], dt.datetime]) -> None:
        self._job, self._now = job, now
        self._stage = ""
        self._last: dt.datetime | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = self._now()
        if stage == self._stage and self._last and (now - self._last).total_seconds() < _PAUSE:
            return
        self._stage, self._last = stage, now
        if connection.in_atomic_block:
            _write(
                self._job, {"stage": stage, "done": done, "total": total, "until": (now + LEASE).isoformat()}
            )
            return
        if not LedgerJob.objects.filter(**_claimed(self._job)).update(
            stage=stage, done=done, total=total, lease_until=now + LEASE
        ):
            raise Lost


def standing(job: LedgerJob) -> Standing:
    told = _read(_path(job)) if job.state == LedgerJob.State.RUNNING else None
    if told is not None and told["tries"] == job.tries:
        return Standing(told["stage"], told["done"], told["total"])
    return Standing(job.stage, job.done, job.total)


def running_path() -> Path:
    path = Path(settings.MEDIA_ROOT) / "ledgers" / "running"
    path.mkdir(parents=True, exist_ok=True, mode=0o750)
    return path


def _path(job: LedgerJob) -> Path:
    return running_path() / f"{job.pk}.json"


def _write(job: LedgerJob, told: dict[str, Any]) -> None:
    path = _path(job)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps({**told, "tries": job.tries}, ensure_ascii=False), "utf-8")
    os.replace(fresh, path)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found


# --- end -------------------------------------------------------------------------------------------------------


def _claimed(job: LedgerJob) -> dict[str, Any]:
    """The row as long as this worker is the last who claimed it."""
    return {"pk": job.pk, "state": LedgerJob.State.RUNNING, "tries": job.tries}


def finish(job: LedgerJob, message: str, *, at: dt.datetime, **columns: Any) -> None:
    """Call in the transaction of the act: the act and its end are one. Raises Lost."""
    ended = {"state": LedgerJob.State.DONE, "lease_until": None, "finished_at": at, "message": message}
    if not LedgerJob.objects.filter(**_claimed(job)).update(**ended, **columns):
        raise Lost


@transaction.atomic
def fail(job: LedgerJob, message: str, *, at: dt.datetime) -> None:
    """End with a sentence. A file that was never read stays unread; a plan can be confirmed again."""
    if not LedgerJob.objects.filter(**_claimed(job)).update(
        state=LedgerJob.State.FAILED, lease_until=None, finished_at=at, message=message
    ):
        return
    if job.kind == LedgerJob.Kind.READ and job.upload_id is not None:
        LedgerUpload.objects.filter(pk=job.upload_id, state=LedgerUpload.State.RECEIVED).update(
            state=LedgerUpload.State.FAILED
        )
    forget(job)


def put_back(job: LedgerJob, *, at: dt.datetime) -> None:
    """After an unforeseen error: for the next try, or given up."""
    if job.tries >= MOST_TRIES:
        fail(job, _given_up(job), at=at)
        return
    LedgerJob.objects.filter(**_claimed(job)).update(
        state=LedgerJob.State.WAITING, lease_until=None, stage="", done=0, total=0
    )
    forget(job)


def forget(job: LedgerJob) -> None:
    """The file that told how far it was."""
    _path(job).unlink(missing_ok=True)
