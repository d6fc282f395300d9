"""After approval: no change of the plan without a reason, and every deviation readable."""

import datetime as dt

import pytest

from notices.domain import baseline, filling, plan_review, planning, workflow
from notices.domain.planning import Part
from notices.errors import Missing, Refused, Stale
from notices.models import PlanChange, Task
from notices.terms import State, UnitRole
from tests.factories import AT, TODAY, ask, make_task, make_world

pytestmark = pytest.mark.django_db
DUE, LATER = dt.date(2026, 12, 31), dt.date(2027, 3, 31)


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def task(world):
    """Active, in an approved plan."""
    made = make_task(world.issue, lead=world.bureau, leader_text="樊领导", deadline=DUE)
    approve(world)
    return made


def approve(world):
    review = plan_review.submit(world.notice, note="", by=world.office, at=AT)
    plan_review.approve(review, by=world.office_two, at=AT)


def edit(world, task, reason="", **values):
    planning.edit_task(task, values, base={}, by=world.office, at=AT, reason=reason)


def found(task=None):
    changes = PlanChange.objects.filter(task=task) if task else PlanChange.objects.all()
    return [(d.label, d.planned, d.now, d.reason) for d in baseline.deviations(changes)]


GUARDED = [
    ({"text": "改为修订考勤制度"}, "整改措施"),
    ({"heading": "小标题"}, "整改措施"),
    ({"leader_text": "某副县长"}, "责任领导"),
    ({"deadline": LATER}, "完成时限"),
]


@pytest.mark.parametrize(("values", "label"), GUARDED)
def test_a_guarded_field_needs_a_reason(world, task, values, label):
    with pytest.raises(Missing) as missing:
        edit(world, task, **values)

    assert missing.value.fields == {"reason": f"整改方案已经批准，改动{label}须填写“修改原因”。"}
    assert Task.objects.get().version == 0

    edit(world, task, "实际情况有变", **values)
    assert [row[0] for row in found()] == [label]


@pytest.mark.parametrize("values", [{"contact_text": "周晓岚"}, {"remark": "备注"}, {"kind": "rule"}])
def test_other_fields_need_none(world, task, values):
    edit(world, task, **values)

    assert found() == []


def test_without_a_baseline_nothing_needs_a_reason(world):
    edit(world, make_task(world.issue, lead=world.bureau), text="改")

    assert not PlanChange.objects.exists()


def test_the_original_stays_and_the_latest_reason_counts(world, task):
    edit(world, task, "第一次", deadline=LATER)
    edit(world, task, "第二次", deadline=LATER + dt.timedelta(days=1))

    assert found() == [("完成时限", "2026-12-31", "2027-04-01", "第二次")]
    assert [c.reason for c in PlanChange.objects.order_by("pk")] == ["第一次", "第二次"]


def test_what_is_changed_back_is_no_deviation(world, task):
    edit(world, task, "改", deadline=LATER)
    edit(world, task, "改回", deadline=DUE)

    assert found() == []


def test_a_new_lead_of_a_draft_needs_a_reason(world):
    task = make_task(world.issue, lead=world.bureau, leader_text="樊领导", deadline=DUE)
    approve(world)
    workflow.perform(task, "reassign", ask(world.office, lead_unit=world.town, reason="职责调整"))

    assert found() == [("牵头单位", "云岭县教育局", "青禾镇", "职责调整")]

    workflow.perform(task, "decline", ask(world.town_staff, reason="不属本单位职责"))
    assert found() == [("牵头单位", "云岭县教育局", "", "不属本单位职责")]

    parts = [Part(world.section, world.section.name, UnitRole.LEAD)]
    with pytest.raises(Missing, match="牵头单位"):
        planning.set_units(task, parts, by=world.office, at=AT)
    planning.set_units(task, parts, by=world.office, at=AT, reason="由基建办承担")
    assert found() == [("牵头单位", "云岭县教育局", "云岭县教育局基建办", "由基建办承担")]


