"""The product's addresses and two that fail, for tests/headers_probe.py."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def fail(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError


def deny(_request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


urlpatterns = [path("fail", fail), path("deny", deny), path("", include("tracker.urls"))]
handler400 = "tracker.pages.bad_request"
handler404 = "tracker.pages.not_found"
handler500 = "tracker.pages.server_error"
