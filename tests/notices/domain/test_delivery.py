import datetime as dt
import time

import pytest
from django.core import mail
from django.core.mail import get_connection

from accounts.models import Membership, User
from accounts.roles import Role
from notices.domain import digests, planning, queue, reminder_settings, reminders
from notices.domain.book import Moment, Tally
from notices.domain.queue import LEASE, PAUSES
from notices.domain.reminder_settings import Settings
from notices.domain.workdays import ZONE
from notices.models import Message, Reminder, Task
from notices.terms import Channel, DeliveryState, Stage, State
from tests.factories import TODAY, make_task, make_user, make_world
from tests.smtp import post_office

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
MORNING = dt.datetime.combine(TODAY, dt.time(9), ZONE)
NIGHT = dt.datetime.combine(TODAY - DAY, dt.time(21), ZONE)  # Thursday evening


def run_at(at, connection=None, **kwargs):
    return reminders.run(Moment(at.astimezone(ZONE).date(), lambda: at, **kwargs), connection=connection)


def figures(result):
    return result.due, result.sent, result.skipped, result.failed


def mails():
    return Reminder.objects.filter(channel=Channel.EMAIL).order_by("pk")


def states(rows):
    return sorted(set(rows.values_list("state", "note")))


def held_task(w, **fields):
    """A task told on Thursday evening with ten days left: inboxes written, mail held until the morning."""
    task = make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 9, **fields)
    assert figures(run_at(NIGHT)) == (4, 2, 0, 0)
    assert (Message.objects.count(), mail.outbox) == (2, [])
    return task


@pytest.fixture
def post():
    with post_office() as found:
        yield found


def smtp(post, *, timeout=5):
    return get_connection(
        "django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=post.port, timeout=timeout
    )


# ── When ─────────────────────────────────────────────────────────────────────
def test_mail_of_the_night_leaves_in_the_morning_as_one_digest():
    w = make_world()
    held_task(w)
    make_task(w.issue, lead=w.bureau, deadline=TODAY)

    before = run_at(dt.datetime.combine(TODAY, dt.time(7, 59), ZONE))
    assert (figures(before), mail.outbox) == ((9, 5, 0, 0), [])

    assert figures(run_at(dt.datetime.combine(TODAY, dt.time(8), ZONE))) == (6, 6, 0, 0)
    assert {letter.to[0]: letter.subject for letter in mail.outbox} == {
        "staff@example.cn": "整改督办提醒：2 项任务（今天到期 1 项，将到期 1 项）",
        "head@example.cn": "整改督办提醒：2 项任务（今天到期 1 项，将到期 1 项）",
        "leader@example.cn": "整改督办提醒：1 项任务（今天到期 1 项）",
        "office@example.cn": "整改督办提醒：1 项任务（今天到期 1 项）",
    }


def test_mail_of_the_weekend_leaves_on_monday_and_is_told_so():
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 11)
    saturday = MORNING + DAY

    result = run_at(saturday)

    monday = dt.datetime.combine(TODAY + DAY * 3, dt.time(8), ZONE)
    assert result.held_until == monday
    assert [(t.name, t.inbox, t.mailed, t.held) for t in result.told] == [
        ("安经办", 1, 0, 1),
        ("卜局长", 1, 0, 1),
    ]
    assert figures(run_at(saturday + DAY)) == (0, 0, 0, 0)
    assert figures(run_at(monday)) == (2, 2, 0, 0)
    assert len(mail.outbox) == 2


def test_pretended_day_decides_the_hour_and_the_words():
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 5)

    result = reminders.run(Moment(TODAY, lambda: NIGHT, pretend=MORNING))

    assert figures(result) == (4, 4, 0, 0)
    assert Message.objects.first().title == "W01-001-01 距完成时限还有 5 天"
    assert Message.objects.first().at == NIGHT  # the record keeps the real instant


def test_one_digest_a_day_what_comes_later_waits_for_tomorrow():
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 20)
    run_at(MORNING)
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 10)

    assert figures(run_at(MORNING + dt.timedelta(hours=2))) == (4, 3, 0, 0)  # the head had no digest yet
    assert [letter.to[0] for letter in mail.outbox] == ["staff@example.cn", "head@example.cn"]
    assert figures(run_at(MORNING + dt.timedelta(hours=3))) == (0, 0, 0, 0)

    run_at(MORNING + DAY * 3)
    assert [letter.to[0] for letter in mail.outbox[2:]] == ["staff@example.cn"]
    assert "W01-001-02" in mail.outbox[2].body


def test_run_stops_when_its_time_is_over_and_the_next_goes_on():
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY)

    assert figures(run_at(MORNING, until=MORNING)) == (9, 0, 0, 0)
    assert figures(run_at(MORNING)) == (9, 9, 0, 0)


