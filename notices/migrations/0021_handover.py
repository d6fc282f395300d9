import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notices', '0020_webhooks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Purge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('size', models.PositiveBigIntegerField(verbose_name='大小(字节)')),
                ('state', models.CharField(choices=[('asked', '待核定'), ('refused', '未同意'), ('approved', '清除中'), ('done', '已清除')], default='asked', max_length=10, verbose_name='状态')),
                ('why', models.CharField(max_length=300, verbose_name='理由')),
                ('asked_name', models.CharField(max_length=50, verbose_name='申请人姓名')),
                ('asked_at', models.DateTimeField(verbose_name='申请时间')),
                ('decided_name', models.CharField(blank=True, max_length=50, verbose_name='批准人姓名')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='决定时间')),
                ('decided_why', models.CharField(blank=True, max_length=300, verbose_name='不同意的原因')),
                ('done_at', models.DateTimeField(null=True, verbose_name='清除时间')),
                ('proof', models.JSONField(default=dict, verbose_name='清除记录')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='申请人')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='批准人')),
                ('evidence', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='purges', to='notices.evidence', verbose_name='佐证材料')),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='purges', to='notices.notice', verbose_name='批次')),
            ],
            options={
                'verbose_name': '误传文件清除',
                'verbose_name_plural': '误传文件清除',
                'indexes': [models.Index(fields=['sha256'], name='purge_sha256')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['asked', 'refused', 'approved', 'done'])), name='purge_state_known'), models.CheckConstraint(condition=models.Q(('why', ''), _negated=True), name='purge_with_why'), models.UniqueConstraint(condition=models.Q(('state__in', ['asked', 'approved'])), fields=('sha256',), name='purge_open_once'), models.CheckConstraint(condition=models.Q(models.Q(('decided_by', None), ('state', 'asked')), models.Q(('decided_by__isnull', False), models.Q(('decided_by', models.F('asked_by')), _negated=True)), _connector='OR'), name='purge_by_two_persons')],
            },
        ),
    ]
