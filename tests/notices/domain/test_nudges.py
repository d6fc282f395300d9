"""催办: who is told, the pause between two pushes, batches."""

import datetime as dt

import pytest

from accounts.models import Event, User
from accounts.roles import Role
from notices.domain import nudges
from notices.errors import Refused
from notices.models import Message, Nudge, Task
from notices.terms import State
from tests.factories import AT, make_task, make_unit, make_user, make_world

pytestmark = pytest.mark.django_db

TWO_DAYS = dt.timedelta(days=2)


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def task(world):
    return make_task(world.issue, lead=world.bureau)


def test_a_push_is_a_row_a_count_an_event_and_messages(world, task):
    row = nudges.push(task, text=" 请于本周报送 ", by=world.leader, at=AT)

    assert (row.text, row.by_name, row.unit_name) == ("请于本周报送", "樊领导", "云岭县")
    assert (task.nudge_count, Task.objects.get().nudge_count) == (1, 1)
    assert Event.objects.get().action == "task.nudge"
    assert {m.recipient.username for m in Message.objects.all()} == {"staff", "head"}
    message = Message.objects.first()
    assert message.title == f"{task.number} 被催办"
    assert message.body.startswith("云岭县 樊领导 催办：请于本周报送")


def test_the_contact_is_told_instead_of_the_whole_staff(world, task):
    contact = make_user("contact", (Role.STAFF, world.bureau))
    Task.objects.update(contact=contact)

    nudges.push(task, text="", by=world.office, at=AT)

    assert {m.recipient.username for m in Message.objects.all()} == {"contact", "head"}


def test_a_second_push_waits_two_days_whoever_pushes(world, task):
    nudges.push(task, text="", by=world.leader, at=AT)

    with pytest.raises(Refused, match="已于 11月20日 10:00 催办，两天内不重复催办。"):
        nudges.push(task, text="", by=world.office, at=AT + TWO_DAYS - dt.timedelta(seconds=1))
    nudges.push(task, text="", by=world.office, at=AT + TWO_DAYS)

    assert Nudge.objects.count() == 2
    assert Task.objects.get().nudge_count == 2


def test_another_task_may_be_pushed_meanwhile(world, task):
    nudges.push(task, text="", by=world.leader, at=AT)

    nudges.push(make_task(world.issue, lead=world.town), text="", by=world.leader, at=AT)

    assert Nudge.objects.count() == 2


def test_a_unit_nobody_works_for_is_pushed_through_the_head_above_or_not_at_all(world):
    branch = make_unit("云岭县教育局考试中心", parent=world.bureau)
    nudges.push(make_task(world.issue, lead=branch), text="", by=world.office, at=AT)
    assert [m.recipient.username for m in Message.objects.all()] == ["head"]

    hall = make_unit("云岭县档案馆", parent=world.county)
    with pytest.raises(Refused, match="没有可接收催办的账号，请线下联系。"):
        nudges.push(make_task(world.issue, lead=hall), text="", by=world.office, at=AT)


def test_people_switched_off_are_not_told(world, task):
    User.objects.filter(username="staff").update(is_active=False)

    nudges.push(task, text="", by=world.office, at=AT)

    assert [m.recipient.username for m in Message.objects.all()] == ["head"]


@pytest.mark.parametrize("who", ["staff", "head", "supervisor", "admin", "town_head"])
def test_others_do_not_push(world, task, who):
    with pytest.raises(Refused):
        nudges.push(task, text="", by=getattr(world, who), at=AT)

    assert not Nudge.objects.exists()
    assert not Message.objects.exists()


def test_a_batch_pushes_what_it_can_and_says_why_not_for_the_rest(world, task):
    closed = make_task(world.issue, lead=world.bureau, state=State.COMPLETED)
    other = make_task(world.issue, lead=world.town)

    found = nudges.push_many([task, closed, other], text="", by=world.leader, at=AT)

    assert found.done == [task.number, other.number]
    assert found.refused == {closed.number: "任务处于“已完成整改”，无需催办。"}
