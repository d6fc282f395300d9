"""任务清单: the sheet, its cells, the pushes of a selection."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import holds
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import url_of
from notices.domain import inline, nudges, worklist
from notices.domain.batch import Batch
from notices.errors import Refused
from notices.forms.sheet import COLUMNS, CellForm, ColumnsForm, NudgeForm, SelectionForm
from notices.models import Nudge, Task
from notices.terms import ListKind
from notices.views import sheet
from notices.views.keyset import address, page_of
from notices.views.lines import lines, prepared
from notices.views.origin import back_to
from notices.views.saved_views import menu, opened_with


@login_required
@require_safe
@vary_on_headers("HX-Request")
def task_list(request: PersonRequest) -> HttpResponse:
    default = opened_with(request, ListKind.TASK)
    if default:
        return redirect(default)
    today = timezone.localdate()
    listing = sheet.listing(request, today=today)
    shown = sheet.columns_of(request)
    sort = listing.query.get("sort", "")
    found = sheet.keyed(prepared(listing.found.qs, today=today))
    page = page_of(found, sheet.ORDERS.get(sort, sheet.ORDERS[""]), listing.query)
    context = {
        "listing": listing,
        "lines": lines(page.rows, user=request.user, today=today),
        "page": page,
        "tabs": sheet.light_tabs(listing.base, listing.query),
        "sort": sort,
        "sorts": {name: address(listing.query, sort=name) for name in sheet.ORDERS},
        "columns": COLUMNS,
        "shown": shown,
        "menu": menu(request, ListKind.TASK, listing.query, ".".join(sorted(shown))),
        "chips": sheet.chips(listing),
        "wrong": sheet.wrong_filters(listing.found),
        "todo": worklist.TODOS.get(listing.query.get("todo", "")),
        "export_url": url_of("ledger_export"),
        "may_push": holds(request.user, Can.NUDGE),
        "here": request.get_full_path(),
    }
    return render(request, f"notices/{'_task_table' if request.htmx else 'task_list'}.html", context)


@login_required
@require_POST
def task_columns(request: PersonRequest) -> HttpResponse:
    """Keep the columns to show in a cookie of this browser."""
    form = ColumnsForm(request.POST)
    where = back_to(request, reverse("notices:task_list"))
    response = redirect(where)
    if form.is_valid():
        chosen = ".".join(form.cleaned_data["columns"]) or "-"
        if "view=" in where:  # the columns of the view give way until it is kept anew
            response = redirect(f"{where}&{urlencode({'cols': chosen})}")
        secure = request.is_secure()
        response.set_cookie(
            sheet.COLUMNS_COOKIE, chosen, max_age=31536000, samesite="Lax", httponly=True, secure=secure
        )
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def task_cell(request: PersonRequest, pk: int, cell: str) -> HttpResponse:
    """GET: the cell as an editor, or with `show` as it reads; POST: file what was typed. Without htmx: the task's page."""
    tasks = prepared(Task.objects.visible_to(request.user), today=timezone.localdate())
    task = get_object_or_404(tasks, pk=pk)
    if not request.htmx:
        return redirect(f"{reverse('notices:task_detail', args=[pk])}#report")
    form = CellForm(request.POST or None, initial={"value": inline.value_of(task, cell)})
    context = {
        "cell": cell,
        "label": inline.CELLS[cell],
        "form": form,
        "pk": pk,
        "edit": "show" not in request.GET,
    }
    if form.is_valid():
        try:
            filed = inline.file_cell(task, cell, **form.cleaned_data, by=request.user, at=timezone.now())
        except Refused as why:
            context["refused"] = str(why)
        else:
            context |= {"edit": False, "saved": filed is not None}
        task = get_object_or_404(tasks, pk=pk)
    context["line"] = lines([task], user=request.user, today=timezone.localdate())[0]
    return render(request, "notices/_task_cell.html", context)


@login_required
@require_POST
def task_nudge(request: PersonRequest, pk: int) -> HttpResponse:
    """Push one task; answers with the button as it then is."""
    task = get_object_or_404(Task.objects.visible_to(request.user).select_related("notice", "leader"), pk=pk)
    form = NudgeForm(request.POST)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    pushed = nudges.push_many([task], text=text, by=request.user, at=timezone.now())
    context = {
        "pk": pk,
        "nudges": task.nudge_count,
        "done": bool(pushed.done),
        "why": [why for _, why in pushed.refused],
    }
    if request.htmx:
        return render(request, "notices/_task_nudge.html", context)
    say(request, pushed)
    return redirect(back_to(request, reverse("notices:task_detail", args=[pk])))


@login_required
@require_POST
def task_nudge_many(request: PersonRequest) -> HttpResponse:
    form = SelectionForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
    else:
        tasks = Task.objects.visible_to(request.user).select_related("notice", "leader").in_order()
        chosen = tasks.filter(pk__in=form.cleaned_data["id"])
        say(
            request,
            nudges.push_many(chosen, text=form.cleaned_data["text"], by=request.user, at=timezone.now()),
        )
    return redirect(back_to(request, reverse("notices:task_list")))


@login_required
@require_POST
def task_export(request: PersonRequest) -> HttpResponse:
    """Lead the ticked rows to the ledger's page; a POST so that the form's secret stays out of the address."""
    form = SelectionForm(request.POST)
    if form.is_valid():
        chosen = urlencode([("id", pk) for pk in form.cleaned_data["id"]])
        return redirect(f"{reverse('notices:ledger_export')}?{chosen}")
    messages.error(request, "请先勾选要导出的任务，再点“导出所选”。")
    return redirect(back_to(request, reverse("notices:task_list")))


def say(request: PersonRequest, pushed: Batch[Nudge]) -> None:
    """What became of a batch, as messages."""
    if pushed.done:
        messages.success(request, f"已催办 {len(pushed.done)} 项：{'、'.join(pushed.done)}。")
    if pushed.refused:
        reasons = [why if number in why else f"{number}：{why}" for number, why in pushed.refused]
        messages.warning(request, f"{len(pushed.refused)} 项没有催办：\n" + "\n".join(reasons))
