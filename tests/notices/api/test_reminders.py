"""Reminder rules, deliveries and how it runs over HTTP; letters from the draft to the withdrawal."""

import datetime as dt

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from notices.domain import reminders
from notices.domain.book import Moment
from notices.models import Letter, Reminder, ReminderSetting
from tests.factories import TODAY, make_issue, make_notice, make_task, make_unit, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def w():
    return make_world()


def as_(user, match="*"):
    client = APIClient(headers={"If-Match": match} if match else {})
    client.force_authenticate(user)
    return client


def sweep():
    reminders.run(Moment(timezone.localdate(), timezone.now))


def test_rules_are_read_previewed_set_and_dropped(w):
    url = f"/api/reminder-rules/{w.notice.pk}/"
    make_task(w.issue, lead=w.bureau, deadline=timezone.localdate() + DAY * 5)
    now = as_(w.office).get(url)
    assert (now.json()["own"], now.json()["rules"]["evidence"]["ahead"], now["ETag"][-2:]) == (
        False,
        30,
        '0"',
    )
    wanted = {"rungs": [[5, ["head"]]], "rules": {"reply": {"tell": []}}}

    shown = as_(w.office).post(f"{url}preview/", wanted, format="json").json()
    assert shown[0]["lines"] == [{"number": "W01-001-01", "rule": "剩余 5 天", "names": ["卜局长"]}]
    assert not ReminderSetting.objects.exists()

    assert as_(w.office, now["ETag"]).put(url, wanted, format="json").status_code == 200
    assert as_(w.office, now["ETag"]).put(url, wanted, format="json").status_code == 412
    assert as_(w.office, None).put(url, wanted, format="json").status_code == 428
    found = as_(w.office).get(url).json()
    assert (found["own"], found["rungs"], found["rules"]["reply"]["tell"]) == (True, [[5, ["head"]]], [])
    assert as_(w.office).delete(url).status_code == 204 and not ReminderSetting.objects.exists()


def test_rules_are_the_offices_and_wrong_ones_are_a_sentence(w):
    url = f"/api/reminder-rules/{w.notice.pk}/"
    answer = as_(w.office).put(url, {"rules": {"moon": {}}}, format="json")

    assert answer.status_code in (400, 409) and "没有提醒规则“moon”" in answer.content.decode()
    assert [as_(user).get(url).status_code for user in (w.staff, w.supervisor, w.admin)] == [404, 404, 404]


def test_deliveries_are_listed_filtered_and_tried_again(w):
    make_task(w.issue, lead=w.bureau, deadline=timezone.localdate())
    elsewhere = make_notice(make_unit("望川县"), title="别处")
    make_task(make_issue(elsewhere), lead=make_unit("望川县水利局"), deadline=timezone.localdate())
    sweep()
    Reminder.objects.filter(channel="email", recipient=w.staff).update(
        state="failed", note="550", tries=7, sent_at=None
    )

    rows = as_(w.office).get("/api/deliveries/?state=failed").json()["results"]
    assert [(r["receiver"], r["rule_name"], r["notice"], r["note"]) for r in rows] == [
        ("安经办", "到期当天", w.notice.pk, "550")
    ]
    assert as_(w.staff).get("/api/deliveries/").json()["results"] == []
    retried = as_(w.office).post(f"/api/deliveries/{rows[0]['id']}/retry/")
    assert (retried.status_code, retried.json()["state"]) == (200, "due")
    assert as_(w.office).post(f"/api/deliveries/{rows[0]['id']}/retry/").status_code == 409


def test_deliveries_ask_as_much_for_one_as_for_many(w, django_assert_num_queries):
    make_task(w.issue, lead=w.bureau, deadline=timezone.localdate())
    sweep()
    client = as_(w.office)
    client.get("/api/deliveries/")
    with django_assert_num_queries(1) as found:
        client.get("/api/deliveries/?size=1")
    with django_assert_num_queries(len(found)):
        client.get("/api/deliveries/?size=9")


def test_health_is_for_those_who_run_it(w):
    sweep()
    answer = as_(w.admin).get("/api/reminder-health/")

    assert answer.json()["last_finished_at"] and answer.json()["failures"] == 0
    assert "心跳" in answer.json()["trouble"][0]
    assert as_(w.staff).get("/api/reminder-health/").status_code == 404


def test_letter_is_drafted_revised_issued_and_withdrawn(w):
    task = make_task(w.issue, lead=w.bureau, deadline=TODAY)
    office = as_(w.office)

    made = office.post("/api/letters/", {"kind": "reminder", "tasks": [task.pk]}, format="json")
    pk = made.json()["id"]
    assert (made.status_code, made.json()["state"], made.json()["tasks"]) == (201, "draft", [task.number])
    revised = office.patch(f"/api/letters/{pk}/", {"title": "关于抓紧整改的提醒函"}, format="json")
    assert (revised.json()["title"], revised.json()["text"]) == ("关于抓紧整改的提醒函", made.json()["text"])
    stale = as_(w.office, made["ETag"] if "ETag" in made else f'"{pk}.0"')
    assert stale.post(f"/api/letters/{pk}/issue/").status_code == 412

    issued = as_(w.office, revised["ETag"]).post(f"/api/letters/{pk}/issue/")
    assert issued.json()["name"] == f"提醒函〔{timezone.localdate().year}〕第1号" and issued.json()["sha256"]
    assert office.patch(f"/api/letters/{pk}/", {"title": "x"}, format="json").status_code == 409
    assert office.post(f"/api/letters/{pk}/withdraw/", {}, format="json").status_code == 400
    assert (
        office.post(f"/api/letters/{pk}/withdraw/", {"why": "数字有误"}, format="json").json()["state"]
        == "withdrawn"
    )


def test_letter_takes_two_persons_and_tasks_of_one_unit(w):
    one, two = make_task(w.issue, lead=w.bureau), make_task(w.issue, lead=w.town)
    office = as_(w.office)

    mixed = office.post("/api/letters/", {"kind": "order", "tasks": [one.pk, two.pk]}, format="json")
    assert "由同一单位牵头" in mixed.content.decode() and not Letter.objects.exists()
    assert (
        as_(w.head).post("/api/letters/", {"kind": "order", "tasks": [one.pk]}, format="json").status_code
        == 409
    )

    pk = office.post("/api/letters/", {"kind": "admonition", "tasks": [one.pk]}, format="json").json()["id"]
    assert office.post(f"/api/letters/{pk}/issue/").status_code == 409
    assert as_(w.office_two).post(f"/api/letters/{pk}/issue/").status_code == 200
    assert (
        office.post("/api/letters/", {"kind": "order", "tasks": [one.pk]}, format="json").status_code == 201
    )
    last = Letter.objects.latest("pk")
    assert office.delete(f"/api/letters/{last.pk}/").status_code == 204
    assert Letter.objects.get(pk=last.pk).state == "dropped"
