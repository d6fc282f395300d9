"""Headers and cookies of every kind of answer, under the settings of production with HTTPS and without."""

import json
import re
import secrets
import shutil

import pytest

from tests.processes import environment, run

CSP = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
MODES = {"https": "1", "http": "0"}
STATUS = {
    "sign-in page": 200,
    "sign-in": 302,
    "page": 200,
    "list": 200,
    "choice of columns": 302,
    "redirect to the sign-in": 302,
    "fragment without a session": 401,
    "redirect of the missing slash": 301,
    "404": 404,
    "404 of an object": 404,
    "403": 403,
    "403 without the secret of the form": 403,
    "405": 405,
    "500": 500,
    "400 of a wrong host": 400,
    "static file": 200,
    "static file that is not there": 404,
    "health": 200,
    "api": 200,
    "api 404": 404,
    "api 405": 405,
    "api without a session": 401,
    "api page": 200,
    "api schema": 200,
    "429 of the sign-in": 429,
    "413": 413,
    "api 413": 413,
    "sign-out": 302,
}


@pytest.fixture(scope="module", params=MODES)
def mode(request):
    return request.param


@pytest.fixture(scope="module")
def answers(mode, migrated, tmp_path_factory):
    """One start of the product for each mode."""
    folder = tmp_path_factory.mktemp(mode)
    shutil.copy(migrated, folder / "probe.sqlite3")
    env = environment(
        DJANGO_DEBUG=0,
        HTTPS=MODES[mode],
        SECRET_KEY=secrets.token_urlsafe(48),
        BASE_URL=f"{mode}://localhost",
        VAR_DIR=folder,
        DATABASE_URL=f"sqlite:///{folder / 'probe.sqlite3'}",
    )
    done = run("-m", "tests.headers_probe", env=env, seconds=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def parts(policy: str) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in policy.split(";") if " " in part.strip())


def test_every_kind_of_answer_came(answers, mode):
    plain = {"plain http": 301, "plain http of a wrong host": 400}
    plain = plain if mode == "https" else {"plain http": 200, "plain http of a wrong host": 400}

    assert {kind: found["status"] for kind, found in answers.items()} == STATUS | plain


def test_the_content_policy_is_on_every_answer(answers):
    found = {
        kind: parts(answer["headers"].get("Content-Security-Policy", "")) for kind, answer in answers.items()
    }

    assert {kind: policy for kind, policy in found.items() if policy != parts(CSP)} == {}


@pytest.mark.parametrize(
    ("header", "value"), [("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin")]
)
def test_a_header_is_on_every_answer(answers, header, value):
    found = {kind: answer["headers"].get(header) for kind, answer in answers.items()}

    assert {kind: got for kind, got in found.items() if got != value} == {}


def test_answers_over_https_ask_for_https_only(answers, mode):
    asked = {kind for kind, a in answers.items() if "Strict-Transport-Security" in a["headers"]}
    secure = {kind for kind, a in answers.items() if not kind.startswith("plain http") and a["status"] != 400}

    assert asked & secure == (secure if mode == "https" else set())


def test_plain_http_leads_to_https(answers, mode):
    found = answers["plain http"]

    assert found["headers"].get("Location") == ("https://localhost/login" if mode == "https" else None)


def test_cookies_have_their_names_and_flags(answers, mode):
    """Under HTTPS the names bind the cookies of the session to this host."""
    prefix = "__Host-" if mode == "https" else ""
    cookies = {}
    for answer in answers.values():
        cookies |= {n: c for n, c in answer["cookies"].items() if c.get("max-age") or not c.get("expires")}
    secure = {"secure": True} if mode == "https" else {}
    flags = {
        name: {
            key: cookie[key] for key in ("path", "samesite", "httponly", "secure", "domain") if key in cookie
        }
        for name, cookie in cookies.items()
    }

    assert flags == {
        f"{prefix}sessionid": {"path": "/", "samesite": "Lax", "httponly": True, **secure},
        f"{prefix}csrftoken": {"path": "/", "samesite": "Lax", **secure},
        "task-columns": {"path": "/", "samesite": "Lax", "httponly": True, **secure},
    }


def test_no_header_names_another_host(answers):
    named = {}
    for kind, answer in answers.items():
        for header, value in answer["headers"].items():
            hosts = set(re.findall(r"https?://([^/\s;'\"]+)", value)) - {"localhost"}
            named |= {f"{kind}: {header}": hosts} if hosts else {}

    assert named == {}


def test_no_answer_tells_which_software_made_it(answers):
    telling = {"Server", "X-Powered-By", "X-Django-Version"}

    assert [kind for kind, a in answers.items() if telling & set(a["headers"])] == []


def test_every_answer_carries_the_number_under_which_the_log_has_it(answers):
    assert [kind for kind, a in answers.items() if not a["headers"].get("X-Request-ID")] == []
