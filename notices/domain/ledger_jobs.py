"""Long ledger work, done: a large file read and planned, a large plan written or taken back, a large ledger written.

Each kind ends in one transaction together with its job, so a worker that dies leaves all or nothing behind.
"""

import datetime as dt
import logging
import os
import uuid
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import IO

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Q, QuerySet

from accounts import audit
from accounts.files.limits import LARGE
from accounts.models import User
from notices.domain import ledger_queue, packages
from notices.domain.book import Moment
from notices.domain.ledger_desk import uploads_of
from notices.domain.ledger_queue import POSTS_CHANGED, Gauge, Lost, stamp
from notices.errors import Refused, Stale
from notices.ledger.export import export_ledger
from notices.ledger.load import rights_of
from notices.ledger.returns import ONLY_XLSX, annotated, give_back
from notices.ledger.uploads import (
    LARGE_IS_OFFICE,
    apply_upload,
    plan_received,
    prepare,
    receive,
    remember,
    undo_upload,
)
from notices.models import LedgerJob, LedgerUpload, Notice, Task

PLAN_ROWS = 3_000  # rows written or taken back: above, a worker does it
EXPORT_ROWS = 10_000  # tasks in a download: above, a worker writes it
KEPT = dt.timedelta(days=3)  # a finished download, and a file that could not be read
STRAY = dt.timedelta(days=1)  # a file no row knows, left by a process that was killed
GIVEN_BACK = (LedgerJob.Kind.MARK, LedgerJob.Kind.FILL)  # the uploaded file itself, marked or filled
WITH_FILE = (LedgerJob.Kind.EXPORT, *GIVEN_BACK, *packages.KINDS)
_MOST_LEFT = 20

logger = logging.getLogger(__name__)


def jobs_of(user: User) -> QuerySet[LedgerJob]:
    """The person's own, and those of uploads the person sees; only of notices the person still sees."""
    mine = Q(by=user) | Q(upload__in=uploads_of(user).values("pk"))
    return LedgerJob.objects.filter(mine, notice__in=Notice.objects.visible_to(user))


def shown_job(upload: LedgerUpload) -> LedgerJob | None:
    """The job whose page stands for the upload: one under way, or the one that could not read the file."""
    jobs = LedgerJob.objects.filter(upload=upload).exclude(kind__in=GIVEN_BACK).order_by("-pk")
    if upload.state not in (LedgerUpload.State.RECEIVED, LedgerUpload.State.FAILED):
        jobs = jobs.filter(ledger_queue.OPEN)
    return jobs.first()


def last_ended(upload: LedgerUpload) -> LedgerJob | None:
    """How the last writing or taking back of the upload by a worker ended."""
    jobs = LedgerJob.objects.filter(upload=upload, kind__in=(LedgerJob.Kind.APPLY, LedgerJob.Kind.UNDO))
    return jobs.order_by("-pk").first()


def exports_of(user: User) -> QuerySet[LedgerJob]:
    """Downloads written for the person and not yet removed, and those under way; newest first."""
    mine = jobs_of(user).filter(by=user, kind=LedgerJob.Kind.EXPORT)
    return mine.filter(ledger_queue.OPEN | ~Q(file="")).select_related("notice").order_by("-pk")


# --- order -----------------------------------------------------------------------------------------------------


def is_large_plan(upload: LedgerUpload) -> bool:
    """Whether writing or taking it back is a worker's matter."""
    counted = sum(upload.counts.get(kind, 0) for kind in ("add", "change", "conflict"))
    return upload.large or counted > PLAN_ROWS


def is_long_file(upload: LedgerUpload) -> bool:
    """Whether giving the file back, marked or filled, is a worker's matter: opened whole it takes a minute for ten
    thousand rows."""
    return upload.large or sum(upload.counts.values()) > PLAN_ROWS


