import datetime as dt

import pytest

from notices.domain import nudges, reporting, workflow
from notices.domain.reporting import StoredFile
from notices.domain.timeline import timeline
from notices.models import Task
from notices.terms import State
from tests.factories import AT, ask, make_task, make_world

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
FILE = StoredFile("纪要.pdf", "a.pdf", "pdf", 10, "0" * 64)


def test_everything_that_happened_newest_first():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, state=State.PENDING)
    workflow.perform(task, "accept", ask(w.staff, at=AT))
    nudges.push(task, text="请抓紧", by=w.leader, at=AT + HOUR)
    reporting.report(task, text="已办", next_step="验收", files=[FILE], by=w.staff, at=AT + 2 * HOUR)
    reporting.comment(task, text="收到", by=w.office, at=AT + 3 * HOUR)

    told = [(e.kind, e.unit, e.who, e.what, e.text) for e in timeline(Task.objects.get(pk=task.pk))]

    assert told == [
        ("comment", "云岭县", "葛主任", "留言", "收到"),
        ("progress", "云岭县教育局", "安经办", "填报进展", "已办"),
        ("nudge", "云岭县", "樊领导", "催办", "请抓紧"),
        ("step", "云岭县教育局", "安经办", "签收", "待签收 → 整改中"),
    ]


def test_report_carries_its_files_and_further_words():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    reporting.report(task, text="已办", blocked="缺人手", files=[FILE], by=w.staff, at=AT)

    (entry,) = timeline(task)

    assert entry.facts == [("未完成原因", "缺人手")]
    assert [f.name for f in entry.files] == ["纪要.pdf"]


def test_number_of_queries_does_not_grow(django_assert_num_queries):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    for hour in range(6):
        reporting.report(task, text="办", by=w.staff, at=AT + hour * HOUR)
        reporting.comment(task, text="问", by=w.office, at=AT + hour * HOUR)

    with django_assert_num_queries(20):
        timeline(task)
