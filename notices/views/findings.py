"""督导发现: the list, one finding with its replies, every act about it, the task made from it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import F, Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import has
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.domain import findings, supervision
from notices.domain.once import new_token
from notices.domain.reporting import StoredFile
from notices.forms.task import TokenForm
from notices.forms.visit import (
    FindingReplyForm,
    HandForm,
    LinkForm,
    NewTaskForm,
    VerdictForm,
    VoidFindingForm,
)
from notices.models import Finding, FindingQuerySet, FindingReply, SupervisionFile, Task
from notices.register_filters import FindingFilter
from notices.terms import FindingState, Severity, State
from notices.views.keyset import Key, address, capped, in_words, page_of
from notices.views.registers import acted, query_of, workbook, wrong_of
from notices.views.rights import requires

ORDER = (Key("held", dt.date.fromisoformat, desc=True), Key("pk", int, desc=True))
Narrow = Callable[[FindingQuerySet, dt.date], FindingQuerySet]
TABS: dict[str, tuple[str, Narrow]] = {
    "": ("全部", lambda rows, today: rows.live()),
    "recorded": ("待交办", lambda rows, today: rows.filter(state=FindingState.RECORDED)),
    "handed": ("待回复", lambda rows, today: rows.awaiting_reply(today)),
    "overdue": ("超期未回复", lambda rows, today: rows.overdue(today=today)),
    "replied": ("待审核", lambda rows, today: rows.awaiting_verdict()),
    "open": ("办理中", lambda rows, today: rows.open()),
    "accepted": ("已认可", lambda rows, today: rows.filter(state=FindingState.ACCEPTED)),
    "tasks": ("转为任务", lambda rows, today: rows.live().exclude(made=None)),
    "voided": ("已作废", lambda rows, today: rows.filter(state=FindingState.VOIDED)),
}
COLUMNS = (
    ("督导检查", 30), ("督导日期", 12), ("单位", 22), ("发现的问题", 60), ("程度", 8), ("状态", 10), ("关联任务", 20),
    ("交办日期", 12), ("回复时限", 12), ("回复日期", 12), ("最近回复", 60), ("办结日期", 12),
)  # fmt: skip
MOST_TASKS = 300  # offered to be linked


def listed(request: PersonRequest) -> tuple[FindingFilter, FindingQuerySet, str]:
    """The filter, its rows narrowed to the chosen tab, and the tab."""
    rows = Finding.objects.visible_to(request.user).annotate(held=F("supervision__held_on"))
    found = FindingFilter(query_of(request), rows, request=request)
    tab = request.GET.get("tab", "") if request.GET.get("tab", "") in TABS else ""
    kept: FindingQuerySet = found.qs
    return found, TABS[tab][1](kept, timezone.localdate()), tab


@login_required
@require_safe
@vary_on_headers("HX-Request")
def finding_list(request: PersonRequest) -> HttpResponse:
    today = timezone.localdate()
    found, rows, tab = listed(request)
    query = query_of(request)
    whole = has_whole(request)
    tasks = Prefetch("tasks", Task.objects.visible_to(request.user).in_order())
    shown = rows.select_related("unit", "supervision").prefetch_related(tasks)
    context = {
        "found": found,
        "page": page_of(shown, ORDER, query),
        "count": in_words(capped(rows)),
        "wrong": wrong_of(found.form),
        "tabs": [
            (label, in_words(capped(narrow(found.qs, today))), address(query, tab=code), code == tab)
            for code, (label, narrow) in TABS.items()
            if whole or code != "recorded"
        ],
        "tab": tab,
        "today": today,
        "export": f"{reverse('notices:finding_export')}{address(query)}",
    }
    name = "_finding_table" if request.htmx else "finding_list"
    return render(request, f"notices/{name}.html", context)


def has_whole(request: PersonRequest) -> bool:
    return Task.whole_notices(request.user).exists()


@login_required
@require_safe
def finding_export(request: PersonRequest) -> HttpResponse:
    _, rows, _ = listed(request)
    tasks = Prefetch("tasks", Task.objects.visible_to(request.user).in_order())
    ordered = rows.select_related("unit", "supervision").prefetch_related(tasks, "replies")
    found = ordered.order_by("-supervision__held_on", "-pk").iterator(chunk_size=500)
    return workbook("督导发现", COLUMNS, (_cells(row) for row in found))


def _cells(row: Finding) -> list[object]:
    replies = sorted(row.replies.all(), key=lambda each: (each.at, each.pk))
    numbers = "、".join(task.number for task in row.tasks.all())
    held = row.supervision.held_on
    about = [row.supervision.title, held.isoformat() if held else "", row.unit.name, row.text]
    about += [str(Severity(row.severity).label), str(FindingState(row.state).label), numbers]
    days = [_day(row.handed_at), row.reply_by.isoformat() if row.reply_by else "", _day(row.replied_at)]
    return [*about, *days, replies[-1].text if replies else "", _day(row.ended_at)]


def _day(at: dt.datetime | None) -> str:
    return timezone.localdate(at).isoformat() if at else ""


def one_finding(request: PersonRequest, pk: int) -> Finding:
    rows = Finding.objects.visible_to(request.user)
    joined = rows.select_related("notice__unit", "supervision", "unit", "made").defer("notice__text")
    return get_object_or_404(joined, pk=pk)


def shown(request: PersonRequest, row: Finding, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of one finding; a refused form is handed in under its name."""
    user, today, token = request.user, timezone.localdate(), new_token()
    may = supervision.recorder(user, row.notice) is None and row.state != FindingState.VOIDED
    first = {"version": row.version}
    due = today + dt.timedelta(days=findings.REPLY_DAYS)
    replies = row.replies.order_by("at", "pk")
    context = {
        "row": row,
        "tasks": list(Task.objects.visible_to(user).filter(findings=row).in_order()),
        "files": list(row.files.filter(reply=None).order_by("at", "pk")),
        "replies": list(replies.prefetch_related(Prefetch("files", SupervisionFile.objects.order_by("pk")))),
        "may": may,
        "late": row.state == FindingState.HANDED and row.reply_by is not None and row.reply_by < today,
        "may_task": findings.task_maker(user, row) is None,
        "linkable": linkable(row) if may else [],
        "link": LinkForm(initial={**first, "token": f"{token}-link"}) if may else None,
        "hand": HandForm(initial={**first, "token": f"{token}-hand", "reply_by": due}) if may and row.state == FindingState.RECORDED else None,
        "reply": FindingReplyForm(initial={**first, "token": f"{token}-reply"}) if findings.replier(user, row) is None else None,
        "verdict": VerdictForm(initial={**first, "token": f"{token}-judge"}) if findings.judge_refusal(user, row) is None else None,
        "void": VoidFindingForm(initial={**first, "token": f"{token}-void"}) if may else None,
        "today": today,
        **forms,
    }  # fmt: skip
    return render(request, "notices/finding_detail.html", context, status=status)


