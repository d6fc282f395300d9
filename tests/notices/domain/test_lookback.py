"""Look-backs: the rules of the pool, a drawing anybody can repeat, verdicts, relapses, the end."""

import datetime as dt
import hashlib

import pytest

from accounts.models import Event
from notices.domain import lookback, rollup, workflow
from notices.domain.coverage import coverage
from notices.domain.lookback import Judgement, Plan
from notices.domain.reporting import StoredFile
from notices.domain.statistics_relapse import relapses_by_aspect, relapses_by_unit
from notices.domain.timeline import timeline
from notices.errors import Missing, Refused, Stale, StepRefused
from notices.models import LookBack, LookBackItem, Notice, Task
from notices.terms import Stage, State
from tests.factories import AT, TODAY, ask, make_issue, make_task, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
PEOPLE = ("staff", "head", "leader", "office", "office_two", "supervisor", "admin")


@pytest.fixture
def w():
    """Closed: 01 bureau, late; 02 section, relapsed once; 03 town, sustained, of the second aspect. Open: 04."""
    world = make_world()
    closed = State.COMPLETED
    second = make_issue(world.notice, aspect=2, title="关于公务接待的问题")
    world.late = make_task(world.issue, lead=world.bureau, state=closed, deadline=TODAY - DAY)
    world.relapsed = make_task(world.issue, lead=world.section, state=closed, relapse_count=1)
    world.kept = make_task(second, lead=world.town, state=State.SUSTAINED, deadline=TODAY + DAY)
    world.open = make_task(world.issue, lead=world.bureau)
    return world


def plan(**more):
    return Plan(**{"title": "回头看", "starts_on": TODAY, "ends_on": TODAY + 30 * DAY, **more})


def begin(w, *, by=None, seed="", **more):
    return lookback.begin(w.notice, plan(**more), by=by or w.supervisor, at=AT, seed=seed)


def tasks_of(campaign):
    return [item.task for item in campaign.items.order_by("position").select_related("task")]


def judge(w, item, verdict="firm", findings="制度执行到位", **more):
    files = more.pop("files", ())
    said = Judgement(verdict, findings, **more)
    return lookback.judge(item, said, files=files, by=w.supervisor, at=AT, today=TODAY)


def fresh(item):
    return LookBackItem.objects.select_related("look_back__notice", "task__notice", "task__lead_unit").get(
        pk=item.pk
    )


# ── The sample ───────────────────────────────────────────────────────────────
def test_each_rule_takes_the_tasks_it_names(w):
    aspect = w.kept.issue.aspect
    wanted = {
        "all": ({}, {w.late, w.relapsed, w.kept}),
        "unit": ({"unit": w.bureau}, {w.late, w.relapsed}),  # the section lies below the bureau
        "aspect": ({"aspect": aspect}, {w.kept}),
        "relapsed": ({}, {w.relapsed}),
        "late": ({}, {w.late}),
        "sustained": ({}, {w.kept}),
    }

    found = {
        rule: set(tasks_of(begin(w, title=rule, rule=rule, **more))) for rule, (more, _) in wanted.items()
    }

    assert found == {rule: tasks for rule, (_, tasks) in wanted.items()}


def test_a_drawing_is_the_smallest_hashes_of_seed_and_id():
    """Worked out beside the rule: SHA-256 of "a:1" … "a:5"."""
    hashes = {pk: hashlib.sha256(f"a:{pk}".encode()).hexdigest() for pk in range(1, 6)}
    by_hand = [pk for _, pk in sorted((h, pk) for pk, h in hashes.items())]

    assert lookback.draw([5, 4, 3, 2, 1], "a", 3) == by_hand[:3]
    assert lookback.draw([1, 2, 3, 4, 5], "a", 5) == by_hand
    assert lookback.draw(range(1, 6), "b", 5) != by_hand


@pytest.mark.parametrize(
    ("sample", "amount", "pool", "count"),
    [
        ("every", None, 7, 7), ("number", 3, 7, 3), ("number", 9, 7, 7), ("percent", 20, 7, 2),
        ("percent", 1, 7, 1), ("percent", 100, 7, 7), ("percent", 50, 0, 0),
    ],
)  # fmt: skip
def test_how_many_are_drawn(sample, amount, pool, count):
    assert lookback.count_of(plan(sample=sample, amount=amount), pool) == count


def test_a_sample_is_frozen_and_can_be_drawn_again(w):
    campaign = begin(w, sample="number", amount=2, seed="yunling")
    drawn = [t.pk for t in tasks_of(campaign)]
    make_task(w.issue, lead=w.bureau, state=State.COMPLETED)

    again = LookBack.objects.get()
    assert lookback.drawn_again(again) == drawn == [i.task_id for i in again.items.order_by("position")]
    assert again.pool == sorted([w.late.pk, w.relapsed.pk, w.kept.pk])
    assert Event.objects.get(action="lookback.begin").data["drawn"] == drawn


def test_without_a_seed_each_drawing_has_its_own(w):
    first, second = (begin(w, title=title).seed for title in ("一", "二"))

    assert (len(first), first == second) == (16, False)


def test_what_is_missing_is_said_at_its_field(w):
    other = make_issue(Notice.objects.create(unit=w.town, title="别的批次", created_at=AT)).aspect
    begin(w, title="用过的名称")
    wrong = [
        ({"title": " "}, "title"), ({"title": "用过的名称"}, "title"), ({"ends_on": TODAY - DAY}, "ends_on"),
        ({"rule": "unit"}, "unit"), ({"rule": "aspect"}, "aspect"), ({"rule": "aspect", "aspect": other}, "aspect"),
        ({"sample": "number"}, "amount"), ({"sample": "percent", "amount": 101}, "amount"), ({"sample": "x"}, "sample"),
        ({"rule": "y"}, "rule"),
    ]  # fmt: skip
    for more, field in wrong:
        with pytest.raises(Missing) as refused:
            begin(w, **more)
        assert list(refused.value.fields) == [field], more
    assert LookBack.objects.count() == 1


