"""A unit's own system beside this one: the token it reads and files with, one that was ended, and a subscription that
waits until its server is listed."""

import datetime as dt
from collections.abc import Callable, Mapping

from accounts import tokens
from accounts.models import Scope, User
from notices.domain import subscriptions
from notices.domain.subscriptions import Wanted
from notices.management.demo.cast import OFFICE, STAFF
from notices.models import Notice
from notices.terms import HookEvent

ADDRESS = "https://oa.jiaoyu.example.cn/hooks/zhenggai"
LISTENS = (HookEvent.STATE, HookEvent.DEADLINE, HookEvent.OVERDUE, HookEvent.LETTER)


def connect(
    notice: Notice, users: Mapping[str, User], *, ago: Callable[..., dt.datetime], today: dt.date
) -> str:
    """Everything through the domain, at past instants. Returns the key with which the example of the guide runs."""
    staff, office = users[STAFF["jiaoyu"]], users[OFFICE]
    asked = tokens.Wanted("教育局办公系统（测试）", [Scope.READ], today + dt.timedelta(days=30))
    first, _ = tokens.make(staff, asked, at=ago(40, 10), today=ago(40, 10).date())
    tokens.end(first, by=staff, at=ago(30, 15))
    until = today + dt.timedelta(days=180)
    asked = tokens.Wanted("教育局办公系统", [Scope.READ, Scope.REPORT], until, notice.pk)
    _, key = tokens.make(staff, asked, at=ago(30, 16), today=ago(30, 16).date())
    asked = tokens.Wanted("县政府大数据平台", [Scope.READ], until)
    tokens.make(office, asked, at=ago(25, 9), today=ago(25, 9).date())
    wanted = Wanted("教育局办公系统", ADDRESS, LISTENS, notice, is_on=False)
    subscriptions.add(wanted, by=staff, at=ago(30, 17), today=ago(30, 17).date())
    return key