@transaction.atomic
def order_reading(
    notice: Notice,
    path: str,
    *,
    name: str,
    by: User,
    at: dt.datetime,
    take_over: bool = False,
    columns: dict[str, dict[int, str]] | None = None,
) -> LedgerJob:
    """Keep a file that is too large for a form and have it read and planned. Office only."""
    upload = receive(notice, path, name=name, by=by, at=at, take_over=take_over)
    wanted = {"columns": {s: {str(c): k for c, k in keys.items()} for s, keys in (columns or {}).items()}}
    return ledger_queue.order(LedgerJob.Kind.READ, notice, by=by, at=at, upload=upload, wanted=wanted)


def order_again(
    upload: LedgerUpload, columns: dict[str, dict[int, str]], *, by: User, at: dt.datetime
) -> LedgerJob:
    """The same file once more, as a new upload, against the ledger as it will be then."""
    if not upload.file or upload.state in (LedgerUpload.State.RECEIVED, LedgerUpload.State.FAILED):
        raise Refused("这份台账还没有核对，不能重新核对；如需更换文件请重新上传。")
    return order_reading(
        upload.notice,
        upload.file.path,
        name=upload.name,
        by=by,
        at=at,
        take_over=upload.take_over,
        columns=columns,
    )


def order_applying(
    upload: LedgerUpload, choices: dict[str, str], *, by: User, at: dt.datetime, reason: str = ""
) -> LedgerJob:
    if upload.state != LedgerUpload.State.PLANNED:
        raise Refused(f"这份台账{upload.get_state_display()}，不能再导入；如需再次导入请重新上传。")
    wanted = {"choices": choices, "reason": reason}
    return ledger_queue.order(LedgerJob.Kind.APPLY, upload.notice, by=by, at=at, upload=upload, wanted=wanted)


def order_undoing(upload: LedgerUpload, *, by: User, at: dt.datetime) -> LedgerJob:
    if upload.state != LedgerUpload.State.APPLIED:
        raise Refused(f"这份台账{upload.get_state_display()}，没有可以撤销的内容。")
    return ledger_queue.order(LedgerJob.Kind.UNDO, upload.notice, by=by, at=at, upload=upload)


def order_export(notice: Notice, *, filters: str, today: dt.date, by: User, at: dt.datetime) -> LedgerJob:
    """`filters`: the address of the filtered list; a ledger as of a week's snapshot would name the week here."""
    wanted = {"filters": filters, "today": today.isoformat(), "rights": stamp(by)}
    return ledger_queue.order(LedgerJob.Kind.EXPORT, notice, by=by, at=at, wanted=wanted)


@transaction.atomic
def order_returning(upload: LedgerUpload, kind: LedgerJob.Kind, *, by: User, at: dt.datetime) -> LedgerJob:
    """The uploaded file with its problems marked, or with the present values filled in; one of GIVEN_BACK."""
    if kind == LedgerJob.Kind.FILL and upload.kind != "xlsx":
        raise Refused(ONLY_XLSX)
    act = audit.Act("ledger.give_back", "upload", upload.pk, upload.notice_id, data={"kind": kind.value})
    audit.record(act, by=by, at=at)
    wanted = {"rights": stamp(by)}
    return ledger_queue.order(kind, upload.notice, by=by, at=at, upload=upload, wanted=wanted)


# --- do --------------------------------------------------------------------------------------------------------

Choose = Callable[[LedgerJob], QuerySet[Task] | None]


def work(moment: Moment, choose: Choose) -> LedgerJob | None:
    """Do the next job of the queue; None when there is none for now. Never raises on what a job runs into.

    `choose`: the tasks of an export, None for all.
    """
    try:
        job = ledger_queue.claim(moment.now())
    except OperationalError:
        logger.warning("the database is busy, ledger jobs wait", exc_info=True)
        return None
    if job is None:
        return None
    try:
        _do(job, moment, choose)
    except Lost:
        logger.warning("ledger job %d: taken over by another worker", job.pk)
    except Refused as why:
        again = "请点“重新核对”，看过新的改动清单后再确认。" if isinstance(why, Stale) else ""
        ledger_queue.fail(job, f"{why}{again}", at=moment.now())
    except OperationalError:
        logger.warning("ledger job %d: the database is busy", job.pk, exc_info=True)
        ledger_queue.put_back(job, at=moment.now())
    except Exception:
        logger.exception("ledger job %d failed", job.pk)
        ledger_queue.put_back(job, at=moment.now())
    else:
        ledger_queue.forget(job)
    return job


