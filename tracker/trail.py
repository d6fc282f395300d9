"""Every request that would write leaves a row in the audit: what the domain recorded, or that nothing came of it."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import audit

Next = Callable[[HttpRequest], HttpResponse]
WRITING = ("POST", "PUT", "PATCH", "DELETE")
# The person's own view of things: which notice, columns and role are shown, what was read.
QUIET = frozenset(
    {
        "choose_role",
        "notices:switch_notice",
        "notices:task_columns",
        "notices:inbox_read_all",
        "notices:message_open",
        "notices:message_read",
        "login",
        "logout",
    }
)

logger = logging.getLogger(__name__)


def with_trail(get_response: Next) -> Next:
    """The row stands outside the transaction of the act, which was taken back. A log that cannot be written does not
    change the answer: nothing was done."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.method in WRITING and request.user.is_authenticated and not audit.recorded(request.user):
            name = request.resolver_match.view_name if request.resolver_match else ""
            if name not in QUIET:
                _leave(request, name, response.status_code)
        return response

    return middleware


def _leave(request: HttpRequest, name: str, status: int) -> None:
    data = {"page": name, "path": request.path_info[:200], "method": request.method, "status": status}
    pk = str(request.resolver_match.kwargs.get("pk", "")) if request.resolver_match else ""
    subject = int(pk) if pk.isdecimal() and len(pk) < 19 else None
    act = audit.Act("request.refused", "page", subject, ok=False, data=data)
    try:
        audit.record(act, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except Exception:
        logger.exception("refused request not recorded")
