"""The mail about a saved view, on the first working day of the week: rows first, then sent by the protocol of reminders.

A row is written once a person, view and week; claimed with a lease before the mail leaves, tried again after the same
pauses, settled afterwards. What the mail lists is looked up when it is sent, for the person it goes to.
"""

import datetime as dt
import logging
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string

from accounts.access import on_day
from accounts.models import User
from notices.domain.book import Moment
from notices.domain.queue import LEASE, PAUSES
from notices.domain.weeks import monday_of
from notices.domain.workdays import Calendar, load_calendar
from notices.models import SavedView, ViewMail, ViewUse
from notices.terms import DeliveryState, ListKind

FIRST = 10  # rows a mail lists
RowsOf = Callable[..., QuerySet]  # (view, user, today=…) → what the view holds for that person
logger = logging.getLogger(__name__)


@dataclass
class Sent:
    """What a run did, in rows."""

    due: int = 0
    sent: int = 0
    skipped: int = 0
    failed: int = 0


def run(moment: Moment, rows_of: RowsOf, *, connection: BaseEmailBackend | None = None) -> Sent:
    """Write what is due this week and send what may leave. Safe to run twice, late, and beside another."""
    calendar = load_calendar(moment.today)
    found = Sent(due=_write(moment, calendar))
    for pk in list(_waiting(moment).order_by("tries", "pk").values_list("pk", flat=True)):
        if moment.is_over():
            break
        row = _claim(pk, moment)
        if row is not None:
            _deliver(row, moment, calendar, rows_of, found, connection or get_connection())
    return found


def due_on(monday: dt.date, calendar: Calendar) -> dt.date | None:
    """The first working day of the week; None when nobody works in it."""
    days = (monday + dt.timedelta(days=n) for n in range(7))
    return next((day for day in days if calendar.is_working(day)), None)


def _write(moment: Moment, calendar: Calendar) -> int:
    """One row for each who asked before that day; none before the day has come."""
    monday = monday_of(moment.today)
    day = due_on(monday, calendar)
    if day is None or moment.today < day:
        return 0
    asked = ViewUse.objects.filter(mails_since__lt=day, user__is_active=True)
    have = set(ViewMail.objects.filter(week=monday).values_list("user_id", "view_id"))
    fresh = [pair for pair in asked.values_list("user_id", "view_id") if pair not in have]
    rows = [
        ViewMail(user_id=user, view_id=view, week=monday, not_before=calendar.mail_time(moment.at), created_at=moment.now())
        for user, view in fresh
    ]  # fmt: skip
    ViewMail.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)


def _waiting(moment: Moment) -> QuerySet[ViewMail]:
    """As queue.waiting, over this table."""
    now = moment.now()
    due = ViewMail.objects.filter(state=DeliveryState.DUE, not_before__lte=moment.at)
    claimed = ViewMail.objects.filter(state=DeliveryState.CLAIMED)
    return due | claimed.exclude(lease_until__range=(now, now + LEASE))


@transaction.atomic
def _claim(pk: int, moment: Moment) -> ViewMail | None:
    """Ours now, unless another sender has it."""
    mine = _waiting(moment).filter(pk=pk).select_for_update(skip_locked=True)
    if not list(mine.values_list("pk", flat=True)):
        return None
    lease = moment.now() + LEASE
    _mark(ViewMail.objects.filter(pk=pk), DeliveryState.CLAIMED, lease_until=lease)
    return ViewMail.objects.select_related("user", "view__unit").get(pk=pk)


def _deliver(
    row: ViewMail,
    moment: Moment,
    calendar: Calendar,
    rows_of: RowsOf,
    found: Sent,
    connection: BaseEmailBackend,
) -> None:
    letter, why_not = letter_of(row, rows_of, today=moment.today)
    ours = ViewMail.objects.filter(pk=row.pk, state=DeliveryState.CLAIMED, lease_until=row.lease_until)
    if letter is None:
        found.skipped += _mark(ours, DeliveryState.SKIPPED, note=why_not)
        return
    try:
        connection.send_messages([letter])
    except (OSError, ValueError, smtplib.SMTPException) as error:
        last = row.tries >= len(PAUSES)
        note = f"{type(error).__name__}: {error}"[:300]
        logger.warning("view mail %d failed: %s", row.pk, note)
        later: dict[str, Any] = (
            {} if last else {"not_before": calendar.mail_time(moment.at + PAUSES[row.tries])}
        )
        state = DeliveryState.FAILED if last else DeliveryState.DUE
        found.failed += _mark(ours, state, tries=row.tries + 1, note=note, **later)
    else:
        found.sent += _mark(ours, DeliveryState.SENT, sent_at=moment.now(), note="")


def _mark(rows: QuerySet[ViewMail], state: DeliveryState, **values: Any) -> int:
    """As queue.mark, over this table."""
    changes: dict[str, Any] = {"state": state, "lease_until": None, **values}
    return rows.update(**changes)


def letter_of(row: ViewMail, rows_of: RowsOf, *, today: dt.date) -> tuple[EmailMessage | None, str]:
    """The mail as the person may read it now, or why there is none."""
    user, view = on_day(row.user, today), row.view
    use = ViewUse.objects.filter(user=user, view=view).exclude(mails_since=None).first()
    if use is None or not user.is_active:
        return None, "已退订或账号已停用"
    if not user.email:
        return None, "收件人没有邮箱"
    if not SavedView.objects.visible_to(user).filter(pk=view.pk).exists():
        return None, "视图不再共享给收件人"
    rows = rows_of(view, user, today=today)
    count = rows.order_by().count()
    if not count and not use.when_empty:
        return None, "视图中没有内容"
    return _letter(user, view, count, _lines(view, rows), today=today), ""


def _lines(view: SavedView, rows: QuerySet) -> list[str]:
    if view.kind == ListKind.ISSUE:
        found = rows.order_by("notice_id", "position", "pk").values_list("number", "title")[:FIRST]
        return [f"{number} {title[:40]}" for number, title in found]
    tasks = rows.order_by("-is_open", "deadline", "pk")
    return [
        f"{number} {text[:40]}{f' · 时限 {deadline}' if deadline else ''}{f' · {lead}' if lead else ''}"
        for number, text, deadline, lead in tasks.values_list(
            "number", "text", "deadline", "lead_unit__name"
        )[:FIRST]
    ]


def _letter(user: User, view: SavedView, count: int, lines: list[str], *, today: dt.date) -> EmailMessage:
    what = "个问题" if view.kind == ListKind.ISSUE else "项任务"
    parts = {
        "name": user.name,
        "view": view,
        "today": today,
        "count": count,
        "what": what,
        "lines": lines,
        "more": count - len(lines),
        "address": settings.BASE_URL.rstrip("/"),
    }
    body = render_to_string("emails/view_mail.txt", parts).strip() + "\n"
    subject = " ".join(f"【整改督办】{view.name}：{count} {what}".split())
    return EmailMessage(subject, body, to=[user.email], headers={"Auto-Submitted": "auto-generated"})
