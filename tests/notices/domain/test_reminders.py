import datetime as dt
import threading

import pytest
from django.core import mail
from django.db import connection

from accounts.models import User
from accounts.roles import Role
from notices.domain import planning, reminder_rules, reminder_settings, reminders, workflow
from notices.domain.book import Moment
from notices.domain.reminder_settings import Settings
from notices.domain.workdays import ZONE
from notices.models import Message, Reminder, Sweep, Task
from notices.terms import Channel, DeliveryState, Stage, State
from tests.factories import AT, TODAY, ask, make_issue, make_notice, make_task, make_user, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def sweep(today=TODAY, *, hour=10, dry=False):
    """One run at that hour of the day."""
    at = dt.datetime.combine(today, dt.time(hour), ZONE)
    return reminders.run(Moment(today, lambda: at), dry=dry)


def figures(result):
    return result.due, result.sent, result.skipped, result.failed


def told():
    """Names in whose inbox a message lies, each message once, by name."""
    return sorted(Message.objects.values_list("recipient__name", flat=True))


def message_days(days):
    """The days of these, counted from TODAY, on which a daily sweep wrote messages."""
    return [d for d in days if sum(t.inbox for t in sweep(TODAY + DAY * d).told)]


def titles(user):
    return list(Message.objects.of(user).order_by("pk").values_list("title", flat=True))


# ── Who is told when ─────────────────────────────────────────────────────────
WORKER, HEAD, LEADER, OFFICE, PARTY = "安经办", "卜局长", "樊领导", "葛主任", "苗书记"
CLIMB = [
    (21, []),
    (20, [WORKER]),
    (11, [WORKER]),
    (10, [WORKER, HEAD]),
    (4, [WORKER, HEAD]),
    (3, [WORKER, HEAD, LEADER]),
    (1, [WORKER, HEAD, LEADER]),
    (0, [WORKER, HEAD, LEADER, OFFICE]),
    (-1, [WORKER, HEAD, LEADER, OFFICE]),
    (-100, [WORKER, HEAD, LEADER, OFFICE]),
]
TABLE = {
    "standard": CLIMB,
    "jingdezhen": CLIMB,
    "jiangjin": [
        (21, []),
        (20, [WORKER]),
        (10, [WORKER, LEADER]),
        (0, [WORKER, LEADER]),
        (-1, [WORKER, HEAD, PARTY]),
    ],
    "xian": [
        (4, []),
        (3, [WORKER, HEAD, LEADER]),
        (0, [WORKER, HEAD, LEADER, OFFICE]),
        (-1, [WORKER, HEAD, LEADER, OFFICE]),
    ],
}


@pytest.mark.parametrize(
    ("preset", "left", "people"),
    [(preset, left, people) for preset, rows in TABLE.items() for left, people in rows],
)
def test_who_is_told(preset, left, people):
    w = make_world()
    User.objects.filter(pk=w.office_two.pk).update(is_active=False)
    make_user("secretary", (Role.HEAD, w.county), name=PARTY)
    notice = make_notice(w.county, title="另一批次", preset=preset)
    make_task(make_issue(notice), lead=w.bureau, deadline=TODAY + DAY * left)

    sweep()

    assert told() == sorted(people)


@pytest.mark.parametrize(
    ("state", "people"),
    [
        (State.PENDING, [WORKER, HEAD, LEADER, OFFICE]),
        (State.ACTIVE, [WORKER, HEAD, LEADER, OFFICE]),
        (State.COMPLETED, []),
        (State.SUSTAINED, []),
        (State.CANCELLED, []),
        (State.SUBMITTED, [HEAD]),
        (State.VERIFYING, [OFFICE]),
    ],
)
def test_state_decides_who_is_told(state, people):
    w = make_world()
    User.objects.filter(pk=w.office_two.pk).update(is_active=False)
    extra = {"finished_on": TODAY - DAY * 4} if state in reminder_rules.WAITING else {}
    make_task(w.issue, lead=w.bureau, state=state, deadline=TODAY - DAY, **extra)

    sweep()

    assert told() == sorted(people)


@pytest.mark.parametrize(
    ("stage", "reminds"),
    [
        (Stage.DRAFT, False),
        (Stage.PLANNED, True),
        (Stage.RUNNING, True),
        (Stage.REPORTED, True),
        (Stage.PUBLISHED, True),
        (Stage.ARCHIVED, False),
    ],
)
def test_stage_decides_whether_reminders_run(stage, reminds):
    w = make_world()
    make_task(make_issue(make_notice(w.county, title="另", stage=stage)), lead=w.bureau, deadline=TODAY)

    assert bool(sweep().sent) is reminds


