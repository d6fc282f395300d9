"""A unit's week: what is prefilled, what is entered once, what is late, what is refused."""

import datetime as dt

import pytest

from accounts.models import Event, Membership
from notices.domain import reporting, week_desk, weekly
from notices.domain.weekly import Entry
from notices.domain.workdays import ZONE
from notices.errors import Missing, Refused
from notices.models import Progress, Task, WeekReport
from notices.terms import Stage, State
from tests.factories import TODAY, make_task, make_unit, make_world

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 11, 16)


def on(day, hour=10):
    return dt.datetime(2026, 11, day, hour, tzinfo=ZONE)


def busy():
    """Two tasks of the bureau, one of them reported on last week and one this week; one of the town's."""
    w = make_world()
    w.first, w.second = make_task(w.issue, lead=w.bureau), make_task(w.issue, lead=w.bureau, text="清退资金")
    w.other = make_task(w.issue, lead=w.town)
    reporting.report(w.first, text="上周已排查", next_step="汇总", by=w.staff, at=on(11))
    reporting.report(w.second, text="本周已清退一半", by=w.staff, at=on(17))
    return w


def entries(w, **changed):
    """What the page would send back untouched, with changes for the first task."""
    lines = weekly.lines_of(w.notice, w.bureau, MONDAY)
    sent = [Entry(x.task.pk, x.text, x.next_step, x.blocked, seen=x.seen) for x in lines]
    first = {**vars_of(sent[0]), **changed}
    return [Entry(**first), *sent[1:]]


def vars_of(entry):
    return {name: getattr(entry, name) for name in Entry.__dataclass_fields__}


def file(w, sent=None, *, by=None, at=None, unit=None):
    sent = entries(w) if sent is None else sent
    unit = unit or w.bureau
    return weekly.file_report(w.notice, unit, MONDAY, sent, by=by or w.staff, at=at or on(20))


def test_lines_are_prefilled_from_last_week_and_from_this_one():
    w = busy()

    first, second = weekly.lines_of(w.notice, w.bureau, MONDAY)

    assert (first.filed, first.text, first.next_step) == (None, "上周已排查", "汇总")
    assert (second.filed.text, second.text) == ("本周已清退一半", "本周已清退一半")


def test_words_are_entered_once():
    w = busy()
    before = Progress.objects.count()

    row = file(w, entries(w, text="本周形成台账"))

    first, second = row.lines.order_by("task")
    assert (first.progress.text, first.repeated) == ("本周形成台账", False)
    assert second.progress.text == "本周已清退一半"
    assert Progress.objects.count() == before + 1
    assert Task.objects.get(pk=w.first.pk).latest_text == "本周形成台账"


def test_last_week_s_words_again_are_marked():
    w = busy()

    row = file(w)

    assert [line.repeated for line in row.lines.order_by("task")] == [True, False]


def test_no_progress_takes_a_reason():
    w = busy()
    with pytest.raises(Missing) as caught:
        file(w, entries(w, idle=True, text=""))
    assert caught.value.fields == {f"task-{w.first.pk}": "请写明任务 W01-001-01 本周无进展的原因。"}
    assert not WeekReport.objects.filter(filed_at__isnull=False).exists()

    row = file(w, entries(w, idle=True, why="等待上级批复"))

    line = row.lines.get(task=w.first)
    assert (line.progress, line.idle_reason) == (None, "等待上级批复")
    assert Task.objects.get(pk=w.first.pk).latest_text == "上周已排查"


def test_empty_words_are_refused_and_nothing_is_written():
    w = busy()
    before = Progress.objects.count()

    with pytest.raises(Missing, match="请填写任务 W01-001-01 的本周进展"):
        file(w, entries(w, text=" "))

    assert Progress.objects.count() == before


def test_a_task_accepted_meanwhile_is_asked_for():
    w = busy()
    sent = entries(w)
    make_task(w.issue, lead=w.bureau)

    with pytest.raises(Missing, match="W01-001-04 是新签收的"):
        file(w, sent)


def test_newer_words_are_shown_and_not_overwritten():
    w = busy()
    sent = entries(w, text="我的内容")
    reporting.report(Task.objects.get(pk=w.first.pk), text="同事刚填的", by=w.head, at=on(19))

    with pytest.raises(Missing, match="刚刚有人更新了进展，现为“同事刚填的”"):
        file(w, sent)


@pytest.mark.parametrize(("hour", "late"), [(16, False), (17, False), (18, True)])
def test_late_is_after_the_closing_time(hour, late):
    w = busy()

    assert file(w, at=on(20, hour)).late is late


