"""Who may report, comment and push, and who sees what: the role table of the domain, by hand."""

import pytest

from accounts.models import User
from accounts.roles import Role
from notices.domain import permissions, planning, workflow
from notices.models import Issue, Notice, Task
from notices.terms import Stage, State, UnitRole
from tests.factories import (
    AT,
    ask,
    make_issue,
    make_notice,
    make_task,
    make_unit,
    make_user,
    make_world,
)

pytestmark = pytest.mark.django_db

EVERYBODY = (
    "staff",
    "head",
    "section_staff",
    "town_staff",
    "town_head",
    "leader",
    "office",
    "office_two",
    "supervisor",
    "admin",
    "security",
    "auditor",
    "nobody",
)
WHOLE = {"office", "office_two", "supervisor"}
OVER_THE_BUREAU = {"staff", "head", "leader"}


@pytest.fixture
def world():
    made = make_world()
    made.security = make_user("security", (Role.SECURITY, made.county))
    made.auditor = make_user("auditor", (Role.AUDITOR, made.county))
    made.nobody = make_user("nobody")
    return made


def who_sees(world, row) -> set[str]:
    manager = type(row).objects
    return {
        name
        for name in EVERYBODY
        if manager.visible_to(User.objects.get(username=getattr(world, name).username))
        .filter(pk=row.pk)
        .exists()
    }


# ── Who sees a task ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", [s for s in State if s != State.DRAFT])
def test_an_assigned_task_is_seen_by_its_unit_those_above_and_the_office(world, state):
    task = make_task(world.issue, lead=world.bureau, state=state)

    assert who_sees(world, task) == WHOLE | OVER_THE_BUREAU


def test_a_draft_is_hidden_from_units_and_leaders_even_with_a_planned_lead(world):
    task = make_task(world.issue, lead=world.bureau, state=State.DRAFT, leader=world.leader)

    assert who_sees(world, task) == WHOLE


def test_a_task_of_a_section_is_seen_from_above_and_not_by_its_sister(world):
    task = make_task(world.issue, lead=world.section)

    assert who_sees(world, task) == WHOLE | OVER_THE_BUREAU | {"section_staff"}


def test_a_section_does_not_see_what_stays_with_the_bureau(world):
    make_task(world.issue, lead=world.bureau)

    assert list(Task.objects.visible_to(world.section_staff)) == []


def test_a_supporting_unit_sees_the_task_and_its_sister_does_not(world):
    hall = make_unit("云岭县档案馆", parent=world.county)
    world.nobody = make_user("hall", (Role.STAFF, hall))
    task = make_task(world.issue, lead=world.bureau, supporting=(world.town,))

    assert who_sees(world, task) == WHOLE | OVER_THE_BUREAU | {"town_staff", "town_head"}


def test_a_former_lead_reads_on(world):
    task = make_task(world.issue, lead=world.town)
    workflow.perform(task, "reassign", ask(world.office, lead_unit=world.bureau, reason="职能调整"))

    assert who_sees(world, task) == WHOLE | OVER_THE_BUREAU | {"town_staff", "town_head"}


def test_a_person_named_as_leader_sees_the_task_without_any_membership(world):
    task = make_task(world.issue, lead=world.bureau, leader=world.nobody)
    other = make_task(world.issue, lead=world.bureau)

    assert who_sees(world, task) == WHOLE | OVER_THE_BUREAU | {"nobody"}
    assert who_sees(world, other) == WHOLE | OVER_THE_BUREAU


def test_the_units_of_a_parent_task_see_its_parts(world):
    parent = make_task(world.issue, lead=world.town)
    part = make_task(world.issue, lead=world.section, parent=parent)

    assert who_sees(world, part) == WHOLE | OVER_THE_BUREAU | {"section_staff", "town_staff", "town_head"}


def test_a_unit_added_to_a_parent_task_sees_its_parts_at_once(world):
    parent = make_task(world.issue, lead=world.bureau)
    part = make_task(world.issue, lead=world.section, parent=parent)
    lead = planning.Part(world.bureau, world.bureau.name, UnitRole.LEAD)
    helper = planning.Part(world.town, world.town.name, UnitRole.SUPPORTING)

    planning.set_units(parent, [lead, helper], by=world.office, at=AT)

    assert "town_staff" in who_sees(world, part)


def test_an_office_sees_the_notices_of_its_own_subtree_only(world):
    city = make_unit("云岭市")
    other = make_unit("临江县", parent=city)
    world.nobody = make_user("cityoffice", (Role.OFFICE, city))
    type(world.county).objects.filter(pk=world.county.pk).update(parent=city)
    mine = make_task(world.issue, lead=world.bureau)
    theirs = make_task(make_issue(make_notice(other)), lead=other)

    assert who_sees(world, mine) == WHOLE | OVER_THE_BUREAU | {"nobody"}
    assert who_sees(world, theirs) == {"nobody"}


