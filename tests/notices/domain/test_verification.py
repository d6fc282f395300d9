"""Several verdicts at once, each for itself."""

import pytest

from notices.domain import verification
from notices.domain.verification import RETURN, Verdict
from notices.models import Evidence, Task, Transition
from notices.terms import State
from tests.factories import AT, TODAY, make_evidence, make_progress, make_task, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def waiting(world, **fields):
    fields = {"applicant": world.staff, "approver": world.head, **fields}
    return make_task(world.issue, lead=world.bureau, state=State.VERIFYING, **fields)


def judge(world, *verdicts, by=None):
    tasks = list(Task.objects.select_related("notice", "parent").order_by("pk"))
    found = {v.task: v for v in verdicts}
    return verification.judge_many(tasks, found, by=by or world.office, at=AT, today=TODAY)


def test_each_task_gets_its_own_verdict(world):
    done, kept, back, skipped = (waiting(world) for _ in range(4))

    judged = judge(
        world,
        Verdict(done.pk, "completed"),
        Verdict(kept.pk, "sustained", "还需坚持", kept.version),
        Verdict(back.pk, RETURN, "材料不全"),
    )

    assert (judged.closed, judged.returned, judged.refused) == ([done.number, kept.number], [back.number], {})
    assert list(Task.objects.order_by("pk").values_list("state", flat=True)) == [
        "completed",
        "sustained",
        "active",
        "verifying",
    ]
    assert list(Transition.objects.order_by("pk").values_list("step", "outcome", "reason")) == [
        ("close", "completed", ""),
        ("close", "sustained", "还需坚持"),
        ("return", "", "材料不全"),
    ]


def test_a_refusal_leaves_its_task_alone_and_stops_nobody(world):
    lowered, changed, raised, fine = (
        waiting(world),
        waiting(world, version=4),
        waiting(world, claim="sustained"),
        waiting(world),
    )

    judged = judge(
        world,
        Verdict(lowered.pk, "sustained"),
        Verdict(changed.pk, "completed", "", 3),
        Verdict(raised.pk, "completed"),
        Verdict(fine.pk, "completed"),
    )

    assert judged.closed == [fine.number]
    assert sorted(judged.refused) == [lowered.pk, changed.pk, raised.pk]
    assert judged.refused[lowered.pk].startswith("把结论由“已完成整改”调整为")
    assert judged.refused[changed.pk].startswith(f"任务 {changed.number} 刚刚被他人修改")
    assert set(Task.objects.exclude(pk=fine.pk).values_list("state", flat=True)) == {"verifying"}
    assert Transition.objects.count() == 1


def test_nobody_judges_what_they_applied_for_or_filed(world):
    own = waiting(world, applicant=world.office)
    filed = waiting(world)
    make_progress(filed, by=world.office, on_behalf=True)

    judged = judge(world, Verdict(own.pk, "completed"), Verdict(filed.pk, "completed"))

    assert (
        list(judged.refused.values())
        == ["谁验收、谁负责：申请人、审核人和代填人不能验收同一任务，请由他人验收。"] * 2
    )
    tasks = list(Task.objects.select_related("notice").order_by("pk"))
    assert [bool(c.why_not) for c in verification.claims(tasks, user=world.office)] == [True, True]


def test_a_task_still_with_the_unit_is_not_returned_here(world):
    task = make_task(world.issue, lead=world.bureau, state=State.SUBMITTED, applicant=world.staff)

    assert judge(world, Verdict(task.pk, RETURN, "不行"), by=world.head).refused == {
        task.pk: "任务处于“待单位审核”，不能退回。"
    }


def test_the_evidence_stands_beside_the_claim(world, django_assert_num_queries):
    world.notice.evidence_kinds = "照片"
    world.notice.save()
    tasks = [waiting(world) for _ in range(3)]
    make_evidence(tasks[0])
    Evidence.objects.update(category="照片")
    rows = list(Task.objects.select_related("notice").order_by("pk"))
    verification.claims(rows[:1], user=world.office)

    with django_assert_num_queries(3):
        found = verification.claims(rows, user=world.office)

    assert [(len(c.files), c.lacking) for c in found] == [(1, []), (0, ["照片"]), (0, ["照片"])]
