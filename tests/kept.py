"""The guards of the event table and of released notices as the migrations make them, so that tests can take them away
and put them back."""

from importlib import import_module

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
