"""Rows of the 问题清单 as plain values, its tabs, and the three columns of a conflict."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, QuerySet
from django.http import QueryDict

from accounts.models import User
from accounts.person import PersonRequest
from notices.context import chosen_notice
from notices.domain import statistics
from notices.domain.planning import Clash
from notices.filters import IssueFilter
from notices.forms.issue import IssueForm, shown_values
from notices.models import Aspect, Issue, IssueQuerySet, Task
from notices.terms import Light, PrintedProgress
from notices.views.keyset import Key, address
from notices.views.sheet import Tab

ORDER = (Key("notice_id", int, desc=True), Key("position", int), Key("pk", int))
_DETAIL = 90  # characters shown
_INPUT = {"leader": "leader_text", "lead_unit": "lead_text", "deadline_text": "deadline"}


@dataclass(frozen=True)
class IssueLine:
    """`tasks` counts what the person sees of the issue's tasks; `closed` of them are closed; `last` is the latest
    deadline among them, shown where the issue itself has none."""

    pk: int
    number: str
    path: str
    title: str
    detail: str
    aspect: str
    notice: str
    source: str
    leader: str
    lead: str
    deadline: str
    last: str
    progress: str
    progress_label: str
    tasks: int
    closed: int
    red: int
    yellow: int


@dataclass(frozen=True)
class Listing:
    """`seen` is all the person sees, `found` obeys every filter, `base` all but the progress; `query` has the notice
    in force."""

    seen: IssueQuerySet
    found: IssueFilter
    base: IssueQuerySet
    query: QueryDict


def listing(request: PersonRequest) -> Listing:
    query = request.GET.copy()
    notice = chosen_notice(request)
    if "notice" not in query and notice is not None:
        query["notice"] = str(notice.pk)
    seen = Issue.objects.visible_to(request.user)
    issues = seen.with_progress()
    without = query.copy()
    without.pop("progress", None)
    base = IssueFilter(without, issues, request=request).qs
    return Listing(seen, IssueFilter(query, issues, request=request), base, query)


def progress_tabs(base: IssueQuerySet, query: QueryDict) -> list[Tab]:
    found = statistics.progress_counts(base)
    now = query.get("progress", "")
    tabs = [Tab("", "全部", f"{found.total:,}", address(query, progress=""), not now)]
    for code, label in PrintedProgress.choices:
        url = address(query, progress=code)
        tabs.append(Tab(f"p-{code}", label, f"{getattr(found, code):,}", url, now == code))
    return tabs


def aspects_of(listed: Listing) -> list[Aspect]:
    """The aspects to choose from: those of the one notice shown, as far as the person sees issues under them."""
    notice = listed.query.get("notice", "")
    if not notice.isdecimal() or len(notice) > 18:
        return []
    seen = listed.seen.filter(notice=int(notice)).order_by().values("aspect")
    return list(Aspect.objects.filter(pk__in=seen).order_by("number"))


def joined(issues: QuerySet[Issue]) -> QuerySet[Issue]:
    return issues.select_related("aspect", "notice", "lead_unit").defer(
        "notice__text", "extra", "lead_unit__aliases"
    )


def issue_lines(issues: Sequence[Issue], *, user: User, today: dt.date) -> list[IssueLine]:
    """`issues` come from `joined` with progress; one query for all their tasks."""
    tasks = Task.objects.visible_to(user).filter(issue__in=[i.pk for i in issues])
    counts = statistics.tasks_by_issue(tasks, today=today)
    last = dict(tasks.order_by().values_list("issue").annotate(last=Max("deadline")))
    return [_line(i, counts.get(i.pk, statistics.Figures()), last.get(i.pk)) for i in issues]


def _line(issue: Issue, tasks: statistics.Figures, last: dt.date | None) -> IssueLine:
    detail = issue.detail if len(issue.detail) <= _DETAIL else f"{issue.detail[:_DETAIL]}…"
    progress = PrintedProgress(issue.progress)  # type: ignore[attr-defined]
    return IssueLine(
        pk=issue.pk,
        number=issue.number,
        path=issue.printed_path,
        title=issue.title,
        detail=detail,
        aspect=issue.aspect.title if issue.aspect else "未列方面",
        notice=issue.notice.title,
        source=issue.source,
        leader=issue.leader_text,
        lead=issue.lead_unit.label if issue.lead_unit else issue.lead_text,
        deadline=issue.deadline.isoformat() if issue.deadline else issue.deadline_text,
        last=last.isoformat() if last else "",
        progress=progress.value,
        progress_label=str(progress.label),
        tasks=tasks.total,
        closed=tasks.closed,
        red=tasks.of(Light.RED),
        yellow=tasks.of(Light.YELLOW),
    )


@dataclass(frozen=True)
class ConflictRow:
    name: str
    label: str
    base: str
    theirs: str
    yours: str


def conflict_context(issue: Issue, form: IssueForm, clashes: list[Clash]) -> dict[str, Any]:
    """`rows` to choose from, `hidden` everything else that was typed, `base` renewed: what others wrote is now seen."""
    now = shown_values(issue)
    seen = form.cleaned_data["base"]
    rows = {}
    for clash in clashes:
        name = _INPUT.get(clash.field, clash.field)
        label = str(form.fields[name].label)
        rows[name] = ConflictRow(name, label, seen[name], now[name], str(form.data.get(name, "")))
    hidden = [(n, form.data[n]) for n in form.fields if n in form.data and n not in rows and n != "base"]
    base = json.dumps({**seen, **{name: now[name] for name in rows}}, ensure_ascii=False)
    return {"issue": issue, "rows": list(rows.values()), "hidden": hidden, "base": base}
