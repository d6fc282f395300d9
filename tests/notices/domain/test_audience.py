import datetime as dt

import pytest

from accounts.models import User
from accounts.roles import Role
from notices.domain import inbox
from notices.domain.audience import Facts, facts_of, judges, load_directory, told_by_rank
from notices.domain.reminder_rules import Who
from notices.models import Task
from notices.terms import State
from tests.factories import TODAY, make_task, make_unit, make_user, make_world

pytestmark = pytest.mark.django_db
LATER = TODAY + dt.timedelta(days=3)


def facts(task) -> Facts:
    return next(facts_of(Task.objects.filter(pk=task.pk)))


def names(pks):
    found = dict(User.objects.values_list("pk", "name"))
    return [found[pk] for pk in pks]


def told(task, *ranks):
    return names(told_by_rank(facts(task), ranks, load_directory(TODAY)))


def test_ranks_of_an_ordinary_task():
    w = make_world()
    secretary = make_user("secretary", (Role.HEAD, w.county), name="苗书记")
    task = make_task(w.issue, lead=w.bureau)

    assert told(task, Who.WORKER) == ["安经办"]
    assert told(task, Who.HEAD) == ["卜局长"]
    assert told(task, Who.LEADER) == ["樊领导"]
    assert told(task, Who.OFFICE) == ["葛主任", "霍干事"]
    assert told(task, Who.PARTY_HEAD) == [secretary.name]
    assert told(task, Who.SUPERVISOR) == ["纪组长"]
    assert told(task, *Who) == ["安经办", "卜局长", "樊领导", "葛主任", "霍干事", "苗书记", "纪组长"]


def test_matched_accounts_go_first_and_closed_ones_do_not_count():
    w = make_world()
    contact = make_user("contact", name="秦联络")
    gone = make_user("gone", name="屠离任")
    User.objects.filter(pk=gone.pk).update(is_active=False)

    assert told(make_task(w.issue, lead=w.bureau, contact=contact), Who.WORKER) == ["秦联络"]
    assert told(make_task(w.issue, lead=w.bureau, contact=gone), Who.WORKER) == ["安经办"]
    assert told(make_task(w.issue, lead=w.bureau, leader=contact), Who.LEADER) == ["秦联络"]
    assert told(make_task(w.issue, lead=w.bureau, leader=gone), Who.LEADER) == ["樊领导"]


def test_unit_without_people_climbs_and_ends_at_the_office():
    w = make_world()
    empty = make_unit("云岭县教育局档案室", parent=w.section)
    lonely = make_unit("柳湾乡", parent=w.county)

    assert told(make_task(w.issue, lead=empty), Who.WORKER) == ["卜局长"]
    assert told(make_task(w.issue, lead=lonely), Who.WORKER) == ["葛主任", "霍干事"]


def test_person_with_two_roles_is_told_once():
    w = make_world()
    both = make_user("both", (Role.STAFF, w.section), (Role.HEAD, w.section), name="温两岗")
    User.objects.filter(pk=w.section_staff.pk).update(is_active=False)

    task = make_task(w.issue, lead=w.section)

    assert told(task, Who.WORKER, Who.HEAD) == [both.name]


def test_directory_answers_as_the_inbox_does():
    w = make_world()
    lonely = make_unit("柳湾乡", parent=w.county)
    tasks = [
        make_task(w.issue, lead=lead, **extra)
        for lead in (w.bureau, w.section, w.town, lonely)
        for extra in ({}, {"contact": w.town_staff}, {"leader": w.head})
    ]
    book = load_directory(TODAY)
    ranks = {Who.WORKER: inbox.workers, Who.HEAD: inbox.heads, Who.LEADER: inbox.leaders}

    for task in tasks:
        for who, ask in ranks.items():
            alone = [u.pk for u in ask(task)] or [u.pk for u in inbox.office(task)]
            assert list(told_by_rank(facts(task), [who], book)) == alone


@pytest.mark.parametrize(
    ("state", "applicant", "approver", "expected"),
    [
        (State.SUBMITTED, "staff", None, ["卜局长"]),
        (State.VERIFYING, "staff", "head", ["葛主任", "霍干事"]),
        (State.VERIFYING, "office", "head", ["霍干事"]),  # filed for the unit: another one verifies
    ],
)
def test_judges(state, applicant, approver, expected):
    w = make_world()
    people = {"applicant": getattr(w, applicant), "approver": getattr(w, approver) if approver else None}
    task = make_task(w.issue, lead=w.bureau, state=state, **people)

    assert names(judges(facts(task), load_directory(TODAY))) == expected


def test_judge_of_the_heads_own_application_is_the_head_above():
    w = make_world()
    make_user("deputy", (Role.HEAD, w.county), name="苗县长")
    task = make_task(w.issue, lead=w.bureau, state=State.SUBMITTED, applicant=w.head)

    assert names(judges(facts(task), load_directory(TODAY))) == ["苗县长"]


def test_judge_of_a_part_is_the_head_of_the_leading_unit():
    w = make_world()
    whole = make_task(w.issue, lead=w.bureau)
    part = make_task(w.issue, lead=w.section, parent=whole, state=State.VERIFYING, applicant=w.section_staff)

    assert names(judges(facts(part), load_directory(TODAY))) == ["卜局长"]


def test_supervisors_judge_where_no_office_is_left():
    w = make_world()
    User.objects.filter(pk__in=[w.office.pk, w.office_two.pk]).update(is_active=False)
    task = make_task(w.issue, lead=w.bureau, state=State.VERIFYING, applicant=w.staff, approver=w.head)

    assert names(judges(facts(task), load_directory(TODAY))) == ["纪组长"]


def test_asking_the_directory_runs_no_query(django_assert_num_queries):
    w = make_world()
    tasks = [facts(make_task(w.issue, lead=unit)) for unit in (w.bureau, w.section, w.town)]
    book = load_directory(TODAY)

    with django_assert_num_queries(0):
        found = {told_by_rank(task, Who, book) for task in tasks}
    assert len(found) == 3