def test_before_the_opening_nothing_is_filed():
    w = busy()

    with pytest.raises(Refused, match="本周周报自11月16日 09:00起报送。"):
        file(w, at=on(16, 8))


def test_a_report_is_filed_once():
    w = busy()
    file(w)

    with pytest.raises(Refused, match="已经报送"):
        file(w)

    assert Event.objects.filter(action="week.file").count() == 1


def test_last_week_s_report_comes_late_and_is_not_this_week_s():
    w = busy()
    next_monday = MONDAY + dt.timedelta(days=7)

    row = file(w, entries(w, text="补报的内容"), at=on(24))

    assert row.late
    first, _ = weekly.lines_of(w.notice, w.bureau, next_monday)
    assert first.filed is None


def test_an_older_week_is_refused():
    w = busy()

    with pytest.raises(Refused, match="只能报送本周和上周的周报"):
        file(w, at=on(30))


def test_a_closed_week_takes_no_report_until_the_unit_is_let_in():
    w = busy()
    week_desk.close_week(w.notice, MONDAY, by=w.office, at=on(20, 18), today=TODAY)
    with pytest.raises(Refused, match="这一周已经封存"):
        file(w, at=on(21))

    week_desk.reopen(w.notice, w.bureau, MONDAY, why="系统故障", by=w.office, at=on(21))

    assert file(w, at=on(21)).late
    with pytest.raises(Refused, match="已经报送"):
        file(w, at=on(21, 12))


def test_a_filed_report_is_put_right_once_it_is_let_in():
    w = busy()
    file(w)
    week_desk.reopen(w.notice, w.bureau, MONDAY, why="内容有误", by=w.office, at=on(20, 11))

    row = file(w, entries(w, text="更正后的内容"), at=on(20, 12))

    assert row.lines.get(task=w.first).progress.text == "更正后的内容"
    assert (row.late, row.is_reopened, row.lines.count()) == (False, False, 2)


def test_strangers_do_not_file():
    w = busy()

    for user in (w.town_staff, w.office, w.leader, w.supervisor):
        with pytest.raises(Refused):
            file(w, by=user)


def test_the_office_files_for_a_unit_without_accounts():
    w = busy()
    archive = make_unit("云岭县档案馆", parent=w.county)
    task = make_task(w.issue, lead=archive)
    sent = [Entry(task.pk, "馆藏已清点", seen="")]

    row = file(w, sent, by=w.office, unit=archive)

    assert row.on_behalf
    assert row.lines.get().progress.on_behalf


def test_a_unit_without_work_need_not_file():
    w = busy()
    Task.objects.filter(lead_unit=w.bureau).delete()

    with pytest.raises(Refused, match="没有整改中的任务"):
        file(w, [])


def test_an_archived_notice_takes_no_report():
    w = busy()
    w.notice.stage = Stage.ARCHIVED

    with pytest.raises(Refused, match="尚未启动或已归档"):
        file(w)


# ── Who is missing ───────────────────────────────────────────────────────────
def names(units):
    return [unit.name for unit in units]


def test_missing_are_the_units_that_lead_work_and_have_not_filed():
    w = busy()
    make_task(w.issue, lead=w.section, state=State.COMPLETED)
    assert names(weekly.missing(w.notice, MONDAY)) == ["云岭县教育局", "青禾镇"]

    file(w)

    assert names(weekly.missing(w.notice, MONDAY)) == ["青禾镇"]


def test_missing_of_a_closed_week_are_those_of_its_day():
    w = busy()
    file(w)
    week_desk.close_week(w.notice, MONDAY, by=w.office, at=on(20, 18), today=TODAY)
    make_task(w.issue, lead=w.section)

    assert names(weekly.missing(w.notice, MONDAY)) == ["青禾镇"]


def test_reading_lines_costs_the_same_for_any_number(django_assert_num_queries):
    w = busy()
    with django_assert_num_queries(3):
        weekly.lines_of(w.notice, w.bureau, MONDAY)
    for _ in range(4):
        make_task(w.issue, lead=w.bureau)

    with django_assert_num_queries(3):
        weekly.lines_of(w.notice, w.bureau, MONDAY)


def test_reports_are_seen_by_the_unit_its_leader_and_the_office():
    w = busy()
    row = file(w)
    Membership.objects.filter(user=w.leader).update(unit=w.town)
    seen = [u for u in (w.staff, w.section_staff, w.town_staff, w.leader, w.office, w.supervisor, w.admin)]

    found = [u.username for u in seen if WeekReport.objects.visible_to(u).filter(pk=row.pk).exists()]

    assert found == ["staff", "office", "supervisor"]
