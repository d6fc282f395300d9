import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0010_extension_lookback"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReportDraft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(blank=True, verbose_name="整改进展")),
                ("next_step", models.TextField(blank=True, verbose_name="下一步打算")),
                ("blocked", models.TextField(blank=True, verbose_name="未完成原因")),
                ("at", models.DateTimeField(verbose_name="保存时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="填写人",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="notices.task",
                        verbose_name="任务",
                    ),
                ),
            ],
            options={
                "verbose_name": "进展草稿",
                "verbose_name_plural": "进展草稿",
                "constraints": [
                    models.UniqueConstraint(fields=("task", "by"), name="report_draft_once")
                ],
            },
        ),
        migrations.AddField(
            model_name="comment",
            name="mentioned",
            field=models.ManyToManyField(
                blank=True, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="提到的人"
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="category",
            field=models.CharField(blank=True, max_length=20, verbose_name="材料类别"),
        ),
        migrations.AddField(
            model_name="evidence",
            name="reused_from",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="notices.evidence",
                verbose_name="引用自",
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="evidence_kinds",
            field=models.CharField(blank=True, max_length=200, verbose_name="应交材料"),
        ),
        migrations.AddField(
            model_name="progress",
            name="merges",
            field=models.ManyToManyField(
                blank=True, related_name="merged_by", to="notices.progress", verbose_name="并入的进展"
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="evidence_kinds",
            field=models.CharField(blank=True, max_length=200, verbose_name="应交材料"),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="stored_as",
            field=models.CharField(db_index=True, max_length=120, verbose_name="存储名"),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at", None)),
                fields=("task", "stored_as"),
                name="evidence_file_once",
            ),
        ),
    ]
