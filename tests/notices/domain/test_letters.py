"""函件: drafts, two persons, numbers without gap or double, the frozen file, receipt, reply, withdrawal."""

import datetime as dt
import hashlib
import io
import threading

import docx
import pytest
from django.db import connection, connections

from accounts.models import Event
from accounts.roles import Role
from notices.domain import letters
from notices.domain.letters import Content
from notices.errors import Missing, Refused, Stale
from notices.models import Letter, LetterCounter, LetterFile, LetterReply, Message, Task
from notices.terms import LetterKind, LetterState, Stage
from tests.factories import (
    AT,
    TODAY,
    make_issue,
    make_notice,
    make_progress,
    make_task,
    make_user,
    make_world,
)

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def task(world):
    made = make_task(world.issue, lead=world.bureau, deadline=TODAY - 12 * DAY)
    Task.objects.filter(pk=made.pk).update(latest_text="已完成摸底。", latest_at=AT - 20 * DAY)
    return Task.objects.get(pk=made.pk)


def begin(world, task, kind=LetterKind.REMINDER, *, by=None, unit=None):
    return letters.begin(
        world.notice, kind, unit=unit or world.bureau, tasks=[task], by=by or world.office, at=AT, today=TODAY
    )


def issue(letter, by, *, today=TODAY):
    return letters.issue(letter, by=by, at=AT + (today - TODAY), today=today)


def test_a_draft_says_the_figures_of_its_tasks_and_tells_nobody(world, task):
    row = begin(world, task)

    assert row.text.splitlines() == [
        "根据《关于巡察整改情况的通报》整改工作安排，现将你单位牵头的整改任务办理情况提醒如下，请认真对照，抓紧落实。",
        "一、有关情况",
        f"1.任务{task.number}“修订学习制度”，完成时限为2026年11月8日，已超期12天，最近一次报送进展为2026年10月31日：已完成摸底。",
        "二、有关要求",
        "请倒排工期，明确责任人员，确保在完成时限内整改到位。",
        "请于2026年11月27日前书面回复办理情况。",
    ]
    assert (row.state, row.number, row.name, row.signature) == ("draft", None, "提醒函", "云岭县整改办")
    assert Message.objects.count() == 0
    assert Event.objects.get().action == "letter.draft"


def test_only_tasks_the_unit_leads_may_be_named(world, task):
    with pytest.raises(Missing, match="请勾选由青禾镇牵头的任务，至少一项。"):
        begin(world, task, unit=world.town)

    assert Letter.objects.count() == 0


@pytest.mark.parametrize("who", ["staff", "head", "leader", "supervisor", "admin"])
def test_only_the_office_drafts(world, task, who):
    with pytest.raises(Refused, match="只有整改办可以办理函件。"):
        begin(world, task, by=getattr(world, who))


def test_an_issue_gives_number_file_message_and_event(world, task):
    row = issue(begin(world, task), world.office)

    assert (row.name, row.state, row.issued_name) == ("提醒函〔2026〕第1号", "issued", "葛主任")
    file = LetterFile.objects.get(letter=row)
    assert file.sha256 == hashlib.sha256(file.content).hexdigest()
    words = [p.text for p in docx.Document(io.BytesIO(file.content)).paragraphs if p.text]
    assert words[:3] == ["关于按期完成整改任务的提醒函", "提醒函〔2026〕第1号", "云岭县教育局："]
    assert words[-2:] == ["云岭县整改办", "2026年11月20日"]
    assert [(m.recipient.username, m.kind, m.title) for m in Message.objects.all()] == [
        ("head", "letter", "收到提醒函〔2026〕第1号")
    ]
    assert Event.objects.filter(action="letter.issue").get().data["sha256"] == file.sha256


def test_the_file_stays_when_the_task_changes(world, task):
    row = issue(begin(world, task), world.office)
    before = bytes(LetterFile.objects.get(letter=row).content)

    Task.objects.filter(pk=task.pk).update(text="另一项措施", latest_text="新的进展")
    make_progress(task)

    assert bytes(LetterFile.objects.get(letter=row).content) == before


def test_numbers_run_by_party_kind_and_year(world, task):
    other_notice = make_notice(world.county, title="另一次巡察")
    other = make_task(make_issue(other_notice), lead=world.bureau)
    names = [issue(begin(world, task), world.office).name]
    second = letters.begin(
        other_notice,
        LetterKind.REMINDER,
        unit=world.bureau,
        tasks=[other],
        by=world.office,
        at=AT,
        today=TODAY,
    )
    names.append(issue(second, world.office).name)
    names.append(issue(begin(world, task, LetterKind.ORDER), world.office).name)
    late = begin(world, task)
    letters.revise(late, content(late, reply_by=None), by=world.office, at=AT, today=TODAY)
    late = Letter.objects.get(pk=late.pk)
    names.append(issue(late, world.office, today=dt.date(2027, 1, 4)).name)

    assert names == [
        "提醒函〔2026〕第1号",
        "提醒函〔2026〕第2号",
        "督办单〔2026〕第1号",
        "提醒函〔2027〕第1号",
    ]


def test_an_issue_that_fails_uses_no_number(world, task, monkeypatch):
    row = begin(world, task)
    Letter.objects.filter(pk=row.pk).update(text="")

    with pytest.raises(Missing, match="请填写正文。"):
        issue(row, world.office)
    Letter.objects.filter(pk=row.pk).update(text="正文")

    assert issue(row, world.office).number == 1


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_each_their_own_number(world, task):
    """Eight drafts issued by eight threads that begin together: 1 to 8, no gap, no double."""
    drafts = [begin(world, task) for _ in range(8)]
    start, failed = threading.Barrier(8), []

    def run(row):
        try:
            start.wait(timeout=20)
            issue(row, world.office)
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(row,)) for row in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert failed == []
    assert sorted(Letter.objects.values_list("number", flat=True)) == list(range(1, 9))
    assert LetterCounter.objects.get().last == 8
    connection.close()


