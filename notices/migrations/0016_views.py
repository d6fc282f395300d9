"""Shared views with their mails, links to the wall, the days of the approved plan as days, the ranking's switch."""

import datetime as dt

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def days_of_the_plan(apps, schema_editor):
    """The deadlines of approved plans that were said as days."""
    rows = apps.get_model("notices", "BaselineRow").objects.exclude(task=None).only("pk", "values")
    found = []
    for row in rows.iterator(chunk_size=1000):
        try:
            row.deadline = dt.date.fromisoformat(row.values.get("deadline", ""))
        except ValueError:
            continue
        found.append(row)
    rows.model.objects.bulk_update(found, ["deadline"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_sign_ins"),
        ("notices", "0015_bulletins"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="baselinerow",
            name="deadline",
            field=models.DateField(blank=True, null=True, verbose_name="完成时限"),
        ),
        migrations.AddField(
            model_name="notice",
            name="ranks",
            field=models.BooleanField(default=True, verbose_name="显示单位排名"),
        ),
        migrations.CreateModel(
            name="SavedView",
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
                        choices=[("task", "任务清单"), ("issue", "问题清单")],
                        max_length=10,
                        verbose_name="清单",
                    ),
                ),
                ("name", models.CharField(max_length=50, verbose_name="名称")),
                ("query", models.CharField(blank=True, max_length=2000, verbose_name="条件")),
                ("columns", models.CharField(blank=True, max_length=200, verbose_name="显示列")),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="建立人",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.unit",
                        verbose_name="共享给",
                    ),
                ),
            ],
            options={
                "verbose_name": "常用视图",
                "verbose_name_plural": "常用视图",
            },
        ),
        migrations.CreateModel(
            name="ViewMail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week", models.DateField(verbose_name="周一")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("due", "待发送"),
                            ("claimed", "发送中"),
                            ("sent", "已发送"),
                            ("skipped", "已跳过"),
                            ("failed", "发送失败"),
                        ],
                        default="due",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("not_before", models.DateTimeField(verbose_name="不早于")),
                ("lease_until", models.DateTimeField(blank=True, null=True, verbose_name="占用至")),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="尝试次数")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="发送时间")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                ("created_at", models.DateTimeField(verbose_name="生成时间")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="收件人",
                    ),
                ),
                (
                    "view",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mails",
                        to="notices.savedview",
                        verbose_name="视图",
                    ),
                ),
            ],
            options={
                "verbose_name": "视图邮件",
                "verbose_name_plural": "视图邮件",
            },
        ),
        migrations.CreateModel(
            name="ViewUse",
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
                        choices=[("task", "任务清单"), ("issue", "问题清单")],
                        max_length=10,
                        verbose_name="清单",
                    ),
                ),
                ("is_default", models.BooleanField(default=False, verbose_name="默认视图")),
                ("mails_since", models.DateField(blank=True, null=True, verbose_name="订阅日")),
                ("when_empty", models.BooleanField(default=False, verbose_name="没有内容也发")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="view_uses",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="人员",
                    ),
                ),
                (
                    "view",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="uses",
                        to="notices.savedview",
                        verbose_name="视图",
                    ),
                ),
            ],
            options={
                "verbose_name": "视图使用",
                "verbose_name_plural": "视图使用",
            },
        ),
        migrations.CreateModel(
            name="WallLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("label", models.CharField(max_length=50, verbose_name="用途")),
                ("token_hash", models.CharField(max_length=64, unique=True, verbose_name="令牌散列")),
                ("names", models.BooleanField(default=False, verbose_name="显示人名")),
                ("last_on", models.DateField(verbose_name="有效期至")),
                ("by_name", models.CharField(max_length=50, verbose_name="建立人姓名")),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="停用时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="建立人",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="wall_links",
                        to="notices.notice",
                        verbose_name="批次",
                    ),
                ),
            ],
            options={
                "verbose_name": "大屏链接",
                "verbose_name_plural": "大屏链接",
            },
        ),
        migrations.AddIndex(
            model_name="savedview",
            index=models.Index(fields=["unit"], name="view_unit"),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="view_named"
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["task", "issue"])), name="view_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(fields=("owner", "kind", "name"), name="view_name_once"),
        ),
        migrations.AddIndex(
            model_name="viewmail",
            index=models.Index(fields=["state", "not_before"], name="view_mail_due"),
        ),
        migrations.AddConstraint(
            model_name="viewmail",
            constraint=models.UniqueConstraint(fields=("user", "view", "week"), name="view_mail_once"),
        ),
        migrations.AddConstraint(
            model_name="viewmail",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["due", "claimed", "sent", "skipped", "failed"])),
                name="view_mail_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="viewmail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "sent"), _negated=True), ("sent_at__isnull", False), _connector="OR"
                ),
                name="view_mail_sent_with_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="viewuse",
            constraint=models.UniqueConstraint(fields=("user", "view"), name="view_use_once"),
        ),
        migrations.AddConstraint(
            model_name="viewuse",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_default", True)), fields=("user", "kind"), name="view_default_once"
            ),
        ),
        migrations.AddIndex(
            model_name="walllink",
            index=models.Index(fields=["notice", "created_at"], name="wall_link_notice"),
        ),
        migrations.AddConstraint(
            model_name="walllink",
            constraint=models.CheckConstraint(
                condition=models.Q(("label", ""), _negated=True), name="wall_link_labelled"
            ),
        ),
        migrations.RunPython(days_of_the_plan, migrations.RunPython.noop),
    ]
