"""超期督办: what is overdue among the tasks a leader or the office covers, and the push."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import chosen_notice, chosen_notices
from notices.domain import nudges
from notices.domain.awaiting import overdue_findings
from notices.domain.coverage import coverage, covered_tasks
from notices.domain.extensions import to_decide
from notices.forms.sheet import SelectionForm
from notices.models import TaskQuerySet
from notices.terms import Light
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
    pushed = nudges.push_many(tasks, text=form.cleaned_data["text"], by=request.user, at=timezone.now())
    if not pushed.refused:
        messages.success(request, f"已催办 {len(pushed.done)} 项：{'、'.join(pushed.done)}。")
        return redirect(back_to(request, reverse("notices:overdue")))
    context = {
        "pushed": pushed,
        "refused": sorted(pushed.refused.items()),
        "back": back_to(request, reverse("notices:overdue")),
    }
    return render(request, "notices/overdue_push.html", context)
