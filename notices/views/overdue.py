"""超期督办: what is overdue among the tasks a leader or the office covers; the push and the directive, of one or of many."""

import datetime as dt
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import chosen_notice, chosen_notices
from notices.domain import directives, nudges, worklist
from notices.domain.awaiting import overdue_findings
from notices.domain.batch import Batch
from notices.domain.coverage import coverage, covered_tasks
from notices.domain.extensions import to_decide
from notices.domain.once import AlreadyDone, new_token, only_once
from notices.domain.reporting import StoredFile
from notices.domain.workdays import load_calendar
from notices.forms.directive import DirectManyForm
from notices.forms.sheet import PickedForm, SelectionForm
from notices.models import Directive, Nudge, Task, TaskQuerySet
from notices.terms import Light
from notices.views.acts import acted
from notices.views.keyset import Key, capped, in_words, page_of
from notices.views.lines import lines, prepared
from notices.views.origin import back_to
from notices.views.rights import requires
from notices.views.sheet import ORDERS, keyed

ORDER: tuple[Key, ...] = ORDERS["due"]


def queue(request: PersonRequest) -> TaskQuerySet:
    """The same tasks the board counts as red."""
    cover = coverage(request.user, chosen_notices(request))
    tasks = prepared(covered_tasks(cover), today=timezone.localdate())
    return tasks.filter(light=Light.RED)  # type: ignore[misc]


@requires(Can.NUDGE)
@require_safe
def overdue(request: PersonRequest) -> HttpResponse:
    found = queue(request)
    page = page_of(keyed(found), ORDER, request.GET)
    asked = {e.task_id: e for e in to_decide(request.user).filter(task__in=[t.pk for t in page.rows])}
    shown = lines(page.rows, user=request.user, today=timezone.localdate())
    today = timezone.localdate()
    one = chosen_notice(request)
    late = overdue_findings(request.user, one.pk if one else None, today=today)
    context = {
        "findings": list(late.select_related("unit")[:20]),
        "page": page,
        "lines": [(line, asked.get(line.pk)) for line in shown],
        "asked": bool(asked),
        "count": in_words(capped(found)),
        "here": request.get_full_path(),
        "quiet": nudges.quiet(timezone.now(), load_calendar(today)),
        "may_direct": any(line.may_direct for line in shown),
        "token": new_token(),
    }
    return render(request, "notices/overdue.html", context)


@requires(Can.NUDGE)
@require_POST
def overdue_push(request: PersonRequest) -> HttpResponse:
    """Push the ticked tasks; each refusal is shown beside what was done."""
    form = SelectionForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect(back_to(request, reverse("notices:overdue")))
    chosen = queue(request).filter(pk__in=form.cleaned_data["id"]).order_by("deadline", "pk")
    tasks = list(chosen.select_related("notice", "leader", "contact"))
    at, text, token = timezone.now(), form.cleaned_data["text"], form.cleaned_data["token"]
    try:
        pushed = only_once(
            token, lambda: nudges.push_many(tasks, text=text, by=request.user, at=at), by=request.user, at=at
        )
    except AlreadyDone as why:
        messages.warning(request, str(why))
        return redirect(back_to(request, reverse("notices:overdue")))
    return said(request, "催办", pushed)


def said(request: PersonRequest, verb: str, batch: Batch[Nudge] | Batch[Directive]) -> HttpResponse:
    """Back to the queue when all was done, else the refusals one by one beside what was done."""
    back = back_to(request, reverse("notices:overdue"))
    if not batch.refused:
        messages.success(request, f"已{verb} {len(batch.done)} 项：{'、'.join(batch.done)}。")
        return redirect(back)
    context = {"verb": verb, "done": batch.done, "refused": sorted(batch.refused), "back": back}
    return render(request, "notices/overdue_push.html", context)


def directed(request: PersonRequest, ids: list[int]) -> list[Task]:
    """Of the ticked tasks those of the queue that may be directed, the longest overdue first."""
    chosen = queue(request).filter(pk__in=ids).order_by("deadline", "pk")
    tasks = list(chosen.select_related("notice__unit", "issue", "leader", "lead_unit"))
    may = worklist.directable(tasks, request.user)
    return [task for task in tasks if task.pk in may]


@requires(Can.NUDGE)
@require_http_methods(["GET", "HEAD", "POST"])
def overdue_direct(request: PersonRequest) -> HttpResponse:
    """One directive for the ticked tasks. The queue's bar posts the ids (`pick`) and is led here, so that its secret
    stays out of the address."""
    sent = request.method == "POST"
    picked = PickedForm(request.POST if sent else request.GET)
    if not picked.is_valid():
        messages.error(request, str(next(iter(picked.errors.values()))[0]))
        return redirect(back_to(request, reverse("notices:overdue")))
    ids = picked.cleaned_data["id"]
    if sent and "pick" in request.POST:
        chosen = [("id", pk) for pk in ids] + [("next", back_to(request, reverse("notices:overdue")))]
        return redirect(f"{reverse('notices:overdue_direct')}?{urlencode(chosen)}")
    return direct_many(
        request, directed(request, ids), asked=len(set(ids)), data=request.POST if sent else None
    )


def direct_many(
    request: PersonRequest, tasks: list[Task], *, asked: int, data: QueryDict | None
) -> HttpResponse:
    """The form about these tasks, and the giving."""
    today, user = timezone.localdate(), request.user
    in_name = any(directives.names_the_leader(user, task) for task in tasks)
    form = DirectManyForm(tasks, data, in_name=in_name, today=today, initial={"token": new_token()})
    given: list[Batch[Directive]] = []

    def give(at: dt.datetime, _files: list[StoredFile]) -> None:
        given.append(directives.give_many(form.orders(), form.words(), by=user, at=at, today=today))

    if tasks and acted(request, form, give):
        if given:
            return said(request, "批示", given[0])
        messages.warning(request, "这次提交已经办理过，没有重复办理。")
        return redirect(back_to(request, reverse("notices:overdue")))
    context = {
        "form": form,
        "rows": list(form.rows()),
        "left_out": asked - len(tasks),
        "back": back_to(request, reverse("notices:overdue")),
    }
    return render(request, "notices/overdue_direct.html", context, status=422 if form.is_bound else 200)
