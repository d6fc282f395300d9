"""`python -m tests.release_fixture 0.2`: the database of a release as a small file that every later release must bring up to date.

Run it once when a release is made, with that release's code: tables of all migrations there are, the invented county of the
demo, everybody with the password of tests/factories.py, the audit chain sealed.
"""

import gzip
import os
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import django
from django.core.management import call_command

from tests.processes import ROOT

FOLDER = ROOT / "tests" / "fixtures" / "releases"


def write(release: str, folder: Path) -> Path:
    path = folder / "release.sqlite3"
    os.environ |= {
        "DATABASE_URL": f"sqlite:///{path}",
        "VAR_DIR": str(folder / "var"),
        "MEDIA_ROOT": str(folder / "media"),
    }
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("load_demo", verbosity=0)
    return pack(release, path)


def pack(release: str, path: Path) -> Path:
    """The file without what is nobody's: sessions and sign-ins. One password for all."""
    from django.db import connection  # noqa: PLC0415

    from accounts import audit  # noqa: PLC0415 - after setup
    from accounts.models import User  # noqa: PLC0415
    from tests.factories import PASSWORD  # noqa: PLC0415

    first = User.objects.order_by("pk")[0]
    first.set_password(PASSWORD)
    User.objects.update(password=first.password, must_change_password=False)
    audit.seal()
    connection.close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("DELETE FROM django_session")
        database.execute("DELETE FROM accounts_signin")
        # Word files do not compress: one of them says as much as all.
        database.execute("DELETE FROM notices_letterfile WHERE id > (SELECT min(id) FROM notices_letterfile)")
        database.execute("DELETE FROM notices_message WHERE id % 2 = 0")
        database.commit()
        database.execute("PRAGMA journal_mode=DELETE")
        database.execute("VACUUM")
    target = FOLDER / f"{release}.sqlite3.gz"
    target.write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
    return target


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        made = write(sys.argv[1], Path(name))
    sys.stdout.write(f"{made.relative_to(ROOT)}: {made.stat().st_size} bytes\n")
