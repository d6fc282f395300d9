"""Somebody leaves: what stands in the name, who may hand it over, and the list before and after."""

import pytest
from django.db import transaction

from accounts.models import Event, User
from accounts.people import Unfit
from accounts.roles import Role
from notices.domain import handover
from notices.models import Issue, Message, Task
from notices.terms import State
from tests.factories import AT, make_issue, make_notice, make_task, make_user, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def w():
    w = make_world()
    mine = {"contact": w.staff, "contact_text": "安经办", "contact_phone": "1"}
    w.first = make_task(w.issue, lead=w.bureau, **mine)
    w.second = make_task(w.issue, lead=w.bureau, leader=w.leader, leader_text="樊领导", **mine)
    w.closed = make_task(w.issue, lead=w.bureau, state=State.COMPLETED, **mine)
    make_task(make_issue(make_notice(w.county, title="旧批次", stage="archived")), lead=w.bureau, **mine)
    Issue.objects.filter(pk=w.issue.pk).update(leader=w.leader, leader_text="樊领导")
    w.heir = make_user("heir", (Role.STAFF, w.bureau), name="柏接手")
    return w


def keys(person, user):
    return [item.key for item in handover.items(person, user=user)]


def pass_on(w, person, to, *, by, only=None):
    found = {item.key: item.version for item in handover.items(person, user=by)}
    wanted = {key: to.pk for key in found if only is None or key in only}
    return handover.hand_over(person, wanted, seen=found, by=by, at=AT)


def test_what_stands_in_a_name_is_open_and_the_users_to_change(w):
    both = [f"contact-{w.first.pk}", f"contact-{w.second.pk}"]

    assert keys(w.staff, w.office) == keys(w.staff, w.head) == both
    assert keys(w.staff, w.town_head) == keys(w.staff, w.admin) == []
    assert keys(w.leader, w.office) == [f"leader-{w.second.pk}", f"issue-{w.issue.pk}"]
    assert keys(w.leader, w.head) == []


def test_everything_is_handed_over_at_once_with_an_event_each(w):
    User.objects.filter(pk=w.heir.pk).update(phone="0000-8800001")

    done = pass_on(w, w.staff, w.heir, by=w.head)

    assert [(row.item.number, row.to) for row in done] == [("W01-001-01", "柏接手"), ("W01-001-02", "柏接手")]
    first = Task.objects.get(pk=w.first.pk)
    assert (first.contact, first.contact_text, first.contact_phone) == (w.heir, "柏接手", "0000-8800001")
    assert (first.version, Task.objects.get(pk=w.closed.pk).contact) == (1, w.staff)
    assert keys(w.staff, w.office) == []
    assert Event.objects.filter(action="task.edit").count() == 2
    assert Event.objects.get(action="person.handover").data == {"from": "安经办", "to": {"柏接手": 2}}
    assert Message.objects.get().title == "卜局长把“安经办”名下的 2 项工作移交给您"


def test_a_leader_role_goes_to_another_leader_on_task_and_issue(w):
    other = make_user("leader2", (Role.LEADER, w.county), name="盘领导")

    pass_on(w, w.leader, other, by=w.office)

    assert Task.objects.get(pk=w.second.pk).leader_text == "盘领导"
    assert Issue.objects.get(pk=w.issue.pk).leader == other


def refused(act):
    with transaction.atomic(), pytest.raises(Unfit) as why:
        act()
    return str(why.value)


def test_nothing_is_half_handed_over(w):
    seen = {item.key: item.version for item in handover.items(w.staff, user=w.head)}
    Task.objects.filter(pk=w.second.pk).update(version=5)

    def act():
        handover.hand_over(w.staff, dict.fromkeys(seen, w.heir.pk), seen=seen, by=w.head, at=AT)

    assert "有 1 项刚刚被他人修改" in refused(act)
    assert Task.objects.get(pk=w.first.pk).contact == w.staff


def test_strangers_neither_hand_over_nor_take_over(w):
    assert "有 2 项" in refused(
        lambda: handover.hand_over(
            w.staff,
            {f"contact-{w.first.pk}": w.heir.pk, f"contact-{w.second.pk}": w.heir.pk},
            seen={f"contact-{w.first.pk}": 0, f"contact-{w.second.pk}": 0},
            by=w.town_head,
            at=AT,
        )
    )
    assert "接手人不在您可以指定的范围内" in refused(lambda: pass_on(w, w.staff, w.town_staff, by=w.head))
    assert "接手人不在您可以指定的范围内" in refused(lambda: pass_on(w, w.staff, w.admin, by=w.office))
    assert "请至少为一项选择接手人" in refused(lambda: pass_on(w, w.staff, w.heir, by=w.head, only=()))


def test_people_with_work_are_listed_even_when_they_left(w, django_assert_num_queries):
    w.staff.memberships.all().delete()
    User.objects.filter(pk=w.staff.pk).update(is_active=False)

    people = handover.people_of(w.office).order_by("pk")
    with django_assert_num_queries(3):
        counted = {p.username: n for p, n in handover.with_counts(people, w.office)}

    assert (counted["staff"], counted["leader"], counted["heir"]) == (2, 1, 0)
    assert "admin" not in counted and "staff" not in {p.username for p in handover.people_of(w.head)}
