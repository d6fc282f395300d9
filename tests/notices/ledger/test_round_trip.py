"""Our own workbook, out and in again: what the plan says, what apply writes, what undo restores."""

import datetime as dt

import pytest

from notices.domain import workflow
from notices.domain.rollup import kept, wrong_rows
from notices.errors import Refused, Stale
from notices.ledger.apply import undo_import
from notices.models import Issue, Progress, Task, TaskUnit, Transition
from notices.terms import Stage, State
from tests.factories import AT, TODAY, make_issue, make_task

T = "任务清单"


def kinds(plan):
    return [(row.sheet, row.number, row.kind) for row in plan.rows]


def cells(plan):
    return {(row.sheet, c.cell, c.column, str(c.old), str(c.new)) for row in plan.rows for c in row.fields}


@pytest.fixture
def task(world):
    return make_task(world.issue, lead=world.bureau, supporting=(world.town,), contact_text="周晓岚")


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+86",
        "-甲",
        "@乙",
        "\t制表符",
        "＝全角",
        'a<b>&"c"',
        "两\n行",
        "𠮷䶮",
        " 前后空格 ",
    ],
)
def test_any_text_comes_back_the_same(trip, task, text):
    Task.objects.filter(pk=task.pk).update(remark=text, latest_text=text, leader_text=text[:200])

    plan = trip.export().plan()

    assert trip.book[T].cell(4, trip.column_of(T, "备注")).value == text
    assert (plan.rows, plan.counts["keep"], plan.changes) == ((), 1, 0)


def test_changed_cells_and_only_these_are_named(trip, task, world):
    trip.export()
    expected = {
        (T, trip.set(T, task.number, "整改进展", "已修订"), "整改进展", "", "已修订"),
        (T, trip.set(T, task.number, "责任领导", "县长 江岸"), "责任领导", "", "县长 江岸"),
        (T, trip.set(T, task.number, "完成时限", dt.date(2026, 12, 1)), "完成时限", "", "2026-12-01"),
        (
            "责任清单",
            trip.set("责任清单", task.number, "联系电话", "0700-1234567"),
            "联系电话",
            "",
            "0700-1234567",
        ),
        (
            "问题清单",
            trip.set("问题清单", world.issue.number, "整改目标", "全覆盖"),
            "整改目标",
            "",
            "全覆盖",
        ),
    }

    plan = trip.plan()

    assert cells(plan) == expected
    assert plan.counts == {"add": 0, "change": 3, "keep": 0, "conflict": 0, "refused": 0}
    assert plan.changes == 5


def test_apply_writes_and_second_upload_finds_nothing(trip, task):
    trip.export()
    trip.set(T, task.number, "整改进展", "已修订制度")
    trip.set(T, task.number, "下一步打算", "印发")
    trip.set(T, task.number, "长期坚持", "是")
    trip.set(T, task.number, "复查周期", "每季度")
    trip.set(T, task.number, "措施类别", "建章立制")

    trip.apply(trip.plan())

    row = Task.objects.get(pk=task.pk)
    assert (row.latest_text, row.latest_next, row.keep_up, row.review_days, row.kind) == (
        "已修订制度",
        "印发",
        True,
        90,
        "rule",
    )
    [filed] = Progress.objects.filter(task=task)
    assert (filed.text, filed.next_step, filed.unit, filed.on_behalf) == (
        "已修订制度",
        "印发",
        task.lead_unit,
        True,
    )
    assert trip.plan().rows == ()
    assert wrong_rows() == []


def test_sorted_rows_are_found_by_their_keys(trip, task, world):
    other = make_task(world.issue, lead=world.town, text="另一措施")
    trip.export()
    page = trip.book[T]
    first, second = ([c.value for c in page[n]] for n in (4, 5))
    for column, (a, b) in enumerate(zip(first, second, strict=True), 1):
        page.cell(4, column, b)
        page.cell(5, column, a)
    trip.set(T, other.number, "备注", "改")

    plan = trip.plan()

    assert kinds(plan) == [(T, other.number, "change")]


def test_key_twice_and_wrong_number_are_refused(trip, task, world):
    other = make_task(world.issue, lead=world.town, text="另一措施")
    third = make_task(world.issue, lead=world.town, text="第三项")
    trip.export()
    page = trip.book[T]
    page.cell(trip.row_of(T, third.number), 1, page.cell(trip.row_of(T, task.number), 1).value)
    page.cell(trip.row_of(T, other.number), 2, "W01-001-09")

    plan = trip.plan()

    assert [r.kind for r in plan.rows] == ["refused"] * 3
    assert "出现了两次" in plan.rows[0].reason
    assert "“W01-001-09”与原编号“W01-001-02”不符" in plan.rows[1].reason