def test_supporting_units_need_no_reason(world, task):
    parts = [
        Part(world.bureau, world.bureau.name, UnitRole.LEAD),
        Part(world.town, "青禾镇", UnitRole.SUPPORTING),
    ]
    planning.set_units(task, parts, by=world.office, at=AT)

    assert found() == []


def test_a_reopened_and_a_cancelled_task_give_the_reason_of_the_step(world):
    closed = make_task(
        world.issue, lead=world.bureau, leader_text="樊领导", deadline=DUE, state=State.COMPLETED
    )
    gone = make_task(world.issue, lead=world.bureau, leader_text="樊领导", deadline=DUE, text="清理台账")
    approve(world)

    workflow.perform(closed, "reopen", ask(world.office, reason="问题反弹", deadline=LATER))
    workflow.perform(gone, "cancel", ask(world.office, merged_into=closed))

    assert found() == [
        ("完成时限", "2026-12-31", "2027-03-31", "问题反弹"),
        ("撤销措施", "清理台账", "已撤销", "并入任务 W01-001-01"),
    ]


def test_a_task_added_later_needs_a_reason_and_is_free_afterwards(world, task):
    with pytest.raises(Missing, match="新增措施"):
        planning.add_task(world.issue, text="增设监督员", by=world.office, at=AT)
    made = planning.add_task(world.issue, text="增设监督员", by=world.office, at=AT, reason="上级要求")
    edit(world, made, text="增设廉政监督员")

    assert found() == [("新增措施", "", "增设廉政监督员", "上级要求")]


def test_bulk_filling_takes_one_reason_for_all(world, task):
    def fill(reason):
        wanted = filling.Filling(leader_text="某常委", reason=reason)
        rows = Task.objects.select_related("notice")
        return filling.fill_many(rows, wanted, by=world.office, at=AT, today=TODAY)

    assert list(fill("").refused) == [task.number]
    assert fill("分工调整").done == [task.number]
    assert found() == [("责任领导", "樊领导", "某常委", "分工调整")]


def test_an_issue_of_the_plan_needs_a_reason(world, task):
    with pytest.raises(Missing, match="责任领导"):
        planning.edit_issue(world.issue, {"leader_text": "某"}, base={}, by=world.office, at=AT)

    planning.edit_issue(world.issue, {"target": "年底建成"}, base={}, by=world.office, at=AT)
    planning.edit_issue(
        world.issue, {"leader_text": "某"}, base={}, by=world.office, at=AT, reason="调整分工"
    )
    assert found() == [("责任领导", "", "某", "调整分工")]


# ── change_deadline ──────────────────────────────────────────────────────────


def test_an_approved_extension_is_a_reasoned_change(world, task):
    planning.change_deadline(task, LATER, "", "需待上级批复", by=world.office, at=AT, extension_count=1)

    assert found(task) == [("完成时限", "2026-12-31", "2027-03-31", "需待上级批复")]
    assert PlanChange.objects.get().source == PlanChange.Source.EXTENSION
    row = Task.objects.get()
    assert (row.deadline, row.extension_count, row.version) == (LATER, 1, 1)


def test_a_deadline_read_before_another_change_is_stale(world, task):
    old = Task.objects.get()
    edit(world, task, remark="新备注")

    with pytest.raises(Stale):
        planning.change_deadline(old, LATER, "", "原因", by=world.office, at=AT)


def test_a_deadline_is_not_changed_for_nothing(world, task):
    with pytest.raises(Missing):
        planning.change_deadline(task, LATER, "", " ", by=world.office, at=AT)


def test_a_cancelled_task_gets_no_new_deadline(world, task):
    workflow.perform(task, "cancel", ask(world.office, reason="重复"))

    with pytest.raises(Refused, match="已撤销"):
        planning.change_deadline(task, LATER, "", "原因", by=world.office, at=AT)
