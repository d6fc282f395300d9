"""Findings of visits: recorded, linked, made into a task, handed over, replied to, judged, voided."""

import datetime as dt

import pytest

from accounts.models import Event, Membership
from notices.domain import findings, supervision
from notices.domain.awaiting import awaiting_findings, overdue_findings, replied_findings
from notices.domain.findings import Found, NewTask, Verdict
from notices.domain.reporting import StoredFile
from notices.domain.supervision import Held, Visit
from notices.domain.timeline import timeline
from notices.errors import Missing, Refused, Stale
from notices.models import Finding, Message, Task
from tests.factories import AT, TODAY, make_issue, make_notice, make_task, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
PEOPLE = ("staff", "head", "section_staff", "town_staff", "leader", "office", "supervisor", "admin")


@pytest.fixture
def w():
    """A visit to the bureau and the town that took place."""
    world = make_world()
    visit = Visit("第一轮督导", TODAY, ["site"], [world.bureau, world.town], members=[world.supervisor])
    row = supervision.plan(world.notice, visit, by=world.supervisor, at=AT)
    held = Held(TODAY, ["site"], "总体较好")
    world.visit = supervision.carry_out(row, held, by=world.supervisor, at=AT, today=TODAY)
    return world


def found(w, *, by=None, **more):
    said = Found(**{"unit": w.bureau, "text": "台账更新不及时", "severity": "major", **more})
    return findings.record(w.visit, said, by=by or w.supervisor, at=AT)


def fresh(row):
    return Finding.objects.select_related("notice", "supervision", "unit", "made").get(pk=row.pk)


def handed(w, *, days=7, **more):
    return findings.hand_over(
        found(w, **more), reply_by=TODAY + days * DAY, by=w.supervisor, at=AT, today=TODAY
    )


def replied(w):
    row = handed(w)
    findings.reply(row, text="已补齐台账", by=w.staff, at=AT + DAY)
    return fresh(row)


def test_a_finding_is_recorded_with_its_files_and_counted_on(w):
    file = StoredFile("照片.jpg", "b.jpg", "jpg", 5, "1" * 64)
    first = findings.record(w.visit, Found(w.town, "台账不全"), files=[file], by=w.office, at=AT)
    second = found(w)

    assert (first.position, second.position, second.severity) == (1, 2, "major")
    assert first.files.get().supervision_id == w.visit.pk
    assert (
        Event.objects.filter(action="finding.record").order_by("pk").last().data["text"] == "台账更新不及时"
    )


@pytest.mark.parametrize(("changes", "field"), [({"text": " "}, "text"), ({"severity": "x"}, "severity")])
def test_what_a_finding_lacks_is_said_at_its_field(w, changes, field):
    with pytest.raises(Missing) as refused:
        found(w, **changes)

    assert list(refused.value.fields) == [field]


def test_only_of_a_visited_unit_and_only_by_the_team_or_the_office(w):
    with pytest.raises(Missing, match="请从受督导单位中选择"):
        found(w, unit=w.section)
    with pytest.raises(Refused, match="只有督导组和整改办"):
        found(w, by=w.leader)


def test_the_unit_sees_it_and_is_told_when_it_is_handed_over(w):
    row = found(w)
    before = [name for name in PEOPLE if Finding.objects.visible_to(getattr(w, name)).exists()]
    findings.hand_over(row, reply_by=TODAY + DAY, by=w.supervisor, at=AT, today=TODAY)
    after = [name for name in PEOPLE if Finding.objects.visible_to(getattr(w, name)).exists()]

    assert (before, after) == (["office", "supervisor"], ["staff", "head", "leader", "office", "supervisor"])
    assert sorted(Message.objects.values_list("recipient__username", flat=True)) == ["head", "staff"]
    assert "请于 2026-11-21 前回复。" in Message.objects.first().body
    with pytest.raises(Missing, match="不能早于今天"):
        findings.hand_over(found(w), reply_by=TODAY - DAY, by=w.supervisor, at=AT, today=TODAY)


def test_who_replies(w):
    row = handed(w)

    may = [name for name in PEOPLE if findings.replier(getattr(w, name), row) is None]

    assert may == ["staff", "head"]
    Membership.objects.filter(unit=w.bureau).delete()
    assert findings.replier(w.office, row) is None


