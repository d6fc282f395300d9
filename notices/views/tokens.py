"""访问令牌: the own ones of a person; for those who look after accounts, also those of their people."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import tokens
from accounts.models import ApiToken, Scope
from accounts.people import Unfit
from accounts.person import PersonRequest
from notices.context import seen_notices
from notices.domain.once import AlreadyDone, new_token, only_once
from notices.forms.tokens import TokenForm

USUAL = dt.timedelta(days=90)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def token_list(request: PersonRequest) -> HttpResponse:
    """POST makes one; its key stands in the answer and nowhere else."""
    today, now = timezone.localdate(), timezone.now()
    initial = {"scopes": ["read"], "last_on": today + USUAL}
    data = request.POST if request.method == "POST" else None
    form = TokenForm(seen_notices(request), data, initial=initial)
    made: tuple[ApiToken, str] | None = None
    if form.is_valid():
        try:
            made = only_once(
                request.POST.get("once", ""),
                lambda: tokens.make(request.user, form.wanted(), at=now, today=today),
                by=request.user,
                at=now,
            )
        except AlreadyDone as why:
            messages.info(request, str(why))
            return redirect("notices:token_list")
        except Unfit as why:
            form.add_error(None, str(why))
    page = {"form": form, "made": made, "once": new_token(), **_rows(request, today)}
    if made:
        page["form"] = TokenForm(seen_notices(request), initial=initial)
    wrong = form.is_bound and not made
    return render(request, "notices/token_list.html", page, status=422 if wrong else 200)


def _rows(request: PersonRequest, today: dt.date) -> dict[str, Any]:
    """The newest two hundred, in plain values."""
    titles = {row.pk: row.title for row in seen_notices(request)}
    words = dict(Scope.choices)
    rows = [
        {
            "pk": row.pk,
            "name": row.name,
            "prefix": row.prefix,
            "owner": row.user.name,
            "scopes": "、".join(words.get(scope, scope) for scope in row.scopes),
            "notice": titles.get(row.notice_id, f"批次 {row.notice_id}") if row.notice_id else "不限批次",
            "made_at": row.made_at,
            "last_on": row.last_on,
            "used_at": row.used_at,
            "used_from": row.used_from,
            "ended_at": row.ended_at,
            "ended_name": row.ended_name,
            "live": row.ended_at is None and row.last_on >= today,
            "mine": row.user_id == request.user.pk,
        }
        for row in tokens.visible_to(request.user).select_related("user").newest_first()[:200]
    ]
    return {"mine": [r for r in rows if r["mine"]], "others": [r for r in rows if not r["mine"]]}


@login_required
@require_POST
def token_end(request: PersonRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(tokens.visible_to(request.user).select_related("user"), pk=pk)
    try:
        ended = tokens.end(row, by=request.user, at=timezone.now())
    except Unfit as why:
        messages.error(request, str(why))
    else:
        done = f"令牌“{row.name}”已停用，使用它的程序不能再访问。"
        messages.success(request, done if ended else f"令牌“{row.name}”此前已经停用。")
    return redirect("notices:token_list")
