"""佐证材料: download and voiding. A file is reached only through the permission of its task."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.person import PersonRequest
from notices.domain import reporting
from notices.domain.evidence import opened
from notices.errors import Refused
from notices.forms.task import VoidForm
from notices.models import Evidence, Task

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
    answer = FileResponse(source, as_attachment=True, filename=evidence.name, content_type=kind)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    return answer


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
