"""督导检查: the list with its counts, planning, the visit with what it found, its record in Word and its files."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import has
from accounts.models import Unit
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import chosen_notices
from notices.domain import findings, supervision
from notices.domain.once import new_token
from notices.domain.reporting import StoredFile
from notices.domain.statistics_visits import visit_figures, visits_by_unit
from notices.domain.visit_papers import record_bytes
from notices.forms.task import TokenForm
from notices.forms.visit import CallOffForm, FindingForm, HeldForm, MoreFilesForm, VisitForm
from notices.models import Finding, Notice, Supervision, SupervisionFile, Task
from notices.register_filters import SupervisionFilter
from notices.terms import LIVE_STAGES, VisitMethod, VisitState
from notices.views.keyset import Key, address, capped, in_words, page_of
from notices.views.registers import acted, narrowed, query_of, workbook, wrong_of
from notices.views.rights import requires

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ORDER = (Key("day", dt.date.fromisoformat, desc=True), Key("pk", int, desc=True))
COLUMNS = (
    ("名称", 34), ("批次", 30), ("状态", 10), ("日期", 12), ("督导组成员", 28), ("受督导单位", 34), ("督导方式", 20),
    ("督导会议（场）", 14), ("督导内容", 40), ("督导情况", 50), ("发现问题", 10), ("未办结", 10),
)  # fmt: skip


def _units() -> Prefetch:
    return Prefetch("units", Unit.objects.without_tree_fields().by_position())


def listed(request: PersonRequest) -> SupervisionFilter:
    """The visits the person sees, narrowed by the address."""
    rows = Supervision.objects.visible_to(request.user).with_day()
    return SupervisionFilter(query_of(request), rows, request=request)


def plannable(request: PersonRequest) -> list[Notice]:
    """Notices for which the person may plan a visit."""
    notices = chosen_notices(request)
    return [n for n in notices if supervision.recorder(request.user, n) is None]


DONE = VisitState.DONE.value


def findings_url(query: QueryDict) -> str:
    """The list of what these visits found; empty when visits are narrowed by what findings are not."""
    if any(query.get(name) for name in ("q", "state", "method", "unit")):
        return ""
    kept = {name: query[name] for name in ("notice", "since", "until") if query.get(name)}
    return f"{reverse('notices:finding_list')}?{urlencode(kept)}"


@login_required
@require_safe
@vary_on_headers("HX-Request")
def supervision_list(request: PersonRequest) -> HttpResponse:
    found = listed(request)
    seen = Finding.objects.visible_to(request.user)
    counted = seen.filter(supervision__in=found.qs.order_by().values("pk"))
    rows = found.qs.with_counts().select_related("notice").defer("notice__text")
    query = query_of(request)
    context = {
        "found": found,
        "page": page_of(rows.prefetch_related(_units()), ORDER, query),
        "count": in_words(capped(found.qs)),
        "wrong": wrong_of(found.form),
        "figures": (figures := visit_figures(found.qs, counted, today=timezone.localdate())),
        "visits_url": narrowed(query, state=DONE),
        "methods": [
            (label, figures.methods[code], narrowed(query, state=DONE, method=code))
            for code, label in VisitMethod.choices
        ],
        "findings_url": findings_url(query),
        "units": visits_by_unit(found.qs, counted),
        "new_notices": plannable(request),
        "export": f"{reverse('notices:supervision_export')}{address(query)}",
    }
    name = "_supervision_table" if request.htmx else "supervision_list"
    return render(request, f"notices/{name}.html", context)


@login_required
@require_safe
def supervision_export(request: PersonRequest) -> HttpResponse:
    """The list as a workbook; of visits to several units the summary is only for who may read all of it."""
    rows = listed(request).qs.with_counts().select_related("notice").defer("notice__text")
    ordered = rows.prefetch_related(_units()).order_by("-day", "-pk").iterator(chunk_size=500)
    return workbook("督导检查", COLUMNS, (_cells(request, row) for row in ordered))


def _cells(request: PersonRequest, row: Any) -> list[object]:
    """One line of the workbook; `row` carries `day` and the counts."""
    summary = row.summary if supervision.reads_all(request.user, row) else ""
    units = "、".join(unit.name for unit in row.units.all())
    about = [row.title, row.notice.title, VisitState(row.state).label, row.day.isoformat(), row.team, units]
    said = ["、".join(row.method_labels), row.meetings, row.purpose, summary]
    return [*map(str, about), *said, row.n_findings, row.n_open]


@requires(Can.VERIFY)
@require_http_methods(["GET", "HEAD", "POST"])
def supervision_new(request: PersonRequest, pk: int) -> HttpResponse:
    seen = Notice.objects.visible_to(request.user).select_related("unit").defer("text")
    notice = get_object_or_404(seen, pk=pk)
    if not has(request.user, Can.VERIFY, notice.unit_id):
        raise Http404
    initial = {"token": new_token(), "planned_on": timezone.localdate()}
    data = request.POST if request.method == "POST" else None
    people = supervision.team_choices(notice)
    form = VisitForm(supervision.visitable(notice), people, data, initial=initial)
    made: list[Supervision] = []

    def plan(at: dt.datetime, _files: list[StoredFile]) -> None:
        made.append(supervision.plan(notice, form.visit(), by=request.user, at=at))

    if data is not None and acted(request, form, plan):
        if not made:
            return redirect("notices:supervision_list")
        messages.success(request, f"已安排“{made[0].title}”。开展之后请登记督导情况和发现的问题。")
        return redirect("notices:supervision_detail", pk=made[0].pk)
    why_not = None if notice.stage in LIVE_STAGES else supervision.recorder(request.user, notice)
    context = {"notice": notice, "form": form, "why_not": why_not}
    return render(request, "notices/supervision_form.html", context, status=422 if form.is_bound else 200)


def one_visit(request: PersonRequest, pk: int) -> Supervision:
    rows = Supervision.objects.visible_to(request.user).select_related("notice__unit")
    rows = rows.prefetch_related(_units(), "members").defer("notice__text")
    return get_object_or_404(rows, pk=pk)


def shown(request: PersonRequest, visit: Supervision, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of one visit; a refused form is handed in under its name."""
    user, today, token = request.user, timezone.localdate(), new_token()
    may = supervision.recorder(user, visit.notice) is None
    done, planned = visit.state == VisitState.DONE, visit.state == VisitState.PLANNED
    whole = supervision.reads_all(user, visit)
    held = {
        "token": f"{token}-held",
        "held_on": min(visit.planned_on, today),
        "methods": visit.methods.split(","),
    }
    found = {"token": f"{token}-found", "severity": "minor"}
    context = {
        "visit": visit,
        "whole": whole,
        "findings": list(findings_of(request, visit)),
        "files": list(visit.files.filter(finding=None).order_by("at", "pk")) if whole else [],
        "may": may,
        "may_edit": may and visit.state != VisitState.CALLED_OFF,
        "held": HeldForm(initial={**held, "version": visit.version}) if may and planned else None,
        "call_off": CallOffForm(initial={"token": f"{token}-off", "version": visit.version}) if may and planned else None,
        "finding": FindingForm(list(visit.units.all()), initial=found) if may and done else None,
        "more": MoreFilesForm(initial={"token": f"{token}-more"}) if may and done else None,
        "today": today,
        **forms,
    }  # fmt: skip
    return render(request, "notices/supervision_detail.html", context, status=status)


