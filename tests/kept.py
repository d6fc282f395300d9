"""The guards of the event table as the migration makes them, so that tests can take them away and put them back."""

from importlib import import_module

_migration = import_module("accounts.migrations.0003_kept_by_the_database")

GUARDS = {
    "sqlite": [_migration.SQLITE["event_no_update"], _migration.SQLITE["event_no_delete"]],
    "postgresql": [_migration.POSTGRES["event_append_only"]],
}
DROP_GUARDS = {
    "sqlite": ["DROP TRIGGER event_no_update", "DROP TRIGGER event_no_delete"],
    "postgresql": ["DROP FUNCTION event_append_only() CASCADE"],
}
