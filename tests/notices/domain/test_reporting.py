"""Progress reports, evidence and comments."""

import datetime as dt

import pytest

from accounts.models import Event
from accounts.roles import Role
from notices.domain import reporting, workflow
from notices.domain.reporting import StoredFile
from notices.errors import Missing, Refused
from notices.models import Comment, Evidence, Message, Notice, Nudge, Progress, Task
from notices.terms import Stage, State
from tests.factories import AT, ask, make_evidence, make_task, make_unit, make_user, make_world

pytestmark = pytest.mark.django_db

FILE = StoredFile("会议纪要.pdf", "2026/11/abc.pdf", "pdf", 2048, "a" * 64)
BEFORE = AT - dt.timedelta(days=3)


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def task(world):
    return make_task(world.issue, lead=world.bureau, supporting=(world.town,))


def test_a_report_is_a_row_and_the_tasks_latest_words(world, task):
    row = reporting.report(
        task, text=" 已修订制度 ", next_step="印发执行", blocked="", files=[FILE], by=world.staff, at=AT
    )

    assert (row.text, row.next_step, row.unit, row.by_name, row.on_behalf) == (
        "已修订制度",
        "印发执行",
        world.bureau,
        "安经办",
        False,
    )
    stored = Task.objects.get()
    assert (stored.latest_text, stored.latest_next, stored.latest_at) == ("已修订制度", "印发执行", AT)
    assert (stored.evidence_count, task.evidence_count) == (1, 1)
    evidence = Evidence.objects.get()
    assert (evidence.progress, evidence.name, evidence.sha256) == (row, "会议纪要.pdf", "a" * 64)
    assert Event.objects.get().action == "task.report"


def test_a_helper_reports_for_its_own_unit(world, task):
    row = reporting.report(task, text="已配合排查", by=world.town_staff, at=AT)

    assert (row.unit, row.on_behalf) == (world.town, False)


def test_the_system_account_reports_in_the_units_place(world, task):
    row = reporting.report(task, text="按台账接收", by=None, at=AT)

    assert (row.unit, row.by_name, row.on_behalf) == (world.bureau, "系统(命令行)", True)


def test_the_office_reports_in_the_place_of_a_unit_without_accounts(world):
    hall = make_unit("云岭县档案馆", parent=world.county)
    task = make_task(world.issue, lead=hall)

    row = reporting.report(task, text="已整理档案", by=world.office, at=AT)

    assert (row.unit, row.by, row.on_behalf) == (hall, world.office, True)


def test_an_empty_report_is_refused_and_writes_nothing(world, task):
    with pytest.raises(Missing) as refused:
        reporting.report(task, text="  ", files=[FILE], by=world.staff, at=AT)

    assert refused.value.fields == {"text": "请填写整改进展。"}
    assert not Progress.objects.exists()
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("who", ["office", "leader", "supervisor", "section_staff", "admin"])
def test_others_do_not_report(world, task, who):
    with pytest.raises(Refused):
        reporting.report(task, text="代为填写", by=getattr(world, who), at=AT)

    assert not Progress.objects.exists()


def test_a_report_answers_open_pushes(world, task):
    open_push = Nudge.objects.create(task=task, by=world.leader, by_name="樊领导", at=BEFORE)
    answered = Nudge.objects.create(
        task=task, by=world.leader, by_name="樊领导", at=BEFORE, answered_at=BEFORE
    )

    reporting.report(task, text="已召开推进会", by=world.staff, at=AT)

    open_push.refresh_from_db()
    answered.refresh_from_db()
    assert (open_push.answered_at, answered.answered_at) == (AT, BEFORE)


# ── Evidence ─────────────────────────────────────────────────────────────────


def test_evidence_without_a_report(world, task):
    reporting.attach(task, [FILE], by=world.head, at=AT)

    assert Task.objects.get().evidence_count == 1
    assert Event.objects.get().data == {"files": ["a" * 64]}


