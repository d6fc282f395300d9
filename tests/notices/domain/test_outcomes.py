"""成效: entered, proposed from texts, confirmed or not, never doubled; sums that add nothing unlike."""

import datetime as dt
from decimal import Decimal

import pytest

from accounts.models import Event
from notices.domain import outcome_texts, outcomes
from notices.domain.outcomes import Result
from notices.domain.reporting import StoredFile
from notices.domain.statistics_outcomes import notice_outcomes, outcomes_by_unit, rule_names
from notices.domain.timeline import timeline
from notices.errors import Missing, Refused, Stale
from notices.models import Notice, OutcomeEntry
from notices.terms import Metric, Stage
from tests.factories import AT, TODAY, make_progress, make_task, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
PEOPLE = ("staff", "head", "town_head", "leader", "office", "supervisor", "admin")


@pytest.fixture
def w():
    world = make_world()
    world.task = make_task(world.issue, lead=world.bureau)
    return world


def result(w, metric=Metric.RECOVERED, value="33.58", measure="万元", **more):
    return Result(
        **{
            "metric": metric,
            "value": Decimal(value),
            "measure": measure,
            "unit": w.bureau,
            "day": TODAY,
            **more,
        }
    )


def enter(w, *args, by=None, files=(), **more):
    return outcomes.enter(
        w.notice, result(w, *args, **more), files=files, by=by or w.office, at=AT, today=TODAY
    )


def read(w, *texts, unit=None, at=AT):
    for text in texts:
        make_progress(w.task, text=text, unit=unit, at=at)
    return outcome_texts.read_texts(w.notice, by=w.office, at=AT)


def proposed():
    return list(OutcomeEntry.objects.proposed().select_related("notice__unit", "unit", "task").order_by("pk"))


def as_it_is(entry, **more):
    same = {
        name: getattr(entry, name)
        for name in ("metric", "value", "measure", "unit", "day", "documents", "task")
    }
    return Result(**{**same, **more})


def confirm(w, entry, **more):
    replaces = more.pop("replaces", None)
    return outcomes.confirm(
        entry, as_it_is(entry, **more), replaces=replaces, by=w.office, at=AT, today=TODAY
    )


def sums(w, **more):
    return [line.words for line in notice_outcomes(w.notice.pk, **more)]


