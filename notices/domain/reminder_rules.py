"""Whom a reminder tells and when, as data: one ladder per preset, changed per notice by its ReminderSetting.

A ladder is climbed towards the deadline: each rung tells a higher rank as well. Names of rules, as rows keep them:
left_10 (ten days left) · overdue (every week) · waiting_head, waiting_office (an application nobody judged) ·
idle (nothing reported for days) · review (a sustained task is to be looked at again). And of what is not a task
(matters.py): extension_head, extension_office · week (a weekly report is missing) · directive, letter, finding (no reply yet) ·
look_back (a campaign has unchecked tasks) · evidence (a file expires).
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import TextChoices

from notices.domain.workdays import Calendar
from notices.terms import Preset, State

OVERDUE, IDLE, REVIEW = "overdue", "idle", "review"
WAITING: dict[str, str] = {State.SUBMITTED: "waiting_head", State.VERIFYING: "waiting_office"}
EXTENSION_HEAD, EXTENSION_OFFICE, WEEK = "extension_head", "extension_office", "week"
DIRECTIVE, LETTER, FINDING = "directive", "letter", "finding"
LOOK_BACK, EVIDENCE = "look_back", "evidence"
WAITING_RULE, REPLY = "waiting", "reply"
# Rules that are set together, under one name.
SET_AS = {
    **dict.fromkeys((*WAITING.values(), EXTENSION_HEAD, EXTENSION_OFFICE), WAITING_RULE),
    **dict.fromkeys((DIRECTIVE, LETTER, FINDING), REPLY),
}
_DAY = dt.timedelta(days=1)


class Who(TextChoices):
    """Ranks a reminder climbs."""

    WORKER = "worker", "经办人"
    HEAD = "head", "单位负责人"
    LEADER = "leader", "责任领导"
    OFFICE = "office", "整改办"
    PARTY_HEAD = "party_head", "党组织主要负责人"
    SUPERVISOR = "supervisor", "督导组"


@dataclass(frozen=True)
class Way:
    """How a rule reaches people beside their inbox: by mail, by the groups of the notice.

    `must`: a person cannot switch the mail off. `letter`: the letter the office sends with it, a word.
    """

    mail: bool = True
    group: bool = False
    must: bool = False
    letter: str = ""


@dataclass(frozen=True)
class Rung:
    """From this many days left on, these are told; 0 is the deadline's own day."""

    left: int
    tell: tuple[Who, ...]


@dataclass(frozen=True)
class Ladder:
    """`rungs` by days left, falling. `overdue`: told on the day after the deadline and every `every` days from then.

    `waiting_after`: an application that waits so many days for its judge reminds the judge, then every `every` days,
    and on the deadline's day; 0: never. `idle_after`: so many days without a report or a step, then every `every`
    days; 0: never. `review`: told when a sustained task is to be looked at again, then every `every` days.
    An extension nobody decided is reminded of as an application is. `week`: told on the day the weekly report closes
    and the day after. `reply`, `look_back`, `evidence`: told so many days ahead (`*_ahead`), on the day, and then every
    `every` days; nobody: never.
    `working`: days left are working days; all other days are calendar days. `ways` by rule; see `way`.
    """

    rungs: tuple[Rung, ...]
    overdue: tuple[Who, ...]
    every: int = 7
    waiting_after: int = 3
    working: bool = False
    idle_after: int = 0
    idle: tuple[Who, ...] = (Who.WORKER, Who.HEAD)
    review: tuple[Who, ...] = (Who.WORKER, Who.OFFICE)
    week: tuple[Who, ...] = (Who.WORKER, Who.HEAD)
    reply: tuple[Who, ...] = (Who.WORKER, Who.HEAD)
    reply_ahead: int = 2
    look_back: tuple[Who, ...] = (Who.SUPERVISOR, Who.OFFICE)
    look_back_ahead: int = 3
    evidence: tuple[Who, ...] = (Who.WORKER,)
    evidence_ahead: int = 30
    ways: tuple[tuple[str, Way], ...] = ()

    def way(self, rule: str) -> Way:
        """Overdue is mailed whatever a person prefers, unless the notice says otherwise."""
        name = SET_AS.get(rule, rule)
        return next((way for key, way in self.ways if key == name), Way(must=rule == OVERDUE))

    def tells(self, rule: str) -> tuple[Who, ...] | None:
        """Who is told by a rule; None when this ladder has no such rule. Waiting applications have judges instead."""
        if rule == OVERDUE:
            return self.overdue
        if rule == IDLE:
            return self.idle if self.idle_after else None
        if rule == REVIEW:
            return self.review or None
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
        return repeated(deadline + _DAY, ladder.every, today=today)
    left = int(rule.removeprefix("left_"))
    return calendar.first_day_with(deadline, left) if ladder.working else deadline - _DAY * left


def repeated(start: dt.date, every: int, *, today: dt.date) -> dt.date:
    """The latest of the days start, start + every, … that has come."""
    return start + _DAY * ((today - start).days // every * every)


def waiting_occurrence(
    ladder: Ladder, finished_on: dt.date | None, deadline: dt.date | None, *, today: dt.date
) -> dt.date:
    """The day on which an application that waits since `finished_on` last became a reason to remind its judge.

    An application without a known day reminds on Mondays.
    """
    if finished_on is None:
        return today - _DAY * today.weekday()
    start = finished_on + _DAY * ladder.waiting_after
    days = [repeated(start, ladder.every, today=today)] if start <= today else []
    if deadline is not None and finished_on < deadline <= today:
        days.append(deadline)
    return max(days, default=today)
