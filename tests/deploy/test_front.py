"""The TLS front, the units and the log rotation as the programs of the system itself read them.

Skipped, loudly, where nginx, systemd or logrotate is not installed: then nothing is claimed.
"""

import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
from contextlib import closing, contextmanager

import pytest

from accounts.files.limits import FORM, LARGE
from tests.processes import ROOT, Running, environment, free_port, wait_until

DEPLOY = ROOT / "deploy"
FILLED = {
    "HOME": "/opt/tracker",
    "DATA": "/var/lib/tracker",
    "USER": "root",
    "ENV": "/opt/tracker/tracker.env",
}
FILLED["LOGS"] = "/var/lib/tracker/logs"


NAME = "zhenggai.example.cn"
MIB = 1024 * 1024
MOST = int(re.search(r"client_max_body_size (\d+)m;", (DEPLOY / "nginx.conf").read_text("utf-8"))[1]) * MIB


def needs(program):
    if shutil.which(program) is None:
        pytest.skip(f"{program} IS NOT INSTALLED: apt-get install it to try what deploy/ says to it")


def filled(text, **values):
    return re.sub(r"@([A-Z]+)@", lambda found: (FILLED | values)[found[1]], text)


def test_systemd_takes_every_unit(tmp_path):
    needs("systemd-analyze")
    python = tmp_path / "current" / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    for source in (DEPLOY / "systemd").iterdir():
        words = filled(source.read_text("utf-8"), HOME=str(tmp_path))
        (tmp_path / source.name).write_text(words, "utf-8")
    names = sorted(str(path) for path in tmp_path.glob("tracker*"))

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names], capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, [line for line in done.stderr.splitlines() if "tracker" in line]) == (0, [])


def test_logrotate_takes_its_rule_and_rotates(tmp_path):
    needs("logrotate")
    log, rule = tmp_path / "web.log", tmp_path / "rule"
    log.write_text("one line\n")
    rule.write_text(filled((DEPLOY / "logrotate.conf").read_text("utf-8"), LOGS=str(tmp_path)))
    rule.chmod(0o644)
    words = ["logrotate", "--force", "--state", str(tmp_path / "state"), str(rule)]

    tried = subprocess.run([*words, "--debug"], capture_output=True, text=True, timeout=30)
    with log.open("a") as held:  # a server that keeps the file open
        done = subprocess.run(words, capture_output=True, text=True, timeout=30)
        held.write("after\n")

    assert (tried.returncode, "error:" in tried.stderr) == (0, False), tried.stderr
    assert (done.returncode, done.stderr) == (0, "")
    assert (log.read_text(), (tmp_path / "web.log.1").read_text()) == ("after\n", "one line\n")


