import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0012_weekly"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("worker", models.CharField(max_length=200, unique=True, verbose_name="工作进程")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("job", models.CharField(max_length=50, verbose_name="最近作业")),
            ],
            options={
                "verbose_name": "心跳",
                "verbose_name_plural": "心跳",
            },
        ),
        migrations.CreateModel(
            name="Outlet",
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
                            ("wecom", "企业微信群机器人"),
                            ("dingtalk", "钉钉群机器人"),
                            ("feishu", "飞书群机器人"),
                            ("webhook", "通用接口"),
                        ],
                        max_length=10,
                        verbose_name="类型",
                    ),
                ),
                ("name", models.CharField(max_length=50, verbose_name="名称")),
                ("address", models.CharField(max_length=300, verbose_name="地址")),
                ("token", models.CharField(blank=True, max_length=200, verbose_name="令牌")),
                ("secret", models.CharField(blank=True, max_length=200, verbose_name="密钥")),
                ("is_on", models.BooleanField(default=True, verbose_name="启用")),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
            ],
            options={
                "verbose_name": "推送渠道",
                "verbose_name_plural": "推送渠道",
            },
        ),
        migrations.CreateModel(
            name="Preference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("mails", models.BooleanField(default=True, verbose_name="接收提醒邮件")),
            ],
            options={
                "verbose_name": "个人提醒设置",
                "verbose_name_plural": "个人提醒设置",
            },
        ),
        migrations.CreateModel(
            name="Wording",
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
                        choices=[("mail", "提醒邮件"), ("post", "群消息")], max_length=10, verbose_name="用途"
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=200, verbose_name="标题")),
                ("body", models.TextField(verbose_name="正文")),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
            ],
            options={
                "verbose_name": "提醒文案",
                "verbose_name_plural": "提醒文案",
            },
        ),
        migrations.AddField(
            model_name="message",
            name="snoozed_until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="稍后提醒"),
        ),
        migrations.AddField(
            model_name="remindersetting",
            name="rules",
            field=models.JSONField(blank=True, default=dict, verbose_name="其他规则"),
        ),
        migrations.AddField(
            model_name="remindersetting",
            name="version",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="channel",
            field=models.CharField(
                choices=[
                    ("inbox", "站内消息"),
                    ("email", "电子邮件"),
                    ("wecom", "企业微信群机器人"),
                    ("dingtalk", "钉钉群机器人"),
                    ("feishu", "飞书群机器人"),
                    ("webhook", "通用接口"),
                ],
                default="inbox",
                max_length=10,
                verbose_name="渠道",
            ),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="recipient",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="收件人",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("closed_on__isnull", False)),
                fields=["state", "review_days"],
                name="task_review",
            ),
        ),
        migrations.AddField(
            model_name="outlet",
            name="created_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="建立人",
            ),
        ),
        migrations.AddField(
            model_name="outlet",
            name="notice",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="outlets",
                to="notices.notice",
                verbose_name="批次",
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="outlet",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reminders",
                to="notices.outlet",
                verbose_name="推送渠道",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outlet__isnull", False)),
                fields=("rule", "task", "outlet", "occurrence_on", "deadline"),
                name="reminder_post_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outlet__isnull", False), ("recipient__isnull", True)),
                    models.Q(("outlet__isnull", True), ("recipient__isnull", False)),
                    _connector="OR",
                ),
                name="reminder_one_receiver",
            ),
        ),
        migrations.AddField(
            model_name="preference",
            name="user",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reminder_preference",
                to=settings.AUTH_USER_MODEL,
                verbose_name="人员",
            ),
        ),
        migrations.AddField(
            model_name="wording",
            name="notice",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="wordings",
                to="notices.notice",
                verbose_name="批次",
            ),
        ),
        migrations.AddConstraint(
            model_name="outlet",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["wecom", "dingtalk", "feishu", "webhook"])),
                name="outlet_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="outlet",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("name", ""), _negated=True), models.Q(("address", ""), _negated=True)
                ),
                name="outlet_named",
            ),
        ),
        migrations.AddConstraint(
            model_name="wording",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["mail", "post"])), name="wording_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="wording",
            constraint=models.CheckConstraint(
                condition=models.Q(("body", ""), _negated=True), name="wording_not_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="wording",
            constraint=models.UniqueConstraint(fields=("notice", "kind"), name="wording_once"),
        ),
        migrations.AddConstraint(
            model_name="wording",
            constraint=models.UniqueConstraint(
                condition=models.Q(("notice__isnull", True)), fields=("kind",), name="wording_once_for_all"
            ),
        ),
    ]
