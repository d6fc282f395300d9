"""回头看 and 复查 on the pages: a campaign from its making to its end, a review, the counts behind their links."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notices.models import LookBack, Task
from notices.terms import State
from tests.factories import make_task, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def w(client):
    world = make_world()
    world.today = timezone.localdate()
    for _ in range(3):
        make_task(world.issue, lead=world.bureau, state=State.COMPLETED)
    client.force_login(world.supervisor)
    return world


def plan(w, **more):
    days = {"starts_on": w.today.isoformat(), "ends_on": (w.today + 20 * DAY).isoformat()}
    return {"title": "第一次回头看", **days, "rule": "all", "sample": "number", "amount": "2", **more}


def begun(client, w):
    answer = client.post(f"/notices/{w.notice.pk}/lookback", plan(w))
    assert answer.status_code == 302
    return LookBack.objects.get()


def test_a_campaign_from_its_making_to_its_end(client, w):
    campaign = begun(client, w)
    page = client.get(f"/lookbacks/{campaign.pk}")
    firm, relapsed = campaign.items.order_by("position")
    client.post(f"/lookbacks/items/{firm.pk}", {"verdict": "firm", "findings": "制度执行到位"})
    due = (w.today + 30 * DAY).isoformat()
    client.post(
        f"/lookbacks/items/{relapsed.pk}", {"verdict": "relapsed", "findings": "又有发生", "deadline": due}
    )
    client.post(f"/lookbacks/{campaign.pk}/close", {"summary": "整体巩固"})

    after = client.get(f"/lookbacks/{campaign.pk}")
    task = Task.objects.get(pk=relapsed.task_id)
    assert f"随机种子“{campaign.seed}”" in page.content.decode()
    assert page.context["same"] is True
    assert [number for _, _, number in after.context["tabs"]] == [2, 0, 1, 1]
    assert (task.state, task.relapse_count) == (State.ACTIVE, 1)
    assert "已结束" in after.content.decode()
    assert [i.pk for i in client.get(f"/lookbacks/{campaign.pk}?show=relapsed").context["items"]] == [
        relapsed.pk
    ]


def test_what_is_missing_keeps_what_was_typed(client, w):
    answer = client.post(f"/notices/{w.notice.pk}/lookback", plan(w, amount="", method="实地察看"))

    assert answer.status_code == 422
    assert "请填写抽取的项数或比例，例如 10。" in answer.content.decode()
    assert 'value="实地察看"' in answer.content.decode()


def test_a_verdict_may_bring_a_file_which_everybody_who_sees_the_task_reads(client, w):
    campaign = begun(client, w)
    item = campaign.items.first()
    file = SimpleUploadedFile("现场记录.txt", "现场核查记录".encode(), "text/plain")

    client.post(f"/lookbacks/items/{item.pk}", {"verdict": "firm", "findings": "到位", "files": [file]})

    evidence = item.evidence.get()
    client.force_login(w.staff)
    answer = client.get(f"/evidence/{evidence.pk}")
    assert b"".join(answer.streaming_content) == "现场核查记录".encode()
    assert "现场记录.txt" in client.get(f"/tasks/{item.task_id}").content.decode()


def test_the_numbers_of_relapses_lead_to_their_lists(client, w):
    Task.objects.filter(number__in=("W01-001-01", "W01-001-02")).update(relapse_count=1)

    page = client.get("/lookbacks")

    for lines in (page.context["by_unit"], page.context["by_aspect"]):
        assert [line.tasks.value for line in lines] == ["2"]
        listed = client.get(lines[0].tasks.url).context["lines"]
        assert {line.number for line in listed} == {"W01-001-01", "W01-001-02"}


def test_the_pages_cost_the_same_for_one_and_for_three(client, w, django_assert_num_queries):
    begun(client, w)
    client.post(f"/notices/{w.notice.pk}/lookback", plan(w, title="第二次", sample="every", amount=""))
    one, three = LookBack.objects.order_by("pk")
    client.get("/lookbacks")
    with CaptureQueriesContext(connection) as first:
        client.get(f"/lookbacks/{one.pk}")
    with django_assert_num_queries(len(first)):
        client.get(f"/lookbacks/{three.pk}")


def test_to_who_does_not_verify_the_pages_do_not_exist(client, w):
    campaign = begun(client, w)
    client.force_login(w.head)

    for url in ("/lookbacks", f"/lookbacks/{campaign.pk}", f"/notices/{w.notice.pk}/lookback"):
        assert client.get(url).status_code == 404


def test_a_review_is_recorded_where_it_is_due(client, w):
    late = w.today - 100 * DAY
    task = make_task(
        w.issue, lead=w.bureau, state=State.SUSTAINED, closed_on=late, review_days=90, keep_up=True
    )
    assert [line.number for line in client.get("/tasks?todo=review").context["lines"]] == [task.number]
    assert f"下次 {late + 90 * DAY}，" in client.get(f"/tasks/{task.pk}").content.decode()

    wrong = client.post(f"/tasks/{task.pk}/review", {"review-text": "平稳"})
    client.post(f"/tasks/{task.pk}/review", {"review-text": "运行平稳", "review-verdict": "keep"})

    assert wrong.status_code == 422
    assert "请选择复查结论" in wrong.content.decode()
    assert f"下次 {w.today + 90 * DAY}" in client.get(f"/tasks/{task.pk}").content.decode()
    assert client.get("/tasks?todo=review").context["lines"] == []
