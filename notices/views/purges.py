"""误传文件清除: the request, the list, the decision by a second person."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.person import PersonRequest
from notices.domain import purges
from notices.domain.once import new_token
from notices.forms.purge import PurgeForm, PurgeRefusalForm
from notices.forms.task import TokenForm
from notices.models import Purge
from notices.terms import PurgeState
from notices.views.acts import acted
from notices.views.evidence import one_evidence
from notices.views.keyset import Key, capped, in_words, page_of

NEWEST = (Key("pk", int, desc=True),)
STEPS = ("approve", "refuse")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def evidence_purge(request: PersonRequest, pk: int) -> HttpResponse:
    evidence = one_evidence(request, pk)
    why_not = purges.asker(request.user, evidence)
    if why_not:
        messages.error(request, why_not)
        return redirect("notices:task_detail", pk=evidence.task_id)
    form = PurgeForm(request.POST if request.method == "POST" else None, initial={"token": new_token()})

    def ask(at: dt.datetime, _files: object) -> None:
        purges.ask(evidence, why=form.cleaned_data["why"], by=request.user, at=at)

    if acted(request, form, ask):
        messages.success(request, "文件已停止查看和下载，等待整改办另一人核定。")
        return redirect("notices:task_detail", pk=evidence.task_id)
    context = {"evidence": evidence, "task": evidence.task, "form": form}
    return render(request, "notices/evidence_purge.html", context, status=422 if form.is_bound else 200)


@login_required
@require_safe
def purge_list(request: PersonRequest) -> HttpResponse:
    """What waits first; of the rest the newest first."""
    rows = Purge.objects.visible_to(request.user).select_related("notice", "evidence__task")
    page = page_of(rows.defer("notice__text"), NEWEST, request.GET)
    context = {
        "page": page,
        "count": in_words(capped(rows)),
        "waiting": rows.filter(state=PurgeState.ASKED).count(),
        "rows": [(row, purges.decider(request.user, row)) for row in page.rows],
        "token": new_token(),
    }
    return render(request, "notices/purge_list.html", context)


@login_required
@require_POST
def purge_decide(request: PersonRequest, pk: int, step: str) -> HttpResponse:
    row = get_object_or_404(Purge.objects.visible_to(request.user).select_related("notice"), pk=pk)
    if step not in STEPS:
        raise Http404
    form = (PurgeRefusalForm if step == "refuse" else TokenForm)(request.POST)

    def decide(at: dt.datetime, _files: object) -> None:
        if step == "refuse":
            purges.refuse(row, why=form.cleaned_data["why"], by=request.user, at=at)
        else:
            purges.approve(row, by=request.user, at=at)

    if not acted(request, form, decide):
        for sentences in form.errors.values():
            messages.error(request, str(sentences[0]))
    elif step == "refuse":
        messages.success(request, "已退回申请，文件恢复查看和下载。")
    else:
        destroyed(request, row)
    return redirect("notices:purge_list")


def destroyed(request: PersonRequest, row: Purge) -> None:
    """At once; when the disk refuses, the sweep goes on with it."""
    try:
        done = purges.finish(row, at=timezone.now())
    except OSError:
        messages.warning(request, "已批准。文件正在清除，系统会自动重试；请在本页查看结果。")
        return
    messages.success(
        request,
        f"已清除 {done.proof.get('files', 0)} 份，复查 {done.proof.get('looked_at', 0)} 个文件，没有副本。",
    )
