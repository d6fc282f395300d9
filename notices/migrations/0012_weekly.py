import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_kept_by_the_database'),
        ('notices', '0011_work'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='周一')),
                ('today', models.DateField(verbose_name='截至')),
                ('at', models.DateTimeField(verbose_name='封存时间')),
                ('by_name', models.CharField(max_length=50, verbose_name='封存人姓名')),
                ('head', models.JSONField(default=dict, verbose_name='表头')),
                ('counts', models.JSONField(default=dict, verbose_name='行数')),
                ('size', models.PositiveBigIntegerField(verbose_name='大小(字节)')),
                ('digest', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='封存人')),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='snapshots', to='notices.notice', verbose_name='批次')),
            ],
            options={
                'verbose_name': '台账快照',
                'verbose_name_plural': '台账快照',
            },
        ),
        migrations.CreateModel(
            name='Bulletin',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(verbose_name='年')),
                ('number', models.PositiveSmallIntegerField(verbose_name='期')),
                ('title', models.CharField(max_length=200, verbose_name='标题')),
                ('figures', models.JSONField(default=list, verbose_name='本周数据')),
                ('reported', models.TextField(blank=True, verbose_name='各单位进展')),
                ('problems', models.TextField(blank=True, verbose_name='存在问题')),
                ('next_steps', models.TextField(blank=True, verbose_name='下一步工作')),
                ('drafted_at', models.DateTimeField(verbose_name='起草时间')),
                ('released_at', models.DateTimeField(blank=True, null=True, verbose_name='印发时间')),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('drafted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='起草人')),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bulletins', to='notices.notice', verbose_name='批次')),
                ('released_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='印发人')),
                ('snapshot', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='bulletin', to='notices.snapshot', verbose_name='所据快照')),
            ],
            options={
                'verbose_name': '整改动态',
                'verbose_name_plural': '整改动态',
            },
        ),
        migrations.CreateModel(
            name='SnapshotSlice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('of', models.CharField(max_length=5, verbose_name='对象')),
                ('part', models.PositiveIntegerField(verbose_name='段')),
                ('rows', models.BinaryField(verbose_name='内容')),
                ('digest', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('snapshot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='slices', to='notices.snapshot', verbose_name='快照')),
            ],
            options={
                'verbose_name': '快照内容',
                'verbose_name_plural': '快照内容',
            },
        ),
        migrations.CreateModel(
            name='WeekReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='周一')),
                ('filed_at', models.DateTimeField(blank=True, null=True, verbose_name='报送时间')),
                ('by_name', models.CharField(blank=True, max_length=50, verbose_name='报送人姓名')),
                ('late', models.BooleanField(default=False, verbose_name='迟报')),
                ('on_behalf', models.BooleanField(default=False, verbose_name='代填')),
                ('is_reopened', models.BooleanField(default=False, verbose_name='准予补报')),
                ('reopened_why', models.CharField(blank=True, max_length=200, verbose_name='准予补报的原因')),
                ('reminded_at', models.DateTimeField(blank=True, null=True, verbose_name='提醒时间')),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='报送人')),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='week_reports', to='notices.notice', verbose_name='批次')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.unit', verbose_name='单位')),
            ],
            options={
                'verbose_name': '周报',
                'verbose_name_plural': '周报',
            },
        ),
        migrations.CreateModel(
            name='WeekLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('idle_reason', models.CharField(blank=True, max_length=500, verbose_name='本周无进展的原因')),
                ('repeated', models.BooleanField(default=False, verbose_name='沿用上周')),
                ('progress', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='week_lines', to='notices.progress', verbose_name='进展')),
                ('task', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='week_lines', to='notices.task', verbose_name='任务')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='notices.weekreport', verbose_name='周报')),
            ],
            options={
                'verbose_name': '周报明细',
                'verbose_name_plural': '周报明细',
            },
        ),
        migrations.CreateModel(
            name='WeekSetting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_on', models.BooleanField(default=True, verbose_name='实行周报')),
                ('opens_day', models.PositiveSmallIntegerField(choices=[(0, '周一'), (1, '周二'), (2, '周三'), (3, '周四'), (4, '周五'), (5, '周六'), (6, '周日')], default=0, verbose_name='开始日')),
                ('opens_time', models.TimeField(default=datetime.time(9, 0), verbose_name='开始时间')),
                ('closes_day', models.PositiveSmallIntegerField(choices=[(0, '周一'), (1, '周二'), (2, '周三'), (3, '周四'), (4, '周五'), (5, '周六'), (6, '周日')], default=4, verbose_name='截止日')),
                ('closes_time', models.TimeField(default=datetime.time(17, 0), verbose_name='截止时间')),
                ('by_workdays', models.BooleanField(default=True, verbose_name='遇节假日调整')),
                ('closes_itself', models.BooleanField(default=False, verbose_name='到时自动封存')),
                ('grace_hours', models.PositiveSmallIntegerField(default=24, verbose_name='截止后多少小时自动封存')),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('notice', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='week_setting', to='notices.notice', verbose_name='批次')),
            ],
            options={
                'verbose_name': '周报设置',
                'verbose_name_plural': '周报设置',
            },
        ),
        migrations.AddConstraint(
            model_name='snapshot',
            constraint=models.UniqueConstraint(fields=('notice', 'starts_on'), name='snapshot_week_once'),
        ),
        migrations.AddConstraint(
            model_name='bulletin',
            constraint=models.UniqueConstraint(fields=('notice', 'year', 'number'), name='bulletin_number_once'),
        ),
        migrations.AddConstraint(
            model_name='bulletin',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='bulletin_counts_from_one'),
        ),
        migrations.AddConstraint(
            model_name='snapshotslice',
            constraint=models.UniqueConstraint(fields=('snapshot', 'of', 'part'), name='snapshot_slice_once'),
        ),
        migrations.AddIndex(
            model_name='weekreport',
            index=models.Index(fields=['notice', 'starts_on'], name='week_report_week'),
        ),
        migrations.AddConstraint(
            model_name='weekreport',
            constraint=models.UniqueConstraint(fields=('notice', 'unit', 'starts_on'), name='week_report_once'),
        ),
        migrations.AddConstraint(
            model_name='weekreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('by_name', ''), ('filed_at', None), ('late', False)), models.Q(('filed_at__isnull', False), models.Q(('by_name', ''), _negated=True)), _connector='OR'), name='week_report_filed_by'),
        ),
        migrations.AddConstraint(
            model_name='weekline',
            constraint=models.UniqueConstraint(fields=('report', 'task'), name='week_line_once'),
        ),
        migrations.AddConstraint(
            model_name='weekline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('idle_reason', ''), ('progress__isnull', False)), models.Q(('progress', None), models.Q(('idle_reason', ''), _negated=True)), _connector='OR'), name='week_line_says_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='weeksetting',
            constraint=models.CheckConstraint(condition=models.Q(('closes_day__lte', 6), ('opens_day__lte', 6), models.Q(('opens_day__lt', models.F('closes_day')), models.Q(('opens_day', models.F('closes_day')), ('opens_time__lt', models.F('closes_time'))), _connector='OR')), name='week_opens_before_it_closes'),
        ),
    ]
