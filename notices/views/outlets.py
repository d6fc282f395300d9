"""推送渠道: group robots and web hooks, of a notice for its office, for all notices for the administrator."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import has, holds
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.domain import outlets, robots
from notices.domain.once import AlreadyDone, new_token, only_once
from notices.errors import Refused
from notices.forms.reminders import OutletForm
from notices.models import Notice, Outlet
from notices.views.rights import requires


@requires(Can.PLAN, Can.ACCOUNTS)
@require_safe
def outlet_list(request: PersonRequest) -> HttpResponse:
    rows = list(outlets.visible_to(request.user).select_related("notice").in_order())
    page = {
        "outlets": rows,
        "unreadable": outlets.unreadable(rows),
        "places": _places(request),
        "manages": holds(request.user, Can.ACCOUNTS),
    }
    return render(request, "notices/outlet_list.html", page)


def _places(request: PersonRequest) -> list[Notice]:
    seen = Notice.objects.visible_to(request.user).exclude(stage="archived").newest_first()
    return [notice for notice in seen.defer("text") if has(request.user, Can.PLAN, notice.unit_id)]


@requires(Can.ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def outlet_new(request: PersonRequest) -> HttpResponse:
    """For all notices."""
    return _new(request, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notice_outlet_new(request: PersonRequest, pk: int) -> HttpResponse:
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    if not has(request.user, Can.PLAN, notice.unit_id):
        raise Http404
    return _new(request, notice)


def _new(request: PersonRequest, notice: Notice | None) -> HttpResponse:
    initial = {"address": robots.USUAL["wecom"]}  # type: ignore[index]
    form = OutletForm(request.POST or None, fresh=True, initial=initial)
    page = {"form": form, "notice": notice, "usual": robots.USUAL.items(), "token": new_token()}
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "notices/outlet_edit.html", page, status=status)
    at = timezone.now()
    try:
        row = only_once(
            request.POST.get("once", ""),
            lambda: outlets.add(notice, form.wanted(), by=request.user, at=at),
            by=request.user,
            at=at,
        )
    except AlreadyDone as why:
        messages.info(request, str(why))
        return redirect("notices:outlet_list")
    except Refused as why:
        form.add_error(None, str(why))
        return render(request, "notices/outlet_edit.html", page, status=422)
    messages.success(request, f"已建立推送渠道“{row.name}”，请点“发送测试消息”核对。")
    return redirect("notices:outlet_list")


def _mine(request: PersonRequest, pk: int) -> Outlet:
    return get_object_or_404(outlets.visible_to(request.user).select_related("notice"), pk=pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def outlet_edit(request: PersonRequest, pk: int) -> HttpResponse:
    row = _mine(request, pk)
    initial = {"name": row.name, "address": row.address, "is_on": row.is_on, "version": row.version}
    form = OutletForm(request.POST or None, fresh=False, initial=initial)
    page = {"form": form, "notice": row.notice, "outlet": row}
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "notices/outlet_edit.html", page, status=status)
    version = form.cleaned_data["version"] or 0
    try:
        outlets.change(row, form.wanted(row.kind), version=version, by=request.user, at=timezone.now())
    except Refused as why:
        form.add_error(None, str(why))
        return render(request, "notices/outlet_edit.html", page, status=422)
    messages.success(request, f"推送渠道“{row.name}”已保存。")
    return redirect("notices:outlet_list")


@login_required
@require_POST
def outlet_remove(request: PersonRequest, pk: int) -> HttpResponse:
    row = _mine(request, pk)
    try:
        outlets.remove(row, by=request.user, at=timezone.now())
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, f"已删除推送渠道“{row.name}”。")
    return redirect("notices:outlet_list")


@login_required
@require_POST
def outlet_test(request: PersonRequest, pk: int) -> HttpResponse:
    row, now = _mine(request, pk), timezone.now()
    try:
        error = outlets.send_test(row, by=request.user, at=now, local=timezone.localtime(now))
    except Refused as why:
        error = str(why)
    if error:
        messages.error(request, f"“{row.name}”没有收下测试消息：{error}")
    else:
        messages.success(request, f"“{row.name}”已收下测试消息，请到群里查看。")
    return redirect("notices:outlet_list")
