import pytest

from accounts.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(client):
    county = factories.make_unit("青禾县")
    client.force_login(factories.make_user("office", (Role.OFFICE, county)))
    issue = factories.make_issue(factories.make_notice(county), title="关于学习的问题")
    return factories.make_task(issue, lead=county, text="清淤涵洞三处")


def test_a_hit_with_its_place(client, task):
    (row,) = client.get("/api/search/?q=涵洞").json()["results"]

    assert row == {
        "kind": "task", "id": task.pk, "notice": task.notice_id, "task": task.pk, "issue": None, "number": "W01-001-01",
        "title": "清淤涵洞三处", "where": "整改措施", "before": "清淤", "word": "涵洞", "after": "三处", "by": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=issue&q=学习", 1),
        ("kind=issue&q=涵洞", 0),
        ("kind=progress&q=涵洞", 0),
        ("q=学习", 1),
        ("q=涵洞&size=1", 1),
    ],
)
def test_one_kind_at_a_time(client, task, query, found):
    assert len(client.get(f"/api/search/?{query}").json()["results"]) == found


def test_of_one_notice(client, task):
    other = factories.make_notice(task.notice.unit, title="另一批次")

    assert [
        len(client.get(f"/api/search/?q=涵洞&notice={pk}").json()["results"])
        for pk in (task.notice_id, other.pk)
    ] == [1, 0]


@pytest.mark.parametrize("query", ["", "q=涵", f"q={'涵' * 101}", "q=涵洞&kind=nothing", "q=涵洞&notice=999"])
def test_a_question_that_cannot_be_answered(client, task, query):
    assert client.get(f"/api/search/?{query}").status_code == 400


def test_the_cursor_goes_on(client, task):
    for _ in range(2):
        factories.make_task(task.issue, lead=task.lead_unit, text="巡查涵洞")

    first = client.get("/api/search/", {"q": "涵洞", "size": 2}).json()

    assert [len(first["results"]), len(client.get(first["next"]).json()["results"])] == [2, 1]
