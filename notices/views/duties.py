"""责任清单: which unit has which part in which task, unit by unit."""

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.db.models.functions import Coalesce, Substr
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import Unit
from accounts.person import PersonRequest
from accounts.phones import masked
from notices.context import chosen_notice, url_of
from notices.domain.countdown import countdown
from notices.filters import DutyFilter
from notices.models import Task, TaskUnit
from notices.terms import State, UnitRole
from notices.views.keyset import Key, capped, in_words, page_of
from notices.views.sheet import wrong_filters

LAST = 999_999  # units without a row of their own stand at the end
ORDER = (
    Key("place", int),
    Key("unit_key", int),
    Key("stranger", str),
    Key("rank", int),
    Key("number", str),
    Key("pk", int),
)
_TEXT = 80  # characters shown of a measure


@dataclass(frozen=True)
class DutyLine:
    unit: str
    role: str
    role_label: str
    note: str
    task: int
    number: str
    text: str
    leader: str
    contact: str
    phone: str
    deadline: str
    countdown: str
    light: str
    state: str
    state_label: str


def duties_of(request: PersonRequest) -> QuerySet[TaskUnit]:
    """Parts in the tasks the person sees; withdrawn tasks and former leads are history, not duty."""
    seen = Task.objects.visible_to(request.user).exclude(state=State.CANCELLED)
    rank = Case(
        When(role=UnitRole.LEAD, then=Value(0)),
        When(role=UnitRole.RESPONSIBLE, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return (
        TaskUnit.objects.filter(task__in=seen.values("pk"))
        .exclude(role=UnitRole.FORMER)
        .annotate(
            place=Coalesce("unit__position", Value(LAST)),
            unit_key=Coalesce("unit_id", Value(0)),
            stranger=Case(When(unit=None, then=F("unit_text")), default=Value("")),
            rank=rank,
            number=F("task__number"),
            text=Substr("task__text", 1, _TEXT + 1),
        )
    )


@login_required
@require_safe
@vary_on_headers("HX-Request")
def duty_list(request: PersonRequest) -> HttpResponse:
    query = request.GET.copy()
    notice = chosen_notice(request)
    if "notice" not in query and notice is not None:
        query["notice"] = str(notice.pk)
    found = DutyFilter(query, duties_of(request), request=request)
    page = page_of(found.qs, ORDER, query)
    context = {
        "found": found,
        "page": page,
        "lines": duty_lines(page.rows, today=timezone.localdate()),
        "count": in_words(capped(found.qs)),
        "wrong": wrong_filters(found),
        "export_url": url_of("ledger_export"),
        "query": query,
    }
    return render(request, f"notices/{'_duty_table' if request.htmx else 'duty_list'}.html", context)


def duty_lines(rows: list[TaskUnit], *, today: dt.date) -> list[DutyLine]:
    """Two queries for any rows: the tasks with their lights, and their units' names."""
    found = Task.objects.filter(pk__in=[r.task_id for r in rows]).with_light(today=today)
    tasks = found.defer("text", "latest_text", "latest_next", "latest_blocked", "remark", "extra").in_bulk()
    units = Unit.objects.without_tree_fields().in_bulk([r.unit_id for r in rows if r.unit_id])
    return [_line(row, tasks[row.task_id], units.get(row.unit_id or 0), today) for row in rows]


def _line(row: TaskUnit, task: Task, unit: Unit | None, today: dt.date) -> DutyLine:
    """The contact is the lead unit's, so only its line shows it."""
    lead = row.role == UnitRole.LEAD
    text = row.text  # type: ignore[attr-defined]
    return DutyLine(
        unit=unit.name if unit else f"{row.unit_text}（未对应到系统单位）",
        role=row.role,
        role_label=row.get_role_display(),
        note=row.note,
        task=task.pk,
        number=task.number,
        text=text if len(text) <= _TEXT else f"{text[:_TEXT]}…",
        leader=task.leader_text,
        contact=task.contact_text if lead else "",
        phone=masked(task.contact_phone) if lead else "",
        deadline=task.deadline.isoformat() if task.deadline else task.deadline_text,
        countdown=countdown(task, today=today),
        light=task.light,  # type: ignore[attr-defined]
        state=task.state,
        state_label=str(State(task.state).label),
    )
