"""The page after a failure of the server."""

from django.http import HttpRequest, HttpResponseServerError
from django.template.loader import render_to_string


def server_error(request: HttpRequest) -> HttpResponseServerError:
    """Without the frame, which asks the database: the database may be what failed."""
    page = render_to_string("500.html", {"request_id": request.META.get("REQUEST_ID", "")})
    return HttpResponseServerError(page)
