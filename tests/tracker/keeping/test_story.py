"""Backup, restore and upgrade as an administrator runs them, with real processes, killed in the middle with -9.

One installation for the whole file; the tests go on from each other's state. PROOF=1 kills many times.
"""

import json
import signal
import subprocess
import sys
import time
import zipfile

import pytest

from tests.factories import PASSWORD
from tests.processes import ROOT, wait_until
from tests.tracker.keeping.conftest import RELEASE

WRITERS = 4


def column(backup, label, name):
    """One column of a table in a backup file."""
    with zipfile.ZipFile(backup) as opened:
        place = json.loads(opened.read("manifest.json"))["tables"][label]["columns"].index(name)
        return [json.loads(line)[place] for line in opened.read(f"rows/{label}.jsonl").splitlines()]


def test_a_release_comes_up_to_date_and_an_attempt_that_was_killed_changed_nothing(installation, figure):
    half = [state for state in installation.seen[1:] if state != installation.seen[0]]
    done = installation.upgraded

    figure(
        f"upgrade killed with -9, {len(installation.seen) - 1} ×: neither old nor new", len(half), must="0"
    )
    assert half == []
    assert done["steps"] > 0 and done["rows"] > 3000 and done["warnings"] == []
    assert installation.before.exists()


def test_people_of_a_release_can_sign_in(installation):
    name = installation.ask("SELECT username FROM accounts_user WHERE is_active ORDER BY id LIMIT 1")[0][0]
    words = (
        "from django.contrib.auth import authenticate; from django.test import RequestFactory;"
        f"print(authenticate(RequestFactory().post('/login'), username={name!r}, password={PASSWORD!r}).username)"
    )

    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", words]
    done = subprocess.run(command, cwd=ROOT, env=installation.env, capture_output=True, text=True, timeout=60)

    assert done.stdout.strip() == name, done.stderr


def test_backup_while_people_write_holds_every_acknowledged_write(installation, figure):
    log, backup = installation.folder / "writers.log", installation.folder / "kept.zip"

    def told():
        return [json.loads(line) for line in log.read_bytes().split(b"\n")[:-1]]

    command = [sys.executable, "-m", "tests.keeping_writers", str(WRITERS)]
    with log.open("wb") as out:
        writers = subprocess.Popen(command, cwd=ROOT, env=installation.env, stdout=out)
    try:
        wait_until(lambda: len(told()) >= 40, what="people at work")
        begun = time.time()
        installation.run("backup", backup)
        ended = time.time()
        wait_until(lambda: told()[-1]["at"] > ended, what="still at work")
    finally:
        writers.send_signal(signal.SIGTERM)
        writers.wait(20)
    must = [line for line in told() if line["at"] < begun]

    verified = installation.run("verify_backup", backup)

    rows, files = (
        set(column(backup, "notices.progress", "id")),
        column(backup, "notices.evidence", "stored_as"),
    )
    missing = [line for line in must if line["progress"] not in rows or line["file"] not in files]
    figure(
        f"backup while {WRITERS} processes write: acknowledged before its start and missing",
        f"{len(missing)} of {len(must)}",
        must="0",
    )
    assert len(told()) > len(must) >= 40
    assert missing == []
    assert (verified["problems"], verified["ok"]) == ([], True)  # nor a file a row speaks of
    record = installation.folder / "backups" / "kept.zip.verified.json"
    assert json.loads(record.read_text("utf-8"))["rows"] == verified["rows"]


def test_backup_and_restore_killed_leave_what_was_there(installation, attempts, figure):
    kept, content = installation.folder / "kept.zip", (installation.folder / "kept.zip").read_bytes()
    before, damaged = installation.state(), 0
    for delay in attempts:
        installation.kill("backup", kept, when=kept.with_name("kept.zip.part").exists, delay=delay / 10)
        damaged += zipfile.ZipFile(kept).testzip() is not None
        kept.write_bytes(content)
        installation.kill("restore", kept, when=installation.beside.exists, delay=delay)
        if delay and installation.state() != before:
            installation.run("restore", "--back")  # killed after the switch
        damaged += installation.state() != before

    figure(f"backup and restore killed with -9, {len(attempts)} ×: neither old nor new", damaged, must="0")
    assert damaged == 0


def test_restore_brings_rows_and_files_back(installation):
    kept = installation.folder / "kept.zip"
    progress = column(kept, "notices.progress", "id")
    gone = installation.folder / "media" / "evidence" / column(kept, "notices.evidence", "stored_as")[0]
    words = gone.read_bytes()
    gone.unlink()

    done = installation.run("restore", kept)

    assert (done["files"], done["warnings"]) == (1, [])
    assert gone.read_bytes() == words
    assert [pk for (pk,) in installation.ask("SELECT id FROM notices_progress ORDER BY id")] == progress
    last = installation.ask("SELECT action, seq IS NOT NULL FROM accounts_event ORDER BY id DESC LIMIT 1")
    assert last == [("system.restore", 1)]
    head = json.loads((installation.folder / "audit-head.log").read_text().splitlines()[-1])
    assert installation.ask("SELECT max(seq) FROM accounts_event") == [(head["seq"],)]


@pytest.mark.parametrize("release", sorted(RELEASE.parent.glob("*.gz")), ids=lambda path: path.name)
def test_releases_are_small(release):
    assert release.stat().st_size < 300_000
