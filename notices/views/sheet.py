"""What the task sheet shows: its columns, orders, tabs and filters, as plain values."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, DateField, DateTimeField, F, Q, Value
from django.db.models.functions import Coalesce
from django.http import QueryDict

from accounts.person import PersonRequest
from notices.context import chosen_notice
from notices.domain import worklist
from notices.filters import TaskFilter
from notices.forms.sheet import COLUMNS
from notices.models import NO_DAY, SavedView, Task, TaskQuerySet
from notices.terms import Light
from notices.views.keyset import MOST, NEVER, Key, address, capped, flag, in_words

_PK = Key("pk", int)
_DUE = Key("due", dt.date.fromisoformat)
ORDERS: dict[str, tuple[Key, ...]] = {
    "": (Key("is_open", flag, desc=True), _DUE, _PK),
    "due": (_DUE, _PK),
    "-due": (Key("due", dt.date.fromisoformat, desc=True), _PK),
    "number": (Key("number", str), _PK),
    "updated": (Key("updated", dt.datetime.fromisoformat), _PK),
    "-updated": (Key("updated", dt.datetime.fromisoformat, desc=True), _PK),
}
COLUMNS_COOKIE = "task-columns"
# Filters that have a field above the sheet; others come with a link and are shown as chips.
FIELDS = ("q", "lead_unit", "state", "kind", "due_after", "due_before", "light", "todo")
PAGING = ("after", "before", "sort")


@dataclass(frozen=True)
class Tab:
    code: str
    label: str
    count: str
    url: str
    current: bool


@dataclass(frozen=True)
class Chip:
    """A filter without a field: its words, its place in the address, the address without it."""

    label: str
    name: str
    value: str
    url: str


@dataclass(frozen=True)
class Listing:
    """`found` obeys every filter, `base` all but the light; `query` is the address with the notice in force."""

    found: TaskFilter
    base: TaskQuerySet
    query: QueryDict


def listing(request: PersonRequest, *, today: dt.date) -> Listing:
    query = request.GET.copy()
    notice = chosen_notice(request)
    if "notice" not in query and notice is not None:
        query["notice"] = str(notice.pk)
    tasks = Task.objects.visible_to(request.user).with_light(today=today)
    tasks = worklist.narrowed(tasks, query.get("todo", ""), user=request.user, today=today)
    without = query.copy()
    without.pop("light", None)
    base = TaskFilter(without, tasks, request=request).qs
    found = TaskFilter(query, tasks, request=request)
    return Listing(found, base, query)


def keyed(tasks: TaskQuerySet) -> TaskQuerySet:
    """With the sort values that must never be null."""
    return tasks.annotate(
        due=Coalesce("deadline", Value(NO_DAY), output_field=DateField()),
        updated=Coalesce("latest_at", Value(NEVER), output_field=DateTimeField()),
    )


def light_tabs(base: TaskQuerySet, query: QueryDict) -> list[Tab]:
    """All, then one tab a light; cancelled only where there are any. Beyond the limit each is counted no further."""
    total = capped(base)
    if total <= MOST:
        counts = dict(base.order_by().values_list(F("light")).annotate(n=Count("pk")))
    else:
        counts = {code: capped(base.filter(Q(light=code))) for code in Light.values}
    now = query.get("light", "")
    tabs = [Tab("", "全部", in_words(total), address(query, light=""), not now)]
    for code, label in ((c, "已撤销" if c == Light.NONE else n) for c, n in Light.choices):
        if code != Light.NONE or counts.get(code) or now == code:
            url = address(query, light=code)
            tabs.append(Tab(code, label, in_words(counts.get(code, 0)), url, now == code))
    return tabs


def columns_of(request: PersonRequest) -> set[str]:
    """Codes of the columns to show: those of the address, of the view in force, the person's choice, the usual ones."""
    kept = request.GET.getlist("cols")[-1] if "cols" in request.GET else _columns_of_view(request)
    kept = kept or request.COOKIES.get(COLUMNS_COOKIE)
    if kept is None:
        return {code for code, _, usual in COLUMNS if usual}
    return set(kept.split(".")) & {code for code, _, _ in COLUMNS}


def _columns_of_view(request: PersonRequest) -> str | None:
    wanted = request.GET.get("view", "")
    if not wanted.isdecimal() or len(wanted) > 18:
        return None
    return (
        SavedView.objects.visible_to(request.user).filter(pk=wanted).values_list("columns", flat=True).first()
    )


def wrong_filters(found: TaskFilter) -> str:
    """A sentence about filters that could not be understood; empty when all were."""
    names = "、".join(f"“{found.form.fields[name].label}”" for name in found.form.errors)
    return f"筛选条件{names}无效，已忽略；其余条件照常生效。" if names else ""


def chips(listing: Listing) -> list[Chip]:
    form = listing.found.form
    named = [n for n in form.fields if n not in FIELDS and listing.query.get(n) and n in form.cleaned_data]
    return [
        Chip(
            f"{form.fields[name].label}：{_in_words(name, str(listing.query[name]), form.cleaned_data[name])}",
            name,
            str(listing.query[name]),
            address(listing.query, **{name: ""}),
        )
        for name in named
    ]


def _in_words(name: str, text: str, value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"第 {text} 方面" if name == "aspect" else str(value)