# ── nginx ────────────────────────────────────────────────────────────────────
WHOLE = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr warn;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
{site}
}}
"""


def site(certificate, key, *, front, plain, web):
    """The file as it is shipped, with the names and ports a technician would change."""
    text = (DEPLOY / "nginx.conf").read_text("utf-8")
    for old, new in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{front} ssl;"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("/etc/ssl/tracker/zhenggai.pem", str(certificate)),
        ("/etc/ssl/tracker/zhenggai.key", str(key)),
        ("127.0.0.1:8000", f"127.0.0.1:{web}"),
    ):
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="module")
def own_certificate(tmp_path_factory):
    needs("openssl")
    folder = tmp_path_factory.mktemp("certificate")
    words = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=zhenggai.example.cn",
    ]
    words += ["-addext", "subjectAltName=DNS:zhenggai.example.cn"]
    words += ["-keyout", str(folder / "site.key"), "-out", str(folder / "site.pem")]
    subprocess.run(words, check=True, capture_output=True, timeout=60)
    return folder / "site.pem", folder / "site.key"


@contextmanager
def served(folder, certificate, key, migrated):
    """gunicorn under production settings, and nginx in front of it."""
    front, plain, web = free_port(), free_port(), free_port()
    (folder / "var").mkdir()
    shutil.copy(migrated, folder / "var" / "tracker.sqlite3")
    env = environment(
        DJANGO_DEBUG=0, SECRET_KEY="k" * 60, HTTPS=1, PROXY_COUNT=1, ALLOWED_HOSTS="zhenggai.example.cn",
        BASE_URL="https://zhenggai.example.cn", VAR_DIR=folder / "var", PORT=web, WEB_WORKERS=1,
        DATABASE_URL=f"sqlite:///{folder / 'var' / 'tracker.sqlite3'}", STATIC_ROOT=folder / "static",
        DJANGO_SETTINGS_MODULE="tracker.settings",
    )  # fmt: skip
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        cwd=ROOT, env=env, check=True, timeout=120,
    )  # fmt: skip
    config = configured(folder, certificate, key, front=front, plain=plain, web=web)
    command = [sys.executable, "-m", "gunicorn", "--config", "python:tracker.gunicorn", "tracker.wsgi"]
    server = Running(command, env=env, log=folder / "web.log")
    proxy = Running(["nginx", "-c", str(config)], env=env, log=folder / "nginx.log")
    try:
        wait_until(lambda: ask(front, certificate, "/healthz/live")[0] == 200, seconds=60, what="the front")
        yield front, plain
    finally:
        proxy.stop()
        server.stop()


def ask(port, certificate, path, **headers):
    """Status and headers over TLS, the certificate checked against the name people type; (0, {}) while nobody answers."""
    return whole(port, certificate, path, **headers)[:2]


def whole(port, certificate, path, **headers):
    """The same, with the body as text."""
    context = ssl.create_default_context(cafile=str(certificate))
    line = http.client.HTTPSConnection("127.0.0.1", port, timeout=20)
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
            context.wrap_socket(plain, server_hostname=NAME) as line.sock,
        ):
            line.request("POST" if headers else "GET", path, headers={"Host": NAME, **headers})
            got = line.getresponse()
            return got.status, got.headers, got.read().decode()
    except (OSError, http.client.HTTPException):
        return 0, {}, ""
    finally:
        line.close()


def configured(folder, certificate, key, *, front, plain, web):
    """The whole configuration around the shipped file, taken by nginx without a warning."""
    config = folder / "nginx.conf"
    words = site(certificate, key, front=front, plain=plain, web=web)
    config.write_text(WHOLE.format(folder=folder, site=words), "utf-8")
    checked = subprocess.run(["nginx", "-t", "-c", str(config)], capture_output=True, text=True, timeout=30)
    assert checked.returncode == 0 and "[warn]" not in checked.stderr, checked.stderr
    return config


def test_nginx_takes_the_shipped_file(tmp_path, own_certificate):
    needs("nginx")

    configured(tmp_path, *own_certificate, front=free_port(), plain=free_port(), web=8000)


HEADERS = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
# What nginx answers by itself: status, address, then what the sentence says.
OWN = [
    (404, "/metrics", {}, "请核对网址，或从首页进入。"),
    (413, "/ledger/import", {"Content-Length": str(MOST + 1)}, f"上传的内容超过 {MOST // MIB} MB，没有接收，也没有改动任何数据。"),
    (413, "/api/tasks/", {"Content-Length": str(MOST + 1)}, f"上传的内容超过 {MOST // MIB} MB，没有接收，也没有改动任何数据。"),
    (502, "/tasks", {}, "服务正在启动或维护，请过一两分钟刷新。"),
    (502, "/api/tasks/", {}, "服务正在启动或维护，请过一两分钟刷新。"),
    (504, "/tasks/slow", {}, "办理用时太长，没有等到结果，办理可能仍在进行。"),
    (504, "/api/tasks/slow/", {}, "办理用时太长，没有等到结果，办理可能仍在进行。"),
]  # fmt: skip


@pytest.fixture(scope="module")
def alone(tmp_path_factory, own_certificate):
    """nginx with nobody behind it; what lies under …/slow goes to somebody who never answers."""
    needs("nginx")
    folder, front = tmp_path_factory.mktemp("nginx"), free_port()
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        config = configured(folder, *own_certificate, front=front, plain=free_port(), web=free_port())
        text = config.read_text("utf-8")
        slow = f"proxy_pass http://127.0.0.1:{silent.getsockname()[1]}; proxy_read_timeout 200ms;"
        for place in ("location / {", "location /api/ {"):
            assert place in text
            inside = "location ~ ^/api/.*slow {" if "api" in place else "location ~ ^/(?!api/).*slow {"
            errors = re.search(r"error_page [^;]*@front_api;", text)[0] if "api" in place else ""
            text = text.replace(place, f"{inside} {errors} {slow} }}\n    {place}")
        config.write_text(text, "utf-8")
        proxy = Running(["nginx", "-c", str(config)], env=environment(), log=folder / "nginx.log")
        try:
            wait_until(lambda: ask(front, own_certificate[0], "/")[0], what="nginx")
            yield front
        finally:
            proxy.stop()


@pytest.mark.parametrize(("status", "path", "headers", "says"), OWN)
def test_what_nginx_itself_answers_has_a_sentence_and_every_header(
    alone, own_certificate, status, path, headers, says
):
    got, heads, body = whole(alone, own_certificate[0], path, **headers)

    assert (got, says in body, heads["Server"]) == (status, True, "nginx")
    assert {name: heads.get_all(name) for name in HEADERS} == {
        name: [value] for name, value in HEADERS.items()
    }
    assert "default-src 'none'" in heads["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in heads["Content-Security-Policy"]
    if path.startswith("/api/"):
        told = json.loads(body)
        assert heads["Content-Type"] == "application/problem+json"
        assert (told["status"], sorted(told)) == (status, ["code", "detail", "status", "title", "type"])
    else:
        assert heads["Content-Type"] == "text/html; charset=utf-8"
        assert '<html lang="zh-CN">' in body and "style=" not in body and "<script" not in body


def test_nginx_with_the_office_s_own_certificate_in_front_of_gunicorn(
    tmp_path, own_certificate, migrated, full_proof
):
    needs("nginx")
    if not full_proof:
        pytest.skip("PROOF=1 runs nginx and gunicorn behind it under production settings")
    certificate, key = own_certificate
    with served(tmp_path, certificate, key, migrated) as (front, plain):
        status, headers = ask(front, certificate, "/login")
        with closing(http.client.HTTPConnection("127.0.0.1", plain, timeout=10)) as told:
            told.request("GET", "/login", headers={"Host": NAME})
            moved = told.getresponse()
            moved.read()

        assert status == 200
        assert headers["Strict-Transport-Security"].startswith("max-age=")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        cookie = headers["Set-Cookie"]
        assert cookie.startswith("__Host-") and "Secure" in cookie and "Path=/" in cookie
        assert (moved.status, moved.headers["Location"]) == (301, "https://zhenggai.example.cn/login")
        assert ask(front, certificate, "/metrics")[0] == 404
        # What is larger than the largest upload stops at the front, before a byte of it is read.
        assert ask(front, certificate, "/login", **{"Content-Length": str(MOST + 1)})[0] == 413


def test_the_front_lets_the_largest_upload_through_with_its_form_around_it():
    largest = max(LARGE.size, FORM.size, 100 * MIB)

    assert largest + MIB < MOST
    shown = (ROOT / "docs" / "deploy" / "production.md").read_text("utf-8")
    assert f"client_max_body_size {MOST // MIB}m;" in shown
