"""What is read from closed weeks: the lists of a snapshot, the changes between two, and the issues of 整改动态."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import has
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.domain import bulletins
from notices.domain.delta import KINDS, Change, Delta
from notices.domain.notice_papers import bulletin_bytes
from notices.domain.snapshot_lists import (
    ISSUE_FILTERS,
    OUTCOME_FILTERS,
    TASK_FILTERS,
    delta_of,
    issues_of,
    outcomes_of,
    progress_of,
    tasks_of,
)
from notices.domain.snapshot_view import sight_of
from notices.domain.snapshots import Broken, open_snapshot
from notices.domain.weeks import week_words
from notices.errors import Missing, Refused
from notices.forms.weekly import BulletinForm
from notices.models import Bulletin, Snapshot
from notices.terms import Light, PrintedProgress, Stage, State
from notices.views.letters import download
from notices.views.weekly import desk_url, notice_planned, notice_seen

SIZE = 50
SHOWN = 100  # rows of each list of a delta; the rest behind its link
LISTS = {
    "tasks": ((*TASK_FILTERS, "counted"), tasks_of),
    "issues": (tuple(ISSUE_FILTERS), issues_of),
    "outcomes": (tuple(OUTCOME_FILTERS), outcomes_of),
}
LIGHTS = [(code.value, str(code.label)) for code in Light if code != Light.NONE]


def one_snapshot(request: PersonRequest, pk: int) -> Snapshot:
    rows = Snapshot.objects.visible_to(request.user).select_related("notice__unit")
    row: Snapshot = get_object_or_404(rows, pk=pk)
    return row


# ── The lists of a snapshot ──────────────────────────────────────────────────
@login_required
@require_safe
def snapshot_detail(request: PersonRequest, pk: int) -> HttpResponse:
    """Tasks, issues or outcomes as they stood; a snapshot that does not fit its hash says so and shows nothing."""
    row = one_snapshot(request, pk)
    sight = sight_of(request.user, row.notice)
    listed = code if (code := request.GET.get("list", "")) in LISTS else "tasks"
    names, read = LISTS[listed]
    wanted = {name: value for name in names if (value := request.GET.get(name, ""))}
    start = int(text) if (text := request.GET.get("from", "")).isdecimal() and len(text) < 8 else 0
    context = {"row": row, "words": week_words(row.starts_on), "listed": listed, "wanted": wanted}
    context["whole"] = sight.whole
    try:
        reader = open_snapshot(row)
        part = read(reader, sight, wanted, start=start, size=SIZE)
    except Broken as why:
        return render(request, "notices/snapshot_detail.html", {**context, "broken": str(why)}, status=409)
    context |= {
        "part": part,
        "tabs": [(code, label, f"?{urlencode({'light': code})}") for code, label in LIGHTS],
        "states": {s.value: str(s.label) for s in State},
        "issues": [(x, str(PrintedProgress(progress_of(x)).label)) for x in part.rows]
        if listed == "issues"
        else [],
        "previous": _turn(listed, wanted, max(0, start - SIZE)) if start else None,
        "next": _turn(listed, wanted, start + SIZE) if start + SIZE < part.total else None,
        "earlier": bulletins.previous(row),
        "has_outcomes": reader.kept("gain"),
    }
    return render(request, "notices/snapshot_detail.html", context)


def _turn(listed: str, wanted: dict[str, str], start: int) -> str:
    query = {**wanted, **({"list": listed} if listed != "tasks" else {})}
    return f"?{urlencode({**query, 'from': start} if start else query)}"


# ── What changed ─────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Listed:
    """One list of a delta as the page shows it."""

    code: str
    label: str
    count: int
    changes: list[Change]
    url: str


@login_required
@require_safe
def weekly_delta(request: PersonRequest, pk: int) -> HttpResponse:
    """Between two closed weeks, or from one to now; without a choice from the last closed week to now."""
    notice = notice_seen(request, pk)
    rows = list(Snapshot.objects.filter(notice=notice).newest_first())
    by_pk = {str(row.pk): row for row in rows}
    before = by_pk.get(request.GET.get("from", ""), rows[0] if rows else None)
    after = by_pk.get(request.GET.get("to", ""))
    if before and after and before.starts_on > after.starts_on:
        before, after = after, before
    only = kind if (kind := request.GET.get("kind", "")) in KINDS else ""
    context = {
        "notice": notice,
        "rows": rows,
        "before": before,
        "after": after,
        "only": only,
        "desk": desk_url(notice, after.starts_on if after else timezone.localdate()),
    }
    if before is not None:
        try:
            sight = sight_of(request.user, notice)
            found = delta_of(notice, before, after, sight, today=timezone.localdate())
        except Broken as why:
            return render(request, "notices/weekly_delta.html", {**context, "broken": str(why)}, status=409)
        context |= {"lists": listed(found, before, after, only), "total": found.total}
    return render(request, "notices/weekly_delta.html", context)


def listed(found: Delta, before: Snapshot, after: Snapshot | None, only: str) -> list[Listed]:
    query = {"from": before.pk, "to": after.pk if after else ""}
    return [
        Listed(
            kind,
            KINDS[kind],
            len(changes),
            changes if only == kind else [] if only else changes[:SHOWN],
            f"?{urlencode({**query, 'kind': kind})}",
        )
        for kind, changes in found.lists.items()
    ]


# ── 整改动态 ─────────────────────────────────────────────────────────────────
@login_required
@require_POST
def bulletin_draft(request: PersonRequest, pk: int) -> HttpResponse:
    """Begin the issue of the week whose snapshot the form names."""
    notice = notice_planned(request, pk)
    asked = request.POST.get("snapshot", "")
    key = int(asked) if asked.isdecimal() and len(asked) < 19 else 0
    row = get_object_or_404(Snapshot.objects.filter(notice=notice), pk=key)
    try:
        issue = bulletins.draft(row, by=request.user, at=timezone.now())
    except Refused as why:
        messages.error(request, str(why))
        return redirect(desk_url(notice, row.starts_on))
    messages.success(request, f"已起草第 {issue.number} 期，请核对文字后印发。")
    return redirect("notices:bulletin_edit", pk=issue.pk)


def one_bulletin(request: PersonRequest, pk: int) -> Bulletin:
    rows = Bulletin.objects.visible_to(request.user).select_related("notice__unit", "snapshot")
    return get_object_or_404(rows, pk=pk)


@login_required
@require_safe
def bulletin_detail(request: PersonRequest, pk: int) -> HttpResponse:
    issue = one_bulletin(request, pk)
    context = {
        "issue": issue,
        "heading": bulletins.heading(issue),
        "plans": has(request.user, Can.PLAN, issue.notice.unit_id) and issue.notice.stage != Stage.ARCHIVED,
    }
    return render(request, "notices/bulletin_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bulletin_edit(request: PersonRequest, pk: int) -> HttpResponse:
    issue = office_s(request, pk)
    given = request.POST if request.method == "POST" else None
    texts = {name: getattr(issue, name) for name in bulletins.TEXTS}
    form = BulletinForm(given, initial={**texts, "version": issue.version})
    if form.is_valid():
        values, version = form.cleaned_data, form.cleaned_data["version"]
        try:
            bulletins.edit(issue, values, version=version, by=request.user, at=timezone.now())
        except Missing as lacking:
            for name, sentence in lacking.fields.items():
                form.add_error(name, sentence)
        except Refused as why:
            form.add_error(None, str(why))
        else:
            messages.success(request, "已保存。")
            return redirect("notices:bulletin_detail", pk=pk)
    context = {"issue": issue, "heading": bulletins.heading(issue), "form": form}
    return render(request, "notices/bulletin_edit.html", context, status=422 if form.is_bound else 200)


@login_required
@require_safe
def bulletin_file(request: PersonRequest, pk: int) -> HttpResponse:
    """整改动态 as Word."""
    issue = one_bulletin(request, pk)
    draft = "" if issue.released_at else "（草稿）"
    content = bulletin_bytes(issue, today=timezone.localdate())
    return download(content, f"整改动态{issue.year}年第{issue.number}期{draft}.docx")


@login_required
@require_POST
def bulletin_release(request: PersonRequest, pk: int) -> HttpResponse:
    issue = office_s(request, pk)
    version = request.POST.get("version", "")
    try:
        number = int(version) if version.isdecimal() and len(version) < 9 else -1
        bulletins.release(issue, version=number, by=request.user, at=timezone.now())
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, f"第 {issue.number} 期已印发，能看到本批次的人都可以查看。")
    return redirect("notices:bulletin_detail", pk=pk)


def office_s(request: PersonRequest, pk: int) -> Bulletin:
    """For the office alone; to everybody else the address does not exist."""
    issue = one_bulletin(request, pk)
    if not has(request.user, Can.PLAN, issue.notice.unit_id):
        raise Http404
    return issue
