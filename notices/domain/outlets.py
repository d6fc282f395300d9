"""Group robots and web hooks: who may set them up, and every change of them. Secrets are written, never read back."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.access import has, holds, reach
from accounts.models import User
from accounts.roles import Can
from notices.domain import robots, vault
from notices.errors import Refused, Stale
from notices.models import Notice, Outlet
from notices.models.outlet import OutletQuerySet
from notices.terms import Channel, Stage

TEST_WORDS = "整改督办系统测试消息：收到本消息说明推送渠道已接通。发送时间 {at:%Y-%m-%d %H:%M}。"


@dataclass(frozen=True)
class Wanted:
    """What a form sends. An empty token or secret leaves the present one; `drop_secret` takes it away."""

    kind: str
    name: str
    address: str
    token: str = ""
    secret: str = ""
    is_on: bool = True
    drop_secret: bool = False


def visible_to(user: User) -> OutletQuerySet:
    """The office sees those of its notices, the administrator those for all notices."""
    mine = Q(notice__unit__in=reach(user, Can.PLAN))
    return Outlet.objects.filter(mine | Q(notice=None) if holds(user, Can.ACCOUNTS) else mine)


def unreadable(rows: Iterable[Outlet]) -> list[str]:
    """Names of those whose token or secret the present key does not open."""
    return [row.name for row in rows if not all(map(vault.is_readable, (row.token, row.secret)))]


def check_right(notice: Notice | None, by: User | None) -> None:
    if by is None:
        return
    if notice is None and not holds(by, Can.ACCOUNTS):
        raise Refused("面向全部批次的推送渠道只能由系统管理员设置。")
    if notice is not None and not has(by, Can.PLAN, notice.unit_id):
        raise Refused("本批次的推送渠道只能由整改办设置。")
    if notice is not None and notice.stage == Stage.ARCHIVED:
        raise Refused("该批次已归档，只能查看。")


def _check(wanted: Wanted, present: Outlet | None) -> None:
    robots.check_address(wanted.address)
    if not wanted.name.strip():
        raise Refused("请填写渠道名称，例如“整改办工作群”。")
    token = wanted.token or (present.token if present else "")
    if wanted.kind != Channel.WEBHOOK and not token:
        raise Refused("请填写机器人的令牌（机器人地址中 key=、access_token= 后面或 hook/ 后面的一段）。")
    if wanted.kind == Channel.WEBHOOK and not wanted.drop_secret:
        if not (wanted.secret or (present and present.secret)):
            raise Refused("通用接口必须填写密钥，对方凭它核对消息确由本系统发出。")


@transaction.atomic
def add(notice: Notice | None, wanted: Wanted, *, by: User | None, at: dt.datetime) -> Outlet:
    check_right(notice, by)
    _check(wanted, None)
    row = Outlet(
        notice=notice,
        kind=wanted.kind,
        name=wanted.name.strip(),
        address=wanted.address.strip(),
        token=vault.seal(wanted.token.strip()),
        secret=vault.seal(wanted.secret.strip()),
        is_on=wanted.is_on,
        created_at=at,
        created_by=by,
    )
    row.save(force_insert=True)
    _record("outlet.add", row, by=by, at=at)
    return row


@transaction.atomic
def change(row: Outlet, wanted: Wanted, *, version: int, by: User | None, at: dt.datetime) -> None:
    """The kind stays: another kind is another outlet."""
    check_right(row.notice, by)
    _check(wanted, row)
    values = {"name": wanted.name.strip(), "address": wanted.address.strip(), "is_on": wanted.is_on}
    if wanted.token.strip():
        values["token"] = vault.seal(wanted.token.strip())
    if wanted.secret.strip() or wanted.drop_secret:
        values["secret"] = vault.seal(wanted.secret.strip())
    if not Outlet.objects.filter(pk=row.pk, version=version).update(**values, version=version + 1):
        raise Stale("这个推送渠道刚被他人修改，请核对后再保存；您的改动没有保存。")
    row.refresh_from_db()
    _record("outlet.change", row, by=by, at=at, changed=sorted(values))


@transaction.atomic
def remove(row: Outlet, *, by: User | None, at: dt.datetime) -> None:
    """With its rows of the queue; the event stays."""
    check_right(row.notice, by)
    _record("outlet.remove", row, by=by, at=at)
    row.delete()


def send_test(row: Outlet, *, by: User | None, at: dt.datetime, local: dt.datetime) -> str:
    """Post one line now. "" when it was taken, else why not; either is recorded."""
    check_right(row.notice, by)
    error = robots.send(row, TEST_WORDS.format(at=local), at=at)
    _record("outlet.test", row, by=by, at=at, ok=not error, answer=error)
    return error


def _record(
    action: str, row: Outlet, *, by: User | None, at: dt.datetime, ok: bool = True, **more: object
) -> None:
    """Neither token nor secret; the address without what may stand behind the server's name."""
    data = {"kind": row.kind, "name": row.name, "server": robots.origin(row.address), "on": row.is_on, **more}
    audit.record(audit.Act(action, "outlet", row.pk, row.notice_id, ok, data), by=by, at=at)