@pytest.mark.parametrize("kind", letters.TWO_STEP)
def test_two_persons_for_the_weighty_kinds(world, task, kind):
    row = begin(world, task, kind)

    with pytest.raises(Refused, match=f"{kind.label}须由两人办理"):
        issue(row, world.office)
    assert issue(row, world.office_two).number == 1


def test_whoever_revises_becomes_the_writer(world, task):
    row = begin(world, task, LetterKind.ADMONITION)
    letters.revise(row, content(row, text="改过的正文"), by=world.office_two, at=AT, today=TODAY)

    row = Letter.objects.get()
    assert (row.drafted_name, row.text, row.version) == ("霍干事", "改过的正文", 1)
    with pytest.raises(Refused, match="拟稿人不能签发"):
        issue(row, world.office_two)
    assert issue(row, world.office).state == "issued"


def content(row, **changes):
    return Content(
        **{
            "title": row.title,
            "text": row.text,
            "signature": row.signature,
            "reply_by": row.reply_by,
            **changes,
        }
    )


def test_a_stale_page_issues_nothing(world, task):
    row = begin(world, task)
    letters.revise(row, content(row, title="新标题"), by=world.office_two, at=AT, today=TODAY)

    with pytest.raises(Stale, match="已被他人修改"):
        issue(row, world.office)
    with pytest.raises(Stale):
        letters.revise(row, content(row, title="又一个"), by=world.office, at=AT, today=TODAY)

    assert Letter.objects.get().title == "新标题"


def test_an_issued_letter_changes_no_more(world, task):
    row = issue(begin(world, task), world.office)

    with pytest.raises(Refused, match="函件已经签发，内容不能再改"):
        letters.revise(row, content(row, title="改"), by=world.office, at=AT, today=TODAY)
    with pytest.raises(Refused, match="不是待签发的拟稿"):
        issue(row, world.office)
    with pytest.raises(Refused, match="只有拟稿可以弃稿"):
        letters.drop(row, by=world.office, at=AT)


def test_receipt_and_reply_by_the_head(world, task):
    row = issue(begin(world, task), world.office)

    assert letters.receive(row, by=world.head, at=AT + DAY) is True
    assert letters.receive(row, by=world.head, at=AT + 2 * DAY) is False
    letters.reply(row, text=" 已研究落实 ", by=world.head, at=AT + 3 * DAY)
    letters.reply(row, text="补充", by=world.head, at=AT + 4 * DAY)

    row = Letter.objects.get()
    assert (row.received_name, row.received_at, row.replied_at) == ("卜局长", AT + DAY, AT + 3 * DAY)
    assert list(LetterReply.objects.order_by("pk").values_list("text", "on_behalf")) == [
        ("已研究落实", False),
        ("补充", False),
    ]
    told = Message.objects.filter(title="教育局已回复提醒函〔2026〕第1号")
    assert {m.recipient.username for m in told} == {"office", "office2"}


def test_who_may_answer(world, task):
    row = issue(begin(world, task), world.office)

    for who in (world.staff, world.town_head, world.office, world.supervisor, world.leader):
        with pytest.raises(Refused, match="只有主送单位的负责人可以签收和回复。"):
            letters.receive(row, by=who, at=AT)


def test_the_office_answers_for_a_unit_without_a_head(world, task):
    world.head.memberships.all().delete()
    row = issue(begin(world, task), world.office)

    letters.reply(row, text="电话回复：已落实", by=world.office, at=AT)

    assert LetterReply.objects.get().on_behalf is True


def test_a_withdrawn_letter_keeps_its_number(world, task):
    row = issue(begin(world, task), world.office)

    with pytest.raises(Missing, match="请写明撤回的原因。"):
        letters.withdraw(row, why=" ", by=world.office, at=AT)
    letters.withdraw(row, why="任务已改派", by=world.office, at=AT)

    assert issue(begin(world, task), world.office).number == 2
    assert Letter.objects.get(number=1).state == LetterState.WITHDRAWN
    with pytest.raises(Refused, match="不用签收和回复"):
        letters.receive(row, by=world.head, at=AT)


def test_who_sees_a_letter(world, task):
    draft, sent = begin(world, task), issue(begin(world, task), world.office)
    deputy = make_user("deputy", (Role.LEADER, world.bureau))

    seen = {
        u.username: set(Letter.objects.visible_to(u).values_list("pk", flat=True))
        for u in (
            world.office,
            world.supervisor,
            world.head,
            world.staff,
            world.town_head,
            deputy,
            world.admin,
        )
    }

    both, one = {draft.pk, sent.pk}, {sent.pk}
    assert seen == {
        "office": both, "supervisor": both, "head": one, "staff": set(), "townhead": set(), "deputy": one, "admin": set(),
    }  # fmt: skip


def test_waiting_and_overdue(world, task):
    row = issue(begin(world, task), world.office)
    due = row.reply_by

    assert Letter.objects.waiting().count() == 1
    assert (Letter.objects.overdue(today=due).count(), Letter.objects.overdue(today=due + DAY).count()) == (
        0,
        1,
    )
    letters.reply(row, text="已回复", by=world.head, at=AT)
    assert Letter.objects.waiting().count() == 0


def test_nothing_in_an_archived_notice(world, task):
    row = begin(world, task)
    type(world.notice).objects.update(stage=Stage.ARCHIVED)

    with pytest.raises(Refused, match="该批次尚未启动或已归档"):
        issue(Letter.objects.get(pk=row.pk), world.office)
