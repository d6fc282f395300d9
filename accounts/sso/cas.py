"""CAS 3.0: a ticket, asked about at the server itself, for the one address that this browser was sent with.

Read only where SSO=CAS: its library stands in requirements-sso.txt.
"""

import secrets
from typing import Any
from urllib.parse import urlencode

import requests
from cas import CASClient, CASError
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from lxml.etree import XMLSyntaxError

from accounts.sso.errors import NotSignedIn

SECONDS = 8.0  # for the answer of the server
STATE = "cas_state"  # key of the session: the address this browser was sent with


class Patient(requests.Session):
    """Every request with a bound, and none led elsewhere."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        return super().request(*args, **{"timeout": SECONDS, "allow_redirects": False, **kwargs})


def _client(service: str) -> Any:
    server = f"{settings.SSO_SETTINGS['server']}/"
    return CASClient(version=3, server_url=server, service_url=service, session=Patient())


def begin(request: HttpRequest, back: str) -> HttpResponse:
    state = secrets.token_urlsafe(24)
    request.session[STATE] = state
    return redirect(_client(f"{back}?{urlencode({'state': state})}").get_login_url())


def finish(request: HttpRequest, back: str) -> str:
    """The login name the server vouches for; a ticket brought by another browser is none."""
    state = request.session.pop(STATE, "")
    ticket = request.GET.get("ticket", "")
    if not state or not ticket or not secrets.compare_digest(state, request.GET.get("state", "")):
        raise NotSignedIn("单点登录没有成功，请重新登录。", "no ticket, or not of this browser")
    try:
        name, _, _ = _client(f"{back}?{urlencode({'state': state})}").verify_ticket(ticket)
    except (requests.RequestException, CASError, XMLSyntaxError, ValueError) as why:
        raise NotSignedIn("单点登录服务器没有连通，请稍后再试。", f"{type(why).__name__}: {why}") from why
    if not name:
        raise NotSignedIn("单点登录没有成功，请重新登录。", "ticket refused")
    return str(name)
