"""The same notice again, with more in it: what is new is added, nothing is lost or doubled."""

from dataclasses import replace

import pytest

from notices.domain import drafts, intake_update, planning, rollup
from notices.errors import Refused
from notices.models import Issue, Notice, Task
from notices.records import ParsedIssue, ParsedMeasure
from notices.terms import State
from tests.factories import AT, TODAY, make_unit, make_world
from tests.notices.text.test_review import PARSED

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def notice(world):
    return take(world, PARSED, "原文").notice


def begin(world, parsed, text):
    return drafts.begin(parsed, unit=world.county, text=text, file_name="", by=world.office, at=AT)


def take(world, parsed, text):
    return drafts.confirm(begin(world, parsed, text), version=0, by=world.office, at=AT, today=TODAY)


def update(world, notice, parsed, text="新版"):
    draft = begin(world, parsed, text)
    return drafts.confirm_update(draft, notice, version=0, by=world.office, at=AT, today=TODAY)


def test_nothing_new_changes_nothing(world, notice):
    updated = update(world, notice, PARSED)

    assert (updated.issues_added, updated.tasks_added, updated.states_taken, updated.missing) == (0, 0, 0, ())
    assert Task.objects.filter(notice=notice).count() == 3


def test_new_measures_and_issues_are_added(world, notice):
    first, second, third = PARSED.issues
    second = replace(
        second, measures=(ParsedMeasure(None, "补课", 8),), progress="completed", progress_text="已完成"
    )
    fresh = ParsedIssue((2, 5), "新发现的问题", 20, None, None, (ParsedMeasure(None, "排查", 21),))

    updated = update(world, notice, replace(PARSED, issues=(first, second, third, fresh)))

    assert (updated.issues_added, updated.tasks_added, updated.states_taken) == (1, 2, 1)
    assert Issue.objects.get(title="新发现的问题").number == "W02-004"
    states = dict(Task.objects.filter(notice=notice).values_list("text", "state"))
    assert (states["补课"], states["排查"]) == (State.COMPLETED, State.DRAFT)
    assert rollup.wrong_rows() == []


def test_what_the_new_text_lacks_stays_and_is_named(world, notice):
    first = replace(PARSED.issues[0], measures=PARSED.issues[0].measures[:1])

    updated = update(world, notice, replace(PARSED, issues=(first,)))

    assert updated.missing == ("W01-002", "W02-003", "W01-001-02")
    assert Task.objects.filter(notice=notice).count() == 3


def test_work_since_is_not_overwritten(world, notice):
    task = Task.objects.filter(notice=notice, text="走访").get()
    planning.edit_task(task, {"remark": "已核"}, base={}, by=world.office, at=AT)

    update(world, notice, PARSED)

    assert Task.objects.get(pk=task.pk).remark == "已核"


def test_a_draft_is_done_after_the_update(world, notice):
    draft = begin(world, PARSED, "新版")
    drafts.confirm_update(draft, notice, version=0, by=world.office, at=AT, today=TODAY)

    with pytest.raises(Refused):
        drafts.put_right(draft, "drop", {"node": 3}, version=draft.version, at=AT)


def test_another_notice_is_no_candidate(world, notice):
    other = replace(PARSED, title="另一份通报")

    assert drafts.older(begin(world, other, "别的")) == []
    with pytest.raises(Refused, match="不是同一份通报"):
        update(world, notice, other, "别的")


def test_same_team_and_feedback_day_is_a_candidate(world):
    parsed = replace(PARSED, inspecting_body="县委第一巡察组", feedback_on=TODAY)
    notice = take(world, parsed, "原文").notice

    found = intake_update.candidates(replace(parsed, title="改了标题"), unit_id=world.county.pk, text="别的")

    assert found == [notice]
    assert intake_update.candidates(parsed, unit_id=make_unit("远山县").pk, text="原文") == []


def test_repeated_aspect_numbers_are_kept_as_printed(world):
    aspects = (*PARSED.aspects, replace(PARSED.aspects[1], title="又一个方面", line=30))
    late = ParsedIssue((2, 9), "后面的问题", 31, None, None, ())
    taken = take(world, replace(PARSED, aspects=aspects, issues=(*PARSED.issues, late)), "重号")

    assert Issue.objects.get(notice=taken.notice, title="后面的问题").aspect.title == "又一个方面"
    assert Issue.objects.get(notice=taken.notice, title="作风不实").aspect.title == "乙方面"
    assert Notice.objects.count() == 2
