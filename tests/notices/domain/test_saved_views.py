"""Views: kept, shared, used; and the Monday mail about them."""

import datetime as dt
import smtplib

import pytest
from django.core import mail

from accounts.models import Event, User
from notices.domain import saved_views, view_mails
from notices.domain.book import Moment
from notices.domain.saved_views import Wanted
from notices.domain.workdays import ZONE
from notices.errors import Missing, Refused, Stale
from notices.filters import rows_of_view
from notices.models import CalendarDay, SavedView, ViewMail, ViewUse
from notices.terms import ListKind, State
from tests.factories import AT, TODAY, make_issue, make_task, make_world

pytestmark = pytest.mark.django_db
TASK = ListKind.TASK
MONDAY = dt.date(2026, 11, 23)


@pytest.fixture
def w():
    world = make_world()
    make_task(world.issue, lead=world.bureau, deadline=TODAY, text="教育局的措施")
    make_task(world.issue, lead=world.town, text="青禾镇的措施")
    make_task(make_issue(world.notice), lead=world.bureau, state=State.COMPLETED, text="已完成的措施")
    return world


def kept(by, name="在办任务", query="open=true&after=7~1&q=", **more):
    return saved_views.save(Wanted(TASK, name, query, **more), by=by, at=AT)


def test_a_view_keeps_filters_and_columns_without_paging(w):
    row = kept(w.office, columns="light.lead")

    assert (row.query, row.columns, row.unit) == ("open=true", "light.lead", None)
    assert Event.objects.filter(action="view.save", subject_id=row.pk).count() == 1


SEEN = [
    ("office", False, True),
    ("head", True, True),
    ("section_staff", True, True),
    ("town_head", False, True),
]


@pytest.mark.parametrize(("who", "of_bureau", "of_county"), SEEN)
def test_a_shared_view_is_seen_in_the_unit_and_below(w, who, of_bureau, of_county):
    near = kept(w.staff, "教育局内", unit=w.bureau)
    wide = kept(w.leader, "全县", unit=w.county)
    own = kept(w.leader, "自己的")

    found = set(SavedView.objects.visible_to(getattr(w, who)))

    assert (near in found, wide in found, own in found) == (of_bureau, of_county, False)


def test_a_shared_view_shows_nobody_more_than_the_own_rows(w):
    view = kept(w.office, unit=w.county, query="q=措施")

    rows = {
        who: sorted(rows_of_view(view, getattr(w, who), today=TODAY).values_list("text", flat=True))
        for who in ("office", "staff", "town_head")
    }

    assert [len(rows["office"]), rows["staff"], rows["town_head"]] == [
        3,
        ["已完成的措施", "教育局的措施"],
        ["青禾镇的措施"],
    ]


def test_nobody_shares_with_units_that_are_not_below(w):
    with pytest.raises(Missing) as told:
        kept(w.staff, unit=w.town)

    assert list(told.value.fields) == ["unit"]


@pytest.mark.parametrize("name", ["", "   ", "名" * 51])
def test_a_view_needs_a_name(w, name):
    with pytest.raises(Missing):
        kept(w.staff, name)


def test_a_name_stands_once_for_a_person(w):
    kept(w.staff)
    kept(w.head)

    with pytest.raises(Missing):
        kept(w.staff)


def test_only_the_owner_changes_and_removes_and_never_unseen(w):
    view = kept(w.office, unit=w.county)
    wanted = Wanted(TASK, "新名称", "state=active")

    with pytest.raises(Refused):
        saved_views.change(view, wanted, version=0, by=w.staff, at=AT)
    with pytest.raises(Refused):
        saved_views.remove(view, by=w.staff, at=AT)
    saved_views.change(view, wanted, version=0, by=w.office, at=AT)
    with pytest.raises(Stale):
        saved_views.change(view, wanted, version=0, by=w.office, at=AT)
    saved_views.remove(view, by=w.office, at=AT)

    assert not SavedView.objects.exists()


def used(view, by, **more):
    given = {"default": False, "mails": False, "when_empty": False, **more}
    return saved_views.use(view, **given, by=by, at=AT, today=TODAY)


