"""What happens in the process whose database is the one being built: tables, rows, comparison, up to date, checks."""

from typing import Any

from django.core.management import call_command
from django.db import connection, transaction

from accounts import audit
from notices.domain import rollup
from notices.errors import Refused
from notices.sql import search
from tracker.keeping import retired, rows, sql
from tracker.keeping.archive import Archive

_SHOWN = 3


def build(archive: Archive) -> dict[str, Any]:
    """1. the tables as they were when the backup was made; 2. the rows, in one transaction, and the last keys; 3. compared
    with the backup row by row; 4. to this program's tables; 5. counters, audit chain and guards checked."""
    manifest = archive.manifest
    wanted = rows.ours(manifest.migrations)
    if rows.ours(rows.applied()) != wanted:
        rows.take(wanted)
    if rows.ours(rows.applied()) != wanted:
        raise Refused("备份的数据库版本与本程序的升级步骤对不上，不能恢复。")
    models = rows.tables(manifest.migrations)
    if set(models) != set(manifest.tables):
        raise Refused("备份中的数据表与其版本不一致，不能恢复。")
    retired.make(models)
    _load(archive, models)
    problems = [
        p
        for label, model in models.items()
        if (p := rows.first_difference(label, model, archive.lines(label)))
    ]
    before = len(rows.applied())
    call_command("migrate", interactive=False, verbosity=0)
    if not any("event" in name for name in sql.guards()) or search.missing_triggers():
        problems.append("数据库的触发器不全")
    return {
        "rows": manifest.rows,
        "tables": len(models),
        "migrated": len(rows.applied()) - before,
        "guards": sorted(sql.guards()),
        "problems": problems,
        "warnings": _warnings(manifest.audit),
    }


def _load(archive: Archive, models: dict[str, Any]) -> None:
    with connection.constraint_checks_disabled(), transaction.atomic():
        for model in models.values():
            sql.empty(model)
        for label, model in models.items():
            table = archive.manifest.tables[label]
            rows.load(label, model, table, archive.lines(label))
            if table.last is not None:
                sql.set_last_key(model, table.last)
    connection.check_constraints()


def _warnings(head: dict[str, Any]) -> list[str]:
    """What was wrong before the backup was made: no reason to refuse it. Counters are put right."""
    found = []
    if broken := audit.first_broken(audit.Head(head["seq"], head["digest"]) if head["seq"] else None):
        found.append(f"操作记录链：{broken[1]}")
    if wrong := rollup.wrong_rows():
        with transaction.atomic():
            rollup.rebuild()
        found.append(f"汇总有 {len(wrong)} 处不符，已重算：{'、'.join(wrong[:_SHOWN])}")
    return found
