"""会议与行动: entered with minutes and tasks, voided, counted by kind; talks are counted from their own register."""

import datetime as dt

import pytest

from accounts.models import Event
from notices.domain import meetings, rebukes
from notices.domain.meetings import Held, notice_meetings
from notices.domain.reporting import StoredFile
from notices.domain.timeline import timeline
from notices.errors import Missing, Refused
from notices.models import Meeting
from notices.terms import MeetingKind, RebukeKind
from tests.factories import AT, TODAY, make_task, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def w():
    return make_world()


def enter(w, *, by=None, tasks=(), files=(), **changes):
    plain = {
        "kind": MeetingKind.SPECIAL,
        "held_on": TODAY,
        "subject": "“三资”问题专题会",
        "chair": "县委书记",
    }
    held = Held(**{**plain, **changes})
    return meetings.enter(w.notice, held, tasks=tasks, files=files, by=by or w.office, at=AT, today=TODAY)


def test_a_meeting_keeps_its_minutes_and_stands_on_the_timeline_of_its_tasks(w):
    task = make_task(w.issue, lead=w.bureau)
    row = enter(
        w, tasks=[task], attendants=31, files=[StoredFile("纪要.docx", "j.docx", "docx", 4, "3" * 64)]
    )

    assert (row.attendants, row.files.get().name, list(row.tasks.all())) == (31, "纪要.docx", [task])
    assert timeline(task)[0].what == "2026-11-20 专题会研究本任务"
    assert Event.objects.get().data["tasks"] == [task.number]


def test_what_is_missing_and_who_may(w):
    with pytest.raises(Missing) as refused:
        enter(w, kind="x", held_on=TODAY + DAY, subject=" ", chair="")
    assert sorted(refused.value.fields) == ["chair", "held_on", "kind", "subject"]
    with pytest.raises(Refused, match="只有整改办"):
        enter(w, by=w.supervisor)


def test_meetings_and_talks_are_counted_by_kind_and_period(w):
    enter(w)
    enter(w, subject="第二次")
    enter(w, kind=MeetingKind.MOBILISATION, held_on=TODAY - 40 * DAY)
    meetings.void(enter(w, kind=MeetingKind.DEMOCRATIC), why="重复", by=w.office, at=AT)
    make_task(w.issue, lead=w.bureau)
    for kind in (RebukeKind.TALK, RebukeKind.CRITICISM):
        held = rebukes.Held(kind, TODAY, "县纪委", "进展迟缓")
        rebukes.enter(w.notice, held, unit=w.bureau, tasks=[], by=w.office, at=AT, today=TODAY)

    whole = notice_meetings(w.notice.pk)
    month = notice_meetings(w.notice.pk, since=TODAY - 30 * DAY, until=TODAY)

    assert whole.lines == [
        ("领导小组会议", 0), ("专题会", 2), ("动员会", 1), ("民主生活会", 0), ("推进会", 0), ("领导现场督导", 0), ("约谈", 1),
    ]  # fmt: skip
    assert (whole.total, month.total, month.talks) == (3, 2, 1)


def test_a_voided_record_stays(w):
    row = enter(w)
    meetings.void(row, why="重复登记", by=w.office, at=AT)

    assert (Meeting.objects.count(), Meeting.objects.in_force().count()) == (1, 0)
    with pytest.raises(Refused, match="已经作废"):
        meetings.void(row, why="再次", by=w.office, at=AT)


def test_who_sees_meetings(w):
    enter(w)
    people = ("staff", "head", "leader", "office", "supervisor", "admin")

    assert [n for n in people if Meeting.objects.visible_to(getattr(w, n)).exists()] == [
        "leader",
        "office",
        "supervisor",
    ]
