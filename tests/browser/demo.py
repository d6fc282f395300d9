"""The running product with its demo data, in a folder that is gone afterwards."""

import os
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.processes import Running, free_port, wait_until


@dataclass(frozen=True)
class Demo:
    """`rows`: the table of accounts; name, position, unit, role, sign-in name, password."""

    base: str
    folder: Path
    env: dict[str, str]
    rows: list[list[str]]

    def account(self, role: str, unit: str = "") -> tuple[str, str]:
        """(sign-in name, password) of the first person with that role in that unit."""
        row = next(r for r in self.rows if role in r[-3] and unit in r[-4])
        return row[-2], row[-1]


@contextmanager
def running() -> Iterator[Demo]:
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
        env |= {"VAR_DIR": name, "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "tracker.serve", "--port", str(port)]
        product = Running(command, env=env, log=folder / "serve.log")
        base = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: _answers(f"{base}/healthz/live"), seconds=600, what="the product")
            table = (folder / "demo-accounts.txt").read_text("utf-8")
            yield Demo(base, folder, env, [line.split() for line in table.splitlines() if line.strip()])
        finally:
            product.stop()


def _answers(address: str) -> bool:
    try:
        return bool(urllib.request.urlopen(address, timeout=2).status == 200)
    except OSError:
        return False
