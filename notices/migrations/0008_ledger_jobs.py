import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0007_ledger_upload_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LedgerJob",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("read", "核对台账"),
                            ("apply", "导入台账"),
                            ("undo", "撤销导入"),
                            ("export", "生成台账"),
                        ],
                        max_length=10,
                        verbose_name="事项",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "排队中"),
                            ("running", "正在办理"),
                            ("done", "已完成"),
                            ("failed", "没有完成"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("wanted", models.JSONField(default=dict, verbose_name="要求")),
                ("stage", models.CharField(blank=True, max_length=30, verbose_name="步骤")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="已办")),
                ("total", models.PositiveIntegerField(default=0, verbose_name="共")),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="次数")),
                ("lease_until", models.DateTimeField(null=True, verbose_name="占用至")),
                ("message", models.TextField(blank=True, verbose_name="结果")),
                (
                    "file",
                    models.FileField(
                        blank=True, max_length=120, upload_to="ledgers/kept/", verbose_name="文件"
                    ),
                ),
                ("by_name", models.CharField(max_length=50, verbose_name="交办人姓名")),
                ("at", models.DateTimeField(verbose_name="交办时间")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="结束时间")),
            ],
            options={
                "verbose_name": "台账后台任务",
                "verbose_name_plural": "台账后台任务",
            },
        ),
        migrations.RemoveConstraint(
            model_name="ledgerupload",
            name="ledger_upload_state",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerupload",
            name="ledger_upload_times",
        ),
        migrations.AddField(
            model_name="ledgerupload",
            name="large",
            field=models.BooleanField(default=False, verbose_name="后台办理"),
        ),
        migrations.AddField(
            model_name="ledgerupload",
            name="tables",
            field=models.JSONField(default=list, verbose_name="表头"),
        ),
        migrations.AlterField(
            model_name="ledgerupload",
            name="plan",
            field=models.BinaryField(default=b"", verbose_name="方案"),
        ),
        migrations.AlterField(
            model_name="ledgerupload",
            name="state",
            field=models.CharField(
                choices=[
                    ("received", "待核对"),
                    ("failed", "未能核对"),
                    ("planned", "待确认"),
                    ("applied", "已导入"),
                    ("undone", "已撤销"),
                ],
                default="planned",
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerupload",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["received", "failed", "planned", "applied", "undone"])),
                name="ledger_upload_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerupload",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("applied_at", None),
                        ("state__in", ["received", "failed", "planned"]),
                        ("undone_at", None),
                    ),
                    models.Q(("applied_at__isnull", False), ("state", "applied"), ("undone_at", None)),
                    models.Q(
                        ("applied_at__isnull", False), ("state", "undone"), ("undone_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="ledger_upload_times",
            ),
        ),
        migrations.AddField(
            model_name="ledgerjob",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="交办人",
            ),
        ),
        migrations.AddField(
            model_name="ledgerjob",
            name="export",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="notices.ledgerexport",
                verbose_name="台账导出",
            ),
        ),
        migrations.AddField(
            model_name="ledgerjob",
            name="notice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="ledger_jobs",
                to="notices.notice",
                verbose_name="批次",
            ),
        ),
        migrations.AddField(
            model_name="ledgerjob",
            name="upload",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="jobs",
                to="notices.ledgerupload",
                verbose_name="台账导入",
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerjob",
            index=models.Index(fields=["state", "id"], name="ledger_job_queue"),
        ),
        migrations.AddConstraint(
            model_name="ledgerjob",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["waiting", "running"])),
                fields=("upload",),
                name="ledger_job_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerjob",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at", None), ("lease_until", None), ("state", "waiting")),
                    models.Q(("finished_at", None), ("lease_until__isnull", False), ("state", "running")),
                    models.Q(
                        ("finished_at__isnull", False),
                        ("lease_until", None),
                        ("state__in", ["done", "failed"]),
                    ),
                    _connector="OR",
                ),
                name="ledger_job_times",
            ),
        ),
    ]
