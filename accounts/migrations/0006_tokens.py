"""Tokens with scope and end, counters of rates, answers under idempotency keys.

Tokens of before, which were kept in the clear, go on under their hash for ninety days with every scope; the clear
keys are deleted. Their table stays where it was made, empty.
"""

import datetime as dt
import hashlib

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

OLD = "authtoken_token"
LASTS = dt.timedelta(days=90)


def take_over(apps, schema_editor):
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if OLD not in connection.introspection.table_names(cursor):
            return
        cursor.execute(f"SELECT key, user_id FROM {OLD}")
        rows = cursor.fetchall()
        now = timezone.now()
        apps.get_model("accounts", "ApiToken").objects.bulk_create(
            apps.get_model("accounts", "ApiToken")(
                user_id=user,
                name="原访问令牌",
                prefix=key[:8],
                digest=hashlib.sha256(key.encode()).hexdigest(),
                scopes=["read", "report", "manage"],
                made_at=now,
                last_on=timezone.localdate(now) + LASTS,
            )
            for key, user in rows
        )
        cursor.execute(f"DELETE FROM {OLD}")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_protection")]

    operations = [
        migrations.CreateModel(
            name='RateCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=100, verbose_name='对象')),
                ('starts_at', models.DateTimeField(verbose_name='起点')),
                ('n', models.PositiveIntegerField(default=0, verbose_name='次数')),
            ],
            options={
                'verbose_name': '频次',
                'verbose_name_plural': '频次',
                'indexes': [models.Index(fields=['starts_at'], name='ratecount_at')],
                'constraints': [models.UniqueConstraint(fields=('key', 'starts_at'), name='ratecount_once')],
            },
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=50, verbose_name='名称')),
                ('prefix', models.CharField(max_length=12, verbose_name='开头')),
                ('digest', models.CharField(max_length=64, unique=True, verbose_name='散列')),
                ('scopes', models.JSONField(default=list, verbose_name='用途')),
                ('notice_id', models.BigIntegerField(null=True, verbose_name='批次')),
                ('made_at', models.DateTimeField(verbose_name='建立时间')),
                ('last_on', models.DateField(verbose_name='有效期至')),
                ('used_at', models.DateTimeField(null=True, verbose_name='最近使用')),
                ('used_from', models.CharField(blank=True, max_length=60, verbose_name='最近来源')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='停用时间')),
                ('ended_name', models.CharField(blank=True, max_length=50, verbose_name='停用人')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_tokens', to=settings.AUTH_USER_MODEL, verbose_name='用户')),
            ],
            options={
                'verbose_name': '访问令牌',
                'verbose_name_plural': '访问令牌',
                'indexes': [models.Index(fields=['user', 'last_on'], name='apitoken_user')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('digest', ''), _negated=True)), name='apitoken_named')],
            },
        ),
        migrations.CreateModel(
            name='KeptAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=80, verbose_name='幂等键')),
                ('digest', models.CharField(max_length=64, verbose_name='请求散列')),
                ('status', models.PositiveSmallIntegerField(default=0, verbose_name='状态码')),
                ('body', models.JSONField(null=True, verbose_name='答复')),
                ('tag', models.CharField(blank=True, max_length=100, verbose_name='版本')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='用户')),
            ],
            options={
                'verbose_name': '已答复的请求',
                'verbose_name_plural': '已答复的请求',
                'indexes': [models.Index(fields=['at'], name='keptanswer_at')],
                'constraints': [models.UniqueConstraint(fields=('user', 'key'), name='keptanswer_once')],
            },
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
