"""What the database itself refuses, whoever writes: one row for each thing that must never be."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from notices.models import (
    Comment,
    Evidence,
    Issue,
    Notice,
    Progress,
    Reminder,
    Rollup,
    Task,
    TaskScope,
    TaskUnit,
    Transition,
)
from tests.factories import (
    AT,
    TODAY,
    make_evidence,
    make_issue,
    make_notice,
    make_progress,
    make_task,
    make_user,
    make_world,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    made = make_world()
    made.task = make_task(made.issue, lead=made.bureau)
    return made


def refused(act) -> bool:
    try:
        with transaction.atomic():
            act()
    except IntegrityError:
        return True
    return False


# (name, change of one active task led by the bureau)
TASK = [
    ("task_state_known", {"state": "sleeping"}),
    ("task_lead_when_assigned", {"lead_unit": None}),
    ("task_lead_when_assigned", {"lead_unit": None, "state": "pending"}),
    ("task_lead_when_assigned", {"lead_unit": None, "state": "verifying"}),
    ("task_closed_on_when_closed", {"state": "completed"}),
    ("task_closed_on_when_closed", {"state": "sustained"}),
    ("task_closed_on_when_closed", {"closed_on": TODAY}),
    ("task_text_given", {"text": ""}),
]
FINE = [
    {"state": "draft", "lead_unit": None},
    {"state": "cancelled", "lead_unit": None},
    {"state": "completed", "closed_on": TODAY, "lead_unit": None},
    {"state": "verifying"},
]


@pytest.mark.parametrize(("constraint", "change"), TASK)
def test_a_task_that_must_not_be(world, constraint, change):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Task.objects.filter(pk=world.task.pk).update(**change)


@pytest.mark.parametrize("change", FINE)
def test_a_task_that_may_be(world, change):
    assert Task.objects.filter(pk=world.task.pk).update(**change) == 1


def test_a_task_is_not_its_own_parent_and_its_number_is_given_once(world):
    other = make_task(world.issue, lead=world.bureau)

    assert refused(lambda: Task.objects.filter(pk=other.pk).update(parent=other))
    assert refused(lambda: Task.objects.filter(pk=other.pk).update(number=world.task.number))


def test_the_database_says_which_tasks_are_open(world):
    for state, is_open in (
        ("draft", True),
        ("pending", True),
        ("active", True),
        ("submitted", True),
        ("verifying", True),
        ("completed", False),
        ("sustained", False),
        ("cancelled", False),
    ):
        closed = {"closed_on": TODAY if state in ("completed", "sustained") else None}
        Task.objects.filter(pk=world.task.pk).update(state=state, **closed)
        assert Task.objects.get(pk=world.task.pk).is_open is is_open


NOTICE = [
    ("notice_title_given", {"title": ""}),
    ("notice_stage_known", {"stage": "sleeping"}),
    ("notice_preset_known", {"preset": "own"}),
    ("notice_inspection_order", {"inspection_start": TODAY, "inspection_end": TODAY - dt.timedelta(days=1)}),
]


@pytest.mark.parametrize(("constraint", "change"), NOTICE)
def test_a_notice_that_must_not_be(world, constraint, change):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Notice.objects.filter(pk=world.notice.pk).update(**change)


def test_titles_and_numbers_are_given_once(world):
    assert refused(lambda: make_notice(world.county, title=world.notice.title))
    other = make_issue(world.notice)
    assert refused(lambda: Issue.objects.filter(pk=other.pk).update(number=world.issue.number))
    assert refused(lambda: Issue.objects.filter(pk=other.pk).update(title=""))


def test_a_task_has_one_lead_and_a_unit_one_part_of_a_kind(world):
    add = lambda **f: TaskUnit.objects.create(task=world.task, unit_text="x", **f)  # noqa: E731

    assert refused(lambda: add(unit=world.town, role="lead"))
    assert refused(lambda: add(unit=world.town, role="boss"))
    add(unit=world.town, role="supporting")
    assert refused(lambda: add(unit=world.town, role="supporting"))
    add(unit=None, role="supporting")
    add(unit=None, role="supporting")


def test_an_empty_report_or_comment_is_not_kept(world):
    assert refused(lambda: make_progress(world.task, text=""))
    assert refused(lambda: Comment.objects.create(task=world.task, text="", by=world.staff, at=AT))
    make_progress(world.task, text="", blocked="等待批复")


def test_void_evidence_says_why_and_when(world):
    evidence = make_evidence(world.task)
    change = lambda **f: Evidence.objects.filter(pk=evidence.pk).update(**f)  # noqa: E731

    assert refused(lambda: change(removed_at=AT))
    assert refused(lambda: change(removed_why="误传"))
    assert change(removed_at=AT, removed_why="误传") == 1


def test_a_stored_file_belongs_to_one_row(world):
    one, two = make_evidence(world.task), make_evidence(world.task)

    assert refused(lambda: Evidence.objects.filter(pk=two.pk).update(stored_as=one.stored_as))


def test_a_transition_is_between_known_states(world):
    add = lambda **f: Transition.objects.create(task=world.task, step="x", by_name="某", at=AT, **f)  # noqa: E731

    assert refused(lambda: add(source="draft", target="nowhere"))
    assert refused(lambda: add(source="nowhere", target="draft"))


def test_a_reminder_comes_once_for_a_day_a_channel_and_a_deadline(world):
    def remind(**fields):
        given = {
            "rule": "due_3",
            "task": world.task,
            "recipient": world.staff,
            "occurrence_on": TODAY,
            "deadline": TODAY,
            "not_before": AT,
            "created_at": AT,
        }
        return Reminder.objects.create(**{**given, **fields})

    remind()
    assert refused(remind)
    remind(occurrence_on=TODAY + dt.timedelta(days=7))
    remind(deadline=TODAY + dt.timedelta(days=7))
    remind(channel="email")
    assert refused(lambda: remind(rule="x", state="lost"))
    assert refused(lambda: remind(rule="y", state="sent"))


def test_scope_and_counters_have_one_row_for_each_key(world):
    scope, counter = TaskScope.objects.first(), Rollup.objects.first()
    scope.pk = counter.pk = None

    assert refused(scope.save)
    assert refused(counter.save)


def test_people_and_units_with_a_part_in_the_past_are_not_deleted(world):
    make_progress(world.task, by=world.staff)

    for row in (world.bureau, world.staff):
        with pytest.raises(ProtectedError):
            row.delete()
    make_user("new").delete()
    assert Progress.objects.count() == 1
