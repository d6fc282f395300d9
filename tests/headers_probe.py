"""Answers of every kind from a start of its own: the settings of production, with and without HTTPS.

`python -m tests.headers_probe` prints {kind: {status, headers, cookies}} as JSON; the environment says which start.
"""

import json
import os
import sys
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.test import Client

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
PASSWORD = "Qinghe-Zhen-2026!"
FORM = "application/x-www-form-urlencoded"
LARGE = b"x" * (20 * 1024 * 1024 + 1)


def told(response: Any) -> dict[str, Any]:
    cookies = {
        name: {key: kept for key, kept in morsel.items() if kept} for name, morsel in response.cookies.items()
    }
    return {"status": response.status_code, "headers": dict(response.headers), "cookies": cookies}


def answers(client: Client) -> dict[str, Any]:
    """One answer of every kind; the client has signed in with name and password."""
    stranger, strict = Client(raise_request_exception=False), Client(enforce_csrf_checks=True)
    for each in (stranger, strict):
        each.defaults.update(client.defaults)
    secure = settings.HTTPS
    form = {"username": "probe", "password": PASSWORD}
    found = {
        "sign-in page": stranger.get("/login", secure=secure),
        "sign-in": client.post("/login", form, secure=secure),
        "page": client.get("/", secure=secure),
        "list": client.get("/tasks", secure=secure),
        "choice of columns": client.post("/tasks/columns", {"columns": "light"}, secure=secure),
        "redirect to the sign-in": stranger.get("/", secure=secure),
        "fragment without a session": stranger.get("/", secure=secure, headers={"HX-Request": "true"}),
        "redirect of the missing slash": client.get("/api/tasks", secure=secure),
        "404": client.get("/nowhere", secure=secure),
        "404 of an object": client.get("/tasks/99999", secure=secure),
        "403": client.get("/deny", secure=secure),
        "403 without the secret of the form": strict.post("/login", form, secure=secure),
        "405": client.post("/", secure=secure),
        "500": client.get("/fail", secure=secure),
        "400 of a wrong host": client.get("/", secure=secure, headers={"Host": "evil.example"}),
        "static file": stranger.get("/static/css/base.css", secure=secure),
        "static file that is not there": stranger.get("/static/css/none.css", secure=secure),
        "health": stranger.get("/healthz/live", secure=secure),
        "api": client.get("/api/tasks/", secure=secure),
        "api 404": client.get("/api/tasks/99999/", secure=secure),
        "api 405": client.delete("/api/tasks/", secure=secure),
        "api without a session": stranger.get("/api/tasks/", secure=secure),
        "api page": client.get("/api/docs/", secure=secure),
        "api schema": client.get("/api/schema/", secure=secure),
        "429 of the sign-in": _last(stranger, {"username": "guessed", "password": "x"}, 5, secure),
        "413": client.post("/tasks/columns", LARGE, content_type=FORM, secure=secure),
        "api 413": client.post("/api/progress/", LARGE, content_type="application/json", secure=secure),
        "plain http": stranger.get("/login"),
        "plain http of a wrong host": stranger.get("/login", headers={"Host": "evil.example"}),
        "sign-out": client.post("/logout", secure=secure),
    }
    return {kind: told(response) for kind, response in found.items()}


def _last(client: Client, form: dict[str, str], times: int, secure: bool) -> Any:
    """The answer to the last of several sign-ins."""
    return [client.post("/login", form, secure=secure) for _ in range(times)][-1]


def main() -> None:
    settings.ROOT_URLCONF = "tests.headers_urls"
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    django.setup()
    call_command("migrate", verbosity=0)
    user = django.apps.apps.get_model("accounts", "User")(username="probe", name="probe")
    user.set_password(PASSWORD)
    user.save()
    client = Client(raise_request_exception=False)
    client.defaults["SERVER_NAME"] = "localhost"
    json.dump(answers(client), sys.stdout)


if __name__ == "__main__":
    main()