# ── Still true? ──────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"state": State.COMPLETED, "closed_on": TODAY}, "发送前任务已是“已完成整改”"),
        ({"state": State.SUSTAINED, "closed_on": TODAY}, "发送前任务已是“阶段性完成并需长期坚持”"),
        ({"state": State.CANCELLED}, "发送前任务已是“已撤销”"),
        ({"state": State.SUBMITTED, "finished_on": TODAY}, "发送前任务已是“待单位审核”"),
        ({"deadline": TODAY + DAY * 60}, "完成时限已调整"),
        ({"deadline": None}, "完成时限已调整"),
    ],
)
def test_what_happened_meanwhile_stops_the_mail(change, note):
    w = make_world()
    task = held_task(w)
    Task.objects.filter(pk=task.pk).update(**change)

    assert figures(run_at(MORNING)) == (2, 0, 2, 0)
    assert (states(mails()), mail.outbox) == ([("skipped", note)], [])


def test_archived_notice_changed_ladder_and_reassigned_unit_stop_the_mail():
    w = make_world()
    held_task(w)
    planning.set_stage(w.notice, Stage.ARCHIVED, by=w.office, at=MORNING)
    run_at(MORNING)
    assert states(mails()) == [("skipped", "该批次已不再提醒")]


def test_changed_ladder_stops_the_mail():
    w = make_world()
    held_task(w)
    reminder_settings.configure(w.notice, Settings(rungs=[[2, ["worker"]]]), by=w.office, at=NIGHT)

    run_at(MORNING)

    assert states(mails()) == [("skipped", "提醒规则已调整")]


def test_reassigned_task_is_not_mailed_to_the_old_unit():
    w = make_world()
    task = held_task(w)
    Task.objects.filter(pk=task.pk).update(lead_unit=w.town)

    run_at(MORNING)

    assert (states(mails()), mail.outbox) == ([("skipped", "收件人已不负责该任务")], [])


def test_closed_account_and_removed_address_stop_the_mail():
    w = make_world()
    held_task(w)
    make_user("second", (Role.HEAD, w.bureau))
    User.objects.filter(pk=w.staff.pk).update(is_active=False)
    User.objects.filter(pk=w.head.pk).update(email="")

    run_at(MORNING)

    assert states(mails()) == [("skipped", "收件人没有邮箱"), ("skipped", "收件人账号已停用")]


def test_of_two_waiting_reminders_of_a_task_the_newer_is_sent():
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 4)  # Tuesday
    saturday = MORNING + DAY
    run_at(saturday)  # three days left
    run_at(saturday + DAY * 2 - dt.timedelta(hours=2))  # Monday at seven
    Reminder.objects.filter(rule="left_3").update(occurrence_on=TODAY)
    Reminder.objects.bulk_create(
        Reminder(
            rule="left_0",
            task=row.task,
            recipient=row.recipient,
            channel=Channel.EMAIL,
            occurrence_on=TODAY + DAY,
            deadline=row.deadline,
            not_before=row.not_before,
            created_at=row.created_at,
        )
        for row in mails().filter(recipient=w.staff)
    )

    run_at(saturday + DAY * 2)

    assert list(mails().filter(recipient=w.staff).values_list("state", "note")) == [
        ("skipped", "已有更新的提醒"),
        ("sent", ""),
    ]


def test_waiting_reminder_is_not_sent_when_it_was_judged_returned_or_renewed():
    w = make_world()
    changes = [
        {"state": State.VERIFYING},
        {"state": State.ACTIVE, "finished_on": None},
        {"finished_on": TODAY},
    ]
    fields = {
        "lead": w.bureau,
        "state": State.SUBMITTED,
        "applicant": w.staff,
        "finished_on": TODAY - DAY * 5,
    }
    tasks = [make_task(w.issue, **fields) for _ in changes]
    run_at(NIGHT)
    for task, change in zip(tasks, changes, strict=True):
        Task.objects.filter(pk=task.pk).update(**change)

    run_at(MORNING)

    assert list(mails().filter(recipient=w.head).values_list("state", "note")) == [
        ("skipped", "发送前任务已是“待验收”"),
        ("skipped", "发送前任务已是“整改中”"),
        ("skipped", "申请已重新提交"),
    ]


def test_inbox_is_checked_too():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, deadline=TODAY)
    run_at(MORNING, until=MORNING)  # rows written, the sender was stopped
    Task.objects.filter(pk=task.pk).update(state=State.CANCELLED)

    assert figures(run_at(MORNING)) == (9, 0, 9, 0)
    assert Message.objects.count() == 0


# ── Lease ────────────────────────────────────────────────────────────────────
def test_claimed_mail_is_left_to_its_sender_until_the_lease_is_over():
    w = make_world()
    held_task(w)
    mails().update(state=DeliveryState.CLAIMED, lease_until=MORNING + LEASE)

    assert figures(run_at(MORNING + LEASE)) == (0, 0, 0, 0)
    assert figures(run_at(MORNING + LEASE + dt.timedelta(seconds=1))) == (2, 2, 0, 0)


