"""Every number of the board is the length of the list behind it: for everybody who may open it, however the lights are
divided, for one unit, now and in a closed week."""

import datetime as dt
import re
from html.parser import HTMLParser

import pytest
from django.utils import timezone

from notices.domain import statistics
from notices.domain.baseline import Row, freeze
from notices.models import Issue, PlanReview, Task
from notices.terms import State
from tests.factories import make_issue, make_task
from tests.notices.views.test_board import busy_world
from tests.notices.views.test_weekly import close
from tests.rounds import ALL, dealt

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
DIVISIONS = ("unit", "leader", "aspect", "source", "kind")
ELSEWHERE = re.compile(r"/board|/tasks/\d|/overdue|/weekly|^#")  # links that are not numbers


class Anchors(HTMLParser):
    """Address → number of every link of the page's figures: the last whole number it shows, or says."""

    def __init__(self, page, first='<section class="board-cards"', last="board-foot"):
        super().__init__()
        self.found, self._open, self._said, self._text = {}, None, "", ""
        self.feed(page[page.index(first) : page.index(last)])

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "a" and given.get("class") != "bar-label":  # a name beside the bar, whose number has a link
            self._open, self._said, self._text = given["href"], given.get("aria-label") or "", ""

    def handle_data(self, data):
        self._text += data

    def handle_endtag(self, tag):
        url, self._open = self._open, None if tag == "a" else self._open
        if tag != "a" or url is None or ELSEWHERE.search(url):
            return
        shown = self._said or self._text
        if "%" in shown or "—" in self._text:  # a rate leads to what stands above the line of its fraction
            return
        numbers = re.findall(r"\d+", shown)
        if not numbers:
            return
        number = int(numbers[-1])
        assert self.found.setdefault(url, number) == number, url


def rich_world():
    """The busy one with relapses, sources, kinds, leaders with and without accounts, and an approved plan."""
    w, today = busy_world(), timezone.localdate()
    other = make_issue(w.notice, aspect=3, source="市委第三巡察组", title="关于另一来源的问题")
    bare = make_issue(w.notice, aspect=4)
    Issue.objects.filter(pk=bare.pk).update(aspect=None)
    bare.refresh_from_db()
    make_task(
        other, lead=w.town, kind="rule", leader=w.leader, leader_text="樊领导", deadline=today - 100 * DAY
    )
    make_task(
        other, lead=w.bureau, kind="search", leader_text="某县长", relapse_count=2, deadline=today - 12 * DAY
    )
    make_task(bare, lead=w.section, kind="fix", state=State.SUSTAINED, closed_on=today, relapse_count=1)
    make_task(
        bare,
        lead=w.town,
        state=State.COMPLETED,
        closed_on=today,
        finished_on=today,
        deadline=today - 3 * DAY,
    )
    make_task(bare, lead=w.town, state=State.VERIFYING, deadline=today - DAY, finished_on=today - 2 * DAY)
    at = timezone.now() - 30 * DAY
    review = PlanReview.objects.create(
        notice=w.notice, state="approved", digest="0" * 64, by_name="某人", at=at, decided_at=at
    )
    planned = [
        Row(
            t.issue_id,
            t.pk,
            t.number,
            {"deadline": (t.deadline - 9 * DAY).isoformat() if t.deadline else "长期"},
        )
        for t in Task.objects.filter(notice=w.notice, parent=None).order_by("pk")[:9]
    ]
    freeze(w.notice, review, planned, at=at)
    return w


def counted(client, url):
    """How many rows the list says it has: the count of its tab in force. A live list is asked for its table alone."""
    part = {"HX-Request": "true"} if url.startswith(("/tasks", "/issues")) else {}
    page = client.get(url, headers=part).content.decode()
    shown = re.search(r'aria-current="true">[^<]*<b>([\d,]+)</b>', page)
    return int(shown[1].replace(",", "")) if shown else page[:200]


def of_board(client, url):
    return Anchors(client.get(url).content.decode()).found


def walk(client, name, pages, numbers=of_board):
    """Follow the numbers of these pages; the ordinary run tries a share of them, always the same."""
    found = {}
    for url in pages:
        for address, number in numbers(client, url).items():
            assert found.setdefault(address, number) == number, address
    tried = {
        url: n
        for place, (url, n) in enumerate(sorted(found.items()))
        if ALL or (dealt(name, place) and place % 2)
    }
    assert {url: counted(client, url) for url in tried} == tried
    return found


@pytest.mark.parametrize("who", ["office", "leader", "head", "outside_head"])
def test_every_number_is_the_length_of_its_list(client, who):
    w = rich_world()
    client.force_login(getattr(w, who))
    pages = [f"/board?by={by}&notice={w.notice.pk}" for by in DIVISIONS]
    pages += ["/board", "/board?by=aspect", f"/board?by=leader&unit={w.bureau.pk}"]

    found = walk(client, who, pages if who in ("office", "leader") else pages[1:6])

    assert len(found) > 60


@pytest.mark.parametrize("who", ["office", "leader", "head"])
def test_every_number_of_a_closed_week_is_the_length_of_its_list(client, who):
    w = rich_world()
    row = close(w)
    Task.objects.update(
        deadline=None, state=State.CANCELLED, closed_on=None, relapse_count=0, kind="", leader=None
    )
    Issue.objects.update(source="")
    client.force_login(getattr(w, who))
    week = f"notice={w.notice.pk}&week={row.starts_on}"
    pages = [f"/board?{week}&by={by}" for by in DIVISIONS]
    pages += [f"/board?{week}&by=source&unit={w.bureau.pk}"]

    found = walk(client, f"past {who}", pages if who == "office" else pages[1:4])

    assert len(found) > 60
    assert all(url.startswith(f"/snapshots/{row.pk}?") for url in found)


def test_a_closed_week_shows_what_the_board_showed(client):
    """The same day, the same rules: the board of the week that was just closed has the numbers of the board."""
    w = rich_world()
    client.force_login(w.office)
    pages = [f"/board?notice={w.notice.pk}&by={by}" for by in DIVISIONS[1:]]
    before = [sorted(Anchors(client.get(url).content.decode()).found.values()) for url in pages]

    row = close(w)

    after = [Anchors(client.get(f"{url}&week={row.starts_on}").content.decode()).found for url in pages]
    assert [sorted(found.values()) for found in after] == before


def test_a_unit_nobody_of_mine_leads_under_is_not_a_page(client):
    w = rich_world()
    client.force_login(w.outside_head)

    page = client.get(f"/board?unit={w.town.pk}").content.decode()

    assert w.town.name not in page
    assert "水务集团" in page


def test_rates_of_the_ranking_are_of_what_is_due():
    w = rich_world()

    found = statistics.by_unit([w.notice.pk], [w.town.pk], today=timezone.localdate())[w.town.pk]

    # due: verifying -9, 100 days late, completed late, verifying in time; not due: +3, and the parent without a day
    assert (found.due, found.on_time, str(found.on_time_rate)) == (4, 1, "25.00")
