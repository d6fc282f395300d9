"""挂图作战, signed in and by a link."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.utils import timezone

from notices.models import WallLink
from notices.terms import State
from notices.views import wall as page_of_wall
from tests.factories import make_issue, make_task, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def w():
    cache.clear()
    world, today = make_world(), timezone.localdate()
    make_task(
        world.issue, lead=world.bureau, deadline=today - 3 * DAY, leader_text="金丝雀领导", contact_text="金丝雀经办",
        text="金丝雀措施", latest_text="金丝雀进展", remark="金丝雀备注",
    )  # fmt: skip
    make_task(make_issue(world.notice, aspect=2), lead=world.town, state=State.SUSTAINED)
    return world


def link(client, w, **more):
    client.force_login(w.office)
    body = {"notice": w.notice.pk, "label": "大厅屏幕", "last_on": timezone.localdate() + DAY, **more}
    told = client.post("/wall/links", body, follow=True).content.decode()
    return re.search(r"http://testserver(/wall/at/[^<]+)<", told)[1]


def test_every_square_has_colour_shape_word_and_number(client, w):
    client.force_login(w.office)

    page = client.get("/wall").content.decode()

    found = re.findall(
        r'class="sq sq-(\w+)"><a [^>]+><i aria-hidden="true">(.)</i><em>(.)</em><b>([\d-]+)</b>', page
    )
    assert found == [("red", "■", "红", "001-01"), ("long", "◆", "长", "002-01")]
    assert '<noscript><meta http-equiv="refresh" content="60"></noscript>' in page
    assert 'data-refresh="60"' in page
    assert "金丝雀领导" not in page
    assert "金丝雀领导" in client.get("/wall?names=1").content.decode()


def test_a_link_opens_without_signing_in_and_leads_nowhere(client, w):
    url = link(client, w)
    client.logout()

    answer = client.get(url)
    page = answer.content.decode()

    assert answer.status_code == 200
    assert "<a " not in page
    assert "金丝雀" not in page
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert 'name="robots" content="noindex, nofollow"' in page
    assert "sessionid" not in answer.cookies
    assert re.findall(r'class="sq sq-(\w+)"', page) == ["red", "long"]


def test_names_are_shown_where_the_link_says_so(client, w):
    url = link(client, w, names="on")
    client.logout()

    page = client.get(url).content.decode()

    assert "金丝雀领导" in page
    assert "金丝雀经办" not in page


def test_an_address_is_shown_once_and_ends(client, w):
    url = link(client, w)
    row = WallLink.objects.get()

    assert url not in client.get("/wall/links").content.decode()
    client.post(f"/wall/links/{row.pk}/end")

    assert client.get(url).status_code == 404
    assert client.get("/wall/at/unknown").status_code == 404


def test_a_link_is_refused_with_the_sentence_at_its_field(client, w):
    client.force_login(w.office)

    answer = client.post("/wall/links", {"notice": w.notice.pk, "label": "大厅", "last_on": "2020-01-01"})

    assert answer.status_code == 422
    assert "有效期应在今天起" in answer.content.decode()


def test_who_opens_links_too_often_waits(client, w, monkeypatch):
    url = link(client, w)
    client.logout()
    monkeypatch.setattr(page_of_wall, "OFTEN", 1)

    answers = [client.get(url).status_code for _ in range(4)]

    assert 429 in answers
    assert answers[0] == 200


def test_a_wall_costs_the_same_for_one_task_and_for_more(client, count_queries, w):
    client.force_login(w.leader)
    few = count_queries(client, "/wall")

    for _ in range(4):
        make_task(make_issue(w.notice, aspect=3), lead=w.bureau, deadline=timezone.localdate() - DAY)

    assert count_queries(client, "/wall") == few


def test_many_squares_are_drawn_small():
    sizes = [
        next((name for most, name in page_of_wall.SIZES if n <= most), "tiny") for n in (96, 300, 900, 2000)
    ]

    assert sizes == ["big", "mid", "small", "tiny"]
