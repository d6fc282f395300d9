"""Sign-in, sign-out, the own password, the choice of a role."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import credentials, rates, second_factor, sessions
from accounts import stand_ins as periods
from accounts.forms import OwnPasswordForm, RoleForm, SignInForm, StandInForm
from accounts.middleware import CHOSEN, ELSEWHERE, ENDED, SECOND, SIGN_IN, WANTED
from accounts.models import User
from accounts.people import Unfit
from accounts.person import PersonRequest

TEN_MINUTES = dt.timedelta(minutes=10)


def next_of(request: HttpRequest) -> str:
    """Where the person wanted to go, when it lies on this server."""
    wanted = request.POST.get("next", request.GET.get("next", ""))
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else "/"


def guessed(address: str) -> dict[str, Any]:
    """Refused sign-ins are counted for the address, whatever the names."""
    most, now = settings.SIGN_IN_RATE, timezone.now()
    return {"key": f"sign-in {address}", "most": most, "span": TEN_MINUTES, "at": now}


def too_often(request: HttpRequest, wait: int) -> HttpResponse:
    page = {"minutes": -(-wait // 60)}
    response = render(request, "accounts/too_often.html", page, status=429)
    response["Retry-After"] = str(wait)
    return response


def enter(request: HttpRequest, user: User, *, wanted: str, elsewhere: str = "") -> None:
    """The session, its row in the list of sign-ins, the event, and what is still lacking. `elsewhere`: which kind of
    server vouched for the person instead of a password of ours; such a session is not asked to change one."""
    start_session(request, user)
    now, address = timezone.now(), request.META.get("REMOTE_ADDR", "")
    agent = request.headers.get("User-Agent", "")
    row = sessions.begin(user, request.session.session_key or "", at=now, address=address, agent=agent)
    request.session[SIGN_IN] = row.pk
    request.session.pop(ELSEWHERE, None)
    if elsewhere:
        request.session[ELSEWHERE] = elsewhere
    credentials.record_sign_in(user, at=now, address=address, elsewhere=elsewhere)
    if lacking := second_factor.lacking(user, required=settings.SECOND_FACTOR):
        request.session[SECOND], request.session[WANTED] = lacking, wanted


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated and request.method != "POST":
        return redirect(next_of(request))
    address = request.META.get("REMOTE_ADDR", "")
    if request.method == "POST" and (wait := rates.spent(**guessed(address))):
        return too_often(request, wait)
    form = SignInForm(request, request.POST or None)
    if form.is_valid():
        user = form.get_user()
        there = "ldap" if getattr(user, "backend", "").startswith("accounts.sso.") else ""
        enter(request, user, wanted=next_of(request), elsewhere=there)
        return redirect(next_of(request))
    if form.is_bound:
        rates.take(**guessed(address))
        credentials.record_refused_sign_in(
            request.POST.get("username", ""), at=timezone.now(), address=address
        )
    ended = request.session.pop(ENDED, "")
    page = {"form": form, "next": next_of(request), "ended": ended, "sso": settings.SSO in ("oidc", "cas")}
    return render(request, "accounts/login.html", page)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        credentials.record_sign_out(request.user, at=timezone.now())
        sessions.forget(request.session.session_key or "")
    end_session(request)
    return redirect("login")


@sensitive_post_parameters()
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password_change(request: PersonRequest) -> HttpResponse:
    first = request.user.must_change_password
    old = credentials.outlived(request.user, at=timezone.now(), lasts=settings.PASSWORD_LASTS)
    form = OwnPasswordForm(request.user, request.POST or None)
    if form.is_valid():
        credentials.change_password(request.user, form.cleaned_data["new_password1"], at=timezone.now())
        here = sessions.of(request.user).filter(pk=request.session.get(SIGN_IN, 0)).first()
        sessions.end(
            sessions.of(request.user).exclude(pk=here.pk if here else 0), by=request.user, at=timezone.now()
        )
        update_session_auth_hash(request, request.user)
        sessions.renewed(here, request.session.session_key or "")
        messages.success(request, "密码已修改，下次请用新密码登录。")
        return redirect("/")
    return render(request, "accounts/password_change.html", {"form": form, "first": first, "old": old})


@login_required
@require_POST
def choose_role(request: PersonRequest) -> HttpResponse:
    form = RoleForm(request.POST, user=request.user)
    if form.is_valid():
        request.session[CHOSEN] = form.cleaned_data["membership"]
    else:
        messages.error(request, "没有切换成功：请从列表中选择您自己的任职。")
    return redirect(next_of(request))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_ins(request: PersonRequest) -> HttpResponse:
    """Where the person is signed in; POST ends one of these, or all but the present one."""
    mine = sessions.of(request.user)
    if request.method == "POST":
        others = mine.exclude(session_key=request.session.session_key)
        one = request.POST.get("sign_in", "")
        chosen = others.filter(pk=int(one)) if one.isdecimal() and len(one) < 19 else others
        ended = sessions.end(chosen if one else others, by=request.user, at=timezone.now())
        messages.success(request, f"已退出 {ended} 处登录。" if ended else "没有其他登录需要退出。")
        return redirect("sign_ins")
    context = {"rows": list(mine), "here": request.session.session_key, "idle": settings.SIGN_IN_IDLE}
    return render(request, "accounts/sign_ins.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def stand_ins(request: PersonRequest) -> HttpResponse:
    """代班: what is set, and the form to set one."""
    today = timezone.localdate()
    units = periods.units_for(request.user)
    initial = {"person": request.user.name, "first_on": today, "last_on": today}
    form = StandInForm(units, request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        asked = {name: form.cleaned_data[name] for name in ("unit", "first_on", "last_on", "why")}
        try:
            row = periods.name_stand_in(
                form.people["person"],
                form.people["deputy"],
                **asked,
                by=request.user,
                at=timezone.now(),
                today=today,
            )
        except Unfit as why:
            form.add_error(None, str(why))
        else:
            messages.success(
                request,
                f"已设置：{row.first_on} 至 {row.last_on} 由“{row.deputy.name}”代“{row.person.name}”。",
            )
            return redirect("stand_ins")
    rows = list(periods.seen_by(request.user)[:200])
    context = {"form": form, "rows": rows, "today": today, "units": units}
    return render(request, "accounts/stand_ins.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def stand_in_end(request: PersonRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(periods.seen_by(request.user), pk=pk)
    try:
        ended = periods.end_stand_in(row, by=request.user, at=timezone.now())
    except Unfit as why:
        messages.error(request, str(why))
    else:
        messages.success(
            request, "代班已结束，权限即刻收回。" if ended else "这次代班已经结束，没有重复办理。"
        )
    return redirect("stand_ins")
