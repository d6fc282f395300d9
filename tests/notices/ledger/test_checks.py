import datetime as dt

import pytest

from notices.ledger.checks import check_rows
from notices.records import Campaign, StoredIssue, StoredTask

CAMPAIGN = Campaign(feedback_on=dt.date(2026, 6, 1))
GOOD = {"measure": "制定学习计划", "leader": "江岸", "lead_unit": "教育局", "deadline": dt.date(2026, 12, 1)}


def issue(pk=1, **values):
    return StoredIssue(pk, 0, f"W01-00{pk}", f"1.{pk}", {"issue": "甲", **values})


def task(number="W01-001-01", issue=1, state="active", parent=None, **values):
    return StoredTask(1, 0, number, issue, state, {**GOOD, **values}, (), parent, {}, None)


def found(issues, tasks):
    return {f.code: f.numbers for f in check_rows({i.pk: i for i in issues}, tasks, campaign=CAMPAIGN)}


def test_sound_lists_have_no_finding():
    assert found([issue()], [task()]) == {}


def test_issue_without_task():
    assert found([issue(), issue(2)], [task()]) == {"issue_without_task": ("W01-002",)}


@pytest.mark.parametrize(
    ("key", "code"), [("lead_unit", "no_lead"), ("leader", "no_leader"), ("deadline", "no_deadline")]
)
def test_what_a_task_lacks_its_issue_may_give(key, code):
    assert found([issue()], [task(**{key: ""})]) == {code: ("W01-001-01",)}
    assert found([issue(**{key: GOOD[key]})], [task(**{key: ""})]) == {}


def test_kept_up_task_needs_no_deadline_and_closed_one_nothing():
    assert found([issue()], [task(deadline="", keep_up="是")]) == {}
    assert found([issue()], [task(state="completed", lead_unit="", leader="", deadline="")]) == {}


def test_deadline_before_feedback_and_behind_the_issue():
    assert found([issue()], [task(deadline=dt.date(2026, 5, 1))]) == {
        "deadline_before_feedback": ("W01-001-01",)
    }
    late = found([issue(deadline=dt.date(2026, 11, 1))], [task()])
    assert late == {"later_than_issue": ("W01-001-01",)}


@pytest.mark.parametrize(
    ("state", "text", "odd"),
    [
        ("completed", "制度正在推进中", True),
        ("submitted", "尚未完成验收", True),
        ("completed", "已印发", False),
        ("active", "正在推进", False),
        ("sustained", "持续推进", False),
    ],
)
def test_state_beside_words_that_contradict_it(state, text, odd):
    codes = found([issue()], [task(state=state, progress=text)])

    assert ("state_contradicts" in codes) is odd


@pytest.mark.parametrize(
    ("text", "vague"),
    [
        ("加强学习。", True),
        ("进一步加强领导，切实提高认识。", True),
        ("加强培训,每季度一次。", False),
        ("制定《加强学习办法》", False),
        ("加强台账管理", False),
        ("修订制度", False),
    ],
)
def test_measures_that_only_say_strengthen(text, vague):
    assert ("vague_measure" in found([issue()], [task(measure=text)])) is vague


def test_same_measure_twice_under_one_issue():
    codes = found([issue()], [task(), task("W01-001-02")])

    assert codes == {"measure_twice": ("W01-001-02",)}


def test_a_sentence_names_a_few_numbers_only():
    tasks = [task(f"W01-001-{n:02d}", leader="", measure=f"制定{n}") for n in range(1, 21)]

    [finding] = check_rows({1: issue()}, tasks, campaign=CAMPAIGN)

    assert finding.message.startswith("有 20 项任务没有责任领导：W01-001-01、")
    assert finding.message.endswith("W01-001-08等。")