def test_missing_row_changes_nothing_and_is_listed(trip, task):
    trip.export()
    trip.book[T].delete_rows(4)

    plan = trip.plan()

    assert (plan.rows, plan.missing) == ((), (task.number,))  # although 责任清单 still has it
    trip.book.remove(trip.book[T])
    assert trip.plan().missing == ()  # the whole list left out: 责任清单 stands for it
    trip.book["责任清单"].delete_rows(4, 2)
    assert trip.plan().missing == (task.number,)


def test_one_side_wins_other_fields_merge_same_field_conflicts(trip, task):
    trip.export()
    Task.objects.filter(pk=task.pk).update(remark="网页改", leader_text="网页领导", version=7)
    trip.set(T, task.number, "责任人", "江岸")
    trip.set(T, task.number, "备注", "表格改")

    [row] = trip.plan().rows

    assert row.kind == "conflict"
    assert [(c.column, c.old, c.new) for c in row.fields] == [("责任人", "周晓岚", "江岸")]
    assert [(c.column, c.base, c.old, c.new) for c in row.conflicts] == [("备注", "", "网页改", "表格改")]


@pytest.mark.parametrize(("choice", "remark"), [("mine", "表格改"), ("theirs", "网页改")])
def test_conflict_is_decided_by_the_choice(trip, task, choice, remark):
    trip.export()
    Task.objects.filter(pk=task.pk).update(remark="网页改", version=7)
    cell = trip.set(T, task.number, "备注", "表格改")
    trip.set(T, task.number, "责任人", "江岸")

    trip.apply(trip.plan(), choices={f"{T}!{cell}": choice})

    row = Task.objects.get(pk=task.pk)
    assert (row.remark, row.contact_text, row.version) == (remark, "江岸", 8)


def test_row_changed_after_the_plan_stops_everything(trip, task, world):
    other = make_task(world.issue, lead=world.town, text="另一措施")
    trip.export()
    trip.set(T, task.number, "备注", "甲")
    trip.set(T, other.number, "备注", "乙")
    plan = trip.plan()
    Task.objects.filter(pk=other.pk).update(version=other.version + 1)

    with pytest.raises(Stale, match=other.number):
        trip.apply(plan)

    assert list(Task.objects.values_list("remark", flat=True)) == ["", ""]


def test_new_task_and_new_issue_are_numbered_and_assigned(trip, task, world):
    trip.export()
    trip.append("问题清单", 问题="关于台账不全的问题", 方面="新的方面")
    trip.append(
        T, 问题编号=world.issue.number, 整改措施="补齐台账", 牵头单位="青禾镇", 责任单位="云岭县教育局"
    )
    trip.append(T, 问题="关于台账不全的问题", 整改措施="按周更新")

    done = trip.apply(trip.plan())

    assert (done.added_issues, done.added_tasks) == (1, 2)
    issue = Issue.objects.get(title="关于台账不全的问题")
    assert (issue.number, issue.aspect.title) == ("W02-002", "新的方面")
    new = Task.objects.get(text="补齐台账")
    assert (new.number, new.state, new.lead_unit) == ("W01-001-02", State.PENDING, world.town)
    assert list(new.task_units.order_by("position").values_list("unit_text", "role")) == [
        ("青禾镇", "lead"),
        ("云岭县教育局", "responsible"),
    ]
    assert list(new.transitions.values_list("step", "source", "target")) == [("assign", "draft", "pending")]
    other = Task.objects.get(text="按周更新")
    assert (other.number, other.state, other.issue) == ("W02-002-01", State.DRAFT, issue)
    assert wrong_rows() == []


