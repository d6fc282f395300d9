"""All tables as the steps 0001 to 0007 made them one after the other, made at once.

An empty database takes this step; one that has taken some of the steps takes the rest of them (`replaces`). The
triggers are those of the steps: they are named here, not written again.

Its name sorts behind 0001_initial: the first of the app, which other apps ask for, is then the right one either way.
"""

from importlib import import_module

import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

kept = import_module("accounts.migrations.0003_kept_by_the_database")


class Tables(Operation):
    """The tables of `models`, each given with all its fields; they may refer to each other in any order.

    Django renders every model anew after each operation that follows another, which for a hundred models is most of a minute
    of work on an empty database. Here the models are put into the state first and rendered once.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, models):
        self.models = models

    def deconstruct(self):
        return type(self).__name__, [self.models], {}

    def state_forwards(self, app_label, state):
        state.__dict__.pop("apps", None)  # rendered anew when next asked for
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self):
        return f"Create {len(self.models)} tables"


class Migration(migrations.Migration):
    replaces = [
        ("accounts", "0001_initial"),
        ("accounts", "0002_stand_in"),
        ("accounts", "0003_kept_by_the_database"),
        ("accounts", "0004_sign_ins"),
        ("accounts", "0005_protection"),
        ("accounts", "0006_tokens"),
        ("accounts", "0007_single_sign_on"),
    ]
    initial = True
    dependencies = [("auth", "0012_alter_user_first_name_max_length")]
    operations = [
        Tables(
            [
            migrations.CreateModel(
                name='User',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('password', models.CharField(max_length=128, verbose_name='password')),
                    ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                    ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                    ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                    ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                    ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                    ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                    ('name', models.CharField(max_length=50, verbose_name='姓名')),
                    ('position_title', models.CharField(blank=True, max_length=50, verbose_name='职务')),
                    ('phone', models.CharField(blank=True, max_length=30, verbose_name='手机')),
                    ('must_change_password', models.BooleanField(default=False, verbose_name='须改初始密码')),
                    ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                    ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                    ('password_at', models.DateTimeField(blank=True, null=True, verbose_name='密码设置时间')),
                    ('enabled_at', models.DateTimeField(blank=True, null=True, verbose_name='启用时间')),
                    ('version', models.PositiveIntegerField(default=0, editable=False)),
                    ('warned_at', models.DateTimeField(blank=True, null=True, verbose_name='停用预警时间')),
                ],
                options={
                    'verbose_name': '用户',
                    'verbose_name_plural': '用户',
                                                        },
                managers=[
                    ('objects', django.contrib.auth.models.UserManager()),
                ],
            ),
            migrations.CreateModel(
                name='Unit',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=100, unique=True, verbose_name='单位名称')),
                    ('short_name', models.CharField(blank=True, max_length=30, verbose_name='简称')),
                    ('aliases', models.JSONField(blank=True, default=list, verbose_name='别名')),
                    ('position', models.PositiveIntegerField(default=0, verbose_name='排序')),
                    ('is_active', models.BooleanField(default=True, verbose_name='在用')),
                    ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='accounts.unit', verbose_name='上级单位')),
                    ('merged_into', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='accounts.unit', verbose_name='并入单位')),
                    ('version', models.PositiveIntegerField(default=0, editable=False)),
                ],
                options={
                    'verbose_name': '单位',
                    'verbose_name_plural': '单位',
                                        'constraints': [models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='unit_name_given'), models.CheckConstraint(condition=models.Q(('parent', models.F('id')), _negated=True), name='unit_not_own_parent')],
                },
            ),
            migrations.CreateModel(
                name='Membership',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('role', models.CharField(choices=[('staff', '经办人'), ('head', '单位负责人'), ('leader', '责任领导'), ('office', '整改办'), ('supervisor', '督导组'), ('admin', '系统管理员'), ('security', '安全管理员'), ('auditor', '审计员')], max_length=12, verbose_name='角色')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL, verbose_name='用户')),
                    ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='accounts.unit', verbose_name='单位')),
                ],
                options={
                    'verbose_name': '任职',
                    'verbose_name_plural': '任职',
                                        'constraints': [models.UniqueConstraint(fields=('user', 'unit', 'role'), name='membership_once'), models.CheckConstraint(condition=models.Q(('role__in', ['staff', 'head', 'leader', 'office', 'supervisor', 'admin', 'security', 'auditor'])), name='membership_role_known')],
                },
            ),
            migrations.CreateModel(
                name='Event',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField(verbose_name='时间')),
                    ('actor_name', models.CharField(max_length=50, verbose_name='姓名')),
                    ('unit_name', models.CharField(blank=True, max_length=100, verbose_name='单位')),
                    ('address', models.CharField(blank=True, max_length=60, verbose_name='来源')),
                    ('action', models.CharField(max_length=40, verbose_name='动作')),
                    ('subject_type', models.CharField(blank=True, max_length=30, verbose_name='对象类型')),
                    ('subject_id', models.BigIntegerField(null=True, verbose_name='对象')),
                    ('notice_id', models.BigIntegerField(null=True, verbose_name='批次')),
                    ('ok', models.BooleanField(default=True, verbose_name='成功')),
                    ('data', models.JSONField(default=dict, verbose_name='前后值')),
                    ('seq', models.BigIntegerField(null=True, unique=True, verbose_name='链序号')),
                    ('digest', models.CharField(blank=True, max_length=64, verbose_name='散列')),
                    ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='操作人')),
                ],
                options={
                    'verbose_name': '操作记录',
                    'verbose_name_plural': '操作记录',
                    'indexes': [models.Index(fields=['subject_type', 'subject_id', 'id'], name='event_subject'), models.Index(fields=['at'], name='event_at')],
                                    },
            ),
            migrations.CreateModel(
                name='StandIn',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('first_on', models.DateField(verbose_name='开始日期')),
                    ('last_on', models.DateField(verbose_name='结束日期')),
                    ('why', models.CharField(blank=True, max_length=100, verbose_name='事由')),
                    ('made_at', models.DateTimeField(verbose_name='设置时间')),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='提前结束时间')),
                    ('deputy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stands_in_for', to=settings.AUTH_USER_MODEL, verbose_name='代班人')),
                    ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='设置人')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stood_in_by', to=settings.AUTH_USER_MODEL, verbose_name='本人')),
                    ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.unit', verbose_name='单位')),
                ],
                options={
                    'verbose_name': '代班',
                    'verbose_name_plural': '代班',
                    'indexes': [models.Index(fields=['deputy', 'last_on'], name='standin_deputy')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('first_on__lte', models.F('last_on'))), name='standin_days_in_order'), models.CheckConstraint(condition=models.Q(('person', models.F('deputy')), _negated=True), name='standin_somebody_else')],
                },
            ),
            migrations.CreateModel(
                name='SignIn',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('session_key', models.CharField(max_length=40, unique=True, verbose_name='会话')),
                    ('at', models.DateTimeField(verbose_name='登录时间')),
                    ('seen_at', models.DateTimeField(verbose_name='最近使用')),
                    ('address', models.CharField(blank=True, max_length=60, verbose_name='来源')),
                    ('agent', models.CharField(blank=True, max_length=200, verbose_name='浏览器')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sign_ins', to=settings.AUTH_USER_MODEL, verbose_name='用户')),
                ],
                options={
                    'verbose_name': '登录',
                    'verbose_name_plural': '登录',
                    'indexes': [models.Index(fields=['user', 'seen_at'], name='signin_user')],
                                    },
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
            ]
        ),
        migrations.RunPython(kept.install, kept.remove),
    ]
