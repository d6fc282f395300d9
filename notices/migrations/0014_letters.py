import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0013_channels"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="kind",
            field=models.CharField(
                choices=[
                    ("nudge", "催办"),
                    ("reminder", "提醒"),
                    ("step", "流转"),
                    ("comment", "留言"),
                    ("directive", "批示"),
                    ("letter", "函件"),
                ],
                max_length=10,
                verbose_name="类型",
            ),
        ),
        migrations.CreateModel(
            name="Directive",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("leader_name", models.CharField(max_length=50, verbose_name="批示领导")),
                ("text", models.TextField(verbose_name="批示内容")),
                ("reply_by", models.DateField(null=True, verbose_name="回复时限")),
                ("by_name", models.CharField(max_length=50, verbose_name="登记人姓名")),
                ("unit_name", models.CharField(blank=True, max_length=100, verbose_name="登记人单位")),
                ("on_behalf", models.BooleanField(default=False, verbose_name="代为登记")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("replied_at", models.DateTimeField(null=True, verbose_name="回复时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                (
                    "ended_how",
                    models.CharField(
                        blank=True,
                        choices=[("finished", "办结"), ("stopped", "撤回")],
                        max_length=10,
                        verbose_name="办结方式",
                    ),
                ),
                ("ended_why", models.CharField(blank=True, max_length=500, verbose_name="办结说明")),
                ("ended_name", models.CharField(blank=True, max_length=50, verbose_name="办结人")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "issue",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="directives",
                        to="notices.issue",
                        verbose_name="问题",
                    ),
                ),
                (
                    "leader",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="批示领导账号",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="directives",
                        to="notices.notice",
                        verbose_name="批次",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="directives",
                        to="notices.task",
                        verbose_name="任务",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="directives",
                        to="accounts.unit",
                        verbose_name="承办单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "批示",
                "verbose_name_plural": "批示",
            },
        ),
        migrations.CreateModel(
            name="DirectiveReceipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                ("read_at", models.DateTimeField(null=True, verbose_name="已阅时间")),
                (
                    "directive",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="receipts",
                        to="notices.directive",
                        verbose_name="批示",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="人员",
                    ),
                ),
            ],
            options={
                "verbose_name": "批示签阅",
                "verbose_name_plural": "批示签阅",
            },
        ),
        migrations.CreateModel(
            name="DirectiveReply",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(verbose_name="回复内容")),
                ("by_name", models.CharField(max_length=50, verbose_name="回复人姓名")),
                ("unit_name", models.CharField(blank=True, max_length=100, verbose_name="回复人单位")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="回复人",
                    ),
                ),
                (
                    "directive",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="replies",
                        to="notices.directive",
                        verbose_name="批示",
                    ),
                ),
            ],
            options={
                "verbose_name": "批示回复",
                "verbose_name_plural": "批示回复",
            },
        ),
        migrations.CreateModel(
            name="Letter",
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
                            ("reminder", "提醒函"),
                            ("order", "督办单"),
                            ("admonition", "告诫书"),
                            ("accountability", "问责建议"),
                        ],
                        max_length=16,
                        verbose_name="种类",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "拟稿"),
                            ("issued", "已签发"),
                            ("withdrawn", "已撤回"),
                            ("dropped", "已弃稿"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(null=True, verbose_name="年份")),
                ("number", models.PositiveIntegerField(null=True, verbose_name="序号")),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("text", models.TextField(verbose_name="正文")),
                ("signature", models.CharField(max_length=100, verbose_name="署名")),
                ("reply_by", models.DateField(null=True, verbose_name="回复时限")),
                ("drafted_name", models.CharField(max_length=50, verbose_name="拟稿人姓名")),
                ("drafted_at", models.DateTimeField(verbose_name="拟稿时间")),
                ("issued_name", models.CharField(blank=True, max_length=50, verbose_name="签发人姓名")),
                ("issued_at", models.DateTimeField(null=True, verbose_name="签发时间")),
                ("received_name", models.CharField(blank=True, max_length=50, verbose_name="签收人")),
                ("received_at", models.DateTimeField(null=True, verbose_name="签收时间")),
                ("replied_at", models.DateTimeField(null=True, verbose_name="回复时间")),
                ("withdrawn_name", models.CharField(blank=True, max_length=50, verbose_name="撤回人")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
                ("withdrawn_why", models.CharField(blank=True, max_length=300, verbose_name="撤回原因")),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "drafted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="拟稿人",
                    ),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="签发人",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="letters",
                        to="notices.notice",
                        verbose_name="批次",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.unit",
                        verbose_name="发文机关",
                    ),
                ),
                (
                    "tasks",
                    models.ManyToManyField(
                        related_name="letters", to="notices.task", verbose_name="涉及任务"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="accounts.unit",
                        verbose_name="主送单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "函件",
                "verbose_name_plural": "函件",
            },
        ),
        migrations.CreateModel(
            name="LetterCounter",
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
                            ("reminder", "提醒函"),
                            ("order", "督办单"),
                            ("admonition", "告诫书"),
                            ("accountability", "问责建议"),
                        ],
                        max_length=16,
                        verbose_name="种类",
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="年份")),
                ("last", models.PositiveIntegerField(default=0, verbose_name="最后序号")),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.unit",
                        verbose_name="发文机关",
                    ),
                ),
            ],
            options={
                "verbose_name": "函件编号",
                "verbose_name_plural": "函件编号",
            },
        ),
        migrations.CreateModel(
            name="LetterFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content", models.BinaryField(verbose_name="文件")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                (
                    "letter",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="file",
                        to="notices.letter",
                        verbose_name="函件",
                    ),
                ),
            ],
            options={
                "verbose_name": "函件文件",
                "verbose_name_plural": "函件文件",
            },
        ),
        migrations.CreateModel(
            name="LetterReply",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(verbose_name="回复内容")),
                ("by_name", models.CharField(max_length=50, verbose_name="回复人姓名")),
                ("unit_name", models.CharField(blank=True, max_length=100, verbose_name="回复人单位")),
                ("on_behalf", models.BooleanField(default=False, verbose_name="代填")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="回复人",
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="replies",
                        to="notices.letter",
                        verbose_name="函件",
                    ),
                ),
            ],
            options={
                "verbose_name": "函件回复",
                "verbose_name_plural": "函件回复",
            },
        ),
        migrations.CreateModel(
            name="PaperTemplate",
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
                            ("reminder", "提醒函"),
                            ("order", "督办单"),
                            ("admonition", "告诫书"),
                            ("accountability", "问责建议"),
                            ("closing", "销号单"),
                            ("task_order", "任务督办单"),
                        ],
                        max_length=16,
                        verbose_name="文书种类",
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                ("content", models.BinaryField(verbose_name="文件")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("by_name", models.CharField(max_length=50, verbose_name="上传人姓名")),
                ("at", models.DateTimeField(verbose_name="上传时间")),
                ("removed_at", models.DateTimeField(null=True, verbose_name="停用时间")),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.unit",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "文书模板",
                "verbose_name_plural": "文书模板",
            },
        ),
        migrations.CreateModel(
            name="Rebuke",
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
                        choices=[("talk", "约谈"), ("criticism", "通报批评")],
                        max_length=10,
                        verbose_name="种类",
                    ),
                ),
                ("held_on", models.DateField(verbose_name="日期")),
                ("person", models.CharField(blank=True, max_length=100, verbose_name="对象")),
                ("held_by", models.CharField(max_length=100, verbose_name="实施人")),
                ("reason", models.TextField(verbose_name="事由")),
                ("outcome", models.TextField(blank=True, verbose_name="结果")),
                ("file_name", models.CharField(blank=True, max_length=200, verbose_name="文件名")),
                ("stored_as", models.CharField(blank=True, max_length=120, verbose_name="存储名")),
                ("file_kind", models.CharField(blank=True, max_length=10, verbose_name="类型")),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="SHA-256")),
                ("by_name", models.CharField(max_length=50, verbose_name="登记人姓名")),
                ("at", models.DateTimeField(verbose_name="登记时间")),
                ("voided_at", models.DateTimeField(null=True, verbose_name="作废时间")),
                ("voided_why", models.CharField(blank=True, max_length=200, verbose_name="作废原因")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rebukes",
                        to="notices.notice",
                        verbose_name="批次",
                    ),
                ),
                (
                    "tasks",
                    models.ManyToManyField(
                        related_name="rebukes", to="notices.task", verbose_name="涉及任务"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rebukes",
                        to="accounts.unit",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "约谈与通报批评",
                "verbose_name_plural": "约谈与通报批评",
            },
        ),
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True, verbose_name="令牌散列")),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="停用时间")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendar_feeds",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="用户",
                    ),
                ),
            ],
            options={
                "verbose_name": "日历订阅",
                "verbose_name_plural": "日历订阅",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at", None)), fields=("user",), name="feed_in_force_once"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="directive",
            index=models.Index(fields=["notice", "ended_at", "reply_by"], name="directive_notice"),
        ),
        migrations.AddIndex(
            model_name="directive",
            index=models.Index(fields=["unit", "ended_at"], name="directive_unit"),
        ),
        migrations.AddConstraint(
            model_name="directive",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="directive_text_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="directive",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("issue__isnull", False), ("task__isnull", True)),
                    models.Q(("issue__isnull", True), ("task__isnull", False)),
                    _connector="OR",
                ),
                name="directive_about_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="directive",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ended_how", "")),
                    models.Q(("ended_at__isnull", False), ("ended_how__gt", "")),
                    _connector="OR",
                ),
                name="directive_end_with_how",
            ),
        ),
        migrations.AddConstraint(
            model_name="directivereceipt",
            constraint=models.UniqueConstraint(fields=("directive", "user"), name="receipt_once"),
        ),
        migrations.AddConstraint(
            model_name="directivereply",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="dreply_text_given"
            ),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(fields=["notice", "state", "reply_by"], name="letter_notice"),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(fields=["unit", "state", "reply_by"], name="letter_unit"),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.UniqueConstraint(
                fields=("party", "kind", "year", "number"), name="letter_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["reminder", "order", "admonition", "accountability"]),
                    ("state__in", ["draft", "issued", "withdrawn", "dropped"]),
                ),
                name="letter_kind_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("issued_at", None),
                        ("number", None),
                        ("state__in", ("draft", "dropped")),
                        ("year", None),
                    ),
                    models.Q(
                        ("issued_at__isnull", False),
                        ("number__isnull", False),
                        ("state__in", ("issued", "withdrawn")),
                        ("year__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="letter_number_when_issued",
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_at", None), ("withdrawn_why", "")),
                    models.Q(
                        ("state", "withdrawn"), ("withdrawn_at__isnull", False), ("withdrawn_why__gt", "")
                    ),
                    _connector="OR",
                ),
                name="letter_withdrawn_with_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="lettercounter",
            constraint=models.UniqueConstraint(fields=("party", "kind", "year"), name="letter_counter_once"),
        ),
        migrations.AddConstraint(
            model_name="letterreply",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="lreply_text_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="papertemplate",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at", None)),
                fields=("unit", "kind"),
                name="template_in_force_once",
            ),
        ),
        migrations.AddIndex(
            model_name="rebuke",
            index=models.Index(fields=["notice", "held_on"], name="rebuke_notice"),
        ),
        migrations.AddConstraint(
            model_name="rebuke",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["talk", "criticism"])), name="rebuke_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="rebuke",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="rebuke_reason_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="rebuke",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("voided_at", None), ("voided_why", "")),
                    models.Q(("voided_at__isnull", False), ("voided_why__gt", "")),
                    _connector="OR",
                ),
                name="rebuke_voided_with_why",
            ),
        ),
    ]
