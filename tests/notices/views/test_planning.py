"""分解 in the browser: many tasks filled at once, by the office only."""

import datetime as dt
import json

import pytest
from django.urls import reverse

from notices.forms import edit
from notices.models import PlanReview, Task
from notices.terms import State
from tests.factories import make_task, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def fill(client, world, tasks, **fields):
    url = reverse("notices:planning_fill", args=[world.notice.pk])
    return client.post(url, {"task": [t.pk for t in tasks], **fields}, follow=True)


def said(response):
    return [str(m) for m in response.context["messages"]]


def test_fill_and_assign(client, world):
    client.force_login(world.office)
    tasks = [make_task(world.issue), make_task(world.issue)]

    response = fill(
        client, world, tasks, lead=world.bureau.pk, supporting=[world.town.pk], leader_text="樊领导",
        deadline_text="2026年12月底前", assign="on",
    )  # fmt: skip

    assert said(response) == ["已填写 2 项任务。"]
    assert {t.state for t in Task.objects.all()} == {State.PENDING}


def test_words_that_are_no_day_are_refused(client, world):
    client.force_login(world.office)

    response = fill(client, world, [make_task(world.issue)], deadline_text="2024717日")

    assert len(said(response)) == 1 and "2024717日" in said(response)[0]
    assert Task.objects.get().deadline_text == ""


def test_nothing_ticked_says_so(client, world):
    client.force_login(world.office)

    assert said(fill(client, world, [], leader_text="某")) == ["请先勾选任务。"]


def test_a_task_of_another_notice_is_not_filled(client, world):
    client.force_login(world.office)
    stranger = make_task(world.issue)
    Task.objects.filter(pk=stranger.pk).update(state=State.CANCELLED)

    fill(client, world, [stranger], leader_text="某")

    assert Task.objects.get().leader_text == ""


@pytest.mark.parametrize("who", ["staff", "head", "leader", "supervisor", "admin"])
def test_others_find_no_such_page(client, world, who):
    make_task(world.issue, lead=world.bureau)
    client.force_login(getattr(world, who))

    assert client.get(reverse("notices:planning", args=[world.notice.pk])).status_code == 404
    assert client.post(reverse("notices:planning_fill", args=[world.notice.pk]), {}).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_query_count_does_not_grow(client, world, rows, django_assert_max_num_queries):
    for _ in range(rows):
        make_task(world.issue, lead=world.bureau, supporting=(world.town,))
    client.force_login(world.office)

    with django_assert_max_num_queries(37):
        client.get(reverse("notices:planning", args=[world.notice.pk]))


def test_proposals_are_shown_and_adopted_for_the_ticked_tasks_only(client, world):
    client.force_login(world.office)
    task = make_task(world.issue, text="由县教育局牵头，2026年12月底前完成校舍排查。")
    other = make_task(world.issue, text="由县教育局牵头，2026年12月底前完成台账。")

    page = client.get(reverse("notices:planning", args=[world.notice.pk]))
    response = fill(client, world, [task], adopt="1")

    assert page.context["proposed"] == 2
    assert said(response) == ["已填写 1 项任务。"]
    assert Task.objects.get(pk=task.pk).lead_unit == world.bureau
    assert Task.objects.get(pk=other.pk).lead_unit is None


# ── The sheet ────────────────────────────────────────────────────────────────


def post(client, name, pk, **fields):
    return client.post(reverse(f"notices:{name}", args=[pk]), fields, follow=True)


def test_a_block_is_pasted_without_script_and_taken_back(client, world):
    client.force_login(world.office)
    tasks = [make_task(world.issue), make_task(world.issue)]

    pasted = post(
        client, "planning_paste", world.notice.pk, task=tasks[0].pk, column="lead",
        block="教育局\t\t\t樊领导\r\n青禾镇\t\t\t樊领导\r\n",
    )  # fmt: skip
    leads = [t.lead_unit for t in Task.objects.in_order()]
    undone = post(client, "planning_undo", world.notice.pk)

    assert (said(pasted), leads) == (["已填写 4 格。"], [world.bureau, world.town])
    assert said(undone) == ["已撤销上一步修改。"]
    assert {t.leader_text for t in Task.objects.all()} == {""}


