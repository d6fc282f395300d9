"""一题一档: the page to print and the Word file; the pack of a notice's evidence, and everything of it on leaving, made by
a worker."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.person import PersonRequest
from notices.domain import dossier, packages
from notices.errors import Refused
from notices.jobs import ring, work_ledgers
from notices.models import LedgerJob
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
def notice_pack(request: PersonRequest, pk: int) -> HttpResponse:
    """Every issue's dossier and evidence as a zip."""
    return _ordered(request, pk, LedgerJob.Kind.PACK)


@login_required
@require_POST
def notice_export(request: PersonRequest, pk: int) -> HttpResponse:
    """Everything of the notice as a zip that reads without the product."""
    return _ordered(request, pk, LedgerJob.Kind.LEAVE)


def _ordered(request: PersonRequest, pk: int, kind: LedgerJob.Kind) -> HttpResponse:
    """To the page that shows how far it is; a worker is rung."""
    notice = one_notice(request, pk)
    try:
        job = packages.order(kind, notice, by=request.user, at=timezone.now(), today=timezone.localdate())
    except Refused as why:
        messages.error(request, str(why))
        return redirect("notices:notice_detail", pk=pk)
    ring(work_ledgers)
    return redirect("notices:ledger_job", pk=job.pk)
