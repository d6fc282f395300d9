"""催办: who is told, the pause between two pushes, batches."""

import datetime as dt

import pytest

from accounts.models import Event, User
from accounts.roles import Role
from notices.domain import nudges
from notices.domain.workdays import set_day
from notices.errors import Refused
from notices.models import Message, Nudge, Task
from notices.terms import State
from tests.factories import AT, make_task, make_unit, make_user, make_world

pytestmark = pytest.mark.django_db

CHINA = AT.tzinfo


def moment(month, day, hour, minute=0):
    """In 2026. AT is Friday, 20 November, 10:00."""
    return dt.datetime(2026, month, day, hour, minute, tzinfo=CHINA)


@pytest.fixture(autouse=True)
def office_hours(settings):
    settings.NUDGE_ANY_TIME = False


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


def test_a_second_push_waits_two_working_days_whoever_pushes(world, task):
    nudges.push(task, text="", by=world.leader, at=AT)

    with pytest.raises(Refused) as why:
        nudges.push(task, text="", by=world.office, at=moment(11, 24, 9, 59))
    nudges.push(task, text="", by=world.office, at=moment(11, 24, 10))

    assert str(why.value) == (
        f"任务 {task.number} 已于 11月20日 10:00 催办，两个工作日内不重复催办，11月24日 10:00 起可以再次催办。"
    )
    assert Nudge.objects.count() == 2
    assert Task.objects.get().nudge_count == 2


# 2026: the 1st to the 7th of October are off, Saturday the 10th is worked instead.
@pytest.mark.parametrize(
    ("at", "then"),
    [
        (moment(11, 20, 7, 59), "11月20日 08:00"),
        (moment(11, 20, 20), "11月23日 08:00"),
        (moment(11, 18, 23), "11月19日 08:00"),
        (moment(11, 21, 10), "11月23日 08:00"),
        (moment(9, 30, 20), "10月08日 08:00"),
        (moment(10, 5, 10), "10月08日 08:00"),
        (moment(10, 9, 21), "10月10日 08:00"),
    ],
)
def test_nobody_is_pushed_at_night_or_on_a_day_off(world, task, at, then):
    with pytest.raises(Refused) as why:
        nudges.push(task, text="", by=world.leader, at=at)

    assert str(why.value) == f"夜间（20:00 至次日 8:00）和休息日不催办，{then} 起可以催办。"
    assert not Message.objects.exists()


@pytest.mark.parametrize("at", [moment(11, 20, 8), moment(11, 20, 19, 59), moment(10, 10, 10)])
def test_in_working_hours_and_on_a_worked_saturday_people_are_pushed(world, task, at):
    nudges.push(task, text="", by=world.leader, at=at)

    assert Nudge.objects.count() == 1


def test_the_pause_counts_no_holiday(world, task):
    nudges.push(task, text="", by=world.leader, at=moment(9, 30, 15))

    with pytest.raises(Refused, match="10月09日 15:00 起可以再次催办"):
        nudges.push(task, text="", by=world.leader, at=moment(10, 9, 14))


def test_the_office_may_lift_the_quiet_hours_but_not_the_pause(world, task, settings):
    settings.NUDGE_ANY_TIME = True
    nudges.push(task, text="", by=world.leader, at=moment(11, 21, 23))

    with pytest.raises(Refused, match="11月24日 23:00 起可以再次催办"):
        nudges.push(task, text="", by=world.leader, at=moment(11, 22, 23))


def test_a_day_the_office_declares_worked_is_one(world, task):
    set_day(dt.date(2026, 11, 21), is_working=True, name="值班", by=world.office, at=AT)

    nudges.push(task, text="", by=world.leader, at=moment(11, 21, 10))

    assert Nudge.objects.count() == 1


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
    assert found.refused == [(closed.number, "任务处于“已完成整改”，无需催办。")]
