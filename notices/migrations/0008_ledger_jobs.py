from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0007_ledger_upload_rights"),
    ]

    operations = []
