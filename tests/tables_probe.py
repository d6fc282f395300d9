"""Prints what an empty database holds after the steps of the migrations, one by one or made at once.

Run as `python -m tests.tables_probe steps|at_once` with DATABASE_URL of an empty database.
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402

from tracker.keeping.rows import Steps  # noqa: E402

WAYS = {
    "steps": [("accounts", "0007_single_sign_on"), ("notices", "0021_handover")],
    "at_once": [("accounts", "0001_squashed_0007"), ("notices", "0001_squashed_0021")],
}
SQLITE = {
    "columns": """SELECT m.name, c.name, c.type, c."notnull", c.dflt_value, c.pk FROM sqlite_master m,
        pragma_table_info(m.name) c WHERE m.type = 'table'""",
    "foreign keys": """SELECT m.name, f."from", f."table", f."to", f.on_delete FROM sqlite_master m,
        pragma_foreign_key_list(m.name) f WHERE m.type = 'table'""",
    "indexes": """SELECT m.name, i."unique", i.partial, i.origin, (SELECT group_concat(name) FROM pragma_index_info(i.name)),
        (SELECT substr(sql, instr(sql, ' ON ')) FROM sqlite_master s WHERE s.name = i.name), iif(i.origin = 'c', i.name, '')
        FROM sqlite_master m, pragma_index_list(m.name) i WHERE m.type = 'table'""",
    "triggers": "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'",
}
POSTGRESQL = {
    "columns": """SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default,
        is_identity, is_generated, generation_expression
        FROM information_schema.columns WHERE table_schema = 'public'""",
    "constraints": """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT proname, prosrc, proargtypes::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
}


def parts(table: str, text: str) -> list[list[str]]:
    """What stands between the brackets of a CREATE TABLE, a row each, in whatever order it was made."""
    found, depth, begin, inner = [], 0, 0, text[text.index("(") + 1 : text.rindex(")")]
    for place, sign in enumerate(inner + ","):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and not depth:
            found.append([table, inner[begin:place].strip()])
            begin = place + 1
    return found


def held() -> dict:
    with connection.cursor() as cursor:
        asked, found = SQLITE if connection.vendor == "sqlite" else POSTGRESQL, {}
        for what, question in asked.items():
            cursor.execute(question)
            found[what] = sorted([str(x) for x in row] for row in cursor.fetchall())
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'"
            )
            found["parts"] = sorted(part for name, text in cursor.fetchall() for part in parts(name, text))
    return found


if __name__ == "__main__":
    executor = MigrationExecutor(connection)
    if sys.argv[1] == "steps":
        executor.loader = Steps(connection)
    executor.migrate(WAYS[sys.argv[1]])
    sys.stdout.write(json.dumps(held(), ensure_ascii=False))
