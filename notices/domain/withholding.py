"""Items kept out of the public text: one person asks with a reason, another one of the office approves (双公开)."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.access import same_person
from accounts.models import User
from notices.domain.publications import editable, tell_office
from notices.errors import Missing, Refused
from notices.models import Publication, PublicationItem
from notices.terms import WithholdReason, WithholdState

_CLEARED = {
    "withhold": "",
    "reason": "",
    "note": "",
    "asked_by": None,
    "asked_name": "",
    "asked_at": None,
    "approved_by": None,
    "approved_name": "",
    "approved_at": None,
}


@transaction.atomic
def ask(
    publication: Publication,
    items: Collection[int],
    reason: WithholdReason | None,
    *,
    note: str,
    by: User,
    at: dt.datetime,
) -> int:
    """Ask that these issues (ids of rows) be kept back; how many. From now on no preview prints them."""
    row = editable(publication, by)
    lacking = {}
    if not items:
        lacking["items"] = "请勾选不公开的问题，至少一项。"
    if reason is None:
        lacking["reason"] = "请选择不公开的原因。"
    if lacking or reason is None:
        raise Missing(lacking)
    mine = PublicationItem.objects.filter(publication=row, pk__in=items, issue__isnull=False, withhold="")
    titles = list(mine.values_list("title", flat=True))
    if not titles:
        raise Refused("勾选的问题都已在不公开事项中，请刷新页面核对。")
    mine.update(
        withhold=WithholdState.ASKED, reason=reason, note=note.strip()[:500], asked_by=by, asked_name=by.name,
        asked_at=at, version=F("version") + 1,
    )  # fmt: skip
    _record("publication.withhold", row, {"reason": reason.value, "items": titles}, by, at)
    told = f"原因：{reason.label}。请在“通报”的不公开事项中办理。"
    tell_office(row, f"{len(titles)} 项不公开申请待批准：{row.title}", told, by=by, at=at)
    return len(titles)


@transaction.atomic
def approve(item: PublicationItem, *, by: User, at: dt.datetime) -> None:
    """Another one of the office agrees, and is named for it."""
    row = editable(item.publication, by)
    now = PublicationItem.objects.get(pk=item.pk)
    if now.withhold != WithholdState.ASKED:
        raise Refused("这一项没有待批准的不公开申请。")
    if now.asked_by_id in same_person(by):
        raise Refused("不公开须由两人办理：申请人不能批准自己的申请，请整改办其他人员批准。")
    approved = {"approved_by": by, "approved_name": by.name, "approved_at": at}
    mine = PublicationItem.objects.filter(pk=now.pk, withhold=WithholdState.ASKED)
    mine.update(withhold=WithholdState.APPROVED, **approved, version=F("version") + 1)
    _record("publication.approve", row, {"item": now.title, "asked_by": now.asked_by_id}, by, at)


@transaction.atomic
def lift(item: PublicationItem, *, by: User, at: dt.datetime) -> None:
    """The item is printed again: the request refused, taken back, or the reason gone."""
    row = editable(item.publication, by)
    now = PublicationItem.objects.get(pk=item.pk)
    if not now.withhold:
        raise Refused("这一项本来就公开。")
    PublicationItem.objects.filter(pk=now.pk).update(**_CLEARED, version=F("version") + 1)
    _record("publication.lift", row, {"item": now.title, "reason": now.reason}, by, at)


def _record(action: str, row: Publication, data: dict[str, object], by: User, at: dt.datetime) -> None:
    act = audit.Act(action, "publication", row.pk, row.notice_id, data=data)
    audit.record(act, by=by, at=at)
