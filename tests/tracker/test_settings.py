"""Settings as processes see them: each case is a start of its own."""

import json
import re
import secrets
import subprocess
import sys

import pytest
from django.core.checks import WARNING
from django.db import connection

from tests.processes import ROOT, environment, run
from tracker import settings as ours
from tracker.checks import check_endless_redirect

KEY = secrets.token_urlsafe(48)
SERVERS = {
    "gunicorn": ["-m", "gunicorn", "--config", "python:tracker.gunicorn", "tracker.wsgi"],
    "runserver": ["manage.py", "runserver", "0"],
    "runserver without reloader": ["manage.py", "runserver", "--noreload", "0"],
    "worker": ["-m", "celery", "-A", "tracker", "worker"],
    "beat": ["-m", "celery", "-A", "tracker", "beat"],
}
REFUSED = "配置有误，未启动：正式运行（DJANGO_DEBUG=0）必须设置环境变量 SECRET_KEY，"


def shown(*names, **env):
    """The values of these settings in a process started with `env`."""
    script = f"from django.conf import settings; import json; print(json.dumps([getattr(settings, n) for n in {names}]))"
    done = run("-c", script, env=environment(DJANGO_SETTINGS_MODULE="tracker.settings", **env))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("command", SERVERS.values(), ids=SERVERS)
def test_servers_refuse_to_start_in_production_without_a_key(command, tmp_path):
    env = environment(DJANGO_DEBUG=0, VAR_DIR=tmp_path, PORT=1)

    done = run(*command, env=env)

    assert done.returncode == 1
    assert done.stderr.startswith(REFUSED)
    assert "Traceback" not in done.stderr
    assert "SECRET_KEY must be set when DJANGO_DEBUG=0" in done.stderr.splitlines()[1]


def test_the_web_server_refuses_to_start_in_production_without_static_files(tmp_path):
    env = environment(DJANGO_DEBUG=0, SECRET_KEY=KEY, STATIC_ROOT=tmp_path, VAR_DIR=tmp_path)

    done = run(*SERVERS["gunicorn"], env=env)

    assert done.returncode == 1
    assert done.stderr.startswith(f"配置有误，未启动：目录 {tmp_path} 中没有静态文件，请先运行 ")


def test_a_command_needs_no_key_in_production(tmp_path):
    done = run("manage.py", "check", env=environment(DJANGO_DEBUG=0, VAR_DIR=tmp_path))

    assert done.returncode == 0


# Every variable there is, with a value that cannot be meant.
WRONG = {
    "DJANGO_DEBUG": "maybe",
    "HTTPS": "2",
    "PROXY_COUNT": "many",
    "DATABASE_URL": "mysql://u:p@h/db",
    "DATABASE_SCHEMA": "public; DROP",
    "REDIS_URL": "localhost",
    "ALLOWED_HOSTS": "a.example.cn,https://zhenggai.example.cn",
    "BASE_URL": "zhenggai",
    "EMAIL_URL": "pigeon://roof",
    "LOG_LEVEL": "loud",
    "BACKUPS": "perhaps",
    "BACKUP_HOUR": "24",
    "BACKUP_DAILY": "0",
    "BACKUP_WEEKLY": "-1",
    "BACKUP_MONTHLY": "x",
    "SIGN_IN_PROFILE": "LOOSE",
    "SECOND_FACTOR": "some",
    "SIGN_IN_RATE": "0",
    "SSO": "KERBEROS",
    "CHANNEL_ADDRESSES": "oapi.dingtalk.com",
    "WEBHOOK_ADDRESSES": "https://oa.example.cn,10.1.2.3",
    "REMINDERS_DRY": "dry",
    "NUDGE_ANY_TIME": "night",
    "API_RATE": "0",
    "API_ADDRESS_RATE": "fast",
    "API_GUESSES": "0",
}
# Read by the web server alone.
WRONG_OF_WEB = {"PORT": "http", "WEB_WORKERS": "0"}
# Any text may be meant, or what is missing with another one is said (tests/tracker/test_single_sign_on.py).
ANY_TEXT = set(
    "SECRET_KEY SECRET_KEY_FALLBACKS VAR_DIR AUDIT_HEAD MEDIA_ROOT BACKUP_DIR STATIC_ROOT EMAIL_FROM METRICS_TOKEN HOST "
    "OIDC_ISSUER OIDC_CLIENT_ID OIDC_CLIENT_SECRET OIDC_CLAIM CAS_URL LDAP_URL LDAP_NAME LDAP_STARTTLS".split()
)
# One start for all: settings are read anew in the same process, each time with one wrong value.
READ_ANEW = """
import importlib, json, os, sys
found = {}
for name, value in json.loads(sys.argv[2]).items():
    os.environ[name] = value
    sys.modules.pop(sys.argv[1], None)
    try:
        importlib.import_module(sys.argv[1])
    except SystemExit as why:
        found[name] = str(why)
    del os.environ[name]
print(json.dumps(found, ensure_ascii=False))
"""


