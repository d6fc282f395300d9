"""The week of a notice: when its reports may be filed, from the notice's own setting and China's working days.

A week is known by its Monday. A day off gives way: the opening to the next working day of the week, the closing to the
last one before it (or, when only make-up days are worked, to the first after it). A week without a working day has no
window and nothing is asked of anybody.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from accounts import audit
from accounts.access import has
from accounts.models import User
from accounts.roles import Can
from notices.domain.workdays import ZONE, Calendar, load_calendar
from notices.errors import Refused, Stale
from notices.models import Notice, WeekSetting
from notices.terms import LIVE_STAGES, Stage

_WEEK = dt.timedelta(days=7)
SETTING_FIELDS = (
    "is_on",
    "opens_day",
    "opens_time",
    "closes_day",
    "closes_time",
    "by_workdays",
    "closes_itself",
    "grace_hours",
)


@dataclass(frozen=True)
class Window:
    """Reports are on time in [opens_at, closes_at]; afterwards they are late until the week is frozen."""

    starts_on: dt.date
    opens_at: dt.datetime
    closes_at: dt.datetime


def monday_of(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def week_words(starts_on: dt.date) -> str:
    """2026年11月16日至22日 · 2026年11月30日至12月6日."""
    end = starts_on + dt.timedelta(days=6)
    said = f"{starts_on.year}年{starts_on.month}月{starts_on.day}日至"
    if end.year != starts_on.year:
        return f"{said}{end.year}年{end.month}月{end.day}日"
    return f"{said}{end.month}月{end.day}日" if end.month != starts_on.month else f"{said}{end.day}日"


def setting_of(notice: Notice) -> WeekSetting:
    """The notice's setting; where none is kept, one with the usual values that is not saved."""
    return WeekSetting.objects.filter(notice=notice).first() or WeekSetting(notice=notice)


def window(setting: WeekSetting, starts_on: dt.date, calendar: Calendar) -> Window | None:
    """The window of the week that begins on this Monday; None when nothing is worked in it, or reports are off."""
    if not setting.is_on:
        return None
    opens, closes = setting.opens_day, setting.closes_day
    if setting.by_workdays:
        worked = [n for n in range(7) if calendar.is_working(starts_on + dt.timedelta(days=n))]
        if not worked:
            return None
        opens = next((n for n in worked if n >= opens), worked[-1])
        closes = max((n for n in worked if opens <= n <= closes), default=opens)
    opens_at, closes_at = (
        dt.datetime.combine(starts_on + dt.timedelta(days=day), time, ZONE)
        for day, time in ((opens, setting.opens_time), (closes, setting.closes_time))
    )
    # On a week of one working day the usual opening hour may lie behind the closing one.
    return Window(starts_on, min(opens_at, closes_at), closes_at)


def window_of(notice: Notice, starts_on: dt.date) -> Window | None:
    """Two queries: the setting and the office's own days."""
    return window(setting_of(notice), starts_on, load_calendar(starts_on))


def freezes_at(setting: WeekSetting, found: Window) -> dt.datetime | None:
    """When the sweep closes this week; None when a person has to."""
    if not setting.closes_itself:
        return None
    return found.closes_at + dt.timedelta(hours=setting.grace_hours)


def due_week(setting: WeekSetting, calendar: Calendar, *, at: dt.datetime) -> dt.date | None:
    """The newest week that should have closed itself by now, this one or the last; older ones cannot be had any more,
    because the ledger of those days is gone."""
    this = monday_of(at.astimezone(ZONE).date())
    for starts_on in (this, this - _WEEK):
        found = window(setting, starts_on, calendar)
        when = freezes_at(setting, found) if found else None
        if when is not None and when <= at:
            return starts_on
    return None


def is_running(notice: Notice) -> bool:
    """Reports are asked for while tasks may be worked on."""
    return notice.stage in LIVE_STAGES


@transaction.atomic
def change_setting(
    notice: Notice, values: dict[str, object], *, version: int, by: User, at: dt.datetime
) -> None:
    """Keep the notice's weekly hours. `version` is that of the page the person looked at.

    1. may this person; 2. the order of opening and closing; 3. write where nobody else did; 4. record.
    """
    if not has(by, Can.PLAN, notice.unit_id):
        raise Refused("只有整改办可以修改周报设置。")
    if notice.stage == Stage.ARCHIVED:
        raise Refused("该批次已归档，只能查看。")
    wanted = {name: values[name] for name in SETTING_FIELDS}
    opens = (wanted["opens_day"], wanted["opens_time"])
    if opens >= (wanted["closes_day"], wanted["closes_time"]):
        raise Refused("“截止”应晚于“开始”，请修改开始或截止的星期、时间。")
    row, fresh = WeekSetting.objects.get_or_create(notice=notice, defaults={**wanted, "version": 1})
    if not fresh:
        mine = WeekSetting.objects.filter(pk=row.pk, version=version)
        if not mine.update(**wanted, version=version + 1):
            raise Stale("周报设置刚刚被他人修改，请核对现在的设置后再保存。")
    data = {name: str(value) for name, value in wanted.items()}
    audit.record(audit.Act("week.setting", "notice", notice.pk, notice.pk, data=data), by=by, at=at)
