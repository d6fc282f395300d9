"""Whom a reminder tells and when, as data: one ladder per preset, changed per notice by its ReminderSetting.

A ladder is climbed towards the deadline: each rung tells a higher rank as well. Names of rules, as rows keep them:
left_10 (ten days left) · overdue (every week) · waiting_head, waiting_office (an application nobody judged).
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import TextChoices

from accounts import audit
from accounts.access import has
from accounts.models import User
from accounts.roles import Can
from notices.domain.workdays import Calendar
from notices.errors import Refused
from notices.models import Notice, ReminderSetting
from notices.terms import Preset, Stage, State

OVERDUE = "overdue"
WAITING: dict[str, str] = {State.SUBMITTED: "waiting_head", State.VERIFYING: "waiting_office"}
_DAY = dt.timedelta(days=1)


class Who(TextChoices):
    """Ranks a reminder climbs."""

    WORKER = "worker", "经办人"
    HEAD = "head", "单位负责人"
    LEADER = "leader", "责任领导"
    OFFICE = "office", "整改办"
    PARTY_HEAD = "party_head", "党组织主要负责人"


@dataclass(frozen=True)
class Rung:
    """From this many days left on, these are told; 0 is the deadline's own day."""

    left: int
    tell: tuple[Who, ...]


@dataclass(frozen=True)
class Ladder:
    """`rungs` by days left, falling. `overdue`: told on the day after the deadline and every `every` days from then.

    `waiting_after`: an application that waits so many days for its judge reminds the judge, then every `every` days,
    and on the deadline's day. `working`: days left are working days; weeks and waiting days are always calendar days.
    """

    rungs: tuple[Rung, ...]
    overdue: tuple[Who, ...]
    every: int = 7
    waiting_after: int = 3
    working: bool = False

    def tells(self, rule: str) -> tuple[Who, ...] | None:
        """Who is told by a rule; None when this ladder has no such rule."""
        if rule == OVERDUE:
            return self.overdue
        return next((rung.tell for rung in self.rungs if name_of(rung.left) == rule), None)


_UNIT = (Who.WORKER, Who.HEAD)
_UP_TO_LEADER = (*_UNIT, Who.LEADER)
_ALL = (*_UP_TO_LEADER, Who.OFFICE)
_CLIMBING = Ladder(
    rungs=(Rung(20, (Who.WORKER,)), Rung(10, _UNIT), Rung(3, _UP_TO_LEADER), Rung(0, _ALL)),
    overdue=_ALL,
)
LADDERS: dict[str, Ladder] = {
    Preset.STANDARD: _CLIMBING,
    # 江津: 20 days 经办人; 10 days 分管领导 too; overdue the unit and the party organisation's first secretary.
    Preset.JIANGJIN: Ladder(
        rungs=(Rung(20, (Who.WORKER,)), Rung(10, (Who.WORKER, Who.LEADER))),
        overdue=(*_UNIT, Who.PARTY_HEAD),
    ),
    Preset.JINGDEZHEN: _CLIMBING,
    # 西安: yellow from three days left, then red.
    Preset.XIAN: Ladder(rungs=(Rung(3, _UP_TO_LEADER), Rung(0, _ALL)), overdue=_ALL),
}


def name_of(left: int) -> str:
    return f"left_{left}"


@dataclass(frozen=True)
class Window:
    """Deadlines (both ends included, None: no end) whose latest reached rule is `rule`, as of the day it was made for.

    A task in it is done with when a row of one of `told_by` stands for its deadline, no older than `since`.
    """

    rule: str
    first: dt.date | None
    last: dt.date
    tell: tuple[Who, ...]
    told_by: tuple[str, ...]
    since: dt.date | None = None


def windows(ladder: Ladder, *, today: dt.date, calendar: Calendar) -> Iterator[Window]:
    """One window per rule, nearest deadlines first; together they cover every deadline up to the top rung's reach."""
    yield Window(OVERDUE, None, today - _DAY, ladder.overdue, (OVERDUE,), today - _DAY * (ladder.every - 1))
    first = today
    for rung in reversed(ladder.rungs):
        last = calendar.reaches_to(today, rung.left) if ladder.working else today + _DAY * rung.left
        if first <= last:
            lower = tuple(name_of(left) for left in range(rung.left + 1))
            yield Window(name_of(rung.left), first, last, rung.tell, (*lower, OVERDUE))
            first = last + _DAY