def said_of(module, wrong, **env):
    done = run("-c", READ_ANEW, module, json.dumps(wrong), env=environment(**env))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("module", "wrong"), [("tracker.settings", WRONG), ("tracker.gunicorn", WRONG_OF_WEB)]
)
def test_each_wrong_value_stops_with_a_sentence_that_names_it(module, wrong):
    """The sentence in Chinese and the same in English, one line each."""
    postgres = {"DATABASE_URL": "postgres://u@h/db"}  # a schema is read for it alone

    said = said_of(module, {k: v for k, v in wrong.items() if k != "DATABASE_SCHEMA"})
    if "DATABASE_SCHEMA" in wrong:
        said |= said_of(module, {"DATABASE_SCHEMA": wrong["DATABASE_SCHEMA"]}, **postgres)

    assert sorted(said) == sorted(wrong)
    for name, words in said.items():
        chinese, english = words.splitlines()
        assert chinese.startswith(f"配置有误，未启动：环境变量 {name} ") and chinese.endswith(("。", "）。"))
        assert english.startswith(f"Configuration error, not started: environment variable {name} ")


def test_every_variable_has_a_wrong_value_or_takes_any_text():
    table = (ROOT / "docs" / "deploy" / "environment.md").read_text("utf-8")
    first = re.findall(r"^\| (`[^|]+) \|", table, re.M)

    known = {*WRONG, *WRONG_OF_WEB, *ANY_TEXT}

    assert {name for cell in first for name in re.findall(r"`([A-Z_]+)`", cell)} == known


@pytest.mark.parametrize("name", ["DJANGO_DEBUG", "DATABASE_URL", "ALLOWED_HOSTS"])
def test_a_wrong_value_stops_any_start_without_a_traceback(name):
    done = run("manage.py", "check", env=environment(**{name: WRONG[name]}))

    assert done.returncode == 1
    assert done.stderr.startswith(f"配置有误，未启动：环境变量 {name} ")
    assert len(done.stderr.splitlines()) == 2