def test_void_evidence_stays_with_its_reason_and_is_counted_no_more(world, task):
    evidence = make_evidence(task)

    reporting.withdraw_evidence(evidence, why="上传错误", by=world.staff, at=AT)
    reporting.withdraw_evidence(evidence, why="再次作废", by=world.staff, at=AT)

    evidence.refresh_from_db()
    assert (evidence.removed_at, evidence.removed_why) == (AT, "上传错误")
    assert Task.objects.get().evidence_count == 0
    assert Event.objects.filter(action="evidence.void").count() == 1


def test_evidence_is_not_voided_without_a_reason_or_after_the_submit(world, task):
    evidence = make_evidence(task)
    with pytest.raises(Missing):
        reporting.withdraw_evidence(evidence, why=" ", by=world.staff, at=AT)

    waiting = make_task(world.issue, lead=world.bureau, state=State.SUBMITTED)
    with pytest.raises(Refused, match="不能作废"):
        reporting.withdraw_evidence(make_evidence(waiting), why="误传", by=world.staff, at=AT)

    assert not Evidence.objects.filter(removed_at__isnull=False).exists()


def test_a_helper_does_not_void_the_evidence_of_another_unit(world, task):
    evidence = make_evidence(task, by=world.staff)

    with pytest.raises(Refused, match="只能由上传单位作废"):
        reporting.withdraw_evidence(evidence, why="误传", by=world.town_staff, at=AT)


# ── Comments ─────────────────────────────────────────────────────────────────


def test_a_comment_is_a_row_and_an_event(world, task):
    reporting.comment(task, text=" 请补充会议记录 ", by=world.supervisor, at=AT)

    assert Comment.objects.get().text == "请补充会议记录"
    assert Event.objects.get().action == "task.comment"


def test_people_named_are_told_when_they_may_see_the_task(world, task):
    make_user("stranger", (Role.STAFF, make_unit("云岭县水利局", parent=world.county)), name="林工程师")
    text = "@安经办 @鄂镇长 请会商,@林工程师 @康管理 知悉,抄送@樊领导。"

    reporting.comment(task, text=text, by=world.office, at=AT)

    told = Message.objects.values_list("recipient__username", flat=True)
    assert set(told) == {"staff", "townhead", "leader"}
    assert Message.objects.first().title == f"葛主任 在 {task.number} 提到了您"


def test_the_longest_name_is_meant(world, task):
    make_user("ouyang", (Role.STAFF, world.bureau), name="王小")
    make_user("ouyangming", (Role.STAFF, world.bureau), name="王小明")

    reporting.comment(task, text="@王小明请核实", by=world.office, at=AT)

    assert [m.recipient.username for m in Message.objects.all()] == ["ouyangming"]


def test_nobody_is_told_of_their_own_words_or_without_the_mark(world, task):
    reporting.comment(task, text="@葛主任 已请安经办办理", by=world.office, at=AT)

    assert not Message.objects.exists()


@pytest.mark.parametrize("who", ["admin", "nobody"])
def test_people_without_a_part_do_not_comment(world, task, who):
    world.nobody = make_user("nobody")

    with pytest.raises(Refused, match="只有与该任务有关的人员可以留言。"):
        reporting.comment(task, text="路过", by=getattr(world, who), at=AT)

    assert not Comment.objects.exists()


def test_a_former_lead_reads_and_does_not_comment(world, task):
    lone = make_task(world.issue, lead=world.bureau)
    workflow.perform(lone, "reassign", ask(world.office, lead_unit=world.town, reason="职能调整"))

    with pytest.raises(Refused):
        reporting.comment(lone, text="补充", by=world.staff, at=AT)


def test_nothing_is_written_in_an_archived_notice(world, task):
    Notice.objects.update(stage=Stage.ARCHIVED)
    fresh = Task.objects.get()

    for act in (
        lambda: reporting.comment(fresh, text="补充", by=world.staff, at=AT),
        lambda: reporting.report(fresh, text="补充", by=world.staff, at=AT),
        lambda: reporting.attach(fresh, [FILE], by=world.staff, at=AT),
    ):
        with pytest.raises(Refused, match="该批次已归档，只能查看。"):
            act()


def test_an_empty_comment_is_refused(world, task):
    with pytest.raises(Missing):
        reporting.comment(task, text=" ", by=world.staff, at=AT)
