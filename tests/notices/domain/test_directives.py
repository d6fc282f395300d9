"""批示: who gives, to whom it goes, receipt, reply, end; overdue ones."""

import datetime as dt

import pytest

from accounts.models import Event
from accounts.roles import Role
from notices.domain import directives
from notices.domain.directives import Words
from notices.domain.timeline import timeline
from notices.errors import Missing, Refused
from notices.models import Directive, DirectiveReceipt, Issue, Message, Notice
from notices.terms import DirectiveEnd, Stage, State
from tests.factories import AT, TODAY, make_issue, make_task, make_user, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def task(world):
    return make_task(world.issue, lead=world.bureau)


def give(subject, by, *, unit, **words):
    given = Words(**{"text": "请抓紧研究。", **words})
    return directives.give(subject, given, unit=unit, by=by, at=AT, today=TODAY)


def test_a_leaders_directive_is_a_row_receipts_messages_and_an_event(world, task):
    row = give(task, world.leader, unit=world.bureau, reply_by=TODAY + 7 * DAY)

    assert (row.leader_name, row.by_name, row.on_behalf, row.leader) == (
        "樊领导",
        "樊领导",
        False,
        world.leader,
    )
    assert set(row.receipts.values_list("name", "read_at")) == {("安经办", None), ("卜局长", None)}
    message = Message.objects.order_by("pk").first()
    assert (message.title, message.kind) == (f"{task.number} 有新的批示", "directive")
    assert message.body == "樊领导批示：请抓紧研究。\n请于 2026-11-27 前回复。"
    assert Event.objects.get().action == "directive.give"


def test_the_office_writes_in_a_leaders_name(world, task):
    with pytest.raises(Missing, match="请填写作出批示的领导姓名。"):
        give(task, world.office, unit=world.bureau)
    row = give(task, world.office, unit=world.bureau, leader_name="樊领导")
    other = give(task, world.office, unit=world.bureau, leader_name="市领导")

    assert (row.leader, row.leader_name, row.by_name, row.on_behalf) == (
        world.leader,
        "樊领导",
        "葛主任",
        True,
    )
    assert (other.leader, other.leader_name, other.on_behalf) == (None, "市领导", True)


def test_only_chosen_people_of_the_unit_are_addressed(world, task):
    row = give(task, world.leader, unit=world.bureau, people=[world.head.pk, world.town_staff.pk])

    assert list(row.receipts.values_list("name", flat=True)) == ["卜局长"]


def test_who_may_give(world, task):
    over_town = make_user("townleader", (Role.LEADER, world.town))

    for who in (world.staff, world.head, world.supervisor, world.admin, over_town):
        with pytest.raises(Refused, match="只有责任领导和整改办可以登记批示。"):
            give(task, who, unit=world.bureau)
    type(task).objects.update(leader=over_town)
    task.refresh_from_db()
    assert give(task, over_town, unit=world.bureau).leader == over_town


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"text": " "}, "请填写批示内容。"),
        ({"reply_by": TODAY - DAY}, "回复时限不能早于今天。"),
    ],
)
def test_what_is_missing_is_said(world, task, change, sentence):
    with pytest.raises(Missing, match=sentence):
        give(task, world.leader, unit=world.bureau, **change)

    assert Directive.objects.count() == 0


def test_it_goes_to_a_lead_unit_only(world, task):
    with pytest.raises(Missing, match="承办单位应为牵头单位"):
        give(task, world.leader, unit=world.town)


def test_on_an_issue_to_any_unit_leading_in_it(world, task):
    make_task(world.issue, lead=world.town)
    issue = Issue.objects.select_related("notice").get()

    assert [u.name for u in directives.units_of(issue)] == ["云岭县教育局", "青禾镇"]
    row = give(issue, world.leader, unit=world.town)
    assert (row.task, row.issue, row.unit) == (None, issue, world.town)


def test_draft_tasks_and_archived_notices_take_none(world, task):
    draft = make_task(world.issue)
    with pytest.raises(Refused, match="任务处于“未分派”，分派后才能批示。"):
        give(draft, world.leader, unit=world.bureau)
    Notice.objects.update(stage=Stage.ARCHIVED)
    task.notice.refresh_from_db()
    with pytest.raises(Refused, match="尚未启动或已归档"):
        give(task, world.leader, unit=world.bureau)


