"""推送订阅: the own ones with their log; to the administrator those of the people looked after, to switch off."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.person import PersonRequest
from notices.context import seen_notices
from notices.domain import subscriptions
from notices.domain.once import AlreadyDone, new_token, only_once
from notices.domain.worklist import sees_tasks
from notices.errors import Refused
from notices.forms.subscriptions import SubscriptionForm
from notices.models import Delivery, Subscription
from notices.terms import HookEvent
from notices.views.acts import refuse

SHOWN = 100  # rows of the log on its page


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def subscription_list(request: PersonRequest) -> HttpResponse:
    """POST makes one; its secret stands in the answer and nowhere else."""
    at, today = timezone.now(), timezone.localdate()
    form = SubscriptionForm(seen_notices(request), request.POST if request.method == "POST" else None)
    made = None
    if form.is_valid():
        try:
            made = only_once(
                request.POST.get("once", ""),
                lambda: subscriptions.add(form.wanted(), by=request.user, at=at, today=today),
                by=request.user,
                at=at,
            )
        except AlreadyDone as why:
            messages.info(request, str(why))
            return redirect("notices:subscription_list")
        except Refused as why:
            refuse(form, why)
    rows = Subscription.objects.visible_to(request.user).select_related("notice", "owner").newest_first()
    page = {
        "form": form if not made else SubscriptionForm(seen_notices(request)),
        "made": made,
        "rows": [_plain(row, request) for row in rows[:200]],
        "once": new_token(),
        "may_add": sees_tasks(request.user),
    }
    return render(
        request, "notices/subscription_list.html", page, status=422 if form.is_bound and not made else 200
    )


def _plain(row: Subscription, request: PersonRequest) -> dict[str, Any]:
    words = dict(HookEvent.choices)
    mine = row.owner_id == request.user.pk
    return {
        "row": row,
        "mine": mine,
        "owner": row.owner.name,
        "events": "、".join(str(words.get(event, event)) for event in row.events),
        # Titles of notices are content: the administrator reads none.
        "notice": (row.notice.title if mine else f"批次 {row.notice.pk}") if row.notice else "不限批次",
    }


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def subscription_detail(request: PersonRequest, pk: int) -> HttpResponse:
    row = _seen(request, pk)
    initial = {name: getattr(row, name) for name in ("name", "address", "events", "is_on", "version")}
    initial["notice"] = row.notice_id
    data = request.POST if request.method == "POST" else None
    form = SubscriptionForm(seen_notices(request), data, initial=initial)
    if form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            subscriptions.change(row, form.wanted(), version=version, by=request.user, at=timezone.now())
        except Refused as why:
            refuse(form, why)
        else:
            messages.success(request, f"推送订阅“{row.name}”已保存。")
            return redirect("notices:subscription_detail", pk=row.pk)
    return _page(request, row, form, status=422 if form.is_bound else 200)


def _page(
    request: PersonRequest, row: Subscription, form: SubscriptionForm, *, status: int = 200, secret: str = ""
) -> HttpResponse:
    log = Delivery.objects.filter(subscription=row).order_by("-pk")[:SHOWN]
    words = dict(HookEvent.choices)
    page = {
        **_plain(row, request),
        "form": form,
        "secret": secret,
        "log": [(entry, words.get(entry.event, entry.event)) for entry in log],
    }
    return render(request, "notices/subscription_detail.html", page, status=status)


def _seen(request: PersonRequest, pk: int) -> Subscription:
    rows = Subscription.objects.visible_to(request.user).select_related("owner", "notice")
    return get_object_or_404(rows, pk=pk)


@never_cache
@login_required
@require_POST
def subscription_secret(request: PersonRequest, pk: int) -> HttpResponse:
    """A new secret, shown in this answer alone."""
    row = _seen(request, pk)
    try:
        secret = subscriptions.renew_secret(row, by=request.user, at=timezone.now())
    except Refused as why:
        messages.error(request, str(why))
        return redirect("notices:subscription_detail", pk=pk)
    initial = {name: getattr(row, name) for name in ("name", "address", "events", "is_on", "version")}
    form = SubscriptionForm(seen_notices(request), initial={**initial, "notice": row.notice_id})
    return _page(request, row, form, secret=secret)


@login_required
@require_POST
def subscription_off(request: PersonRequest, pk: int) -> HttpResponse:
    row = _seen(request, pk)
    try:
        subscriptions.switch_off(row, by=request.user, at=timezone.now())
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, f"推送订阅“{row.name}”已停用。")
    return redirect("notices:subscription_detail", pk=pk)


@login_required
@require_POST
def subscription_remove(request: PersonRequest, pk: int) -> HttpResponse:
    row = _seen(request, pk)
    try:
        subscriptions.remove(row, by=request.user, at=timezone.now())
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, f"已删除推送订阅“{row.name}”。")
    return redirect("notices:subscription_list")


@login_required
@require_POST
def delivery_again(request: PersonRequest, pk: int) -> HttpResponse:
    """重发: it goes out with the next round, within a minute."""
    seen = Subscription.objects.visible_to(request.user).values("pk")
    rows = Delivery.objects.filter(subscription__in=seen).select_related("subscription__owner")
    row = get_object_or_404(rows, pk=pk)
    try:
        subscriptions.send_again(row, by=request.user, at=timezone.now())
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, f"第 {row.pk} 号推送将在一分钟内重发。")
    return redirect("notices:subscription_detail", pk=row.subscription_id)
