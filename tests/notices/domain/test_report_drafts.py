"""Drafts on the server, and parts of helping units taken into the lead unit's report."""

import datetime as dt

import pytest

from accounts.models import Event
from notices.domain import report_drafts, reporting
from notices.domain.timeline import timeline
from notices.errors import Refused
from notices.models import Progress, ReportDraft
from tests.factories import AT, make_task, make_world

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def task(world):
    return make_task(world.issue, lead=world.bureau, supporting=(world.town,))


def test_a_draft_is_kept_for_its_writer_alone_and_is_no_act(world, task):
    report_drafts.keep(task, {"text": "写了一"}, by=world.staff, at=AT)
    report_drafts.keep(task, {"text": "写了一半", "next_step": "再写"}, by=world.staff, at=AT + HOUR)

    draft = report_drafts.kept(task, by=world.staff)
    assert (draft.text, draft.next_step, draft.at) == ("写了一半", "再写", AT + HOUR)
    assert report_drafts.kept(task, by=world.head) is None
    assert not Event.objects.exists()


def test_an_emptied_or_filed_draft_is_gone_and_old_ones_too(world, task):
    other = make_task(world.issue, lead=world.bureau)
    report_drafts.keep(other, {"text": "旧"}, by=world.staff, at=AT - dt.timedelta(days=61))
    report_drafts.keep(task, {"text": "写"}, by=world.staff, at=AT)
    assert [d.task for d in ReportDraft.objects.all()] == [task]

    assert not report_drafts.keep(task, {"text": " "}, by=world.staff, at=AT)

    assert not ReportDraft.objects.exists()


def test_who_may_not_report_keeps_no_draft(world, task):
    with pytest.raises(Refused):
        report_drafts.keep(task, {"text": "写"}, by=world.office, at=AT)


def test_parts_since_the_last_own_report_are_merged_and_marked(world, task):
    reporting.report(task, text="早先的配合", by=world.town_staff, at=AT)
    reporting.report(task, text="牵头", by=world.staff, at=AT + HOUR)
    part = reporting.report(task, text="已配合排查", by=world.town_staff, at=AT + 2 * HOUR)
    assert reporting.parts_to_merge(task) == [part]

    row = reporting.report(task, text="汇总", merges=[part.pk, 999], by=world.staff, at=AT + 3 * HOUR)

    assert list(row.merges.all()) == [part]
    assert timeline(task)[0].facts == [("并入", f"青禾镇 {AT:%m-%d}")]
    assert Event.objects.order_by("pk").last().data["merges"] == [part.pk]
    assert reporting.parts_to_merge(task) == []


def test_a_helper_merges_nothing(world, task):
    own = reporting.report(task, text="配合", by=world.town_staff, at=AT)

    row = reporting.report(task, text="再报", merges=[own.pk], by=world.town_staff, at=AT + HOUR)

    assert not row.merges.exists()
    assert Progress.objects.count() == 2
