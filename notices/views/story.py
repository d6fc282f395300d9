"""What the page of one task shows, as plain values; page and drawer are the same fragment."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404

from accounts.access import subtree
from accounts.models import Unit, User
from notices.domain import (
    contacts,
    directives,
    fields,
    materials,
    mentions,
    nudges,
    permissions,
    previews,
    report_drafts,
    reporting,
    workflow,
)
from notices.domain.baseline import deviations
from notices.domain.countdown import age, countdown, reason
from notices.domain.editing import ROLES, unit_names
from notices.domain.once import new_token
from notices.domain.requirements import Ask, units_for
from notices.domain.subplans import parts_of
from notices.domain.timeline import timeline
from notices.forms.planning import PartForm
from notices.forms.sheet import NudgeForm
from notices.forms.task import ASKED, Choices, CommentForm, EvidenceForm, ReportForm
from notices.models import Directive, Evidence, Finding, Letter, PlanChange, Task, TaskUnit
from notices.terms import State, UnitRole
from notices.views.afterwards import afterwards

MAIN = ("assign", "accept", "submit", "approve", "close")  # the step that moves a task on stands out
MERGE_CHOICES = 300  # tasks offered to be merged into


@dataclass(frozen=True)
class Offer:
    """One step the person may take. `blocked`: what is missing and cannot be filled in at the step itself."""

    name: str
    label: str
    blocked: list[str]
    asks: bool
    main: bool


def one_task(user: User, pk: int, *, today: dt.date) -> Task:
    """The task with everything its page names; 404 for a stranger."""
    tasks = (
        Task.objects.visible_to(user)
        .with_light(today=today)
        .select_related(
            "notice__unit", "issue__aspect", "lead_unit", "leader", "contact", "applicant", "parent"
        )
        .prefetch_related(Prefetch("task_units", TaskUnit.objects.select_related("unit")))
        .defer("notice__text")
    )
    return get_object_or_404(tasks, pk=pk)


def offers(user: User, task: Task, *, at: dt.datetime, today: dt.date) -> list[Offer]:
    """Steps in table order, each with what is missing before the click."""
    found = []
    for name in workflow.available(user, task):
        lacking = workflow.missing(task, name, Ask(by=user, at=at, today=today))
        blocked = [sentence for key, sentence in lacking.items() if key not in ASKED[name]]
        found.append(Offer(name, workflow.STEPS[name].label, blocked, bool(ASKED[name]), name in MAIN))
    return found


def choices_for(user: User, task: Task, step: str) -> Choices:
    """Nothing to choose from for a person who may not take the step: the lists name tasks and units."""
    units: QuerySet[Unit] = Unit.objects.none()
    tasks: QuerySet[Task] = Task.objects.none()
    if workflow.refusal(user, task, step) is not None:
        return Choices([], [])
    if "lead_unit" in ASKED[step]:
        inside = subtree([task.notice.unit_id]) & (units_for(user, task) or set())
        units = Unit.objects.without_tree_fields().active().filter(pk__in=inside).by_position()
    if "merged_into" in ASKED[step]:
        tasks = Task.objects.visible_to(user).filter(notice=task.notice_id).exclude(pk=task.pk)
        tasks = tasks.exclude(state=State.CANCELLED).in_order()
    return Choices(list(units), list(tasks.only("pk", "number", "text", "state", "notice")[:MERGE_CHOICES]))


def story(user: User, task: Task, *, at: dt.datetime, today: dt.date, **forms: Any) -> dict[str, Any]:
    """The context of `_task.html`; a refused form is handed in as `report`, `comment` or `attach`."""
    told = task.latest_at.astimezone().date() if task.latest_at else None
    why_not = permissions.reporter(user, task)
    files = list(Evidence.objects.filter(task=task, removed_at=None).order_by("-at", "-pk"))
    kinds = materials.kinds_for(task)
    draft = report_drafts.kept(task, by=user) if why_not is None else None
    typed = {name: getattr(draft, name) for name in report_drafts.FIELDS} if draft else {}
    leads = why_not is None and permissions.reporting_unit(user, task) == task.lead_unit_id
    return {
        "task": task,
        "countdown": countdown(task, today=today),
        "reason": reason(task, today=today),
        "phone": contacts.phone_for(user, task),
        "units": [(label, names) for (_, label), names in zip(ROLES.items(), unit_names(task).values(), strict=True) if names],
        "former": "、".join(u.unit_text for u in task.task_units.all() if u.role == UnitRole.FORMER),
        "state_label": State(task.state).label,
        "latest_age": age(told, today=today),
        "offers": offers(user, task, at=at, today=today),
        "can_report": why_not is None,
        "cannot_report": why_not,
        "cannot_edit": fields.refusal(user, task, {"remark": "责任人、联系电话和备注"}),
        "push_refused": nudges.refusal(user, task, at=at),
        "may_push": permissions.nudger(user, task) is None,
        "files": files,
        "strip": [f for f in files if previews.has_pages(f)],
        "needed": materials.required(task),
        "lacking": materials.lacking(task, (f.category for f in files)),
        "may_direct": directives.giver(user, task) is None,
        "directives": list(
            Directive.objects.filter(task=task, ended_at=None).select_related("unit").order_by("-at", "-pk")
        ),
        "letters": list(Letter.objects.visible_to(user).in_force().filter(tasks=task).order_by("-issued_at")),
        "findings": list(Finding.objects.visible_to(user).live().filter(tasks=task).order_by("-at", "-pk")),
        "entries": timeline(task),
        "report": ReportForm(initial={"token": new_token(), **typed}, kinds=kinds),
        "draft": draft,
        "to_merge": reporting.parts_to_merge(task) if leads else [],
        "people": mentions.people_of(task, but=user)[: mentions.MOST],
        "deviations": deviations(PlanChange.objects.filter(task=task)),
        "parts": parts_of(task, today=today),
        "part": PartForm(task, initial={"token": new_token()}) if permissions.breaks_down(user, task) is None else None,
        "comment": CommentForm(initial={"token": new_token()}, prefix="comment"),
        "attach": EvidenceForm(initial={"token": new_token()}, prefix="attach", kinds=kinds),
        "nudge": NudgeForm(prefix="nudge"),
        "token": new_token(),
        "today": today,
        **afterwards(user, task, today=today),
        "ticked_parts": forms["report"].data.getlist("merged") if "report" in forms else [],
        **forms,
    }  # fmt: skip
