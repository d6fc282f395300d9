"""Units renamed, moved, merged and split: tasks follow, history stays, scope and counters are right."""

import pytest
from django.db import transaction

from accounts.matching import UnitNames
from accounts.models import Event, Membership, Proposal, Unit
from accounts.people import Unfit
from accounts.roles import Role
from notices.domain import rollup, unit_changes
from notices.domain.timeline import timeline
from notices.domain.unit_changes import NewUnit
from notices.models import Task, TaskUnit
from notices.terms import State
from tests.factories import (
    AT,
    make_issue,
    make_notice,
    make_progress,
    make_task,
    make_unit,
    make_user,
    make_world,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def w():
    w = make_world()
    w.water = make_unit("云岭县水利局", parent=w.county)
    w.security = make_user("security", (Role.SECURITY, w.county), name="丁安全")
    w.led = make_task(w.issue, lead=w.bureau, supporting=(w.town,))
    w.helped = make_task(w.issue, lead=w.town, supporting=(w.bureau, w.water))
    w.deep = make_task(w.issue, lead=w.section)
    w.draft = make_task(w.issue, lead=w.bureau, state=State.DRAFT)
    w.closed = make_task(w.issue, lead=w.bureau, state=State.COMPLETED)
    return w


def version(unit):
    return Unit.objects.get(pk=unit.pk).version


def parts(task):
    rows = TaskUnit.objects.filter(task=task).order_by("role", "unit__name")
    return [(row.role, row.unit.name, row.unit_text) for row in rows]


def refused(act):
    with transaction.atomic(), pytest.raises(Unfit) as why:
        act()
    return str(why.value)


def edit(w, unit, **values):
    row = Unit.objects.get(pk=unit.pk)
    present = {
        name: getattr(row, name) for name in ("name", "short_name", "aliases", "position", "is_active")
    }
    return unit_changes.edit(row, {**present, **values}, version=row.version, by=w.admin, at=AT)


# ── Rename ───────────────────────────────────────────────────────────────────
def test_a_new_name_shows_on_open_work_and_the_old_one_on_history(w):
    make_progress(w.led, by=w.staff, at=AT.replace(day=1))
    make_progress(w.led, by=w.staff, at=AT.replace(day=25))

    edit(w, w.bureau, name="云岭县教育和体育局")

    assert parts(w.led)[0] == ("lead", "云岭县教育和体育局", "云岭县教育和体育局")
    assert parts(w.closed) == [("lead", "云岭县教育和体育局", "云岭县教育局")]
    assert [e.unit for e in timeline(Task.objects.get(pk=w.led.pk)) if e.kind == "progress"] == [
        "云岭县教育和体育局",
        "云岭县教育局",
    ]
    assert UnitNames.load().find("云岭县教育局") == w.bureau
    assert rollup.wrong_rows() == []


# ── Move ─────────────────────────────────────────────────────────────────────
def test_a_moved_unit_takes_its_scope_along(w):
    before = set(Task.objects.visible_to(w.town_head).values_list("pk", flat=True))

    unit_changes.move(w.section, w.town, version=version(w.section), by=w.admin, at=AT)

    after = set(Task.objects.visible_to(w.town_head).values_list("pk", flat=True))
    assert after - before == {w.deep.pk}
    assert w.deep.pk not in set(Task.objects.visible_to(w.head).values_list("pk", flat=True))
    assert rollup.wrong_rows() == []


def test_the_preview_of_a_move_names_who_gains_and_who_loses(w):
    found = unit_changes.effects(w.section, w.town)

    assert (found.gains, found.loses, found.led, found.below) == (["青禾镇"], ["云岭县教育局"], 1, 0)
    whole = unit_changes.effects(w.bureau)
    assert (whole.below, whole.people, whole.led, whole.parts, whole.closed) == (1, 2, 2, 1, 1)


@pytest.mark.parametrize(
    ("unit", "parent", "sentence"),
    [
        ("bureau", "section", "自身或其下级"),
        ("county", "bureau", "是最上级单位，不能移到其他单位之下。"),
    ],
)
def test_a_ring_and_the_topmost_unit_are_refused(w, unit, parent, sentence):
    unit, parent = getattr(w, unit), getattr(w, parent)

    assert sentence in refused(
        lambda: unit_changes.move(unit, parent, version=version(unit), by=w.admin, at=AT)
    )


def test_an_old_version_and_a_stranger_change_nothing(w):
    def move(by, seen):
        return refused(lambda: unit_changes.move(w.section, w.town, version=seen, by=by, at=AT))

    assert "刚刚被他人修改" in move(w.admin, 7)
    assert "只能由管理它的系统管理员调整" in move(w.office, 0)
    assert "只能由管理它的系统管理员调整" in move(w.security, 0)


# ── Merge ────────────────────────────────────────────────────────────────────
def merge(w, unit, into):
    return unit_changes.merge(unit, into, version=version(unit), by=w.admin, at=AT, strict=False)


def test_a_merger_hands_over_open_work_and_keeps_history(w):
    tasks, proposed = merge(w, w.bureau, w.water)

    assert (tasks, proposed) == (3, 2)
    assert parts(w.led) == [
        ("former", "云岭县教育局", "云岭县教育局"),
        ("lead", "云岭县水利局", "云岭县水利局"),
        ("supporting", "青禾镇", "青禾镇"),
    ]
    assert parts(w.helped) == [("lead", "青禾镇", "青禾镇"), ("supporting", "云岭县水利局", "云岭县水利局")]
    assert parts(w.closed) == [("lead", "云岭县教育局", "云岭县教育局")]
    old = Unit.objects.get(pk=w.bureau.pk)
    assert (old.is_active, old.parent, old.merged_into) == (False, w.water, w.water)
    assert Unit.objects.get(pk=w.section.pk).parent == w.water
    assert UnitNames.load().find("县教育局") == UnitNames.load().find("云岭县教育局") == w.water
    assert rollup.wrong_rows() == []


def test_whoever_works_for_the_successor_reads_the_history(w):
    reader = make_user("reader", (Role.STAFF, w.water))
    merge(w, w.bureau, w.water)

    seen = set(Task.objects.visible_to(reader).values_list("pk", flat=True))

    assert seen == {w.led.pk, w.helped.pk, w.closed.pk, w.deep.pk}


def test_people_are_proposed_for_the_successor_not_carried_over(w):
    merge(w, w.bureau, w.water)

    assert not Membership.objects.filter(unit=w.water).exists()
    assert set(Proposal.objects.values_list("user__username", "unit__name", "role", "state")) == {
        ("staff", "云岭县水利局", "staff", "waiting"),
        ("head", "云岭县水利局", "head", "waiting"),
    }


def test_each_task_and_the_unit_have_their_event(w):
    merge(w, w.bureau, w.water)

    assert set(Event.objects.filter(action="task.units").values_list("subject_id", flat=True)) == {
        w.led.pk, w.helped.pk, w.draft.pk,
    }  # fmt: skip
    assert Event.objects.get(action="unit.merge").data == {
        "name": "云岭县教育局", "into": "云岭县水利局", "tasks": 3, "roles": 2,
    }  # fmt: skip


def test_a_unit_is_not_merged_into_itself_what_is_below_it_or_a_former_unit(w):
    assert "自身或其下级" in refused(lambda: merge(w, w.bureau, w.section))
    merge(w, w.bureau, w.water)
    assert "停用的单位不能合并" in refused(lambda: merge(w, w.town, w.bureau))


def test_archived_notices_stay_as_they_are(w):
    old = make_task(make_issue(make_notice(w.county, title="旧批次", stage="archived")), lead=w.bureau)

    merge(w, w.bureau, w.water)

    assert Task.objects.get(pk=old.pk).lead_unit == w.bureau
    assert rollup.wrong_rows() == []


# ── Split ────────────────────────────────────────────────────────────────────
def split(w, name="云岭县体育局", tasks=(), people=()):
    return unit_changes.split(
        w.bureau, NewUnit(name), tasks=[t.pk for t in tasks], people=[p.pk for p in people],
        version=version(w.bureau), by=w.admin, at=AT, strict=False,
    )  # fmt: skip


def test_a_split_takes_the_chosen_tasks_and_proposes_the_chosen_people(w):
    made, tasks, proposed = split(w, tasks=[w.led, w.helped], people=[w.staff])

    assert (made.parent, tasks, proposed) == (w.county, 2, 1)
    assert parts(w.led)[:2] == [
        ("former", "云岭县教育局", "云岭县教育局"),
        ("lead", "云岭县体育局", "云岭县体育局"),
    ]
    assert Task.objects.get(pk=w.draft.pk).lead_unit == w.bureau
    assert Task.objects.visible_to(w.staff).filter(pk=w.led.pk).exists()
    assert Proposal.objects.get().unit == made
    assert rollup.wrong_rows() == []


def test_a_split_with_a_task_that_went_elsewhere_changes_nothing(w):
    assert "所选任务中有 1 项已不在" in refused(lambda: split(w, tasks=[w.led, w.deep]))
    assert "已有单位“青禾镇”" in refused(lambda: split(w, name="青禾镇"))
    assert not Unit.objects.filter(name="云岭县体育局").exists()
