"""From an outline to rows: what each part of it becomes."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Event
from accounts.roles import Role
from notices.domain import intake, rollup
from notices.errors import Refused
from notices.models import Aspect, Issue, Notice, Task, Transition
from notices.records import Contact, ParsedAspect, ParsedIssue, ParsedMeasure, ParsedNotice, Warned
from notices.terms import Stage, State
from tests.factories import AT, TODAY, make_unit, make_user

pytestmark = pytest.mark.django_db

SIGNED = dt.date(2026, 10, 30)


def issue(number, progress=None, measures=("措施一", "措施二")) -> ParsedIssue:
    return ParsedIssue(
        path=(1, number),
        title=f"关于“第{number}项”的问题",
        line=10 * number,
        progress=progress,
        progress_text=None,
        measures=tuple(
            ParsedMeasure(None, text, 10 * number + i) for i, text in enumerate(measures, start=1)
        ),
    )


def parsed(*issues, **fields) -> ParsedNotice:
    given = {
        "title": "云岭县关于巡察整改情况的通报",
        "inspected_party": "云岭县",
        "inspecting_body": "市委第三巡察组",
        "inspection_start": dt.date(2026, 3, 2),
        "inspection_end": dt.date(2026, 4, 20),
        "feedback_on": dt.date(2026, 5, 8),
        "signed_by": "中共云岭县委",
        "signed_on": SIGNED,
        "contact": Contact("0000-1234567", "云溪路1号", "000000", "zgb@example.cn"),
        "aspects": (ParsedAspect(1, "学习贯彻方面", 5),),
        "issues": issues,
        "warnings": (Warned(7, "odd", "第7行有疑问"),),
    }
    return ParsedNotice(**{**given, **fields})


@pytest.fixture
def county():
    return make_unit("云岭县")


def take(unit, outline, *, text="原文", by=None):
    return intake.take_notice(outline, unit=unit, text=text, by=by, at=AT, today=TODAY)


def test_every_part_of_the_outline_becomes_a_row(county):
    taken = take(county, parsed(issue(1, "completed"), issue(2, "sustained"), issue(3)))

    assert (taken.created, taken.aspects, taken.issues, taken.tasks) == (True, 1, 3, 6)
    assert taken.warnings == (Warned(7, "odd", "第7行有疑问"),)
    notice = Notice.objects.get()
    assert (notice.inspecting_body, notice.feedback_on, notice.signed_by) == (
        "市委第三巡察组",
        dt.date(2026, 5, 8),
        "中共云岭县委",
    )
    assert (notice.phone, notice.address, notice.postcode, notice.email) == (
        "0000-1234567",
        "云溪路1号",
        "000000",
        "zgb@example.cn",
    )
    assert Aspect.objects.get().title == "学习贯彻方面"
    first = Issue.objects.get(position=1)
    assert (first.number, first.path, first.line, first.aspect_id) == (
        "W01-001",
        [1, 1],
        10,
        Aspect.objects.get().pk,
    )
    assert list(first.tasks.order_by("position").values_list("number", "text", "line")) == [
        ("W01-001-01", "措施一", 11),
        ("W01-001-02", "措施二", 12),
    ]
    assert rollup.wrong_rows() == []


def test_printed_states_are_taken_over_on_the_day_of_the_signature(county):
    words = (
        "completed",
        "sustained",
        "basically_completed",
        "in_progress",
        "not_started",
        "delayed",
        "relapsed",
        None,
    )
    take(county, parsed(*(issue(n, word, ("措施",)) for n, word in enumerate(words, start=1))))

    found = list(Task.objects.order_by("issue__position").values_list("state", "closed_on"))
    assert found == [("completed", SIGNED), ("sustained", SIGNED), *[("draft", None)] * 6]
    assert set(Transition.objects.values_list("step", "source", "at")) == {("take_over", "draft", AT)}
    assert Event.objects.filter(action="task.take_over").count() == 2
    assert Event.objects.filter(action="notice.intake").count() == 1


STAGES = [
    (("completed", "sustained"), ("措施",), Stage.PUBLISHED),
    (("completed", None), ("措施",), Stage.RUNNING),
    ((None, None), ("措施",), Stage.RUNNING),
    ((None, None), (), Stage.DRAFT),  # a feedback letter names issues and no measures
]


@pytest.mark.parametrize(("words", "measures", "stage"), STAGES)
def test_the_stage_follows_from_what_is_printed(county, words, measures, stage):
    take(county, parsed(*(issue(n, word, measures) for n, word in enumerate(words, start=1))))

    assert Notice.objects.get().stage == stage


def test_a_heading_without_words_is_the_task(county):
    outline = ParsedIssue((1,), "关于某事的问题", 3, None, None, (ParsedMeasure("强化部门合力", "", 4),))

    take(county, parsed(outline))

    task = Task.objects.get()
    assert (task.heading, task.text) == ("强化部门合力", "强化部门合力")


def test_a_notice_without_a_title_gets_one(county):
    take(county, parsed(issue(1), title=None))

    assert Notice.objects.get().title == "云岭县关于市委第三巡察组反馈意见整改情况"


def test_the_same_text_again_gives_what_was_made_before(county):
    first = take(county, parsed(issue(1, "completed")), text="第一行\n第二行\n")
    rows = [m.objects.count() for m in (Notice, Issue, Task, Transition, Event)]

    again = take(county, parsed(issue(1, "completed")), text="第一行\r\n\r\n  第二行")

    assert (again.created, again.notice) == (False, first.notice)
    assert (again.aspects, again.issues, again.tasks) == (1, 1, 2)
    assert [m.objects.count() for m in (Notice, Issue, Task, Transition, Event)] == rows


def test_the_same_title_with_other_words_is_refused(county):
    take(county, parsed(issue(1)), text="甲")

    with pytest.raises(Refused, match="已有同名批次"):
        take(county, parsed(issue(1)), text="乙")

    assert Notice.objects.count() == 1


def test_two_units_may_each_take_the_same_text(county):
    take(county, parsed(issue(1)))

    assert take(make_unit("临江县"), parsed(issue(1))).created is True


def test_a_text_without_issues_is_refused(county):
    with pytest.raises(Refused, match="没有从文中识别出任何问题"):
        take(county, parsed())

    assert not Notice.objects.exists()


@pytest.mark.parametrize("role", [r for r in Role if r != Role.OFFICE])
def test_only_the_office_takes_a_notice(county, role):
    with pytest.raises(Refused, match="您不是“云岭县”的整改办人员"):
        take(county, parsed(issue(1)), by=make_user("other", (role, county)))

    assert not Notice.objects.exists()


def test_the_office_above_takes_a_notice_of_a_unit_below(county):
    town = make_unit("青禾镇", parent=county)

    taken = take(town, parsed(issue(1)), by=make_user("office", (Role.OFFICE, county)))

    assert taken.notice.unit == town


def test_a_failure_half_way_leaves_nothing(county):
    impossible = ParsedIssue((1, 2), "关于某事的问题", 3, None, None, (ParsedMeasure(None, "措施", -1),))

    with pytest.raises(IntegrityError), transaction.atomic():
        take(county, parsed(issue(1), impossible))

    assert not any(m.objects.exists() for m in (Notice, Aspect, Issue, Task, Event))


def test_an_aspect_number_printed_twice_keeps_both(county):
    twice = (ParsedAspect(1, "甲", 5), ParsedAspect(1, "乙", 15))

    take(county, parsed(issue(1), issue(2), aspects=twice))

    assert list(Issue.objects.order_by("position").values_list("aspect__title", flat=True)) == ["甲", "乙"]


def test_a_large_notice_takes_few_statements(county, django_assert_max_num_queries):
    outline = parsed(*(issue(n, "completed", tuple(f"措施{i}" for i in range(10))) for n in range(1, 41)))

    with django_assert_max_num_queries(60):
        take(county, outline)

    assert Task.objects.filter(state=State.COMPLETED).count() == 400
