"""Reminders about other things than tasks, files that expire, and robots' tokens sealed instead of plain."""

import base64

import django.db.models.deletion
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import migrations, models
from django.utils.crypto import salted_hmac

SEALED = "sealed:"  # as accounts/vault.py writes it


def _box():
    digest = salted_hmac("notices.vault", "", secret=settings.SECRET_KEY, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def _rewrite(apps, wanted, change):
    outlets = apps.get_model("notices", "Outlet").objects
    for pk, *kept in outlets.values_list("pk", "token", "secret"):
        token, secret = (change(text) if text and text.startswith(SEALED) != wanted else text for text in kept)
        outlets.filter(pk=pk).update(token=token, secret=secret)


def seal(apps, schema_editor):
    _rewrite(apps, True, lambda text: SEALED + _box().encrypt(text.encode()).decode())


def unseal(apps, schema_editor):
    _rewrite(apps, False, lambda text: _box().decrypt(text.removeprefix(SEALED).encode()).decode())


class Migration(migrations.Migration):
    dependencies = [("notices", "0018_search")]

    operations = [
        migrations.AddField(
            model_name="evidence",
            name="expires_on",
            field=models.DateField(blank=True, null=True, verbose_name="有效期至"),
        ),
        migrations.AddField(
            model_name="reminder",
            name="notice",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="notices.notice",
                verbose_name="批次",
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="subject",
            field=models.PositiveBigIntegerField(default=0, verbose_name="事项"),
        ),
        migrations.AlterField(
            model_name="outlet",
            name="secret",
            field=models.CharField(blank=True, max_length=1000, verbose_name="密钥"),
        ),
        migrations.AlterField(
            model_name="outlet",
            name="token",
            field=models.CharField(blank=True, max_length=1000, verbose_name="令牌"),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="task",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reminders",
                to="notices.task",
                verbose_name="任务",
            ),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(
                condition=models.Q(("expires_on__isnull", False)),
                fields=["expires_on"],
                name="evidence_expires",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("notice__isnull", False)),
                fields=("notice", "rule", "subject", "recipient", "channel", "occurrence_on", "deadline"),
                name="reminder_matter_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("notice__isnull", False), ("outlet__isnull", False)),
                fields=("notice", "rule", "subject", "outlet", "occurrence_on", "deadline"),
                name="reminder_matter_post_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("notice__isnull", True), ("subject", 0), ("task__isnull", False)),
                    models.Q(("notice__isnull", False), ("subject__gt", 0), ("task__isnull", True)),
                    _connector="OR",
                ),
                name="reminder_about_one",
            ),
        ),
        migrations.RunPython(seal, unseal),
    ]
