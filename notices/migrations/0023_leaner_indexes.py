"""Fewer indexes on the tables an import fills. See decision 0054.

Only indexes are dropped and made: letting Django alter the fields would rebuild whole tables on SQLite, and with them go
the triggers of the search.
"""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# model → fields whose own index goes
GONE = {
    "issue": ("notice",),
    "progress": ("by",),
    "rollup": ("unit",),
    "task": ("applicant", "approver", "contact", "merged_into", "parent"),
    "taskscope": ("notice",),
    "transition": ("by",),
}


def drop(apps: Any, editor: Any) -> None:
    for name in _own_indexes(apps, editor):
        editor.execute(f"DROP INDEX {editor.quote_name(name)}")


def _own_indexes(apps: Any, editor: Any) -> list[str]:
    """Names of the indexes that stand for db_index=True."""
    found: list[str] = []
    with editor.connection.cursor() as cursor:
        for name, fields in GONE.items():
            model = apps.get_model("notices", name)
            columns = [[model._meta.get_field(f).column] for f in fields]
            known = editor.connection.introspection.get_constraints(cursor, model._meta.db_table)
            found += [
                index
                for index, facts in known.items()
                if facts["columns"] in columns
                and facts["index"]
                and not facts["unique"]
                and not facts["primary_key"]
                and not facts["foreign_key"]
            ]
    return found


def make(apps: Any, editor: Any) -> None:
    for name, fields in GONE.items():
        model = apps.get_model("notices", name)
        for field in (model._meta.get_field(f) for f in fields):
            editor.execute(editor._create_index_sql(model, fields=[field]))


def key(to: str, rule: Any, **options: Any) -> Any:
    return models.ForeignKey(to=to, on_delete=rule, db_index=False, **options)


CASCADE, PROTECT = django.db.models.deletion.CASCADE, django.db.models.deletion.PROTECT
PERSON = settings.AUTH_USER_MODEL
MAYBE = {"null": True, "blank": True}


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0022_packages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop, make)],
            state_operations=[
                migrations.AlterField("issue", "notice", key("notices.notice", CASCADE, related_name="issues", verbose_name="批次")),
                migrations.AlterField("progress", "by", key(PERSON, PROTECT, null=True, related_name="+", verbose_name="填报人")),
                migrations.AlterField("rollup", "unit", key("accounts.unit", PROTECT, related_name="+", verbose_name="单位")),
                migrations.AlterField("task", "applicant", key(PERSON, PROTECT, related_name="+", verbose_name="申请人", **MAYBE)),
                migrations.AlterField("task", "approver", key(PERSON, PROTECT, related_name="+", verbose_name="审核人", **MAYBE)),
                migrations.AlterField("task", "contact", key(PERSON, PROTECT, related_name="+", verbose_name="责任人账号", **MAYBE)),
                migrations.AlterField("task", "merged_into", key("notices.task", PROTECT, related_name="+", verbose_name="并入任务", **MAYBE)),
                migrations.AlterField("task", "parent", key("notices.task", CASCADE, related_name="parts", verbose_name="上级任务", **MAYBE)),
                migrations.AlterField("taskscope", "notice", key("notices.notice", CASCADE, related_name="+", verbose_name="批次")),
                migrations.AlterField("transition", "by", key(PERSON, PROTECT, null=True, related_name="+", verbose_name="操作人")),
            ],
        ),
        migrations.AddIndex("task", models.Index(fields=["parent"], condition=models.Q(parent__isnull=False), name="task_parent")),
        migrations.AddIndex("task", models.Index(fields=["contact"], condition=models.Q(contact__isnull=False), name="task_contact")),
        migrations.AddIndex("task", models.Index(fields=["applicant"], condition=models.Q(applicant__isnull=False), name="task_applicant")),
        migrations.AddIndex("task", models.Index(fields=["approver"], condition=models.Q(approver__isnull=False), name="task_approver")),
        migrations.AddIndex("task", models.Index(fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="task_merged")),
    ]
