import datetime as dt

import pytest
from django.core import mail

from notices.domain import outlets, reminder_settings, reminders, wording
from notices.domain.book import Moment
from notices.domain.queue import PAUSES
from notices.domain.reminder_settings import Settings
from notices.domain.workdays import ZONE
from notices.models import Reminder, Task
from notices.terms import OUTLET_KINDS, Channel, State, WordingKind
from tests.factories import AT, TODAY, make_issue, make_notice, make_task, make_world
from tests.receiver import receiving

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
GROUP = {"overdue": {"group": True, "mail": False}, "left_3": {"group": True, "mail": True}}


@pytest.fixture
def receiver(settings):
    with receiving() as found:
        settings.CHANNEL_ADDRESSES = [found.url]
        yield found


def run_at(at=AT):
    return reminders.run(Moment(at.astimezone(ZONE).date(), lambda: at))


def make_outlet(url, notice=None, kind=Channel.WECOM, name="整改办工作群"):
    wanted = outlets.Wanted(kind, name, url, token="t1", secret="s1")
    return outlets.add(notice, wanted, by=None, at=AT)


def configured(w, **rules):
    reminder_settings.configure(w.notice, Settings(rules=rules or GROUP), by=w.office, at=AT)


def posts():
    return Reminder.objects.filter(channel__in=OUTLET_KINDS).order_by("pk")


def test_group_gets_one_digest_a_day_and_people_their_own(receiver):
    w = make_world()
    configured(w)
    make_outlet(receiver.url, w.notice)
    make_task(w.issue, lead=w.bureau, deadline=TODAY - DAY, text="不应外发的内容")
    make_task(w.issue, lead=w.town, deadline=TODAY + DAY * 3)

    result = run_at()

    assert receiver.texts == [
        "整改督办提醒（2026年11月20日）\n共 2 项：已超期 1 项，将到期 1 项\n\n"
        "【已超期】\nW01-001-01 已超期 1 天 · 云岭县教育局\n"
        "【将到期】\nW01-001-02 距完成时限还有 3 天 · 青禾镇\n\n"
        "请登录系统办理：http://127.0.0.1:8000"
    ]
    assert list(posts().values_list("state", "recipient", "tries")) == [("sent", None, 0)] * 2
    assert sorted(letter.to[0] for letter in mail.outbox) == [
        "leader@example.cn"
    ]  # overdue: inbox and group only
    assert result.due == Reminder.objects.count()
    assert run_at(AT + dt.timedelta(hours=1)).due == 0


def test_what_comes_later_the_same_day_waits_for_tomorrow(receiver):
    w = make_world()
    configured(w)
    make_outlet(receiver.url)
    make_task(w.issue, lead=w.bureau, deadline=TODAY - DAY)
    run_at()
    make_task(w.issue, lead=w.bureau, deadline=TODAY - DAY)

    run_at(AT + dt.timedelta(hours=1))
    assert len(receiver.texts) == 1
    run_at(AT + DAY * 3)

    assert "W01-001-02 已超期 4 天" in receiver.texts[1]


def test_outlets_of_other_notices_and_those_switched_off_get_nothing(receiver):
    w = make_world()
    configured(w)
    other = make_notice(w.county, title="另一批次")
    make_outlet(receiver.url, other)
    off = make_outlet(receiver.url, w.notice)
    outlets.change(off, outlets.Wanted(off.kind, "停用", off.address, is_on=False), version=0, by=None, at=AT)
    make_task(w.issue, lead=w.bureau, deadline=TODAY - DAY)

    run_at()

    assert (receiver.posts, posts().count()) == ([], 0)


@pytest.mark.parametrize("kind", OUTLET_KINDS)
def test_failed_post_is_tried_again_with_pauses_and_keeps_the_answer(receiver, kind):
    w = make_world()
    configured(w)
    make_outlet(receiver.url, kind=kind)
    make_task(w.issue, lead=w.bureau, deadline=TODAY - DAY)
    receiver.answer = '{"errcode": 45009, "code": 45009, "errmsg": "freq"}'

    assert run_at().failed == 1
    row = posts().get()
    assert (row.state, row.tries, row.note) == ("due", 1, "对方返回错误码 45009：freq")
    assert row.not_before == AT + PAUSES[0]

    receiver.answer = '{"errcode": 0, "code": 0}'
    run_at(AT + dt.timedelta(minutes=4))
    assert len(receiver.posts) == 1
    run_at(row.not_before)

    row.refresh_from_db()
    assert (row.state, row.note, len(receiver.posts)) == ("sent", "", 2)


def test_post_is_given_up_in_the_end(receiver):
    w = make_world()
    configured(w)
    make_outlet(receiver.url)
    make_task(w.issue, lead=w.bureau, deadline=TODAY - DAY)
    receiver.manner = "refuse"

    at = AT
    for _ in range(len(PAUSES) + 1):
        run_at(at)
        at = posts().latest("pk").not_before

    assert (posts().first().state, posts().first().tries) == ("failed", len(PAUSES) + 1)


def test_one_outlet_that_fails_does_not_stop_the_other(receiver, settings):
    w = make_world()
    configured(w)
    settings.CHANNEL_ADDRESSES = [receiver.url, "http://127.0.0.1:1"]
    make_outlet("http://127.0.0.1:1", name="坏的")
    make_outlet(receiver.url, name="好的")
    make_task(w.issue, lead=w.bureau, deadline=TODAY - DAY)

    run_at()

    assert sorted(posts().values_list("outlet__name", "state")) == [("坏的", "due"), ("好的", "sent")]


def test_nothing_is_posted_at_night_or_for_what_is_closed_meanwhile(receiver):
    w = make_world()
    configured(w)
    make_outlet(receiver.url)
    task = make_task(w.issue, lead=w.bureau, deadline=TODAY - DAY * 2)
    run_at(AT - dt.timedelta(hours=13))
    assert receiver.posts == []
    Task.objects.filter(pk=task.pk).update(state=State.CANCELLED)

    run_at()

    assert receiver.posts == []
    assert posts().first().note == "发送前任务已是“已撤销”"


def test_rule_taken_from_the_group_stops_what_waits(receiver):
    w = make_world()
    configured(w)
    make_outlet(receiver.url)
    make_task(w.issue, lead=w.bureau, deadline=TODAY - DAY * 2)
    run_at(AT - dt.timedelta(hours=13))
    configured(w, overdue={"group": False})

    run_at()

    assert (receiver.posts, posts().first().note) == ([], "该规则不再推送到这个渠道")


def test_words_of_one_notice_and_of_several(receiver):
    w = make_world()
    configured(w)
    other = make_notice(w.county, title="另一批次")
    reminder_settings.configure(other, Settings(rules=GROUP), by=w.office, at=AT)
    make_outlet(receiver.url, w.notice, name="甲")
    make_outlet(receiver.url, name="乙")
    wording.edit(w.notice, WordingKind.POST, "", "本批次：{清单}", by=w.office, at=AT)
    wording.edit(None, WordingKind.POST, "", "各批次：{清单}", by=w.admin, at=AT)
    make_task(w.issue, lead=w.bureau, deadline=TODAY - DAY)
    make_task(make_issue(other), lead=w.bureau, deadline=TODAY - DAY)

    run_at()

    assert sorted(text.split("：")[0] for text in receiver.texts) == ["各批次", "本批次"]