def test_lease_of_a_clock_that_ran_ahead_is_no_lease():
    w = make_world()
    held_task(w)
    mails().update(state=DeliveryState.CLAIMED, lease_until=MORNING + DAY)

    assert figures(run_at(MORNING)) == (2, 2, 0, 0)


def test_sender_whose_lease_ran_out_does_not_mark_what_another_took():
    w = make_world()
    held_task(w)
    book = reminders.open_book(TODAY)
    late, rows = digests._claim(digests.PEOPLE, w.staff.pk, Moment(TODAY, lambda: MORNING))
    run_at(MORNING + LEASE * 2)

    queue.settle(rows, late, "late", Moment(TODAY, lambda: MORNING), book, Tally())

    assert states(mails()) == [("sent", "")]


# ── A real mail server ───────────────────────────────────────────────────────
def test_letter_arrives_with_chinese_subject_and_text(post):
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 20, text="修订学习制度，建立𠮷字台账")

    assert figures(run_at(MORNING, smtp(post))) == (2, 2, 0, 0)

    [letter] = post.letters
    assert letter["To"] == "staff@example.cn"
    assert letter["Subject"].strip() == "整改督办提醒：1 项任务（将到期 1 项）"
    assert letter["Auto-Submitted"] == "auto-generated"
    text = letter.get_content().replace("\r\n", "\n")
    assert text.startswith("安经办同志：\n")
    assert "W01-001-01 修订学习制度，建立𠮷字台账\n    距完成时限还有 20 天 · 完成时限 2026-12-10" in text


def test_one_bad_address_does_not_stop_the_others_and_fails_in_the_end(post):
    w = make_world()
    post.refused = {"head@example.cn"}
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 10)

    assert figures(run_at(MORNING, smtp(post))) == (4, 3, 0, 1)
    assert post.addresses == ["staff@example.cn"]

    tries = []
    for _ in PAUSES:
        row = mails().get(recipient=w.head)
        tries.append((row.state, row.tries))
        result = run_at(row.not_before, smtp(post))
    row = mails().get(recipient=w.head)
    assert tries == [("due", n) for n in range(1, 7)]
    assert (row.state, row.tries, row.sent_at) == ("failed", 7, None)
    assert row.note.startswith("SMTPRecipientsRefused: ") and "no such mailbox" in row.note
    assert result.errors == (row.note,)
    assert figures(run_at(MORNING + DAY * 6, smtp(post))) == (0, 0, 0, 0)


@pytest.mark.parametrize("manner", ["refuse", "reject", "drop"])
def test_failed_mail_waits_and_is_sent_when_the_server_is_well(post, manner):
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY)
    post.manner = manner

    bad = run_at(MORNING, smtp(post))
    assert bad.sent == 5 and bad.failed >= 3
    assert figures(run_at(MORNING + dt.timedelta(minutes=4), smtp(post)))[1] == 0

    post.manner = "accept"
    run_at(MORNING + dt.timedelta(minutes=10), smtp(post))
    assert post.addresses == [
        "head@example.cn",
        "leader@example.cn",
        "office@example.cn",
        "staff@example.cn",
    ]
    assert states(mails()) == [("sent", "")]


def test_back_off_keeps_quiet_hours(post):
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 20)
    post.manner = "refuse"

    run_at(dt.datetime.combine(TODAY, dt.time(19, 58), ZONE), smtp(post))

    assert mails().get().not_before == dt.datetime.combine(TODAY + DAY * 3, dt.time(8), ZONE)


def test_server_that_is_down_costs_three_tries_a_sweep_not_one_a_person():
    w = make_world()
    for n in range(6):
        make_user(f"more{n}", (Role.HEAD, w.bureau), email=f"more{n}@example.cn")
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 5)
    with post_office() as gone:
        pass

    result = run_at(MORNING, smtp(gone))

    assert (result.sent, result.failed) == (8, 3)
    assert sorted(mails().values_list("tries", flat=True)) == [0] * 5 + [1] * 3


def test_server_that_hangs_is_left_after_the_timeout(post):
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 20)
    post.manner = "hang"
    begun = time.monotonic()

    result = run_at(MORNING, smtp(post, timeout=0.5))

    assert (result.sent, result.failed) == (1, 1)
    assert time.monotonic() - begun < 10
    assert mails().get().note.endswith("timed out")


def test_address_that_cannot_be_written_fails_alone(post):
    w = make_world()
    User.objects.filter(pk=w.staff.pk).update(email="an\n@example.cn")
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 10)

    result = run_at(MORNING, smtp(post))

    assert (result.sent, result.failed, post.addresses) == (3, 1, ["head@example.cn"])


def test_person_without_any_role_left_gets_nothing():
    w = make_world()
    held_task(w)
    Membership.objects.filter(user__in=[w.staff, w.head]).delete()
    make_user("new", (Role.HEAD, w.bureau), email="new@example.cn")

    run_at(MORNING)

    assert (states(mails()), mail.outbox) == ([("skipped", "收件人已不负责该任务")], [])
