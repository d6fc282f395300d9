"""Similar and linked issues on the pages of both."""

import datetime as dt

import pytest

from notices.models import IssueLink
from notices.terms import State
from tests.factories import make_issue, make_notice, make_task, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    world = make_world()
    last = make_notice(world.county, title="上一轮", feedback_on=dt.date(2024, 5, 1))
    world.now = make_issue(world.notice, title="关于“往来款项清理不到位”的问题")
    world.before = make_issue(last, title="关于“往来款项长期挂账”的问题")
    make_task(world.now, lead=world.bureau)
    make_task(world.before, lead=world.town, state=State.COMPLETED)
    client.force_login(world.office)
    return world


def link(client, w, kind="carried"):
    return client.post(f"/issues/{w.now.pk}/link", {"other": w.before.pk, "kind": kind})


def test_the_suggestion_says_why_and_both_sides_show_the_link(client, w):
    similar = client.get(f"/issues/{w.now.pk}/similar", headers={"HX-Request": "true"}).content.decode()
    link(client, w)

    assert "共同用词：往来款项" in similar
    assert "<html" not in similar
    for one, other in ((w.now, w.before), (w.before, w.now)):
        page = client.get(f"/issues/{one.pk}")
        assert [(row.kind, row.issue) for row in page.context["links"]] == [("上轮未整改到位", other)]
    client.force_login(w.staff)  # sees one of the two
    assert client.get(f"/issues/{w.now.pk}").context["links"] == []


def test_the_notice_counts_what_was_carried_over_and_leads_to_it(client, w):
    link(client, w)

    page = client.get(f"/notices/{w.notice.pk}")
    listed = client.get(f"/issues?notice={w.notice.pk}&carried=true").context["lines"]

    assert page.context["carried"] == 1
    assert [line.pk for line in listed] == [w.now.pk]


def test_a_title_can_be_looked_for(client, w):
    page = client.get(f"/issues/{w.issue.pk}/similar?q=往来")

    assert [one.issue for one in page.context["found"]] == [w.before, w.now]  # the newest notice first


def test_a_refusal_is_said_and_nothing_is_linked(client, w):
    link(client, w, "nonsense")
    page = client.get(f"/issues/{w.now.pk}")

    assert [str(m) for m in page.context["messages"]] == ["请选择关系：同类问题，或上轮未整改到位。"]
    assert not IssueLink.objects.exists()


def test_a_link_is_taken_back_with_its_reason(client, w):
    link(client, w)
    row = IssueLink.objects.get()

    assert client.post(f"/links/{row.pk}/remove", {"why": ""}).status_code == 422
    assert client.post(f"/links/{row.pk}/remove", {"why": "并非同一事项"}).status_code == 302
    assert client.get(f"/links/{row.pk}/remove").status_code == 404
    row.refresh_from_db()
    assert row.removed_why == "并非同一事项"