def test_one_view_is_the_default_and_falls_away_with_the_share(w):
    first, second = kept(w.office, "一", unit=w.county), kept(w.staff, "二")
    used(first, w.staff, default=True)
    used(second, w.staff, default=True)
    assert saved_views.default_of(w.staff, TASK) == second

    used(first, w.staff, default=True)
    saved_views.change(first, Wanted(TASK, "一"), version=0, by=w.office, at=AT)

    assert saved_views.default_of(User.objects.get(pk=w.staff.pk), TASK) is None


# ── Mails ────────────────────────────────────────────────────────────────────
def run(day, hour=9, **more):
    at = dt.datetime.combine(day, dt.time(hour), ZONE)
    return view_mails.run(Moment(today=day, now=lambda: at), rows_of_view, **more)


def test_a_subscriber_is_mailed_once_on_monday_with_own_rows(w):
    view = kept(w.office, unit=w.county, query="q=措施")
    used(view, w.staff, mails=True)

    before = run(TODAY)
    results = [run(MONDAY), run(MONDAY), run(MONDAY + dt.timedelta(days=1))]

    assert (before.due, [r.sent for r in results]) == (0, [1, 0, 0])
    letter = mail.outbox[0]
    assert letter.to == ["staff@example.cn"]
    assert letter.subject == "【整改督办】在办任务：2 项任务"
    assert "教育局的措施" in letter.body
    assert "青禾镇" not in letter.body
    assert f"/views/{view.pk}" in letter.body
    assert f"/views#view-{view.pk}" in letter.body


def test_a_monday_off_gives_way_to_the_next_working_day(w):
    CalendarDay.objects.create(day=MONDAY, is_working=False, name="调休")
    used(kept(w.staff), w.staff, mails=True)

    assert [run(MONDAY + dt.timedelta(days=n)).sent for n in range(3)] == [0, 1, 0]


def test_no_mail_leaves_before_eight(w):
    used(kept(w.staff), w.staff, mails=True)

    assert [run(MONDAY, 6).sent, run(MONDAY, 8).sent] == [0, 1]


def test_who_subscribes_on_the_day_is_mailed_from_the_next_week(w):
    saved_views.use(
        kept(w.staff), default=False, mails=True, when_empty=False, by=w.staff, at=AT, today=MONDAY
    )

    assert [run(MONDAY).due, run(MONDAY + dt.timedelta(days=7)).sent] == [0, 1]


@pytest.mark.parametrize(("when_empty", "sent"), [(False, 0), (True, 1)])
def test_nothing_is_sent_about_nothing_unless_chosen(w, when_empty, sent):
    used(kept(w.staff, query="q=没有这样的任务"), w.staff, mails=True, when_empty=when_empty)

    assert run(MONDAY).sent == sent
    assert len(mail.outbox) == sent


def stop_share(w, view):
    saved_views.change(view, Wanted(TASK, "一"), version=0, by=w.office, at=AT)


def unsubscribe(w, view):
    used(view, w.staff)


def leave(w, view):
    User.objects.filter(pk=w.staff.pk).update(is_active=False)


@pytest.mark.parametrize("change", [stop_share, unsubscribe, leave])
def test_a_row_is_asked_again_before_it_is_sent(w, change):
    view = kept(w.office, unit=w.county)
    used(view, w.staff, mails=True)
    run(MONDAY, 7)

    change(w, view)

    assert run(MONDAY, 9).sent == 0
    assert ViewMail.objects.get().state == "skipped"


class Refusing:
    """A mail server that takes nothing."""

    def send_messages(self, _letters):
        raise smtplib.SMTPServerDisconnected("closed")


def test_a_mail_that_fails_is_tried_again(w):
    used(kept(w.staff), w.staff, mails=True)

    assert run(MONDAY, 9, connection=Refusing()).failed == 1
    row = ViewMail.objects.get()
    assert (row.state, row.tries, row.lease_until) == ("due", 1, None)

    assert run(MONDAY, 10).sent == 1


def test_a_row_somebody_is_sending_is_left_alone_until_the_lease_ends(w):
    used(kept(w.staff), w.staff, mails=True)
    run(MONDAY, 7)
    lease = dt.datetime.combine(MONDAY, dt.time(9, 3), ZONE)
    ViewMail.objects.update(state="claimed", lease_until=lease)

    assert [run(MONDAY, 9).sent, run(MONDAY, 10).sent] == [0, 1]


def test_without_an_address_there_is_no_subscription(w):
    with pytest.raises(Refused):
        used(kept(w.town_head), w.town_head, mails=True)

    assert not ViewUse.objects.exists()
