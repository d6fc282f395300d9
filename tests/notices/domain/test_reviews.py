"""Reviews of sustained work: when they come up, who records them, and the step each verdict takes."""

import datetime as dt

import pytest

from accounts.models import Event
from notices.domain import reviews, rollup, worklist
from notices.domain.reporting import StoredFile
from notices.domain.reviews import Finding
from notices.domain.timeline import timeline
from notices.errors import Missing, StepRefused
from notices.models import Evidence, Notice, Review, Task
from notices.terms import Stage, State
from tests.factories import AT, TODAY, make_task, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
FILE = StoredFile("复查照片.jpg", "review-1.jpg", "jpg", 10, "0" * 64)
PEOPLE = ("staff", "head", "town_head", "leader", "office", "office_two", "supervisor", "admin")
VERIFY = {"office", "office_two", "supervisor"}


@pytest.fixture
def w():
    world = make_world()
    world.task = sustained(world)
    return world


def sustained(w, *, closed=TODAY - 90 * DAY, days=90):
    state = State.SUSTAINED
    return make_task(w.issue, lead=w.bureau, state=state, closed_on=closed, review_days=days, keep_up=True)


def record(w, verdict="keep", text="运行平稳", **more):
    files = more.pop("files", ())
    return reviews.record(
        w.task, Finding(text, verdict, **more), files=files, by=w.supervisor, at=AT, today=TODAY
    )


def due(today=TODAY):
    return set(Task.objects.review_due(today=today).values_list("number", flat=True))


def test_only_the_office_and_supervisors_review_only_sustained_work(w):
    may = {}
    for state in State:
        task = w.task if state == State.SUSTAINED else make_task(w.issue, lead=w.bureau, state=state)
        may[state] = {p for p in PEOPLE if reviews.refusal(getattr(w, p), task) is None}

    assert may == {state: VERIFY if state == State.SUSTAINED else set() for state in State}


def test_an_archived_notice_is_read_only(w):
    Notice.objects.update(stage=Stage.ARCHIVED)

    assert reviews.refusal(w.office, Task.objects.get()) == "该批次已归档，只能查看。"


def test_work_comes_up_when_its_interval_has_passed(w):
    """Closing and interval: 90 days ago and 90; 89 and 90; 30 and 30; 90 ago without an interval (90 it is)."""
    sustained(w, closed=TODAY - 89 * DAY)
    sustained(w, closed=TODAY - 30 * DAY, days=30)
    sustained(w, days=None)
    make_task(w.issue, lead=w.bureau, state=State.COMPLETED, closed_on=TODAY - 300 * DAY, review_days=90)

    assert due() == {"W01-001-01", "W01-001-03", "W01-001-04"}
    assert due(TODAY + DAY) == {"W01-001-01", "W01-001-02", "W01-001-03", "W01-001-04"}
    assert reviews.next_review_on(w.task) == TODAY


def test_a_review_starts_the_interval_anew(w):
    record(w)

    assert due() == set()
    assert reviews.next_review_on(w.task) == TODAY + 90 * DAY
    assert due(TODAY + 90 * DAY) == {"W01-001-01"}


def test_a_review_before_the_work_was_closed_again_does_not_count(w):
    Review.objects.create(
        task=w.task, text="上次", verdict="keep", on=TODAY - 95 * DAY, by=w.office, by_name="葛主任", at=AT
    )

    assert reviews.next_review_on(w.task) == TODAY
    assert due() == {"W01-001-01"}


def test_what_is_due_stands_on_the_first_page_of_who_reviews(w):
    tasks = Task.objects.all()

    assert list(worklist.narrowed(tasks, "review", user=w.supervisor, today=TODAY)) == [w.task]
    assert "review" in worklist.todos_of(w.office, "office")
    assert "review" not in worklist.todos_of(w.head, "head")


def test_keeping_up_changes_nothing_but_the_record(w):
    row = record(w, files=[FILE])

    task = Task.objects.get()
    assert (task.state, task.version, task.evidence_count) == (State.SUSTAINED, w.task.version, 1)
    assert (row.by_name, row.unit_name, row.on) == ("纪组长", "云岭县", TODAY)
    assert Event.objects.get(action="task.review").data == {"verdict": "keep", "text": "运行平稳"}
    (entry,) = timeline(w.task)
    assert (entry.what, entry.text, entry.facts) == ("复查", "运行平稳", [("结论", "继续坚持")])
    assert [f.name for f in entry.files] == ["复查照片.jpg"]


def test_completing_takes_the_step_and_needs_evidence_since_closing(w):
    with pytest.raises(Missing, match="请先上传销号以后的佐证材料"):
        record(w, "complete")
    assert not Review.objects.exists()

    record(w, "complete", files=[FILE])

    assert Task.objects.get().state == State.COMPLETED
    assert Evidence.objects.get().review.verdict == "complete"


def test_a_relapse_reopens_with_cause_and_day(w):
    with pytest.raises(Missing) as refused:
        record(w, "relapsed", "抽查发现又有超标接待")
    assert list(refused.value.fields) == ["deadline"]
    record(w, "relapsed", "抽查发现又有超标接待", deadline=TODAY + 30 * DAY)

    task = Task.objects.get()
    assert (task.state, task.relapse_count, task.deadline) == (State.ACTIVE, 1, TODAY + 30 * DAY)
    assert task.transitions.get().reason == "抽查发现又有超标接待"
    assert rollup.wrong_rows() == []


def test_what_is_missing_is_said_and_nobody_else_records(w):
    with pytest.raises(Missing) as refused:
        record(w, "", " ")
    assert set(refused.value.fields) == {"text", "verdict"}
    with pytest.raises(StepRefused):
        reviews.record(w.task, Finding("好", "keep"), by=w.head, at=AT, today=TODAY)
