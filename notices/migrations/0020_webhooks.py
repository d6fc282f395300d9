"""Subscriptions of people's own systems, and what they are told."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0019_reminders"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name='HookMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.BigIntegerField(default=0, verbose_name='已处理至')),
            ],
            options={
                'verbose_name': '推送进度',
                'verbose_name_plural': '推送进度',
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=50, verbose_name='名称')),
                ('address', models.CharField(max_length=300, verbose_name='地址')),
                ('events', models.JSONField(default=list, verbose_name='事件')),
                ('secret', models.CharField(max_length=300, verbose_name='密钥')),
                ('is_on', models.BooleanField(default=True, verbose_name='启用')),
                ('off_why', models.CharField(blank=True, max_length=300, verbose_name='停用原因')),
                ('failing_since', models.DateTimeField(blank=True, null=True, verbose_name='连续失败起')),
                ('told_on', models.DateField(verbose_name='超期已告至')),
                ('made_at', models.DateTimeField(verbose_name='建立时间')),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('notice', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='notices.notice', verbose_name='批次')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to=settings.AUTH_USER_MODEL, verbose_name='订阅人')),
            ],
            options={
                'verbose_name': '推送订阅',
                'verbose_name_plural': '推送订阅',
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60, verbose_name='事项')),
                ('event', models.CharField(max_length=20, verbose_name='事件')),
                ('action', models.CharField(max_length=40, verbose_name='动作')),
                ('subject_type', models.CharField(max_length=30, verbose_name='对象类型')),
                ('subject_id', models.BigIntegerField(verbose_name='对象')),
                ('at', models.DateTimeField(verbose_name='发生时间')),
                ('state', models.CharField(choices=[('due', '待发送'), ('claimed', '发送中'), ('sent', '已发送'), ('skipped', '已跳过'), ('failed', '发送失败')], default='due', max_length=10, verbose_name='状态')),
                ('not_before', models.DateTimeField(verbose_name='不早于')),
                ('lease_until', models.DateTimeField(blank=True, null=True, verbose_name='占用至')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='尝试次数')),
                ('code', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='答复码')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='说明')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='送达时间')),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='notices.subscription', verbose_name='推送订阅')),
            ],
            options={
                'verbose_name': '推送记录',
                'verbose_name_plural': '推送记录',
            },
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(fields=['owner'], name='subscription_owner'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('address', ''), _negated=True), models.Q(('secret', ''), _negated=True)), name='subscription_named'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['state', 'not_before'], name='delivery_due'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['at'], name='delivery_at'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('subscription', 'key'), name='delivery_once'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['due', 'claimed', 'sent', 'skipped', 'failed'])), name='delivery_state_known'),
        ),
    ]
