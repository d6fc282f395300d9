"""The search index, and triggers that mark every object whose texts change, whoever changes them. See decision 0027.

A later migration that lets Django rebuild one of the watched tables on SQLite drops its triggers: it must make them anew
(tests/notices/domain/test_search.py tells).
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# table: the column that names the object, the kinds of its entries, the columns that are searched
WATCHED = {
    "issue": ("id", (1, 5), ("number", "title", "detail", "leader_text", "lead_text", "responsible_text")),
    "task": ("id", (2,), ("number", "heading", "text", "latest_text", "leader_text", "contact_text")),
    "taskunit": ("task_id", (2,), ("unit_text",)),
    "progress": ("id", (3,), ("text", "next_step", "blocked")),
    "evidence": ("id", (4,), ("name",)),
}
INDEX = "CREATE VIRTUAL TABLE notices_searchindex USING fts5(pairs, content='', detail=none, columnsize=0, tokenize='ascii')"
COLUMN = (
    "ALTER TABLE notices_searchentry ADD COLUMN pairs text[] NOT NULL DEFAULT '{}'",
    "CREATE INDEX searchentry_pairs ON notices_searchentry USING gin (pairs)",
)


def marks(column, kinds, source=""):
    rows = [f"SELECT {column} * 8 + {kind} {source}" for kind in kinds]
    return f"INSERT INTO notices_searchmark (entry) {' UNION ALL '.join(rows)}"


def on_sqlite(table, column, kinds, searched):
    moved = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in searched)
    # A unit of a task that was never indexed needs no mark: the new task has one. (SQLite has one writer, so the index
    # is not being written meanwhile.)
    known = "" if column == "id" else "WHEN EXISTS (SELECT 1 FROM notices_searchentry WHERE id = NEW.task_id * 8 + 2) "
    yield (
        f"CREATE TRIGGER search_{table}_new AFTER INSERT ON notices_{table} {known}"
        f"BEGIN {marks(f'NEW.{column}', kinds)}; END"
    )
    yield (
        f"CREATE TRIGGER search_{table}_changed AFTER UPDATE OF {', '.join(searched)} ON notices_{table} "
        f"WHEN {moved} BEGIN {marks(f'NEW.{column}', kinds)}; END"
    )
    yield (
        f"CREATE TRIGGER search_{table}_gone AFTER DELETE ON notices_{table} "
        f"BEGIN {marks(f'OLD.{column}', kinds)}; END"
    )


def on_postgresql(table, column, kinds, searched):
    """New and deleted rows by the statement, however many; changed ones by the row, and only where a text moved."""
    old, new = (", ".join(f"{side}.{name}" for name in searched) for side in ("OLD", "NEW"))
    yield (
        f"CREATE FUNCTION search_{table}_moved() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {marks(column, kinds, 'FROM moved')}; RETURN NULL; END $$"
    )
    yield (
        f"CREATE FUNCTION search_{table}_changed() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN IF ROW({old}) IS DISTINCT FROM ROW({new}) THEN {marks(f'NEW.{column}', kinds)}; END IF; "
        "RETURN NULL; END $$"
    )
    for name, event, side in (("new", "INSERT", "NEW"), ("gone", "DELETE", "OLD")):
        yield (
            f"CREATE TRIGGER search_{table}_{name} AFTER {event} ON notices_{table} "
            f"REFERENCING {side} TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION search_{table}_moved()"
        )
    yield (
        f"CREATE TRIGGER search_{table}_changed AFTER UPDATE ON notices_{table} "
        f"FOR EACH ROW EXECUTE FUNCTION search_{table}_changed()"
    )


def install(apps, schema_editor):
    server = schema_editor.connection.vendor == "postgresql"
    with schema_editor.connection.cursor() as cursor:
        for statement in COLUMN if server else (INDEX,):
            cursor.execute(statement)
        for table, (column, kinds, searched) in WATCHED.items():
            for statement in (on_postgresql if server else on_sqlite)(table, column, kinds, searched):
                cursor.execute(statement)
            if column == "id":
                cursor.execute(marks(column, kinds, f"FROM notices_{table}"))


def remove(apps, schema_editor):
    server = schema_editor.connection.vendor == "postgresql"
    with schema_editor.connection.cursor() as cursor:
        for table in WATCHED:
            if server:
                cursor.execute(f"DROP FUNCTION search_{table}_moved() CASCADE")
                cursor.execute(f"DROP FUNCTION search_{table}_changed() CASCADE")
            else:
                for event in ("new", "changed", "gone"):
                    cursor.execute(f"DROP TRIGGER search_{table}_{event}")
        cursor.execute(
            "ALTER TABLE notices_searchentry DROP COLUMN pairs" if server else "DROP TABLE notices_searchindex"
        )


class Migration(migrations.Migration):
    dependencies = [("notices", "0017_supervision")]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("text", models.TextField(verbose_name="已编入索引的文字")),
            ],
            options={"verbose_name": "检索条目", "verbose_name_plural": "检索条目"},
        ),
        migrations.CreateModel(
            name="SearchMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry", models.BigIntegerField(verbose_name="检索条目")),
            ],
            options={"verbose_name": "检索待更新", "verbose_name_plural": "检索待更新"},
        ),
        migrations.AlterField(
            "ledgerjob",
            "kind",
            models.CharField(
                choices=[
                    ("read", "核对台账"),
                    ("apply", "导入台账"),
                    ("undo", "撤销导入"),
                    ("export", "生成台账"),
                    ("mark", "生成标注文件"),
                    ("fill", "生成回填文件"),
                ],
                max_length=10,
                verbose_name="事项",
            ),
        ),
        # Keys with which a longer index begins need none of their own; before the triggers, as these rebuild the tables.
        migrations.AlterField(
            "progress",
            "task",
            models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="progress", to="notices.task", verbose_name="任务"),
        ),
        migrations.AlterField(
            "transition",
            "task",
            models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="transitions", to="notices.task", verbose_name="任务"),
        ),
        migrations.AlterField(
            "task",
            "notice",
            models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="tasks", to="notices.notice", verbose_name="批次"),
        ),
        migrations.AlterField(
            "task",
            "issue",
            models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="tasks", to="notices.issue", verbose_name="问题"),
        ),
        migrations.AlterField(
            "task",
            "leader",
            models.ForeignKey(blank=True, null=True, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="led_tasks", to=settings.AUTH_USER_MODEL, verbose_name="责任领导账号"),
        ),
        migrations.AlterField(
            "taskscope",
            "task",
            models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="scope", to="notices.task", verbose_name="任务"),
        ),
        migrations.AlterField(
            "taskscope",
            "unit",
            models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.unit", verbose_name="单位"),
        ),
        migrations.AlterField(
            "taskunit",
            "unit",
            models.ForeignKey(blank=True, null=True, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="task_units", to="accounts.unit", verbose_name="单位"),
        ),
        migrations.RunPython(install, remove),
    ]