def test_a_task_without_deadline_is_never_due():
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=None)

    assert figures(sweep()) == (0, 0, 0, 0)


# ── Once, from the data ──────────────────────────────────────────────────────
def test_second_run_finds_nothing():
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY)

    assert figures(sweep()) == (9, 9, 0, 0)  # five inboxes, four addresses
    assert figures(sweep()) == (0, 0, 0, 0)
    assert (Message.objects.count(), len(mail.outbox)) == (5, 4)


def test_swept_daily_each_threshold_and_each_overdue_week_once():
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY)

    days = message_days(range(-25, 20))

    assert days == [-20, -10, -3, 0, 1, 8, 15]
    assert titles(w.staff) == [
        "W01-001-01 距完成时限还有 20 天",
        "W01-001-01 距完成时限还有 10 天",
        "W01-001-01 距完成时限还有 3 天",
        "W01-001-01 今天到期",
        "W01-001-01 已超期 1 天",
        "W01-001-01 已超期 8 天",
        "W01-001-01 已超期 15 天",
    ]


def test_after_missed_days_only_the_latest_threshold_is_sent():
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY)
    sweep(TODAY - DAY * 11)

    sweep(TODAY - DAY * 2)

    assert titles(w.staff) == ["W01-001-01 距完成时限还有 11 天", "W01-001-01 距完成时限还有 2 天"]
    assert set(Reminder.objects.values_list("rule", "occurrence_on")) == {
        ("left_20", TODAY - DAY * 20),
        ("left_3", TODAY - DAY * 3),
    }


def test_ledger_taken_over_long_overdue_is_told_once_a_week():
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=dt.date(2021, 12, 31))

    # Its weeks begin on Saturdays; TODAY is a Friday: this week's at once, then every Saturday.
    assert message_days(range(9)) == [0, 1, 8]
    assert sorted(set(Reminder.objects.values_list("occurrence_on", flat=True))) == [
        dt.date(2026, 11, 14),
        dt.date(2026, 11, 21),
        dt.date(2026, 11, 28),
    ]


def test_a_clock_that_goes_back_sends_nothing_again():
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 3)
    make_task(w.issue, lead=w.bureau, deadline=TODAY - DAY * 9)
    sweep()

    assert figures(sweep(TODAY - DAY)) == (0, 0, 0, 0)
    assert figures(sweep(TODAY - DAY * 3)) == (0, 0, 0, 0)
    assert figures(sweep()) == (0, 0, 0, 0)


def test_a_moved_deadline_arms_anew():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 3)
    sweep()

    planning.edit_task(task, {"deadline": TODAY + DAY * 10}, base={}, by=w.office, at=AT)
    sweep()

    assert titles(w.staff) == ["W01-001-01 距完成时限还有 3 天", "W01-001-01 距完成时限还有 10 天"]
    assert titles(w.leader) == ["W01-001-01 距完成时限还有 3 天"]


def test_a_changed_ladder_does_not_repeat_what_was_told():
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 8)
    sweep()

    reminder_settings.configure(w.notice, Settings(rungs=[[15, ["worker"]]]), by=w.office, at=AT)

    assert figures(sweep()) == (0, 0, 0, 0)


def test_working_days_of_a_notice():
    w = make_world()
    reminder_settings.configure(
        w.notice, Settings(rungs=[[2, ["worker"]]], working_days=True), by=w.office, at=AT
    )
    make_task(w.issue, lead=w.bureau, deadline=dt.date(2026, 11, 24))  # Tuesday

    assert message_days(range(-2, 3)) == [0]  # Friday


def test_a_notice_switched_off_sends_nothing_and_switched_on_sends_the_latest():
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 9)
    reminder_settings.configure(w.notice, Settings(is_on=False), by=w.office, at=AT)
    assert figures(sweep()) == (0, 0, 0, 0)

    reminder_settings.configure(w.notice, Settings(is_on=True), by=w.office, at=AT)
    sweep()

    assert titles(w.staff) == ["W01-001-01 距完成时限还有 9 天"]


# ── Applications that wait ───────────────────────────────────────────────────
def test_while_submitted_the_head_is_reminded_and_the_unit_is_not():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 30)
    Task.objects.filter(pk=task.pk).update(state=State.SUBMITTED, applicant=w.staff, finished_on=TODAY)

    days = message_days(range(20))

    assert days == [3, 10, 17]
    assert titles(w.head)[:2] == ["W01-001-01 待单位审核 3 天", "W01-001-01 待单位审核 10 天"]
    assert titles(w.staff) == []