def test_undo_restores_every_row(trip, task, world):
    draft = make_task(world.issue, text="未分派的措施")
    before = Task.objects.order_by("pk").values()
    before = [{k: v for k, v in row.items() if k not in ("version", "latest_at")} for row in before]
    units = list(TaskUnit.objects.order_by("task_id", "position").values_list("task_id", "unit_text", "role"))
    trip.export()
    trip.set(T, task.number, "备注", "改")
    trip.set(T, task.number, "整改进展", "改")
    trip.set(T, task.number, "完成时限", dt.date(2026, 12, 1))
    trip.set(T, draft.number, "牵头单位", "青禾镇")
    trip.set("问题清单", world.issue.number, "整改目标", "改")
    trip.append(T, 问题编号=world.issue.number, 整改措施="补齐台账", 牵头单位="青禾镇")
    done = trip.apply(trip.plan())
    assert Task.objects.get(pk=draft.pk).state == State.PENDING

    undone = undo_import(done.undo, world.notice, by=None, at=AT, today=TODAY, why="撤销导入")

    assert (undone.restored, undone.cancelled, undone.left) == (3, 1, ())
    after = Task.objects.exclude(text="补齐台账").order_by("pk").values()
    assert [{k: v for k, v in row.items() if k not in ("version", "latest_at")} for row in after] == before
    assert (
        list(
            TaskUnit.objects.exclude(task__text="补齐台账")
            .order_by("task_id", "position")
            .values_list("task_id", "unit_text", "role")
        )
        == units
    )
    assert Issue.objects.get(pk=world.issue.pk).target == ""
    assert Task.objects.get(text="补齐台账").state == State.CANCELLED
    assert wrong_rows() == []


def test_undo_leaves_rows_touched_since(trip, task, world):
    trip.export()
    trip.set(T, task.number, "备注", "改")
    done = trip.apply(trip.plan())
    row = Task.objects.get(pk=task.pk)
    Task.objects.filter(pk=task.pk).update(remark="又改", version=row.version + 1)

    undone = undo_import(done.undo, world.notice, by=None, at=AT, today=TODAY, why="撤销导入")

    assert (undone.restored, undone.left) == (0, (f"{task.number} 导入以后又有改动，没有撤销，请人工核对。",))
    assert Task.objects.get(pk=task.pk).remark == "又改"


def test_take_over_and_back(trip, task, world):
    trip.export()
    trip.set(T, task.number, "状态", "已完成整改")
    trip.set(T, task.number, "实际完成时间", dt.date(2026, 9, 1))

    done = trip.apply(trip.plan(take_over=True))

    row = Task.objects.get(pk=task.pk)
    assert (row.state, row.finished_on, row.closed_on) == (
        State.COMPLETED,
        dt.date(2026, 9, 1),
        dt.date(2026, 9, 1),
    )
    undo_import(done.undo, world.notice, by=None, at=AT, today=TODAY, why="撤销导入")
    row = Task.objects.get(pk=task.pk)
    assert (row.state, row.finished_on, row.closed_on) == (State.ACTIVE, None, None)
    assert wrong_rows() == []


def test_nothing_is_taken_over_once_somebody_asked_to_close(trip, task, world):
    workflow.take_over({task.pk: State.ACTIVE}, by=None, at=AT, today=TODAY, why="启动")
    trip.export()
    Transition.objects.create(
        task=task, step="withdraw", source="submitted", target="active", by_name="甲", at=AT
    )
    trip.set(T, task.number, "状态", "已完成整改")
    trip.set(T, task.number, "备注", "已核对")

    plan = trip.plan(take_over=True)

    refused = next(row for row in plan.rows if row.number == task.number)
    assert refused.kind == "refused"
    assert "任务已在系统中申请过销号，状态“整改中”不能再按台账改为“已完成整改”" in refused.reason
    trip.apply(plan)
    assert Task.objects.get(pk=task.pk).state == State.ACTIVE


def test_staff_claim_becomes_a_submit(trip, task, world):
    with kept([task.pk]):
        task.task_units.filter(role="supporting").delete()
    trip.export(by=world.staff)
    trip.set(T, task.number, "状态", "已完成整改")
    trip.set(T, task.number, "整改进展", "制度已印发")
    trip.set(T, task.number, "备注", "纸质材料已报送")

    trip.apply(trip.plan(by=world.staff), by=world.staff)

    row = Task.objects.get(pk=task.pk)
    assert (row.state, row.claim, row.applicant, row.finished_on) == (
        State.SUBMITTED,
        "completed",
        world.staff,
        TODAY,
    )
    assert wrong_rows() == []


def test_claim_without_evidence_or_reason_is_refused(trip, task, world):
    with kept([task.pk]):
        task.task_units.filter(role="supporting").delete()
    trip.export(by=world.staff)
    trip.set(T, task.number, "状态", "已完成整改")

    [row] = trip.plan(by=world.staff).rows

    assert row.kind == "refused"
    assert "还没有填报整改进展" in row.reason
    assert "备注里写明没有佐证材料的原因" in row.reason


