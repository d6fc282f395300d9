"""A notice under review: nothing is written before the confirmation, everything in one go, undone while untouched."""

import pytest

from notices.domain import drafts, intake, planning, rollup, workflow
from notices.errors import Refused, Stale
from notices.models import IntakeDraft, Issue, Notice, Rollup, Task, TaskScope
from notices.terms import State
from tests.factories import AT, TODAY, ask, make_world
from tests.notices.text.test_review import PARSED

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def draft(world):
    return drafts.begin(PARSED, unit=world.county, text="原文", file_name="通报.docx", by=world.office, at=AT)


def take(draft, world):
    return drafts.confirm(draft, version=draft.version, by=world.office, at=AT, today=TODAY)


def test_begin_writes_no_notice(draft, world):
    assert list(Notice.objects.all()) == [world.notice]
    assert drafts.parsed_of(draft).issues == PARSED.issues


def test_only_the_office_begins(world):
    with pytest.raises(Refused, match="不是“云岭县”的整改办人员"):
        drafts.begin(PARSED, unit=world.county, text="", file_name="", by=world.staff, at=AT)


def test_moves_are_kept_and_taken_back(draft):
    before = draft.nodes
    drafts.put_right(draft, "drop", {"node": 3}, version=0, at=AT)

    kept = IntakeDraft.objects.get()
    assert (kept.version, drafts.counts(kept)["dropped"]) == (1, 1)
    drafts.take_back(kept, version=1, at=AT)

    assert IntakeDraft.objects.get().nodes == before


def test_a_move_on_an_old_version_is_refused(draft):
    drafts.put_right(draft, "drop", {"node": 3}, version=0, at=AT)

    with pytest.raises(Stale):
        drafts.put_right(draft, "drop", {"node": 4}, version=0, at=AT)
    assert drafts.counts(IntakeDraft.objects.get())["dropped"] == 1


def test_confirm_makes_everything(draft, world):
    taken = take(draft, world)

    assert (taken.created, taken.aspects, taken.issues, taken.tasks) == (True, 2, 3, 3)
    states = dict(Task.objects.filter(notice=taken.notice).values_list("text", "state"))
    assert states == {"办班": State.COMPLETED, "修订": State.COMPLETED, "走访": State.SUSTAINED}
    assert IntakeDraft.objects.get().notice == taken.notice
    assert rollup.wrong_rows() == []


def test_confirm_twice_is_refused(draft, world):
    take(draft, world)

    with pytest.raises(Refused, match="已确认录入"):
        take(draft, world)
    assert Notice.objects.count() == 2


def test_a_lost_measure_stops_the_confirmation(draft, world):
    drafts.put_right(draft, "kind", {"node": 2, "kind": "dropped"}, version=0, at=AT)

    with pytest.raises(Refused, match="前面没有问题"):
        take(draft, world)


def test_undo_leaves_nothing(draft, world):
    taken = take(draft, world)

    drafts.undo(draft, by=world.office, at=AT)

    assert not Notice.objects.filter(pk=taken.notice.pk).exists()
    assert (Issue.objects.count(), Task.objects.count()) == (1, 0)
    assert (TaskScope.objects.count(), Rollup.objects.exclude(count=0).count()) == (0, 0)
    assert take(draft, world).created


def test_undo_is_refused_after_work(draft, world):
    taken = take(draft, world)
    task = Task.objects.filter(notice=taken.notice).first()
    planning.edit_task(task, {"remark": "x"}, base={}, by=world.office, at=AT)

    with pytest.raises(Refused, match="不能撤销录入"):
        drafts.undo(draft, by=world.office, at=AT)


def test_undo_is_refused_after_a_step(draft, world):
    drafts.put_right(draft, "drop", {"node": 5}, version=0, at=AT)
    taken = take(draft, world)
    task = Task.objects.filter(notice=taken.notice, state=State.DRAFT).first()
    workflow.perform(task, "assign", ask(world.office, lead_unit=world.bureau))

    with pytest.raises(Refused, match="分派或流转"):
        drafts.undo(draft, by=world.office, at=AT)


def test_header_days_survive(draft):
    drafts.set_header(draft, {"feedback_on": TODAY, "title": "新标题", "version": 9}, version=0, at=AT)

    parsed = drafts.parsed_of(IntakeDraft.objects.get())
    assert (parsed.feedback_on, parsed.title) == (TODAY, "新标题")


def test_same_text_is_not_doubled(draft, world):
    take(draft, world)
    again = drafts.begin(PARSED, unit=world.county, text="原文", file_name="", by=world.office, at=AT)

    taken = drafts.confirm(again, version=0, by=world.office, at=AT, today=TODAY)

    assert not taken.created
    assert intake.digest_of("原文") == taken.notice.text_digest
    assert Notice.objects.count() == 2
