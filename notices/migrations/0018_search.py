from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notices", "0017_supervision")]