def test_a_reply_is_returned_with_a_note_and_accepted_the_second_time(w):
    row = replied(w)
    with pytest.raises(Missing) as refused:
        findings.judge(row, Verdict(False), by=w.supervisor, at=AT, today=TODAY)
    again = Verdict(False, "请附台账", TODAY + 3 * DAY)
    row = findings.judge(row, again, by=w.supervisor, at=AT + 2 * DAY, today=TODAY)
    findings.reply(row, text="已附台账", by=w.head, at=AT + 3 * DAY)
    row = findings.judge(fresh(row), Verdict(True), by=w.office, at=AT + 4 * DAY, today=TODAY)

    assert sorted(refused.value.fields) == ["note", "reply_by"]
    assert (row.state, row.reply_by, row.ended_name) == ("accepted", TODAY + 3 * DAY, "葛主任")
    assert list(row.replies.order_by("at").values_list("text", "accepted", "note")) == [
        ("已补齐台账", False, "请附台账"),
        ("已附台账", True, ""),
    ]
    with pytest.raises(Refused, match="现在不用回复"):
        findings.reply(row, text="再说一次", by=w.staff, at=AT)


def test_who_wrote_the_reply_for_a_unit_does_not_judge_it(w):
    row = handed(w)
    Membership.objects.filter(unit=w.bureau).delete()
    made = findings.reply(row, text="电话回复：已整改", by=w.office, at=AT)

    assert made.on_behalf is True
    assert "谁回复、谁不能审核" in findings.judge_refusal(w.office, fresh(row))
    assert findings.judge_refusal(w.office_two, fresh(row)) is None


def test_what_waits_is_listed_for_those_who_must_act(w):
    late = findings.hand_over(found(w), reply_by=TODAY, by=w.supervisor, at=AT, today=TODAY)
    soon, done = handed(w, days=9), replied(w)
    later = TODAY + DAY
    notice = w.notice.pk

    mine = list(awaiting_findings(w.staff, None, today=later))
    assert [(row.pk, row.late) for row in mine] == [(late.pk, True), (soon.pk, False)]
    assert list(replied_findings(w.supervisor, notice)) == [done]
    assert list(overdue_findings(w.leader, notice, today=later)) == [late]
    assert list(awaiting_findings(w.town_staff, notice, today=later)) == []


def test_it_is_linked_to_tasks_of_its_notice_and_told_on_their_timelines(w):
    task = make_task(w.issue, lead=w.bureau)
    stranger = make_task(make_issue(make_notice(w.county, title="另一批次")), lead=w.bureau)
    row = found(w)
    findings.link(row, [task], by=w.supervisor, at=AT)
    with pytest.raises(Missing, match="不在本批次"):
        findings.link(fresh(row), [stranger], by=w.supervisor, at=AT)
    row = findings.hand_over(fresh(row), reply_by=TODAY, by=w.supervisor, at=AT + DAY, today=TODAY)
    findings.reply(row, text="已补齐", by=w.staff, at=AT + 2 * DAY)

    assert [(e.what, e.text) for e in timeline(task)] == [
        ("回复督导发现", ""),
        ("交云岭县教育局整改督导发现", ""),
        ("2026-11-20 督导检查发现问题（较重，云岭县教育局）", ""),
    ]


def test_the_office_makes_a_task_of_it_once_which_the_unit_signs_for(w):
    row, other = found(w), make_issue(make_notice(w.county, title="另一批次"))
    wanted = NewTask(w.issue, "建立台账更新制度", TODAY + 30 * DAY)
    acting = {"at": AT, "today": TODAY}
    with pytest.raises(Refused, match="只有整改办"):
        findings.make_task(row, wanted, by=w.supervisor, **acting)
    with pytest.raises(Missing, match="请从本批次的问题清单中选择问题"):
        findings.make_task(row, NewTask(other, "建立制度"), by=w.office, **acting)
    task = findings.make_task(row, wanted, by=w.office, **acting)

    row = fresh(row)
    assert (task.state, task.lead_unit, task.deadline) == ("pending", w.bureau, TODAY + 30 * DAY)
    assert (row.made, list(row.tasks.all())) == (task, [task])
    assert any(entry.what.endswith("转为本任务") for entry in timeline(task))
    with pytest.raises(Refused, match="已经转为整改任务"):
        findings.make_task(row, wanted, by=w.office, **acting)
    assert Task.objects.filter(issue=w.issue).count() == 1


def test_of_two_who_act_on_a_finding_the_second_is_told(w):
    row = found(w)
    other = fresh(row)
    findings.hand_over(row, reply_by=TODAY, by=w.supervisor, at=AT, today=TODAY)

    with pytest.raises(Stale, match="刚刚被他人办理"):
        findings.void(other, why="重复", by=w.office, at=AT)


def test_a_voided_finding_stays_and_tells_the_unit_that_it_need_not_reply(w):
    row = handed(w)
    Message.objects.all().delete()
    row = findings.void(row, why="重复登记", by=w.supervisor, at=AT)

    assert (row.state, Finding.objects.live().count()) == ("voided", 0)
    assert Message.objects.filter(title="督导发现已作废，不用回复").count() == 2
    with pytest.raises(Refused, match="已经作废"):
        findings.void(row, why="再次", by=w.supervisor, at=AT)
