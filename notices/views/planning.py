"""分解: issues × tasks of one notice; units, leaders and deadlines filled for many at once."""

from collections.abc import Collection
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import has, nameable
from accounts.models import Unit
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.domain import drafts, grid, grid_write, plan_review
from notices.domain.filling import Filled, Filling, fill_many
from notices.domain.once import new_token
from notices.domain.proposals import Proposal, adopt, propose
from notices.errors import Refused
from notices.forms.intake import FillForm
from notices.forms.planning import AddForm, DecideForm, PasteForm, SubmitForm
from notices.models import IntakeDraft, Notice, Task
from notices.terms import MeasureKind, Stage, State

ONLY = ("", "unassigned", "no_deadline", "no_leader")
ROWS = 400  # of the sheet on one page


def one_plan(request: PersonRequest, pk: int) -> Notice:
    """The notice, for its office; a stranger learns nothing."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user).select_related("unit"), pk=pk)
    if not has(request.user, Can.PLAN, notice.unit):
        raise Http404
    return notice


def plan_tasks(notice: Notice, only: str) -> QuerySet[Task]:
    """The measures of the plan as listed; parts belong to their units."""
    tasks = Task.objects.filter(notice=notice, parent=None).exclude(state=State.CANCELLED).in_order()
    if only == "unassigned":
        tasks = tasks.filter(state=State.DRAFT)
    elif only == "no_deadline":
        tasks = tasks.open().filter(deadline=None, keep_up=False)
    elif only == "no_leader":
        tasks = tasks.open().filter(leader_text="")
    return tasks.select_related("issue", "lead_unit", "notice")


def units_known(within: Collection[int] | None) -> list[Unit]:
    return list(Unit.objects.active().without_tree_fields().filter(pk__in=within).by_position())


@login_required
@require_safe
def planning(request: PersonRequest, pk: int) -> HttpResponse:
    return plan_page(request, one_plan(request, pk))


def plan_page(
    request: PersonRequest,
    notice: Notice,
    *,
    status: int = 200,
    refusals: list[str] | None = None,
    **forms: Form,
) -> HttpResponse:
    """The sheet, some hundred rows of it, with what stands around it; a refused form is handed in by its name."""
    only = request.POST.get("only", request.GET.get("only", ""))
    within = nameable(request.user, notice.unit_id)
    start = number_of(request.GET.get("start", ""))
    listed = plan_tasks(notice, only)
    tasks = list(listed.prefetch_related("task_units__unit")[start : start + ROWS])
    units = units_known(within)
    proposals = propose(notice, tasks, units)
    draft = IntakeDraft.objects.filter(notice=notice).order_by("-pk").first()
    standing = plan_review.standing(notice, request.user)
    planned = standing.baseline is not None
    issues = notice.issues.in_order()
    waiting = standing.waiting
    page = {
        "notice": notice,
        "only": only,
        "rows": [row_of(t, proposals.get(t.pk)) for t in tasks],
        "columns": [(key, label) for key, label in grid.LABELS.items()],
        "proposed": len(proposals),
        "form": FillForm(tasks=[], within=within, planned=planned),
        "paste": PasteForm(tasks, planned=planned, initial={"task": request.GET.get("task")}),
        "add": AddForm(
            issues, planned=planned, initial={"token": new_token(), "issue": request.GET.get("issue")}
        ),
        "submit": SubmitForm(initial={"token": new_token()}),
        "decide": DecideForm(initial={"token": new_token(), "review": waiting.pk if waiting else None}),
        "may_decide": waiting is not None and plan_review.refusal(request.user, waiting) is None,
        "counts": {n or "all": plan_tasks(notice, n).count() for n in ONLY},
        "bare": [i for i in issues.filter(tasks=None)],
        "standing": standing,
        "base": standing.baseline,
        "planned": planned,
        "steps": grid_write.last_steps(notice, request.user),
        "token": new_token(),
        "units": units,
        "kinds": MeasureKind.labels,
        "draft": draft,
        "may_undo": draft is not None and drafts.touched(notice) is None,
        "refusals": refusals or [],
        "open": notice.stage != Stage.ARCHIVED,
        "before": max(0, start - ROWS) if start else None,
        "after": start + ROWS if listed.count() > start + ROWS else None,
        **forms,
    }
    return render(request, "notices/planning.html", page, status=status)


@dataclass(frozen=True)
class Row:
    """One measure in the sheet: `cells` are (column, label, text, whether it is missing, why it is read-only)."""

    task: Task
    cells: list[tuple[str, str, str, bool, str]]
    proposal: Proposal | None


def row_of(task: Task, proposal: Proposal | None = None) -> Row:
    shown = grid.cells_of(task)
    needed = {
        "lead": task.lead_unit_id is None,
        "leader": not task.leader_text,
        "deadline": not shown["deadline"],
    }
    locked = grid.locked_cells(task)
    cells = [
        (key, grid.LABELS[key], text, needed.get(key, False), locked.get(key, ""))
        for key, text in shown.items()
    ]
    return Row(task, cells, proposal)


def number_of(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else 0


@login_required
@require_POST
def planning_fill(request: PersonRequest, pk: int) -> HttpResponse:
    notice = one_plan(request, pk)
    tasks = {t.pk: t for t in plan_tasks(notice, "")}
    form = FillForm(
        request.POST, tasks=list(tasks), within=nameable(request.user, notice.unit_id), planned=True
    )
    if not form.is_valid():
        messages.error(request, "；".join(str(e) for errors in form.errors.values() for e in errors))
        return redirect("notices:planning", pk=pk)
    data = form.cleaned_data
    chosen = [tasks[pk] for pk in data["task"]]
    if "adopt" in request.POST:
        found = propose(notice, chosen, units_known(nameable(request.user, notice.unit_id)))
        _say(request, adopt(chosen, found, by=request.user, at=timezone.now(), today=timezone.localdate()))
        return _back(request)
    filling = Filling(
        lead=data["lead"],
        supporting=tuple(data["supporting"]) or None,
        leader_text=data["leader_text"] or None,
        deadline_text=data["deadline_text"] or None,
        kind=data["kind"] or None,
        assign=data["assign"],
        reason=data["reason"],
    )
    try:
        filled = fill_many(
            chosen,
            filling,
            by=request.user,
            at=timezone.now(),
            today=timezone.localdate(),
        )
        _say(request, filled)
    except Refused as why:
        messages.error(request, str(why))
    return _back(request)


def _back(request: PersonRequest) -> HttpResponse:
    """To the list the person came from."""
    only = request.POST.get("only", "")
    return redirect(f"{request.path.removesuffix('/fill')}?only={only if only in ONLY else ''}")


def _say(request: PersonRequest, filled: Filled) -> None:
    if filled.done:
        messages.success(request, f"已填写 {len(filled.done)} 项任务。")
    if filled.refused:
        lines = "\n".join(f"{number}:{why}" for number, why in filled.refused.items())
        messages.warning(request, f"{len(filled.refused)} 项没有改动:\n{lines}")
