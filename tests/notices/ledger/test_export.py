"""Part of a ledger says the same of an issue as the pages do."""

import pytest

from notices.models import Issue, Task
from tests.factories import make_task


@pytest.fixture
def tasks(world):
    done = make_task(world.issue, lead=world.bureau, state="completed", closed_on="2026-11-01")
    return done, make_task(world.issue, lead=world.town, text="另一措施", state="active")


def cells(trip, listed, *headers):
    page = trip.book[listed]
    return [
        tuple(page.cell(n, trip.column_of(listed, h)).value for h in headers)
        for n in range(4, page.max_row + 1)
    ]


def test_a_filtered_ledger_reckons_progress_over_all_tasks(trip, tasks):
    trip.export(tasks=Task.objects.filter(state="completed"))

    assert [r[0] for r in cells(trip, "任务清单", "任务编号")] == [tasks[0].number]
    assert cells(trip, "问题清单", "整改进度") == [("正在整改",)]
    assert cells(trip, "整改台账", "整改进度") == [("正在整改",)]
    assert cells(trip, "进度清单", "任务数", "已完成", "完成率") == [(2, 1, 0.5)]
    assert "范围：筛选后的 1 项任务" in trip.book["任务清单"]["B2"].value


def test_a_unit_counts_its_own_tasks_and_sees_the_progress_of_the_whole_issue(trip, tasks, world):
    trip.export(by=world.staff)

    assert cells(trip, "进度清单", "任务数", "已完成") == [(1, 1)]
    assert cells(trip, "问题清单", "整改进度") == [("正在整改",)]
    assert "范围" not in trip.book["任务清单"]["B2"].value


def test_columns_nobody_knows_of_issues_come_back_with_them(trip, tasks, world):
    trip.export()
    page = trip.book["问题清单"]
    last = page.max_column + 1
    page.cell(3, last, "台账编码")
    page.cell(4, last, "A-7")

    trip.apply(trip.plan())

    assert Issue.objects.get(pk=world.issue.pk).extra == {"台账编码": "A-7"}
    assert cells(trip.export(), "问题清单", "台账编码") == [("A-7",)]
    assert trip.plan().rows == ()
