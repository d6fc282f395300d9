"""Views the invented office keeps and shares, a leader's default, and a screen in the hall."""

import datetime as dt
from collections.abc import Mapping

from accounts.models import Unit, User
from notices.domain import saved_views, walls
from notices.domain.saved_views import Wanted
from notices.domain.walls import LinkAsked
from notices.management.demo.cast import OFFICE
from notices.models import Notice
from notices.terms import ListKind

LEADER = "gumingchuan"
COLUMNS = "light.lead.leader.deadline.countdown.latest"


def look_on(notice: Notice, users: Mapping[str, User], county: Unit, *, at: dt.datetime) -> None:
    """Everything through the domain, at past instants."""
    office, leader = users[OFFICE], users[LEADER]
    red = saved_views.save(
        Wanted(ListKind.TASK, "红灯事项", "light=red&sort=due", COLUMNS, county), by=office, at=at
    )
    saved_views.save(Wanted(ListKind.TASK, "待审核验收", "waiting=true"), by=office, at=at)
    saved_views.save(
        Wanted(ListKind.ISSUE, "正在整改的问题", "progress=in_progress", unit=county), by=office, at=at
    )
    given = {"default": False, "mails": True, "when_empty": False}
    saved_views.use(red, **given, by=leader, at=at, today=at.date())
    asked = LinkAsked("三楼会议室大屏", at.date() + dt.timedelta(days=90))
    walls.open_link(notice, asked, by=office, at=at, today=at.date())
