"""The unit files run the very commands of compose.yaml, which tests/tracker/test_compose.py runs for real."""

import configparser
import re
import socket
import sys

import pytest
import yaml

from tests.processes import ROOT, Running, environment, free_port, wait_until

UNITS = ROOT / "deploy" / "systemd"
SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]


def unit(name):
    found = configparser.ConfigParser(interpolation=None, strict=False)
    found.optionxform = str
    found.read(UNITS / name, "utf-8")
    return found


@pytest.mark.parametrize("part", ["web", "worker", "beat"])
def test_a_unit_runs_what_the_container_runs(part):
    found = unit(f"tracker-{part}.service")["Service"]
    container = " ".join(SERVICES[part]["command"]).replace(" --schedule /tmp/beat-schedule", "")

    assert found["ExecStart"] == f"@HOME@/current/.venv/bin/python -m {container}"


@pytest.mark.parametrize("path", sorted(UNITS.glob("*.service")), ids=lambda path: path.stem)
def test_every_unit_finds_the_code_and_its_settings_and_says_a_wrong_one_once(path):
    found = unit(path.name)["Service"]

    assert found["WorkingDirectory"] == "@HOME@/current"
    assert found["EnvironmentFile"] == "@ENV@"
    assert (found["RestartPreventExitStatus"], found["UMask"], found["User"]) == ("1", "0027", "@USER@")


def test_the_target_starts_every_part():
    wanted = unit("tracker.target")["Unit"]["Wants"].split()

    assert sorted(wanted) == sorted(path.name for path in UNITS.glob("*.service"))
    assert {unit(name)["Unit"]["PartOf"] for name in wanted} == {"tracker.target"}


def test_nothing_is_left_to_fill_in_but_what_the_installer_fills_in():
    script = (ROOT / "deploy" / "install.sh").read_text("utf-8")
    filled = set(re.findall(r"s\|@([A-Z]+)@\|", script))
    files = [*UNITS.iterdir(), ROOT / "deploy" / "tracker.env", ROOT / "deploy" / "logrotate.conf"]

    assert {name for path in files for name in re.findall(r"@([A-Z]+)@", path.read_text("utf-8"))} == filled


def test_settings_of_the_installer_are_settings_there_are():
    table = (ROOT / "docs" / "deploy" / "environment.md").read_text("utf-8")
    lines = (ROOT / "deploy" / "tracker.env").read_text("utf-8").splitlines()
    names = [line.split("=")[0] for line in lines if line and not line.startswith("#")]

    assert [name for name in names if f"`{name}`" not in table] == []


def test_the_bundled_broker_answers_and_stops(tmp_path):
    port = free_port()
    env = environment(REDIS_URL=f"redis://127.0.0.1:{port}/0")
    running = Running([sys.executable, "-m", "tracker.broker"], env=env, log=tmp_path / "broker.log")

    def pong():
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    wait_until(pong, what="the broker's answer")
    assert running.stop() == 0


def test_a_broker_elsewhere_is_not_started_here(tmp_path):
    env = environment(REDIS_URL="redis://broker.example.cn:6379/0")
    running = Running([sys.executable, "-m", "tracker.broker"], env=env, log=tmp_path / "broker.log")

    assert running.process.wait(20) == 1
    assert "REDIS_URL 不是本机地址" in running.output()