def test_production_defaults_to_https():
    names = ["DEBUG", "HTTPS", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE"]
    names += ["CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SECURE_PROXY_SSL_HEADER"]

    found = shown(*names, DJANGO_DEBUG=0, SECRET_KEY=KEY)

    assert found == [False, True, "__Host-sessionid", "__Host-csrftoken", True, True, True, 31536000, None]


def test_an_intranet_without_certificate_gets_plain_names():
    names = ["HTTPS", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE"]
    names += ["SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS"]

    found = shown(*names, DJANGO_DEBUG=0, SECRET_KEY=KEY, HTTPS=0)

    assert found == [False, "sessionid", "csrftoken", False, False, 0]


def test_plain_http_in_production_is_said_by_check():
    done = run("manage.py", "check", env=environment(DJANGO_DEBUG=0, SECRET_KEY=KEY, HTTPS=0))

    assert done.returncode == 0
    assert "(tracker.W001) HTTPS=0：密码和台账在网络上以明文传输。" in done.stderr


GIVEN = {"DEBUG": False, "HTTPS": True, "PROXY_COUNT": 0}


@pytest.mark.parametrize(
    ("given", "words", "said"),
    [
        ({}, "", ["tracker.I001"]),
        ({"PROXY_COUNT": 1}, "", []),
        ({"HTTPS": False}, "", []),
        ({"DEBUG": True}, "", []),
        ({}, "--certfile site.pem --keyfile site.key", []),
    ],
)
def test_https_without_a_proxy_is_said_by_check_and_fails_nothing(settings, monkeypatch, given, words, said):
    """A right installation where gunicorn ends TLS itself; else a redirect for ever."""
    for name, value in (GIVEN | given).items():
        setattr(settings, name, value)
    monkeypatch.setenv("GUNICORN_CMD_ARGS", words)

    found = check_endless_redirect()

    assert [message.id for message in found] == said
    assert all(m.level < WARNING and "PROXY_COUNT 就填几" in m.hint for m in found)


def test_behind_a_proxy_its_word_on_https_counts():
    found = shown("SECURE_PROXY_SSL_HEADER", DJANGO_DEBUG=0, SECRET_KEY=KEY, PROXY_COUNT=1)

    assert found == [["HTTP_X_FORWARDED_PROTO", "https"]]


def test_hosts_are_those_named_and_the_machine_itself():
    found = shown(
        "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", ALLOWED_HOSTS="a.cn, b.cn", BASE_URL="https://a.cn/"
    )

    assert found == [["a.cn", "b.cn", "localhost", "127.0.0.1", "[::1]"], ["https://a.cn"]]


def test_one_folder_moves_everything_that_is_written(tmp_path):
    names = ["DATABASES", "MEDIA_ROOT", "CELERY_BEAT_SCHEDULE_FILENAME"]
    script = f"from django.conf import settings; print([str(getattr(settings, n)) for n in {names}])"
    env = environment(DJANGO_SETTINGS_MODULE="tracker.settings", VAR_DIR=tmp_path)
    env = {key: value for key, value in env.items() if key not in ("MEDIA_ROOT", "DATABASE_URL")}

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )

    assert done.stdout.count(str(tmp_path)) == 3


def test_passwords_are_hashed_with_argon2():
    assert ours.PASSWORD_HASHERS[0] == "django.contrib.auth.hashers.Argon2PasswordHasher"


def test_requests_are_not_wrapped_in_transactions():
    assert connection.settings_dict["ATOMIC_REQUESTS"] is False


@pytest.mark.django_db
def test_sqlite_waits_logs_ahead_and_holds_foreign_keys():
    if connection.vendor != "sqlite":
        assert connection.settings_dict["CONN_HEALTH_CHECKS"] is True
        assert connection.settings_dict["CONN_MAX_AGE"] == 60
        return
    with connection.cursor() as cursor:
        found = [
            cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        ]

    assert found == ["wal", 1, 20000]
    assert connection.transaction_mode == "IMMEDIATE"


def test_every_variable_is_documented_and_every_documented_one_is_read():
    sources = [*(ROOT / "tracker").glob("*.py")]
    reads = re.compile(
        r"(?:read\.(?:text|flag|count|choice|names|addresses|address|hosts|broker|database|mail|schema)|_needed|_address)"
        r'\(\s*"([A-Z_]+)"'
    )
    read = {name for path in sources for name in reads.findall(path.read_text("utf-8").replace("'", '"'))}
    table = (ROOT / "docs" / "deploy" / "environment.md").read_text("utf-8")

    first = re.findall(r"^\| (`[^|]+) \|", table, re.M)
    assert read == {name for cell in first for name in re.findall(r"`([A-Z_]+)`", cell)}
