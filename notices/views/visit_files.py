"""督导材料: download and preview of a visit's pictures and papers, reached only through the visit or its finding."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.person import PersonRequest
from notices.models import SupervisionFile
from notices.views.evidence import drawn, picture
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
    context = {
        "file": file,
        "back": origin_of(file),
        **drawn(file),
    }
    return render(request, "notices/supervision_preview.html", context)


@login_required
@require_safe
def supervision_page(request: PersonRequest, pk: int, page: int) -> HttpResponseBase:
    return picture(one_file(request, pk), page)
