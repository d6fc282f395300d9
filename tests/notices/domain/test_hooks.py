"""Subscriptions: what is told to whom, signed, tried again, given up, and never to a server nobody allowed."""

import datetime as dt
import hashlib
import hmac
import json
from collections import Counter
from dataclasses import replace

import pytest

from accounts import audit
from accounts.models import Event, Membership
from notices.domain import hook_sending, hooks, reporting, subscriptions, wire, workflow
from notices.domain.book import Moment
from notices.domain.subscriptions import Wanted
from notices.errors import Missing, Refused, Stale
from notices.models import Delivery, Message, Subscription
from notices.terms import HookEvent, State
from tests.factories import AT, TODAY, ask, make_issue, make_notice, make_task, make_world
from tests.receiver import receiving

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
EVERY = tuple(HookEvent.values)


@pytest.fixture
def w():
    world = make_world()
    world.task = make_task(world.issue, lead=world.bureau, state=State.PENDING, deadline=TODAY + 9 * DAY)
    return world


@pytest.fixture
def receiver(settings):
    with receiving() as found:
        settings.WEBHOOK_ADDRESSES = [found.url]
        settings.BASE_URL = "https://zhenggai.example.cn"
        yield found


def subscribed(user, receiver, *events, notice=None, at=AT):
    wanted = Wanted("办公系统", f"{receiver.url}/hooks/整改", events or EVERY, notice)
    return subscriptions.add(wanted, by=user, at=at, today=TODAY)


def told(at=AT, today=TODAY):
    """Chain, gather, send."""
    audit.seal()
    hooks.gather(at=at, today=today)
    return hook_sending.deliver(Moment(today=today, now=lambda: at))


def bodies(receiver):
    return [json.loads(body) for _, _, body in receiver.posts]


@pytest.mark.parametrize(
    ("who", "changes", "ends"),
    [
        ("staff", True, True),
        ("admin", False, True),
        ("head", False, False),
        ("office", False, False),
        ("leader", False, False),
    ],
)
def test_who_changes_and_who_ends_a_subscription(w, receiver, who, changes, ends):
    row, _ = subscribed(w.staff, receiver)
    user = getattr(w, who)

    assert (subscriptions.owner(user, row) is None, subscriptions.ender(user, row) is None) == (changes, ends)
    if not ends:
        with pytest.raises(Refused, match="只能由订阅人本人或系统管理员停用、删除"):
            subscriptions.switch_off(row, by=user, at=AT)
    assert Subscription.objects.get(pk=row.pk).is_on


def test_a_step_is_told_with_a_signature_the_receiver_can_check(w, receiver):
    row, secret = subscribed(w.staff, receiver, "task.state")
    workflow.perform(w.task, "accept", ask(w.staff))

    assert told() == Counter(sent=1)

    [(_, headers, body)] = receiver.posts
    sent = Delivery.objects.get()
    assert json.loads(body) == {
        "id": sent.pk,
        "event": "task.state",
        "action": "task.accept",
        "at": "2026-11-20T02:00:00+00:00",
        "subject": {"type": "task", "id": w.task.pk},
        "data": {
            "notice": w.notice.pk,
            "number": "W01-001-01",
            "state": "active",
            "deadline": "2026-11-29",
            "extension": None,
            "url": f"https://zhenggai.example.cn/api/tasks/{w.task.pk}/",
        },
    }
    stamp = headers["X-Tracker-Timestamp"]
    seal = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-Tracker-Signature"] == f"sha256={seal}"
    assert (headers["X-Tracker-Delivery"], stamp) == (str(sent.pk), "1795140000")
    assert (
        sent.state,
        sent.code,
        secret in str(list(Event.objects.values())) + str(Subscription.objects.values()),
    ) == ("sent", 200, False)


def test_nothing_is_told_twice_and_nothing_from_before(w, receiver):
    workflow.perform(w.task, "accept", ask(w.staff))
    subscribed(w.staff, receiver, at=AT + HOUR)
    reporting.report(w.task, text="已排查", by=w.staff, at=AT + 2 * HOUR)

    first = told(AT + 2 * HOUR)
    again = told(AT + 2 * HOUR)

    assert (first, again) == (Counter(sent=1), Counter())
    assert [b["event"] for b in bodies(receiver)] == ["progress.filed"]


