"""通报: drafts, items and what was released. The released row is kept by the database itself, as events are."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

WRITTEN_ONCE = "已印发的通报不能修改或删除"
SQLITE = {
    f"publication_no_{what.lower()}": f"""
CREATE TRIGGER publication_no_{what.lower()} BEFORE {what} ON notices_publicationfile
BEGIN SELECT RAISE(ABORT, '{WRITTEN_ONCE}'); END"""
    for what in ("UPDATE", "DELETE")
}
POSTGRES = f"""
CREATE FUNCTION publication_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{WRITTEN_ONCE}';
END $$;
CREATE TRIGGER publication_written_once BEFORE UPDATE OR DELETE ON notices_publicationfile
FOR EACH ROW EXECUTE FUNCTION publication_written_once();
CREATE TRIGGER publication_never_emptied BEFORE TRUNCATE ON notices_publicationfile
FOR EACH STATEMENT EXECUTE FUNCTION publication_written_once()"""


def install(apps, schema_editor):
    kept = [POSTGRES] if schema_editor.connection.vendor == "postgresql" else SQLITE.values()
    with schema_editor.connection.cursor() as cursor:
        for statement in kept:
            cursor.execute(statement)


def remove(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        if schema_editor.connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS publication_written_once() CASCADE")
        else:
            for name in SQLITE:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


class Migration(migrations.Migration):
    dependencies = [("notices", "0014_letters"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AlterField(
            model_name='papertemplate',
            name='kind',
            field=models.CharField(choices=[('reminder', '提醒函'), ('order', '督办单'), ('admonition', '告诫书'), ('accountability', '问责建议'), ('closing', '销号单'), ('task_order', '任务督办单'), ('publication', '整改进展通报'), ('bulletin', '整改动态'), ('ledger', '整改台账')], max_length=16, verbose_name='文书种类'),
        ),
        migrations.CreateModel(
            name='Publication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='版次')),
                ('state', models.CharField(choices=[('draft', '草稿'), ('proposed', '待印发'), ('released', '已印发'), ('replaced', '已被新版替换'), ('withdrawn', '已撤回'), ('dropped', '已弃稿')], default='draft', max_length=10, verbose_name='状态')),
                ('title', models.CharField(max_length=200, verbose_name='标题')),
                ('opening', models.TextField(blank=True, verbose_name='开头')),
                ('front', models.TextField(blank=True, verbose_name='第一部分')),
                ('intro', models.TextField(blank=True, verbose_name='第二部分的标题')),
                ('next_steps', models.TextField(blank=True, verbose_name='第三部分')),
                ('closing', models.TextField(blank=True, verbose_name='结尾')),
                ('phone', models.CharField(blank=True, max_length=100, verbose_name='联系电话')),
                ('address', models.CharField(blank=True, max_length=200, verbose_name='邮政信箱')),
                ('postcode', models.CharField(blank=True, max_length=20, verbose_name='邮编')),
                ('email', models.CharField(blank=True, max_length=100, verbose_name='电子邮箱')),
                ('signed_by', models.CharField(blank=True, max_length=100, verbose_name='署名')),
                ('signed_on', models.DateField(blank=True, null=True, verbose_name='公布日期')),
                ('renumbers', models.BooleanField(default=True, verbose_name='不公开的条目之后重新编号')),
                ('prints_progress', models.BooleanField(default=True, verbose_name='逐条印出整改进度')),
                ('moves_stage', models.BooleanField(default=True, verbose_name='印发后批次转为“已公开”')),
                ('drafted_name', models.CharField(max_length=50, verbose_name='起草人姓名')),
                ('drafted_at', models.DateTimeField(verbose_name='起草时间')),
                ('proposed_name', models.CharField(blank=True, max_length=50, verbose_name='报请人姓名')),
                ('proposed_at', models.DateTimeField(blank=True, null=True, verbose_name='报请时间')),
                ('released_name', models.CharField(blank=True, max_length=50, verbose_name='印发人姓名')),
                ('released_at', models.DateTimeField(blank=True, null=True, verbose_name='印发时间')),
                ('ended_name', models.CharField(blank=True, max_length=50, verbose_name='撤回人姓名')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='撤回或替换时间')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='退回或撤回原因')),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('drafted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='起草人')),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='publications', to='notices.notice', verbose_name='批次')),
                ('proposed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='报请人')),
                ('released_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='印发人')),
                ('replaces', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='successors', to='notices.publication', verbose_name='替换')),
            ],
            options={
                'verbose_name': '通报',
                'verbose_name_plural': '通报',
            },
        ),
        migrations.CreateModel(
            name='PublicationFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('today', models.DateField(verbose_name='数据截至')),
                ('words', models.JSONField(default=dict, verbose_name='文字')),
                ('figures', models.JSONField(default=dict, verbose_name='数据')),
                ('content', models.BinaryField(verbose_name='文件')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('digest', models.CharField(max_length=64, verbose_name='校验值')),
                ('at', models.DateTimeField(verbose_name='印发时间')),
                ('publication', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='file', to='notices.publication', verbose_name='通报')),
            ],
            options={
                'verbose_name': '已印发的通报',
                'verbose_name_plural': '已印发的通报',
            },
        ),
        migrations.CreateModel(
            name='PublicationItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(verbose_name='顺序')),
                ('path', models.JSONField(default=list, verbose_name='编号')),
                ('title', models.CharField(max_length=1000, verbose_name='标题')),
                ('body', models.TextField(blank=True, verbose_name='整改情况')),
                ('source', models.TextField(blank=True, verbose_name='台账文字')),
                ('withhold', models.CharField(blank=True, choices=[('asked', '待批准'), ('approved', '不公开')], max_length=8, verbose_name='不公开')),
                ('reason', models.CharField(blank=True, choices=[('secret', '涉及国家秘密'), ('case', '涉及尚未公布的案件'), ('opinion', '可能造成重大负面舆情'), ('petition', '可能引发群体性上访'), ('sensitive', '其他重大敏感事项')], max_length=12, verbose_name='不公开原因')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='说明')),
                ('asked_name', models.CharField(blank=True, max_length=50, verbose_name='申请人姓名')),
                ('asked_at', models.DateTimeField(blank=True, null=True, verbose_name='申请时间')),
                ('approved_name', models.CharField(blank=True, max_length=50, verbose_name='批准人姓名')),
                ('approved_at', models.DateTimeField(blank=True, null=True, verbose_name='批准时间')),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='批准人')),
                ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='申请人')),
                ('issue', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='notices.issue', verbose_name='问题')),
                ('publication', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='notices.publication', verbose_name='通报')),
            ],
            options={
                'verbose_name': '通报条目',
                'verbose_name_plural': '通报条目',
            },
        ),
        migrations.AddIndex(
            model_name='publication',
            index=models.Index(fields=['notice', 'state'], name='publication_notice'),
        ),
        migrations.AddConstraint(
            model_name='publication',
            constraint=models.UniqueConstraint(fields=('notice', 'number'), name='publication_number_once'),
        ),
        migrations.AddConstraint(
            model_name='publication',
            constraint=models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='publication_title_given'),
        ),
        migrations.AddConstraint(
            model_name='publication',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'proposed', 'released', 'replaced', 'withdrawn', 'dropped'])), name='publication_state_known'),
        ),
        migrations.AddConstraint(
            model_name='publication',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('released', 'replaced', 'withdrawn')), _negated=True), models.Q(('proposed_by__isnull', False), ('released_at__isnull', False), ('released_by__isnull', False)), _connector='OR'), name='publication_two_persons'),
        ),
        migrations.AddConstraint(
            model_name='publication',
            constraint=models.CheckConstraint(condition=models.Q(('released_by', None), models.Q(('released_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='publication_not_the_same'),
        ),
        migrations.AddIndex(
            model_name='publicationitem',
            index=models.Index(fields=['publication', 'position'], name='pubitem_order'),
        ),
        migrations.AddConstraint(
            model_name='publicationitem',
            constraint=models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='pubitem_title_given'),
        ),
        migrations.AddConstraint(
            model_name='publicationitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('asked_by', None), ('reason', ''), ('withhold', '')), models.Q(('asked_by__isnull', False), ('reason__in', ['secret', 'case', 'opinion', 'petition', 'sensitive']), ('withhold__in', ['asked', 'approved'])), _connector='OR'), name='pubitem_withheld_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='publicationitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('withhold', 'approved'), ('approved_by__isnull', False)), models.Q(models.Q(('withhold', 'approved'), _negated=True), ('approved_by', None)), _connector='OR'), name='pubitem_approver_named'),
        ),
        migrations.AddConstraint(
            model_name='publicationitem',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by', None), models.Q(('approved_by', models.F('asked_by')), _negated=True), _connector='OR'), name='pubitem_approver_is_other'),
        ),
        migrations.AddConstraint(
            model_name='publicationitem',
            constraint=models.UniqueConstraint(condition=models.Q(('issue__isnull', False)), fields=('publication', 'issue'), name='pubitem_issue_once'),
        ),
        migrations.RunPython(install, remove),
    ]
