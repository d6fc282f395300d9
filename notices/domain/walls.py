"""挂图作战: one square a task, and the links that show a wall without signing in.

A link shows what its maker covers at that moment and nothing else. It ends on its day, when somebody ends it, and by
itself when its maker may no longer see the board of that notice.
"""

import datetime as dt
import secrets
from dataclasses import dataclass

from django.db import transaction

from accounts import audit
from accounts.access import has, holds, on_day
from accounts.models import User
from accounts.roles import Can
from notices.domain import statistics
from notices.domain.coverage import Coverage, coverage, covered_tasks
from notices.domain.feeds import hashed
from notices.domain.statistics import Figures, IssueFigures, UnitLine
from notices.domain.statistics_weeks import WeekPoint, covered_weeks
from notices.errors import Missing, Refused
from notices.models import Issue, Notice, WallLink
from notices.terms import Light

LONGEST = 366  # days a link may live
MOST_LINKS = 20  # in force a notice
MOST_RED = 9
MOST_UNITS = 20


@dataclass(frozen=True, slots=True)
class Square:
    pk: int
    number: str
    light: str


@dataclass(frozen=True)
class Group:
    """The tasks under one heading; of several notices those of one notice. `aspect`: its number, 0 for none, None for a
    whole notice."""

    title: str
    squares: list[Square]
    notice: int
    aspect: int | None


@dataclass(frozen=True)
class RedItem:
    pk: int
    number: str
    title: str
    unit: str
    leader: str
    days: int


@dataclass(frozen=True)
class Wall:
    figures: Figures
    issues: IssueFigures
    groups: list[Group]
    units: list[UnitLine]
    weeks: list[WeekPoint]
    red: list[RedItem]


def wall(cover: Coverage, *, today: dt.date) -> Wall:
    """Everything the wall shows about what one person covers. The same number of queries for any number of tasks."""
    seen = Issue.objects.filter(notice__in=cover.notices).visible_to(cover.user)
    return Wall(
        figures=statistics.covered_figures(cover, today=today),
        issues=statistics.sum_of_issues(statistics.issues_by_aspect(seen).values()),
        groups=_groups(cover, today),
        units=statistics.covered_units(cover, today=today, most=MOST_UNITS),
        weeks=covered_weeks(cover, today=today),
        red=_red(cover, today),
    )


def _groups(cover: Coverage, today: dt.date) -> list[Group]:
    single = len(cover.notices) == 1
    tasks = covered_tasks(cover).with_light(today=today).in_order()
    rows = tasks.values_list(
        "pk", "number", "light", "notice", "notice__title", "issue__aspect__number", "issue__aspect__title"
    )  # type: ignore[misc]
    found: dict[tuple[int, int], Group] = {}
    for pk, number, light, notice, title, aspect, heading in rows:
        key = (notice, aspect or 0) if single else (notice, 0)
        if key not in found:
            found[key] = Group(
                (heading or "未列方面") if single else title, [], notice, (aspect or 0) if single else None
            )
        found[key].squares.append(Square(pk, number, light))
    return [found[key] for key in sorted(found, key=lambda k: (k[0], k[1] or 10_000))]


def _red(cover: Coverage, today: dt.date) -> list[RedItem]:
    tasks = covered_tasks(cover).with_light(today=today).filter(light=Light.RED)  # type: ignore[misc]
    rows = tasks.order_by("deadline", "pk").values_list(
        "pk", "number", "issue__title", "lead_unit__short_name", "lead_unit__name", "leader_text", "deadline"
    )
    return [
        RedItem(pk, number, title, short or name or "未分派", leader, (today - deadline).days)
        for pk, number, title, short, name, leader, deadline in rows[:MOST_RED]
        if deadline
    ]


# ── Links ────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class LinkAsked:
    label: str
    last_on: dt.date
    names: bool = False


def maker(user: User, notice: Notice) -> str | None:
    """None when this person may make a link to the notice's wall: whoever may open its board."""
    if not holds(user, Can.BOARD) or not Notice.objects.visible_to(user).filter(pk=notice.pk).exists():
        return "只有能查看总览的人可以建立大屏链接。"
    return None


@transaction.atomic
def open_link(
    notice: Notice, asked: LinkAsked, *, by: User, at: dt.datetime, today: dt.date
) -> tuple[WallLink, str]:
    """The link and its token, which is told once and kept nowhere."""
    why_not = maker(by, notice)
    if why_not:
        raise Refused(why_not)
    label = asked.label.strip()
    if not label:
        raise Missing({"label": "请填写用途，例如“三楼会议室大屏”。"})
    if not today <= asked.last_on <= today + dt.timedelta(days=LONGEST):
        raise Missing({"last_on": f"有效期应在今天起 {LONGEST} 天以内。"})
    Notice.objects.select_for_update().get(pk=notice.pk)
    if WallLink.objects.in_force(today=today).filter(notice=notice).count() >= MOST_LINKS:
        raise Refused(f"这个批次已有 {MOST_LINKS} 个有效的大屏链接，请先停用不用的。")
    token = secrets.token_urlsafe(32)
    row = WallLink(
        notice=notice, label=label, token_hash=hashed(token), names=asked.names, last_on=asked.last_on, by=by,
        by_name=by.name, created_at=at,
    )  # fmt: skip
    row.save(force_insert=True)
    data = {"label": label, "last_on": asked.last_on.isoformat(), "names": asked.names}
    audit.record(audit.Act("wall.open", "wall_link", row.pk, notice.pk, data=data), by=by, at=at)
    return row, token


def may_end(user: User, link: WallLink) -> bool:
    return link.by_id == user.pk or has(user, Can.PLAN, link.notice.unit_id)


@transaction.atomic
def end_link(link: WallLink, *, by: User, at: dt.datetime) -> bool:
    """False when it was ended before."""
    if not may_end(by, link):
        raise Refused("只有建立人和整改办可以停用这个链接。")
    if not WallLink.objects.filter(pk=link.pk, ended_at=None).update(ended_at=at):
        return False
    audit.record(audit.Act("wall.end", "wall_link", link.pk, link.notice_id), by=by, at=at)
    return True


def link_of(token: str, *, today: dt.date) -> WallLink | None:
    """The link of a token, with what its maker may see today; None when it does not open (any more)."""
    found = WallLink.objects.in_force(today=today).filter(token_hash=hashed(token), by__is_active=True)
    link = found.select_related("by", "notice__unit").first()
    if link is None or link.by.must_change_password:
        return None
    on_day(link.by, today)
    return None if maker(link.by, link.notice) else link


def cover_of(link: WallLink) -> Coverage:
    return coverage(link.by, [link.notice])