def test_refused_cells_are_named_and_what_was_pasted_stays_in_the_form(client, world):
    client.force_login(world.office)
    task = make_task(world.issue)

    page = post(
        client,
        "planning_paste",
        world.notice.pk,
        task=task.pk,
        column="leader",
        block="樊领导\t\t\t2024717日",
    )

    assert page.status_code == 422
    assert "第 1 行第 4 列（W01-001-01“完成时限”）" in page.content.decode()
    assert "樊领导\t\t\t2024717日" in page.content.decode()
    assert Task.objects.get().leader_text == ""


def test_with_script_only_the_changed_rows_come_back(client, world):
    client.force_login(world.office)
    tasks = [make_task(world.issue), make_task(world.issue)]
    url = reverse("notices:planning_paste", args=[world.notice.pk])
    given = {"task": tasks[1].pk, "column": "leader", "block": "樊领导\n", "seen": "\n"}

    done = client.post(url, given, headers={"HX-Request": "true"}).content.decode()
    again = client.post(url, {**given, "block": "某\n"}, headers={"HX-Request": "true"})

    assert f'id="plan-{tasks[1].pk}"' in done and f'id="plan-{tasks[0].pk}"' not in done
    assert (again.status_code, "刚刚被他人改为“樊领导”" in again.content.decode()) == (422, True)


def test_measures_are_added_split_and_removed(client, world):
    client.force_login(world.office)
    post(client, "planning_add", world.notice.pk, issue=world.issue.pk, text="清理。修订。")
    task = Task.objects.get()
    split = post(client, "planning_measure", task.pk, act="split", text="清理。｜修订。")
    removed = post(client, "planning_measure", task.pk, act="remove", text="")

    assert (said(split), said(removed)) == (["已拆分 W01-001-01。"], ["已移除 W01-001-01。"])
    assert [t.text for t in Task.objects.all()] == ["修订。"]


def test_a_plan_goes_from_submission_to_deviations(client, world):
    task = make_task(world.issue, lead=world.bureau, leader_text="樊领导", deadline=dt.date(2026, 12, 31))
    client.force_login(world.office)
    post(client, "plan_submit", world.notice.pk, note="请审批")
    review = PlanReview.objects.get().pk
    own = post(client, "plan_decide", world.notice.pk, review=review, act="approve")
    assert said(own) == ["报批人不能批准自己报批的方案，请由整改办其他人员批准。"]
    client.force_login(world.office_two)
    done = post(client, "plan_decide", world.notice.pk, review=review, act="approve")
    assert said(done) == ["整改方案已批准并固化为基线。"]
    shown = edit.shown_values(task)
    form = {**shown, "base": json.dumps(shown), "deadline": "2027-03-31"}

    bare = post(client, "task_edit", task.pk, **form)
    saved = post(client, "task_edit", task.pk, **form, reason="等待上级批复")

    assert bare.status_code == 422 and "须填写“修改原因”" in bare.content.decode()
    for page in (saved.content.decode(), client.get(f"/notices/{world.notice.pk}").content.decode()):
        assert all(words in page for words in ("2026-12-31", "2027-03-31", "等待上级批复"))


def test_a_unit_breaks_its_task_down_on_the_page(client, world):
    task = make_task(world.issue, lead=world.bureau)
    client.force_login(world.staff)

    refused = post(client, "task_part_add", task.pk, **{"part-text": "核对", "part-lead": world.town.pk})
    done = post(client, "task_part_add", task.pk, **{"part-text": "核对台账", "part-lead": world.section.pk})

    assert (refused.status_code, "请从本单位及下属单位中选择" in refused.content.decode()) == (422, True)
    assert "子任务 1 项，已销号 0 项" in done.content.decode()
    assert "W01-001-01.1" in done.content.decode()
