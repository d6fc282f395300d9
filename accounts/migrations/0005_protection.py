import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_sign_ins'),
    ]

    operations = [
        migrations.AddField(
            model_name='unit',
            name='merged_into',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='accounts.unit', verbose_name='并入单位'),
        ),
        migrations.AddField(
            model_name='unit',
            name='version',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='user',
            name='enabled_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='启用时间'),
        ),
        migrations.AddField(
            model_name='user',
            name='version',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='user',
            name='warned_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='停用预警时间'),
        ),
        migrations.CreateModel(
            name='SecondFactor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('secret', models.CharField(max_length=200, verbose_name='密钥')),
                ('confirmed_at', models.DateTimeField(verbose_name='启用时间')),
                ('last_step', models.BigIntegerField(default=0, verbose_name='最近使用的时间步')),
                ('failures', models.PositiveSmallIntegerField(default=0, verbose_name='连续失败次数')),
                ('failed_at', models.DateTimeField(blank=True, null=True, verbose_name='最近失败时间')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='second_factor', to=settings.AUTH_USER_MODEL, verbose_name='用户')),
            ],
            options={
                'verbose_name': '动态口令',
                'verbose_name_plural': '动态口令',
            },
        ),
        migrations.CreateModel(
            name='RecoveryCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, verbose_name='散列')),
                ('used_at', models.DateTimeField(blank=True, null=True, verbose_name='使用时间')),
                ('factor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='codes', to='accounts.secondfactor', verbose_name='动态口令')),
            ],
            options={
                'verbose_name': '备用码',
                'verbose_name_plural': '备用码',
            },
        ),
        migrations.CreateModel(
            name='FormerName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='原名称')),
                ('until', models.DateTimeField(verbose_name='使用至')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='former_names', to='accounts.unit', verbose_name='单位')),
            ],
            options={
                'verbose_name': '曾用名',
                'verbose_name_plural': '曾用名',
                'indexes': [models.Index(fields=['unit', 'until'], name='formername_unit')],
            },
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('staff', '经办人'), ('head', '单位负责人'), ('leader', '责任领导'), ('office', '整改办'), ('supervisor', '督导组'), ('admin', '系统管理员'), ('security', '安全管理员'), ('auditor', '审计员')], max_length=12, verbose_name='角色')),
                ('state', models.CharField(choices=[('waiting', '待审批'), ('granted', '已批准'), ('refused', '未批准'), ('withdrawn', '已撤回')], default='waiting', max_length=10, verbose_name='状态')),
                ('alone', models.BooleanField(default=False, verbose_name='无须审批')),
                ('by_name', models.CharField(max_length=50, verbose_name='提出人姓名')),
                ('at', models.DateTimeField(verbose_name='提出时间')),
                ('decided_name', models.CharField(blank=True, max_length=50, verbose_name='审批人姓名')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='审批时间')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='意见')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='提出人')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='审批人')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.unit', verbose_name='单位')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='proposals', to=settings.AUTH_USER_MODEL, verbose_name='用户')),
            ],
            options={
                'verbose_name': '任职审批',
                'verbose_name_plural': '任职审批',
                'indexes': [models.Index(fields=['state', 'at'], name='proposal_state')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('user', 'unit', 'role'), name='proposal_once'), models.CheckConstraint(condition=models.Q(('role__in', ['staff', 'head', 'leader', 'office', 'supervisor', 'admin', 'security', 'auditor'])), name='proposal_role_known'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='proposal_decided_at')],
            },
        ),
    ]
