"""Scope rows and counters made inside the database are those that the recount finds."""

import datetime as dt

import pytest
from django.db import transaction

from notices.domain import rollup
from notices.models import Rollup, Task, TaskScope
from notices.terms import State
from tests.factories import TODAY, make_task, make_world

pytestmark = pytest.mark.django_db
DUE = dt.date(2026, 11, 1)


def rows_of(model, *names):
    return sorted(model.objects.exclude(**({"count": 0} if model is Rollup else {})).values_list(*names))


def kept_rows():
    scope = rows_of(TaskScope, "task", "unit", "via", "notice", "is_open", "deadline")
    return scope, rows_of(Rollup, "unit", "notice", "state", "deadline", "judged_on", "late", "count")


def test_new_tasks_of_every_kind_get_what_the_domain_gives_them_one_by_one():
    world = make_world()
    section, town = world.section, (world.town,)
    make_task(world.issue, lead=section, supporting=town, deadline=DUE)
    make_task(world.issue, lead=section, supporting=(world.bureau,))
    make_task(world.issue, state=State.DRAFT)
    make_task(world.issue, lead=world.bureau, state=State.DRAFT, supporting=town)
    make_task(world.issue, lead=world.bureau, state=State.VERIFYING, deadline=DUE, finished_on=DUE)
    make_task(world.issue, lead=world.bureau, state=State.COMPLETED, deadline=DUE, finished_on=TODAY)
    make_task(world.issue, state=State.COMPLETED, deadline=DUE, finished_on=None)
    make_task(world.issue, lead=world.bureau, state=State.CANCELLED, deadline=DUE)
    before = kept_rows()
    TaskScope.objects.all().delete()
    Rollup.objects.all().delete()

    with transaction.atomic():
        rollup.add_new(list(Task.objects.values_list("pk", flat=True)))

    assert kept_rows() == before
    assert rollup.wrong_rows() == []


def test_counters_that_are_there_grow():
    world = make_world()
    first = make_task(world.issue, lead=world.bureau, deadline=DUE)
    second = make_task(world.issue, lead=world.bureau, deadline=DUE)
    TaskScope.objects.filter(task=second).delete()
    Rollup.objects.filter(deadline=DUE).update(count=1)

    with transaction.atomic():
        rollup.add_new([second.pk])

    assert rollup.wrong_rows() == []
    assert TaskScope.objects.filter(task=first).count() == TaskScope.objects.filter(task=second).count()
