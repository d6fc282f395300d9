"""Tokens of the API: of an active person with a password of their own, with the address for the record.

Named in the settings and so read before the rest of the API: it imports none of it.
"""

import datetime as dt
from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework import exceptions, status
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts import rates, tokens
from accounts.access import on_day
from accounts.models import ApiToken, User

MINUTE = dt.timedelta(minutes=1)


class FirstPassword(exceptions.APIException):
    """The pages lead to the change of the first password; the API can only say so."""

    status_code = status.HTTP_403_FORBIDDEN
    default_detail = "首次登录须先在网页上修改初始密码，再使用接口。"
    default_code = "first_password"


class OwnToken(BaseAuthentication):
    """`Authorization: Bearer zg_…`; `Token` in the place of `Bearer` is understood as well."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).decode("latin-1").split()
        if not words or words[0].lower() not in ("bearer", "token"):
            return None
        now, address = timezone.now(), request.META.get("REMOTE_ADDR", "")
        guesses: dict[str, Any] = {"most": settings.API_GUESSES, "span": MINUTE, "at": now}
        if wait := rates.spent(f"guess {address}", **guesses):
            raise exceptions.Throttled(wait)
        row = tokens.found(words[1], today=timezone.localdate(now)) if len(words) == 2 else None
        if row is None:
            rates.take(f"guess {address}", **guesses)
            raise exceptions.AuthenticationFailed
        if row.user.must_change_password:
            raise FirstPassword
        tokens.seen(row, at=now, address=address)
        row.user.address = f"{address} 令牌 {row.prefix}"[:60]  # type: ignore[attr-defined]
        on_day(row.user, timezone.localdate(now))
        return row.user, row

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
