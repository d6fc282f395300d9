"""The office's side: reminders, letting in, closing by hand and by itself."""

import datetime as dt

import pytest

from notices.domain import week_desk, weekly
from notices.domain.weekly import Entry
from notices.domain.workdays import ZONE
from notices.errors import Missing, Refused
from notices.models import Message, Snapshot, WeekSetting
from notices.terms import Stage
from tests.factories import TODAY, make_notice, make_task, make_unit, make_world

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 11, 16)
WEEK = dt.timedelta(days=7)


def on(day, hour=10):
    return dt.datetime(2026, 11, day, hour, tzinfo=ZONE)


def busy():
    w = make_world()
    w.task = make_task(w.issue, lead=w.bureau)
    make_task(w.issue, lead=w.town)
    return w


def file(w, at):
    sent = [Entry(w.task.pk, "本周已排查")]
    return weekly.file_report(w.notice, w.bureau, MONDAY, sent, by=w.staff, at=at)


def test_desk_lists_missing_units_first(django_assert_num_queries):
    w = busy()
    file(w, on(20, 18))

    with django_assert_num_queries(4):
        lines = week_desk.unit_weeks(w.notice, MONDAY)

    assert [(x.unit.name, x.is_filed, x.tasks) for x in lines] == [
        ("青禾镇", False, 0),
        ("云岭县教育局", True, 1),
    ]
    assert lines[1].report.late


def test_all_missing_units_are_reminded_once_a_day():
    w = busy()
    make_task(w.issue, lead=make_unit("云岭县档案馆"))

    told = week_desk.remind(w.notice, MONDAY, by=w.office, at=on(20, 9))
    again = week_desk.remind(w.notice, MONDAY, by=w.office, at=on(20, 15))

    assert told.done == ["教育局", "青禾镇"]
    assert told.refused == {"云岭县档案馆": "没有可接收提醒的账号，请线下联系。"}
    assert (again.done, sorted(again.refused)) == ([], ["云岭县档案馆", "教育局", "青禾镇"])
    assert [m.recipient.username for m in Message.objects.order_by("recipient")] == ["staff", "town"]
    assert "应于11月20日 17:00前报送" in Message.objects.first().body


def test_only_the_office_reminds_lets_in_and_closes():
    w = busy()
    for user in (w.head, w.leader, w.supervisor):
        with pytest.raises(Refused):
            week_desk.remind(w.notice, MONDAY, by=user, at=on(20))
        with pytest.raises(Refused):
            week_desk.reopen(w.notice, w.bureau, MONDAY, why="补报", by=user, at=on(20))
        with pytest.raises(Refused):
            week_desk.close_week(w.notice, MONDAY, by=user, at=on(20), today=TODAY)


def test_letting_in_takes_a_reason_and_something_to_open():
    w = busy()
    with pytest.raises(Missing):
        week_desk.reopen(w.notice, w.bureau, MONDAY, why=" ", by=w.office, at=on(20))
    with pytest.raises(Refused, match="可以直接报送"):
        week_desk.reopen(w.notice, w.bureau, MONDAY, why="补报", by=w.office, at=on(20))

    file(w, on(20))
    week_desk.reopen(w.notice, w.bureau, MONDAY, why="有误", by=w.office, at=on(20, 11))

    with pytest.raises(Refused, match="等待该单位报送"):
        week_desk.reopen(w.notice, w.bureau, MONDAY, why="有误", by=w.office, at=on(20, 12))


def test_closing_keeps_who_was_missing():
    w = busy()
    file(w, on(20))

    row = week_desk.close_week(w.notice, MONDAY, by=w.office, at=on(20, 18), today=TODAY)

    assert (row.head["due"], row.head["filed"], row.head["missing"]) == (2, 1, [[w.town.pk, "青禾镇"]])


@pytest.mark.parametrize(
    ("week", "now", "why"),
    [
        (MONDAY - 2 * WEEK, on(20), "只能封存本周或上周"),
        (MONDAY + WEEK, on(20), "只能封存本周或上周"),
        (MONDAY, on(16, 8), "开始之前不能封存"),
    ],
)
def test_a_week_is_closed_in_its_time(week, now, why):
    w = busy()

    with pytest.raises(Refused, match=why):
        week_desk.close_week(w.notice, week, by=w.office, at=now, today=now.date())


def test_weeks_are_closed_in_order():
    w = busy()
    week_desk.close_week(w.notice, MONDAY, by=w.office, at=on(20), today=TODAY)

    with pytest.raises(Refused, match="更晚的一周已经封存"):
        week_desk.close_week(w.notice, MONDAY - WEEK, by=w.office, at=on(20), today=TODAY)


# ── By itself ────────────────────────────────────────────────────────────────
def configured():
    w = busy()
    WeekSetting.objects.create(notice=w.notice, closes_itself=True, grace_hours=24)
    plain = make_notice(w.county, title="没有设置自动封存的批次")
    archived = make_notice(w.county, title="已归档", stage=Stage.ARCHIVED)
    WeekSetting.objects.create(notice=archived, closes_itself=True)
    assert plain.pk
    return w


def run(day, hour=10):
    return week_desk.close_due(at=on(day, hour), today=dt.date(2026, 11, day))


def test_the_sweep_closes_what_is_configured_once():
    w = configured()
    assert run(21, 16) != []  # last week's, missed until now
    assert run(21, 16) == []

    closed = run(21, 17)

    assert [(row.notice_id, row.starts_on, row.by_name) for row in closed] == [
        (w.notice.pk, MONDAY, "系统(命令行)")
    ]
    assert run(21, 18) == run(22) == []
    assert Snapshot.objects.count() == 2


def test_a_sweep_that_comes_late_closes_the_newest_week_only():
    w = configured()

    closed = run(30)

    assert [row.starts_on for row in closed] == [MONDAY + WEEK]
    assert closed[0].today == dt.date(2026, 11, 30)
    assert w.notice.pk == closed[0].notice_id
