"""一题一档: the page to print and the Word file; the pack of a notice's evidence, and everything of it on leaving."""

from collections.abc import Iterator

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from accounts.person import PersonRequest
from notices.domain import dossier, leaving
from notices.errors import Refused
from notices.models import Issue
from notices.report.packing import streamed
from notices.views.issues import one_issue
from notices.views.letters import download
from notices.views.notices import one_notice


@login_required
@require_safe
def issue_dossier(request: PersonRequest, pk: int) -> HttpResponse:
    issue = one_issue(request, pk)
    found = dossier.dossiers([issue], request.user, today=timezone.localdate())[0]
    return render(request, "notices/issue_dossier.html", {"issue": issue, "dossier": found})


@login_required
@require_safe
def issue_dossier_file(request: PersonRequest, pk: int) -> HttpResponse:
    issue = one_issue(request, pk)
    found = dossier.dossiers([issue], request.user, today=timezone.localdate())[0]
    return download(dossier.dossier_bytes(found), f"一题一档（{issue.number}）.docx")


@login_required
@require_POST
def notice_pack(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Every issue's dossier and evidence as a zip, made while it is sent."""
    notice, today = one_notice(request, pk), timezone.localdate()
    issues = Issue.objects.filter(notice=notice).with_progress()
    rows = list(issues.select_related("notice", "aspect", "lead_unit").in_order())
    try:
        entries = dossier.order_pack(notice, rows, by=request.user, at=timezone.now())
    except Refused as why:
        messages.error(request, str(why))
        return redirect("notices:notice_detail", pk=pk)
    parts = dossier.parts(entries, rows, request.user, today=today)
    return _sent(streamed(parts), f"佐证材料_{notice.title[:40]}_{today:%Y%m%d}.zip")


@login_required
@require_POST
def notice_export(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Everything of the notice as a zip that reads without the product, made while it is sent."""
    notice, today = one_notice(request, pk), timezone.localdate()
    try:
        wanted = leaving.order(notice, by=request.user, at=timezone.now(), today=today)
    except Refused as why:
        messages.error(request, str(why))
        return redirect("notices:notice_detail", pk=pk)
    parts = leaving.parts(wanted, leaving.Told())
    return _sent(streamed(parts), f"全部资料_{notice.title[:40]}_{today:%Y%m%d}.zip")


def _sent(blocks: Iterator[bytes], name: str) -> HttpResponseBase:
    answer = StreamingHttpResponse(blocks, content_type="application/zip")
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
