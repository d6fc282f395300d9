"""佐证材料: download, preview, kind, voiding, use in another task. A file is reached only through its task."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Q
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.person import PersonRequest
from notices.domain import materials, permissions, previews, purges, reporting
from notices.domain.evidence import opened
from notices.domain.once import AlreadyDone, new_token, only_once
from notices.errors import Missing, Refused
from notices.forms.task import LabelForm, ReuseForm, VoidForm
from notices.models import Evidence, Task
from notices.models.attached import Attached
from notices.views.story import one_task

SHOWN = 50  # files offered at once for use in another task

TYPES = {
    "pdf": "application/pdf",
    "ofd": "application/ofd",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jpg": "image/jpeg",
    "png": "image/png",
    "txt": "text/plain; charset=utf-8",
}


def one_evidence(request: PersonRequest, pk: int) -> Evidence:
    seen = Task.objects.visible_to(request.user)
    rows = Evidence.objects.filter(task__in=seen.values("pk")).select_related("task__notice")
    return get_object_or_404(rows, pk=pk)


@login_required
@require_safe
def evidence_download(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Only ever as an attachment, never shown in the browser, kept in no cache, checked against its hash."""
    evidence = one_evidence(request, pk)
    try:
        source = opened(evidence)
    except Refused as why:
        messages.error(request, str(why))
        return redirect("notices:task_detail", pk=evidence.task_id)
    kind = TYPES.get(evidence.kind, "application/octet-stream")
    return closed(FileResponse(source, as_attachment=True, filename=evidence.name, content_type=kind))


def closed(answer: FileResponse) -> FileResponse:
    """Nothing in it may run, nobody keeps it."""
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    return answer


@login_required
@require_safe
@vary_on_headers("HX-Request")
def evidence_preview(request: PersonRequest, pk: int) -> HttpResponse:
    """The pages one under the other, as a page or over the task's page; what cannot be drawn is said."""
    evidence = one_evidence(request, pk)
    context = {
        "evidence": evidence,
        "task": evidence.task,
        **drawn(evidence),
        "may_purge": purges.asker(request.user, evidence) is None,
        "kinds": materials.kinds_for(evidence.task),
        "may_change": evidence.removed_at is None
        and reporting.change_refusal(evidence, request.user) is None,
        **_neighbours(evidence),
    }
    template = "_evidence_preview" if request.htmx else "evidence_preview"
    return render(request, f"notices/{template}.html", context)


def drawn(file: Evidence | Attached) -> dict[str, Any]:
    """The numbers of its pages, or why there are none, for a page that shows them."""
    try:
        pages, why_not = len(previews.pictures(file)) - 1, ""
    except Refused as why:
        pages, why_not = 0, str(why)
    cut = file.kind == "pdf" and pages == previews.MOST
    return {"pages": range(1, pages + 1), "cut": cut, "most": previews.MOST, "why_not": why_not}


def _neighbours(evidence: Evidence) -> dict[str, Any]:
    """The files before and after it in the list of its task."""
    rows = evidence.task.evidence.filter(removed_at=None).order_by("-at", "-pk")
    pks = list(rows.values_list("pk", flat=True))
    here = pks.index(evidence.pk) if evidence.pk in pks else -1
    ahead = pks[here + 1] if 0 <= here < len(pks) - 1 else None
    return {"place": here + 1, "all": len(pks), "before": pks[here - 1] if here > 0 else None, "after": ahead}


@login_required
@require_safe
def evidence_page(request: PersonRequest, pk: int, page: int) -> HttpResponseBase:
    return picture(one_evidence(request, pk), page)


def picture(file: Evidence | Attached, page: int) -> HttpResponseBase:
    """One page as a PNG; 0 is the small picture. Made when first asked for."""
    try:
        found = previews.pictures(file)
    except Refused as why:
        raise Http404 from why
    if page >= len(found):
        raise Http404
    name = f"{file.pk}-{page}.png"
    return closed(
        FileResponse(found[page].open("rb"), as_attachment=True, filename=name, content_type="image/png")
    )


@login_required
@require_POST
def evidence_kind(request: PersonRequest, pk: int) -> HttpResponse:
    """Kind and last day of a file; what the form does not send stays."""
    evidence = one_evidence(request, pk)
    form = LabelForm(request.POST)
    at = timezone.now()
    try:
        if not form.is_valid():
            raise Refused("有效期应为日期，例如 2027-12-31；材料类别请从列表中选择。")
        with transaction.atomic():
            materials.relabel(evidence, form.cleaned_data["category"], by=request.user, at=at)
            if "expires_on" in request.POST:
                materials.set_expiry(evidence, form.cleaned_data["expires_on"], by=request.user, at=at)
    except Refused as why:
        messages.error(request, str(why))
    else:
        until = f"，有效期至 {evidence.expires_on}" if evidence.expires_on else ""
        kind = evidence.category or "不分类"
        messages.success(request, f"“{evidence.name}”已保存：材料类别“{kind}”{until}。")
    return redirect("notices:task_detail", pk=evidence.task_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def task_reuse(request: PersonRequest, pk: int) -> HttpResponse:
    """Choose among the files of the notice's other tasks; the same stored file then proves this task as well."""
    task = one_task(request.user, pk, today=timezone.localdate())
    why_not = permissions.reporter(request.user, task)
    if why_not:
        messages.error(request, why_not)
        return redirect("notices:task_detail", pk=pk)
    kinds = materials.kinds_for(task)
    data = request.POST if request.method == "POST" else None
    form = ReuseForm(data, kinds=kinds, initial={"token": new_token()})
    if form.is_valid() and _reused(request, task, form):
        messages.success(request, f"已引用 {len(form.cleaned_data['file'])} 件佐证材料。")
        return redirect("notices:task_detail", pk=pk)
    words = request.GET.get("q", "").strip()[:50]
    found = materials.reusable(request.user, task)
    if words:
        found = found.filter(Q(name__icontains=words) | Q(task__number__icontains=words) | Q(category=words))
    rows = list(found[: SHOWN + 1])
    context = {
        "task": task,
        "form": form,
        "rows": rows[:SHOWN],
        "more": len(rows) > SHOWN,
        "most": SHOWN,
        "words": words,
        "ticked": set(request.POST.getlist("file")),
    }
    return render(request, "notices/task_reuse.html", context, status=422 if form.is_bound else 200)


def _reused(request: PersonRequest, task: Task, form: ReuseForm) -> bool:
    at, asked = timezone.now(), form.cleaned_data

    def act() -> None:
        materials.reuse(task, asked["file"], kind=asked["category"], by=request.user, at=at)

    try:
        only_once(asked["token"], act, by=request.user, at=at)
    except AlreadyDone:
        return True
    except Missing as why:
        for name, sentence in why.fields.items():
            form.add_error(name, sentence)
        return False
    except Refused as why:
        form.add_error(None, str(why))
        return False
    return True


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def evidence_void(request: PersonRequest, pk: int) -> HttpResponse:
    """The file and its row stay; the reason is written beside it."""
    evidence = one_evidence(request, pk)
    form = VoidForm(request.POST or None)
    if form.is_valid():
        try:
            reporting.withdraw_evidence(
                evidence, why=form.cleaned_data["why"], by=request.user, at=timezone.now()
            )
        except Refused as why:
            form.add_error(None, str(why))
        else:
            messages.success(request, f"“{evidence.name}”已作废，原件和记录仍保留。")
            return redirect("notices:task_detail", pk=evidence.task_id)
    context = {"evidence": evidence, "task": evidence.task, "form": form}
    return render(request, "notices/evidence_void.html", context, status=422 if form.is_bound else 200)
