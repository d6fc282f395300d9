"""Tokens of the API: of an active person with a password of their own, with the address for the record.

Named in the settings and so read before the rest of the API: it imports none of it.
"""

from typing import Any

from django.utils import timezone
from rest_framework import exceptions, status
from rest_framework.authentication import TokenAuthentication
from rest_framework.request import Request

from accounts.access import on_day
from accounts.models import User


class FirstPassword(exceptions.APIException):
    """The pages lead to the change of the first password; the API can only say so."""

    status_code = status.HTTP_403_FORBIDDEN
    default_detail = "首次登录须先在网页上修改初始密码，再使用接口。"
    default_code = "first_password"


class OwnToken(TokenAuthentication):
    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        found: tuple[User, Any] | None = super().authenticate(request)
        if found is None:
            return None
        if found[0].must_change_password:
            raise FirstPassword
        found[0].address = request.META.get("REMOTE_ADDR", "")  # type: ignore[attr-defined]
        on_day(found[0], timezone.localdate())
        return found