def test_deadline_reached_while_waiting_reminds_the_judge_that_day():
    w = make_world()
    make_task(
        w.issue,
        lead=w.bureau,
        state=State.SUBMITTED,
        applicant=w.staff,
        finished_on=TODAY,
        deadline=TODAY + DAY,
    )

    days = message_days(range(6))

    assert days == [1]  # and the third day's reminder is less than a week later
    assert told() == [HEAD]


def test_verifier_is_reminded_days_after_the_approval_not_minutes():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, state=State.SUBMITTED, applicant=w.staff, claim="completed")
    Task.objects.filter(pk=task.pk).update(finished_on=TODAY - DAY * 5)
    task.refresh_from_db()
    workflow.perform(task, "approve", ask(w.head))
    Message.objects.all().delete()

    days = message_days(range(5))

    assert days == [3]
    assert told() == ["葛主任", "霍干事"]
    assert titles(w.office) == ["W01-001-01 待验收 8 天"]


def test_application_without_a_known_day_reminds_weekly():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, state=State.VERIFYING)
    Task.objects.filter(pk=task.pk).update(finished_on=None)

    days = message_days(range(11))

    assert days == [0, 3, 10]  # at once for this week, then on Mondays
    assert titles(w.office)[0] == "W01-001-01 待验收"


def test_a_new_application_after_a_return_waits_anew():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, state=State.SUBMITTED, applicant=w.staff)
    Task.objects.filter(pk=task.pk).update(finished_on=TODAY - DAY * 3)
    sweep()

    Task.objects.filter(pk=task.pk).update(finished_on=TODAY - DAY)

    assert message_days(range(4)) == [2]


# ── Rows and results ─────────────────────────────────────────────────────────
def test_people_without_address_get_the_inbox_only():
    w = make_world()
    make_task(w.issue, lead=w.town, deadline=TODAY + DAY * 10)

    result = sweep()

    assert [(t.name, t.inbox, t.mailed, t.held) for t in result.told] == [
        ("邓镇办", 1, 0, 0),
        ("鄂镇长", 1, 0, 0),
    ]
    assert set(Reminder.objects.values_list("channel", flat=True)) == {Channel.INBOX}


def test_result_lists_people_without_account():
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY, contact_text="陶某", leader_text="魏某")

    assert sweep().unmatched == (("W01-001-01", "责任人", "陶某"), ("W01-001-01", "责任领导", "魏某"))
    assert sweep().unmatched == ()


def test_dry_run_writes_and_sends_nothing_but_tells_all():
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 10)

    result = sweep(dry=True)

    assert figures(result) == (4, 0, 0, 0)
    assert [(t.name, t.inbox, t.mailed) for t in result.told] == [(WORKER, 1, 1), (HEAD, 1, 1)]
    counts = [model.objects.count() for model in (Reminder, Message, Sweep)]
    assert (counts, mail.outbox) == ([0, 0, 0], [])
    assert figures(sweep()) == (4, 4, 0, 0)


def test_run_leaves_its_record_and_old_ones_go():
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 10)
    sweep(TODAY - DAY * 70)

    sweep()

    row = Sweep.objects.get()
    assert (row.today, row.due, row.sent, row.skipped, row.failed) == (TODAY, 4, 4, 0, 0)
    assert row.started_at == row.finished_at == AT


def test_calendar_note_of_an_unpublished_year():
    make_world()

    assert sweep().calendar_note == ""
    assert sweep(dt.date(2060, 5, 6)).calendar_note.startswith("2060 年放假调休安排尚未公布")


def test_queries_do_not_grow_with_tasks(django_assert_max_num_queries):
    """A sweep that finds nothing new asks the same few questions for one task and for thirty."""
    w = make_world()
    counts = []
    for more in (1, 29):
        for _ in range(more):
            make_task(w.issue, lead=w.bureau, deadline=TODAY)
        sweep()
        with django_assert_max_num_queries(55) as found:
            sweep()
        counts.append(len(found))

    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_send_nothing_twice():
    w = make_world()
    for left in (0, 3, 10, 20, -1, -8, -30):
        make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * left)
    start, results = threading.Barrier(3), []

    def work():
        try:
            start.wait(10)
            results.append(sweep())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    sent = Reminder.objects.filter(state=DeliveryState.SENT)
    assert len(results) == 3
    assert (sent.count(), Reminder.objects.exclude(state=DeliveryState.SENT).count()) == (48, 0)
    assert sum(result.sent for result in results) == sent.count()
    assert Message.objects.count() == sent.filter(channel=Channel.INBOX).count()
    assert sorted(letter.to[0] for letter in mail.outbox) == [
        "head@example.cn",
        "leader@example.cn",
        "office@example.cn",
        "staff@example.cn",
    ]
