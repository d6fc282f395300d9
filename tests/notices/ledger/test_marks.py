"""Where a workbook came from: another notice, another installation, another format, a lost mark; and new parts."""

import pytest

from notices.errors import Refused
from notices.models import LedgerExport
from tests.factories import make_notice, make_task

T = "任务清单"


@pytest.fixture
def task(world):
    return make_task(world.issue, lead=world.bureau)


def mark(trip, **said):
    page = trip.book["_ledger"]
    for row in page.iter_rows(max_col=2):
        if row[0].value in said:
            row[1].value = said[row[0].value]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"format": "0"}, "这份台账的格式版本是 0，本系统现用版本 1"),
        ({"origin": "2020-01-01T00:00:00+00:00"}, "这份台账不是从本系统的现有批次导出的"),
        ({"notice": "999999"}, "这份台账不是从本系统的现有批次导出的"),
    ],
)
def test_a_workbook_whose_keys_mean_other_rows_is_refused(trip, task, said, sentence):
    trip.export()
    mark(trip, **said)

    with pytest.raises(Refused, match=sentence):
        trip.plan()


def test_a_workbook_of_another_notice_here_is_told_from_one_elsewhere(trip, task, world):
    other = make_notice(world.county, title="另一批次")
    trip.export()
    mark(trip, notice=str(other.pk), origin=other.origin)

    with pytest.raises(Refused, match="另一个批次"):
        trip.plan()


@pytest.mark.parametrize(
    ("lose", "sentence"),
    [
        (lambda trip: trip.book.remove(trip.book["_ledger"]), "工作簿里没有下载标记"),
        (lambda trip: LedgerExport.objects.all().delete(), "系统里没有这次下载的记录"),
    ],
)
def test_what_cannot_be_compared_with_its_download_says_so(trip, task, lose, sentence):
    trip.export()
    trip.set(T, task.number, "备注", "改")
    lose(trip)

    plan = trip.plan()

    assert [p.message.partition("（")[0] for p in plan.problems if p.code == "no_base"] == [sentence]
    assert plan.counts["change"] == 1


def test_the_number_of_a_new_part_is_refused_with_what_to_do(trip, task, world):
    trip.export()
    trip.append(T, 任务编号=f"{task.number}.1", 问题编号=world.issue.number, 整改措施="子任务")

    [row] = trip.plan().rows

    assert row.kind == "refused"
    assert "台账里不能新增子任务，请打开上级任务的网页，点“增加子任务”办理。" in row.reason