def linkable(row: Finding) -> list[tuple[Task, bool]]:
    """Tasks of the notice in which the unit has a part, each with whether it is linked; the linked ones first."""
    linked = set(row.tasks.values_list("pk", flat=True))
    tasks = Task.objects.filter(notice=row.notice_id, task_units__unit=row.unit_id)
    tasks = tasks.exclude(state=State.CANCELLED) | row.tasks.all()
    found = tasks.distinct().only("pk", "number", "text", "deadline", "state", "notice").in_order()
    return sorted(((t, t.pk in linked) for t in found[:MOST_TASKS]), key=lambda pair: not pair[1])


@login_required
@require_safe
def finding_detail(request: PersonRequest, pk: int) -> HttpResponse:
    return shown(request, one_finding(request, pk))


SAID = {
    "link": "关联任务已保存。",
    "hand": "已交办，单位经办人和负责人已收到消息。",
    "reply": "整改情况已送督导组。",
    "judge": "审核结论已保存，并通知单位。",
    "void": "督导发现已作废，原内容仍保留。",
}
FORMS: dict[str, type[TokenForm]] = {
    "link": LinkForm,
    "hand": HandForm,
    "reply": FindingReplyForm,
    "judge": VerdictForm,
    "void": VoidFindingForm,
}
PLACES = {"link": "link", "hand": "hand", "reply": "reply", "judge": "verdict", "void": "void"}


@login_required
@require_POST
def finding_step(request: PersonRequest, pk: int, step: str) -> HttpResponse:
    """link, hand, reply, judge, void."""
    if step not in SAID:
        raise Http404
    row = one_finding(request, pk)
    form = FORMS[step](request.POST, request.FILES)
    _seen(request, row)
    if acted(request, form, lambda at, files: _take(request, row, step, form, at, files)):
        messages.success(request, SAID[step])
        return redirect("notices:finding_detail", pk=pk)
    for sentence in form.non_field_errors():
        messages.error(request, str(sentence))
    return shown(request, one_finding(request, pk), status=422, **{PLACES[step]: form})


def _seen(request: PersonRequest, row: Finding) -> None:
    """Act on the version the page showed."""
    if request.POST.get("version", "").isdecimal():
        row.version = int(request.POST["version"][:9])


def _take(
    request: PersonRequest, row: Finding, step: str, form: Any, at: dt.datetime, files: list[StoredFile]
) -> Finding | FindingReply | list[Task]:
    given: dict[str, Any] = form.cleaned_data
    acting: dict[str, Any] = {"by": request.user, "at": at}
    today = timezone.localdate()
    if step == "link":
        return findings.link(row, Task.objects.filter(pk__in=given["tasks"] or []), **acting)
    if step == "hand":
        return findings.hand_over(row, reply_by=given["reply_by"], today=today, **acting)
    if step == "reply":
        return findings.reply(row, text=given["text"], files=files, **acting)
    if step == "judge":
        return findings.judge(row, form.said(), today=today, **acting)
    return findings.void(row, why=given["why"], **acting)


@requires(Can.PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def finding_task(request: PersonRequest, pk: int) -> HttpResponse:
    """A new task from a finding, for its unit, under one of the notice's issues."""
    row = one_finding(request, pk)
    if not has(request.user, Can.PLAN, row.notice.unit_id):
        raise Http404
    today = timezone.localdate()
    data = request.POST if request.method == "POST" else None
    initial = {"token": new_token(), "version": row.version, "text": row.text}
    issues = list(
        row.notice.issues.order_by("position", "pk").select_related("notice", "lead_unit", "leader")
    )
    form = NewTaskForm(issues, data, initial=initial)
    _seen(request, row)
    made: list[Task] = []

    def make(at: dt.datetime, _files: list[StoredFile]) -> None:
        made.append(findings.make_task(row, form.wanted(), by=request.user, at=at, today=today))

    if data is not None and acted(request, form, make):
        if made:
            messages.success(request, f"已生成任务 {made[0].number}，并分派给{row.unit.name}签收。")
        return redirect("notices:finding_detail", pk=pk)
    why_not = None if form.is_bound else findings.task_maker(request.user, row)
    context = {"row": row, "form": form, "why_not": why_not}
    return render(request, "notices/finding_task.html", context, status=422 if form.is_bound else 200)
