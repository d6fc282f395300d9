import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0016_views"),
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
                    ("visit", "督导"),
                ],
                max_length=10,
                verbose_name="类型",
            ),
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(verbose_name="序号")),
                ("text", models.TextField(verbose_name="发现的问题")),
                (
                    "severity",
                    models.CharField(
                        choices=[("minor", "一般"), ("major", "较重"), ("grave", "严重")],
                        default="minor",
                        max_length=8,
                        verbose_name="程度",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("recorded", "已登记"),
                            ("handed", "待回复"),
                            ("replied", "待审核"),
                            ("accepted", "已认可"),
                            ("voided", "已作废"),
                        ],
                        default="recorded",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("by_name", models.CharField(max_length=50, verbose_name="登记人姓名")),
                ("at", models.DateTimeField(verbose_name="登记时间")),
                ("handed_name", models.CharField(blank=True, max_length=50, verbose_name="交办人姓名")),
                ("handed_at", models.DateTimeField(blank=True, null=True, verbose_name="交办时间")),
                ("reply_by", models.DateField(blank=True, null=True, verbose_name="回复时限")),
                ("replied_at", models.DateTimeField(blank=True, null=True, verbose_name="回复时间")),
                ("ended_name", models.CharField(blank=True, max_length=50, verbose_name="办结人姓名")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="办结时间")),
                ("voided_why", models.CharField(blank=True, max_length=300, verbose_name="作废原因")),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
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
                    "made",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="notices.task",
                        verbose_name="转成的任务",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="findings",
                        to="notices.notice",
                        verbose_name="批次",
                    ),
                ),
                (
                    "tasks",
                    models.ManyToManyField(
                        blank=True, related_name="findings", to="notices.task", verbose_name="关联任务"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="accounts.unit",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "督导发现",
                "verbose_name_plural": "督导发现",
            },
        ),
        migrations.CreateModel(
            name="FindingReply",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(verbose_name="整改情况")),
                ("by_name", models.CharField(max_length=50, verbose_name="回复人姓名")),
                ("unit_name", models.CharField(blank=True, max_length=100, verbose_name="回复人单位")),
                ("on_behalf", models.BooleanField(default=False, verbose_name="代填")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("accepted", models.BooleanField(null=True, verbose_name="是否认可")),
                ("note", models.CharField(blank=True, max_length=1000, verbose_name="审核意见")),
                ("judged_name", models.CharField(blank=True, max_length=50, verbose_name="审核人姓名")),
                ("judged_at", models.DateTimeField(blank=True, null=True, verbose_name="审核时间")),
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
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="replies",
                        to="notices.finding",
                        verbose_name="督导发现",
                    ),
                ),
            ],
            options={
                "verbose_name": "督导发现回复",
                "verbose_name_plural": "督导发现回复",
            },
        ),
        migrations.CreateModel(
            name="Meeting",
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
                            ("group", "领导小组会议"),
                            ("special", "专题会"),
                            ("mobilisation", "动员会"),
                            ("democratic", "民主生活会"),
                            ("progress", "推进会"),
                            ("field", "领导现场督导"),
                        ],
                        max_length=14,
                        verbose_name="种类",
                    ),
                ),
                ("held_on", models.DateField(verbose_name="日期")),
                ("subject", models.CharField(max_length=200, verbose_name="主题")),
                ("chair", models.CharField(max_length=100, verbose_name="主持人")),
                ("attendants", models.PositiveIntegerField(blank=True, null=True, verbose_name="参加人数")),
                ("decisions", models.TextField(blank=True, verbose_name="议定事项")),
                ("by_name", models.CharField(max_length=50, verbose_name="登记人姓名")),
                ("at", models.DateTimeField(verbose_name="登记时间")),
                ("voided_at", models.DateTimeField(blank=True, null=True, verbose_name="作废时间")),
                ("voided_why", models.CharField(blank=True, max_length=300, verbose_name="作废原因")),
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
                        related_name="meetings",
                        to="notices.notice",
                        verbose_name="批次",
                    ),
                ),
                (
                    "tasks",
                    models.ManyToManyField(
                        blank=True, related_name="meetings", to="notices.task", verbose_name="涉及任务"
                    ),
                ),
            ],
            options={
                "verbose_name": "会议与行动",
                "verbose_name_plural": "会议与行动",
            },
        ),
        migrations.CreateModel(
            name="MeetingFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                ("stored_as", models.CharField(db_index=True, max_length=120, verbose_name="存储名")),
                ("kind", models.CharField(max_length=10, verbose_name="类型")),
                ("size", models.PositiveBigIntegerField(verbose_name="大小(字节)")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("by_name", models.CharField(max_length=50, verbose_name="上传人姓名")),
                ("at", models.DateTimeField(verbose_name="上传时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="上传人",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="notices.meeting",
                        verbose_name="会议",
                    ),
                ),
            ],
            options={
                "verbose_name": "会议材料",
                "verbose_name_plural": "会议材料",
            },
        ),
        migrations.CreateModel(
            name="OutcomeEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "metric",
                    models.CharField(
                        choices=[
                            ("rules", "建章立制"),
                            ("recovered", "追缴清退资金"),
                            ("saved_loss", "挽回损失"),
                            ("fined", "罚没金额"),
                            ("saved", "节约资金"),
                            ("filed", "立案"),
                            ("accountable", "问责"),
                            ("disciplined", "党纪政务处分"),
                            ("organised", "组织处理"),
                            ("admonished", "诫勉"),
                            ("talked", "约谈"),
                            ("reminded", "谈话提醒"),
                            ("criticised", "批评教育"),
                            ("visited", "督导检查"),
                            ("met", "会议"),
                            ("trained", "培训"),
                            ("surveyed", "调研走访"),
                            ("taught", "宣传教育"),
                            ("cleared", "整改清理"),
                            ("content", "满意率"),
                        ],
                        max_length=12,
                        verbose_name="指标",
                    ),
                ),
                ("value", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="数值")),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("项", "项"),
                            ("份", "份"),
                            ("个", "个"),
                            ("部", "部"),
                            ("条", "条"),
                            ("件", "件"),
                            ("起", "起"),
                            ("宗", "宗"),
                            ("人", "人"),
                            ("人次", "人次"),
                            ("元", "元"),
                            ("万元", "万元"),
                            ("亿元", "亿元"),
                            ("次", "次"),
                            ("场", "场"),
                            ("场次", "场次"),
                            ("期", "期"),
                            ("轮", "轮"),
                            ("批", "批"),
                            ("家", "家"),
                            ("家次", "家次"),
                            ("户", "户"),
                            ("户次", "户次"),
                            ("处", "处"),
                            ("笔", "笔"),
                            ("亩", "亩"),
                            ("台", "台"),
                            ("套", "套"),
                            ("%", "%"),
                        ],
                        max_length=4,
                        verbose_name="计量单位",
                    ),
                ),
                ("day", models.DateField(verbose_name="日期")),
                ("documents", models.TextField(blank=True, verbose_name="文件名称")),
                ("remark", models.CharField(blank=True, max_length=500, verbose_name="说明")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "待确认"),
                            ("confirmed", "已登记"),
                            ("rejected", "未采用"),
                            ("voided", "已作废"),
                        ],
                        default="confirmed",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("entered", "手工登记"), ("progress", "进展"), ("notice", "通报原文")],
                        default="entered",
                        max_length=10,
                        verbose_name="来源",
                    ),
                ),
                ("sentence", models.TextField(blank=True, verbose_name="原文")),
                ("mark_start", models.PositiveIntegerField(default=0, verbose_name="原文标记起点")),
                ("mark_end", models.PositiveIntegerField(default=0, verbose_name="原文标记终点")),
                ("fingerprint", models.CharField(blank=True, max_length=64, verbose_name="原文指纹")),
                ("by_name", models.CharField(max_length=50, verbose_name="登记人姓名")),
                ("at", models.DateTimeField(verbose_name="登记时间")),
                ("decided_name", models.CharField(blank=True, max_length=50, verbose_name="确认人姓名")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="确认时间")),
                ("voided_why", models.CharField(blank=True, max_length=300, verbose_name="作废原因")),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
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
                        related_name="outcomes",
                        to="notices.notice",
                        verbose_name="批次",
                    ),
                ),
                (
                    "progress",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="outcomes",
                        to="notices.progress",
                        verbose_name="进展",
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="replaces",
                        to="notices.outcomeentry",
                        verbose_name="由此替代",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="outcomes",
                        to="notices.task",
                        verbose_name="任务",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outcomes",
                        to="accounts.unit",
                        verbose_name="责任单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "整改成效",
                "verbose_name_plural": "整改成效",
            },
        ),
        migrations.CreateModel(
            name="OutcomeFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                ("stored_as", models.CharField(db_index=True, max_length=120, verbose_name="存储名")),
                ("kind", models.CharField(max_length=10, verbose_name="类型")),
                ("size", models.PositiveBigIntegerField(verbose_name="大小(字节)")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("by_name", models.CharField(max_length=50, verbose_name="上传人姓名")),
                ("at", models.DateTimeField(verbose_name="上传时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="上传人",
                    ),
                ),
                (
                    "outcome",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="notices.outcomeentry",
                        verbose_name="整改成效",
                    ),
                ),
            ],
            options={
                "verbose_name": "成效材料",
                "verbose_name_plural": "成效材料",
            },
        ),
        migrations.CreateModel(
            name="OutcomeScan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("last_progress", models.BigIntegerField(default=0, verbose_name="已读到的进展")),
                ("text_sha256", models.CharField(blank=True, max_length=64, verbose_name="已读的原文")),
                ("by_name", models.CharField(max_length=50, verbose_name="提取人姓名")),
                ("at", models.DateTimeField(verbose_name="提取时间")),
                (
                    "notice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="outcome_scan",
                        to="notices.notice",
                        verbose_name="批次",
                    ),
                ),
            ],
            options={
                "verbose_name": "成效提取",
                "verbose_name_plural": "成效提取",
            },
        ),
        migrations.CreateModel(
            name="Supervision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="名称")),
                (
                    "state",
                    models.CharField(
                        choices=[("planned", "已安排"), ("done", "已开展"), ("called_off", "已取消")],
                        default="planned",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("planned_on", models.DateField(verbose_name="计划日期")),
                ("held_on", models.DateField(blank=True, null=True, verbose_name="督导日期")),
                ("methods", models.CharField(max_length=60, verbose_name="督导方式")),
                ("team", models.CharField(max_length=500, verbose_name="督导组成员")),
                ("purpose", models.TextField(blank=True, verbose_name="督导内容")),
                ("summary", models.TextField(blank=True, verbose_name="督导情况")),
                ("meetings", models.PositiveSmallIntegerField(default=0, verbose_name="督导会议(场)")),
                ("called_off_why", models.CharField(blank=True, max_length=300, verbose_name="取消原因")),
                ("by_name", models.CharField(max_length=50, verbose_name="登记人姓名")),
                ("at", models.DateTimeField(verbose_name="登记时间")),
                ("ended_name", models.CharField(blank=True, max_length=50, verbose_name="办理人姓名")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="办理时间")),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
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
                    "members",
                    models.ManyToManyField(
                        blank=True,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="督导组成员账号",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="supervisions",
                        to="notices.notice",
                        verbose_name="批次",
                    ),
                ),
                (
                    "units",
                    models.ManyToManyField(
                        related_name="supervisions", to="accounts.unit", verbose_name="受督导单位"
                    ),
                ),
            ],
            options={
                "verbose_name": "督导检查",
                "verbose_name_plural": "督导检查",
            },
        ),
        migrations.AddField(
            model_name="finding",
            name="supervision",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="findings",
                to="notices.supervision",
                verbose_name="督导检查",
            ),
        ),
        migrations.CreateModel(
            name="SupervisionFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                ("stored_as", models.CharField(db_index=True, max_length=120, verbose_name="存储名")),
                ("kind", models.CharField(max_length=10, verbose_name="类型")),
                ("size", models.PositiveBigIntegerField(verbose_name="大小(字节)")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("by_name", models.CharField(max_length=50, verbose_name="上传人姓名")),
                ("at", models.DateTimeField(verbose_name="上传时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="上传人",
                    ),
                ),
                (
                    "finding",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="notices.finding",
                        verbose_name="督导发现",
                    ),
                ),
                (
                    "reply",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="notices.findingreply",
                        verbose_name="回复",
                    ),
                ),
                (
                    "supervision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="notices.supervision",
                        verbose_name="督导检查",
                    ),
                ),
            ],
            options={
                "verbose_name": "督导材料",
                "verbose_name_plural": "督导材料",
            },
        ),
        migrations.AddIndex(
            model_name="findingreply",
            index=models.Index(fields=["finding", "at"], name="freply_finding"),
        ),
        migrations.AddConstraint(
            model_name="findingreply",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="freply_text_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="findingreply",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("accepted", None), ("judged_at", None)),
                    models.Q(("accepted__isnull", False), ("judged_at__isnull", False)),
                    _connector="OR",
                ),
                name="freply_judged_when",
            ),
        ),
        migrations.AddIndex(
            model_name="meeting",
            index=models.Index(fields=["notice", "held_on"], name="meeting_notice"),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["group", "special", "mobilisation", "democratic", "progress", "field"])
                ),
                name="meeting_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("subject", ""), _negated=True), models.Q(("chair", ""), _negated=True)
                ),
                name="meeting_subject_and_chair",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("voided_at", None), ("voided_why", "")),
                    models.Q(("voided_at__isnull", False), ("voided_why__gt", "")),
                    _connector="OR",
                ),
                name="meeting_voided_with_why",
            ),
        ),
        migrations.AddIndex(
            model_name="outcomeentry",
            index=models.Index(fields=["notice", "state", "metric", "day"], name="outcome_notice"),
        ),
        migrations.AddIndex(
            model_name="outcomeentry",
            index=models.Index(fields=["unit", "state", "day"], name="outcome_unit"),
        ),
        migrations.AddConstraint(
            model_name="outcomeentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "metric__in",
                        [
                            "rules",
                            "recovered",
                            "saved_loss",
                            "fined",
                            "saved",
                            "filed",
                            "accountable",
                            "disciplined",
                            "organised",
                            "admonished",
                            "talked",
                            "reminded",
                            "criticised",
                            "visited",
                            "met",
                            "trained",
                            "surveyed",
                            "taught",
                            "cleared",
                            "content",
                        ],
                    ),
                    ("source__in", ["entered", "progress", "notice"]),
                    ("state__in", ["proposed", "confirmed", "rejected", "voided"]),
                ),
                name="outcome_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="outcomeentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("value__gte", 0)), name="outcome_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="outcomeentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "measure__in",
                        (
                            "项",
                            "份",
                            "个",
                            "部",
                            "条",
                            "件",
                            "起",
                            "宗",
                            "人",
                            "人次",
                            "元",
                            "万元",
                            "亿元",
                            "次",
                            "场",
                            "场次",
                            "期",
                            "轮",
                            "批",
                            "家",
                            "家次",
                            "户",
                            "户次",
                            "处",
                            "笔",
                            "亩",
                            "台",
                            "套",
                            "%",
                        ),
                    )
                ),
                name="outcome_measure_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="outcomeentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "voided"), ("voided_why__gt", "")),
                    models.Q(models.Q(("state", "voided"), _negated=True), ("voided_why", "")),
                    _connector="OR",
                ),
                name="outcome_voided_with_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="outcomeentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("source", "entered"),
                    models.Q(
                        models.Q(("sentence", ""), _negated=True),
                        models.Q(("fingerprint", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="outcome_read_from_a_text",
            ),
        ),
        migrations.AddConstraint(
            model_name="outcomeentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("fingerprint", ""), _negated=True),
                fields=("notice", "fingerprint"),
                name="outcome_sentence_once",
            ),
        ),
        migrations.AddIndex(
            model_name="supervision",
            index=models.Index(fields=["notice", "state", "held_on"], name="visit_notice"),
        ),
        migrations.AddConstraint(
            model_name="supervision",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["planned", "done", "called_off"])), name="visit_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="supervision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("title", ""), _negated=True), models.Q(("team", ""), _negated=True)
                ),
                name="visit_title_and_team",
            ),
        ),
        migrations.AddConstraint(
            model_name="supervision",
            constraint=models.CheckConstraint(
                condition=models.Q(("methods", ""), _negated=True), name="visit_method_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="supervision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("held_on__isnull", False), ("state", "done")),
                    models.Q(models.Q(("state", "done"), _negated=True), ("held_on", None)),
                    _connector="OR",
                ),
                name="visit_held_when_done",
            ),
        ),
        migrations.AddConstraint(
            model_name="supervision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("called_off_why__gt", ""), ("state", "called_off")),
                    models.Q(models.Q(("state", "called_off"), _negated=True), ("called_off_why", "")),
                    _connector="OR",
                ),
                name="visit_called_off_with_why",
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["notice", "state", "reply_by"], name="finding_notice"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["unit", "state", "reply_by"], name="finding_unit"),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("severity__in", ["minor", "major", "grave"]),
                    ("state__in", ["recorded", "handed", "replied", "accepted", "voided"]),
                ),
                name="finding_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="finding_text_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ("recorded", "voided")),
                    models.Q(("handed_at__isnull", False), ("reply_by__isnull", False)),
                    _connector="OR",
                ),
                name="finding_handed_with_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "voided"), ("voided_why__gt", "")),
                    models.Q(models.Q(("state", "voided"), _negated=True), ("voided_why", "")),
                    _connector="OR",
                ),
                name="finding_voided_with_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(
                fields=("supervision", "position"), name="finding_position_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="supervisionfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("reply", None), ("finding__isnull", False), _connector="OR"),
                name="visitfile_reply_of_finding",
            ),
        ),
    ]