@pytest.mark.parametrize(
    ("who", "notice", "n"),
    [
        ("staff", None, 1),
        ("office", None, 1),
        ("town_staff", None, 0),
        ("office", "own", 1),
        ("office", "other", 0),
    ],
)
def test_only_what_the_subscriber_may_see_then_is_told(w, receiver, who, notice, n):
    of = {"own": w.notice, "other": make_notice(w.county, title="另一批次"), None: None}[notice]
    subscribed(getattr(w, who), receiver, "task.state", notice=of)
    workflow.perform(w.task, "accept", ask(w.staff))

    told()

    assert len(receiver.posts) == n
    if who == "town_staff":
        assert Delivery.objects.get().note == "订阅人现在无权查看，没有发送。"


def test_rights_lost_between_the_event_and_the_delivery_count(w, receiver):
    subscribed(w.staff, receiver)
    workflow.perform(w.task, "accept", ask(w.staff))
    audit.seal()
    hooks.gather(at=AT, today=TODAY)
    Membership.objects.filter(user=w.staff).delete()

    assert told() == Counter(skipped=1)
    assert receiver.posts == []


def test_a_moved_deadline_and_a_passed_one(w, receiver):
    subscribed(w.office, receiver, "deadline.changed", "deadline.passed")
    late = make_task(make_issue(w.notice), lead=w.bureau, deadline=TODAY + DAY)
    audit.record(
        audit.Act("task.edit", "task", w.task.pk, w.notice.pk, data={"deadline": ["", "x"]}),
        by=w.office,
        at=AT,
    )

    told()
    told(AT + 2 * DAY, TODAY + 2 * DAY)
    told(AT + 2 * DAY + HOUR, TODAY + 2 * DAY)

    assert [(b["event"], b["subject"]["id"]) for b in bodies(receiver)] == [
        ("deadline.changed", w.task.pk),
        ("deadline.passed", late.pk),
    ]


def test_a_receiver_that_refuses_is_tried_later_and_later(w, receiver):
    subscribed(w.staff, receiver)
    workflow.perform(w.task, "accept", ask(w.staff))
    reporting.report(w.task, text="已排查", by=w.staff, at=AT)
    receiver.manner = "refuse"

    assert told() == Counter(due=1)  # the second is not even tried in this run
    row = Delivery.objects.order_by("pk")[0]
    assert (row.tries, row.code, row.not_before) == (1, 503, AT + dt.timedelta(minutes=5))
    assert Subscription.objects.get().failing_since == AT
    assert told(AT + dt.timedelta(minutes=1)) == Counter(due=1)  # now the second, once
    assert told(AT + dt.timedelta(minutes=2)) == Counter()

    receiver.manner = "accept"
    assert told(AT + HOUR) == Counter(sent=2)
    assert Subscription.objects.get().failing_since is None


def test_after_three_days_of_failure_it_is_switched_off_and_said(w, receiver):
    row, _ = subscribed(w.staff, receiver)
    workflow.perform(w.task, "accept", ask(w.staff))
    receiver.manner = "drop"
    told()
    told(AT + 3 * DAY, TODAY + 3 * DAY)

    row.refresh_from_db()
    assert not row.is_on
    assert row.off_why == "自 2026-11-20 10:00 起一直没有送达，已自动停用。"
    assert Message.objects.get(title="推送订阅“办公系统”已自动停用").recipient == w.staff
    assert told(AT + 4 * DAY, TODAY + 4 * DAY) == Counter()
    with pytest.raises(Refused, match="请先启用再重发"):
        subscriptions.send_again(Delivery.objects.get(), by=w.staff, at=AT)


