"""What the ledger pages do with uploads: whose they are, their columns read again, planned anew."""

import datetime as dt
from collections.abc import Mapping

from django.db.models import Q, QuerySet

from accounts.access import reach
from accounts.files.check import check
from accounts.files.limits import LARGE
from accounts.models import User
from accounts.roles import Can
from notices.errors import Unreadable
from notices.ledger.read import read_ledger
from notices.ledger.uploads import keep, prepare, remember, remembered
from notices.models import LedgerUpload, Notice
from notices.records import LedgerTable


def uploads_of(user: User) -> QuerySet[LedgerUpload]:
    """The person's own uploads, and for an office all of its notices; only of notices the person still sees."""
    seen = Notice.objects.visible_to(user)
    mine = Q(by=user) | Q(notice__unit__in=reach(user, Can.PLAN))
    return LedgerUpload.objects.filter(mine, notice__in=seen).defer("plan", "result")


def foreign_tables(upload: LedgerUpload) -> list[LedgerTable]:
    """The tables of the file whose columns a person may assign; our own lists are known."""
    found = check(upload.file.path, name=upload.name, purpose="ledger", profile=LARGE)
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
