import io
import json
import logging
import sys

import pytest
from django.test import RequestFactory

from tracker.logs import JsonFormatter, RequestIdFilter, request_id
from tracker.middleware import with_client_address


@pytest.mark.parametrize(
    ("proxies", "header", "expected"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (2, "10.0.0.1, 203.0.113.9, 198.51.100.7", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
    ],
)
def test_only_what_our_own_proxies_wrote_counts_as_address(settings, proxies, header, expected):
    settings.PROXY_COUNT = proxies
    request = RequestFactory().get("/", headers={"X-Forwarded-For": header}, REMOTE_ADDR="192.0.2.1")

    found = with_client_address(lambda request: request.META["REMOTE_ADDR"])(request)

    assert found == expected


def test_an_answer_carries_the_id_it_was_asked_with(client):
    response = client.get("/healthz/live", headers={"X-Request-ID": "a1b2c3d4-e5f6"})

    assert response["X-Request-ID"] == "a1b2c3d4-e5f6"


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "line\nbreak-123", "<script>alert</script>"])
def test_a_strange_id_is_replaced(client, given):
    response = client.get("/healthz/live", headers={"X-Request-ID": given})

    assert len(response["X-Request-ID"]) == 32
    assert response["X-Request-ID"].isalnum()


@pytest.mark.parametrize("path", ["/healthz/live", "/no-such-page", "/static/no-such-file"])
def test_every_answer_carries_the_policy(client, db, path):
    response = client.get(path)

    policy = set(response["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    }
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"


def test_a_log_line_is_one_object_with_the_id_of_its_request():
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(RequestIdFilter())
    handler.setFormatter(JsonFormatter())
    record = logging.LogRecord("notices", logging.WARNING, "", 0, "第 %s 行\n有误", (7,), None)
    record.created = 1763769600.25

    token = request_id.set("a1b2c3d4")
    handler.handle(record)
    request_id.reset(token)

    assert json.loads(out.getvalue()) == {
        "time": "2025-11-22T00:00:00.250+00:00",
        "level": "warning",
        "logger": "notices",
        "message": "第 7 行\n有误",
        "request_id": "a1b2c3d4",
    }
    assert out.getvalue().count("\n") == 1


def test_a_failure_is_logged_with_its_traceback():
    try:
        raise ValueError("台账")
    except ValueError:
        record = logging.LogRecord("notices", logging.ERROR, "", 0, "failed", (), sys.exc_info())

    line = json.loads(JsonFormatter().format(record))

    assert line["traceback"].endswith("ValueError: 台账")
    assert "request_id" not in line
