"""Units, leaders and deadlines named in a measure are proposed, and adopted only on request."""

import datetime as dt

import pytest

from accounts.models import Unit
from notices.domain.proposals import Proposal, adopt, propose
from notices.models import Task
from notices.terms import State
from tests.factories import AT, TODAY, make_task, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def proposals(world):
    tasks = Task.objects.select_related("notice")
    return propose(world.notice, tasks, Unit.objects.without_tree_fields())


def test_named_unit_and_day_are_proposed(world):
    task = make_task(world.issue, text="由县教育局牵头，2026年12月底前完成校舍排查。")

    assert proposals(world) == {task.pk: Proposal(unit=world.bureau, deadline="2026年12月底前")}


def test_what_a_task_has_is_not_proposed(world):
    make_task(world.issue, lead=world.town, deadline=TODAY, text="由县教育局于2026年12月底前完成排查。")
    make_task(world.issue, text="加强学习。")

    assert proposals(world) == {}


def test_the_party_itself_and_closed_tasks_are_left_alone(world):
    make_task(world.issue, text="云岭县召开专题会议。")
    make_task(world.issue, state=State.COMPLETED, text="青禾镇于2026年12月底前完成。")

    assert proposals(world) == {}


def test_adopting_fills_and_names_what_has_nothing(world):
    task = make_task(world.issue, text="由县教育局牵头，2026年12月底前完成校舍排查。")
    bare = make_task(world.issue, text="加强学习。")

    filled = adopt([task, bare], proposals(world), by=world.office, at=AT, today=TODAY)

    assert filled.done == [task.number]
    assert filled.refused == {bare.number: "原文中没有可采用的单位、领导或时限。"}
    row = Task.objects.get(pk=task.pk)
    assert (row.lead_unit, row.deadline, row.state) == (world.bureau, dt.date(2026, 12, 31), State.DRAFT)
