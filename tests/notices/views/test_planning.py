"""分解 in the browser: many tasks filled at once, by the office only."""

import pytest
from django.urls import reverse

from notices.models import Task
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
