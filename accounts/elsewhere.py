"""Signing in at another server (单点登录): the way there and the way back. Off unless SSO says otherwise.

The other server vouches for a login name, no more: the account must be here already, with the rights it has here.
"""

import logging
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import credentials, rates
from accounts.middleware import ENDED
from accounts.models import User
from accounts.sso.errors import NotSignedIn
from accounts.views import enter, guessed, next_of, too_often

WANTED = "sso_next"  # key of the session: where the person wanted to go
BACKEND = "django.contrib.auth.backends.ModelBackend"  # keeps the session's person, as after a password

logger = logging.getLogger(__name__)


def _way(step: str) -> Any:
    """`begin` or `finish` of the kind of server in use; None when there is none."""
    kind = settings.SSO if settings.SSO in ("oidc", "cas") else ""
    return import_string(f"accounts.sso.{kind}.{step}") if kind else None


def _back() -> str:
    return f"{settings.BASE_URL}{reverse('sso_return')}"


@never_cache
@require_safe
def sso_start(request: HttpRequest) -> HttpResponse:
    begin = _way("begin")
    if begin is None or request.method == "HEAD":
        return redirect("login")
    if wait := rates.spent(**guessed(request.META.get("REMOTE_ADDR", ""))):
        return too_often(request, wait)
    request.session[WANTED] = next_of(request)
    try:
        answer: HttpResponse = begin(request, _back())
    except NotSignedIn as why:
        return _refused(request, why)
    return answer


@never_cache
@require_safe
def sso_return(request: HttpRequest) -> HttpResponse:
    """1. whom the other server vouches for; 2. an account of that name, in use and not locked; 3. a session as ever."""
    finish = _way("finish")
    if finish is None or request.method == "HEAD":
        return redirect("login")
    address = request.META.get("REMOTE_ADDR", "")
    if wait := rates.spent(**guessed(address)):
        return too_often(request, wait)
    try:
        name = finish(request, _back())
        if not AxesProxyHandler.is_allowed(request, {"username": name}):
            return render(request, "accounts/locked.html", status=429)
        user = User.objects.filter(username=name, is_active=True).first()
        if user is None:
            raise NotSignedIn(
                f"账号“{name[:50]}”在本系统没有开通，请联系本单位系统管理员。", f"no account {name}"
            )
    except NotSignedIn as why:
        rates.take(**guessed(address))
        return _refused(request, why)
    wanted = request.session.pop(WANTED, "/")
    user.backend = BACKEND
    enter(request, user, wanted=wanted, elsewhere=settings.SSO)
    return redirect(wanted)


def _refused(request: HttpRequest, why: NotSignedIn) -> HttpResponse:
    """To the sign-in page with the sentence; a password still works."""
    logger.warning("sign-in elsewhere refused: %s", why.reason)
    credentials.record_refused_sign_in(
        settings.SSO, at=timezone.now(), address=request.META.get("REMOTE_ADDR", ""), reason=why.reason[:200]
    )
    request.session[ENDED] = str(why)
    return redirect("login")
