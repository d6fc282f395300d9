import pytest

from notices.domain.editing import Edit, edit, unit_names
from notices.domain.planning import Conflict, Part
from notices.errors import Refused
from notices.models import Task
from notices.terms import UnitRole
from tests.factories import AT, make_task, make_world

pytestmark = pytest.mark.django_db
SUPPORTING = UnitRole.SUPPORTING


def world():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, supporting=(w.town,), leader_text="樊领导")
    return w, Task.objects.get(pk=task.pk)


def names(task):
    return unit_names(Task.objects.prefetch_related("task_units").get(pk=task.pk))


def part(unit, role=SUPPORTING):
    return Part(unit, unit.name, role)


def test_words_and_units_change_together():
    w, task = world()
    asked = Edit(
        {"leader_text": "宋副县长"},
        {"leader_text": "樊领导"},
        {SUPPORTING: [part(w.section)]},
        {SUPPORTING: "青禾镇"},
    )

    assert edit(task, asked, by=w.office, at=AT)

    assert Task.objects.get(pk=task.pk).leader_text == "宋副县长"
    assert names(task) == {
        "lead": "云岭县教育局",
        "responsible": "",
        "supporting": "云岭县教育局基建办",
    }


def test_untouched_roles_keep_what_others_wrote_meanwhile():
    w, task = world()
    edit(task, Edit({}, {}, {SUPPORTING: []}, {SUPPORTING: "青禾镇"}), by=w.office, at=AT)
    responsible = {UnitRole.RESPONSIBLE: [part(w.section, UnitRole.RESPONSIBLE)]}

    edit(task, Edit({}, {}, responsible, {UnitRole.RESPONSIBLE: ""}), by=w.office_two, at=AT)

    assert names(task) == {"lead": "云岭县教育局", "responsible": "云岭县教育局基建办", "supporting": ""}


def test_both_clashes_are_told_and_nothing_is_written():
    w, task = world()
    edit(
        task,
        Edit({"leader_text": "甲"}, {"leader_text": "樊领导"}, {SUPPORTING: []}, {SUPPORTING: "青禾镇"}),
        by=w.office,
        at=AT,
    )
    mine = Edit(
        {"leader_text": "乙", "remark": "我的备注"},
        {"leader_text": "樊领导", "remark": ""},
        {SUPPORTING: [part(w.section)]},
        {SUPPORTING: "青禾镇"},
    )

    with pytest.raises(Conflict) as caught:
        edit(task, mine, by=w.office_two, at=AT)

    told = [(c.label, c.base, c.theirs, c.yours) for c in caught.value.clashes]
    assert told == [
        ("责任领导", "樊领导", "甲", "乙"),
        ("配合单位", "青禾镇", "", "云岭县教育局基建办"),
    ]
    assert Task.objects.get(pk=task.pk).remark == ""


def test_refused_units_take_the_words_back():
    w, task = world()
    lead = {UnitRole.LEAD: [part(w.town, UnitRole.LEAD)]}
    asked = Edit({"remark": "改"}, {"remark": ""}, lead, {UnitRole.LEAD: "云岭县教育局"})

    with pytest.raises(Refused, match="改派"):
        edit(task, asked, by=w.office, at=AT)

    assert Task.objects.get(pk=task.pk).remark == ""
