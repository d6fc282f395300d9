"""代班: rights for a period in one unit, recorded under both names, never over one's own application."""

import datetime as dt

import pytest
from django.db.models import F
from django.utils import timezone

from accounts import access, stand_ins
from accounts.models import Event, StandIn
from accounts.people import Unfit
from accounts.roles import Can, Role
from notices.domain import audience, inbox, permissions, reporting, workflow
from notices.models import Message, Task, Transition
from notices.terms import MessageKind, State
from tests.factories import AT, TODAY, ask, make_task, make_user, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def world():
    return make_world()


def stand_in(world, person=None, deputy=None, unit=None, *, first=TODAY, last=TODAY + 6 * DAY, by=None):
    person, deputy = person or world.head, deputy or world.staff
    days = {"first_on": first, "last_on": last}
    return stand_ins.name_stand_in(
        person, deputy, unit or world.bureau, **days, why="出差", by=by or person, at=AT, today=TODAY
    )


@pytest.mark.parametrize(
    ("day", "may"), [(-1, False), (0, True), (6, True), (7, False)], ids=["before", "first", "last", "after"]
)
def test_rights_hold_from_the_first_day_to_the_last(world, day, may):
    stand_in(world)

    access.on_day(world.staff, TODAY + day * DAY)

    assert access.has(world.staff, Can.APPROVE, world.bureau) is may
    assert access.has(world.staff, Can.APPROVE, world.section) is may
    assert not access.has(world.staff, Can.APPROVE, world.county)
    assert access.has(world.staff, Can.WORK, world.bureau)


def test_without_a_day_only_own_rights_count(world):
    stand_in(world)

    assert not access.has(world.staff, Can.APPROVE, world.bureau)


def test_rights_end_early_and_with_the_account_and_are_read_in_one_query(world, django_assert_num_queries):
    row = stand_in(world)
    with django_assert_num_queries(1):
        assert len(access.memberships(access.on_day(world.staff, TODAY))) == 2
    world.head.is_active = False
    world.head.save()
    assert len(access.memberships(access.on_day(world.staff, TODAY))) == 1
    world.head.is_active = True
    world.head.save()

    assert stand_ins.end_stand_in(row, by=world.head, at=AT)

    assert len(access.memberships(access.on_day(world.staff, TODAY))) == 1
    assert not stand_ins.end_stand_in(row, by=world.head, at=AT)
    assert list(Event.objects.order_by("pk").values_list("action", flat=True)) == [
        "standin.add",
        "standin.end",
    ]


STANDING = {
    "as it is": ({}, 1),
    "first day": ({"first_on": TODAY}, 1),
    "last day": ({"last_on": TODAY}, 1),
    "to come": ({"first_on": TODAY + DAY}, 0),
    "over": ({"last_on": TODAY - DAY}, 0),
    "ended": ({"ended_at": AT}, 0),
    "in a unit where the person holds nothing": ({"unit": "town"}, 0),
    "by somebody else": ({"deputy": "town_staff"}, 0),
    "the person has left": ({"person__is_active": False}, 0),
    "the deputy has left": ({"deputy__is_active": False}, 0),
}


@pytest.mark.parametrize(("change", "more"), STANDING.values(), ids=STANDING)
def test_the_rights_held_for_others_are_those_of_the_rows_in_force(world, change, more):
    """accounts/sql.py asks in its own words for what StandInQuerySet.on says."""
    row = stand_in(world)
    for name, value in ({"first_on": TODAY - DAY, "last_on": TODAY + DAY} | change).items():
        of, _, name = name.rpartition("__")
        changed = getattr(row, of) if of else row
        setattr(changed, name, getattr(world, value) if isinstance(value, str) else value)
        changed.save()

    held = access.memberships(access.on_day(world.staff, TODAY))

    standing = StandIn.objects.on(TODAY).filter(deputy=world.staff, unit__memberships__user=F("person"))
    assert [m.user for m in held if m.user != world.staff] == [r.person for r in standing]
    assert len(standing) == more


@pytest.mark.parametrize("who", ["town_head", "office", "section_staff", "staff"])
def test_others_set_and_end_nothing(world, who):
    by = getattr(world, who)
    with pytest.raises(Unfit):
        stand_in(world, by=by)
    row = stand_in(world)
    if who != "staff":  # the deputy may give it back
        with pytest.raises(Unfit):
            stand_ins.end_stand_in(row, by=by, at=AT)


def test_the_head_and_the_administrator_set_it_for_others(world):
    other = make_user("clerk", (Role.STAFF, world.bureau))

    stand_in(world, world.staff, other, by=world.head)
    stand_in(world, world.head, other, by=world.admin)

    assert StandIn.objects.count() == 2


