"""Drafts, parts and people on the page of a task."""

import pytest

from notices.domain import reporting
from notices.models import Message, Progress, ReportDraft
from tests.factories import AT, make_task, make_world

pytestmark = pytest.mark.django_db


def world_with_part():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, supporting=(w.town,))
    part = reporting.report(task, text="已配合排查", by=w.town_staff, at=AT)
    return w, task, part


def test_a_draft_comes_back_on_any_machine_until_the_report_is_filed(client):
    w, task, _ = world_with_part()
    client.force_login(w.staff)

    said = client.post(f"/tasks/{task.pk}/draft", {"text": "写了一半", "next_step": "", "blocked": ""})

    assert said.content.decode().startswith("草稿已存到服务器（")
    assert "写了一半</textarea>" in client.get(f"/tasks/{task.pk}").content.decode()
    client.force_login(w.head)
    assert "写了一半" not in client.get(f"/tasks/{task.pk}").content.decode()
    client.force_login(w.staff)
    client.post(f"/tasks/{task.pk}/report", {"text": "写完了"})
    assert not ReportDraft.objects.exists()


def test_too_long_a_draft_is_said(client):
    w, task, _ = world_with_part()
    client.force_login(w.staff)

    answer = client.post(f"/tasks/{task.pk}/draft", {"text": "字" * 5001})

    assert (answer.status_code, ReportDraft.objects.exists()) == (422, False)


def test_a_part_is_taken_into_the_text_without_script(client):
    w, task, part = world_with_part()
    client.force_login(w.staff)
    assert 'data-take="青禾镇：已配合排查"' in client.get(f"/tasks/{task.pk}").content.decode()

    page = client.post(f"/tasks/{task.pk}/report", {"text": "本单位已办", "take": part.pk})

    form = page.context["report"]
    assert form.data["text"] == "本单位已办\n青禾镇：已配合排查"
    assert f'value="{part.pk}" checked' in page.content.decode()
    assert Progress.objects.count() == 1
    client.post(f"/tasks/{task.pk}/report", {"text": form.data["text"], "merged": [part.pk]})
    assert list(Progress.objects.latest("pk").merges.all()) == [part]


def test_helpers_are_offered_no_parts(client):
    w, task, _ = world_with_part()
    client.force_login(w.town_staff)

    assert client.get(f"/tasks/{task.pk}").context["to_merge"] == []


def test_a_comment_says_who_was_told_and_is_sent_once(client):
    w, task, _ = world_with_part()
    client.force_login(w.office)
    sent = {"comment-text": "@安经办 请补充", "comment-token": "once"}

    page = client.post(f"/tasks/{task.pk}/comment", sent, follow=True).content.decode()
    client.post(f"/tasks/{task.pk}/comment", sent)

    assert "留言已发出。已提醒：安经办。" in page
    assert "<mark>@安经办</mark>" in page
    assert Message.objects.filter(kind="comment").count() == 1
