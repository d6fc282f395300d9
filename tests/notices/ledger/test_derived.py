"""What is for reading: each difference is listed with the place to change it, nothing of it is taken over."""

import datetime as dt

import pytest

from notices.models import Issue, Task
from tests.factories import make_progress, make_task

READ_ONLY = "本列由系统生成，没有采用"


@pytest.fixture
def task(world):
    found = make_task(world.issue, lead=world.bureau, supporting=(world.town,), deadline=dt.date(2026, 12, 1))
    make_progress(found, text="已修订制度，\n报县委审定")
    Task.objects.filter(pk=found.pk).update(latest_text="已修订制度，\n报县委审定")
    return Task.objects.get(pk=found.pk)


def told(plan):
    return [p.message for p in plan.problems if p.code == "read_only_list"]


def test_an_untouched_workbook_says_nothing(trip, task):
    assert told(trip.export().plan()) == []


@pytest.mark.parametrize(
    ("listed", "row", "header", "value", "sentence"),
    [
        (
            "责任清单",
            "number",
            "完成时限",
            dt.date(2027, 1, 1),
            f"与任务清单不一致，{READ_ONLY}，请在任务清单修改。",
        ),
        ("责任清单", "number", "整改措施", "另写的", f"与任务清单不一致，{READ_ONLY}，请在任务清单修改。"),
        ("责任清单", "number", "状态", "已完成整改", f"与任务清单不一致，{READ_ONLY}，请在任务清单修改。"),
        ("任务清单", "number", "问题", "另写的", f"与问题清单不一致，{READ_ONLY}，请在问题清单修改。"),
        (
            "任务清单",
            "number",
            "问题编号",
            "W01-009",
            f"任务所属的问题不能在台账里更换，{READ_ONLY}，请在网页上办理。",
        ),
        (
            "整改台账",
            "number",
            "备注",
            "另写的",
            "与任务清单不一致，整改台账只供查看，没有采用，请在任务清单修改。",
        ),
        (
            "整改台账",
            "number",
            "问题",
            "另写的",
            "与问题清单不一致，整改台账只供查看，没有采用，请在问题清单修改。",
        ),
    ],
)
def test_a_cell_for_reading_is_listed_and_left(trip, task, listed, row, header, value, sentence):
    trip.export()
    before = Task.objects.values().get(), Issue.objects.values().get()
    cell = trip.set(listed, task.number, header, value)

    plan = trip.plan()

    assert told(plan) == [f"{listed}!{cell} {header}：{sentence}"]
    assert (plan.rows, plan.changes) == ((), 0)
    trip.apply(plan)
    assert (Task.objects.values().get(), Issue.objects.values().get()) == before


def test_what_the_system_changed_since_the_download_is_no_difference(trip, task, world):
    trip.export()
    Task.objects.filter(pk=task.pk).update(remark="网页上改的", deadline=dt.date(2027, 3, 1), version=9)
    Issue.objects.filter(pk=world.issue.pk).update(title="网页上改的问题", version=9)

    plan = trip.plan()

    assert (told(plan), plan.rows) == ([], ())


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        ("{now}", False),
        ("", False),
        ("本周开了推进会", True),
        ("本周开了推进会\n{now}", True),
        ("{now}；又补充一句", True),
    ],
)
def test_words_of_the_week_belong_into_the_tasks(trip, task, world, words, listed):
    trip.export()
    column = trip.column_of("进度清单", "本周进展")
    now = trip.book["进度清单"].cell(4, column).value
    assert now == f"{task.number}:已修订制度，\n报县委审定"
    cell = trip.set("进度清单", world.issue.number, "本周进展", words.format(now=now))

    message = (
        f"进度清单!{cell} 本周进展：不是从任务的整改进展汇总的内容，进度清单只供查看，没有采用，"
        "请在任务清单的“整改进展”填写。"
    )
    assert told(trip.plan()) == ([message] if listed else [])
