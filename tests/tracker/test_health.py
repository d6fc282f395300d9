import json

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from tracker import health


def test_live_needs_no_database(client):
    response = client.get("/healthz/live")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_says_what_was_checked_and_leaves_no_row(client):
    response = client.get("/healthz/ready")

    assert response.json() == {
        "status": "ok",
        "checks": {"database": "ok", "migrations": "ok", "media": "ok"},
    }
    assert response.status_code == 200
    assert Session.objects.count() == 0


@pytest.mark.django_db
def test_ready_names_a_missing_migration(client):
    MigrationRecorder.Migration.objects.filter(app="sessions").delete()

    response = client.get("/healthz/ready")

    assert response.status_code == 503
    assert json.loads(response.content) == {
        "status": "failed",
        "checks": {
            "database": "ok",
            "migrations": "有 1 个数据库迁移未执行，请运行 python manage.py migrate",
            "media": "ok",
        },
    }


@pytest.mark.django_db
def test_ready_notices_a_database_that_only_reads():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA query_only = ON")
        else:
            cursor.execute("SET TRANSACTION READ ONLY")

    found = health.database_problem()

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = OFF")
    assert found == "数据库不可写"


def test_ready_notices_a_media_folder_that_is_a_file(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.write_text("")

    assert health.media_problem() == "佐证材料目录不可写"


@pytest.mark.parametrize("url", ["/healthz/live", "/healthz/ready"])
def test_health_is_read_only_and_never_kept(client, db, url):
    assert client.post(url).status_code == 405
    assert "no-store" in client.get(url)["Cache-Control"]