@pytest.mark.parametrize("state", ["待验收", "已撤销", "待签收"])
def test_any_other_state_is_refused_with_a_sentence(trip, task, world, state):
    trip.export(by=world.staff)
    trip.set(T, task.number, "状态", state)

    [row] = trip.plan(by=world.staff).rows

    assert row.kind == "refused"
    assert row.reason.startswith(f"{T}!O4 状态：不能由“整改中”改为“{state}”。")


def test_staff_may_not_change_what_is_the_offices(trip, task, world):
    trip.export(by=world.staff)
    trip.set(T, task.number, "整改措施", "改措施")
    trip.set(T, task.number, "备注", "改备注")

    [row] = trip.plan(by=world.staff).rows

    assert (row.kind, row.reason) == ("refused", f"{T}!第 4 行：整改措施只能由整改办修改。")


def test_a_unit_gets_its_rows_and_cannot_reach_others(trip, task, world):
    hidden = make_task(make_issue(world.notice, title="绝密金丝雀"), lead=world.town, text="金丝雀措施")
    trip.export()
    whole = trip.book
    assert trip.done.rows["tasks"] == 2
    trip.export(by=world.staff)
    assert trip.done.rows == {"issues": 1, "tasks": 1, "duties": 2, "progress": 1, "wide": 1}
    assert "金丝雀" not in "".join(str(c) for s in trip.sheets() for r in s.rows for c in r)

    trip.book = whole
    trip.set(T, hidden.number, "备注", "越权")
    plan = trip.plan(by=world.staff)

    assert {r.kind for r in plan.rows} == {"refused"}
    assert all("不在您可以查看的范围内" in r.reason for r in plan.rows)
    assert "金丝雀" not in repr(plan.rows)


def test_staff_may_not_add_rows(trip, task, world):
    trip.export(by=world.staff)
    trip.append(T, 问题编号=world.issue.number, 整改措施="自己加的")

    [row] = trip.plan(by=world.staff).rows

    assert "只能由整改办" in row.reason


def test_wide_ledger_is_for_reading(trip, task):
    trip.export()
    cell = trip.set("整改台账", task.number, "备注", "改在这里")

    plan = trip.plan()

    assert plan.rows == ()
    assert [(p.cell, p.code) for p in plan.problems if p.sheet] == [(cell, "read_only_list")]
    assert "请在任务清单修改" in next(p.message for p in plan.problems if p.sheet)


def test_same_task_changed_differently_in_two_lists_is_refused(trip, task):
    trip.export()
    trip.set(T, task.number, "责任人", "甲")
    trip.set("责任清单", task.number, "责任人", "乙")

    plan = trip.plan()

    assert [(r.sheet, r.kind) for r in plan.rows] == [(T, "change"), ("责任清单", "refused")]


def test_unknown_columns_stay_with_their_row(trip, task):
    trip.export()
    page = trip.book[T]
    column = page.max_column + 1
    page.cell(3, column, "督查编码")
    page.cell(4, column, "DC-01")

    trip.apply(trip.plan())
    trip.export()

    assert Task.objects.get(pk=task.pk).extra == {"督查编码": "DC-01"}
    assert [c.value for c in trip.book[T][3]][-1] == "督查编码"
    assert trip.plan().rows == ()


def test_archived_notice_takes_nothing(trip, task, world):
    trip.export()
    trip.set(T, task.number, "备注", "改")
    plan = trip.plan()
    world.notice.stage = Stage.ARCHIVED
    world.notice.save(update_fields=["stage"])

    with pytest.raises(Refused, match="已归档"):
        trip.apply(plan)


def test_lead_of_running_task_is_not_changed_here(trip, task):
    trip.export()
    trip.set(T, task.number, "牵头单位", "青禾镇")

    [row] = trip.plan().rows

    assert (row.kind, "改派" in row.reason) == ("refused", True)


def test_unknown_unit_is_offered_the_likeliest(trip, world):
    draft = make_task(world.issue, text="未分派的措施")
    trip.export()
    trip.set(T, draft.number, "牵头单位", "青禾镇政府")

    plan = trip.plan()

    [problem] = [p for p in plan.problems if p.code == "unknown_unit"]
    assert "最接近的是“青禾镇”" in problem.message
    trip.apply(plan)
    row = Task.objects.get(pk=draft.pk)
    assert (row.lead_unit, row.state, row.task_units.get().unit_text) == (None, State.DRAFT, "青禾镇政府")
