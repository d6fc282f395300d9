import hashlib
import io

import pillow_heif
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import Event
from notices.domain.evidence import opened, received, store_path
from notices.domain.reporting import attach
from notices.errors import Missing, Refused
from tests.factories import AT, make_task, make_world

TEXT = "会议纪要".encode()


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def upload(name="纪要.txt", data=TEXT):
    return SimpleUploadedFile(name, data)


@pytest.mark.django_db
def test_file_is_kept_under_a_name_of_the_server():
    with received([upload()]) as (file,):
        pass

    assert (file.name, file.kind, file.size) == ("纪要.txt", "txt", len(TEXT))
    assert file.sha256 == hashlib.sha256(TEXT).hexdigest()
    assert [p.name for p in store_path().iterdir()] == [file.stored_as]
    assert "纪要" not in file.stored_as


@pytest.mark.django_db
def test_heic_and_jpeg_become_jpg_and_the_event_keeps_the_original(tmp_path):
    picture, sent = Image.new("RGB", (64, 48), (30, 90, 30)), io.BytesIO()
    pillow_heif.from_pillow(picture).save(sent, quality=50)
    phone = sent.getvalue()
    picture.save(sent := io.BytesIO(), "JPEG")
    camera = sent.getvalue()
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)

    with received([upload("IMG_1.HEIC", phone), upload("现场.jpeg", camera)]) as files:
        rows = attach(task, files, by=None, at=AT)

    assert [(r.name, r.kind) for r in rows] == [("IMG_1.jpg", "jpg"), ("现场.jpg", "jpg")]
    with opened(rows[0]) as made, opened(rows[1]) as same:
        assert Image.open(made).size == (64, 48)
        assert same.read() == camera
    told = Event.objects.get(action="task.attach").data
    assert told["files"] == [r.sha256 for r in rows]
    assert [(c["name"], c["size"], c["sha256"], c["kept"]) for c in told["converted"]] == [
        ("IMG_1.HEIC", len(phone), hashlib.sha256(phone).hexdigest(), rows[0].sha256),
        ("现场.jpeg", len(camera), hashlib.sha256(camera).hexdigest(), rows[1].sha256),
    ]
    assert told["converted"][0]["sha256"] != rows[0].sha256


@pytest.mark.django_db
def test_refused_file_is_named_and_the_rest_is_kept_with_its_kind():
    sent = [upload("a.exe", b"MZ" + b"0" * 64), upload()]

    with received(sent, ["照片", "会议记录"]) as stored:
        pass

    assert [(f.name, f.category) for f in stored] == [("纪要.txt", "会议记录")]
    assert [why[:7] for why in stored.refused] == ["“a.exe”"]
    assert [p.name for p in store_path().iterdir()] == [stored[0].stored_as]


def test_nothing_is_done_when_every_file_is_refused():
    sent = [upload("a.exe", b"MZ" + b"0" * 64), upload("b.svg", b"<svg/>")]

    with pytest.raises(Missing) as caught, received(sent):
        pass

    assert [line[:7] for line in caught.value.fields["files"].splitlines()] == ["“a.exe”", "“b.svg”"]
    assert list(store_path().iterdir()) == []


@pytest.mark.django_db
def test_files_go_when_the_act_fails():
    with pytest.raises(Refused, match="不行。"), received([upload()]):
        raise Refused("不行。")

    assert list(store_path().iterdir()) == []


@pytest.mark.django_db
def test_changed_bytes_are_not_handed_out():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    with received([upload()]) as stored:
        (row,) = attach(task, stored, by=w.staff, at=AT)
    with opened(row) as source:
        assert source.read() == TEXT

    (store_path() / row.stored_as).write_bytes(b"other")

    with pytest.raises(Refused, match="校验值不一致"):
        opened(row)


@pytest.mark.django_db
def test_lost_file_is_said():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    with received([upload()]) as stored:
        (row,) = attach(task, stored, by=w.staff, at=AT)
    (store_path() / row.stored_as).unlink()

    with pytest.raises(Refused, match="在服务器上找不到"):
        opened(row)
