"""约谈与通报批评: the list, the entry, the document, the voiding."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import has, holds
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import chosen_notices
from notices.domain import letters, rebukes
from notices.domain.evidence import opened_file
from notices.domain.once import new_token
from notices.domain.reporting import StoredFile
from notices.errors import Refused
from notices.forms.letter import RebukeForm, WhyForm
from notices.models import Rebuke
from notices.register_filters import RebukeFilter
from notices.terms import RebukeKind
from notices.views.acts import acted
from notices.views.evidence import TYPES
from notices.views.keyset import Key, address, capped, in_words, page_of
from notices.views.letters import led_tasks, writable_notice
from notices.views.registers import query_of, wrong_of
from notices.views.rights import requires

ORDER = (Key("held_on", dt.date.fromisoformat, desc=True), Key("pk", int, desc=True))


def _whole(query: QueryDict) -> QueryDict:
    """The filters without the kind, which has tabs, and without 已作废, which is a page of its own."""
    kept = query.copy()
    for name in ("kind", "voided"):
        kept.pop(name, None)
    return kept


@requires(Can.BOARD)
@require_safe
def rebuke_list(request: PersonRequest) -> HttpResponse:
    notices, query = chosen_notices(request), query_of(request)
    voided, kind = bool(query.get("voided")), query.get("kind", "")
    seen = Rebuke.objects.visible_to(request.user).filter(notice__in=[n.pk for n in notices])
    narrow = RebukeFilter(_whole(query), seen, request=request)
    rows = narrow.qs.exclude(voided_at=None) if voided else narrow.qs.in_force()
    found = rows.filter(kind=kind) if kind in RebukeKind.values else rows
    listed = found.select_related("unit", "notice").defer("notice__text").prefetch_related("tasks")
    plans = {n.pk for n in notices if has(request.user, Can.PLAN, n.unit_id)}
    context = {
        "page": page_of(listed, ORDER, request.GET),
        "count": in_words(capped(found)),
        "tabs": [
            (label, in_words(capped(rows.filter(kind=code))), address(request.GET, kind=code), code == kind)
            for code, label in RebukeKind.choices
        ],
        "filters": narrow.form,
        "wrong": wrong_of(narrow.form),
        "all_url": address(request.GET, kind=""),
        "all_count": in_words(capped(rows)),
        "kind": kind,
        "voided": voided,
        "voided_url": address(request.GET, voided="" if voided else "1"),
        "office": holds(request.user, Can.PLAN),
        "plans": plans,
        "pushes": holds(request.user, Can.NUDGE),
    }
    return render(request, "notices/rebuke_list.html", context)


@requires(Can.PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def rebuke_new(request: PersonRequest) -> HttpResponse:
    try:
        notice = writable_notice(request)
    except Http404:
        messages.error(request, "没有可以登记的批次：批次须已制定方案且未归档。")
        return redirect("notices:rebuke_list")
    units = letters.addressable(notice)
    wanted = request.POST.get("unit", request.GET.get("unit"))
    unit = next((u for u in units if str(u.pk) == wanted), None)
    if request.method == "POST":
        form = RebukeForm(notice, units, request.POST, request.FILES)

        def enter(at: dt.datetime, files: list[StoredFile]) -> None:
            given = form.cleaned_data
            tasks = list(notice.tasks.filter(pk__in=given["tasks"] or []))
            rebukes.enter(
                notice, form.held(), unit=given["unit"], tasks=tasks, files=files, by=request.user, at=at,
                today=timezone.localdate(),
            )  # fmt: skip

        if acted(request, form, enter, [request.FILES.get("file")]):
            messages.success(request, "已登记，并记入有关任务的办理过程。")
            return redirect("notices:rebuke_list")
    else:
        initial = {"unit": unit.pk if unit else None, "token": new_token(), "held_on": timezone.localdate()}
        form = RebukeForm(notice, units, initial=initial)
    ticked = {v for v in request.POST.getlist("tasks") if v.isdecimal()}
    tasks = [(t, str(t.pk) in ticked) for t in led_tasks(notice, unit)]
    context = {"notice": notice, "form": form, "unit": unit, "tasks": tasks}
    return render(request, "notices/rebuke_new.html", context, status=422 if form.is_bound else 200)


def one_rebuke(request: PersonRequest, pk: int) -> Rebuke:
    rows = Rebuke.objects.visible_to(request.user).select_related("notice").defer("notice__text")
    return get_object_or_404(rows, pk=pk)


@login_required
@require_safe
def rebuke_file(request: PersonRequest, pk: int) -> HttpResponseBase:
    row = one_rebuke(request, pk)
    if not row.stored_as:
        raise Http404
    try:
        source = opened_file(row.file_name, row.stored_as, row.sha256)
    except Refused as why:
        messages.error(request, str(why))
        return redirect("notices:rebuke_list")
    kind = TYPES.get(row.file_kind, "application/octet-stream")
    answer = FileResponse(source, as_attachment=True, filename=row.file_name, content_type=kind)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


@login_required
@require_POST
def rebuke_void(request: PersonRequest, pk: int) -> HttpResponse:
    row = one_rebuke(request, pk)
    form = WhyForm(request.POST)
    if acted(
        request, form, lambda at, _: rebukes.void(row, why=form.cleaned_data["why"], by=request.user, at=at)
    ):
        messages.success(request, "记录已作废，原内容仍保留。")
    else:
        for sentences in form.errors.values():
            messages.error(request, str(sentences[0]))
    return redirect("notices:rebuke_list")