def occurrence_day(
    ladder: Ladder, rule: str, deadline: dt.date, *, today: dt.date, calendar: Calendar
) -> dt.date:
    """The day on which the rule was reached, at the latest today."""
    if rule == OVERDUE:
        start = deadline + _DAY
        return start + _DAY * ((today - start).days // ladder.every * ladder.every)
    left = int(rule.removeprefix("left_"))
    return calendar.first_day_with(deadline, left) if ladder.working else deadline - _DAY * left


def waiting_occurrence(
    ladder: Ladder, finished_on: dt.date | None, deadline: dt.date | None, *, today: dt.date
) -> dt.date:
    """The day on which an application that waits since `finished_on` last became a reason to remind its judge.

    An application without a known day reminds on Mondays.
    """
    if finished_on is None:
        return today - _DAY * today.weekday()
    start = finished_on + _DAY * ladder.waiting_after
    days = [start + _DAY * ((today - start).days // ladder.every * ladder.every)] if start <= today else []
    if deadline is not None and finished_on < deadline <= today:
        days.append(deadline)
    return max(days, default=today)


def ladder_of(preset: str, setting: ReminderSetting | None) -> Ladder | None:
    """The ladder in force; None when the notice's reminders are switched off."""
    ladder = LADDERS[preset]
    if setting is None:
        return ladder
    if not setting.is_on:
        return None
    rungs = read_rungs(setting.rungs) or ladder.rungs
    return replace(ladder, rungs=rungs, working=setting.working_days)


def live_ladders() -> dict[int, Ladder]:
    """Notice id → ladder, for notices whose reminders run now. Two queries."""
    settings = {row.notice_id: row for row in ReminderSetting.objects.all()}
    found = {
        pk: ladder_of(preset, settings.get(pk))
        for pk, preset in Notice.objects.live().values_list("pk", "preset")
    }
    return {pk: ladder for pk, ladder in found.items() if ladder is not None}


def read_rungs(value: Any) -> tuple[Rung, ...]:
    """Rungs from [[days left, [who, …]], …], sorted; Refused with a sentence when it cannot be meant."""
    if not isinstance(value, list):
        raise Refused("提醒阶梯应为列表，例如 [[10, [“worker”]], [3, [“worker”, “head”]]]。")
    rungs = [_read_rung(item) for item in value]
    if len({rung.left for rung in rungs}) != len(rungs):
        raise Refused("提醒阶梯中同一天数出现了两次，请合并。")
    return tuple(sorted(rungs, key=lambda rung: -rung.left))


def _read_rung(item: Any) -> Rung:
    if not isinstance(item, list | tuple) or len(item) != 2:
        raise Refused("提醒阶梯的每一级应为[剩余天数, 提醒对象]。")
    left, tell = item
    if not isinstance(left, int) or isinstance(left, bool) or not 0 <= left <= 90:
        raise Refused(f"提醒阶梯的剩余天数“{left}”应为 0 到 90 之间的整数。")
    if not isinstance(tell, list | tuple) or not tell or any(who not in Who.values for who in tell):
        raise Refused(f"剩余 {left} 天的提醒对象不对，可选：{'、'.join(Who.labels)}。")
    return Rung(left, tuple(who for who in Who if who in tell))


@transaction.atomic
def configure(
    notice: Notice,
    *,
    is_on: bool = True,
    working_days: bool = False,
    rungs: Sequence[Any] = (),
    by: User | None,
    at: dt.datetime,
) -> ReminderSetting:
    """Set how one notice reminds; an empty `rungs` is its preset's own ladder."""
    if by is not None and not has(by, Can.PLAN, notice.unit_id):
        raise Refused("提醒设置只能由整改办修改。")
    if notice.stage == Stage.ARCHIVED:
        raise Refused("该批次已归档，只能查看。")
    kept = [[rung.left, [str(who) for who in rung.tell]] for rung in read_rungs(list(rungs))]
    values = {"is_on": is_on, "working_days": working_days, "rungs": kept}
    row, _ = ReminderSetting.objects.update_or_create(notice=notice, defaults=values)
    audit.record(audit.Act("notice.reminders", "notice", notice.pk, notice.pk, data=values), by=by, at=at)
    return row
