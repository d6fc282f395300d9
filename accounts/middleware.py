"""What every request of a signed-in person carries: the address for the record, the role in force, a password of one's own."""

import datetime as dt
from collections.abc import Callable
from typing import cast
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts import sessions
from accounts.access import memberships, on_day
from accounts.credentials import outlived
from accounts.models import SignIn
from accounts.person import PersonRequest
from accounts.second_factor import CODE, ENROL

Next = Callable[[HttpRequest], HttpResponse]
SIGN_IN = "sign_in"  # key of the session: its row in the list of sign-ins
ENDED = "ended"  # key of the session: why the last sign-in ended, for the sign-in page
SECOND = "second"  # key of the session: what the sign-in still lacks, see accounts/second_factor.py
WANTED = "wanted"  # key of the session: where the person wanted to go before the code was asked for
ELSEWHERE = "elsewhere"  # key of the session: what server vouched for the person, in the place of a password
CHOSEN = "membership"  # key of the session: the role chosen at the top
FREE = ("password_change", "logout")  # what a person with a first password may still open


def with_person(get_response: Next) -> Next:
    """1. the address, for the audit, and the day, for stand-ins; 2. the chosen role goes first, so that records name its unit;
    3. whoever lacks the code, an own password or the authenticator is sent there. Rights stay those of all roles together."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return _kept_on_page(request, get_response(request))
        now = timezone.now()
        if over := _over(request, now):
            logout(request)
            request.session[ENDED] = over
            return _kept_on_page(request, redirect_to_login(request.get_full_path(), "/login"))
        user.address = request.META.get("REMOTE_ADDR", "")  # type: ignore[attr-defined]
        on_day(user, timezone.localdate(now))
        chosen = request.session.get(CHOSEN)
        if chosen is not None:
            memberships(user).sort(key=lambda m: (m.pk != chosen, m.pk))
        if detour := _detour(cast(PersonRequest, request), now):
            return redirect(detour)
        return get_response(request)

    return middleware


def _detour(request: PersonRequest, now: dt.datetime) -> str | None:
    """The page this person has to see first: the code, then a password of one's own, then the authenticator."""
    second = request.session.get(SECOND, "")
    if second == CODE:
        return None if _is_at(request, "second_factor_code", "logout") else "second_factor_code"
    person = request.user
    if (
        ELSEWHERE not in request.session  # a password of ours was used
        and (person.must_change_password or outlived(person, at=now, lasts=settings.PASSWORD_LASTS))
        and not _is_free(request)
    ):
        return "password_change"
    if second == ENROL and not (_is_free(request) or _is_at(request, "second_factor_enrol")):
        return "second_factor_enrol"
    return None


def _is_at(request: HttpRequest, *names: str) -> bool:
    path = request.path_info
    return path in {reverse(name) for name in names} or path.startswith(("/static/", "/healthz/"))


def _over(request: HttpRequest, now: dt.datetime) -> str | None:
    """Why this sign-in is over; otherwise it has been seen now, unless the page itself asked without its person."""
    pk = request.session.get(SIGN_IN)
    row = SignIn.objects.filter(pk=pk).first() if pk else None
    if row is None:
        return None
    over = sessions.over(row, at=now, idle=settings.SIGN_IN_IDLE, longest=settings.SIGN_IN_LONGEST)
    if over is None and request.headers.get("X-Poll") is None:
        sessions.seen(row, at=now)
    return over


def _is_free(request: HttpRequest) -> bool:
    path = request.path_info
    return path in {reverse(name) for name in FREE} or path.startswith(("/static/", "/healthz/"))


def _kept_on_page(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """What a session that ended meanwhile is answered instead of the plain way to the sign-in page.

    A fragment: 401, so that the page and what was typed stay. A form: sign-in leads back to the page of the form,
    not to the address that takes only forms.
    """
    sign_in = reverse("login")
    if response.status_code != 302 or not response["Location"].startswith(f"{sign_in}?"):
        return response
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401)
    if request.method == "POST":
        page = urlsplit(request.headers.get("Referer", ""))
        here = f"{page.path}?{page.query}".rstrip("?") if page.netloc == request.get_host() else "/"
        return redirect(f"{sign_in}?{urlencode({'next': here})}")
    return response