def test_receipt_then_reply(world, task):
    row = give(task, world.leader, unit=world.bureau, reply_by=TODAY)

    assert directives.mark_read(row, by=world.head, at=AT + DAY) is True
    assert directives.mark_read(row, by=world.head, at=AT + 2 * DAY) is False
    directives.reply(row, text="已研究", by=world.staff, at=AT + 2 * DAY)
    directives.reply(row, text="已完成", by=world.staff, at=AT + 3 * DAY)

    row.refresh_from_db()
    assert row.replied_at == AT + 2 * DAY
    assert dict(DirectiveReceipt.objects.values_list("name", "read_at")) == {
        "卜局长": AT + DAY,
        "安经办": AT + 2 * DAY,
    }
    assert Message.objects.filter(recipient=world.leader, title="云岭县教育局已回复批示").count() == 2


def test_only_the_unit_replies_and_the_office_for_one_without_accounts(world, task):
    row = give(task, world.leader, unit=world.bureau)
    for who in (world.town_staff, world.office, world.leader, world.supervisor):
        with pytest.raises(Refused, match="只有承办单位的经办人、负责人可以回复批示。"):
            directives.reply(row, text="已办", by=who, at=AT)
    for person in (world.staff, world.head):
        person.memberships.all().delete()

    assert directives.reply(row, text="电话反馈", by=world.office, at=AT).by_name == "葛主任"


def test_an_end_with_its_word_and_nothing_after(world, task):
    row = give(task, world.leader, unit=world.bureau)
    with pytest.raises(Refused, match="只有作出批示的领导和整改办"):
        directives.end(row, DirectiveEnd.FINISHED, why="", by=world.head, at=AT)
    with pytest.raises(Missing, match="请写明撤回批示的原因。"):
        directives.end(row, DirectiveEnd.STOPPED, why="", by=world.leader, at=AT)
    directives.end(row, DirectiveEnd.FINISHED, why="已落实", by=world.office, at=AT)

    row.refresh_from_db()
    assert (row.ended_how, row.ended_why, row.ended_name) == ("finished", "已落实", "葛主任")
    with pytest.raises(Refused, match="已经办结或撤回"):
        directives.reply(row, text="晚了", by=world.staff, at=AT)


def test_overdue_is_without_reply_after_the_day(world, task):
    row = give(task, world.leader, unit=world.bureau, reply_by=TODAY)
    give(task, world.leader, unit=world.bureau)

    assert Directive.objects.overdue(today=TODAY).count() == 0
    assert list(Directive.objects.overdue(today=TODAY + DAY)) == [row]
    directives.reply(row, text="已研究", by=world.staff, at=AT)
    assert Directive.objects.overdue(today=TODAY + DAY).count() == 0


def test_who_sees_a_directive(world, task):
    on_task = give(task, world.leader, unit=world.bureau)
    issue = Issue.objects.select_related("notice").get()
    on_issue = give(issue, world.leader, unit=world.bureau)
    make_task(make_issue(world.notice), lead=world.town)

    seen = {
        u.username: set(Directive.objects.visible_to(u).values_list("pk", flat=True))
        for u in (world.office, world.supervisor, world.leader, world.staff, world.town_staff, world.admin)
    }

    both = {on_task.pk, on_issue.pk}
    assert seen == {
        "office": both, "supervisor": both, "leader": both, "staff": both, "town": set(), "admin": set(),
    }  # fmt: skip


def test_it_stands_on_the_timeline(world, task):
    row = give(task, world.office, unit=world.bureau, leader_name="樊领导", reply_by=TODAY)
    directives.reply(row, text="已研究", by=world.staff, at=AT + DAY)
    directives.end(row, DirectiveEnd.STOPPED, why="已并案", by=world.office, at=AT + 2 * DAY)

    told = [(e.who, e.what, e.text) for e in timeline(task)]
    assert told == [
        ("葛主任", "批示撤回", "已并案"),
        ("安经办", "回复批示", "已研究"),
        ("樊领导", "批示（葛主任登记）", "请抓紧研究。"),
    ]


def test_a_closed_task_may_still_get_one(world):
    task = make_task(world.issue, lead=world.bureau, state=State.SUSTAINED)

    assert give(task, world.leader, unit=world.bureau).task == task


def test_a_batch_directs_what_it_can_and_says_why_not_for_the_rest(world, task):
    draft = make_task(world.issue, state=State.DRAFT)
    orders = [(task, TODAY + DAY), (draft, TODAY + DAY)]

    found = directives.give_many(orders, Words("请过问"), by=world.leader, at=AT, today=TODAY)

    assert found.done == [task.number]
    assert found.refused == [(draft.number, "任务处于“未分派”，分派后才能批示。")]
    assert list(Directive.objects.values_list("task", "reply_by")) == [(task.pk, TODAY + DAY)]
