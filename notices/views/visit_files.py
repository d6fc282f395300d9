"""督导材料: download and preview of a visit's pictures and papers, reached only through the visit or its finding."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.person import PersonRequest
from notices.domain import previews
from notices.errors import Refused
from notices.models import SupervisionFile
from notices.views.evidence import closed
from notices.views.registers import download


def one_file(request: PersonRequest, pk: int) -> SupervisionFile:
    rows = SupervisionFile.objects.visible_to(request.user).select_related("supervision", "finding__unit")
    return get_object_or_404(rows, pk=pk)


def origin_of(file: SupervisionFile) -> str:
    """The page that shows the file."""
    if file.finding_id is not None:
        return reverse("notices:finding_detail", args=[file.finding_id])
    return reverse("notices:supervision_detail", args=[file.supervision_id])


@login_required
@require_safe
def supervision_file(request: PersonRequest, pk: int) -> HttpResponseBase:
    file = one_file(request, pk)
    return download(request, file, back=origin_of(file))


@login_required
@require_safe
def supervision_preview(request: PersonRequest, pk: int) -> HttpResponse:
    """The pages one under the other; what cannot be drawn is said."""
    file = one_file(request, pk)
    pages, why_not = 0, ""
    try:
        pages = len(previews.pictures(file)) - 1
    except Refused as why:
        why_not = str(why)
    context = {
        "file": file,
        "back": origin_of(file),
        "pages": range(1, pages + 1),
        "cut": file.kind == "pdf" and pages == previews.MOST,
        "most": previews.MOST,
        "why_not": why_not,
    }
    return render(request, "notices/supervision_preview.html", context)


@login_required
@require_safe
def supervision_page(request: PersonRequest, pk: int, page: int) -> HttpResponseBase:
    """One page as a PNG; 0 is the small picture. Made when first asked for."""
    try:
        found = previews.pictures(one_file(request, pk))
    except Refused as why:
        raise Http404 from why
    if page >= len(found):
        raise Http404
    name = f"{pk}-{page}.png"
    return closed(
        FileResponse(found[page].open("rb"), as_attachment=True, filename=name, content_type="image/png")
    )
