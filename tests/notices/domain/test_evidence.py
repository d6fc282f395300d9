import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

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


def test_file_is_kept_under_a_name_of_the_server():
    with received([upload()]) as (file,):
        pass

    assert (file.name, file.kind, file.size) == ("纪要.txt", "txt", len(TEXT))
    assert file.sha256 == hashlib.sha256(TEXT).hexdigest()
    assert [p.name for p in store_path().iterdir()] == [file.stored_as]
    assert "纪要" not in file.stored_as


def test_refused_file_is_named_and_none_of_the_batch_stays():
    with pytest.raises(Missing) as caught, received([upload(), upload("a.exe", b"MZ" + b"0" * 64)]):
        pass

    assert caught.value.fields["files"].startswith("“a.exe”：")
    assert list(store_path().iterdir()) == []


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
