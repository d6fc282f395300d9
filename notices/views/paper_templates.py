"""文书模板 of the party, and the printable forms of a task."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import reach
from accounts.files.spool import spooled
from accounts.models import Unit
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.domain import papers
from notices.domain.once import new_token
from notices.domain.reporting import StoredFile
from notices.errors import Refused
from notices.forms.letter import TemplateForm
from notices.models import Notice, PaperTemplate
from notices.terms import PaperKind
from notices.views.acts import acted, refuse
from notices.views.letters import download
from notices.views.rights import requires
from notices.views.story import one_task


def parties(request: PersonRequest) -> list[Unit]:
    """Inspected parties whose notices the person plans."""
    seen = Notice.objects.filter(unit__in=reach(request.user, Can.PLAN))
    return list(Unit.objects.without_tree_fields().filter(pk__in=seen.values("unit")).by_position())


@requires(Can.PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def paper_templates(request: PersonRequest) -> HttpResponse:
    """What is in force, what may be written in a template, and the upload."""
    units = parties(request)
    if request.method == "POST":
        form = TemplateForm(units, request.POST, request.FILES)
        if took(request, form):
            return redirect("notices:paper_templates")
    else:
        initial = {"token": new_token(), "unit": units[0].pk if len(units) == 1 else None}
        form = TemplateForm(units, initial=initial)
    rows = PaperTemplate.objects.filter(unit__in=units, removed_at=None).select_related("unit")
    context = {
        "form": form,
        "rows": list(rows.defer("content").order_by("unit", "kind")),
        "places": [(kind.label, papers.known_places(kind)) for kind in PaperKind],
    }
    return render(request, "notices/paper_templates.html", context, status=422 if form.is_bound else 200)


def took(request: PersonRequest, form: TemplateForm) -> bool:
    """The file is examined before the transaction begins."""
    if not form.is_valid():
        return False
    given = form.cleaned_data
    kind, file = PaperKind(given["kind"]), given["file"]
    try:
        with spooled(file) as path:
            content, unknown = papers.inspect_template(path, name=file.name, kind=kind)
    except Refused as why:
        refuse(form, why)
        return False

    def keep(at: dt.datetime, _files: list[StoredFile]) -> None:
        papers.keep_template(given["unit"], kind, content, name=file.name, by=request.user, at=at)

    if not acted(request, form, keep):
        return False
    messages.success(request, f"{kind.label}模板已启用，今后签发和打印都用它。")
    if unknown:
        listed = "、".join(f"〔{place}〕" for place in unknown)
        messages.warning(request, f"模板中的{listed}系统不认识，会原样保留。")
    return True


def one_template(request: PersonRequest, pk: int) -> PaperTemplate:
    rows = PaperTemplate.objects.filter(unit__in=reach(request.user, Can.PLAN), removed_at=None)
    return get_object_or_404(rows, pk=pk)


@login_required
@require_safe
def template_file(request: PersonRequest, pk: int) -> HttpResponse:
    row = one_template(request, pk)
    return download(bytes(row.content), row.name)


@login_required
@require_POST
def template_remove(request: PersonRequest, pk: int) -> HttpResponse:
    papers.remove_template(one_template(request, pk), by=request.user, at=timezone.now())
    messages.success(request, "模板已停用，恢复使用系统版式。")
    return redirect("notices:paper_templates")


@login_required
@require_safe
def task_paper(request: PersonRequest, pk: int, kind: str) -> HttpResponse:
    """销号单 (closing) or 督办单 (task_order) of one task."""
    if kind not in (PaperKind.CLOSING, PaperKind.TASK_ORDER):
        raise Http404
    today = timezone.localdate()
    task = one_task(request.user, pk, today=today)
    label = "销号单" if kind == PaperKind.CLOSING else "督办单"
    return download(papers.form_bytes(task, PaperKind(kind), today=today), f"{label}（{task.number}）.docx")
