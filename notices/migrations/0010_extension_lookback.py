import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("notices", "0009_plan"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LookBack",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="名称")),
                ("starts_on", models.DateField(verbose_name="开始日期")),
                ("ends_on", models.DateField(verbose_name="结束日期")),
                ("method", models.CharField(blank=True, max_length=200, verbose_name="核查方式")),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("all", "全部已销号任务"),
                            ("unit", "一个单位（含下级）牵头的"),
                            ("aspect", "一个方面的"),
                            ("relapsed", "曾经反弹的"),
                            ("late", "超期完成的"),
                            ("sustained", "长期坚持的"),
                        ],
                        max_length=12,
                        verbose_name="抽取范围",
                    ),
                ),
                (
                    "sample",
                    models.CharField(
                        choices=[
                            ("every", "全部核查"),
                            ("number", "随机抽取若干项"),
                            ("percent", "随机抽取一定比例"),
                        ],
                        max_length=12,
                        verbose_name="抽取数量",
                    ),
                ),
                (
                    "amount",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="项数或比例"),
                ),
                ("seed", models.CharField(max_length=32, verbose_name="随机种子")),
                ("pool", models.JSONField(default=list, verbose_name="抽取范围内的任务")),
                ("by_name", models.CharField(max_length=50, verbose_name="建立人姓名")),
                ("at", models.DateTimeField(verbose_name="建立时间")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="结束时间")),
                ("closed_by_name", models.CharField(blank=True, max_length=50, verbose_name="结束人姓名")),
                ("summary", models.TextField(blank=True, verbose_name="小结")),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "aspect",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="notices.aspect",
                        verbose_name="方面",
                    ),
                ),
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
                        related_name="look_backs",
                        to="notices.notice",
                        verbose_name="批次",
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
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "回头看",
                "verbose_name_plural": "回头看",
            },
        ),
        migrations.CreateModel(
            name="LookBackItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField(verbose_name="抽取顺序")),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("firm", "巩固"), ("relapsed", "反弹")],
                        max_length=10,
                        verbose_name="结论",
                    ),
                ),
                ("findings", models.TextField(blank=True, verbose_name="核查情况")),
                ("by_name", models.CharField(blank=True, max_length=50, verbose_name="核查人姓名")),
                ("unit_name", models.CharField(blank=True, max_length=100, verbose_name="核查人单位")),
                ("at", models.DateTimeField(blank=True, null=True, verbose_name="核查时间")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="核查人",
                    ),
                ),
                (
                    "look_back",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="notices.lookback",
                        verbose_name="回头看",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="look_back_items",
                        to="notices.task",
                        verbose_name="任务",
                    ),
                ),
            ],
            options={
                "verbose_name": "回头看事项",
                "verbose_name_plural": "回头看事项",
            },
        ),
        migrations.AddField(
            model_name="evidence",
            name="look_back_item",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="evidence",
                to="notices.lookbackitem",
                verbose_name="回头看",
            ),
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(verbose_name="复查情况")),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("keep", "继续坚持"),
                            ("complete", "转为已完成整改"),
                            ("relapsed", "反弹，重新整改"),
                        ],
                        max_length=10,
                        verbose_name="复查结论",
                    ),
                ),
                ("on", models.DateField(verbose_name="复查日期")),
                ("by_name", models.CharField(max_length=50, verbose_name="复查人姓名")),
                ("unit_name", models.CharField(blank=True, max_length=100, verbose_name="复查人单位")),
                ("at", models.DateTimeField(verbose_name="记录时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="复查人",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reviews",
                        to="notices.task",
                        verbose_name="任务",
                    ),
                ),
            ],
            options={
                "verbose_name": "复查",
                "verbose_name_plural": "复查",
            },
        ),
        migrations.AddField(
            model_name="evidence",
            name="review",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="evidence",
                to="notices.review",
                verbose_name="复查",
            ),
        ),
        migrations.CreateModel(
            name="Extension",
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
                        choices=[
                            ("asked", "待单位负责人审核"),
                            ("forwarded", "待整改办审批"),
                            ("approved", "已同意"),
                            ("refused", "未同意"),
                            ("withdrawn", "已撤回"),
                            ("lapsed", "已失效"),
                        ],
                        default="asked",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("reason", models.TextField(verbose_name="延期理由")),
                ("done_so_far", models.TextField(verbose_name="目前进展")),
                ("wanted_on", models.DateField(verbose_name="申请延至")),
                ("deadline_before", models.DateField(verbose_name="原完成时限")),
                (
                    "words_before",
                    models.CharField(blank=True, max_length=200, verbose_name="原完成时限(原文)"),
                ),
                ("asked_by_name", models.CharField(max_length=50, verbose_name="申请人姓名")),
                ("unit_name", models.CharField(blank=True, max_length=100, verbose_name="申请单位")),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                ("head_name", models.CharField(blank=True, max_length=50, verbose_name="单位负责人姓名")),
                ("head_at", models.DateTimeField(blank=True, null=True, verbose_name="单位审核时间")),
                ("head_note", models.TextField(blank=True, verbose_name="单位审核意见")),
                ("one_person", models.BooleanField(default=False, verbose_name="单人单位")),
                ("office_name", models.CharField(blank=True, max_length=50, verbose_name="审批人姓名")),
                ("office_at", models.DateTimeField(blank=True, null=True, verbose_name="审批时间")),
                ("office_note", models.TextField(blank=True, verbose_name="审批意见")),
                ("granted_on", models.DateField(blank=True, null=True, verbose_name="同意延至")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="办结时间")),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="申请人",
                    ),
                ),
                (
                    "head",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="单位负责人",
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审批人",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="extensions",
                        to="notices.task",
                        verbose_name="任务",
                    ),
                ),
            ],
            options={
                "verbose_name": "延期申请",
                "verbose_name_plural": "延期申请",
                "indexes": [models.Index(fields=["state", "asked_at"], name="extension_state")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["asked", "forwarded", "approved", "refused", "withdrawn", "lapsed"],
                            )
                        ),
                        name="extension_state_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("asked", "forwarded"))),
                        fields=("task",),
                        name="extension_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("wanted_on__gt", models.F("deadline_before"))),
                        name="extension_later",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("granted_on__isnull", False), ("state", "approved")),
                            models.Q(models.Q(("state", "approved"), _negated=True), ("granted_on", None)),
                            _connector="OR",
                        ),
                        name="extension_day_when_approved",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("state__in", ("asked", "forwarded"))),
                            models.Q(
                                models.Q(("state__in", ("asked", "forwarded")), _negated=True),
                                ("ended_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="extension_ended_when_not_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True),
                            models.Q(("done_so_far", ""), _negated=True),
                        ),
                        name="extension_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IssueLink",
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
                        choices=[("alike", "同类问题"), ("carried", "上轮未整改到位")],
                        max_length=10,
                        verbose_name="关系",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                ("words", models.JSONField(blank=True, default=list, verbose_name="共同用词")),
                ("by_name", models.CharField(max_length=50, verbose_name="关联人姓名")),
                ("at", models.DateTimeField(verbose_name="关联时间")),
                ("removed_at", models.DateTimeField(blank=True, null=True, verbose_name="解除时间")),
                ("removed_by_name", models.CharField(blank=True, max_length=50, verbose_name="解除人姓名")),
                ("removed_why", models.CharField(blank=True, max_length=300, verbose_name="解除理由")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="关联人",
                    ),
                ),
                (
                    "earlier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links_to",
                        to="notices.issue",
                        verbose_name="在前的问题",
                    ),
                ),
                (
                    "later",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links_from",
                        to="notices.issue",
                        verbose_name="在后的问题",
                    ),
                ),
            ],
            options={
                "verbose_name": "问题关联",
                "verbose_name_plural": "问题关联",
                "indexes": [models.Index(fields=["later", "kind"], name="issuelink_later")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["alike", "carried"])), name="issuelink_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("earlier", models.F("later")), _negated=True),
                        name="issuelink_not_itself",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at", None)),
                        fields=("earlier", "later"),
                        name="issuelink_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("removed_at", None), ("removed_why", "")),
                            models.Q(
                                ("removed_at__isnull", False), models.Q(("removed_why", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="issuelink_removed_with_why",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="lookback",
            index=models.Index(fields=["notice", "at"], name="lookback_notice"),
        ),
        migrations.AddConstraint(
            model_name="lookback",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="lookback_title_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="lookback",
            constraint=models.CheckConstraint(
                condition=models.Q(("starts_on__lte", models.F("ends_on"))), name="lookback_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="lookback",
            constraint=models.CheckConstraint(
                condition=models.Q(("rule__in", ["all", "unit", "aspect", "relapsed", "late", "sustained"])),
                name="lookback_rule_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="lookback",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount", None), ("sample", "every")),
                    models.Q(("amount__gte", 1), ("sample", "number")),
                    models.Q(("amount__gte", 1), ("amount__lte", 100), ("sample", "percent")),
                    _connector="OR",
                ),
                name="lookback_amount_fits",
            ),
        ),
        migrations.AddConstraint(
            model_name="lookback",
            constraint=models.UniqueConstraint(fields=("notice", "title"), name="lookback_title_once"),
        ),
        migrations.AddIndex(
            model_name="lookbackitem",
            index=models.Index(fields=["look_back", "position"], name="lookback_item_order"),
        ),
        migrations.AddConstraint(
            model_name="lookbackitem",
            constraint=models.UniqueConstraint(fields=("look_back", "task"), name="lookback_task_once"),
        ),
        migrations.AddConstraint(
            model_name="lookbackitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("at", None), ("by", None), ("verdict", "")),
                    models.Q(
                        ("at__isnull", False),
                        ("by__isnull", False),
                        ("verdict__in", ["firm", "relapsed"]),
                        models.Q(("findings", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="lookback_verdict_whole",
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["task", "on"], name="review_task"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("verdict__in", ["keep", "complete", "relapsed"])),
                name="review_verdict_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="review_says_what"
            ),
        ),
    ]
