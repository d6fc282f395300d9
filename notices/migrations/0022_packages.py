from django.db import migrations, models


class Migration(migrations.Migration):
    """Two more kinds of long work; the table stays as it is."""

    dependencies = [
        ('notices', '0021_handover'),
    ]

    operations = [
        migrations.AlterField(
            model_name='ledgerjob',
            name='kind',
            field=models.CharField(choices=[('read', '核对台账'), ('apply', '导入台账'), ('undo', '撤销导入'), ('export', '生成台账'), ('mark', '生成标注文件'), ('fill', '生成回填文件'), ('pack', '生成佐证材料包'), ('leave', '导出全部资料')], max_length=10, verbose_name='事项'),
        ),
    ]