def _do(job: LedgerJob, moment: Moment, choose: Choose) -> None:
    tell = Gauge(job, moment.now)
    tell("开始办理", 0, 0)
    if job.kind == LedgerJob.Kind.READ:
        _read(job, moment, tell)
    elif job.kind == LedgerJob.Kind.APPLY:
        _apply(job, moment, tell)
    elif job.kind == LedgerJob.Kind.UNDO:
        _undo(job, moment, tell)
    elif job.kind in GIVEN_BACK:
        _give_back(job, moment, tell)
    elif job.kind in packages.KINDS:
        packages.make(job, moment, tell)
    else:
        _export(job, moment, tell, choose(job))


def _upload(job: LedgerJob) -> LedgerUpload:
    assert job.upload is not None
    return job.upload


def _read(job: LedgerJob, moment: Moment, tell: Gauge) -> None:
    upload = _upload(job)
    if not rights_of(job.by, job.notice).office:
        raise Refused(LARGE_IS_OFFICE)
    columns = {
        s: {int(c): key for c, key in keys.items()} for s, keys in job.wanted.get("columns", {}).items()
    }
    prepared = prepare(
        job.notice,
        upload.file.path,
        name=upload.name,
        by=job.by,
        at=moment.now(),
        today=moment.today,
        take_over=upload.take_over,
        chosen=columns,
        profile=LARGE,
        tell=tell,
    )
    tell("保存核对结果", 0, 0)
    with transaction.atomic():
        if not plan_received(upload, prepared, by=job.by, at=moment.now()):
            raise Lost
        for signature, keys in columns.items():
            remember(job.notice, signature, keys, by=job.by, at=moment.now())
        ledger_queue.finish(job, "核对完成，请查看改动后确认。", at=moment.now())


def _apply(job: LedgerJob, moment: Moment, tell: Gauge) -> None:
    with transaction.atomic():
        done = apply_upload(
            _upload(job),
            by=job.by,
            at=moment.now(),
            today=moment.today,
            choices=job.wanted.get("choices", {}),
            reason=job.wanted.get("reason", ""),
            tell=tell,
        )
        said = [
            f"新增 {done.added_issues} 个问题" if done.added_issues else "",
            f"新增 {done.added_tasks} 项任务" if done.added_tasks else "",
            f"修改 {done.changed} 行" if done.changed else "",
        ]
        ledger_queue.finish(
            job, f"台账已导入：{'、'.join(filter(None, said)) or '没有改动'}。", at=moment.now()
        )


def _undo(job: LedgerJob, moment: Moment, tell: Gauge) -> None:
    with transaction.atomic():
        done = undo_upload(_upload(job), by=job.by, at=moment.now(), today=moment.today, tell=tell)
        ledger_queue.finish(job, undone_words(done.restored, done.cancelled, done.left), at=moment.now())


def undone_words(restored: int, cancelled: int, left: tuple[str, ...]) -> str:
    """What taking back did, and the first rows it left, a line each."""
    taken = f"，撤销新增任务 {cancelled} 项" if cancelled else ""
    lines = [f"已撤销本次导入：恢复 {restored} 行{taken}。", *left[:_MOST_LEFT]]
    if len(left) > _MOST_LEFT:
        lines.append(f"另有 {len(left) - _MOST_LEFT} 行。")
    return "\n".join(lines)