def findings_of(request: PersonRequest, visit: Supervision) -> QuerySet[Finding]:
    """What the person may see of what the visit found, with the files of each."""
    rows = Finding.objects.visible_to(request.user).filter(supervision=visit)
    tasks = Prefetch("tasks", Task.objects.visible_to(request.user).in_order())
    own = Prefetch("files", SupervisionFile.objects.filter(reply=None).order_by("at", "pk"))
    return rows.select_related("unit").prefetch_related(tasks, own).order_by("position")


@login_required
@require_safe
def supervision_detail(request: PersonRequest, pk: int) -> HttpResponse:
    return shown(request, one_visit(request, pk))


@requires(Can.VERIFY)
@require_http_methods(["GET", "HEAD", "POST"])
def supervision_edit(request: PersonRequest, pk: int) -> HttpResponse:
    visit = one_visit(request, pk)
    if not has(request.user, Can.VERIFY, visit.notice.unit_id):
        raise Http404
    done = visit.state == VisitState.DONE
    units, people = supervision.visitable(visit.notice), supervision.team_choices(visit.notice)
    data = request.POST if request.method == "POST" else None
    initial = {**VisitForm.of(visit), "token": new_token()}
    form = VisitForm(units, people, data, initial=initial, done=done)

    def revise(at: dt.datetime, _files: list[StoredFile]) -> None:
        seen = form.cleaned_data["version"]
        visit.version = visit.version if seen is None else seen
        supervision.revise(visit, form.visit(), by=request.user, at=at, **form.done())

    if data is not None and acted(request, form, revise):
        messages.success(request, "修改已保存。")
        return redirect("notices:supervision_detail", pk=pk)
    why_not = None if form.is_bound else supervision.recorder(request.user, visit.notice)
    context = {"visit": visit, "notice": visit.notice, "form": form, "why_not": why_not}
    return render(request, "notices/supervision_form.html", context, status=422 if form.is_bound else 200)


