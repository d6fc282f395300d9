"""系统状态, the numbers for a monitoring system, the banner of those who run the place, and what happens to uploads when
the disk takes nothing."""

import datetime as dt
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from notices.domain import pulse
from notices.models import Heartbeat, Progress, Reminder, Sweep
from tests.conftest import NO_BROKER
from tests.factories import make_task, make_world
from tracker import jobs, standing, tally

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def machine(settings, tmp_path):
    settings.VAR = tmp_path / "var"
    settings.AUDIT_HEAD = tmp_path / "var" / "head.log"
    settings.BACKUP_DIR = tmp_path / "var" / "backups"
    settings.REDIS_URL = NO_BROKER
    settings.VAR.mkdir()
    return tmp_path / "var"


def found(lines):
    return {line.name: (line.state, line.found) for line in lines}


def test_each_part_is_a_line_and_what_is_wrong_says_what_to_do(client):
    client.force_login(make_world().admin)

    page = client.get("/status")

    lines = page.context["lines"]
    told = found(lines)
    assert page.status_code == 200
    assert told["消息代理"] == ("bad", "没有应答")
    assert told["后台进程"] == ("warning", "还没有收到过心跳")
    assert told["定时服务"] == ("warning", "还没有巡检过")
    assert told["备份"] == ("warning", "还没有备份")
    assert told["备份核验"] == ("warning", "还没有核验过")
    assert told["数据库版本"] == ("good", "与程序一致")
    assert [line.name for line in lines if line.state != "good" and not line.advice] == []
    assert "运行 python manage.py verify_backup。" in page.content.decode()


def test_times_backups_and_proofs_are_told(machine):
    now = timezone.localtime()
    Heartbeat.objects.create(worker="w", at=now - dt.timedelta(minutes=7))
    Sweep.objects.create(today=now.date(), started_at=now - dt.timedelta(hours=3))
    (machine / "backups").mkdir()
    day = now - dt.timedelta(days=3)
    (machine / "backups" / f"tracker-{day:%Y%m%d-%H%M%S}.zip").write_bytes(b"x" * 2**20)
    proof = {"at": now.isoformat(), "ok": False, "file": "a.zip", "problems": ["有 1 个文件找不到"]}
    (machine / "backups" / "a.zip.verified.json").write_text(json.dumps(proof))

    told = found(standing.lines(now))

    assert told["后台进程"] == ("bad", "最近心跳 7 分钟前")
    assert told["定时服务"] == ("bad", "最近巡检 3 小时前")
    assert told["备份"] == ("bad", f"{day:%Y-%m-%d %H:%M}，1.0 MB，共 1 个")
    assert told["备份核验"] == ("bad", f"{now:%Y-%m-%d %H:%M} 核验 a.zip：有 1 个文件找不到")


def test_what_a_server_answered_is_no_line_of_everybody_s_pages():
    """Lines stand on the page of every administrator and at the head of every office's pages, whatever the county."""
    w = make_world()
    now = timezone.localtime()
    row = Reminder.objects.create(
        task=make_task(w.issue, lead=w.bureau), rule="left_3", recipient=w.staff, channel="email", tries=7,
        occurrence_on=now.date(), deadline=now.date(), state="failed", not_before=now, created_at=now,
        note="550 mailbox anjingban@example.cn unknown",
    )  # fmt: skip

    line = next(line for line in standing.lines(now) if line.name == "邮件")

    assert (line.state, line.found) == ("bad", "1 条没有发出")
    assert row.note not in line.advice and "“提醒”页的“发送失败”" in line.advice


def test_only_the_administrator_has_the_page(client):
    w = make_world()
    for person in (w.office, w.staff, w.leader):
        client.force_login(person)
        assert client.get("/status").status_code == 404


def test_banner_tells_office_and_administrator_and_nobody_else(client, machine):
    w = make_world()
    long_ago = timezone.now() - dt.timedelta(minutes=42)
    pulse.leave([], at=long_ago)
    told = {}
    for person in (w.admin, w.office, w.staff):
        client.force_login(person)
        told[person.username] = client.get("/inbox").content.decode().count("后台服务已停 42 分钟")

    assert told == {"admin": 1, "office": 1, "staff": 0}


@pytest.mark.parametrize(
    ("ago", "wrong", "silent", "expected"),
    [
        (0, [], False, []),
        (0, ["邮件：3 条没有发出。"], False, ["邮件：3 条没有发出。"]),
        (0, [], True, ["消息代理没有应答："]),
        (6, ["邮件：3 条没有发出。"], True, ["后台服务已停 6 分钟："]),
    ],
)
def test_troubles(ago, wrong, silent, expected):
    now = timezone.now()
    pulse.leave(wrong, at=now - dt.timedelta(minutes=ago))
    if silent:
        pulse.broker_silent(at=now)

    lines = pulse.troubles(at=now)

    assert [line[: len(words)] for line, words in zip(lines, expected, strict=True)] == expected


def test_no_word_of_a_worker_that_never_ran_and_a_torn_file_is_nothing(machine):
    first = pulse.troubles(at=timezone.now())
    (machine / "run").mkdir()
    (machine / "run" / "pulse.json").write_text('{"at": "20')

    assert (first, pulse.troubles(at=timezone.now())) == ([], [])


def test_the_watch_leaves_word_of_what_is_wrong():
    jobs.watch()

    assert pulse.troubles(at=timezone.now()) == ["消息代理：没有应答。"]


def test_upload_on_a_disk_that_takes_nothing_is_a_sentence_and_keeps_the_words(client, settings, tmp_path):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.write_text("a file where the folder should be")
    client.force_login(w.staff)
    page = client.get(f"/tasks/{task.pk}")
    body = {"text": "已召开专题会", "files": SimpleUploadedFile("a.txt", b"abc")}
    body |= {k: v for k, v in getattr(page.context.get("form"), "initial", {}).items() if v is not None}

    answer = client.post(f"/tasks/{task.pk}/report", body)

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "服务器存不下文件" in text and "已召开专题会" in text
    assert Progress.objects.count() == 0
    assert client.get("/tasks").status_code == 200


# ── Numbers ──────────────────────────────────────────────────────────────────
def test_numbers_for_this_machine_only(client):
    w = make_world()
    make_task(w.issue, lead=w.bureau)

    mine = client.get("/metrics")

    lines = mine.content.decode().splitlines()
    assert mine["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE tracker_tasks gauge" in lines
    assert 'tracker_tasks{state="active"} 1' in lines
    assert "# TYPE tracker_requests_total counter" in lines
    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "10.1.2.3"}).status_code == 404


def test_numbers_with_a_token_from_anywhere(client, settings):
    settings.METRICS_TOKEN = "k" * 20

    given = {"Authorization": f"Bearer {settings.METRICS_TOKEN}"}

    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3", headers=given).status_code == 200
    assert client.get("/metrics", headers={"Authorization": "Bearer k"}).status_code == 404
    assert client.get("/metrics").status_code == 404


def test_answers_are_counted_by_class(client):
    before = tally.totals()[0]

    client.get("/healthz/live")
    client.get("/nowhere")

    after = tally.totals()[0]
    assert {kind: after[kind] - before[kind] for kind in after} == {
        "1xx": 0,
        "2xx": 1,
        "3xx": 0,
        "4xx": 1,
        "5xx": 0,
    }
