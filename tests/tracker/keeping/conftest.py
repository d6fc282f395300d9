"""An installation of its own for each module: the database of release 0.1, in a folder with nothing else."""

import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from tests import kept
from tests.processes import ROOT, environment, run, wait_until

UPGRADED = ".upgraded"
RELEASE = ROOT / "tests" / "fixtures" / "releases" / "0.1.sqlite3.gz"


@dataclass
class Installation:
    folder: Path
    address: str = ""
    seen: list[str] = field(default_factory=list)
    upgraded: dict = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.folder / "tracker.sqlite3"

    @property
    def beside(self) -> Path:
        return self.folder / "tracker.sqlite3.beside"

    @property
    def before(self) -> Path:
        return self.folder / "tracker.sqlite3.before"

    @property
    def env(self):
        return environment(
            DATABASE_URL=self.address or f"sqlite:///{self.database}",
            VAR_DIR=self.folder,
            MEDIA_ROOT=self.folder / "media",
            DJANGO_SETTINGS_MODULE="tracker.settings",
        )

    def run(self, *command, code=0):
        """What the command printed: its JSON object, or with another code the sentence on stderr."""
        done = run(
            "manage.py", *map(str, command), *(["--json"] if code == 0 else []), env=self.env, seconds=300
        )
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout) if code == 0 else done.stderr.strip()

    def kill(self, *command, when, delay=0.0):
        """Start the command, and kill it and whatever it started once `when` is true; -9."""
        process = subprocess.Popen(
            [sys.executable, "manage.py", *map(str, command)],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_until(
                lambda: process.poll() is not None or when(), seconds=120, what=f"the middle of {command}"
            )
            time.sleep(delay)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    def ask(self, query):
        with closing(sqlite3.connect(self.database)) as database:
            return database.execute(query).fetchall()

    def state(self):
        """All that matters of the database in use, for comparing before and after."""
        with closing(sqlite3.connect(self.database)) as database:
            made = database.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
            virtual = [name for name, words in made if words and words.startswith("CREATE VIRTUAL")]
            tables = [
                name
                for name, words in made
                if words and "CREATE TABLE" in words and not name.startswith(tuple(virtual) or "-")
            ]
            rows = {
                name: database.execute(f'SELECT * FROM "{name}" ORDER BY 1').fetchall() for name in tables
            }
            return sha256(repr((made, rows)).encode()).hexdigest()


def unpacked(folder):
    found = Installation(folder)
    found.database.write_bytes(gzip.decompress(RELEASE.read_bytes()))
    _give_files(found)
    return found


def _give_files(found):
    """The releases hold no files: a small one for every row that speaks of one."""
    words = b"evidence"
    with closing(sqlite3.connect(found.database)) as database, database:
        for table in ("notices_evidence", "notices_rebuke"):
            database.execute(
                f"UPDATE {table} SET sha256 = ? WHERE stored_as <> ''", [sha256(words).hexdigest()]
            )
            for (name,) in database.execute(f"SELECT stored_as FROM {table} WHERE stored_as <> ''"):
                path = found.folder / "media" / "evidence" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(words)
        for (name,) in database.execute("SELECT file FROM notices_ledgerupload"):
            path = found.folder / "media" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(words)


def pour(source, target):
    """A database into another file, whatever stands beside it still to be written."""
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as write:
        read.backup(write)


def bring_up(found):
    """To this program's version: as the story of the other round left the same release, else by its own upgrade."""
    if kept.schema_file(UPGRADED).exists():
        pour(kept.schema_file(UPGRADED), found.database)
    else:
        found.run("upgrade")


@pytest.fixture(scope="module")
def attempts():
    """Seconds between the middle of a command and its end by kill -9; PROOF=1 spreads many over the whole of it."""
    dice = Random(7)
    return [0.0] + [dice.random() * 3 for _ in range(20 if os.environ.get("PROOF") == "1" else 0)]


@pytest.fixture(scope="module")
def installation(tmp_path_factory, attempts):
    """Brought up to date from release 0.1, after attempts that were killed; `seen` has the state after each of them."""
    found = unpacked(tmp_path_factory.mktemp("installation"))
    found.seen = [found.state()]
    for delay in attempts:
        found.kill("upgrade", when=found.beside.exists, delay=delay)
        if found.before.exists() and found.state() != found.seen[0]:
            found.run("restore", "--back")  # killed after the switch
        found.seen.append(found.state())
    found.upgraded = found.run("upgrade")
    pour(found.database, kept.schema_file(UPGRADED))
    return found
