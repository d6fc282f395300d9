import datetime as dt

import pytest

from accounts.models import Event
from notices.domain import rebukes
from notices.domain.push_figures import nudges_by_unit, push_figures
from notices.domain.rebukes import Held
from notices.domain.timeline import timeline
from notices.errors import Missing, Refused
from notices.models import Nudge, Rebuke, Task
from notices.terms import LetterKind, RebukeKind
from tests.factories import AT, TODAY, make_task, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def task(world):
    return make_task(world.issue, lead=world.bureau)


def enter(world, task, *, by=None, **changes):
    held = Held(
        **{"kind": RebukeKind.TALK, "held_on": TODAY, "held_by": "县纪委", "reason": "进展迟缓", **changes}
    )
    return rebukes.enter(
        world.notice, held, unit=world.bureau, tasks=[task], by=by or world.office, at=AT, today=TODAY
    )


def test_a_talk_stands_on_the_timeline_of_its_tasks_without_its_words(world, task):
    enter(world, task, outcome="限期整改")

    entry = timeline(task)[0]
    assert (entry.what, entry.text, entry.facts) == ("登记约谈（2026-11-20，云岭县教育局）", "", [])
    assert Event.objects.get().data["tasks"] == [task.number]


def test_who_enters_and_what_is_needed(world, task):
    with pytest.raises(Refused, match="只有整改办可以登记"):
        enter(world, task, by=world.leader)
    with pytest.raises(Missing, match="日期不能晚于今天"):
        enter(world, task, held_on=TODAY + dt.timedelta(days=1))
    with pytest.raises(Missing, match="请填写事由和实施人。"):
        enter(world, task, reason=" ")


def test_void_keeps_the_row_and_counts_it_no_more(world, task):
    row = enter(world, task)
    enter(world, task, kind=RebukeKind.CRITICISM)
    rebukes.void(row, why="重复登记", by=world.office, at=AT)

    figures = push_figures(world.notice, world.office, today=TODAY)
    assert (figures.talks, figures.criticisms, Rebuke.objects.count()) == (0, 1, 2)
    assert len(timeline(task)) == 1
    with pytest.raises(Refused, match="已经作废"):
        rebukes.void(row, why="再次", by=world.office, at=AT)


def test_who_sees_one(world, task):
    enter(world, task)

    seen = {
        u.username: Rebuke.objects.visible_to(u).count()
        for u in (world.office, world.head, world.staff, world.town_head)
    }

    assert seen == {"office": 1, "head": 1, "staff": 0, "townhead": 0}


def test_pushes_are_counted_by_unit(world, task):
    other = make_task(world.issue, lead=world.town)
    for each, answered in ((task, AT), (task, None), (other, None)):
        Nudge.objects.create(task=each, by=world.office, by_name="葛主任", at=AT, answered_at=answered)

    rows = [(u.name, u.total, u.open) for u in nudges_by_unit(Task.objects.all())]
    figures = push_figures(world.notice, world.town_head, today=TODAY)

    assert rows == [("云岭县教育局", 2, 1), ("青禾镇", 1, 1)]
    assert (figures.nudges, figures.nudges_open, figures.letters[LetterKind.REMINDER]) == (1, 1, 0)