def test_a_given_up_delivery_is_sent_again_by_hand(w, receiver):
    subscribed(w.staff, receiver)
    workflow.perform(w.task, "accept", ask(w.staff))
    told()
    row = Delivery.objects.get()
    with pytest.raises(Refused, match="只能由订阅人本人"):
        subscriptions.send_again(row, by=w.head, at=AT)

    subscriptions.send_again(row, by=w.staff, at=AT)

    assert told() == Counter(sent=1)
    assert bodies(receiver)[0] == bodies(receiver)[1]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", " ", "请填写名称"),
        ("events", ["task.state", "all"], "请至少选择一类事件"),
        ("address", "ftp://oa.example.cn/x", "地址应以 http"),
        ("address", "http://user:pass@oa.example.cn/x", "地址应以 http"),
        ("address", "http://169.254.169.254/latest", "不在允许推送的地址中"),
        ("address", "http://127.0.0.1:1/x", "不在允许推送的地址中"),
        ("address", "https://oa.example.cn.evil.example/x", "不在允许推送的地址中"),
    ],
)
def test_what_may_not_be_subscribed(w, settings, field, value, sentence):
    settings.WEBHOOK_ADDRESSES = ["https://oa.example.cn"]
    good = {"name": "办公系统", "address": "https://oa.example.cn/x", "events": ["task.state"]}

    with pytest.raises(Missing) as refused:
        subscriptions.add(Wanted(**{**good, field: value}), by=w.staff, at=AT, today=TODAY)

    assert sentence in refused.value.fields[field]
    assert Subscription.objects.count() == 0


def test_one_that_is_off_waits_for_its_server_to_be_listed(w, settings):
    settings.WEBHOOK_ADDRESSES = []
    wanted = Wanted("办公系统", "https://oa.example.cn/x", ["task.state"], is_on=False)

    row, _ = subscriptions.add(wanted, by=w.staff, at=AT, today=TODAY)

    with pytest.raises(Missing):
        subscriptions.change(row, replace(wanted, is_on=True), version=row.version, by=w.staff, at=AT)
    settings.WEBHOOK_ADDRESSES = ["https://oa.example.cn"]
    subscriptions.change(row, replace(wanted, is_on=True), version=row.version, by=w.staff, at=AT)
    assert Subscription.objects.get().is_on


def test_an_address_taken_off_the_list_is_not_called(w, receiver, settings):
    subscribed(w.staff, receiver)
    workflow.perform(w.task, "accept", ask(w.staff))
    settings.WEBHOOK_ADDRESSES = []

    assert told() == Counter(due=1)
    assert receiver.posts == []
    assert "不在允许推送的地址中" in Delivery.objects.get().note


@pytest.mark.parametrize(
    ("address", "inward"),
    [
        ("127.0.0.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("169.254.169.254", True),
        ("100.100.100.200", True), ("0.0.0.0", True), ("224.0.0.1", True), ("fe80::1%eth0", True),
        ("10.1.2.3", False), ("192.168.1.9", False), ("172.16.0.1", False), ("fd12::1", False), ("1.2.4.8", False),
    ],
)  # fmt: skip
def test_which_addresses_a_name_may_not_stand_for(address, inward):
    assert wire.is_inward(address) == inward


def test_a_name_that_stands_for_this_machine_is_not_called(receiver):
    port = receiver.url.rsplit(":", 1)[1]

    for name in ("127.1", "0x7f000001"):  # looked up without asking anybody
        with pytest.raises(wire.Unreachable, match="stands for 127.0.0.1, which is not called"):
            wire.post(wire.Parcel(f"http://{name}:{port}/", b"{}", {}), guarded=True)
    assert wire.post(wire.Parcel(f"http://localhost:{port}/", b"{}", {}), guarded=True).status == 200


def test_who_changes_and_who_ends(w, receiver):
    row, _ = subscribed(w.staff, receiver)
    wanted = Wanted("改名", row.address, ["letter"])

    for by in (w.head, w.admin):
        with pytest.raises(Refused, match="只能由订阅人本人修改"):
            subscriptions.change(row, wanted, version=0, by=by, at=AT)
    subscriptions.change(row, wanted, version=0, by=w.staff, at=AT)
    with pytest.raises(Stale):
        subscriptions.change(row, wanted, version=0, by=w.staff, at=AT)
    with pytest.raises(Refused, match="系统管理员停用"):
        subscriptions.switch_off(row, by=w.head, at=AT)
    subscriptions.switch_off(row, by=w.admin, at=AT)

    assert Subscription.objects.values_list("name", "is_on", "off_why").get() == ("改名", False, "康管理停用")


def test_the_log_is_kept_for_a_month(w, receiver):
    subscribed(w.staff, receiver)
    workflow.perform(w.task, "accept", ask(w.staff))
    told()

    assert (hooks.tidy(AT + 29 * DAY), hooks.tidy(AT + 31 * DAY)) == (0, 1)
