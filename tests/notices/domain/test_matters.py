"""What else reminders are about: when each comes, to whom, in which words, and that what was done is not sent."""

import datetime as dt

import pytest
from django.core import mail

from notices.domain import outlets, reminder_settings, reminders
from notices.domain.book import Moment
from notices.domain.reminder_settings import Settings
from notices.domain.workdays import ZONE
from notices.models import (
    Directive,
    Evidence,
    Extension,
    Finding,
    Letter,
    LookBackItem,
    Message,
    Reminder,
    Snapshot,
    Task,
    WeekReport,
    WeekSetting,
)
from notices.terms import Channel, State
from tests.factories import AT, TODAY, make_task, make_world
from tests.notices.domain import waiting
from tests.receiver import receiving

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def sweep(days=0, *, hour=10):
    at = dt.datetime.combine(TODAY + DAY * days, dt.time(hour), ZONE)
    return reminders.run(Moment(TODAY + DAY * days, lambda: at))


def told(rule):
    """Who was told in the inbox, by the day it happened."""
    rows = Reminder.objects.filter(rule=rule, channel=Channel.INBOX).order_by("occurrence_on", "pk")
    found = {}
    for day, name in rows.values_list("occurrence_on", "recipient__name"):
        found.setdefault((day - TODAY).days, []).append(name)
    return found


@pytest.fixture
def w():
    return make_world()


def test_one_of_each_is_told_in_its_words(w):
    waiting.every_kind(w)

    result = sweep()

    assert (result.failed, result.skipped) == (0, 0)
    assert sorted(Message.objects.values_list("recipient__name", "title", "task__number")) == sorted(
        [
            ("卜局长", "W01-001-01 延期申请待单位审核 3 天", "W01-001-01"),
            ("葛主任", "W01-001-03 延期申请待审批 3 天", "W01-001-03"),
            ("霍干事", "W01-001-03 延期申请待审批 3 天", "W01-001-03"),
            ("安经办", "W01-001-01 批示待回复，还有 2 天", "W01-001-01"),
            ("卜局长", "W01-001-01 批示待回复，还有 2 天", "W01-001-01"),
            ("卜局长", "提醒函〔2026〕第7号 待回复，还有 2 天", None),
            ("安经办", "督导发现 待回复，还有 2 天", None),
            ("卜局长", "督导发现 待回复，还有 2 天", None),
            ("纪组长", "回头看 还有 3 天结束，有任务未核查", None),
            ("葛主任", "回头看 还有 3 天结束，有任务未核查", None),
            ("霍干事", "回头看 还有 3 天结束，有任务未核查", None),
            ("安经办", "W01-001-01 佐证材料还有 30 天到期", "W01-001-01"),
            ("安经办", "周报 今天截止，尚未报送", None),
            ("卜局长", "周报 今天截止，尚未报送", None),
        ]
    )
    body = Message.objects.get(title__startswith="回头看", recipient=w.supervisor).body
    assert body.splitlines() == [
        "第一次回头看：任务 W01-001-02 未核查",
        "结束日期：2026-11-23",
        "批次：" + w.notice.title,
        "请到“回头看”页面办理。",
    ]


def test_digest_lists_them_with_their_own_days(w):
    waiting.every_kind(w)

    sweep()

    [letter] = [m for m in mail.outbox if m.to == ["staff@example.cn"]]
    assert letter.subject == "整改督办提醒：4 项任务（待报周报 1 项，待回复 2 项，材料到期 1 项）"
    assert "周报 云岭县教育局的周报\n    今天截止，尚未报送 · 截止日 2026-11-20" in letter.body
    assert "W01-001-01 施工许可证.pdf\n    佐证材料还有 30 天到期 · 有效期至 2026-12-20" in letter.body


def test_group_hears_of_them_without_their_text(w, settings):
    waiting.every_kind(w)
    ways = {
        rule: {"group": True, "mail": False} for rule in ("waiting", "reply", "evidence", "look_back", "week")
    }
    reminder_settings.configure(w.notice, Settings(rules=ways), by=w.office, at=AT)
    with receiving() as receiver:
        settings.CHANNEL_ADDRESSES = [receiver.url]
        outlets.add(w.notice, outlets.Wanted(Channel.WECOM, "群", receiver.url, "t"), by=None, at=AT)
        sweep()

    [text] = receiver.texts
    assert (
        "W01-001-03 延期申请待审批 3 天 · 云岭县教育局" in text
        and "回头看 还有 3 天结束，有任务未核查\n" in text
    )
    assert "施工许可证" not in text and "招标流标" not in text and "抓紧" not in text


def test_days_on_which_each_comes(w):
    """Ahead, on the day, weekly afterwards; a waiting extension from its third day, weekly."""
    waiting.every_kind(w)
    WeekSetting.objects.all().delete()
    for day in range(20):
        sweep(day)

    assert list(told("directive")) == [0, 2, 9, 16]
    assert list(told("letter")) == [0, 2, 9, 16]
    assert list(told("look_back")) == [0, 3, 10, 17]
    assert list(told("extension_head")) == [0, 7, 14]
    assert list(told("evidence")) == [0]


def test_missed_days_are_made_up_by_the_latest_alone(w):
    waiting.every_kind(w)
    WeekSetting.objects.all().delete()

    sweep(12)

    assert {rule: list(told(rule)) for rule in ("directive", "look_back", "extension_head", "evidence")} == {
        "directive": [9],
        "look_back": [10],
        "extension_head": [7],
        "evidence": [0],
    }