# ── By hand ──────────────────────────────────────────────────────────────────
def test_an_entry_keeps_what_was_typed_with_its_files(w):
    file = StoredFile("凭证.pdf", "p.pdf", "pdf", 5, "2" * 64)
    row = enter(w, documents=" 缴款凭证 \n\n收据", task=w.task, files=[file])

    assert (row.number, row.measure, row.document_names, row.state) == (
        "33.58",
        "万元",
        ["缴款凭证", "收据"],
        "confirmed",
    )
    assert Event.objects.get().data["files"] == ["2" * 64]
    assert timeline(w.task)[0].what == "登记成效：追缴清退资金 33.58 万元"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (("x", "1", "项"), "metric"), ((Metric.RULES, "1", "x"), "measure"), ((Metric.RECOVERED, "1", "件"), "measure"),
        ((Metric.RULES, "1", "元"), "measure"), ((Metric.CONTENT, "1", "人"), "measure"), ((Metric.TRAINED, "1", "%"), "measure"),
        ((Metric.TRAINED, "1.5", "人次"), "value"), ((Metric.CONTENT, "101", "%"), "value"), ((Metric.RULES, "-1", "项"), "value"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_at_its_field(w, given, field):
    with pytest.raises(Missing) as refused:
        enter(w, *given)

    assert list(refused.value.fields) == [field]


def test_days_to_come_strangers_and_too_many_names_are_refused(w):
    with pytest.raises(Missing, match="日期不能晚于今天"):
        enter(w, day=TODAY + DAY)
    with pytest.raises(Missing, match="列出的文件有 2 个"):
        enter(w, Metric.RULES, "1", "项", documents="甲办法\n乙办法")
    with pytest.raises(Refused, match="只有整改办"):
        enter(w, by=w.supervisor)
    Notice.objects.filter(pk=w.notice.pk).update(stage=Stage.ARCHIVED)
    w.notice.refresh_from_db()
    with pytest.raises(Refused, match="已归档"):
        enter(w)


def test_the_same_entry_twice_needs_a_word(w):
    enter(w)
    with pytest.raises(Missing) as refused:
        enter(w)
    enter(w, sure=True)

    assert list(refused.value.fields) == ["sure"]
    assert sums(w) == ["追缴清退资金 67.16 万元"]


def test_a_voided_entry_stays_and_counts_no_more(w):
    row = enter(w)
    outcomes.void(row, why="重复", by=w.office, at=AT)

    assert (OutcomeEntry.objects.count(), sums(w)) == (1, [])
    with pytest.raises(Stale, match="已经作废"):
        outcomes.void(row, why="再次", by=w.office, at=AT)


def test_who_sees_an_entry_and_a_proposal(w):
    enter(w)
    read(w, "约谈47人次。")
    seen = {name: OutcomeEntry.objects.visible_to(getattr(w, name)).count() for name in PEOPLE}

    assert seen == {
        "staff": 0,
        "head": 1,
        "town_head": 0,
        "leader": 1,
        "office": 2,
        "supervisor": 2,
        "admin": 0,
    }


# ── From texts ───────────────────────────────────────────────────────────────
def test_a_report_is_read_once_and_its_results_wait_for_a_person(w):
    first = read(w, "一是清退补贴33.58万元。二是约谈47人次。", at=AT)
    again = outcome_texts.read_texts(w.notice, by=w.office, at=AT)

    assert ((first.new, first.left), (again.new, again.left)) == ((2, 0), (0, 0))
    money, talks = proposed()
    assert (money.metric, money.number, money.measure, money.unit, money.task) == (
        "recovered",
        "33.58",
        "万元",
        w.bureau,
        w.task,
    )
    assert money.sentence[money.mark_start : money.mark_end] == "33.58万元"
    assert (talks.measure, talks.day, sums(w)) == ("人次", AT.date(), [])


def test_the_same_sentence_of_a_unit_is_proposed_once_and_not_again_when_rejected(w):
    read(w, "一是约谈47人次。", "约谈47人次，下步继续。", "（二）约谈47人次；")
    first, second = proposed()
    outcomes.reject(first, by=w.office, at=AT)
    after = read(w, "约谈47人次")

    assert second.sentence == "约谈47人次，下步继续"
    assert after.new == 0
    assert OutcomeEntry.objects.filter(state="rejected").count() == 1


def test_the_same_sentence_of_two_units_is_two_results(w):
    read(w, "召开专题会议2次。")
    read(w, "召开专题会议2次。", unit=w.town)

    assert {row.unit for row in proposed()} == {w.bureau, w.town}


def test_a_proposal_counts_as_the_person_puts_it(w):
    read(w, "清退补贴33.58万元。")
    (entry,) = proposed()
    confirm(w, entry, value=Decimal("30"), unit=w.town)

    assert sums(w) == ["追缴清退资金 30 万元"]
    assert [
        (u.name, [line.words for line in u.lines]) for u in outcomes_by_unit(OutcomeEntry.objects.all())
    ] == [("青禾镇", ["追缴清退资金 30 万元"])]
    stale = OutcomeEntry.objects.select_related("notice", "unit").get()
    with pytest.raises(Stale, match="刚刚被他人确认或放弃"):
        outcomes.reject(stale, by=w.office, at=AT)


def test_a_running_total_replaces_the_earlier_number(w):
    read(w, "制订制度12份。")
    confirm(w, proposed()[0])
    read(w, "制订制度15份。")
    (later,) = proposed()
    (earlier,) = outcomes.continued(later)
    confirm(w, later, replaces=earlier.pk)

    earlier.refresh_from_db()
    assert sums(w) == ["建章立制 15 份"]
    assert (earlier.state, earlier.replaced_by) == ("voided", later)


def test_what_was_changed_meanwhile_is_not_replaced(w):
    read(w, "制订制度15份。")
    other = enter(w, Metric.TRAINED, "3", "场")

    with pytest.raises(Missing, match="要替代的登记已经变化"):
        confirm(w, proposed()[0], replaces=other.pk)


def test_a_published_notice_is_read_a_letter_of_feedback_is_not(w):
    told = "关于整改情况的通报\n一、党的建设方面\n1.关于“学习不深入”的问题\n整改措施：一是修订学习制度，开展培训3场。\n"
    asked = "反馈意见\n一、党的建设方面\n1.学习不深入。违规发放补贴33万元未清退。\n"
    counts = []
    for text in (asked, told):
        Notice.objects.filter(pk=w.notice.pk).update(text=text)
        w.notice.refresh_from_db()
        counts.append(outcome_texts.read_texts(w.notice, by=w.office, at=AT).new)

    assert counts == [0, 1]
    assert (proposed()[0].source, proposed()[0].unit) == ("notice", w.county)


# ── Sums ─────────────────────────────────────────────────────────────────────
def test_unlike_things_are_never_added_and_a_zero_is_a_line(w):
    enter(w)
    enter(w, Metric.RECOVERED, "5000", "元")
    enter(w, Metric.RECOVERED, "0.02", "万元", unit=w.town)
    enter(w, Metric.ACCOUNTABLE, "29", "人")
    enter(w, Metric.ACCOUNTABLE, "3", "人次")
    enter(w, Metric.FILED, "0", "件")
    enter(w, Metric.CONTENT, "91.5", "%", day=TODAY - DAY)
    enter(w, Metric.CONTENT, "98", "%")

    assert sums(w) == [
        "追缴清退资金 5,000 元", "追缴清退资金 33.6 万元", "立案 0 件", "问责 29 人", "问责 3 人次", "满意率 98 %",
    ]  # fmt: skip


def test_sums_follow_period_and_unit(w):
    enter(w, day=TODAY - 40 * DAY)
    enter(w, Metric.TRAINED, "3", "场", unit=w.town)

    assert sums(w, since=TODAY - 30 * DAY, until=TODAY) == ["培训 3 场"]
    assert sums(w, units=[w.bureau.pk]) == ["追缴清退资金 33.58 万元"]


def test_the_list_of_regulations_names_each_of_a_unit_once(w):
    enter(w, Metric.RULES, "2", "项", documents="《甲办法》\n乙办法", day=TODAY - DAY)
    enter(w, Metric.RULES, "3", "项", documents="甲办法\n丙办法")
    enter(w, documents="凭证")

    assert [(r.name, r.unit, r.day) for r in rule_names(OutcomeEntry.objects.all())] == [
        ("甲办法", "云岭县教育局", TODAY), ("丙办法", "云岭县教育局", TODAY), ("乙办法", "云岭县教育局", TODAY - DAY),
    ]  # fmt: skip
