"""批示: given on a task or an issue, the list 批示办理情况, one directive with receipts and replies."""

import datetime as dt
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import holds
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import chosen_notices
from notices.domain import directives
from notices.domain.once import new_token
from notices.domain.reporting import StoredFile
from notices.forms.directive import DirectiveForm, EndForm
from notices.forms.letter import ReplyForm
from notices.forms.task import TokenForm
from notices.models import Directive, DirectiveQuerySet, Issue, Task
from notices.terms import DirectiveEnd
from notices.views.acts import acted
from notices.views.keyset import Key, address, capped, in_words, page_of
from notices.views.story import one_task

ORDER = (Key("at", dt.datetime.fromisoformat, desc=True), Key("pk", int, desc=True))
Narrow = Callable[[DirectiveQuerySet, dt.date], DirectiveQuerySet]
TABS: dict[str, tuple[str, Narrow]] = {
    "": ("全部", lambda rows, today: rows),
    "waiting": ("待回复", lambda rows, today: rows.waiting()),
    "overdue": ("超期未回复", lambda rows, today: rows.overdue(today=today)),
    "replied": ("已回复", lambda rows, today: rows.open().filter(replied_at__isnull=False)),
    "ended": ("已办结", lambda rows, today: rows.filter(ended_at__isnull=False)),
}


@login_required
@require_safe
def directive_list(request: PersonRequest) -> HttpResponse:
    today = timezone.localdate()
    notices = [n.pk for n in chosen_notices(request)]
    rows = Directive.objects.visible_to(request.user).filter(notice__in=notices)
    tab = request.GET.get("tab", "") if request.GET.get("tab", "") in TABS else ""
    found = TABS[tab][1](rows, today)
    listed = found.select_related("task", "issue", "unit").prefetch_related("receipts")
    context = {
        "page": page_of(listed, ORDER, request.GET),
        "count": in_words(capped(found)),
        "tabs": [
            (label, in_words(capped(narrow(rows, today))), address(request.GET, tab=code), code == tab)
            for code, (label, narrow) in TABS.items()
        ],
        "today": today,
        "letters": holds(request.user, Can.BOARD),
        "pushes": holds(request.user, Can.NUDGE),
    }
    return render(request, "notices/directive_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def task_direct(request: PersonRequest, pk: int) -> HttpResponse:
    return direct(request, one_task(request.user, pk, today=timezone.localdate()))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def issue_direct(request: PersonRequest, pk: int) -> HttpResponse:
    rows = Issue.objects.visible_to(request.user).select_related("notice__unit", "leader")
    return direct(request, get_object_or_404(rows, pk=pk))


def direct(request: PersonRequest, subject: Task | Issue) -> HttpResponse:
    """The form about a task or an issue, and the giving. Names of people only for whoever may give."""
    why_not = directives.giver(request.user, subject)
    units = [] if why_not else directives.units_of(subject)
    people = directives.people_of(units[0].pk) if len(units) == 1 else []
    in_name = directives.names_the_leader(request.user, subject)
    data = request.POST if request.method == "POST" else None
    initial = {"token": new_token()}
    form = DirectiveForm(units, people, data, in_name=in_name and not why_not, initial=initial)

    def give(at: dt.datetime, _files: list[StoredFile]) -> None:
        unit = form.cleaned_data["unit"]
        today = timezone.localdate()
        directives.give(subject, form.words(), unit=unit, by=request.user, at=at, today=today)

    page = "notices:task_detail" if isinstance(subject, Task) else "notices:issue_detail"
    if not why_not and acted(request, form, give):
        messages.success(request, "批示已送承办单位，并记入办理过程。")
        return redirect(page, pk=subject.pk)
    context = {"subject": subject, "form": form, "why_not": why_not, "is_task": isinstance(subject, Task)}
    return render(request, "notices/directive_new.html", context, status=422 if form.is_bound else 200)


def one_directive(request: PersonRequest, pk: int) -> Directive:
    rows = Directive.objects.visible_to(request.user)
    joined = rows.select_related("notice__unit", "task__issue", "issue", "unit", "leader", "by")
    return get_object_or_404(joined.defer("notice__text"), pk=pk)


def shown(request: PersonRequest, row: Directive, *, status: int = 200, **forms: TokenForm) -> HttpResponse:
    token = new_token()
    receipts = list(row.receipts.order_by("pk"))
    unread = not any(r.user_id == request.user.pk and r.read_at for r in receipts)
    may_reply = directives.replier(request.user, row) is None
    context = {
        "row": row,
        "receipts": receipts,
        "replies": list(row.replies.order_by("at", "pk")),
        "may_reply": may_reply,
        "may_read": may_reply and unread,
        "may_end": directives.ender(request.user, row) is None,
        "reply": ReplyForm(initial={"token": f"{token}-reply"}),
        "end": EndForm(initial={"token": f"{token}-end"}),
        "token": token,
        "today": timezone.localdate(),
        **forms,
    }
    return render(request, "notices/directive_detail.html", context, status=status)


@login_required
@require_safe
def directive_detail(request: PersonRequest, pk: int) -> HttpResponse:
    return shown(request, one_directive(request, pk))


SAID = {"reply": "回复已送出。", "read": "已签阅。", "finish": "批示已办结。", "stop": "批示已撤回。"}


@login_required
@require_POST
def directive_step(request: PersonRequest, pk: int, step: str) -> HttpResponse:
    """reply, read, finish, stop."""
    if step not in SAID:
        raise Http404
    row = one_directive(request, pk)
    kinds: dict[str, type[TokenForm]] = {"reply": ReplyForm, "finish": EndForm, "stop": EndForm}
    form = kinds.get(step, TokenForm)(request.POST)

    def take(at: dt.datetime, _files: list[StoredFile]) -> None:
        given = form.cleaned_data
        if step == "reply":
            directives.reply(row, text=given["text"], by=request.user, at=at)
        elif step == "read":
            directives.mark_read(row, by=request.user, at=at)
        else:
            how = DirectiveEnd.FINISHED if step == "finish" else DirectiveEnd.STOPPED
            directives.end(row, how, why=given["why"], by=request.user, at=at)

    if acted(request, form, take):
        messages.success(request, SAID[step])
        return redirect("notices:directive_detail", pk=pk)
    for sentence in form.non_field_errors():
        messages.error(request, str(sentence))
    place = {"reply": "reply", "finish": "end", "stop": "end"}.get(step)
    return shown(request, one_directive(request, pk), status=422, **({place: form} if place else {}))
