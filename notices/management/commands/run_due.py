import datetime as dt
import sys
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management.base import CommandError, CommandParser
from django.utils.timezone import localtime

from accounts.management.base import Answer, now, today
from notices.domain import reminders, search, unused_accounts, view_mails, week_desk
from notices.domain.book import Moment
from notices.domain.reminders import PersonTold, RunResult
from notices.domain.workdays import ZONE
from notices.filters import rows_of_view
from notices.management.base import NoticeCommand

_OFFICE_HOUR = dt.time(9)
_MOST = 50  # people and names listed; the rest is counted


class Command(NoticeCommand):
    help = "按任务时限生成并发送提醒；可重复运行，同一提醒只发一次"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--today", metavar="日期", help="按这一天上午九点的情形办理，例如 2026-12-31；缺省为此刻"
        )
        parser.add_argument("--dry", action="store_true", help="只列出将要提醒的内容，不写入、不发送")

    def run(self, options: dict[str, Any]) -> Answer:
        if (
            options["today"] is None and not options["dry"]
        ):  # a week is closed as it is now, never as of another day
            week_desk.close_due(at=now(), today=today())
            search.catch_up()
            unused_accounts.look(at=now(), lasts=settings.ACCOUNT_UNUSED)
        found = reminders.run(
            _moment(options["today"]), dry=options["dry"], connection=_connection(options["as_json"])
        )
        if not options["dry"]:
            view_mails.run(
                _moment(options["today"]), rows_of_view, connection=_connection(options["as_json"])
            )
        data = {
            "today": found.today.isoformat(),
            "due": found.due,
            "sent": found.sent,
            "skipped": found.skipped,
            "failed": found.failed,
        }
        return Answer(data, _lines(found, dry=options["dry"]))


def _moment(text: str | None) -> Moment:
    """Without a day: now. With one: that day at nine, so that the hour of typing decides nothing."""
    if text is None:
        return Moment(today=today(), now=now)
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--today 的日期“{text}”写法不对，应形如 2026-12-31。") from None
    if not 2000 <= day.year <= 2100:
        raise CommandError(f"--today 的日期“{text}”不在 2000 年至 2100 年之间，请核对。")
    return Moment(today=day, now=now, pretend=dt.datetime.combine(day, _OFFICE_HOUR, ZONE))


def _connection(as_json: bool) -> BaseEmailBackend:
    """Mail printed on the console goes to stderr when stdout holds one JSON object."""
    if as_json and settings.EMAIL_BACKEND.endswith(".console.EmailBackend"):
        return get_connection(stream=sys.stderr)
    return get_connection()


def _lines(found: RunResult, *, dry: bool) -> list[str]:
    if dry:
        lines = [f"{found.today} 试算：应提醒 {found.due} 条，未写入、未发送。"]
    else:
        lines = [
            f"{found.today} 提醒：应提醒 {found.due} 条，已发送 {found.sent} 条，"
            f"跳过 {found.skipped} 条，失败 {found.failed} 条。"
        ]
    lines += _listed([_person(told, found) for told in found.told], "人")
    lines += [f"邮件发送失败：{error}；稍后自动重试。" for error in found.errors]
    if found.unmatched:
        lines.append("以下人员在台账中有名字但没有账号，提醒未能送达，请整改办核对：")
        lines += _listed([f"{u.number} {u.rank}“{u.name}”" for u in found.unmatched], "项")
    return [*lines, found.calendar_note] if found.calendar_note else lines


def _person(told: PersonTold, found: RunResult) -> str:
    parts = []
    if told.inbox:
        parts.append(f"站内消息 {told.inbox} 条")
    if told.mailed:
        parts.append(f"邮件 1 封（含 {told.mailed} 项）")
    if told.held and found.held_until:
        parts.append(f"邮件 1 封（含 {told.held} 项）待 {localtime(found.held_until):%Y-%m-%d %H:%M} 发送")
    return f"{told.name}：{'、'.join(parts)}"


def _listed(lines: list[str], measure: str) -> list[str]:
    more = [f"  …另有 {len(lines) - _MOST} {measure}"] if len(lines) > _MOST else []
    return [f"  {line}" for line in lines[:_MOST]] + more
