import json

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from accounts import audit
from notices.models import Heartbeat, Sweep
from tracker import health

# What is said before a worker has ever run.
NOBODY = {
    "sweep": "超过 15 分钟没有巡检，定时服务或后台进程可能停了",
    "worker": "5 分钟内没有后台进程的心跳",
    "audit": "ok",
}


@pytest.fixture(autouse=True)
def head(settings, tmp_path):
    settings.AUDIT_HEAD = tmp_path / "head.log"
    return settings.AUDIT_HEAD


@pytest.mark.django_db
def test_ready_is_ok_when_everybody_is_at_work_and_the_chain_has_its_end(client, head):
    now = timezone.now()
    Sweep.objects.create(today=now.date(), started_at=now)
    Heartbeat.objects.create(worker="w", at=now)
    audit.record(audit.Act("task.report"), by=None, at=now)
    audit.seal()
    audit.write_head(head, at=now)
    first = client.get("/healthz/ready").json()
    head.write_text('{"seq": 9, "digest": "0"}\n')

    second = client.get("/healthz/ready")

    assert set(first["checks"].values()) == {"ok"}
    assert (second.status_code, second.json()["status"]) == (200, "degraded")
    assert second.json()["checks"]["audit"] == "操作记录链与库外留存的末端不符"


def test_live_needs_no_database(client):
    response = client.get("/healthz/live")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_says_what_was_checked_and_leaves_no_row(client):
    response = client.get("/healthz/ready")

    assert response.json() == {
        "status": "degraded",
        "checks": {"database": "ok", "migrations": "ok", "media": "ok", "disk": "ok"} | NOBODY,
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
            "migrations": "有 1 个数据库迁移未执行，请运行 python manage.py upgrade",
            "media": "ok",
            "disk": "ok",
        }
        | NOBODY,
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
