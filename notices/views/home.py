"""待办: what waits for this person, and the notice switch of the frame."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import holds, memberships
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import CHOSEN, chosen_notice, chosen_notices
from notices.domain import worklist
from notices.domain.awaiting import (
    awaiting_directives,
    awaiting_findings,
    awaiting_letters,
    replied_findings,
)
from notices.domain.once import new_token
from notices.domain.worklist import Todo
from notices.models import Message, Task
from notices.views.keyset import capped, in_words
from notices.views.lines import Line, lines, prepared
from notices.views.origin import back_to

SHOWN = 6  # rows of each group; the rest stands behind its link


@dataclass(frozen=True)
class Group:
    code: str
    todo: Todo
    count: str
    lines: list[Line]
    more: bool


@login_required
@require_safe
def home(request: PersonRequest) -> HttpResponse:
    """Groups with something in them, each with its first rows; what has nothing is only counted."""
    today = timezone.localdate()
    held = memberships(request.user)
    notices = [n.pk for n in chosen_notices(request)]
    one = chosen_notice(request)
    within = one.pk if one else None
    tasks = Task.objects.visible_to(request.user).filter(notice__in=notices)
    groups = []
    for code in worklist.todos_of(request.user, held[0].role if held else ""):
        found = worklist.narrowed(tasks, code, user=request.user, today=today)
        count = capped(found)
        rows = prepared(found, today=today).order_by("deadline", "pk")[:SHOWN] if count else []
        shown = lines(list(rows), user=request.user, today=today)
        groups.append(Group(code, worklist.TODOS[code], in_words(count), shown, count > SHOWN))
    unread = Message.objects.of(request.user).unread().awake(at=timezone.now())
    context = {
        "groups": groups,
        "busy": [g for g in groups if g.lines],
        "directives": list(
            awaiting_directives(request.user, notices).select_related("task", "issue", "unit")[:SHOWN]
        ),
        "letters": list(awaiting_letters(request.user, notices).select_related("unit")[:SHOWN]),
        "findings": list(awaiting_findings(request.user, within, today=today).select_related("unit")[:SHOWN]),
        "replied": list(replied_findings(request.user, within).select_related("unit")[:SHOWN]),
        "today": today,
        "unread": list(unread.select_related("task").newest_first()[:5]),
        "unread_count": in_words(capped(unread)),
        "token": new_token(),
        "placed": bool(held),
        "may_verify": holds(request.user, Can.VERIFY),
    }
    return render(request, "notices/home.html", context)


@login_required
@require_POST
def switch_notice(request: PersonRequest) -> HttpResponse:
    """Keep the choice in the session; one that the person may not see chooses nothing."""
    request.session[CHOSEN] = request.POST.get("notice", "")[:20]
    return redirect(back_to(request, "/"))
