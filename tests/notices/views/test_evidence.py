import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from notices.domain.evidence import received, store_path
from notices.domain.reporting import attach
from notices.models import Evidence
from tests.factories import make_task, make_world

pytestmark = pytest.mark.django_db
TEXT = "会议纪要".encode()


def world():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    with received([SimpleUploadedFile("会议纪要 (1).txt", TEXT)]) as stored:
        (row,) = attach(task, stored, by=w.staff, at=timezone.now())
    return w, row


def test_download_is_an_attachment_that_nothing_may_run_or_keep(client):
    w, row = world()
    client.force_login(w.office)

    answer = client.get(f"/evidence/{row.pk}")

    assert b"".join(answer.streaming_content) == TEXT
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"


def test_stranger_finds_no_file(client):
    w, row = world()
    client.force_login(w.town_staff)

    assert client.get(f"/evidence/{row.pk}").status_code == 404
    assert client.get(f"/evidence/{row.pk}/void").status_code == 404
    assert client.post(f"/evidence/{row.pk}/void", {"why": "x"}).status_code == 404


def test_changed_file_is_not_handed_out(client):
    w, row = world()
    (store_path() / row.stored_as).write_bytes(b"other")
    client.force_login(w.staff)

    page = client.get(f"/evidence/{row.pk}", follow=True).content.decode()

    assert "与上传时的校验值不一致" in page


@pytest.mark.parametrize("path", ["/media/evidence/", "/evidence/", "/static/evidence/"])
def test_no_media_address_serves_it(client, path):
    w, row = world()
    client.force_login(w.staff)

    assert client.get(f"{path}{row.stored_as}").status_code == 404


def test_void_needs_a_reason_and_keeps_the_file(client):
    w, row = world()
    client.force_login(w.staff)
    url = f"/evidence/{row.pk}/void"

    refused = client.post(url, {"why": ""})
    assert refused.context["form"].errors["why"] == ["请写明作废的原因。"]
    client.post(url, {"why": "传错了"})

    kept = Evidence.objects.get()
    assert (kept.removed_why, kept.task.evidence_count) == ("传错了", 0)
    assert (store_path() / kept.stored_as).exists()


def test_looking_at_the_question_voids_nothing(client):
    w, row = world()
    client.force_login(w.staff)

    assert client.get(f"/evidence/{row.pk}/void").status_code == 200
    assert Evidence.objects.get().removed_at is None
