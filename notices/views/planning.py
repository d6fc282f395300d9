"""分解: issues × tasks of one notice; units, leaders and deadlines filled for many at once."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import has, nameable
from accounts.models import Unit
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.domain import drafts
from notices.domain.filling import Filled, Filling, fill_many
from notices.domain.proposals import Proposal, adopt, propose
from notices.errors import Refused
from notices.forms.intake import FillForm
from notices.models import IntakeDraft, Notice, Task
from notices.terms import State

ONLY = ("", "unassigned", "no_deadline", "no_leader")


def one_plan(request: PersonRequest, pk: int) -> Notice:
    """The notice, for its office; a stranger learns nothing."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user).select_related("unit"), pk=pk)
    if not has(request.user, Can.PLAN, notice.unit):
        raise Http404
    return notice


def _tasks(notice: Notice, only: str) -> QuerySet[Task]:
    tasks = Task.objects.filter(notice=notice).exclude(state=State.CANCELLED).in_order()
    if only == "unassigned":
        tasks = tasks.filter(state=State.DRAFT)
    elif only == "no_deadline":
        tasks = tasks.open().filter(deadline=None, keep_up=False)
    elif only == "no_leader":
        tasks = tasks.open().filter(leader_text="")
    return tasks.select_related("issue", "lead_unit", "notice")


def _proposals(request: PersonRequest, notice: Notice, tasks: list[Task]) -> dict[int, Proposal]:
    units = Unit.objects.active().without_tree_fields().filter(pk__in=nameable(request.user, notice.unit_id))
    return propose(notice, tasks, units)


@login_required
@require_safe
def planning(request: PersonRequest, pk: int) -> HttpResponse:
    notice = one_plan(request, pk)
    only = request.GET.get("only", "")
    tasks = list(_tasks(notice, only).prefetch_related("task_units"))
    proposals = _proposals(request, notice, tasks)
    draft = IntakeDraft.objects.filter(notice=notice).order_by("-pk").first()
    page = {
        "notice": notice,
        "only": only,
        "tasks": [(t, proposals.get(t.pk)) for t in tasks],
        "proposed": len(proposals),
        "form": FillForm(tasks=[], within=nameable(request.user, notice.unit_id)),
        "counts": {n or "all": _tasks(notice, n).count() for n in ONLY},
        "bare": notice.issues.filter(tasks=None).order_by("position"),
        "draft": draft,
        "may_undo": draft is not None and drafts.touched(notice) is None,
    }
    return render(request, "notices/planning.html", page)


@login_required
@require_POST
def planning_fill(request: PersonRequest, pk: int) -> HttpResponse:
    notice = one_plan(request, pk)
    tasks = {t.pk: t for t in _tasks(notice, "")}
    form = FillForm(request.POST, tasks=list(tasks), within=nameable(request.user, notice.unit_id))
    if not form.is_valid():
        messages.error(request, "；".join(str(e) for errors in form.errors.values() for e in errors))
        return redirect("notices:planning", pk=pk)
    data = form.cleaned_data
    chosen = [tasks[pk] for pk in data["task"]]
    if "adopt" in request.POST:
        found = _proposals(request, notice, chosen)
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
