"""The plan as a sheet: blocks laid over it all or nothing, measures added, split, removed, and taken back."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import Event
from notices.domain import grid, grid_write, plan_review, planning, rollup
from notices.domain.grid import COLUMNS, block_of
from notices.domain.grid_write import Acting
from notices.errors import Missing, Refused
from notices.ledger.block import read_block, write_block
from notices.models import Notice, PlanStep, Task
from notices.terms import Stage, State, UnitRole
from tests.factories import AT, make_issue, make_progress, make_task, make_world

pytestmark = pytest.mark.django_db
DUE = dt.date(2026, 12, 31)


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def rows(world):
    return [make_task(world.issue, text=f"措施{n}") for n in (1, 2, 3)]


def acting(world, by=None, reason=""):
    return Acting(by or world.office, AT, reason)


def paste(world, rows, column, block, *, by=None, seen=None, reason=""):
    ids = [t.pk for t in rows]
    return grid_write.paste(world.notice, ids, column, block, acting(world, by, reason), seen=seen)


def cells(*columns):
    return block_of(list(grid_write.rows_of(Notice.objects.get())), columns or COLUMNS)


FULL = ["修订制度", "建章立制", "云岭县教育局", "青禾镇", "云岭县教育局基建办", "樊领导", "安经办", "0700-1", "2026-12-31", "90"]  # fmt: skip


def test_a_block_falls_to_the_right_and_down(world, rows):
    found = paste(world, rows[1:], "kind", [["建章立制", "教育局"], ["具体整改", "青禾镇"]])

    assert (found.refusals, found.cells) == ([], 4)
    assert cells("kind", "lead") == [["", ""], ["建章立制", "云岭县教育局"], ["具体整改", "青禾镇"]]
    assert [t.lead_unit for t in Task.objects.in_order()] == [None, world.bureau, world.town]
    assert rollup.wrong_rows() == []


def test_every_column_is_read_and_shown_again(world, rows):
    assert paste(world, rows, "text", [FULL]).refusals == []

    task = Task.objects.get(pk=rows[0].pk)
    assert cells()[0] == FULL
    assert (task.leader, task.contact, task.deadline, task.review_days) == (
        world.leader, world.staff, DUE, 90,
    )  # fmt: skip
    roles = [(u.unit_text, u.role) for u in task.task_units.order_by("position")]
    assert roles == [
        ("云岭县教育局", "lead"), ("青禾镇", "responsible"), ("云岭县教育局基建办", "supporting"),
    ]  # fmt: skip
    assert [e.action for e in Event.objects.order_by("pk")] == ["task.edit", "plan.change"]


def test_deadlines_are_read_by_their_words(world, rows):
    block = [["2026年12月底前"], ["立行立改"], ["长期坚持"]]

    assert paste(world, rows, "deadline", block).refusals == []
    assert cells("deadline") == [["2026-12-31"], ["2026-07-01"], ["长期坚持"]]
    assert [t.deadline_text for t in Task.objects.in_order()] == [row[0] for row in block]

    paste(world, rows[2:], "deadline", [["2026-12-31"]])
    assert Task.objects.get(pk=rows[2].pk).keep_up is False


REFUSED = [
    ("text", " ", "整改措施不能为空；不要这项措施请用“移除”。"),
    ("kind", "其他", "“其他”不是措施类别，应为具体整改、举一反三、建章立制，或留空。"),
    ("lead", "县教局", "系统中没有“县教局”这个单位，最接近的是：云岭县教育局、云岭县、云岭县教育局基建办。"),
    ("lead", "教育局、青禾镇", "牵头单位只能填一个，其余单位请填到“责任单位”。"),
    ("supporting", "某某局", "系统中没有“某某局”这个单位。"),
    ("leader", "长" * 201, "文字有 201 个字，最多 200 个字。"),
    ("deadline", "2024717日", None),
    ("review_days", "每季", "“每季”不是复查周期，应为 1 到 3650 的天数，例如 90。"),
    ("review_days", "0", "“0”不是复查周期，应为 1 到 3650 的天数，例如 90。"),
]


@pytest.mark.parametrize(("column", "value", "message"), REFUSED)
def test_one_bad_cell_refuses_the_block(world, rows, column, value, message):
    good = {"text": "新措施", "deadline": "2026-12-31", "review_days": "30", "kind": "建章立制"}.get(
        column, "青禾镇"
    )
    found = paste(world, rows, column, [[good], [value]])

    (refusal,) = found.refusals
    label = grid.LABELS[column]
    assert (refusal.row, refusal.column, refusal.number, refusal.label) == (2, 1, "W01-001-02", label)
    assert message is None or str(refusal) == f"第 2 行第 1 列（W01-001-02“{label}”）：{message}"
    assert {t.version for t in Task.objects.all()} == {0}
    assert not PlanStep.objects.exists()


def test_cells_beyond_the_sheet_are_refused(world, rows):
    found = paste(world, rows[2:], "review_days", [["30", "x"], ["60"]])

    assert [str(r) for r in found.refusals] == [
        "第 1 行第 2 列（W01-001-03“”）：表格右边没有更多列。",
        "第 2 行第 1 列：表格下方没有更多任务，请先增加措施或少选几行。",
    ]
    assert Task.objects.get(pk=rows[2].pk).review_days is None


def test_the_lead_of_a_task_at_work_is_not_replaced_here(world):
    task = make_task(world.issue, lead=world.bureau)

    assert "改派" in paste(world, [task], "lead", [["青禾镇"]]).refusals[0].message
    assert paste(world, [task], "lead", [["教育局"]]).cells == 0


def test_a_cell_somebody_else_changed_is_refused(world, rows):
    planning.edit_task(rows[0], {"leader_text": "某常委"}, base={}, by=world.office_two, at=AT)

    found = paste(world, rows, "leader", [["樊领导"], ["樊领导"]], seen=[[""], [""]])

    assert [str(r) for r in found.refusals] == [
        "第 1 行第 1 列（W01-001-01“责任领导”）：刚刚被他人改为“某常委”，请刷新后再填。"
    ]
    assert paste(world, rows, "leader", [["樊领导"], ["樊领导"]], seen=[["某常委"], [""]]).cells == 2


def test_cells_that_stay_are_not_written(world, rows):
    assert paste(world, rows, "text", [["措施1"], ["措施二"]]).cells == 1
    assert [t.version for t in Task.objects.in_order()] == [0, 1, 0]


def test_blocks_are_written_set_wise(world):
    tasks = [make_task(world.issue) for _ in range(12)]
    counts = []
    for some in (tasks[:2], tasks[2:]):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            paste(world, some, "lead", [["青禾镇"]] * len(some))
        counts.append(len(queries))

    assert counts[1] <= counts[0]


@pytest.mark.parametrize("who", ["staff", "head", "leader", "supervisor"])
def test_others_do_not_write(world, rows, who):
    person = getattr(world, who)
    with pytest.raises(Refused, match="只有整改办"):
        paste(world, rows, "text", [["新"]], by=person)
    with pytest.raises(Refused, match="只有整改办"):
        grid_write.add_measure(world.issue, "新", acting(world, person))
    with pytest.raises(Refused, match="只有整改办"):
        grid_write.remove_measure(rows[0], acting(world, person))


def test_an_archived_plan_is_left_alone(world, rows):
    Notice.objects.update(stage=Stage.ARCHIVED)

    with pytest.raises(Refused, match="已归档"):
        paste(world, rows, "text", [["新"]])


def test_too_many_cells_are_refused(world, rows):
    with pytest.raises(Refused, match="一次最多粘贴"):
        paste(world, rows, "text", [["x"] * 10] * 2001)


# ── Measures ─────────────────────────────────────────────────────────────────


def test_a_measure_is_split_right_behind_itself(world, rows):
    paste(world, rows, "text", [["清理台账。修订制度。", *FULL[1:]]])

    made = grid_write.split_measure(rows[0], "清理台账。", "修订制度。", acting(world))

    listed = [(t.number, t.text) for t in Task.objects.in_order()]
    assert listed == [
        ("W01-001-01", "清理台账。"), ("W01-001-04", "修订制度。"), ("W01-001-02", "措施2"), ("W01-001-03", "措施3"),
    ]  # fmt: skip
    assert cells()[1] == ["修订制度。", *FULL[1:]]
    assert (made.state, made.leader) == (State.DRAFT, world.leader)

    assert grid_write.undo(world.notice, acting(world)) == "拆分 W01-001-01"
    assert [row[0] for row in cells("text")] == ["清理台账。修订制度。", "措施2", "措施3"]
    assert rollup.wrong_rows() == []


@pytest.mark.parametrize("halves", [("", "后"), ("前", " ")])
def test_an_empty_half_is_refused(world, rows, halves):
    with pytest.raises(Refused, match="前后两段都要有内容"):
        grid_write.split_measure(rows[0], *halves, acting(world))


def test_a_draft_is_removed_and_comes_back(world, rows):
    paste(world, rows, "text", [FULL])
    grid_write.remove_measure(rows[0], acting(world))
    assert [t.pk for t in Task.objects.in_order()] == [rows[1].pk, rows[2].pk]
    assert Event.objects.get(action="task.remove").data == {"number": "W01-001-01", "text": "修订制度"}

    grid_write.undo(world.notice, acting(world))

    assert cells()[0] == FULL
    assert rollup.wrong_rows() == []


def test_what_was_worked_on_is_not_removed(world, rows):
    handed = make_task(world.issue, lead=world.bureau, state=State.PENDING)
    make_progress(rows[0], unit=world.bureau)

    with pytest.raises(Refused, match="已交单位办理"):
        grid_write.remove_measure(handed, acting(world))
    with pytest.raises(Refused, match="已有办理记录"):
        grid_write.remove_measure(rows[0], acting(world))


# ── Undo ─────────────────────────────────────────────────────────────────────


def test_several_levels_are_taken_back_in_turn(world, rows):
    paste(world, rows, "leader", [["樊领导"], ["樊领导"]])
    paste(world, rows, "lead", [["教育局", "", "青禾镇"]])
    grid_write.add_measure(world.issue, "第四项", acting(world))
    assert [s.label for s in grid_write.last_steps(world.notice, world.office)] == [
        "增加 W01-001-04", "填写 2 格", "填写 2 格",
    ]  # fmt: skip

    undone = [grid_write.undo(world.notice, acting(world)) for _ in range(3)]

    assert undone == ["增加 W01-001-04", "填写 2 格", "填写 2 格"]
    assert cells("text", "lead", "supporting", "leader") == [[f"措施{n}", "", "", ""] for n in (1, 2, 3)]
    assert rollup.wrong_rows() == []
    with pytest.raises(Refused, match="没有可以撤销的修改"):
        grid_write.undo(world.notice, acting(world))


def test_only_the_own_changes_are_taken_back(world, rows):
    paste(world, rows, "leader", [["樊领导"]])

    with pytest.raises(Refused, match="没有可以撤销的修改"):
        grid_write.undo(world.notice, acting(world, world.office_two))


def test_undo_is_refused_when_the_same_was_changed_since(world, rows):
    paste(world, rows, "leader", [["樊领导"]])
    planning.edit_task(rows[0], {"remark": "别的"}, base={}, by=world.office_two, at=AT)
    planning.edit_task(rows[0], {"leader_text": "某常委"}, base={}, by=world.office_two, at=AT)

    with pytest.raises(Refused, match="任务 W01-001-01 的“责任领导”以后又有改动"):
        grid_write.undo(world.notice, acting(world))

    planning.edit_task(rows[0], {"leader_text": "樊领导"}, base={}, by=world.office_two, at=AT)
    grid_write.undo(world.notice, acting(world))
    assert Task.objects.get(pk=rows[0].pk).remark == "别的"


def test_units_changed_since_are_not_taken_back(world, rows):
    paste(world, rows, "supporting", [["青禾镇"]])
    part = planning.Part(world.bureau, world.bureau.name, UnitRole.SUPPORTING)
    planning.set_units(rows[0], [part], by=world.office_two, at=AT)

    with pytest.raises(Refused, match="单位以后又有改动"):
        grid_write.undo(world.notice, acting(world))


# ── With an approved plan ────────────────────────────────────────────────────


def test_an_approved_plan_is_pasted_over_with_a_reason_only(world):
    task = make_task(world.issue, lead=world.bureau, leader_text="樊领导", deadline=DUE)
    review = plan_review.submit(world.notice, note="", by=world.office, at=AT)
    plan_review.approve(review, by=world.office_two, at=AT)

    with pytest.raises(Missing, match="完成时限"):
        paste(world, [task], "deadline", [["2027-01-31"]])
    paste(world, [task], "deadline", [["2027-01-31"]], reason="等待批复")
    with pytest.raises(Refused, match="已在批准的方案中|已交单位办理"):
        grid_write.remove_measure(task, acting(world))

    assert [c.reason for c in task.plan_changes.all()] == ["等待批复"]


# ── Any block ────────────────────────────────────────────────────────────────

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=12)
SOME_TEXT = WORDS | st.sampled_from(['"三会一课"', "一\n二", "一\t二", "=1+1", "＝甲"])
MAYBE = st.just("") | SOME_TEXT
NAMED = st.sampled_from(["", "云岭县教育局", "青禾镇", "云岭县教育局基建办"])
ROW = st.tuples(
    SOME_TEXT,
    st.sampled_from(["", "具体整改", "举一反三", "建章立制"]),
    st.sampled_from(["", "云岭县教育局"]),
    st.sampled_from(["", "青禾镇"]),
    st.sampled_from(["", "云岭县教育局基建办", "云岭县"]),
    MAYBE,
    MAYBE,
    MAYBE,
    st.just("") | st.dates(dt.date(2026, 6, 1), dt.date(2030, 12, 31)).map(str),
    st.just("") | st.integers(1, 3650).map(str),
).map(list)


class AnyBlock(TestCase):
    def setup_example(self):
        super().setup_example()
        self.world = make_world()
        second = make_issue(self.world.notice, title="关于台账不全的问题")
        self.tasks = [make_task(issue) for issue in (self.world.issue, self.world.issue, second)]

    @settings(
        max_examples=8,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(ROW, min_size=3, max_size=3), st.lists(ROW, min_size=3, max_size=3))
    def test_a_block_pasted_is_copied_back_equal_and_undone(self, first, second):
        before = cells()
        for block in (first, second):
            found = paste(self.world, self.tasks, "text", read_block(write_block(block)))
            assert found.refusals == []
            assert cells() == block
        while grid_write.last_steps(self.world.notice, self.world.office):
            grid_write.undo(self.world.notice, acting(self.world))
        assert cells() == before
        assert rollup.wrong_rows() == []