DONE = {
    "extension_head": (lambda row: Extension.objects.filter(pk=row.pk).update(state="withdrawn", ended_at=AT), "延期申请已办理"),
    "extension_office": (
        lambda row: Extension.objects.filter(pk=row.pk).update(
            state="approved", granted_on=TODAY + DAY * 90, ended_at=AT
        ),
        "延期申请已办理",
    ),
    "directive": (lambda row: Directive.objects.filter(pk=row.pk).update(replied_at=AT), "批示已回复或办结"),
    "letter": (lambda row: Letter.objects.filter(pk=row.pk).update(replied_at=AT), "函件已回复或撤回"),
    "finding": (lambda row: Finding.objects.filter(pk=row.pk).update(state="replied"), "督导发现已回复或办结"),
    "look_back": (
        lambda row: LookBackItem.objects.update(verdict="firm", findings="好", by=row.by, at=AT),
        "回头看已核查完或结束",
    ),
    "evidence": (
        lambda row: Evidence.objects.filter(pk=row.pk).update(expires_on=TODAY + DAY * 400),
        "材料已作废、改期，或任务已完成",
    ),
    "week": (
        lambda row: WeekReport.objects.create(
            notice_id=Task.objects.all()[0].notice_id, unit=row, starts_on=TODAY - DAY * 4, filed_at=AT, by_name="安"
        ),
        "周报已报送或本周已封存",
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", DONE)
def test_what_was_done_meanwhile_is_not_sent(w, rule):
    rows = waiting.every_kind(w)
    sweep(hour=22)  # the inbox at once, mail in the morning of the next working day
    do, why = DONE[rule]
    do(rows[rule])

    sweep(3)

    held = Reminder.objects.filter(channel=Channel.EMAIL)
    assert set(held.filter(rule=rule).values_list("state", "note")) == {("skipped", why)}
    later = {
        "week",
        "directive",
        "letter",
        "finding",
        "look_back",
    }  # told again meanwhile: the later one is sent
    rest = held.exclude(rule=rule).exclude(rule__in=later)
    assert set(rest.values_list("state", "note")) == {("sent", "")}


def test_moved_day_arms_anew(w):
    rows = waiting.every_kind(w)
    sweep()
    Letter.objects.filter(pk=rows["letter"].pk).update(reply_by=TODAY + DAY * 5)
    Evidence.objects.filter(pk=rows["evidence"].pk).update(expires_on=TODAY + DAY * 31)

    sweep(1)
    sweep(3)

    assert list(told("letter")) == [0, 3] and list(told("evidence")) == [0, 1]


def test_files_of_finished_tasks_are_left_alone(w):
    for state in (State.COMPLETED, State.CANCELLED, State.SUSTAINED):
        closed_on = None if state == State.CANCELLED else TODAY
        task = make_task(w.issue, lead=w.bureau, state=state, closed_on=closed_on, review_days=90)
        waiting.evidence(task, left=-1)

    sweep()

    assert list(Message.objects.values_list("title", flat=True)) == ["W01-001-03 佐证材料已过期 1 天"]


def test_rules_are_switched_off_one_by_one(w):
    waiting.every_kind(w)
    rules = {rule: {"tell": []} for rule in ("week", "reply", "look_back", "evidence")} | {
        "waiting": {"after": 0}
    }
    reminder_settings.configure(w.notice, Settings(rules=rules), by=w.office, at=AT)

    assert sweep().due == 0


def test_rows_are_once_however_often_it_runs(w):
    waiting.every_kind(w)
    sweep()
    count = Reminder.objects.count()

    assert [sweep().due, sweep(hour=15).due, Reminder.objects.count()] == [0, 0, count]


# ── Weekly reports ───────────────────────────────────────────────────────────
def test_missing_week_is_told_on_its_closing_day_and_the_day_after(w):
    make_task(w.issue, lead=w.bureau, deadline=None)
    WeekSetting.objects.create(notice=w.notice)

    for day in range(-3, 7):
        sweep(day)

    assert told("week") == {0: ["安经办", "卜局长"], 1: ["安经办", "卜局长"]}


def test_week_nobody_runs_a_cycle_for_is_not_asked_for(w):
    make_task(w.issue, lead=w.bureau, deadline=None)

    assert sweep().due == 0
    WeekReport.objects.create(
        notice=w.notice, unit=w.town, starts_on=TODAY - DAY * 11, filed_at=AT, by_name="邓镇办"
    )
    sweep()
    assert told("week") == {0: ["安经办", "卜局长"]}


def test_week_that_is_frozen_or_switched_off_is_silent(w):
    make_task(w.issue, lead=w.bureau, deadline=None)
    setting = WeekSetting.objects.create(notice=w.notice, is_on=False)
    assert sweep().due == 0

    WeekSetting.objects.filter(pk=setting.pk).update(is_on=True)
    Snapshot.objects.create(
        notice=w.notice,
        starts_on=TODAY - DAY * 4,
        today=TODAY,
        at=AT,
        by_name="葛主任",
        size=1,
        digest="0" * 64,
    )
    assert sweep().due == 0


def test_week_closed_before_the_week_end_is_told_once_on_monday(w):
    make_task(w.issue, lead=w.bureau, deadline=None)
    WeekSetting.objects.create(notice=w.notice)

    sweep(3)
    sweep(4)

    assert told("week") == {1: ["安经办", "卜局长"]}