SAID = {
    "carry_out": "督导情况已登记，可以继续登记发现的问题。",
    "call_off": "督导检查已取消，记录仍保留。",
    "attach": "材料已上传。",
    "find": "发现的问题已登记；交办之后单位才能看到。",
}
PLACES = {"carry_out": "held", "call_off": "call_off", "attach": "more", "find": "finding"}


@login_required
@require_POST
def supervision_step(request: PersonRequest, pk: int, step: str) -> HttpResponse:
    """carry_out, call_off, attach, find."""
    if step not in SAID:
        raise Http404
    visit = one_visit(request, pk)
    form = _form(request, visit, step)
    if "version" in form.fields and request.POST.get("version", "").isdecimal():
        visit.version = int(request.POST["version"])
    if acted(request, form, lambda at, files: _take(request, visit, step, form, at, files)):
        messages.success(request, SAID[step])
        return redirect("notices:supervision_detail", pk=pk)
    for sentence in form.non_field_errors():
        messages.error(request, str(sentence))
    return shown(request, one_visit(request, pk), status=422, **{PLACES[step]: form})


def _form(request: PersonRequest, visit: Supervision, step: str) -> TokenForm:
    if step == "find":
        return FindingForm(list(visit.units.all()), request.POST, request.FILES)
    kinds: dict[str, type[TokenForm]] = {
        "carry_out": HeldForm,
        "call_off": CallOffForm,
        "attach": MoreFilesForm,
    }
    return kinds[step](request.POST, request.FILES)


def _take(
    request: PersonRequest,
    visit: Supervision,
    step: str,
    form: Any,
    at: dt.datetime,
    files: list[StoredFile],
) -> None:
    acting: dict[str, Any] = {"by": request.user, "at": at}
    if step == "carry_out":
        supervision.carry_out(visit, form.held(), files=files, today=timezone.localdate(), **acting)
    elif step == "call_off":
        supervision.call_off(visit, why=form.cleaned_data["why"], **acting)
    elif step == "attach":
        supervision.attach(visit, files, **acting)
    else:
        findings.record(visit, form.found(), files=files, **acting)


@login_required
@require_safe
def supervision_paper(request: PersonRequest, pk: int) -> HttpResponse:
    """督导检查记录 to print and sign."""
    visit, today = one_visit(request, pk), timezone.localdate()
    answer = HttpResponse(record_bytes(visit, reader=request.user, today=today), content_type=DOCX)
    answer["Content-Disposition"] = content_disposition_header(True, f"督导检查记录_{visit.title}.docx") or ""
    answer["Cache-Control"] = "private, no-store"
    return answer
