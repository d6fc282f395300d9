from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0008_ledger_jobs"),
    ]

    operations = []
