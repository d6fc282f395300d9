"""延期: asking for more time on a task's page, deciding there, and the list of requests with many decided at once."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from accounts.person import PersonRequest
from notices.context import chosen_notices
from notices.domain import extensions
from notices.domain.extensions import Decision
from notices.domain.reporting import StoredFile
from notices.forms.extension import YES, DecideForm, DecideManyForm, ExtensionForm
from notices.forms.task import TokenForm
from notices.models import Extension, ExtensionQuerySet
from notices.terms import ExtensionState
from notices.views.acts import acted
from notices.views.keyset import Key, address, capped, in_words, page_of
from notices.views.origin import back_to
from notices.views.sheet import Tab
from notices.views.story import one_task
from notices.views.task_page import done, page

E = ExtensionState
ORDER = (Key("asked_at", dt.datetime.fromisoformat, desc=True), Key("pk", int, desc=True))
TABS = (("mine", "待我审批"), ("open", "办理中"), ("approved", "已同意"), ("ended", "未同意、撤回或失效"))


@dataclass(frozen=True)
class Row:
    """One request as the list prints it."""

    pk: int
    task: int
    number: str
    title: str
    unit: str
    before: str
    wanted: str
    granted: str
    reason: str
    done_so_far: str
    state: str
    waits: int | None
    count: int
    mine: bool


def one_extension(user: User, pk: int) -> Extension:
    rows = Extension.objects.visible_to(user).select_related(
        "task__notice", "task__lead_unit", "task__leader", "task__contact", "asked_by"
    )
    return get_object_or_404(rows, pk=pk)


@login_required
@require_POST
@vary_on_headers("HX-Request")
def extension_ask(request: PersonRequest, pk: int) -> HttpResponse:
    today = timezone.localdate()
    task = one_task(request.user, pk, today=today)
    form = ExtensionForm(request.POST, prefix="extension")

    def ask(at: dt.datetime, _stored: list[StoredFile]) -> None:
        given = {name: form.cleaned_data[name] for name in ("reason", "done_so_far", "wanted_on")}
        extensions.ask(task, **given, by=request.user, at=at, today=today)

    if acted(request, form, ask):
        return done(request, pk, "延期申请已提交，等待审批。")
    return page(request, task, status=422, extension_form=form)


@login_required
@require_POST
@vary_on_headers("HX-Request")
def extension_decide(request: PersonRequest, pk: int) -> HttpResponse:
    """The head's word or the office's; a refusal, also of a stale page, keeps what was typed."""
    today = timezone.localdate()
    row = one_extension(request.user, pk)
    form = DecideForm(row, request.POST, prefix="decide")

    def decide(at: dt.datetime, _stored: list[StoredFile]) -> None:
        given = form.cleaned_data["version"]
        row.version = row.version if given is None else given
        extensions.decide(row, form.decision(), by=request.user, at=at, today=today)

    if acted(request, form, decide):
        return done(request, row.task_id, "延期审批已办理。")
    task = one_task(request.user, row.task_id, today=today)
    return page(request, task, status=422, decide_form=form)


@login_required
@require_POST
@vary_on_headers("HX-Request")
def extension_withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    row = one_extension(request.user, pk)
    form = TokenForm(request.POST)

    def take_back(at: dt.datetime, _stored: list[StoredFile]) -> None:
        extensions.withdraw(row, by=request.user, at=at)

    if acted(request, form, take_back):
        return done(request, row.task_id, "延期申请已撤回。")
    task = one_task(request.user, row.task_id, today=timezone.localdate())
    return page(request, task, status=422, withdraw_form=form)


@login_required
@require_safe
def extension_list(request: PersonRequest) -> HttpResponse:
    """What waits for this person first; behind the tabs everything that was asked for on the tasks they see."""
    rows = Extension.objects.visible_to(request.user).filter(
        task__notice__in=[n.pk for n in chosen_notices(request)]
    )
    mine = extensions.to_decide(request.user)
    lists: dict[str, QuerySet[Extension]] = {
        "mine": rows.filter(pk__in=mine.values("pk")),
        "open": rows.open(),
        "approved": rows.filter(state=E.APPROVED),
        "ended": rows.filter(state__in=(E.REFUSED, E.WITHDRAWN, E.LAPSED)),
    }
    counts = {code: capped(found) for code, found in lists.items()}
    now = request.GET.get("show", "mine" if counts["mine"] else "open")
    now = now if now in lists else "open"
    listed = page_of(_joined(lists[now]), ORDER, request.GET)
    own = set(mine.filter(pk__in=[r.pk for r in listed.rows]).values_list("pk", flat=True))
    context = {
        "tabs": [
            Tab("", label, in_words(counts[code]), address(request.GET, show=code), code == now)
            for code, label in TABS
        ],
        "page": listed,
        "rows": [_row(r, own, today=timezone.localdate()) for r in listed.rows],
        "count": in_words(counts[now]),
        "batch": bool(own),
        "here": request.get_full_path(),
    }
    return render(request, "notices/extension_list.html", context)


def _joined(rows: QuerySet[Extension]) -> QuerySet[Extension]:
    return rows.select_related("task__issue", "task__lead_unit")


def _row(row: Extension, own: set[int], *, today: dt.date) -> Row:
    task = row.task
    since = localdate(row.head_at or row.asked_at)
    return Row(
        pk=row.pk,
        task=task.pk,
        number=task.number,
        title=task.issue.title,
        unit=task.lead_unit.label if task.lead_unit else row.unit_name,
        before=row.deadline_before.isoformat(),
        wanted=row.wanted_on.isoformat(),
        granted=row.granted_on.isoformat() if row.granted_on else "",
        reason=row.reason,
        done_so_far=row.done_so_far,
        state=str(E(row.state).label),
        waits=(today - since).days if row.is_open else None,
        count=task.extension_count,
        mine=row.pk in own,
    )


@login_required
@require_POST
def extension_decide_many(request: PersonRequest) -> HttpResponse:
    """Decide the requests of the ticked tasks; each refusal is shown beside what was done."""
    back = back_to(request, reverse("notices:extension_list"))
    form = DecideManyForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect(back)
    rows = _of_tasks(extensions.to_decide(request.user), form.cleaned_data["id"])
    if not rows:
        messages.error(request, "勾选的任务没有等您审批的延期申请，请刷新页面后重新勾选。")
        return redirect(back)
    yes = form.cleaned_data["verdict"] == YES
    decided = extensions.decide_many(
        rows,
        Decision(yes, form.cleaned_data["text"]),
        by=request.user,
        at=timezone.now(),
        today=timezone.localdate(),
    )
    if not decided.refused:
        said = "同意延期" if yes else "退回延期申请"
        messages.success(request, f"已{said} {len(decided.done)} 项：{'、'.join(decided.done)}。")
        return redirect(back)
    context = {"decided": decided, "refused": sorted(decided.refused.items()), "back": back}
    return render(request, "notices/extension_decide_many.html", context)


def _of_tasks(rows: ExtensionQuerySet, tasks: list[int]) -> list[Extension]:
    found = rows.filter(task__in=tasks).order_by("task__deadline", "pk")
    return list(
        found.select_related("task__notice", "task__lead_unit", "task__leader", "task__contact", "asked_by")
    )
