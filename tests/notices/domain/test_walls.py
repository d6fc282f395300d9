"""The wall and its links: what a link shows, how long, and to whom it tells nothing."""

import datetime as dt

import pytest

from accounts.models import Event, Membership
from notices.domain import walls
from notices.domain.coverage import coverage
from notices.domain.walls import LinkAsked
from notices.errors import Missing, Refused
from notices.models import Notice, WallLink
from notices.terms import State
from tests.factories import AT, TODAY, make_issue, make_task, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
ASKED = LinkAsked("三楼会议室大屏", TODAY + 9 * DAY)


@pytest.fixture
def w():
    world = make_world()
    make_task(world.issue, lead=world.bureau, deadline=TODAY - 3 * DAY, leader_text="樊领导")
    make_task(world.issue, lead=world.town, deadline=TODAY + 90 * DAY)
    make_task(make_issue(world.notice, aspect=2), lead=world.town, state=State.COMPLETED)
    make_task(world.issue, lead=world.town, state=State.CANCELLED)
    return world


def opened(w, by, asked=ASKED):
    return walls.open_link(w.notice, asked, by=by, at=AT, today=TODAY)


def test_a_wall_has_one_square_a_task_by_aspect(w):
    found = walls.wall(coverage(w.office, [w.notice]), today=TODAY)

    assert [(g.title, [s.light for s in g.squares]) for g in found.groups] == [
        ("第1方面", ["red", "green"]),
        ("第2方面", ["done"]),
    ]
    assert [(r.number, r.unit, r.days) for r in found.red] == [("W01-001-01", "教育局", 3)]


def test_a_head_sees_the_own_squares_only(w):
    found = walls.wall(coverage(w.head, [w.notice]), today=TODAY)

    assert [len(g.squares) for g in found.groups] == [1]


def test_a_link_opens_until_its_last_day_and_shows_what_its_maker_sees(w):
    row, token = opened(w, w.head)

    assert walls.link_of(token, today=TODAY + 9 * DAY).pk == row.pk
    assert walls.link_of(token, today=TODAY + 10 * DAY) is None
    assert walls.link_of(token[:-1], today=TODAY) is None
    assert token not in WallLink.objects.values_list("token_hash", flat=True)
    assert len(walls.wall(walls.cover_of(walls.link_of(token, today=TODAY)), today=TODAY).groups) == 1
    assert Event.objects.filter(action="wall.open", subject_id=row.pk).count() == 1


def test_a_link_ends_when_its_maker_may_no_longer_look(w):
    _, token = opened(w, w.head)

    Membership.objects.filter(user=w.head).delete()

    assert walls.link_of(token, today=TODAY) is None


@pytest.mark.parametrize("field", ["is_active", "must_change_password"])
def test_a_link_ends_with_its_makers_account(w, field):
    _, token = opened(w, w.leader)

    type(w.leader).objects.filter(pk=w.leader.pk).update(**{field: field != "is_active"})

    assert walls.link_of(token, today=TODAY) is None


def test_a_link_is_ended_by_its_maker_or_the_office_once(w):
    row, token = opened(w, w.leader)

    with pytest.raises(Refused):
        walls.end_link(row, by=w.head, at=AT)
    assert [walls.end_link(row, by=w.office, at=AT) for _ in range(2)] == [True, False]
    assert walls.link_of(token, today=TODAY) is None
    assert Event.objects.filter(action="wall.end").count() == 1


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (LinkAsked("  ", TODAY), "label"),
        (LinkAsked("大屏", TODAY - DAY), "last_on"),
        (LinkAsked("大屏", TODAY + 367 * DAY), "last_on"),
    ],
)
def test_what_a_link_needs_is_said_at_its_field(w, asked, field):
    with pytest.raises(Missing) as told:
        opened(w, w.office, asked)

    assert list(told.value.fields) == [field]
    assert not WallLink.objects.exists()


@pytest.mark.parametrize("who", ["staff", "admin"])
def test_who_may_not_see_the_board_makes_no_link(w, who):
    with pytest.raises(Refused):
        opened(w, getattr(w, who))


def test_nobody_makes_a_link_to_a_notice_out_of_sight(w):
    Notice.objects.filter(pk=w.notice.pk).update(unit=w.town)

    with pytest.raises(Refused):
        walls.open_link(
            Notice.objects.get(),
            ASKED,
            by=type(w.head).objects.create(username="x", name="x"),
            at=AT,
            today=TODAY,
        )


def test_links_of_a_notice_are_bounded(w):
    for _ in range(walls.MOST_LINKS):
        opened(w, w.office)

    with pytest.raises(Refused):
        opened(w, w.office)
