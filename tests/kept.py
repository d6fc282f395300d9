"""What the migrations make: the guards of the event table and of released notices, so that tests can take them away and put
them back, and files of tables that are kept from run to run."""

import hashlib
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What the tables, triggers and first rows of a migrated database are made from.
SCHEMA = ["*/migrations/*.py", "*/sql.py", "*/sql/*.py", "requirements.txt", "accounts/roles.py"]

_migration = import_module("accounts.migrations.0003_kept_by_the_database")
_released = import_module("notices.migrations.0015_bulletins")

GUARDS = {
    "sqlite": [_migration.SQLITE["event_no_update"], _migration.SQLITE["event_no_delete"]],
    "postgresql": [_migration.POSTGRES["event_append_only"]],
}
RELEASED_GUARDS = {"sqlite": list(_released.SQLITE.values()), "postgresql": [_released.POSTGRES]}
DROP_GUARDS = {
    "sqlite": [
        "DROP TRIGGER event_no_update",
        "DROP TRIGGER event_no_delete",
        *(f"DROP TRIGGER {name}" for name in _released.SQLITE),
    ],
    "postgresql": [
        "DROP FUNCTION event_append_only() CASCADE",
        "DROP FUNCTION publication_written_once() CASCADE",
    ],
}


def schema_file(of: str = "") -> Path:
    """Where a database of these tables is kept; another one as soon as a migration changes."""
    digest = hashlib.sha256()
    for source in sorted(path for word in SCHEMA for path in ROOT.glob(word)):
        digest.update(source.read_bytes())
    folder = ROOT / "var" / "tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{digest.hexdigest()[:16]}{of}.sqlite3"
