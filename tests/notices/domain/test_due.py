"""Rules beside the ladder: nothing heard for days, and sustained tasks to be looked at again."""

import datetime as dt

import pytest

from notices.domain import inbox, reminder_settings, reminders
from notices.domain.book import Moment
from notices.domain.reminder_settings import Settings
from notices.domain.workdays import ZONE
from notices.models import Message, Notice, Reminder, Review, Task
from notices.terms import State
from tests.factories import AT, TODAY, make_task, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def sweep(today=TODAY, *, hour=10):
    at = dt.datetime.combine(today, dt.time(hour), ZONE)
    return reminders.run(Moment(today, lambda: at))


def message_days(days):
    return [d for d in days if sum(t.inbox for t in sweep(TODAY + DAY * d).told)]


def idle_rules(w, **values):
    rules = {"idle": {"after": 14, "tell": ["worker", "head"], **values}}
    reminder_settings.configure(w.notice, Settings(rules=rules), by=w.office, at=AT)


def told():
    return sorted(Message.objects.values_list("recipient__name", "title"))


def test_idle_is_off_until_it_is_switched_on():
    w = make_world()
    Notice.objects.update(created_at=AT - DAY * 100)
    make_task(w.issue, lead=w.bureau, deadline=None)

    assert message_days(range(3)) == []


def test_idle_counts_from_the_last_report_else_from_the_notice():
    w = make_world()
    idle_rules(w)
    Notice.objects.update(created_at=AT - DAY * 13)
    make_task(w.issue, lead=w.bureau, deadline=None, latest_at=AT - DAY * 5)
    make_task(w.issue, lead=w.town, deadline=None)

    assert message_days(range(23)) == [1, 8, 9, 15, 16, 22]
    assert told()[:2] == [
        ("卜局长", "W01-001-01 多日没有新的进展"),
        ("卜局长", "W01-001-01 多日没有新的进展"),
    ]


def test_a_report_in_between_stops_and_re_arms_idle():
    w = make_world()
    idle_rules(w)
    task = make_task(w.issue, lead=w.bureau, deadline=None, latest_at=AT - DAY * 14)
    sweep(hour=22)  # inbox at once, mail in the morning
    Task.objects.filter(pk=task.pk).update(latest_at=AT)

    sweep(TODAY + DAY * 3)

    assert list(Reminder.objects.filter(channel="email").values_list("state", "note").distinct()) == [
        ("skipped", "已有新的进展")
    ]
    assert message_days(range(10, 16)) == [14]


def test_idle_says_nothing_of_closed_and_submitted_tasks():
    w = make_world()
    idle_rules(w)
    Notice.objects.update(created_at=AT - DAY * 100)
    for state in (State.COMPLETED, State.SUSTAINED, State.CANCELLED, State.SUBMITTED):
        make_task(w.issue, lead=w.bureau, state=state, deadline=None)

    assert sweep().due == 0


def test_review_of_a_sustained_task_is_due_after_its_interval_and_weekly():
    w = make_world()
    make_task(w.issue, lead=w.bureau, state=State.SUSTAINED, review_days=90, closed_on=TODAY - DAY * 88)

    assert message_days(range(12)) == [2, 9]
    assert {name for name, _ in told()} == {"安经办", "葛主任", "霍干事"}
    assert told()[0][1] == "W01-001-01 长期坚持，已到复查时间"


def test_review_counts_from_the_last_review_and_a_report_is_none():
    w = make_world()
    fields = {"state": State.SUSTAINED, "review_days": 30, "closed_on": TODAY - DAY * 40}
    reviewed = make_task(w.issue, lead=w.bureau, **fields)
    Review.objects.create(
        task=reviewed, text="复查", verdict="keep", on=TODAY - DAY * 29, by=w.office, by_name="葛主任", at=AT
    )
    make_task(w.issue, lead=w.bureau, latest_at=AT - DAY, **fields)

    assert message_days(range(2)) == [0, 1]
    found = Reminder.objects.filter(rule="review").values_list("task__number", "deadline", "occurrence_on")
    assert set(found) == {
        ("W01-001-01", TODAY - DAY * 29, TODAY + DAY),
        ("W01-001-02", TODAY - DAY * 40, TODAY - DAY * 3),
    }


def test_review_without_an_interval_comes_after_ninety_days():
    w = make_world()
    make_task(w.issue, lead=w.bureau, state=State.SUSTAINED, closed_on=TODAY - DAY * 88)

    assert message_days(range(4)) == [2]


def test_review_can_be_switched_off_and_reopened_tasks_are_left_alone():
    w = make_world()
    task = make_task(
        w.issue, lead=w.bureau, state=State.SUSTAINED, review_days=30, closed_on=TODAY - DAY * 30
    )
    sweep(hour=22)
    Task.objects.filter(pk=task.pk).update(state=State.ACTIVE, closed_on=None)
    sweep(TODAY + DAY * 3)
    assert set(Reminder.objects.filter(channel="email").values_list("note", flat=True)) == {
        "发送前任务已是“整改中”"
    }

    Task.objects.filter(pk=task.pk).update(state=State.SUSTAINED, closed_on=TODAY - DAY * 60)
    rules = {"review": {"tell": []}}
    reminder_settings.configure(w.notice, Settings(rules=rules), by=w.office, at=AT)
    assert sweep(TODAY + DAY * 4).due == 0


def test_mail_a_person_does_not_want_is_left_out_unless_the_rule_must():
    w = make_world()
    inbox.prefer(w.staff, mails=False, at=AT)
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 10)
    make_task(w.issue, lead=w.bureau, deadline=TODAY - DAY)

    sweep()

    mails = Reminder.objects.filter(channel="email", recipient=w.staff)
    assert list(mails.values_list("rule", "state")) == [("overdue", "sent")]


def test_wish_given_after_the_row_was_written_still_counts():
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 9)
    sweep(TODAY - DAY, hour=21)
    inbox.prefer(w.staff, mails=False, at=AT)

    sweep()

    assert Reminder.objects.get(channel="email", recipient=w.staff).note == "收件人不接收邮件提醒"
