"""动态口令: asked for after the password, enrolled with a picture drawn here, given up."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout as end_session
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import second_factor, sessions
from accounts.forms import CodeForm
from accounts.middleware import ENDED, SECOND, WANTED
from accounts.people import Unfit
from accounts.person import PersonRequest

SECRET = "secret"  # key of the session: the key shown until its first right code


@sensitive_post_parameters("code")
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor_code(request: PersonRequest) -> HttpResponse:
    """The second half of the sign-in. After too many wrong codes the first half is undone."""
    if request.session.get(SECOND) != second_factor.CODE:
        return redirect("/")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        now = timezone.now()
        why_not = second_factor.refuse_code(request.user, form.cleaned_data["code"], at=now)
        if why_not is None:
            request.session.pop(SECOND)
            request.session.cycle_key()
            sessions.rekeyed(request.session.get("sign_in"), request.session.session_key or "")
            return redirect(request.session.pop(WANTED, "/"))
        row = second_factor.enrolled(request.user)
        if row is None or second_factor.locked_until(row, at=now):
            sessions.forget(request.session.session_key or "")
            end_session(request)
            request.session[ENDED] = why_not
            return redirect("login")
        form.add_error("code", why_not)
    context = {"form": form}
    return render(request, "accounts/second_factor_code.html", context, status=422 if form.is_bound else 200)


@sensitive_post_parameters("code")
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor_enrol(request: PersonRequest) -> HttpResponse:
    """The picture and the first code; then the recovery codes, once. Who is enrolled sees how it stands."""
    now, required = timezone.now(), settings.SECOND_FACTOR
    if (row := second_factor.enrolled(request.user)) is not None:
        context: dict[str, Any] = {"row": row, "left": row.codes.filter(used_at=None).count()}
        context |= {"form": CodeForm(), "required": required}
        return render(request, "accounts/second_factor.html", context)
    secret: str = request.session.setdefault(SECRET, second_factor.new_secret())
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        key = request.session.session_key or ""
        try:
            codes = second_factor.confirm(
                request.user, secret, form.cleaned_data["code"], session_key=key, at=now
            )
        except Unfit as why:
            form.add_error("code", str(why))
        else:
            for name in (SECOND, SECRET):
                request.session.pop(name, None)
            return render(request, "accounts/second_factor_codes.html", {"codes": codes})
    context = {
        "form": form,
        "picture": second_factor.picture(second_factor.address_of(request.user, secret)),
        "secret": second_factor.in_groups(secret),
        "must": request.session.get(SECOND) == second_factor.ENROL,
    }
    status = 422 if form.is_bound else 200
    return render(request, "accounts/second_factor_enrol.html", context, status=status)


@sensitive_post_parameters("code")
@login_required
@require_POST
def second_factor_leave(request: PersonRequest) -> HttpResponse:
    form, now = CodeForm(request.POST), timezone.now()
    code = form.cleaned_data["code"] if form.is_valid() else ""
    why_not = second_factor.refuse_code(request.user, code, at=now)
    try:
        if why_not is None:
            second_factor.leave(request.user, required=settings.SECOND_FACTOR, at=now)
    except Unfit as why:
        why_not = str(why)
    if why_not:
        messages.error(request, why_not)
    else:
        messages.success(request, "动态口令已停用，下次登录只需密码。")
    return redirect("second_factor_enrol")
