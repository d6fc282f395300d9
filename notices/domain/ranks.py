"""排名: whether the units of a notice are ranked on its board. Some places rank, some see it as a burden."""

import datetime as dt

from django.db import transaction

from accounts import audit
from accounts.access import has
from accounts.models import User
from accounts.roles import Can
from notices.errors import Refused, Stale
from notices.models import Notice
from notices.terms import Stage


@transaction.atomic
def set_ranks(notice: Notice, shown: bool, *, version: int, by: User, at: dt.datetime) -> None:
    """Show the ranking of the notice's units, or not. `version` is that of the page the person looked at."""
    if not has(by, Can.PLAN, notice.unit_id):
        raise Refused("只有整改办可以设置单位排名。")
    if notice.stage == Stage.ARCHIVED:
        raise Refused("该批次已归档，只能查看。")
    mine = Notice.objects.filter(pk=notice.pk, version=version)
    if not mine.update(ranks=shown, version=version + 1):
        raise Stale("批次信息刚刚被他人修改，请刷新后重试。")
    data = {"ranks": [notice.ranks, shown]}
    audit.record(audit.Act("notice.ranks", "notice", notice.pk, notice.pk, data=data), by=by, at=at)
