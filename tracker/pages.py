"""Failures outside any view: a page for people, the one shape of a refusal for programs."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults

from notices.api.errors import TOO_LARGE, TYPE, failure, shape

API = "/api/"


def server_error(request: HttpRequest) -> HttpResponse:
    """Without the frame, which asks the database: the database may be what failed."""
    number = request.META.get("REQUEST_ID", "")
    if request.path_info.startswith(API):
        return _problem(failure(number))
    return HttpResponseServerError(render_to_string("500.html", {"request_id": number}))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path_info.startswith(API):
        return _problem(shape(404, "not_found", "没有这个地址，可用的地址见 /api/docs/。"))
    return defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Without the frame: the host may be what is wrong. A form that is too large is told so."""
    large = isinstance(exception, RequestDataTooBig)
    code, said = (413, TOO_LARGE) if large else (400, "请求的格式不对，没有处理。")
    if request.path_info.startswith(API):
        return _problem(shape(code, "too_large" if large else "invalid", said))
    page = {"request_id": request.META.get("REQUEST_ID", ""), "code": code, "said": said}
    return HttpResponse(render_to_string("400.html", page), status=code)


def _problem(body: dict[str, Any]) -> HttpResponse:
    return JsonResponse(
        body, status=body["status"], content_type=TYPE, json_dumps_params={"ensure_ascii": False}
    )
