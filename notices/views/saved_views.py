"""常用视图: the page of one's views, opening one, keeping the present filters as one, sharing, the Monday mail."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Unit
from accounts.person import PersonRequest
from notices.domain import saved_views
from notices.domain.once import new_token
from notices.domain.saved_views import Wanted
from notices.errors import Refused
from notices.forms.view import ViewForm
from notices.models import SavedView, ViewUse
from notices.terms import ListKind
from notices.views.acts import acted
from notices.views.origin import back_to

PAGES = {ListKind.TASK.value: "notices:task_list", ListKind.ISSUE.value: "notices:issue_list"}


@dataclass(frozen=True)
class Mine:
    """A view as its person's list shows it."""

    view: SavedView
    own: bool
    use: ViewUse | None
    url: str


def units_for(request: PersonRequest) -> QuerySet[Unit]:
    shared = saved_views.shareable(request.user)
    return Unit.objects.without_tree_fields().filter(pk__in=shared).by_position()


def one_view(request: PersonRequest, pk: int) -> SavedView:
    rows = SavedView.objects.visible_to(request.user).select_related("unit", "owner")
    view: SavedView = get_object_or_404(rows, pk=pk)
    return view


def address_of(view: SavedView) -> str:
    query = QueryDict(view.query, mutable=True)
    query["view"] = str(view.pk)
    return f"{reverse(PAGES[view.kind])}?{query.urlencode()}"


def menu(request: PersonRequest, kind: ListKind, query: QueryDict, columns: str = "") -> dict[str, Any]:
    """The menu above a list: the views in sight, the one in force, the form that keeps the present filters."""
    rows = list(SavedView.objects.visible_to(request.user).filter(kind=kind).in_order())
    current = next((row for row in rows if str(row.pk) == query.get("view")), None)
    return {
        "kind": kind.value,
        "rows": [(row, address_of(row), row.owner_id == request.user.pk) for row in rows],
        "current": current,
        "owns": current is not None and current.owner_id == request.user.pk,
        "query": saved_views.kept_query(query.urlencode()),
        "columns": columns,
        "units": units_for(request),
        "token": new_token(),
    }


def opened_with(request: PersonRequest, kind: ListKind) -> str | None:
    """Where a list asked for without any filter leads: the person's default view."""
    if request.GET or request.htmx:
        return None
    view = saved_views.default_of(request.user, kind)
    return address_of(view) if view else None


@login_required
@require_safe
def view_list(request: PersonRequest) -> HttpResponse:
    uses = {use.view_id: use for use in ViewUse.objects.filter(user=request.user)}
    rows = SavedView.objects.visible_to(request.user).select_related("owner", "unit").in_order()
    context = {
        "rows": [Mine(v, v.owner_id == request.user.pk, uses.get(v.pk), address_of(v)) for v in rows],
        "units": units_for(request),
        "has_mail": bool(request.user.email),
    }
    return render(request, "notices/view_list.html", context)


@login_required
@require_safe
def view_open(request: PersonRequest, pk: int) -> HttpResponse:
    return redirect(address_of(one_view(request, pk)))


@login_required
@require_POST
def view_new(request: PersonRequest) -> HttpResponse:
    form = ViewForm(units_for(request), request.POST)
    made: list[SavedView] = []

    def save(at: Any, _files: Any) -> None:
        made.append(saved_views.save(_wanted(form), by=request.user, at=at))

    if acted(request, form, save):
        if made:
            messages.success(request, f"视图“{made[0].name}”已保存。")
            return redirect(address_of(made[0]))
        return redirect("notices:view_list")
    return _refused(request, form)


@login_required
@require_POST
def view_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Name and share; with `query` in the form also the filters and columns."""
    view = one_view(request, pk)
    form = ViewForm(units_for(request), request.POST)

    def change(at: Any, _files: Any) -> None:
        wanted = _wanted(form, view if "query" not in request.POST else None)
        version = form.cleaned_data["version"]
        saved_views.change(view, wanted, version=-1 if version is None else version, by=request.user, at=at)

    if acted(request, form, change):
        messages.success(request, f"视图“{view.name}”已修改。")
        return redirect(address_of(view) if "query" in request.POST else reverse("notices:view_list"))
    return _refused(request, form)


@login_required
@require_POST
def view_remove(request: PersonRequest, pk: int) -> HttpResponse:
    view = one_view(request, pk)
    try:
        saved_views.remove(view, by=request.user, at=timezone.now())
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, f"视图“{view.name}”已删除。")
    return redirect("notices:view_list")


@login_required
@require_POST
def view_use(request: PersonRequest, pk: int) -> HttpResponse:
    """Default view and Monday mail of the person who asks."""
    view = one_view(request, pk)
    given = {name: request.POST.get(name) == "on" for name in ("default", "mails", "when_empty")}
    try:
        saved_views.use(view, **given, by=request.user, at=timezone.now(), today=timezone.localdate())
    except Refused as why:
        messages.error(request, str(why))
    else:
        said = "，每周第一个工作日发邮件" if given["mails"] else ""
        messages.success(request, f"“{view.name}”的设置已保存{said}。")
    return redirect("notices:view_list")


def _wanted(form: ViewForm, kept: SavedView | None = None) -> Wanted:
    given = form.cleaned_data
    query, columns = (kept.query, kept.columns) if kept else (given["query"], given["columns"])
    return Wanted(ListKind(given["kind"]), given["name"], query, columns, given["unit"])


def _refused(request: PersonRequest, form: ViewForm) -> HttpResponse:
    """Back to the list the person came from, the filters kept, with the sentences."""
    for sentence in form.sentences():
        messages.error(request, sentence)
    page = PAGES.get(request.POST.get("kind", ""), "notices:task_list")
    query = saved_views.kept_query(request.POST.get("query", "")) if "query" in request.POST else ""
    otherwise = f"{reverse(page)}?{query or urlencode({'notice': ''})}"
    return redirect(back_to(request, otherwise if "query" in request.POST else reverse("notices:view_list")))
