"""Real processes for tests: started, waited for, and always ended."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


def wait_until(condition: Callable[[], object], *, seconds: float = 20, what: str = "condition") -> object:
    """The first true value of `condition`; raises when it stays false."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} not reached in {seconds} s")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def database_url(name: str = "") -> str:
    """The address another process uses to reach the database of the running test, or `name` on its server."""
    found = connection.settings_dict
    name = name or str(found["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    user = ":".join(quote(str(found[key]), safe="") for key in ("USER", "PASSWORD") if found[key])
    port = f":{found['PORT']}" if found["PORT"] else ""
    if found["HOST"].startswith("/"):  # the folder of a Unix socket
        return f"postgres://{user}@{port}/{quote(found['HOST'], safe='')}/{name}"
    return f"postgres://{user}@{found['HOST']}{port}/{name}"


def environment(**values: object) -> dict[str, str]:
    """What a process of the product gets: this test's media folder, nothing of the developer's own settings."""
    ours = ("SECRET_KEY", "DJANGO_DEBUG", "HTTPS", "ALLOWED_HOSTS", "BASE_URL", "EMAIL_URL", "REDIS_URL")
    base = {key: value for key, value in os.environ.items() if key not in ours}
    base |= {"MEDIA_ROOT": str(settings.MEDIA_ROOT), "PYTHONUNBUFFERED": "1"}
    return base | {key: str(value) for key, value in values.items()}


class Running:
    """One started process, leader of its own group, with everything it wrote."""

    def __init__(self, command: list[str], *, env: dict[str, str], log: Path, cwd: Path = ROOT) -> None:
        self.log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                command, cwd=cwd, env=env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def output(self) -> str:
        return self.log.read_text("utf-8", errors="replace")

    def wait_for(self, words: str, *, seconds: float = 30) -> None:
        def found() -> bool:
            assert self.process.poll() is None or words in self.output(), self.output()
            return words in self.output()

        wait_until(found, seconds=seconds, what=f"{words!r} in the output")

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM, *, seconds: float = 15) -> int:
        """Sends the signal, waits, returns the exit code; kills the group when it does not listen."""
        if self.process.poll() is None:
            self.send(number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            return self.process.wait(5)


def run(*command: str, env: dict[str, str] | None = None, seconds: float = 60) -> subprocess.CompletedProcess:
    """A command of the product that ends by itself, with its output as text."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=env or environment(),
        capture_output=True,
        text=True,
        timeout=seconds,
    )
