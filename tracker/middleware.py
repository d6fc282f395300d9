"""What every request gets before anything else sees it: an id, and the address it really came from."""

import re
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tracker.logs import request_id

Next = Callable[[HttpRequest], HttpResponse]
KEEP = re.compile(r"[A-Za-z0-9-]{8,64}")


def with_request_id(get_response: Next) -> Next:
    """Takes the front server's X-Request-ID or makes one; it is in every log line, the answer and the error page."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        found = given if KEEP.fullmatch(given) else uuid.uuid4().hex
        token = request_id.set(found)
        request.META["REQUEST_ID"] = found
        try:
            response = get_response(request)
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = found
        return response

    return middleware


def with_client_address(get_response: Next) -> Next:
    """Behind PROXY_COUNT proxies of ours, the entry the outermost of them wrote; further left anyone may write."""

    def middleware(request: HttpRequest) -> HttpResponse:
        proxies = settings.PROXY_COUNT
        chain = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
        if proxies and len(chain) >= proxies and chain[-proxies]:
            request.META["REMOTE_ADDR"] = chain[-proxies]
        return get_response(request)

    return middleware


def with_cautious_headers(get_response: Next) -> Next:
    """Also on what SecurityMiddleware itself refuses: over plain HTTP it asks for the host, and a wrong one is its own
    error, so its headers are missing there."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", settings.SECURE_REFERRER_POLICY)
        return response

    return middleware
