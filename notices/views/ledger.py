"""台账: download, upload, the plan, confirm, undo, history. Nothing is written before 确认导入."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import holds
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import chosen_notice, seen_notices
from notices.domain import ledger_intake, ledger_jobs
from notices.domain.baseline import of_notice
from notices.domain.ledger_desk import foreign_tables, plan_again, uploads_of
from notices.errors import Refused, Stale
from notices.filters import tasks_of_address
from notices.forms.ledger import ExportForm, MappingForm, UploadForm
from notices.jobs import ring, work_ledgers
from notices.ledger.export import export_ledger
from notices.ledger.load import visible_tasks
from notices.ledger.returns import annotated, give_back
from notices.ledger.schema import column_help
from notices.ledger.uploads import may_import, packed_plan_of
from notices.models import LedgerJob, LedgerUpload, Notice, TaskQuerySet
from notices.terms import Stage
from notices.views.keyset import Key, capped, in_words, page_of
from notices.views.ledger_choice import attachment, filters_of, written
from notices.views.ledger_rows import chosen, done_words, view_of
from notices.views.rights import requires
from notices.views.snapshot_export import snapshot_workbook

ORDER = (Key("pk", int, desc=True),)
RECENT = 5
MANY_LEFT = 20
LARGE_GIVEN = "这份台账较大，请点页面上的按钮，由后台生成文件后再下载。"


def importable(request: PersonRequest) -> list[Notice]:
    """Notices whose ledger this person may upload now."""
    return [n for n in seen_notices(request) if n.stage != Stage.ARCHIVED and may_import(request.user, n)]


def preset(request: PersonRequest, notices: list[Notice]) -> Notice | None:
    """The notice the form begins with: the chosen one, else the only one."""
    return chosen_notice(request) or (notices[0] if len(notices) == 1 else None)


def one_upload(request: PersonRequest, pk: int) -> LedgerUpload:
    uploads = uploads_of(request.user).select_related("notice__unit", "export").defer("notice__text")
    return get_object_or_404(uploads, pk=pk)


# ── Download ─────────────────────────────────────────────────────────────────


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ledger_export(request: PersonRequest) -> HttpResponseBase:
    """GET says what would be downloaded; POST writes the workbook and keeps what it held, for its way back."""
    today = timezone.localdate()
    filters = filters_of(request)
    initial: dict[str, Any] = {"notice": preset(request, seen_notices(request))}
    initial |= {"filters": filters.urlencode(), "as_of": request.GET.get("snapshot")}
    given = request.POST if request.method == "POST" else None
    form = ExportForm(seen_notices(request), given, initial=initial)
    if form.is_valid():
        wanted = form.cleaned_data["notice"]
        if form.cleaned_data["as_of"] is not None:
            return snapshot_workbook(request, form.cleaned_data["as_of"])
        tasks = tasks_of_address(request.user, filters, today=today)
        at = timezone.now()
        if is_long(request, wanted, tasks):
            job = ledger_jobs.order_export(
                wanted, filters=filters.urlencode(), today=today, by=request.user, at=at
            )
            return handed_over(job)
        file = written(
            lambda target: export_ledger(wanted, target, by=request.user, at=at, today=today, tasks=tasks)
        )
        return attachment(file, f"整改台账_{wanted.title}_{today}.xlsx")
    tasks = tasks_of_address(request.user, filters, today=today)
    context = {
        "form": form,
        "filtered": None if tasks is None else in_words(capped(tasks)),
        "kept": ledger_jobs.exports_of(request.user),
        "kept_days": ledger_jobs.KEPT.days,
        "may_upload": bool(importable(request)),
    }
    return render(request, "notices/ledger_export.html", context, status=422 if form.is_bound else 200)


def is_long(request: PersonRequest, notice: Notice, tasks: TaskQuerySet | None) -> bool:
    """More tasks than a request should write."""
    seen = visible_tasks(notice, request.user) if tasks is None else tasks.filter(notice=notice)
    return bool(seen.count() > ledger_jobs.EXPORT_ROWS)


def handed_over(job: LedgerJob) -> HttpResponse:
    """To the page that shows how far it is; a worker is rung."""
    ring(work_ledgers)
    return redirect("notices:ledger_job", pk=job.pk)


# ── Upload ───────────────────────────────────────────────────────────────────


@requires(Can.IMPORT_LEDGER)
@require_http_methods(["GET", "HEAD", "POST"])
def ledger_upload(request: PersonRequest) -> HttpResponse:
    notices = importable(request)
    form = UploadForm(
        notices,
        request.POST if request.method == "POST" else None,
        request.FILES or None,
        office=holds(request.user, Can.TAKE_OVER),
        initial={"notice": preset(request, notices)},
    )
    if form.is_valid():
        try:
            return planned(request, form.cleaned_data)
        except Refused as why:
            form.add_error("file", str(why))
    recent = uploads_of(request.user).select_related("notice").order_by("-pk")[:RECENT]
    context = {
        "form": form,
        "notices": notices,
        "recent": [(upload, done_words(upload)) for upload in recent],
        "columns": column_help(),
    }
    return render(request, "notices/ledger_upload.html", context, status=422 if form.is_bound else 200)


def planned(request: PersonRequest, given: dict[str, Any]) -> HttpResponse:
    """Gate, reader and plan; the file is kept with its plan, the ledger is untouched. What is too much for a request
    the office hands over to a worker."""
    found = ledger_intake.take_in(
        given["notice"],
        given["file"],
        by=request.user,
        at=timezone.now(),
        today=timezone.localdate(),
        take_over=given.get("take_over", False),
    )
    if isinstance(found, LedgerJob):
        return handed_over(found)
    return redirect("notices:ledger_plan", pk=found.pk)


# ── The plan ─────────────────────────────────────────────────────────────────


@requires(Can.IMPORT_LEDGER)
@require_safe
def ledger_plan(request: PersonRequest, pk: int) -> HttpResponse:
    upload = one_upload(request, pk)
    if job := ledger_jobs.shown_job(upload):
        return redirect("notices:ledger_job", pk=job.pk)
    if upload.state != LedgerUpload.State.PLANNED:
        return redirect("notices:ledger_result", pk=pk)
    start = request.GET.get("from", "")
    view = view_of(
        packed_plan_of(upload),
        kind=request.GET.get("kind", ""),
        start=int(start) if start.isdecimal() and len(start) < 8 else 0,
    )
    context = {
        "upload": upload,
        "plan": view,
        "kind": request.GET.get("kind", ""),
        "large": ledger_jobs.is_large_plan(upload),
        "long_file": ledger_jobs.is_long_file(upload),
        "failed": ledger_jobs.last_ended(upload),
        "planned": of_notice(upload.notice_id) is not None,
    }
    return render(request, "notices/ledger_plan.html", context)


@requires(Can.IMPORT_LEDGER)
@require_http_methods(["GET", "HEAD", "POST"])
def ledger_mapping(request: PersonRequest, pk: int) -> HttpResponse:
    """What the columns were taken for; a change plans the file anew and is remembered for this form."""
    upload = one_upload(request, pk)
    try:
        given = request.POST if request.method == "POST" else None
        form = MappingForm(foreign_tables(upload), given)
        if form.is_valid():
            return replanned(request, upload, form.columns())
    except Refused as why:
        messages.error(request, str(why))
        return redirect("notices:ledger_plan", pk=pk)
    context = {"upload": upload, "form": form}
    return render(request, "notices/ledger_mapping.html", context, status=422 if form.is_bound else 200)


@requires(Can.IMPORT_LEDGER)
@require_POST
def ledger_replan(request: PersonRequest, pk: int) -> HttpResponse:
    """The same file against the ledger as it now is."""
    upload = one_upload(request, pk)
    try:
        return replanned(request, upload, {})
    except Refused as why:
        messages.error(request, str(why))
        return redirect("notices:ledger_upload")


def replanned(
    request: PersonRequest, upload: LedgerUpload, columns: dict[str, dict[int, str]]
) -> HttpResponse:
    at = timezone.now()
    if upload.large:
        return handed_over(ledger_jobs.order_again(upload, columns, by=request.user, at=at))
    fresh = plan_again(upload, columns, by=request.user, at=at, today=timezone.localdate())
    return redirect("notices:ledger_plan", pk=fresh.pk)


@requires(Can.IMPORT_LEDGER)
@require_safe
def ledger_annotated(request: PersonRequest, pk: int) -> HttpResponseBase:
    """The uploaded workbook with every problem marked in its cell."""
    upload = one_upload(request, pk)
    if ledger_jobs.is_long_file(upload):
        messages.error(request, LARGE_GIVEN)
        return redirect("notices:ledger_plan", pk=pk)
    try:
        marked = annotated(upload)
    except Refused as why:
        messages.error(request, str(why))
        return redirect("notices:ledger_plan", pk=pk)
    return attachment(marked, ledger_jobs.given_name(upload, LedgerJob.Kind.MARK))


@requires(Can.IMPORT_LEDGER)
@require_POST
def ledger_give(request: PersonRequest, pk: int, kind: str) -> HttpResponse:
    """The uploaded file marked or filled by a worker: for files too long for a request."""
    upload = one_upload(request, pk)
    try:
        job = ledger_jobs.order_returning(upload, LedgerJob.Kind(kind), by=request.user, at=timezone.now())
    except Refused as why:
        messages.error(request, str(why))
        return redirect("notices:ledger_result", pk=pk)
    return handed_over(job)


# ── Confirm, undo, history ───────────────────────────────────────────────────


@requires(Can.IMPORT_LEDGER)
@require_POST
def ledger_apply(request: PersonRequest, pk: int) -> HttpResponse:
    upload = one_upload(request, pk)
    if upload.state == LedgerUpload.State.APPLIED:  # the button was pressed twice
        return redirect("notices:ledger_result", pk=pk)
    wanted = chosen(packed_plan_of(upload), request.POST)
    try:
        reason = request.POST.get("reason", "")[:500]
        at, today = timezone.now(), timezone.localdate()
        job = ledger_intake.confirm(upload, wanted, reason=reason, by=request.user, at=at, today=today)
        if job is not None:
            return handed_over(job)
    except Stale as why:
        messages.error(request, f"{why}请点“重新核对”，看过新的改动清单后再确认。")
        return redirect("notices:ledger_plan", pk=pk)
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, "台账已导入。")
    return redirect("notices:ledger_result", pk=pk)


@requires(Can.IMPORT_LEDGER)
@require_safe
def ledger_result(request: PersonRequest, pk: int) -> HttpResponse:
    upload = one_upload(request, pk)
    if job := ledger_jobs.shown_job(upload):
        return redirect("notices:ledger_job", pk=job.pk)
    if upload.state == LedgerUpload.State.PLANNED:
        return redirect("notices:ledger_plan", pk=pk)
    context = {
        "upload": upload,
        "words": done_words(upload),
        "long_file": ledger_jobs.is_long_file(upload),
        "job": ledger_jobs.last_ended(upload),
        "undoable": upload.state == LedgerUpload.State.APPLIED and upload.notice.stage != Stage.ARCHIVED,
    }
    return render(request, "notices/ledger_result.html", context)


@requires(Can.IMPORT_LEDGER)
@require_POST
def ledger_undo(request: PersonRequest, pk: int) -> HttpResponse:
    upload = one_upload(request, pk)
    if upload.state == LedgerUpload.State.UNDONE:
        return redirect("notices:ledger_result", pk=pk)
    try:
        at, today = timezone.now(), timezone.localdate()
        done = ledger_intake.take_back(upload, by=request.user, at=at, today=today)
    except Refused as why:
        messages.error(request, str(why))
        return redirect("notices:ledger_result", pk=pk)
    if isinstance(done, LedgerJob):
        return handed_over(done)
    first, *left = ledger_jobs.undone_words(done.restored, done.cancelled, done.left).split("\n")
    messages.success(request, first)
    if left:
        messages.warning(request, "\n".join(left))
    return redirect("notices:ledger_result", pk=pk)


@requires(Can.IMPORT_LEDGER)
@require_safe
def ledger_filled(request: PersonRequest, pk: int) -> HttpResponseBase:
    """The very file that was uploaded, with the present values in its own columns."""
    upload = one_upload(request, pk)
    if ledger_jobs.is_long_file(upload):
        messages.error(request, LARGE_GIVEN)
        return redirect("notices:ledger_result", pk=pk)
    try:
        patched = give_back(upload, by=request.user)
    except Refused as why:
        messages.error(request, str(why))
        return redirect("notices:ledger_result", pk=pk)
    if patched.unpatched:
        messages.warning(
            request, "有些单元格无法回填，保持原样：\n" + "\n".join(patched.unpatched[:MANY_LEFT])
        )
    return attachment(patched.content, ledger_jobs.given_name(upload, LedgerJob.Kind.FILL))


@requires(Can.IMPORT_LEDGER)
@require_safe
def ledger_history(request: PersonRequest) -> HttpResponse:
    uploads = uploads_of(request.user).select_related("notice").defer("notice__text")
    page = page_of(uploads, ORDER, request.GET)
    context = {
        "page": page,
        "rows": [(upload, done_words(upload)) for upload in page.rows],
        "count": in_words(capped(uploads)),
    }
    return render(request, "notices/ledger_history.html", context)
