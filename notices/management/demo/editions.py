"""The public notices of the demo: an interim edition released by two of the office, and the next one as a draft."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping

from accounts.models import User
from notices.domain import publications, withholding
from notices.management.demo.cast import OFFICE, OFFICE_TWO
from notices.models import Notice, Publication, PublicationItem
from notices.terms import PublicationState, WithholdReason

Deed = tuple[dt.datetime, Callable[[], object]]
RELEASED_AGO, DRAFTED_AGO = 8, 2  # days
KEPT_BACK = 18  # the issue (by its place) that is not public: rents of villagers are in dispute
ASKED = 16
STANDING = (
    "截至{{截至日期}}，本通报所列{{问题总数}}个问题中，{{整改情况小结}}，整改完成率{{整改完成率}}；"
    "{{任务总数}}项整改措施中，已完成{{已完成任务数}}项。办公室刊发《整改动态》{{整改动态期数}}期，"
    "对进展缓慢的事项催办{{催办次数}}次。"
)


def edition_deeds(notice: Notice, users: Mapping[str, User], *, now: dt.datetime) -> Iterator[Deed]:
    """When and what, to be done in the order of the whole story."""
    one, two = users[OFFICE], users[OFFICE_TWO]
    first = now.replace(hour=9, minute=20) - dt.timedelta(days=RELEASED_AGO)
    second = now.replace(hour=9, minute=40) - dt.timedelta(days=DRAFTED_AGO)
    yield first, lambda: _release(notice, one, two, first)
    yield second, lambda: _draft(notice, one, second)


def _release(notice: Notice, one: User, two: User, at: dt.datetime) -> None:
    day = at.date()
    fresh = Notice.objects.select_related("unit").get(pk=notice.pk)
    row = publications.begin(fresh, by=one, at=at, today=day)
    settings = {"renumbers": True, "prints_progress": True, "moves_stage": False}
    publications.revise(row, "settings", settings, by=one, at=at)
    row.refresh_from_db()
    front = {"front": f"{row.front}\n{STANDING}"}
    publications.revise(row, "front", front, by=one, at=at + dt.timedelta(minutes=10))
    item = _item(row, KEPT_BACK)
    note = "个别承租户正在协商，经领导小组研究暂不公开"
    withholding.ask(
        row, [item.pk], WithholdReason.PETITION, note=note, by=one, at=at + dt.timedelta(minutes=15)
    )
    withholding.approve(item, by=two, at=at + dt.timedelta(minutes=40))
    row.refresh_from_db()
    publications.propose(row, by=one, at=at + dt.timedelta(minutes=50), today=day)
    row.refresh_from_db()
    publications.release(row, noted=True, by=two, at=at + dt.timedelta(minutes=80), today=day)


def _draft(notice: Notice, one: User, at: dt.datetime) -> None:
    old = Publication.objects.get(notice=notice, state=PublicationState.RELEASED)
    row = publications.renew(old, by=one, at=at, today=at.date())
    publications.follow(row, by=one, at=at)
    withholding.ask(row, [_item(row, ASKED).pk], WithholdReason.SENSITIVE, note="涉及在办事项", by=one, at=at)


def _item(row: Publication, place: int) -> PublicationItem:
    items = PublicationItem.objects.filter(publication=row, issue__position=place)
    return items.select_related("publication__notice__unit").get()
