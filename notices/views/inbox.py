"""消息: the person's own inbox."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.person import PersonRequest
from notices.domain import inbox as rules
from notices.models import Message, Task
from notices.terms import MessageKind
from notices.views.keyset import Key, address, capped, in_words, page_of
from notices.views.origin import back_to

NEWEST = (Key("pk", int, desc=True),)


@login_required
@require_safe
def inbox(request: PersonRequest) -> HttpResponse:
    mine = Message.objects.of(request.user)
    unread = mine.unread()
    kind = request.GET.get("kind", "")
    shown = unread if request.GET.get("unread") else mine
    if kind in MessageKind.values:
        shown = shown.filter(kind=kind)
    page = page_of(shown.select_related("task"), NEWEST, request.GET, size=30)
    seen = Task.objects.visible_to(request.user).filter(pk__in={m.task_id for m in page.rows})
    context = {
        "page": page,
        "open_to": set(seen.values_list("pk", flat=True)),
        "count": in_words(capped(shown)),
        "unread_count": in_words(capped(unread)),
        "only_unread": bool(request.GET.get("unread")),
        "kinds": [
            (code, label, address(request.GET, kind=code), code == kind)
            for code, label in MessageKind.choices
        ],
        "all_kinds": address(request.GET, kind=""),
        "kind": kind,
    }
    return render(request, "notices/inbox.html", context)


@login_required
@require_POST
def message_open(request: PersonRequest, pk: int) -> HttpResponse:
    """Mark one read and go to what it is about."""
    message = get_object_or_404(Message.objects.of(request.user), pk=pk)
    rules.mark_read(request.user, [message.pk], at=timezone.now())
    if message.task_id and Task.objects.visible_to(request.user).filter(pk=message.task_id).exists():
        return redirect("notices:task_detail", pk=message.task_id)
    return redirect(back_to(request, "/inbox"))


@login_required
@require_POST
def message_read(request: PersonRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(Message.objects.of(request.user), pk=pk)
    rules.mark_read(request.user, [message.pk], at=timezone.now())
    return redirect(back_to(request, "/inbox"))


@login_required
@require_POST
def inbox_read_all(request: PersonRequest) -> HttpResponse:
    count = rules.mark_read(request.user, None, at=timezone.now())
    messages.success(request, f"已将 {count} 条消息标为已读。" if count else "没有未读消息。")
    return redirect(back_to(request, "/inbox"))
