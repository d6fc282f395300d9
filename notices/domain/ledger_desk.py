"""What the ledger pages do with uploads: whose they are, their columns read again, planned anew."""

import datetime as dt
from collections.abc import Mapping

from django.db.models import OuterRef, Q, QuerySet, Subquery

from accounts.access import reach
from accounts.files.check import check
from accounts.models import User
from accounts.roles import Can
from notices.domain.ledger_queue import OPEN
from notices.errors import Refused, Unreadable
from notices.ledger.read import read_ledger
from notices.ledger.uploads import keep, prepare, remember, remembered, tables_of
from notices.models import LedgerJob, LedgerUpload, Notice
from notices.records import LedgerTable

PLANNED_ONCE = (LedgerUpload.State.PLANNED, LedgerUpload.State.APPLIED, LedgerUpload.State.UNDONE)


def uploads_of(user: User) -> QuerySet[LedgerUpload]:
    """The person's own uploads, and for an office all of its notices; only of notices the person still sees."""
    seen = Notice.objects.visible_to(user)
    mine = Q(by=user) | Q(notice__unit__in=reach(user, Can.PLAN))
    under_way = LedgerJob.objects.filter(OPEN, upload=OuterRef("pk"))
    return (
        LedgerUpload.objects.filter(mine, notice__in=seen)
        .annotate(open_job=Subquery(under_way.values("kind")[:1]))
        .defer("plan", "result", "tables")
    )


def foreign_tables(upload: LedgerUpload) -> list[LedgerTable]:
    """The tables of the file whose columns a person may assign; our own lists are known. An upload of before they were
    kept, and one that is not large, is read again: what was assigned meanwhile shows."""
    if upload.state not in PLANNED_ONCE:
        raise Refused("这份台账还没有核对，暂时不能查看列对应。")
    if upload.large:
        return tables_of(upload)
    found = check(upload.file.path, name=upload.name, purpose="ledger")
    if found.workbook is None:
        raise Unreadable(found.verdict.message, code=found.verdict.code)
    notice = upload.notice
    ledger = read_ledger(found.workbook.sheets, campaign=notice.campaign, chosen=remembered(notice))
    return [table for table in ledger.tables if not table.listed]


def plan_again(
    upload: LedgerUpload,
    columns: Mapping[str, Mapping[int, str]],
    *,
    by: User,
    at: dt.datetime,
    today: dt.date,
) -> LedgerUpload:
    """The same file planned against the database as it now is; the columns assigned are kept for the next upload.

    Nothing is remembered when the file cannot be planned so.
    """
    path = upload.file.path
    prepared = prepare(
        upload.notice,
        path,
        name=upload.name,
        by=by,
        at=at,
        today=today,
        take_over=upload.take_over,
        chosen=columns,
    )
    for signature, keys in columns.items():
        remember(upload.notice, signature, keys, by=by, at=at)
    return keep(prepared, upload.notice, path, by=by, at=at)
