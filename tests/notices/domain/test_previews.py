"""Pictures of evidence: made in the child, kept, shared, refused with a sentence."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from notices.domain import materials, previews
from notices.domain.evidence import received, store_path
from notices.domain.reporting import attach
from notices.errors import Refused
from notices.management.demo.papers import Paper, make_paper
from tests.factories import AT, TODAY, make_task, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def world():
    return make_world()


def put(world, ending):
    task = make_task(world.issue, lead=world.bureau)
    name, content = make_paper(Paper("T1", "教育局", "修订制度", "已修订", TODAY), ending)
    with received([SimpleUploadedFile(name, content)]) as stored:
        (row,) = attach(task, stored, by=world.staff, at=AT)
    return row


@pytest.mark.parametrize("ending", ["pdf", "png"])
def test_small_picture_and_pages_are_png_under_names_of_the_server(world, ending):
    row = put(world, ending)

    found = previews.pictures(row)

    assert [path.name for path in found] == ["0.png", "1.png"]
    assert found[0].parent == previews.folder() / row.stored_as
    sizes = []
    for path in found:
        with Image.open(io.BytesIO(path.read_bytes())) as picture:
            assert picture.format == "PNG"
            sizes.append(max(picture.size))
    assert sizes[0] == 320 < sizes[1]


def test_made_once_and_shared_by_tasks_that_share_the_file(world):
    row = put(world, "png")
    made = previews.pictures(row)[1].stat().st_mtime_ns
    other = make_task(world.issue, lead=world.bureau)
    (copy,) = materials.reuse(other, [row.pk], by=world.staff, at=AT)

    assert previews.pictures(copy)[1].stat().st_mtime_ns == made
    previews.drop(row.stored_as)
    assert len(previews.pictures(row)) == 2


def test_changed_bytes_are_not_drawn(world):
    row = put(world, "png")
    (store_path() / row.stored_as).write_bytes(b"other")

    with pytest.raises(Refused, match="校验值不一致"):
        previews.pictures(row)
    assert not (previews.folder() / row.stored_as).exists()


def test_what_cannot_be_drawn_is_said_and_not_tried_again(world):
    row = put(world, "png")
    row.kind = "pdf"

    for _ in range(2):
        with pytest.raises(Refused, match="无法生成预览"):
            previews.pictures(row)
    assert [p.name for p in (previews.folder() / row.stored_as).iterdir()] == ["why.txt"]


def test_other_kinds_have_no_pages(world):
    with pytest.raises(Refused, match="没有预览"):
        previews.pictures(put(world, "docx"))
