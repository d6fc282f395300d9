"""The sheet of the plan: blocks written into it, measures added, split and removed, the last change taken back."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.person import PersonRequest
from notices.domain import baseline, grid_write
from notices.domain.grid import Pasted
from notices.domain.grid_write import Acting
from notices.domain.once import AlreadyDone, new_token, only_once
from notices.errors import Refused
from notices.forms.planning import AddForm, MeasureForm, PasteForm
from notices.models import Notice, Task
from notices.views.planning import ONLY, one_plan, plan_page, plan_tasks, row_of

SHOWN = 50  # refusals listed


@login_required
@require_POST
@vary_on_headers("HX-Request")
def planning_paste(request: PersonRequest, pk: int) -> HttpResponse:
    """A block over the listed tasks: all of it, or the refused cells by row and column. With script the changed rows
    come back, without it the page."""
    notice = one_plan(request, pk)
    planned = baseline.of_notice(notice.pk) is not None
    listed = list(plan_tasks(notice, request.POST.get("only", "")).select_related(None).only("pk", "number"))
    form = PasteForm(listed, request.POST, planned=planned)
    if not form.is_valid():
        return refused(request, notice, form, [str(e) for errors in form.errors.values() for e in errors])
    ids = [t.pk for t in listed]
    given = form.cleaned_data
    acting = Acting(request.user, timezone.now(), given["reason"])
    try:
        rows = ids[ids.index(given["task"]) :]
        done = grid_write.paste(
            notice, rows, given["column"], given["block"], acting, seen=given["seen"] or None
        )
    except Refused as why:
        return refused(request, notice, form, [str(why)])
    if done.refusals:
        return refused(request, notice, form, [str(r) for r in done.refusals])
    said = f"已填写 {done.cells} 格。" if done.cells else "内容没有变化，未作修改。"
    if request.htmx:
        return written(request, notice, done, said)
    messages.success(request, said)
    return redirect(back(request, notice))


def refused(request: PersonRequest, notice: Notice, form: PasteForm, sentences: list[str]) -> HttpResponse:
    """Nothing was written; every refused cell by name."""
    more = [f"另有 {len(sentences) - SHOWN} 处。"] if len(sentences) > SHOWN else []
    told = [*sentences[:SHOWN], *more]
    if request.htmx:
        return render(request, "notices/_planning_said.html", {"refusals": told}, status=422)
    return plan_page(request, notice, status=422, refusals=told, paste=form)


def written(request: PersonRequest, notice: Notice, done: Pasted, said: str) -> HttpResponse:
    """A sentence, and the changed rows in their places."""
    rows = grid_write.rows_of(notice).filter(pk__in=[e.task.pk for e in done.edits])
    context = {
        "notice": notice,
        "said": said,
        "rows": [row_of(task) for task in rows],
        "steps": grid_write.last_steps(notice, request.user),
        "token": new_token(),
        "open": True,
    }
    return render(request, "notices/_planning_said.html", context)


def back(request: PersonRequest, notice: Notice) -> str:
    """To the list the person came from."""
    only = request.POST.get("only", "")
    return f"{reverse('notices:planning', args=[notice.pk])}?only={only if only in ONLY else ''}"


def once(request: PersonRequest, token: str, act: Callable[[], Any]) -> str | None:
    """Do the act once; the sentence of a refusal. Sent twice counts as done."""
    try:
        only_once(token, act, by=request.user, at=timezone.now())
    except AlreadyDone:
        return None
    except Refused as why:
        return str(why)
    return None


@login_required
@require_POST
def planning_undo(request: PersonRequest, pk: int) -> HttpResponse:
    notice = one_plan(request, pk)
    acting = Acting(request.user, timezone.now())
    why_not = once(request, request.POST.get("token", ""), lambda: grid_write.undo(notice, acting))
    if why_not:
        messages.error(request, why_not)
    else:
        messages.success(request, "已撤销上一步修改。")
    return redirect(back(request, notice))


@login_required
@require_POST
def planning_add(request: PersonRequest, pk: int) -> HttpResponse:
    notice = one_plan(request, pk)
    form = AddForm(notice.issues.in_order(), request.POST, planned=baseline.of_notice(pk) is not None)
    if not form.is_valid():
        return plan_page(request, notice, status=422, add=form)
    given = form.cleaned_data
    acting = Acting(request.user, timezone.now(), given.get("reason", ""))
    why_not = once(
        request, given["token"], lambda: grid_write.add_measure(given["issue"], given["text"], acting)
    )
    if why_not:
        form.add_error(None, why_not)
        return plan_page(request, notice, status=422, add=form)
    messages.success(request, f"已在问题 {given['issue'].number} 下增加一项措施。")
    return redirect(back(request, notice))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def planning_measure(request: PersonRequest, pk: int) -> HttpResponse:
    """One measure: split in two, or removed while it is a draft."""
    rows = Task.objects.visible_to(request.user).select_related("issue", "notice")
    row: Task = get_object_or_404(rows.defer("notice__text"), pk=pk)
    notice = one_plan(request, row.notice_id)
    given = request.POST if request.method == "POST" else None
    initial = {"text": row.text, "token": new_token()}
    form = MeasureForm(given, planned=baseline.of_notice(notice.pk) is not None, initial=initial)
    if form.is_valid():
        acting = Acting(request.user, timezone.now(), form.cleaned_data.get("reason", ""))
        removes = form.cleaned_data["act"] == "remove"

        def act() -> None:
            if removes:
                grid_write.remove_measure(row, acting)
            else:
                grid_write.split_measure(row, *form.halves(), acting)

        why_not = once(request, form.cleaned_data["token"], act)
        if why_not is None:
            messages.success(request, f"已{'移除' if removes else '拆分'} {row.number}。")
            return redirect(back(request, notice))
        form.add_error(None, why_not)
    context = {"notice": notice, "task": row, "form": form, "why_not": grid_write.removable(row)}
    return render(request, "notices/planning_measure.html", context, status=422 if form.is_bound else 200)
