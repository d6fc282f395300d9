"""Edits that merge or clash, units of a task, new tasks, stages."""

import datetime as dt

import pytest

from accounts.models import Event
from notices.domain import planning, rollup
from notices.domain.planning import Clash, Conflict, Part
from notices.errors import Refused, Stale
from notices.models import Issue, Notice, Task
from notices.terms import Stage, State, UnitRole
from tests.factories import AT, make_issue, make_task, make_unit, make_world

pytestmark = pytest.mark.django_db

DUE = dt.date(2026, 12, 31)


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def task(world):
    return make_task(world.issue, lead=world.bureau, remark="旧备注")


def edit(task, by, base=None, **values):
    return planning.edit_task(task, values, base=base or {}, by=by, at=AT)


# ── edit_task ────────────────────────────────────────────────────────────────


def test_an_edit_writes_the_fields_the_version_and_the_event(world, task):
    changed = edit(
        task, world.office, deadline=DUE, remark="旧备注", base={"deadline": None, "remark": "旧备注"}
    )

    assert changed == ["deadline"]
    assert (task.deadline, task.version) == (DUE, 1)
    row = Task.objects.get()
    assert (row.deadline, row.version) == (DUE, 1)
    assert Event.objects.get().data == {"deadline": [None, "2026-12-31"]}
    assert rollup.wrong_rows() == []


def test_an_edit_without_a_difference_writes_nothing(world, task):
    assert edit(task, world.office, remark="旧备注") == []
    assert Task.objects.get().version == 0
    assert not Event.objects.exists()


def test_two_people_changing_different_fields_both_win(world, task):
    seen = {"deadline": None, "remark": "旧备注"}
    edit(Task.objects.get(), world.office_two, remark="同事的备注", base=seen)

    changed = edit(task, world.office, deadline=DUE, base=seen)

    assert changed == ["deadline"]
    row = Task.objects.get()
    assert (row.deadline, row.remark, row.version) == (DUE, "同事的备注", 2)
    assert task.remark == "同事的备注"


def test_the_same_field_changed_by_two_clashes_with_three_values(world, task):
    edit(Task.objects.get(), world.office_two, remark="同事的备注", base={"remark": "旧备注"})

    with pytest.raises(Conflict) as clash:
        edit(task, world.office, remark="我的备注", deadline=DUE, base={"remark": "旧备注", "deadline": None})

    assert clash.value.clashes == [Clash("remark", "备注", "旧备注", "同事的备注", "我的备注")]
    assert str(clash.value).startswith("备注 刚刚被他人修改")
    row = Task.objects.get()
    assert (row.remark, row.deadline, row.version) == ("同事的备注", None, 1)


def test_two_people_typing_the_same_do_not_clash(world, task):
    edit(Task.objects.get(), world.office_two, remark="一致", base={"remark": "旧备注"})

    assert edit(task, world.office, remark="一致", base={"remark": "旧备注"}) == []


@pytest.mark.parametrize("field", ["contact_text", "contact_phone", "remark"])
def test_the_lead_unit_changes_its_own_fields(world, task, field):
    assert edit(task, world.staff, **{field: "安经办"}) == [field]


@pytest.mark.parametrize(
    ("field", "value", "label"),
    [
        ("text", "另一措施", "整改措施"),
        ("leader_text", "某领导", "责任领导"),
        ("keep_up", True, "长期坚持"),
    ],
)
def test_the_rest_is_the_offices(world, task, field, value, label):
    with pytest.raises(Refused, match=f"^{label}只能由整改办修改。$"):
        edit(task, world.head, **{field: value})

    assert edit(task, world.office, **{field: value}) == [field]


@pytest.mark.parametrize("who", ["town_staff", "leader", "supervisor", "admin"])
def test_others_change_nothing(world, task, who):
    with pytest.raises(Refused):
        edit(task, getattr(world, who), remark="改")

    assert Task.objects.get().remark == "旧备注"


def test_a_cancelled_task_and_an_archived_notice_are_read_only(world, task):
    cancelled = make_task(world.issue, lead=world.bureau, state=State.CANCELLED)
    with pytest.raises(Refused, match="任务已撤销，不能修改。"):
        edit(cancelled, world.office, remark="改")

    Notice.objects.update(stage=Stage.ARCHIVED)
    with pytest.raises(Refused, match="该批次已归档，只能查看。"):
        edit(task, world.office, remark="改")
    with pytest.raises(Refused, match="该批次已归档，只能查看。"):
        planning.set_units(task, [], by=world.office, at=AT)
    with pytest.raises(Refused, match="该批次已归档，只能查看。"):
        planning.add_task(Issue.objects.get(), text="新措施", by=world.office, at=AT)
    with pytest.raises(Refused, match="该批次已归档，只能查看。"):
        planning.edit_issue(world.issue, {"title": "改"}, base={}, by=world.office, at=AT)


# ── edit_issue ───────────────────────────────────────────────────────────────


def test_an_issue_is_edited_in_the_same_manner(world):
    changed = planning.edit_issue(
        world.issue, {"target": "年内建成"}, base={"target": ""}, by=world.office, at=AT
    )
    assert changed == ["target"]

    with pytest.raises(Conflict) as clash:
        planning.edit_issue(world.issue, {"target": "明年建成"}, base={"target": ""}, by=world.office, at=AT)
    assert clash.value.clashes == [Clash("target", "整改目标", "", "年内建成", "明年建成")]
    assert Issue.objects.get().target == "年内建成"


