"""联系电话 in a ledger: printed with its middle hidden; what comes back so is unchanged or refused, never taken over."""

import pytest

from accounts.files.sheets import Sheet
from accounts.files.sheets import Workbook as Read
from notices.ledger.uploads import plan_workbook
from notices.models import Task
from tests.factories import AT, TODAY, make_task

L = "责任清单"
NUMBER, SHOWN = "13812341234", "138****1234"


@pytest.fixture
def task(world):
    return make_task(world.issue, lead=world.bureau, contact_text="周晓岚", contact_phone=NUMBER)


def cell(trip, task):
    return trip.book[L].cell(trip.row_of(L, task.number), trip.column_of(L, "联系电话"))


def number(task):
    return Task.objects.get(pk=task.pk).contact_phone


def outcome(plan):
    return [(r.kind, [(c.old, c.new) for c in r.fields], r.reason) for r in plan.rows]


def test_the_middle_is_hidden_for_everybody_and_comes_back_unchanged(trip, task, world):
    for person in (None, world.office, world.staff):
        trip.export(by=person)

        assert cell(trip, task).value == SHOWN
        assert (trip.plan(by=person).rows, trip.plan(by=person).changes) == ((), 0)


def test_a_whole_number_is_taken_and_the_old_one_shown_masked(trip, task):
    trip.export()
    trip.set(L, task.number, "联系电话", "13900001111")

    plan = trip.plan()
    trip.apply(plan)

    assert outcome(plan) == [("change", [(SHOWN, "13900001111")], "")]
    assert number(task) == "13900001111"
    assert trip.plan().rows == ()


def test_the_stored_number_typed_out_is_no_change(trip, task):
    trip.export()
    trip.set(L, task.number, "联系电话", NUMBER)

    assert trip.plan().rows == ()


def test_a_mask_that_fits_no_number_is_refused_by_its_cell(trip, task):
    trip.export()
    at = trip.set(L, task.number, "联系电话", "138****9999")

    said = f"{L}!{at} 联系电话：“138****9999”隐去了中间的数字，与系统中的号码对不上，请填写完整号码，或保持原样不改。"
    assert outcome(trip.plan()) == [("refused", [], said)]


def test_a_mask_printed_before_the_number_changed_leaves_the_new_one(trip, task):
    trip.export()
    Task.objects.filter(pk=task.pk).update(contact_phone="13900001111", version=task.version + 1)
    trip.set(L, task.number, "责任人", "吴新人")

    plan = trip.plan()
    trip.apply(plan)

    assert outcome(plan) == [("change", [("周晓岚", "吴新人")], "")]
    assert number(task) == "13900001111"


def test_both_sides_changed_it_and_the_page_shows_only_masks_of_what_is_stored(trip, task):
    trip.export()
    Task.objects.filter(pk=task.pk).update(contact_phone="13900001111", version=task.version + 1)
    trip.set(L, task.number, "联系电话", "13700002222")

    [row] = trip.plan().rows

    [clash] = row.conflicts
    assert (clash.base, clash.old, clash.new) == (SHOWN, "139****1111", "13700002222")


FOREIGN = ["序号", "反馈问题", "整改措施", "责任单位", "责任人", "联系电话"]
TOLD = [(SHOWN, []), (NUMBER, []), ("138****9999", ["refused"]), ("13900001111", ["change"])]


@pytest.mark.parametrize(("said", "kinds"), TOLD)
def test_a_ledger_of_another_form_is_read_alike(world, task, said, kinds):
    row = [1, world.issue.title, task.text, "云岭县教育局", "周晓岚", said]
    book = Read("xlsx", (Sheet("台账", True, [FOREIGN, row], []),))

    found = plan_workbook(world.notice, book, name="台账.xlsx", by=world.office, at=AT, today=TODAY)

    assert [r.kind for r in found.plan.rows] == kinds
