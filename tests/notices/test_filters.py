import datetime as dt

import pytest
from django.test import RequestFactory

from notices.filters import TaskFilter
from notices.models import Task
from notices.terms import State
from tests.factories import TODAY, make_issue, make_notice, make_task, make_unit, make_world

pytestmark = pytest.mark.django_db


def found(user, **data):
    request = RequestFactory().get("/")
    request.user = user
    tasks = Task.objects.visible_to(user).with_light(today=TODAY)
    return TaskFilter(data, tasks, request=request)


def numbers(user, **data):
    return sorted(found(user, **data).qs.values_list("number", flat=True))


def test_choices_hold_nothing_of_strangers():
    w = make_world()
    make_task(w.issue, lead=w.bureau)
    make_task(make_issue(make_notice(make_unit("邻县"), title="邻县的批次")), lead=make_unit("邻县某局"))

    form = found(w.staff).form

    for name, words in (("notice", {w.notice.title}), ("lead_unit", {"云岭县教育局", "云岭县"})):
        assert {str(row) for row in form.fields[name].queryset} == words, name


def test_lead_unit_means_the_unit_and_those_below_it():
    w = make_world()
    own, below = make_task(w.issue, lead=w.bureau), make_task(w.issue, lead=w.section)
    make_task(w.issue, lead=w.town, supporting=(w.bureau,))

    assert numbers(w.office, lead_unit=w.bureau.pk) == [own.number, below.number]
    assert numbers(w.office, lead_unit=w.section.pk) == [below.number]


def test_unit_means_any_part():
    w = make_world()
    make_task(w.issue, lead=w.town)
    helped = make_task(w.issue, lead=w.town, supporting=(w.bureau,))

    assert numbers(w.office, unit=w.bureau.pk) == [helped.number]


def test_light_and_days():
    w = make_world()
    late = make_task(w.issue, lead=w.bureau, deadline=TODAY - dt.timedelta(days=1))
    later = make_task(w.issue, lead=w.bureau, deadline=TODAY + dt.timedelta(days=60))
    make_task(w.issue, lead=w.bureau, deadline=TODAY, state=State.COMPLETED)

    assert numbers(w.office, light="red") == [late.number]
    assert numbers(w.office, due_after=TODAY + dt.timedelta(days=1)) == [later.number]
    assert numbers(w.office, due_before=TODAY - dt.timedelta(days=1)) == [late.number]
    assert len(numbers(w.office, open="true")) == 2


def test_foreign_notice_is_an_error_not_an_answer():
    w = make_world()
    foreign = make_notice(make_unit("邻县"), title="邻县的批次")

    assert list(found(w.staff, notice=foreign.pk).form.errors) == ["notice"]
