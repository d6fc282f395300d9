"""会议与行动: the list with its counts, the entry, one meeting with its minutes, the voiding."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import holds
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import chosen_notices
from notices.domain import meetings
from notices.domain.once import new_token
from notices.domain.reporting import StoredFile
from notices.forms.outcome import MeetingForm, VoidForm
from notices.models import Meeting, MeetingFile, Rebuke, Task
from notices.register_filters import MeetingFilter
from notices.terms import MeetingKind
from notices.views.figures import Number
from notices.views.keyset import Key, address, capped, in_words, page_of
from notices.views.outcomes import one_notice, writable
from notices.views.registers import acted, download, narrowed, query_of, workbook, wrong_of
from notices.views.rights import requires

ORDER = (Key("held_on", dt.date.fromisoformat, desc=True), Key("pk", int, desc=True))
COLUMNS = (
    ("日期", 12), ("种类", 14), ("主题", 44), ("主持人", 20), ("参加人数", 10), ("议定事项", 60), ("涉及任务", 24),
    ("登记人", 12), ("批次", 30),
)  # fmt: skip


def listed(request: PersonRequest) -> MeetingFilter:
    """Meetings in force the person sees, or the voided ones, narrowed by the address."""
    rows = Meeting.objects.visible_to(request.user)
    rows = rows.exclude(voided_at=None) if request.GET.get("voided") else rows.in_force()
    return MeetingFilter(query_of(request), rows, request=request)


def _tasks(request: PersonRequest) -> Prefetch:
    return Prefetch("tasks", Task.objects.visible_to(request.user).in_order())


def _talks_url(query: QueryDict, asked: Mapping[str, Any]) -> str:
    """The list of the talks this page counts: of the same notices and days."""
    days = {name: asked[name].isoformat() for name in ("since", "until") if asked.get(name)}
    return f"{reverse('notices:rebuke_list')}?{urlencode({'notice': query.get('notice', ''), 'kind': 'talk', **days})}"


@requires(Can.BOARD)
@require_safe
@vary_on_headers("HX-Request")
def meeting_list(request: PersonRequest) -> HttpResponse:
    found, query = listed(request), query_of(request)
    asked = found.form.cleaned_data if found.form.is_valid() else {}
    notices = [n.pk for n in chosen_notices(request)]
    talks = Rebuke.objects.visible_to(request.user).filter(notice__in=notices)
    talks = talks.filter(held_on__gte=asked["since"]) if asked.get("since") else talks
    talks = talks.filter(held_on__lte=asked["until"]) if asked.get("until") else talks
    voided = bool(request.GET.get("voided"))
    context = {
        "found": found,
        "page": page_of(found.qs.select_related("notice").defer("notice__text"), ORDER, query),
        "count": in_words(capped(found.qs)),
        "wrong": wrong_of(found.form),
        "figures": (figures := meetings.meeting_figures(found.qs, talks)),
        "talks": Number("约谈", str(figures.talks), _talks_url(query, asked)),
        "kinds": [
            (MeetingKind(code).label, n, narrowed(query, kind=code)) for code, n in figures.kinds.items()
        ],
        "voided": voided,
        "voided_url": address(query, voided="" if voided else "1"),
        "writable": writable(request),
        "office": holds(request.user, Can.PLAN),
        "export": f"{reverse('notices:meeting_export')}{address(query)}",
    }
    name = "_meeting_table" if request.htmx else "meeting_list"
    return render(request, f"notices/{name}.html", context)


@requires(Can.BOARD)
@require_safe
def meeting_export(request: PersonRequest) -> HttpResponse:
    rows = listed(request).qs.select_related("notice").defer("notice__text").prefetch_related(_tasks(request))
    ordered = rows.order_by("-held_on", "-pk").iterator(chunk_size=500)
    return workbook("会议与行动", COLUMNS, (_cells(row) for row in ordered))


def _cells(row: Meeting) -> list[object]:
    numbers = "、".join(task.number for task in row.tasks.all())
    told: list[object] = [row.held_on.isoformat(), str(MeetingKind(row.kind).label), row.subject, row.chair]
    return [*told, row.attendants, row.decisions, numbers, row.by_name, row.notice.title]


@requires(Can.PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_new(request: PersonRequest) -> HttpResponse:
    notice = one_notice(request)
    if notice is None:
        messages.error(request, "没有可以登记会议的批次：批次须已制定方案且未归档。")
        return redirect("notices:meeting_list")
    posted, today = request.method == "POST", timezone.localdate()
    data, files = (request.POST, request.FILES) if posted else (None, None)
    form = MeetingForm(notice, data, files, initial={"token": new_token(), "held_on": today})
    made: list[Meeting] = []

    def enter(at: dt.datetime, stored: list[StoredFile]) -> None:
        tasks = form.cleaned_data["numbers"]
        made.append(
            meetings.enter(
                notice, form.held(), tasks=tasks, files=stored, by=request.user, at=at, today=today
            )
        )

    if posted and acted(request, form, enter):
        messages.success(request, "已登记。")
        return redirect("notices:meeting_detail", pk=made[0].pk) if made else redirect("notices:meeting_list")
    context = {"notice": notice, "form": form, "notices": writable(request)}
    return render(request, "notices/meeting_new.html", context, status=422 if form.is_bound else 200)


def one_meeting(request: PersonRequest, pk: int) -> Meeting:
    rows = Meeting.objects.visible_to(request.user).select_related("notice__unit").defer("notice__text")
    return get_object_or_404(rows, pk=pk)


def shown(request: PersonRequest, row: Meeting, *, status: int = 200, **forms: Any) -> HttpResponse:
    may = meetings.recorder(request.user, row.notice) is None and row.voided_at is None
    context = {
        "row": row,
        "tasks": list(Task.objects.visible_to(request.user).filter(meetings=row).in_order()),
        "files": list(row.files.order_by("at", "pk")),
        "void": VoidForm(initial={"token": new_token()}) if may else None,
        **forms,
    }
    return render(request, "notices/meeting_detail.html", context, status=status)


@login_required
@require_safe
def meeting_detail(request: PersonRequest, pk: int) -> HttpResponse:
    return shown(request, one_meeting(request, pk))


@login_required
@require_POST
def meeting_void(request: PersonRequest, pk: int) -> HttpResponse:
    row = one_meeting(request, pk)
    form = VoidForm(request.POST)

    def void(at: dt.datetime, _files: list[StoredFile]) -> None:
        meetings.void(row, why=form.cleaned_data["why"], by=request.user, at=at)

    if acted(request, form, void):
        messages.success(request, "记录已作废，原内容仍保留。")
        return redirect("notices:meeting_detail", pk=pk)
    for sentence in form.non_field_errors():
        messages.error(request, str(sentence))
    return shown(request, one_meeting(request, pk), status=422, void=form)


@login_required
@require_safe
def meeting_file(request: PersonRequest, pk: int) -> HttpResponseBase:
    seen = Meeting.objects.visible_to(request.user)
    file = get_object_or_404(MeetingFile.objects.filter(meeting__in=seen.values("pk")), pk=pk)
    return download(request, file, back=reverse("notices:meeting_detail", args=[file.meeting_id]))