def _export(job: LedgerJob, moment: Moment, tell: Gauge, tasks: QuerySet[Task] | None) -> None:
    """Written under a name that no row knows; the row learns it in the transaction that keeps the export."""
    if stamp(job.by) != job.wanted["rights"]:
        raise Refused(POSTS_CHANGED)
    today = dt.date.fromisoformat(job.wanted["today"])
    name = f"ledgers/kept/{uuid.uuid4().hex}.xlsx"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    try:
        with transaction.atomic(), path.open("xb") as target:
            os.chmod(path, 0o640)
            done = export_ledger(
                job.notice, target, by=job.by, at=moment.now(), today=today, tasks=tasks, tell=tell
            )
            target.flush()
            os.fsync(target.fileno())
            said = f"台账已生成，共 {done.rows['tasks']} 项任务。"
            ledger_queue.finish(job, said, at=moment.now(), export=done.export, file=name)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _give_back(job: LedgerJob, moment: Moment, tell: Gauge) -> None:
    if stamp(job.by) != job.wanted["rights"]:
        raise Refused(POSTS_CHANGED)
    tell("读取原表", 0, 0)
    said = "文件已生成。"
    if job.kind == LedgerJob.Kind.MARK:
        content = annotated(_upload(job))
    else:
        filled = give_back(_upload(job), by=job.by)
        content = filled.content
        if filled.unpatched:
            said = "\n".join(["文件已生成；有些单元格无法回填，保持原样：", *filled.unpatched[:_MOST_LEFT]])
    name = f"ledgers/kept/{uuid.uuid4().hex}.xlsx"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    try:
        with transaction.atomic(), path.open("xb") as target:
            os.chmod(path, 0o640)
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
            ledger_queue.finish(job, said, at=moment.now(), file=name)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def fetched(job: LedgerJob) -> IO[bytes]:
    """What the job wrote, open at its beginning; else Refused."""
    if not job.file:
        raise Refused(f"文件已超过 {KEPT.days} 天或者已被清除，请重新生成。")
    if stamp(job.by) != job.wanted["rights"]:
        raise Refused(POSTS_CHANGED)
    if job.kind in packages.KINDS:
        packages.refuse_closed(job)
    try:
        return Path(job.file.path).open("rb")
    except OSError as error:
        raise Refused("生成的文件在服务器上找不到，请重新生成。") from error


def file_name(job: LedgerJob) -> str:
    if job.kind in GIVEN_BACK:
        return given_name(_upload(job), job.kind)
    if job.kind in packages.KINDS:
        kind = "佐证材料" if job.kind == LedgerJob.Kind.PACK else "全部资料"
        return f"{kind}_{job.notice.title[:40]}_{job.wanted['today'].replace('-', '')}.zip"
    return f"整改台账_{job.notice.title}_{job.wanted['today']}.xlsx"


def given_name(upload: LedgerUpload, kind: str) -> str:
    ending = "核对结果" if kind == LedgerJob.Kind.MARK else "已回填"
    return f"{PurePath(upload.name).stem}_{ending}.xlsx"


# --- tidy ------------------------------------------------------------------------------------------------------


def tidy(now: dt.datetime) -> int:
    """Remove finished downloads and refused files after some days, and files a killed process left. How many."""
    gone = 0
    for job in LedgerJob.objects.exclude(file="").filter(finished_at__lt=now - KEPT):
        gone += _remove(job.file.path)
        LedgerJob.objects.filter(pk=job.pk).update(file="")
    failed = LedgerUpload.objects.filter(state=LedgerUpload.State.FAILED, at__lt=now - KEPT).exclude(file="")
    for upload in failed.defer("plan", "result"):
        gone += _remove(upload.file.path)
        LedgerUpload.objects.filter(pk=upload.pk).update(file="")
    return gone + _tidy_strays(now)


def _remove(path: str) -> int:
    Path(path).unlink(missing_ok=True)
    return 1


def _tidy_strays(now: dt.datetime) -> int:
    root = Path(settings.MEDIA_ROOT)
    before = (now - STRAY).timestamp()
    old = [
        path
        for folder in ("ledgers", "ledgers/kept", "ledgers/running", packages.FOLDER)
        for path in (root / folder).glob("*")
        if path.is_file() and path.stat().st_mtime < before
    ]
    if not old:
        return 0
    known = set(LedgerUpload.objects.exclude(file="").values_list("file", flat=True))
    known |= set(LedgerJob.objects.exclude(file="").values_list("file", flat=True))
    stray = [path for path in old if path.relative_to(root).as_posix() not in known]
    return sum(_remove(str(path)) for path in stray)
