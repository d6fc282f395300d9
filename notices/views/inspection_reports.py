"""整改情况报告 to the inspecting body: the page to read and print, and the Word file. For all others it does not exist."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.person import PersonRequest
from notices.domain import inspection_report
from notices.models import Notice
from notices.report.document import numbered
from notices.views.letters import download
from notices.views.notices import one_notice


def _told(request: PersonRequest, pk: int) -> Notice:
    notice = one_notice(request, pk)
    if inspection_report.reporter(request.user, notice):
        raise Http404
    return notice


@login_required
@require_safe
def notice_report(request: PersonRequest, pk: int) -> HttpResponse:
    notice = _told(request, pk)
    document = inspection_report.report_of(notice, today=timezone.localdate())
    blocks = [(type(block).__name__, mark, block) for block, mark in numbered(document.blocks)]
    return render(
        request, "notices/notice_report.html", {"notice": notice, "document": document, "blocks": blocks}
    )


@login_required
@require_POST
def notice_report_file(request: PersonRequest, pk: int) -> HttpResponse:
    """Recorded, so it is asked for by a form."""
    notice, today = _told(request, pk), timezone.localdate()
    content = inspection_report.take(notice, by=request.user, at=timezone.now(), today=today)
    return download(content, f"整改情况报告_{notice.title[:50]}_{today}.docx")
