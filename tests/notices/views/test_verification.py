"""The queue of verification: one post, a sentence at each row that failed, nothing typed is lost."""

import pytest

from notices.models import Task
from notices.terms import State
from tests.factories import make_task, make_world

pytestmark = pytest.mark.django_db


def world_waiting(client, count=2, **fields):
    w = make_world()
    people = {"applicant": w.staff, "approver": w.head, **fields}
    tasks = [make_task(w.issue, lead=w.bureau, state=State.VERIFYING, **people) for _ in range(count)]
    client.force_login(w.office)
    return w, tasks


def body(*tasks, **more):
    return {"id": [t.pk for t in tasks], **{f"t{t.pk}-version": t.version for t in tasks}, **more}


def test_one_post_closes_and_returns(client):
    w, (one, two) = world_waiting(client)

    page = client.post(
        "/verify",
        body(
            one,
            two,
            **{
                f"t{one.pk}-choice": "completed",
                f"t{two.pk}-choice": "return",
                f"t{two.pk}-reason": "缺照片",
            },
        ),
        follow=True,
    ).content.decode()

    assert f"已验收销号 1 项：{one.number}。已退回 1 项：{two.number}。" in page
    assert list(Task.objects.order_by("pk").values_list("state", flat=True)) == ["completed", "active"]


def test_what_failed_comes_back_with_its_sentence_and_the_typed_words(client):
    w, (one, two) = world_waiting(client)
    Task.objects.filter(pk=two.pk).update(version=9)

    answer = client.post(
        "/verify",
        body(
            one,
            two,
            **{
                f"t{one.pk}-choice": "completed",
                f"t{two.pk}-choice": "completed",
                f"t{two.pk}-reason": "核对无误",
            },
        ),
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert f"已验收销号 1 项：{one.number}。" in page
    assert f"任务 {two.number} 刚刚被他人修改" in page
    assert "核对无误" in page
    assert [row.claim.task.pk for row in answer.context["rows"]] == [two.pk]


def test_a_return_without_reason_is_asked_back_and_the_others_are_done(client):
    w, (one, two) = world_waiting(client)

    answer = client.post(
        "/verify", body(one, two, **{f"t{one.pk}-choice": "return", f"t{two.pk}-choice": "completed"})
    )

    assert answer.context["rows"][0].form.errors == {"reason": ["退回请写明理由。"]}
    assert list(Task.objects.order_by("pk").values_list("state", flat=True)) == ["verifying", "completed"]


def test_sent_twice_is_done_once(client):
    w, (one, two) = world_waiting(client)
    sent = body(one, token="once", **{f"t{one.pk}-choice": "completed"})

    client.post("/verify", sent)
    again = client.post("/verify", sent, follow=True).content.decode()

    assert "这次提交已经办理过" in again
    assert Task.objects.get(pk=one.pk).transitions.count() == 1


def test_ten_at_a_time_with_the_same_queries(client, django_assert_max_num_queries):
    w, tasks = world_waiting(client, count=11)

    assert len(client.get("/verify").context["rows"]) == 10
    with django_assert_max_num_queries(20):
        client.get("/verify")


@pytest.mark.parametrize("who", ["staff", "head", "leader", "admin"])
def test_the_page_is_for_those_who_verify(client, who):
    w, _ = world_waiting(client)
    client.force_login(getattr(w, who))

    assert client.get("/verify").status_code == 404


def test_nothing_waits(client):
    world_waiting(client, count=0)

    assert "没有等待验收的任务" in client.get("/verify").content.decode()
