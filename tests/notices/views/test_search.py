import re

import pytest

from accounts.roles import Role
from notices.domain import search
from notices.models import Task
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    county = factories.make_unit("青禾县")
    user = factories.make_user("office", (Role.OFFICE, county))
    client.force_login(user)
    issue = factories.make_issue(factories.make_notice(county), title="关于涵洞失修的问题")
    task = factories.make_task(issue, lead=county, text="清淤<b>涵洞</b>三处")
    factories.make_progress(task, text="两处涵洞已清淤")
    factories.make_evidence(task, name="涵洞照片.jpg")
    search.catch_up()
    return user


def marked(page):
    return re.findall(r'<h2 id="found-(\w+)|<mark>(.*?)</mark>', page.content.decode())


def test_hits_are_grouped_by_kind_and_marked(client, office):
    page = client.get("/search?q=涵洞")

    assert [kind or word for kind, word in marked(page)] == [
        "issue", "涵洞", "task", "涵洞", "progress", "涵洞", "evidence", "涵洞",
    ]  # fmt: skip
    assert "清淤&lt;b&gt;<mark>涵洞</mark>&lt;/b&gt;三处" in page.content.decode()


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "想找什么"),
        ("?q=涵", "请至少输入两个字"),
        ("?q=沙盘", "没有找到"),
        ("?q=%3Cscript%3E", "&lt;script&gt;"),
        ("?q=涵洞&notice=999", "照片.jpg"),
    ],
)
def test_what_the_page_says(client, office, query, says):
    page = client.get(f"/search{query}")

    assert (page.status_code, says in page.content.decode()) == (200, True)
    assert "<script>" not in page.content.decode().replace("<script src", "")


def test_all_of_one_kind_page_by_page(client, office):
    issue = Task.objects.get().issue
    for _ in range(60):
        factories.make_task(issue, lead=office.memberships.get().unit, text="巡查涵洞")

    first = client.get("/search?q=涵洞&kind=task")
    following = re.search(r'rel="next" href="([^"]+)"', first.content.decode())[1].replace("&amp;", "&")
    second = client.get(f"/search{following}")

    assert [len(p.context["page"].rows) for p in (first, second)] == [50, 11]
    assert "查看全部任务" in client.get("/search?q=涵洞").content.decode()


def test_the_same_number_of_queries_for_one_hit_and_for_many(client, office, count_queries):
    one = count_queries(client, "/search?q=涵洞")
    issue = Task.objects.get().issue
    for n in range(4):
        factories.make_progress(factories.make_task(issue, text=f"涵洞{n}"), text="涵洞清淤")

    assert count_queries(client, "/search?q=涵洞") == one


def test_the_box_in_the_frame_is_for_people_with_tasks(client, office):
    assert 'action="/search"' in client.get("/tasks").content.decode()

    client.force_login(factories.make_user("admin", (Role.ADMIN, office.memberships.get().unit)))
    assert 'action="/search"' not in client.get("/").content.decode()
