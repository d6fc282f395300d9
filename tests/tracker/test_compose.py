"""compose.yaml cannot be started where no container engine is; its very commands can be, and are.

The image's environment comes from the Dockerfile, the installation's from docs/deploy/env.example.
"""

import http.client
import json
import re
import secrets
import shlex
import signal
import subprocess
import sys

import pytest
import yaml

from tests.processes import ROOT, Running, environment, free_port, wait_until

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
EXAMPLE = (ROOT / "docs" / "deploy" / "env.example").read_text("utf-8")
HOST = "zhenggai.example.cn"


def here(command):
    """The command with this environment's Python in place of the image's programs."""
    return [sys.executable, *(command[1:] if command[0] == "python" else ["-m", *command])]


def image_environment():
    found = re.search(r"^ENV ((?:.*\\\n)*.*)$", DOCKERFILE, re.M)
    return dict(word.split("=", 1) for word in shlex.split(found[1].replace("\\\n", " ")))


def example_environment():
    lines = [line for line in EXAMPLE.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_services_wait_for_what_they_need():
    waits = {
        name: {needed: rule["condition"] for needed, rule in service.get("depends_on", {}).items()}
        for name, service in SERVICES.items()
    }

    after = {"migrate": "service_completed_successfully", "broker": "service_healthy"}
    assert waits == {
        "db": {},
        "broker": {},
        "migrate": {"db": "service_healthy"},
        "web": after,
        "worker": after,
        "beat": after,
    }


def test_nothing_is_open_to_the_network_and_every_lasting_part_is_checked():
    assert {name: s["ports"] for name, s in SERVICES.items() if "ports" in s} == {
        "web": ["127.0.0.1:${PUBLISH_PORT:-8000}:8000"]
    }
    assert [name for name, s in SERVICES.items() if "healthcheck" in s] == ["db", "broker", "web", "worker"]
    assert (SERVICES["db"]["image"], SERVICES["broker"]["image"]) == ("postgres:16", "redis:7")


def test_no_secret_stands_in_the_files():
    found = example_environment()

    assert (found["SECRET_KEY"], found["POSTGRES_PASSWORD"]) == ("", "")
    assert re.search(r"^USER tracker$", DOCKERFILE, re.M)
    assert not re.search(r"SECRET_KEY|PASSWORD", DOCKERFILE)


@pytest.fixture
def installed(tmp_path, scratch_database, broker):
    """The environment one service gets, on this machine's server and broker."""
    ours = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DATABASE_URL": scratch_database,
        "REDIS_URL": broker,
        "VAR_DIR": tmp_path / "data",
        "MEDIA_ROOT": tmp_path / "data" / "media",
        "STATIC_ROOT": tmp_path / "static",
        "HOST": "127.0.0.1",
        "PORT": free_port(),
    }
    return environment(**image_environment() | example_environment() | ours)


@pytest.fixture
def start(installed, tmp_path):
    started = []

    def start(name):
        running = Running(here(SERVICES[name]["command"]), env=installed, log=tmp_path / f"{name}.log")
        started.append(running)
        return running

    yield start
    for running in started:
        running.stop(signal.SIGKILL)


def finish(command, env):
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ask(port, path, **headers):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    line.request("GET", path, headers={"Host": HOST, **headers})
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return answer, body


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_commands_run_answer_and_stop(installed, start):
    port = int(installed["PORT"])
    finish(here(["python", "manage.py", "collectstatic", "--noinput"]), installed | {"SECRET_KEY": ""})
    finish(here(SERVICES["migrate"]["command"]), installed)

    web, worker, beat = start("web"), start("worker"), start("beat")

    web.wait_for("Booting worker")
    worker.wait_for("ready.")
    beat.wait_for("beat: Starting...")
    probe = here(SERVICES["web"]["healthcheck"]["test"][1:])
    assert json.loads(finish(probe, installed))["status"] in ("ok", "degraded")  # no sweep yet
    ping = SERVICES["worker"]["healthcheck"]["test"][1].replace("$$HOSTNAME", "$(hostname)")
    assert "pong" in finish(["sh", "-c", f"exec {shlex.quote(sys.executable)} -m {ping}"], installed)

    plain, _ = ask(port, "/anything")
    assert (plain.status, plain.headers["Location"]) == (301, f"https://{HOST}/anything")
    ready, body = ask(port, "/healthz/ready", **{"X-Forwarded-Proto": "https"})
    assert (ready.status, json.loads(body)["checks"]["database"]) == (200, "ok")
    assert ready.headers["Strict-Transport-Security"] == "max-age=31536000"

    assert [part.stop(seconds=25) for part in (web, worker, beat)] == [0, 0, 0]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_database_that_was_not_migrated_is_not_ready(installed, start):
    finish(here(["python", "manage.py", "collectstatic", "--noinput"]), installed)
    web = start("web")
    web.wait_for("Booting worker")

    answer = wait_until(lambda: ask(int(installed["PORT"]), "/healthz/ready")[0])

    assert answer.status == 503
