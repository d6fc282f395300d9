"""Every number of the wall is that of the board and, for those signed in, leads to a list of that length."""

import re

import pytest
from django.core.cache import cache
from django.utils import timezone

from notices.domain.walls import LinkAsked, open_link
from tests.notices.views.test_board_numbers import Anchors, rich_world, walk

pytestmark = pytest.mark.django_db
WHOLE = ('<header class="wall-head">', "</html>")


def numbers(client, url):
    return Anchors(client.get(url).content.decode(), *WHOLE).found


def shown(page):
    """Every number of the page as it is read: total, red, legend, headings, bars; links or not."""
    plain = re.sub(r"<a [^>]*>|</a>", "", page)
    head = re.search(r"任务 (\d+) 项", plain)[1]
    legend = re.findall(r"</i>[^<]+<b>(\d+)</b>", plain)
    headings = re.findall(r"<small>(\d+) 项</small></h3>", plain)
    bars = re.findall(r"</svg><b>(\d+)</b>", plain)
    red = re.search(r"红灯事项 <small>共 (\d+) 项", plain)[1]
    return [head, *legend, *headings, *bars, red]


@pytest.mark.parametrize("who", ["office", "leader", "head"])
def test_every_number_is_the_boards_and_the_length_of_its_list(client, who):
    w = rich_world()
    client.force_login(getattr(w, who))
    url = f"?notice={w.notice.pk}"

    found = numbers(client, f"/wall{url}")

    board = {}
    for by in ("unit", "aspect"):
        board |= Anchors(client.get(f"/board{url}&by={by}").content.decode()).found
    assert {address: n for address, n in found.items() if board.get(address, n) != n} == {}
    assert len(found.keys() & board.keys()) > 20
    assert len(walk(client, f"wall {who}", [f"/wall{url}"], numbers)) > 20


def test_a_link_shows_what_its_maker_sees_and_leads_nowhere(client):
    w = rich_world()
    client.force_login(w.leader)
    mine_now = client.get(f"/wall?notice={w.notice.pk}").content.decode()
    at, today = timezone.now(), timezone.localdate()
    _, token = open_link(w.notice, LinkAsked("大厅", today), by=w.leader, at=at, today=today)
    cache.clear()
    client.logout()

    page = client.get(f"/wall/at/{token}").content.decode()

    assert shown(page) == shown(mine_now)
    assert len(shown(page)) > 10
    assert "<a " not in page