def test_a_deputy_passes_nothing_on(world):
    stand_in(world)
    other = make_user("clerk", (Role.STAFF, world.bureau))

    with pytest.raises(Unfit):
        stand_in(
            world,
            world.head,
            other,
            by=access.on_day(world.staff, TODAY),
            first=TODAY + 10 * DAY,
            last=TODAY + 11 * DAY,
        )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"first": TODAY - DAY}, "开始日期不能早于今天"),
        ({"last": TODAY - DAY}, "结束日期不能早于开始日期"),
        ({"last": TODAY + 92 * DAY}, "最长 92 天"),
        ({"deputy": "head"}, "不能是本人"),
        ({"deputy": "town_staff"}, "不在“云岭县教育局”任职"),
    ],
)
def test_unfit_periods_are_refused(world, change, sentence):
    if "deputy" in change:
        change = {"deputy": getattr(world, change["deputy"])}

    with pytest.raises(Unfit, match=sentence):
        stand_in(world, **change)


def test_one_stand_in_at_a_time(world):
    stand_in(world)

    with pytest.raises(Unfit, match="已由“安经办”代班"):
        stand_in(world, first=TODAY + 6 * DAY, last=TODAY + 9 * DAY)
    stand_in(world, first=TODAY + 7 * DAY, last=TODAY + 9 * DAY)


def test_acts_by_the_right_of_the_other_carry_both_names(world):
    stand_in(world)
    clerk = make_user("clerk", (Role.STAFF, world.bureau), name="季经办")
    task = make_task(world.issue, lead=world.bureau, state=State.SUBMITTED, applicant=clerk)
    deputy = access.on_day(world.staff, TODAY)

    workflow.perform(task, "approve", ask(deputy))

    assert Transition.objects.get().by_name == "安经办（代卜局长）"
    assert Event.objects.get(action="task.approve").actor_name == "安经办（代卜局长）"
    assert Task.objects.get().approver == world.staff
    own = make_task(world.issue, lead=world.bureau)
    assert reporting.report(own, text="已开会", by=deputy, at=AT).by_name == "安经办"


def test_nobody_approves_the_application_of_whom_they_stand_in_for(world):
    stand_in(world)
    deputy = access.on_day(world.staff, TODAY)
    task = make_task(world.issue, lead=world.bureau, state=State.SUBMITTED, applicant=world.head)

    assert permissions.approver(deputy, task).startswith("申请人不能审核自己的申请")


@pytest.mark.parametrize(("who", "applicant"), [("office", "office_two"), ("office_two", "office")])
def test_nobody_verifies_for_the_other_of_the_two(world, who, applicant):
    stand_in(world, world.office, world.office_two, world.county)
    user = access.on_day(getattr(world, who), TODAY)
    people = {"applicant": getattr(world, applicant), "approver": world.head}
    task = make_task(world.issue, lead=world.bureau, state=State.VERIFYING, **people)

    assert permissions.verifier(user, task).startswith("谁验收、谁负责")
    assert permissions.verifier(access.on_day(user, TODAY + 20 * DAY), task) is None


def test_messages_and_reminders_go_to_both(world):
    stand_in(world)
    task = make_task(world.issue, lead=world.bureau)

    inbox.tell([world.head], MessageKind.NUDGE, "催办", task=task, at=AT)

    assert set(Message.objects.values_list("recipient__username", flat=True)) == {"head", "staff"}
    book = audience.load_directory(TODAY)
    assert book.holders(Role.HEAD, world.bureau.pk) == (world.head.pk, world.staff.pk)
    assert book.account(world.head.pk) == (world.head.pk, world.staff.pk)
    assert audience.load_directory(TODAY + 9 * DAY).account(world.head.pk) == (world.head.pk,)


def test_the_page_sets_lists_and_ends(client, world):
    client.force_login(world.head)
    today = timezone.localdate()
    sent = {
        "unit": world.bureau.pk,
        "person": "卜局长",
        "deputy": "安经办",
        "first_on": today,
        "last_on": today,
        "why": "出差",
    }

    assert client.post("/stand-ins", {**sent, "deputy": "查无此人"}).status_code == 422
    client.post("/stand-ins", sent)
    twice = client.post("/stand-ins", sent)

    row = StandIn.objects.get()
    assert "已由“安经办”代班" in twice.content.decode()
    client.force_login(world.staff)
    assert "代班中" in client.get("/stand-ins").content.decode()
    assert "单位负责人（代卜局长）" in client.get("/").content.decode()
    client.force_login(world.town_head)
    assert client.post(f"/stand-ins/{row.pk}/end").status_code == 404
    client.force_login(world.head)
    client.post(f"/stand-ins/{row.pk}/end")
    assert "提前结束" in client.get("/stand-ins").content.decode()
    assert StandIn.objects.get().ended_at is not None
