"""The preview of a rule is what is then sent, to the row."""

import datetime as dt

import pytest
from django.db.models import Q

from notices.domain import outlets, preview, reminder_settings, reminders
from notices.domain.book import Moment
from notices.domain.reminder_settings import Settings, wanted_ladder
from notices.domain.workdays import ZONE
from notices.models import Message, Notice, Reminder, ReminderSetting
from notices.terms import Channel, State
from tests.factories import AT, TODAY, make_issue, make_notice, make_task, make_world
from tests.notices.domain.waiting import every_kind

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
WANTED = Settings(
    rungs=[[5, ["worker"]], [2, ["worker", "head"]], [0, ["worker", "head", "leader"]]],
    rules={
        "overdue": {"tell": ["head", "office"], "every": 3, "group": True},
        "waiting": {"after": 2},
        "idle": {"after": 10, "tell": ["worker"], "mail": False},
        "review": {"tell": ["office"]},
    },
)


def furnished(*, kinds=False):
    """A task for every rule, on several days of the week to come; another notice beside it."""
    w = make_world()
    reminder_settings.configure(w.notice, Settings(is_on=False), by=w.office, at=AT)
    Notice.objects.update(created_at=AT - DAY * 8)
    for left in (-400, -8, -1, 0, 1, 4, 6, 9, 40):
        make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * left)
    waiting = {"state": State.SUBMITTED, "applicant": w.staff}
    make_task(w.issue, lead=w.bureau, finished_on=TODAY - DAY, deadline=TODAY + DAY * 30, **waiting)
    make_task(w.issue, lead=w.bureau, finished_on=TODAY - DAY, deadline=TODAY + DAY, **waiting)
    make_task(w.issue, lead=w.bureau, finished_on=TODAY - DAY * 9, deadline=TODAY, **waiting)
    make_task(w.issue, lead=w.town, state=State.VERIFYING, finished_on=TODAY - DAY * 9, approver=w.town_head)
    make_task(w.issue, lead=w.town, state=State.SUSTAINED, review_days=30, closed_on=TODAY - DAY * 27)
    make_task(make_issue(make_notice(w.county, title="另一批次")), lead=w.bureau, deadline=TODAY)
    if kinds:
        every_kind(w)
    outlets.add(
        w.notice, outlets.Wanted(Channel.WECOM, "群", "https://qyapi.weixin.qq.com", "t"), by=None, at=AT
    )
    return w


def written(w):
    rows = Reminder.objects.filter(Q(task__notice=w.notice) | Q(notice=w.notice))
    return {
        (
            row.rule,
            row.task_id or row.subject,
            row.recipient_id,
            row.outlet_id,
            row.channel,
            row.occurrence_on,
        )
        for row in rows
    }


def test_what_is_foreseen_for_the_week_is_what_daily_sweeps_write(settings):
    w = furnished(kinds=True)
    settings.CHANNEL_ADDRESSES = []  # nothing leaves the machine
    foreseen = preview.foresee(w.notice, wanted_ladder(w.notice.preset, WANTED), today=TODAY)
    reminder_settings.configure(w.notice, WANTED, by=w.office, at=AT)

    seen: set = set()
    for day, rows in foreseen:
        at = dt.datetime.combine(day, dt.time(9), ZONE)
        reminders.run(Moment(day, lambda at=at: at))
        new = {row[:5] for row in written(w) - seen}
        seen = written(w)
        assert sorted(map(repr, new)) == sorted(repr(tuple(row[:5])) for row in rows), day

    assert {row[0] for row in seen} == {
        "left_5", "left_2", "left_0", "overdue", "waiting_head", "waiting_office", "idle", "review",
        "extension_head", "extension_office", "directive", "letter", "finding", "look_back", "evidence", "week",
    }  # fmt: skip


def test_preview_writes_nothing_and_names_people_and_groups():
    w = furnished()
    before = (Reminder.objects.count(), Message.objects.count(), ReminderSetting.objects.get().is_on)

    days = preview.preview(w.notice, wanted_ladder(w.notice.preset, WANTED), today=TODAY)

    assert (Reminder.objects.count(), Message.objects.count(), ReminderSetting.objects.get().is_on) == before
    today, saturday = days[0], days[1]
    assert (today.day, today.held, saturday.held) == (TODAY, False, True)
    assert ("安经办", 3, 3) in today.people
    assert today.groups == (("群", 3),)
    assert today.lines[0].number == "W01-001-01"
    assert today.lines[0].names == ("卜局长", "葛主任", "霍干事", "群")
    assert sum(day.total for day in days) > 30
