"""Labelled lines of a notice become the plan of the issue's tasks."""

import datetime as dt

import pytest

from notices.domain import intake, rollup
from notices.models import Issue, Task
from notices.terms import State
from notices.text import review
from notices.text.parse import parse_notice
from tests.factories import AT, TODAY, make_world

pytestmark = pytest.mark.django_db

TEXT = """二、逐项整改情况
(一)落实上级部署方面
1.关于学习不深入的问题。
具体表现：集中学习次数不足。
责任领导：县委副书记樊领导
牵头单位：县教育局
责任单位：青禾镇、县档案馆
整改时限：2026年12月底前，并长期坚持
整改措施：一是举办培训班。二是修订学习制度。
整改进度：正在整改。
2.关于台账不清的问题。
责任单位：青禾镇、教育局
整改时限：2026年13月
整改措施：一是全面清查。
"""


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def notice(world):
    return take(world).notice


def take(world):
    parsed = parse_notice(TEXT)
    return intake.take_notice(parsed, unit=world.county, text=TEXT, by=world.office, at=AT, today=TODAY)


def units_of(task):
    return [(u.unit_text, u.unit_id, u.role) for u in task.task_units.order_by("position")]


def test_issue_holds_what_was_printed(world, notice):
    issue = Issue.objects.get(notice=notice, position=1)

    assert issue.detail == "集中学习次数不足"
    assert issue.leader_text == "县委副书记樊领导"
    assert issue.lead_unit == world.bureau
    assert issue.responsible_text == "青禾镇、县档案馆"
    assert (issue.deadline, issue.deadline_text) == (dt.date(2026, 12, 31), "2026年12月底前，并长期坚持")


def test_every_task_of_the_issue_gets_the_plan(world, notice):
    tasks = Task.objects.filter(issue__notice=notice, issue__position=1)

    assert len(tasks) == 2
    for task in tasks:
        assert (task.state, task.lead_unit, task.keep_up) == (State.DRAFT, world.bureau, True)
        assert task.deadline == dt.date(2026, 12, 31)
        assert units_of(task) == [
            ("县教育局", world.bureau.pk, "lead"),
            ("青禾镇", world.town.pk, "responsible"),
            ("县档案馆", None, "responsible"),
        ]
    assert rollup.wrong_rows() == []


def test_responsible_unit_alone_leads_and_a_damaged_day_is_kept_as_words(world, notice):
    task = Task.objects.get(issue__notice=notice, issue__position=2)

    assert units_of(task) == [("青禾镇", world.town.pk, "lead"), ("教育局", world.bureau.pk, "responsible")]
    assert (task.deadline, task.deadline_text) == (None, "2026年13月")


def test_labels_survive_the_review():
    parsed = parse_notice(TEXT)

    nodes = review.from_json(review.to_json(review.nodes_of(parsed)))

    assert [i.labels for i in review.parsed_of(parsed, nodes).issues] == [i.labels for i in parsed.issues]
