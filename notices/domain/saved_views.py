"""常用视图: filters, columns and order of a list under a name, shared with the people of a unit, mailed on Mondays.

A view is an address, never rows: whoever opens one, or is mailed about one, sees what that person may see.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.http import QueryDict

from accounts import audit
from accounts.access import memberships, subtree
from accounts.models import Unit, User
from notices.errors import Missing, Refused, Stale
from notices.models import SavedView, ViewUse
from notices.terms import ListKind

MOST = 50  # views a person
NOT_KEPT = ("after", "before", "view", "cols", "id", "csrfmiddlewaretoken")


@dataclass(frozen=True)
class Wanted:
    """`query`: the address behind the question mark; `columns` codes joined by dots; `unit` None: for oneself."""

    kind: ListKind
    name: str
    query: str = ""
    columns: str = ""
    unit: Unit | None = None


def shareable(user: User) -> set[int]:
    """Units a person may share with: the own ones and those below them."""
    return subtree([m.unit_id for m in memberships(user) if m.user_id == user.pk])


def kept_query(text: str) -> str:
    """The address without paging and without what is empty."""
    given = QueryDict(text)
    kept = QueryDict(mutable=True)
    for name, values in given.lists():
        if name not in NOT_KEPT and any(values):
            kept.setlist(name, [value for value in values if value])
    return kept.urlencode()


@transaction.atomic
def save(wanted: Wanted, *, by: User, at: dt.datetime) -> SavedView:
    """1. name, length, share; 2. the row; 3. the event."""
    User.objects.select_for_update().get(pk=by.pk)
    if SavedView.objects.filter(owner=by).count() >= MOST:
        raise Refused(f"每人最多保存 {MOST} 个视图，请先删除不用的。")
    row = SavedView(owner=by, kind=wanted.kind, created_at=at)
    _fill(row, wanted, by)
    row.save(force_insert=True)
    _record("view.save", row, by, at)
    return row


@transaction.atomic
def change(view: SavedView, wanted: Wanted, *, version: int, by: User, at: dt.datetime) -> SavedView:
    """By its owner. `version` is that of the page the person looked at."""
    _refuse_strangers(view, by)
    _fill(view, wanted, by)
    fields = {name: getattr(view, name) for name in ("name", "query", "columns", "unit")}
    if not SavedView.objects.filter(pk=view.pk, version=version).update(**fields, version=version + 1):
        raise Stale("这个视图刚刚在别处修改过，请刷新后再改。")
    view.version = version + 1
    _record("view.change", view, by, at)
    return view


@transaction.atomic
def remove(view: SavedView, *, by: User, at: dt.datetime) -> None:
    _refuse_strangers(view, by)
    _record("view.remove", view, by, at)
    SavedView.objects.filter(pk=view.pk).delete()


@transaction.atomic
def use(
    view: SavedView,
    *,
    default: bool,
    mails: bool,
    when_empty: bool,
    by: User,
    at: dt.datetime,
    today: dt.date,
) -> ViewUse:
    """What one person does with a view in sight: opens the list with it, has it mailed on Mondays."""
    if mails and not by.email:
        raise Refused("您的账号没有登记邮箱，不能订阅邮件；请联系系统管理员登记。")
    User.objects.select_for_update().get(pk=by.pk)
    if default:
        ViewUse.objects.filter(user=by, kind=view.kind, is_default=True).exclude(view=view).update(
            is_default=False
        )
    row, _ = ViewUse.objects.get_or_create(user=by, view=view, defaults={"kind": view.kind})
    row.is_default, row.when_empty = default, when_empty
    row.mails_since = (row.mails_since or today) if mails else None
    row.save(update_fields=["is_default", "when_empty", "mails_since"])
    data = {"default": default, "mails": mails, "when_empty": when_empty}
    audit.record(audit.Act("view.use", "view", view.pk, data=data), by=by, at=at)
    return row


def default_of(user: User, kind: ListKind) -> SavedView | None:
    """The view the list opens with, while the person still sees it."""
    used = ViewUse.objects.filter(user=user, kind=kind, is_default=True)
    found: SavedView | None = SavedView.objects.visible_to(user).filter(uses__in=used).first()
    return found


def _fill(row: SavedView, wanted: Wanted, by: User) -> None:
    name, query = wanted.name.strip(), kept_query(wanted.query)
    if not name or len(name) > 50:
        raise Missing({"name": "请填写视图名称，50 字以内。"})
    if len(query) > 2000:
        raise Missing({"query": "筛选条件太长，无法保存为视图，请减少条件。"})
    same = SavedView.objects.filter(owner=by, kind=row.kind, name=name).exclude(pk=row.pk)
    if same.exists():
        raise Missing({"name": f"您已有名为“{name}”的视图，请换一个名称。"})
    if wanted.unit is not None and wanted.unit.pk not in shareable(by):
        raise Missing({"unit": "只能共享给本单位及下级单位，请从列表中选择。"})
    row.name, row.query, row.columns, row.unit = name, query, wanted.columns[:200], wanted.unit


def _refuse_strangers(view: SavedView, by: User) -> None:
    if view.owner_id != by.pk:
        raise Refused("只有建立人可以修改或删除这个视图；可以另存为自己的视图。")


def _record(action: str, view: SavedView, by: User, at: dt.datetime) -> None:
    data = {"name": view.name, "kind": view.kind, "query": view.query, "unit": view.unit_id}
    audit.record(audit.Act(action, "view", view.pk, data=data), by=by, at=at)
