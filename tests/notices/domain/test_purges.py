"""A file uploaded by mistake: closed at once, destroyed by two persons, and nowhere to be found afterwards."""

import hashlib
import json
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Event
from notices.domain import evidence, previews, purges, search
from notices.errors import Missing, Refused
from notices.models import Evidence, Message, Purge, SearchEntry, Task
from notices.terms import PurgeState
from tests.factories import make_evidence, make_task, make_world

pytestmark = pytest.mark.django_db
SECRET = "机密★十年 内部名单".encode()
HASH = hashlib.sha256(SECRET).hexdigest()


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def uploaded(task, name="机密名单.txt", stored_as="a1.txt"):
    (evidence.store_path() / stored_as).write_bytes(SECRET)
    row = make_evidence(task, name=name)
    facts = {"stored_as": stored_as, "kind": "txt", "sha256": HASH, "size": len(SECRET)}
    Evidence.objects.filter(pk=row.pk).update(**facts)
    return Evidence.objects.select_related("task__notice").get(pk=row.pk)


def asked(w, row=None, by=None):
    row = row or uploaded(make_task(w.issue, lead=w.bureau))
    return purges.ask(row, why="误传", by=by or w.staff, at=timezone.now())


def bytes_left():
    """Every file anywhere under the media folder that holds the secret."""
    return [p for p in Path(settings.MEDIA_ROOT).rglob("*") if p.is_file() and SECRET in p.read_bytes()]


def test_asked_is_closed_at_once_and_refused_is_open_again():
    w = make_world()
    row = uploaded(make_task(w.issue, lead=w.bureau))
    made = asked(w, row)
    with pytest.raises(Refused, match="核定之前不能查看和下载"):
        evidence.opened(row)
    Evidence.objects.filter(pk=row.pk).update(kind="pdf")
    (previews.folder() / row.stored_as).mkdir()
    with pytest.raises(Refused, match="核定之前不能查看和下载"):
        previews.pictures(Evidence.objects.get(pk=row.pk))
    told = set(Message.objects.values_list("recipient__username", flat=True))
    assert {"office", "office2"} <= told
    purges.refuse(made, why="不涉密", by=w.office, at=timezone.now())
    evidence.opened(row).close()


def test_approved_leaves_no_byte_no_name_and_a_proof():
    w = make_world()
    first = make_task(w.issue, lead=w.bureau)
    row = uploaded(first)
    twin = uploaded(make_task(w.issue, lead=w.town), name="又一份机密名单.txt", stored_as="a2.txt")
    loose = Path(settings.MEDIA_ROOT) / "ledgers" / "left.part"
    loose.parent.mkdir(parents=True)
    loose.write_bytes(SECRET)
    picture = previews.folder() / row.stored_as
    picture.mkdir()
    (picture / "0.png").write_bytes(b"drawn")
    search.catch_up()
    assert SearchEntry.objects.filter(text__contains="机密名单").count() == 2
    made = asked(w, row)
    purges.approve(made, by=w.office, at=timezone.now())
    done = purges.finish(Purge.objects.get(pk=made.pk), at=timezone.now())
    assert bytes_left() == []
    assert not picture.exists()
    assert (done.state, done.proof["files"], done.proof["rows"], done.proof["left"]) == (
        PurgeState.DONE,
        3,
        2,
        0,
    )
    for pk in (row.pk, twin.pk):
        kept = Evidence.objects.get(pk=pk)
        assert (kept.name, kept.sha256, kept.removed_why) == (purges.GONE, HASH, purges.GONE_WHY)
    assert list(Task.objects.values_list("evidence_count", flat=True)) == [0, 0]
    assert not SearchEntry.objects.filter(text__contains="机密名单").exists()
    event = Event.objects.get(action="evidence.purge")
    assert (event.data["sha256"], event.actor_name) == (HASH, w.office.name)
    assert "机密名单" not in json.dumps(
        list(Event.objects.values_list("data", flat=True)), ensure_ascii=False
    )
    with pytest.raises(Refused, match="已被清除"):
        evidence.opened(Evidence.objects.get(pk=row.pk))
    assert purges.finish(done, at=timezone.now()).proof == done.proof  # again does no harm


def test_the_same_bytes_are_not_taken_again():
    w = make_world()
    asked(w)
    with (
        pytest.raises(Missing, match="不能再次上传"),
        evidence.received([SimpleUploadedFile("名单.txt", SECRET)]),
    ):
        pass
    assert len(bytes_left()) == 1  # the one that waits; nothing of the second


def test_a_crash_before_the_end_is_made_good_by_the_sweep():
    w = make_world()
    made = asked(w)
    purges.approve(made, by=w.office, at=timezone.now())
    assert len(bytes_left()) == 1
    assert purges.finish_all(timezone.now()) == 1
    assert (bytes_left(), Purge.objects.get().state) == ([], PurgeState.DONE)
    assert purges.finish_all(timezone.now()) == 0


@pytest.mark.parametrize(
    ("asker", "decider", "sentence"),
    [
        ("office", "office", "须由两人办理"),
        ("staff", "head", "只有整改办可以核定"),
        ("staff", "supervisor", "只有整改办可以核定"),
        ("office", "office_two", ""),
        ("head", "office", ""),
        ("supervisor", "office", ""),
    ],
)
def test_two_persons_and_the_second_of_the_office(asker, decider, sentence):
    w = make_world()
    made = asked(w, by=getattr(w, asker))
    try:
        purges.approve(made, by=getattr(w, decider), at=timezone.now())
        said = ""
    except Refused as why:
        said = str(why)
    assert sentence in said if sentence else said == ""
    assert Purge.objects.get().state == (PurgeState.ASKED if sentence else PurgeState.APPROVED)


@pytest.mark.parametrize("who", ["town_staff", "leader"])
def test_who_has_no_part_in_it_does_not_ask(who):
    w = make_world()
    with pytest.raises(Refused, match="只有承担该任务的单位"):
        asked(w, by=getattr(w, who))


def test_the_database_itself_keeps_two_persons():
    w = make_world()
    made = asked(w, by=w.office)
    with pytest.raises(IntegrityError), transaction.atomic():
        Purge.objects.filter(pk=made.pk).update(
            state=PurgeState.APPROVED, decided_by=w.office, decided_at=timezone.now()
        )


def test_it_is_asked_once():
    w = make_world()
    made = asked(w)
    with pytest.raises(Refused, match="已有人申请"):
        asked(w, made.evidence)
    assert Purge.objects.count() == 1


def test_who_asked_is_told_of_the_end():
    w = make_world()
    made = asked(w)
    purges.approve(made, by=w.office, at=timezone.now())
    purges.finish(made, at=timezone.now())
    assert Message.objects.filter(recipient=w.staff, title__contains="已清除").count() == 1