def test_a_person_who_was_switched_off_sees_nothing(world):
    make_task(world.issue, lead=world.bureau)
    User.objects.filter(username="office").update(is_active=False)

    assert list(Task.objects.visible_to(User.objects.get(username="office"))) == []


def test_a_task_with_two_units_of_one_person_is_listed_once(world):
    both = make_user("both", (Role.STAFF, world.bureau), (Role.STAFF, world.town))
    task = make_task(world.issue, lead=world.bureau, supporting=(world.town,), leader=both)

    assert list(Task.objects.visible_to(both)) == [task]


# ── Who sees a notice and an issue ───────────────────────────────────────────


def test_a_notice_and_an_issue_are_seen_by_those_who_see_a_task_in_them(world):
    make_task(world.issue, lead=world.bureau)
    expected = WHOLE | OVER_THE_BUREAU

    assert who_sees(world, world.issue) == expected
    assert who_sees(world, world.notice) == expected


def test_an_issue_beside_is_not_seen(world):
    make_task(world.issue, lead=world.bureau)
    beside = make_issue(world.notice, title="关于另一问题")
    make_task(beside, lead=world.town)

    assert list(Issue.objects.visible_to(world.staff)) == [world.issue]
    assert list(Notice.objects.visible_to(world.staff)) == [world.notice]


def test_a_notice_with_drafts_only_is_seen_by_the_office_alone(world):
    make_task(world.issue, lead=world.bureau, state=State.DRAFT, leader=world.leader)

    assert who_sees(world, world.notice) == WHOLE
    assert who_sees(world, world.issue) == WHOLE


# ── Who may report and push ──────────────────────────────────────────────────

REPORTS = {
    State.DRAFT: set(),
    State.PENDING: set(),
    State.ACTIVE: {"staff", "head", "town_staff", "town_head"},
    State.SUBMITTED: {"staff", "head", "town_staff", "town_head"},
    State.VERIFYING: {"staff", "head", "town_staff", "town_head"},
    State.COMPLETED: set(),
    State.SUSTAINED: {"staff", "head", "town_staff", "town_head"},
    State.CANCELLED: set(),
}


@pytest.mark.parametrize("state", list(State))
def test_reports_come_from_the_units_of_the_task(world, state):
    task = make_task(world.issue, lead=world.bureau, state=state, supporting=(world.town,))

    found = {who for who in EVERYBODY if permissions.reporter(getattr(world, who), task) is None}

    assert found == REPORTS[state]


def test_nobody_reports_in_an_archived_notice(world):
    task = make_task(world.issue, lead=world.bureau)
    task.notice.stage = Stage.ARCHIVED

    assert permissions.reporter(world.staff, task) == "该批次已归档，只能查看。"


def test_a_former_lead_does_not_report(world):
    task = make_task(world.issue, lead=world.bureau)
    workflow.perform(task, "reassign", ask(world.office, lead_unit=world.town, reason="职能调整"))
    workflow.perform(task, "accept", ask(world.town_staff))

    assert permissions.reporter(world.staff, task) == "只有承担该任务的单位可以填报进展。"


def test_the_office_reports_for_a_unit_without_accounts_only(world):
    hall = make_unit("云岭县档案馆", parent=world.county)

    assert permissions.reporter(world.office, make_task(world.issue, lead=hall)) is None
    assert permissions.reporter(world.office, make_task(world.issue, lead=world.bureau)) == (
        "牵头单位已有账号，应由该单位自行填报。"
    )


@pytest.mark.parametrize("state", list(State))
def test_the_leader_and_the_office_push_what_is_with_the_unit(world, state):
    task = make_task(world.issue, lead=world.bureau, state=state)

    found = {who for who in EVERYBODY if permissions.nudger(getattr(world, who), task) is None}

    with_unit = state in (State.PENDING, State.ACTIVE)
    assert found == ({"leader", "office", "office_two"} if with_unit else set())


@pytest.mark.parametrize("stage", [Stage.DRAFT, Stage.ARCHIVED])
def test_nothing_is_pushed_before_the_plan_or_after_the_archive(world, stage):
    task = make_task(world.issue, lead=world.bureau)
    task.notice.stage = stage

    assert permissions.nudger(world.office, task) == "该批次尚未启动或已归档，不能催办。"


def test_a_leader_elsewhere_may_push_only_the_task_that_names_them(world):
    elsewhere = make_user("elsewhere", (Role.LEADER, world.town))
    named = make_task(world.issue, lead=world.bureau, leader=elsewhere)
    unnamed = make_task(world.issue, lead=world.bureau)

    assert permissions.nudger(elsewhere, named) is None
    assert permissions.nudger(elsewhere, unnamed) == "只有责任领导和整改办可以催办。"
