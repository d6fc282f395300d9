"""Who stands where for a task, and whose messages are whose."""

import pytest

from accounts.models import User
from accounts.roles import Role
from notices.domain import inbox
from notices.models import Message
from notices.terms import MessageKind
from tests.factories import AT, make_task, make_unit, make_user, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def names(people) -> list[str]:
    return [u.username for u in people]


def test_a_person_with_two_parts_gets_one_message(world):
    count = inbox.tell([world.staff, world.staff], MessageKind.STEP, "题" * 300, task=None, at=AT)

    assert count == 1
    assert Message.objects.get().title == "题" * 200


def test_workers_are_the_contact_or_the_staff_or_the_head(world):
    task = make_task(world.issue, lead=world.bureau)
    assert names(inbox.workers(task)) == ["staff"]

    task.contact = world.head
    assert names(inbox.workers(task)) == ["head"]

    User.objects.filter(username="staff").update(is_active=False)
    task.contact = None
    assert names(inbox.workers(task)) == ["head"]


def test_a_contact_who_left_gives_way_to_the_staff(world):
    task = make_task(world.issue, lead=world.bureau, contact=world.head)
    task.contact.is_active = False

    assert names(inbox.workers(task)) == ["staff"]


def test_heads_are_those_of_the_unit_or_the_nearest_above(world):
    assert names(inbox.heads(make_task(world.issue, lead=world.bureau))) == ["head"]
    assert names(inbox.heads(make_task(world.issue, lead=world.section))) == ["head"]
    assert names(inbox.heads(make_task(world.issue))) == []


def test_leaders_are_the_named_account_or_those_over_the_unit(world):
    assert names(inbox.leaders(make_task(world.issue, lead=world.section))) == ["leader"]

    named = make_user("named", (Role.LEADER, make_unit("云岭县委")))
    assert names(inbox.leaders(make_task(world.issue, lead=world.bureau, leader=named))) == ["named"]


def test_a_task_without_a_lead_has_nobody_but_the_office(world):
    task = make_task(world.issue)

    assert (inbox.workers(task), inbox.heads(task), inbox.leaders(task)) == ([], [], [])
    assert names(inbox.office(task)) == ["office", "office2"]


def test_messages_are_marked_read_by_their_own_reader_only(world):
    inbox.tell([world.staff, world.head], MessageKind.STEP, "一", task=None, at=AT)
    inbox.tell([world.staff], MessageKind.STEP, "二", task=None, at=AT)
    everything = list(Message.objects.values_list("pk", flat=True))

    assert inbox.mark_read(world.head, everything, at=AT) == 1
    assert Message.objects.of(world.staff).unread().count() == 2

    assert inbox.mark_read(world.staff, None, at=AT) == 2
    assert inbox.mark_read(world.staff, None, at=AT) == 0