# ── set_units ────────────────────────────────────────────────────────────────


def lead(unit):
    return Part(unit, unit.name, UnitRole.LEAD)


def test_a_second_lead_becomes_responsible_and_is_noted(world):
    parts = [lead(world.bureau), lead(world.town), Part(None, "县某协会", UnitRole.SUPPORTING)]
    task = make_task(world.issue)

    assert planning.set_units(task, parts, by=world.office, at=AT) is True

    rows = task.task_units.order_by("position").values_list("unit_text", "role", "note")
    assert list(rows) == [
        ("云岭县教育局", "lead", ""),
        ("青禾镇", "responsible", "并列牵头"),
        ("县某协会", "supporting", ""),
    ]
    assert Task.objects.get().lead_unit == world.bureau
    assert rollup.wrong_rows() == []


def test_a_unit_named_twice_stands_once_and_its_lead_wins(world):
    helper = Part(world.bureau, world.bureau.name, UnitRole.SUPPORTING)

    assert planning.one_lead([helper, lead(world.bureau), helper]) == [lead(world.bureau)]


def test_the_lead_of_a_task_with_a_unit_changes_by_the_step_only(world, task):
    with pytest.raises(Refused, match="更换牵头单位请用“改派”"):
        planning.set_units(task, [lead(world.town)], by=world.office, at=AT)

    helper = Part(world.town, world.town.name, UnitRole.SUPPORTING)
    assert planning.set_units(task, [lead(world.bureau), helper], by=world.office, at=AT) is True
    assert planning.set_units(task, [lead(world.bureau), helper], by=world.office, at=AT) is False
    assert Task.objects.get().version == 1


def test_units_are_set_by_the_office_only(world, task):
    for by in (world.head, world.leader, world.supervisor, world.town_head):
        with pytest.raises(Refused, match="只能由整改办修改"):
            planning.set_units(task, [lead(world.bureau)], by=by, at=AT)


def test_units_set_on_a_row_that_moved_meanwhile_use_the_present_row(world, task):
    edit(Task.objects.get(), world.office_two, remark="同事的备注")
    helper = Part(world.town, world.town.name, UnitRole.SUPPORTING)

    planning.set_units(task, [lead(world.bureau), helper], by=world.office, at=AT)

    assert (task.remark, task.version) == ("同事的备注", 2)


# ── add_task, set_stage ──────────────────────────────────────────────────────


def test_a_new_task_inherits_leader_lead_and_deadline_of_its_issue(world):
    issue = make_issue(
        world.notice, leader=world.leader, leader_text="樊领导", lead_unit=world.bureau, deadline=DUE
    )
    made = planning.add_task(issue, text=" 建立制度 ", by=world.office, at=AT)

    assert (made.state, made.text, made.number) == (State.DRAFT, "建立制度", f"{issue.number}-01")
    assert (made.leader, made.lead_unit, made.deadline) == (world.leader, world.bureau, DUE)


def test_a_tasks_own_values_win(world):
    issue = make_issue(world.notice, lead_unit=world.bureau, deadline=DUE)
    own = dt.date(2026, 12, 1)

    made = planning.add_task(
        issue, text="建立制度", parts=[lead(world.town)], deadline=own, by=world.office, at=AT
    )

    assert (made.lead_unit, made.deadline) == (world.town, own)
    assert rollup.wrong_rows() == []


def test_numbers_never_come_twice(world):
    first = planning.add_task(world.issue, text="一", by=world.office, at=AT)
    second = planning.add_task(world.issue, text="二", by=world.office, at=AT)
    Task.objects.filter(pk=first.pk).delete()

    third = planning.add_task(world.issue, text="三", by=world.office, at=AT)

    assert [second.number, third.number] == ["W01-001-02", "W01-001-03"]


def test_a_task_without_words_is_refused(world):
    with pytest.raises(Refused, match="请填写整改措施。"):
        planning.add_task(world.issue, text="  ", by=world.office, at=AT)


def test_stages_move_until_the_archive_which_is_final(world):
    planning.set_stage(world.notice, Stage.ARCHIVED, by=world.office, at=AT)
    assert Event.objects.get().data == {"stage": ["running", "archived"]}

    with pytest.raises(Refused, match="该批次已归档"):
        planning.set_stage(world.notice, Stage.RUNNING, by=world.office, at=AT)


def test_a_stage_changed_by_somebody_else_is_stale(world):
    Notice.objects.update(version=4)

    with pytest.raises(Stale):
        planning.set_stage(world.notice, Stage.REPORTED, by=world.office, at=AT)


def test_the_command_line_acts_as_the_system_account(world):
    planning.add_task(world.issue, text="一", by=None, at=AT)

    assert Event.objects.get().actor_name == "系统(命令行)"


def test_a_unit_of_another_county_gets_no_part_whoever_asks(world):
    strange = make_unit("河东县")
    task = make_task(world.issue, lead=world.bureau)
    parts = [
        Part(unit, unit.name, role)
        for unit, role in ((world.bureau, UnitRole.LEAD), (strange, UnitRole.SUPPORTING))
    ]

    with pytest.raises(Refused, match="不在该批次的范围内"):
        planning.set_units(task, parts, by=world.office, at=AT)

    assert [row.unit for row in task.task_units.all()] == [world.bureau]
