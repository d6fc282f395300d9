"""No token and no address asks more often than the settings say; counted in the database, for all workers together.

Requests of the pages' own session are not counted: a person clicks, and a whole office may share one address.
"""

from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts import rates
from accounts.models import ApiToken
from notices.api.authentication import MINUTE


class TokenRate(BaseThrottle):
    def __init__(self) -> None:
        self._wait = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        token = request.auth
        if not isinstance(token, ApiToken):
            return True
        address, now = request.META.get("REMOTE_ADDR", ""), timezone.now()
        for key, most in (
            (f"token {token.pk}", settings.API_RATE),
            (f"api {address}", settings.API_ADDRESS_RATE),
        ):
            self._wait = self._wait or rates.take(key, most=most, span=MINUTE, at=now)
        return not self._wait

    def wait(self) -> float:
        return self._wait
