"""Tables of apps an earlier release had and this one has not: their rows still come along, for the migration that takes
them over."""

from django.apps.registry import Apps
from django.db import connection, models

APPS = frozenset({"authtoken"})


class Token(models.Model):
    """Tokens in the clear, of release 0.1; accounts 0006 takes them over."""

    key = models.CharField(max_length=40, primary_key=True)
    created = models.DateTimeField()
    user_id = models.BigIntegerField()

    class Meta:
        app_label = "authtoken"
        db_table = "authtoken_token"
        apps = Apps()

    def __str__(self) -> str:
        return f"{self.user_id}"


TABLES: dict[str, type[models.Model]] = {"authtoken.token": Token}


def there(migrations: set[tuple[str, str]]) -> dict[str, type[models.Model]]:
    """Those of databases that stood at these migrations."""
    return {
        label: model for label, model in TABLES.items() if label.split(".")[0] in {m[0] for m in migrations}
    }


def make(models_: dict[str, type[models.Model]]) -> None:
    """Make those of these tables that the migrations of today no longer make."""
    present = connection.introspection.table_names()
    with connection.schema_editor() as editor:
        for label, model in models_.items():
            if label in TABLES and model._meta.db_table not in present:
                editor.create_model(model)
