"""消息: the person's own inbox."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.person import PersonRequest
from notices.domain import inbox as rules
from notices.domain.workdays import load_calendar
from notices.errors import Refused
from notices.models import Message, Task
from notices.terms import MessageKind
from notices.views.keyset import Key, address, capped, in_words, page_of
from notices.views.origin import back_to

NEWEST = (Key("shown_at", dt.datetime.fromisoformat, desc=True), Key("pk", int, desc=True))


@login_required
@require_safe
def inbox(request: PersonRequest) -> HttpResponse:
    now = timezone.now()
    own = Message.objects.of(request.user).with_shown_at()
    mine, asleep = own.awake(at=now), own.asleep(at=now)
    unread = mine.unread()
    kind = request.GET.get("kind", "")
    later = bool(request.GET.get("later"))
    shown = asleep if later else unread if request.GET.get("unread") else mine
    if kind in MessageKind.values:
        shown = shown.filter(kind=kind)
    page = page_of(shown.select_related("task"), NEWEST, request.GET, size=30)
    seen = Task.objects.visible_to(request.user).filter(pk__in={m.task_id for m in page.rows})
    context = {
        "page": page,
        "open_to": set(seen.values_list("pk", flat=True)),
        "count": in_words(capped(shown)),
        "unread_count": in_words(capped(unread)),
        "later": later,
        "later_count": in_words(capped(asleep)),
        "snoozes": rules.SNOOZES.items(),
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
def message_snooze(request: PersonRequest, pk: int) -> HttpResponse:
    """Put one off; with `how` empty take it back."""
    message = get_object_or_404(Message.objects.of(request.user), pk=pk)
    now, how = timezone.now(), request.POST.get("how", "")
    if not how:
        rules.wake(message)
        messages.success(request, "已取消稍后提醒。")
        return redirect(back_to(request, "/inbox"))
    try:
        until = rules.wake_time(how, load_calendar(timezone.localdate(now)), at=now)
    except Refused as why:
        messages.error(request, str(why))
    else:
        rules.snooze(message, until)
        messages.success(request, f"{timezone.localtime(until):%m月%d日 %H:%M} 再提醒。")
    return redirect(back_to(request, "/inbox"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def inbox_settings(request: PersonRequest) -> HttpResponse:
    """Whether reminders come by mail as well, where the rules leave the choice."""
    if request.method == "POST":
        rules.prefer(request.user, mails=request.POST.get("mails") == "on", at=timezone.now())
        messages.success(request, "提醒设置已保存。")
        return redirect("notices:inbox_settings")
    return render(request, "notices/inbox_settings.html", {"mails": rules.wants_mails(request.user)})


@login_required
@require_POST
def inbox_read_all(request: PersonRequest) -> HttpResponse:
    count = rules.mark_read(request.user, None, at=timezone.now())
    messages.success(request, f"已将 {count} 条消息标为已读。" if count else "没有未读消息。")
    return redirect(back_to(request, "/inbox"))