def test_a_rule_that_finds_nothing_is_refused(w):
    Task.objects.filter(pk=w.relapsed.pk).update(relapse_count=0)

    with pytest.raises(Missing, match="没有已销号的任务"):
        begin(w, rule="relapsed")


def test_only_the_office_and_supervisors_of_the_party_look_back(w):
    assert {p for p in PEOPLE if lookback.refusal(getattr(w, p), w.notice) is None} == {
        "office", "office_two", "supervisor",
    }  # fmt: skip
    w.notice.stage = Stage.ARCHIVED
    assert lookback.refusal(w.office, w.notice) == "该批次已归档，只能查看。"
    with pytest.raises(StepRefused):
        begin(w, by=w.head)


def test_campaigns_are_seen_by_who_verifies(w):
    begin(w)

    assert {p for p in PEOPLE if LookBack.objects.visible_to(getattr(w, p)).exists()} == {
        "office", "office_two", "supervisor",
    }  # fmt: skip


# ── Verdicts ─────────────────────────────────────────────────────────────────
def test_firm_is_recorded_and_stands_on_the_timeline(w):
    item = begin(w, rule="late").items.get()
    file = StoredFile("现场.jpg", "lb-1.jpg", "jpg", 10, "0" * 64)

    judge(w, fresh(item), files=[file])

    task = Task.objects.get(pk=w.late.pk)
    assert (task.state, task.evidence_count) == (State.COMPLETED, 1)
    (entry,) = timeline(task)
    assert (entry.what, entry.who, entry.facts) == ("回头看“回头看”", "纪组长", [("结论", "巩固")])
    assert [f.name for f in entry.files] == ["现场.jpg"]


def test_a_relapse_reopens_with_cause_and_new_day_and_keeps_history(w):
    item = begin(w, rule="relapsed").items.get()
    with pytest.raises(Missing) as refused:
        judge(w, fresh(item), "relapsed", "又发现同样问题")
    assert list(refused.value.fields) == ["deadline"]
    assert LookBackItem.objects.get().verdict == ""

    judge(w, fresh(item), "relapsed", "又发现同样问题", deadline=TODAY + 20 * DAY)

    task = Task.objects.get(pk=w.relapsed.pk)
    assert (task.state, task.relapse_count, task.deadline) == (State.ACTIVE, 2, TODAY + 20 * DAY)
    assert task.transitions.get().reason == "又发现同样问题"
    assert rollup.wrong_rows() == []


def test_a_task_reopened_before_is_no_longer_firm_and_not_reopened_twice(w):
    item = begin(w, rule="relapsed").items.get()
    workflow.perform(w.relapsed, "reopen", ask(w.office, reason="复查发现", deadline=TODAY + DAY))

    with pytest.raises(Missing, match="不能评为巩固"):
        judge(w, fresh(item))
    judge(w, fresh(item), "relapsed", "已在复查时发现反弹")

    assert Task.objects.get(pk=w.relapsed.pk).relapse_count == 2


def test_a_task_is_judged_once(w):
    item = begin(w, rule="late").items.get()
    one, two = fresh(item), fresh(item)
    judge(w, one)

    with pytest.raises(Stale):
        judge(w, two)
    with pytest.raises(StepRefused, match="已有结论：巩固"):
        judge(w, fresh(item))


def test_a_campaign_ends_with_a_word_about_what_was_left(w):
    campaign = begin(w)
    with pytest.raises(Missing, match="还有 3 项没有结论"):
        lookback.close(campaign, summary="", by=w.office, at=AT)
    stale = LookBack.objects.get()

    lookback.close(campaign, summary="其余下次再查", by=w.office, at=AT)

    assert (campaign.closed_at, campaign.closed_by_name) == (AT, "葛主任")
    with pytest.raises(Stale):
        lookback.close(stale, summary="再来一次", by=w.office, at=AT)
    with pytest.raises(Refused):
        lookback.close(campaign, summary="再来一次", by=w.office, at=AT)
    assert (
        lookback.judge_refusal(w.office, fresh(campaign.items.first()))
        == "这次回头看已经结束，不能再填写结论。"
    )


# ── Counts of relapses ───────────────────────────────────────────────────────
def test_relapses_are_counted_by_unit_and_aspect(w):
    Task.objects.filter(pk=w.open.pk).update(relapse_count=2)
    Task.objects.filter(pk=w.kept.pk).update(relapse_count=1)
    cover = coverage(w.office, [w.notice])

    units = [(line.label, line.tasks, line.times) for line in relapses_by_unit(cover)]
    aspects = [(line.key, line.tasks, line.times) for line in relapses_by_aspect(cover)]

    assert units[0] == ("云岭县教育局", 1, 2)
    assert sorted(units[1:]) == [("云岭县教育局基建办", 1, 1), ("青禾镇", 1, 1)]
    assert aspects == [(1, 2, 3), (2, 1, 1)]


def test_a_head_counts_the_relapses_of_the_own_unit_only(w):
    Task.objects.filter(pk=w.kept.pk).update(relapse_count=1)

    lines = relapses_by_unit(coverage(w.head, [w.notice]))

    assert [line.label for line in lines] == ["云岭县教育局基建办"]
