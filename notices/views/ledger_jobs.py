"""Long ledger work and packages: how far it is, how it ended, and the file it wrote."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.person import PersonRequest
from notices.domain import ledger_jobs, ledger_queue, packages
from notices.errors import Refused
from notices.models import LedgerJob
from notices.views.ledger_choice import attachment


def one_job(request: PersonRequest, pk: int) -> LedgerJob:
    jobs = ledger_jobs.jobs_of(request.user).select_related("notice", "upload")
    return get_object_or_404(jobs.defer("notice__text", "upload__plan", "upload__result"), pk=pk)


def onward(job: LedgerJob) -> str:
    """Where a finished job leads: to the plan or the result of its upload. A failed one and a download stay here."""
    if job.state != LedgerJob.State.DONE or job.upload_id is None or job.kind in ledger_jobs.WITH_FILE:
        return ""
    name = "notices:ledger_plan" if job.kind == LedgerJob.Kind.READ else "notices:ledger_result"
    return reverse(name, args=[job.upload_id])


@login_required
@require_safe
@vary_on_headers("HX-Request")
def ledger_job(request: PersonRequest, pk: int) -> HttpResponse:
    """The page asks for its own middle every two seconds while the job is open; without script it is loaded again."""
    job = one_job(request, pk)
    onto = onward(job)
    context = {
        "job": job,
        "told": ledger_queue.standing(job),
        "onto": onto,
        "kept_days": ledger_jobs.KEPT.days,
        "after_plan": job.kind in (LedgerJob.Kind.APPLY, LedgerJob.Kind.MARK),
        "packed": job.kind in packages.KINDS,
        "fetchable": bool(job.file) and job.by_id == request.user.pk,
    }
    if not request.htmx:
        return render(request, "notices/ledger_job.html", context)
    answer = render(request, "notices/_ledger_job.html", context)
    if onto:
        answer["HX-Redirect"] = onto
    return answer


@login_required
@require_safe
def ledger_job_file(request: PersonRequest, pk: int) -> HttpResponseBase:
    """What a job wrote; only for the person it was written for, with the posts of then."""
    job = one_job(request, pk)
    if job.by_id != request.user.pk or job.kind not in ledger_jobs.WITH_FILE:
        raise Http404
    try:
        return attachment(ledger_jobs.fetched(job), ledger_jobs.file_name(job))
    except Refused as why:
        messages.error(request, str(why))
        return redirect("notices:ledger_job", pk=pk)
