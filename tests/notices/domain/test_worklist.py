import datetime as dt

import pytest

from accounts.roles import Role
from notices.domain import permissions, reporting, workflow, worklist
from notices.models import Task
from notices.terms import Stage, State
from tests.factories import AT, TODAY, ask, make_issue, make_task, make_unit, make_user, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def numbers(code, user):
    tasks = Task.objects.visible_to(user)
    found = worklist.narrowed(tasks, code, user=user, today=TODAY)
    return sorted(found.values_list("number", flat=True))


def test_pending_task_waits_for_its_lead_unit_alone():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, state=State.PENDING, supporting=(w.town,))

    assert numbers("accept", w.staff) == [task.number]
    assert numbers("accept", w.town_staff) == []


def test_task_without_a_report_since_monday_waits_for_update():
    w = make_world()
    told, silent = make_task(w.issue, lead=w.bureau), make_task(w.issue, lead=w.bureau)
    old = make_task(w.issue, lead=w.bureau)
    reporting.report(told, text="本周", by=w.staff, at=AT)
    reporting.report(old, text="上周", by=w.staff, at=AT - 7 * DAY)

    assert numbers("update", w.staff) == sorted([silent.number, old.number])


def test_returned_task_is_listed_until_it_is_submitted_again():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, state=State.SUBMITTED)
    workflow.perform(task, "return", ask(w.head, reason="材料不全"))

    assert numbers("returned", w.staff) == [task.number]
    assert numbers("returned", w.town_staff) == []


def test_own_claim_waits_for_another_head():
    w = make_world()
    other = make_task(w.issue, lead=w.bureau, state=State.SUBMITTED, applicant=w.staff)
    make_task(w.issue, lead=w.bureau, state=State.SUBMITTED, applicant=w.head)

    assert numbers("approve", w.head) == [other.number]


def test_one_person_unit_approves_its_own_claim():
    w = make_world()
    unit = make_unit("独岭村", parent=w.county)
    alone = make_user("alone", (Role.HEAD, unit))
    task = make_task(w.issue, lead=unit, state=State.SUBMITTED, applicant=alone)

    assert numbers("approve", alone) == [task.number]


def test_verifying_task_waits_for_office_but_not_for_who_approved_it():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, state=State.VERIFYING, approver=w.office_two)

    assert numbers("verify", w.office) == [task.number]
    assert numbers("verify", w.supervisor) == [task.number]
    assert numbers("verify", w.office_two) == []


def test_drafts_wait_for_the_office_alone():
    w = make_world()
    task = make_task(w.issue)

    assert numbers("assign", w.office) == [task.number]
    assert "assign" not in worklist.todos_of(w.staff, Role.STAFF)


def test_overdue_and_due_soon_follow_the_light():
    w = make_world()
    red = make_task(w.issue, lead=w.bureau, deadline=TODAY - DAY)
    yellow = make_task(w.issue, lead=w.bureau, deadline=TODAY + 10 * DAY)
    make_task(w.issue, lead=w.bureau, deadline=TODAY + 11 * DAY)
    make_task(w.issue, lead=w.bureau, deadline=TODAY - DAY, state=State.COMPLETED)

    assert numbers("overdue", w.leader) == [red.number]
    assert numbers("due", w.leader) == [yellow.number]


def test_leader_sees_overdue_first_and_staff_what_to_accept():
    w = make_world()

    assert worklist.todos_of(w.leader, Role.LEADER) == ["overdue", "due"]
    assert worklist.todos_of(w.staff, Role.STAFF) == ["accept", "returned", "overdue", "due", "update"]
    assert worklist.todos_of(w.head, Role.HEAD)[0] == "approve"
    assert worklist.todos_of(w.office, Role.OFFICE)[:2] == ["assign", "verify"]


def test_unknown_code_narrows_nothing():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)

    assert numbers("nothing", w.staff) == [task.number]


def many_tasks(w):
    silent = make_unit("云岭县档案馆", parent=w.county)
    archived = make_issue(
        type(w.notice).objects.create(unit=w.county, title="旧批次", stage=Stage.ARCHIVED, created_at=AT)
    )
    tasks = [make_task(w.issue, lead=w.bureau, state=s, leader=w.leader) for s in State]
    tasks += [make_task(w.issue, lead=w.town, supporting=(w.bureau,)), make_task(w.issue, lead=silent)]
    tasks += [make_task(w.issue, lead=w.section), make_task(archived, lead=w.bureau)]
    prepared = Task.objects.select_related("notice").prefetch_related("task_units")
    return list(prepared.filter(pk__in=[t.pk for t in tasks]).order_by("pk"))


def test_rights_of_a_whole_list_are_those_of_each_task():
    w = make_world()
    tasks = many_tasks(w)

    for user in (w.staff, w.head, w.section_staff, w.town_staff, w.leader, w.office, w.supervisor, w.admin):
        may_report = {t.pk for t in tasks if permissions.reporter(user, t) is None}
        may_push = {t.pk for t in tasks if permissions.nudger(user, t) is None}
        assert worklist.reportable(tasks, user) == may_report, user
        assert worklist.pushable(tasks, user) == may_push, user
