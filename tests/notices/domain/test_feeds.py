"""The calendar: what falls on which day for whom, and the feed by token."""

import datetime as dt

import pytest
from icalendar import Calendar

from accounts.models import Event, Membership, User
from notices.domain import agenda, directives, feeds, letters
from notices.domain.directives import Words
from notices.models import CalendarFeed, Task
from notices.terms import LetterKind, State
from tests.factories import AT, TODAY, make_task, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
FIRST, LAST = dt.date(2026, 11, 1), dt.date(2026, 11, 30)


@pytest.fixture
def world():
    return make_world()


def listed(user, **more):
    return [(i.day.day, i.kind, i.number) for i in agenda.items(user, first=FIRST, last=LAST, **more)]


def test_what_falls_into_a_month_and_what_does_not(world):
    due = make_task(world.issue, lead=world.bureau, deadline=dt.date(2026, 11, 30))
    make_task(world.issue, lead=world.bureau, deadline=dt.date(2026, 12, 1))
    make_task(world.issue, lead=world.bureau, state=State.VERIFYING, deadline=dt.date(2026, 11, 5))
    make_task(world.issue, lead=world.bureau, state=State.COMPLETED, deadline=dt.date(2026, 11, 6))
    kept = make_task(
        world.issue, lead=world.bureau, state=State.SUSTAINED, closed_on=dt.date(2026, 10, 22), review_days=10
    )
    letter = letters.begin(
        world.notice, LetterKind.ORDER, unit=world.bureau, tasks=[due], by=world.office, at=AT, today=TODAY
    )
    letters.issue(letter, by=world.office, at=AT, today=TODAY)
    directives.give(due, Words("请阅办", TODAY + DAY), unit=world.bureau, by=world.leader, at=AT, today=TODAY)

    assert listed(world.head) == [
        (1, "review", kept.number),
        (11, "review", kept.number),
        (21, "review", kept.number),
        (21, "directive", due.number),
        (25, "letter", "督办单〔2026〕第1号"),
        (30, "deadline", due.number),
    ]
    assert [kind for _, kind, _ in listed(world.staff)].count("letter") == 0
    assert listed(world.town_head) == []


def test_a_feed_tells_numbers_titles_and_days_and_nothing_else(world):
    task = make_task(world.issue, lead=world.bureau, text="修订制度，形成；清单" * 9, deadline=TODAY)
    Task.objects.update(latest_text="内部情况", contact_phone="0000")

    raw = feeds.content(world.staff, at=AT, today=TODAY)

    read = Calendar.from_ical(raw)
    event = read.walk("VEVENT")[0]
    assert str(event["summary"]).startswith(f"完成时限 {task.number} 修订制度，形成；清单")
    assert (event["dtstart"].dt, event["dtend"].dt) == (TODAY, TODAY + DAY)
    assert event["uid"] == f"deadline-{task.pk}-20261120@zhenggai"
    assert sorted(event) == ["DTEND", "DTSTAMP", "DTSTART", "SUMMARY", "TRANSP", "UID"]
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert "内部情况" not in raw.decode()


def test_commas_and_lines_are_escaped(world):
    make_task(world.issue, lead=world.bureau, text="a,b;c\nd", deadline=TODAY)

    raw = feeds.content(world.staff, at=AT, today=TODAY).decode()

    assert "a\\,b\\;c d" in raw


def test_sight_is_asked_when_the_feed_is_fetched(world):
    make_task(world.issue, lead=world.bureau, deadline=TODAY)
    token = feeds.renew(world.staff, at=AT)
    before = feeds.content(feeds.owner_of(token), at=AT, today=TODAY)
    Membership.objects.filter(user=world.staff).delete()
    after = feeds.content(feeds.owner_of(token), at=AT, today=TODAY)

    assert (before.count(b"BEGIN:VEVENT"), after.count(b"BEGIN:VEVENT")) == (1, 0)


def test_a_token_opens_until_renewed_or_revoked(world):
    first = feeds.renew(world.staff, at=AT)
    assert feeds.owner_of(first) == world.staff
    second = feeds.renew(world.staff, at=AT)
    assert (feeds.owner_of(first), feeds.owner_of(second)) == (None, world.staff)

    assert feeds.revoke(world.staff, at=AT) is True
    assert feeds.revoke(world.staff, at=AT) is False
    assert feeds.owner_of(second) is None
    assert [e.action for e in Event.objects.order_by("pk")] == ["feed.renew", "feed.renew", "feed.revoke"]


def test_only_a_hash_is_kept(world):
    token = feeds.renew(world.staff, at=AT)

    row = CalendarFeed.objects.get()
    assert token not in (row.token_hash, str(Event.objects.get().data))
    assert len(row.token_hash) == 64


@pytest.mark.parametrize("change", [{"is_active": False}, {"must_change_password": True}])
def test_people_who_left_have_no_feed(world, change):
    token = feeds.renew(world.staff, at=AT)
    User.objects.filter(pk=world.staff.pk).update(**change)

    assert feeds.owner_of(token) is None


def test_the_days_cost_the_same_for_many_tasks(world, django_assert_num_queries):
    for _ in range(3):
        make_task(world.issue, lead=world.bureau, deadline=TODAY)
    agenda.items(world.office, first=FIRST, last=LAST)

    with django_assert_num_queries(4):
        agenda.items(world.office, first=FIRST, last=LAST)
