"""A real PostgreSQL for one run: the machine's own when DATABASE_URL_TEST_PG names it, else the one from the wheel."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def running() -> Iterator[str]:
    """The address of its maintenance database. The server lives as long as the block, also when we are killed."""
    if given := os.environ.get("DATABASE_URL_TEST_PG"):
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="runtime-") as runtime:  # or the bundled server warns as root
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.postgres_server"],
            cwd=ROOT,
            env=os.environ | {"XDG_RUNTIME_DIR": runtime},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert server.stdin and server.stdout
        try:
            yield server.stdout.readline().strip()
        finally:
            server.stdin.close()  # its end of input is its sign to stop
            server.wait(60)
            server.stdout.close()
