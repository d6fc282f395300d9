import pytest
from django.utils import timezone

from notices.domain.inbox import tell
from notices.models import Message
from notices.terms import MessageKind
from tests.factories import make_task, make_world

pytestmark = pytest.mark.django_db


def world():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    tell([w.staff], MessageKind.NUDGE, "被催办", body="请抓紧", task=task, at=timezone.now())
    tell([w.staff], MessageKind.REMINDER, "将到期", task=None, at=timezone.now())
    tell([w.head], MessageKind.NUDGE, "别人的消息", task=task, at=timezone.now())
    return w, task


def titles(client, query=""):
    return [m.title for m in client.get(f"/inbox{query}").context["page"].rows]


def unread(user):
    return sorted(Message.objects.of(user).unread().values_list("title", flat=True))


def test_own_messages_newest_first(client):
    w, _ = world()
    client.force_login(w.staff)

    assert titles(client) == ["将到期", "被催办"]
    assert titles(client, "?kind=nudge") == ["被催办"]
    assert "未读 2 条" in client.get("/inbox").content.decode()


def test_looking_reads_nothing(client):
    w, _ = world()
    client.force_login(w.staff)
    client.get("/inbox")

    assert unread(w.staff) == ["将到期", "被催办"]


def test_opening_reads_it_and_leads_to_the_task(client):
    w, task = world()
    client.force_login(w.staff)
    message = Message.objects.get(title="被催办")

    answer = client.post(f"/inbox/{message.pk}/open")

    assert answer.url == f"/tasks/{task.pk}"
    assert unread(w.staff) == ["将到期"]
    assert titles(client, "?unread=1") == ["将到期"]


def test_one_and_all_may_be_marked_read(client):
    w, _ = world()
    client.force_login(w.staff)

    client.post(f"/inbox/{Message.objects.get(title='将到期').pk}/read", {"next": "/inbox"})
    assert unread(w.staff) == ["被催办"]

    client.post("/inbox/read")
    assert unread(w.staff) == []
    assert unread(w.head) == ["别人的消息"]


@pytest.mark.parametrize("act", ["open", "read"])
def test_message_of_somebody_else_is_not_found(client, act):
    w, _ = world()
    client.force_login(w.staff)
    foreign = Message.objects.get(title="别人的消息")

    assert client.post(f"/inbox/{foreign.pk}/{act}").status_code == 404
    assert unread(w.head) == ["别人的消息"]


def test_task_no_longer_visible_has_no_link(client):
    w, task = world()
    tell([w.town_staff], MessageKind.STEP, "旧任务", task=task, at=timezone.now())
    client.force_login(w.town_staff)

    page = client.get("/inbox").content.decode()

    assert "旧任务" in page
    assert "查看任务" not in page


def test_empty_inbox_says_what_will_come(client):
    client.force_login(make_world().supervisor)

    assert "没有消息" in client.get("/inbox").content.decode()
