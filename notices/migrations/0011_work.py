from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0010_extension_lookback"),
    ]

    operations = []
