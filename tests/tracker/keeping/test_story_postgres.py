"""Backup, restore and upgrade on PostgreSQL, killed in the middle with -9: what was there stays, whole.

PROOF=1 only: each attempt builds a database anew.
"""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from random import Random

import pytest
from psycopg import sql

from tests.processes import ROOT, run
from tests.tracker.keeping.conftest import Installation, unpacked
from tracker import environment as read
from tracker.keeping.places import place_of

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ATTEMPTS = 4
# The tables and rows of a backup into an empty database, and no step further: as the older release left it.
LOAD = """
from pathlib import Path
from tracker.keeping import building, retired, rows
from tracker.keeping.restoring import opened
with opened(Path({path!r})) as archive:
    rows.take(rows.ours(archive.manifest.migrations))
    models = rows.tables(archive.manifest.migrations)
    retired.make(models)
    building._load(archive, models)
"""


class Served(Installation):
    """An installation whose database is a schema of a server."""

    def run(self, *command, code=0):
        """As there; a chain of migrations takes minutes on a busy machine."""
        done = run("manage.py", *map(str, command), "--json", env=self.env, seconds=1200)
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)

    def asked(self, query, *given):
        os.environ["SERVED"] = self.address
        with place_of(read.database("SERVED", default=""))._session() as session:
            return session.execute(query, given or None).fetchall()

    def is_beside(self):
        return bool(self.asked("SELECT 1 FROM pg_namespace WHERE nspname LIKE %s", "%\\_beside"))

    def state(self):
        """Tables, columns and rows of the schema in use."""
        columns = self.asked(
            "SELECT table_name, column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = current_schema() ORDER BY 1, 2"
        )
        digest = hashlib.sha256(repr(columns).encode())
        for name in sorted({row[0] for row in columns}):
            query = sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(name))
            digest.update(repr((name, self.asked(query))).encode())
        return digest.hexdigest()


@pytest.fixture
def served(tmp_path, scratch_database, full_proof):
    """The database of release 0.1, with its old tables, on PostgreSQL; and the backup it was made from."""
    if not full_proof:
        pytest.skip("PROOF=1 kills backup, restore and upgrade on PostgreSQL, minutes long")
    old = unpacked(tmp_path)
    old.run("upgrade")  # leaves before-upgrade-….zip, rows of the old tables
    kept = next((tmp_path / "backups").glob("before-upgrade-*.zip"))
    found = Served(tmp_path, address=scratch_database)
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", LOAD.format(path=str(kept))]
    done = subprocess.run(command, cwd=ROOT, env=found.env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return found, kept


def killed(found, *command, when, delays):
    """How many attempts left neither the old state nor the new one, and how many got as far as the new one."""
    before, damaged, through = found.state(), 0, 0
    for delay in delays:
        found.kill(*command, when=when, delay=delay)
        if found.state() != before:
            found.run("restore", "--back")  # killed after the switch
            through += 1
        damaged += found.state() != before
    return damaged, through


def test_upgrade_restore_and_backup_killed_leave_what_was_there(served, figure):
    found, old = served
    dice = Random(11)
    delays = [0.0] + [dice.random() * 20 for _ in range(ATTEMPTS - 1)]

    upgraded = killed(found, "upgrade", when=found.is_beside, delays=delays)
    done = found.run("upgrade")
    assert done["steps"] > 0 and done["rows"] > 3000
    kept = found.folder / "kept.zip"
    found.run("backup", kept)
    restored = killed(found, "restore", old, when=found.is_beside, delays=delays)
    content, broken = kept.read_bytes(), 0
    for delay in delays:
        found.kill("backup", kept, when=kept.with_name("kept.zip.part").exists, delay=delay / 20)
        broken += zipfile.ZipFile(kept).testzip() is not None
        kept.write_bytes(content)

    for name, (damaged, through) in {"upgrade": upgraded, "restore of an older release": restored}.items():
        figure(
            f"PostgreSQL: {name} killed with -9, {ATTEMPTS} ×: neither old nor new",
            f"{damaged} ({through} had switched and came back)",
            must="0",
        )
    figure(f"PostgreSQL: backup killed with -9, {ATTEMPTS} ×: not whole", broken, must="0")
    assert (upgraded[0], restored[0], broken) == (0, 0, 0)
    assert found.run("verify_backup", kept)["ok"]
