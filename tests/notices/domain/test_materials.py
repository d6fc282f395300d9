"""Required kinds, the kind of a file, a file used in several tasks."""

import datetime as dt

import pytest

from accounts.models import Event
from notices.domain import materials, reporting, requirements, workflow
from notices.errors import Missing, Refused, Stale
from notices.models import Evidence, Notice, Task
from notices.terms import Stage, State
from tests.factories import AT, TODAY, ask, make_evidence, make_progress, make_task, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def task(world):
    return make_task(world.issue, lead=world.bureau)


@pytest.mark.parametrize(
    ("notice", "own", "kinds"),
    [
        ("", "", ()),
        ("制度文件、照片", "", ("制度文件", "照片")),
        ("制度文件、照片", "会议记录", ("会议记录",)),
        ("制度文件、照片", "无", ()),
        ("", "照片", ("照片",)),
    ],
)
def test_a_task_needs_its_own_kinds_or_those_of_the_notice(world, task, notice, own, kinds):
    world.notice.evidence_kinds, task.evidence_kinds = notice, own
    task.notice = world.notice

    assert materials.required(task) == kinds


@pytest.mark.parametrize(
    ("text", "tidy"),
    [(" 制度文件，照片; 照片\n会议记录 ", "制度文件、照片、会议记录"), ("", ""), ("无", "无")],
)
def test_kinds_are_tidied(text, tidy):
    assert materials.tidy_kinds(text) == tidy


@pytest.mark.parametrize("text", ["、".join(f"材料{i}" for i in range(9)), "字" * 21, "无、照片"])
def test_unfit_kinds_are_refused(text):
    with pytest.raises(Refused):
        materials.tidy_kinds(text)


def test_a_claim_waits_for_the_required_kinds(world, task):
    Notice.objects.update(evidence_kinds="制度文件、会议记录、照片")
    task = Task.objects.select_related("notice").get()
    make_progress(task)
    make_evidence(task, name="制度.pdf")
    Evidence.objects.update(category="制度文件")
    gone = make_evidence(task, name="记录.pdf")
    Evidence.objects.filter(pk=gone.pk).update(category="会议记录", removed_at=AT, removed_why="传错")

    lacking = workflow.missing(task, "submit", ask(world.staff, outcome="completed"))

    assert lacking == {"kinds": "还缺应交材料：会议记录、照片。请上传，并在上传时选择相应的材料类别。"}
    with pytest.raises(Missing):
        workflow.perform(task, "submit", ask(world.staff, outcome="completed", no_evidence="正在收集"))
    Evidence.objects.filter(pk=gone.pk).update(removed_at=None, removed_why="")
    Evidence.objects.update_or_create(
        task=task,
        stored_as="x",
        defaults={"name": "x", "kind": "jpg", "size": 1, "category": "照片", "at": AT},
    )
    assert requirements.required_kinds(task, ask(world.staff)) == {}


def test_nothing_required_asks_the_database_nothing(world, task, django_assert_num_queries):
    task.notice = world.notice
    with django_assert_num_queries(0):
        assert materials.lacking_now(task) == []


def test_the_office_requires_kinds_of_a_notice(world):
    assert materials.require_for_notice(world.notice, "照片", by=world.office, at=AT)

    stored = Notice.objects.get()
    assert (stored.evidence_kinds, stored.version, world.notice.version) == ("照片", 1, 1)
    assert Event.objects.get().data == {"evidence_kinds": ["", "照片"]}
    assert not materials.require_for_notice(world.notice, " 照片 ", by=world.office, at=AT)


@pytest.mark.parametrize("who", ["staff", "head", "leader", "supervisor"])
def test_others_require_nothing(world, who):
    with pytest.raises(Refused):
        materials.require_for_notice(world.notice, "照片", by=getattr(world, who), at=AT)


def test_an_old_page_and_an_archived_notice_require_nothing(world):
    Notice.objects.update(version=3)
    with pytest.raises(Stale):
        materials.require_for_notice(world.notice, "照片", by=world.office, at=AT)
    world.notice.stage = Stage.ARCHIVED
    with pytest.raises(Refused):
        materials.require_for_notice(world.notice, "照片", by=world.office, at=AT)


def test_a_file_gets_another_kind_while_work_goes_on(world, task):
    row = make_evidence(task, by=world.staff)

    assert materials.relabel(row, "会议记录", by=world.head, at=AT)

    assert Evidence.objects.get().category == "会议记录"
    assert Event.objects.get().action == "evidence.kind"
    with pytest.raises(Missing):
        materials.relabel(row, "随便", by=world.head, at=AT)
    Task.objects.update(state=State.VERIFYING)
    with pytest.raises(Refused):
        materials.relabel(Evidence.objects.get(), "照片", by=world.staff, at=AT)


def test_a_file_proves_a_second_task_and_each_voids_its_own(world, task):
    row = make_evidence(task, by=world.staff)
    other = make_task(world.issue, lead=world.bureau)

    (copy,) = materials.reuse(other, [row.pk], kind="会议记录", by=world.staff, at=AT)

    assert (copy.stored_as, copy.sha256, copy.reused_from, copy.category) == (
        row.stored_as,
        row.sha256,
        row,
        "会议记录",
    )
    assert (other.evidence_count, Task.objects.get(pk=other.pk).evidence_count) == (1, 1)
    assert Event.objects.get().data["from"] == [task.number]
    reporting.withdraw_evidence(row, why="与本任务无关", by=world.staff, at=AT)
    assert list(Evidence.objects.filter(removed_at=None)) == [copy]
    assert Task.objects.get(pk=other.pk).evidence_count == 1


def test_a_file_is_reused_once_and_only_by_who_sees_it(world, task):
    row = make_evidence(task, by=world.staff)
    theirs = make_task(world.issue, lead=world.town)

    with pytest.raises(Missing):
        materials.reuse(theirs, [row.pk], by=world.town_staff, at=AT)
    with pytest.raises(Refused):
        materials.reuse(theirs, [row.pk], by=world.staff, at=AT)
    other = make_task(world.issue, lead=world.bureau)
    materials.reuse(other, [row.pk], by=world.staff, at=AT)
    with pytest.raises(Missing):
        materials.reuse(other, [row.pk], by=world.staff, at=AT)
    assert Evidence.objects.count() == 2


# ── Files that expire ────────────────────────────────────────────────────────
def test_last_day_of_a_file_is_set_changed_and_taken_away(world, task):
    row = make_evidence(task, by=world.staff)
    day = TODAY + dt.timedelta(days=30)

    assert materials.set_expiry(row, day, by=world.head, at=AT)
    assert not materials.set_expiry(row, day, by=world.head, at=AT)
    assert materials.set_expiry(Evidence.objects.get(), None, by=world.staff, at=AT)

    events = (
        Event.objects.filter(action="evidence.expiry")
        .order_by("pk")
        .values_list("data__expires_on", flat=True)
    )
    assert list(events) == [["", str(day)], [str(day), ""]]


def test_last_day_is_the_uploading_units_while_the_task_is_worked_on(world, task):
    row = make_evidence(task, by=world.staff)
    with pytest.raises(Refused):
        materials.set_expiry(row, TODAY, by=world.office, at=AT)
    Task.objects.filter(pk=task.pk).update(state=State.SUBMITTED)
    row.refresh_from_db()
    with pytest.raises(Refused):
        materials.set_expiry(Evidence.objects.get(), TODAY, by=world.staff, at=AT)

    assert Evidence.objects.get().expires_on is None
