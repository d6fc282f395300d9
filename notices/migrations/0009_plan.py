import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0008_ledger_jobs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PlanReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "待批准"), ("approved", "已批准"), ("returned", "已退回")],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="报批说明")),
                ("digest", models.CharField(max_length=64, verbose_name="方案散列")),
                ("by_name", models.CharField(max_length=50, verbose_name="报批人姓名")),
                ("at", models.DateTimeField(verbose_name="报批时间")),
                ("decided_by_name", models.CharField(blank=True, max_length=50, verbose_name="批准人姓名")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="批准时间")),
                ("reason", models.TextField(blank=True, verbose_name="退回理由")),
                ("alone", models.BooleanField(default=False, verbose_name="单人整改办")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="报批人",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="批准人",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="plan_reviews",
                        to="notices.notice",
                        verbose_name="批次",
                    ),
                ),
            ],
            options={
                "verbose_name": "方案报批",
                "verbose_name_plural": "方案报批",
            },
        ),
        migrations.CreateModel(
            name="PlanBaseline",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("issues", models.PositiveIntegerField(verbose_name="问题数")),
                ("tasks", models.PositiveIntegerField(verbose_name="任务数")),
                ("digest", models.CharField(max_length=64, verbose_name="散列")),
                ("at", models.DateTimeField(verbose_name="批准时间")),
                (
                    "notice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="baseline",
                        to="notices.notice",
                        verbose_name="批次",
                    ),
                ),
                (
                    "review",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="baseline",
                        to="notices.planreview",
                        verbose_name="报批",
                    ),
                ),
            ],
            options={
                "verbose_name": "方案基线",
                "verbose_name_plural": "方案基线",
            },
        ),
        migrations.CreateModel(
            name="PlanStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("label", models.CharField(max_length=100, verbose_name="说明")),
                ("data", models.JSONField(verbose_name="内容")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="撤销时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="修改人",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="plan_steps",
                        to="notices.notice",
                        verbose_name="批次",
                    ),
                ),
            ],
            options={
                "verbose_name": "方案编辑",
                "verbose_name_plural": "方案编辑",
            },
        ),
        migrations.CreateModel(
            name="BaselineRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField(verbose_name="顺序")),
                ("number", models.CharField(max_length=30, verbose_name="编号")),
                ("values", models.JSONField(verbose_name="内容")),
                (
                    "issue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="baseline_rows",
                        to="notices.issue",
                        verbose_name="问题",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="baseline_rows",
                        to="notices.task",
                        verbose_name="任务",
                    ),
                ),
                (
                    "baseline",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="notices.planbaseline",
                        verbose_name="基线",
                    ),
                ),
            ],
            options={
                "verbose_name": "基线条目",
                "verbose_name_plural": "基线条目",
                "constraints": [
                    models.UniqueConstraint(fields=("baseline", "position"), name="baseline_row_once"),
                    models.UniqueConstraint(fields=("task",), name="baseline_task_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("field", models.CharField(max_length=12, verbose_name="内容")),
                ("old", models.TextField(blank=True, verbose_name="原值")),
                ("new", models.TextField(blank=True, verbose_name="新值")),
                ("reason", models.TextField(verbose_name="原因")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("edit", "修改"),
                            ("ledger", "台账导入"),
                            ("extension", "延期批准"),
                            ("step", "流转"),
                        ],
                        max_length=10,
                        verbose_name="来源",
                    ),
                ),
                ("by_name", models.CharField(max_length=50, verbose_name="修改人姓名")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="修改人",
                    ),
                ),
                (
                    "issue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="plan_changes",
                        to="notices.issue",
                        verbose_name="问题",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="plan_changes",
                        to="notices.notice",
                        verbose_name="批次",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="plan_changes",
                        to="notices.task",
                        verbose_name="任务",
                    ),
                ),
            ],
            options={
                "verbose_name": "方案变更",
                "verbose_name_plural": "方案变更",
                "indexes": [models.Index(fields=["notice", "at"], name="plan_change_notice")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="plan_change_reason_given"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="planreview",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ("waiting", "approved", "returned"))),
                name="plan_review_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="planreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("state", "waiting")),
                    models.Q(models.Q(("state", "waiting"), _negated=True), ("decided_at__isnull", False)),
                    _connector="OR",
                ),
                name="plan_review_decided_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="planreview",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")), fields=("notice",), name="plan_review_one_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="planstep",
            index=models.Index(fields=["notice", "by", "undone_at"], name="plan_step_last"),
        ),
    ]
