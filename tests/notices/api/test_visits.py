"""督导检查 over HTTP: the same rules, filters and figures as the pages."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from notices.models import Finding, Supervision
from tests.factories import make_task, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    world = make_world()
    world.today = timezone.localdate().isoformat()
    client.force_login(world.supervisor)
    return world


def send(client, url, data):
    return client.post(f"/api/{url}", data, content_type="application/json", headers={"If-Match": "*"})


def test_a_visit_and_its_finding_from_the_plan_to_the_end(client, w):
    plan = {"notice": w.notice.pk, "title": "第一轮", "planned_on": w.today, "methods": ["talk", "papers"]}
    made = send(client, "supervisions/", {**plan, "units": [w.bureau.pk], "team": "甲某、乙某"})
    visit, held = (
        made.json()["id"],
        {"held_on": w.today, "methods": ["talk"], "summary": "较好", "meetings": 3},
    )
    done = send(client, f"supervisions/{visit}/carry_out/", held)
    found = send(client, "findings/", {"supervision": visit, "unit": w.bureau.pk, "text": "台账不全"})
    one = f"findings/{found.json()['id']}"
    task = make_task(w.issue, lead=w.bureau)
    linked = send(client, f"{one}/link/", {"tasks": [task.pk]})
    handed = send(client, f"{one}/hand/", {"reply_by": w.today})
    client.force_login(w.staff)
    replied = send(client, f"{one}/reply/", {"text": "已补齐"})
    refused = send(client, f"{one}/judge/", {"accepted": True})
    client.force_login(w.office)
    judged = send(client, f"{one}/judge/", {"accepted": True})

    codes = [a.status_code for a in (made, done, found, linked, handed, replied, refused, judged)]
    assert codes == [201, 200, 201, 200, 200, 201, 409, 200]
    assert (made.json()["methods"], made.json()["team"]) == (["talk", "papers"], "甲某、乙某")
    assert (judged.json()["state"], judged.json()["tasks"]) == ("accepted", [task.number])
    figures = client.get("/api/supervisions/figures/?method=talk").json()
    assert (figures["visits"], figures["meetings"], figures["findings"], figures["accepted"]) == (1, 3, 1, 1)
    assert client.get("/api/supervisions/figures/?method=site").json()["visits"] == 0
    assert [row["id"] for row in client.get("/api/findings/?state=accepted").json()["results"]] == [
        found.json()["id"]
    ]


def test_what_is_missing_is_said_and_nothing_is_kept(client, w):
    plan = {
        "notice": w.notice.pk,
        "title": "第一轮",
        "planned_on": w.today,
        "methods": [],
        "units": [],
        "team": "",
    }

    answer = send(client, "supervisions/", plan)

    assert answer.status_code == 400
    assert {"methods", "team"} <= set(answer.json()["errors"])
    assert Supervision.objects.count() == Finding.objects.count() == 0


def test_a_notice_of_another_team_does_not_exist(client, w):
    client.force_login(w.head)
    plan = {"notice": w.notice.pk, "title": "第一轮", "planned_on": w.today, "methods": ["talk"]}

    answer = send(client, "supervisions/", {**plan, "units": [w.bureau.pk], "team": "甲某"})

    assert answer.status_code == 400
    assert Supervision.objects.count() == 0


def test_files_of_a_visit_are_listed_and_had_by_who_may_read_them(client, w):
    plan = {"notice": w.notice.pk, "title": "第一轮", "planned_on": w.today, "methods": ["talk"]}
    made = send(client, "supervisions/", {**plan, "units": [w.bureau.pk], "team": "甲某"}).json()["id"]
    send(
        client, f"supervisions/{made}/carry_out/",
        {"held_on": w.today, "methods": ["talk"], "summary": "较好", "meetings": 0},
    )  # fmt: skip
    photo = SimpleUploadedFile("现场.txt", "现场".encode(), "text/plain")
    client.post(f"/supervisions/{made}/step/attach", {"files": [photo]})

    found = client.get(f"/api/visit-files/?supervision={made}").json()["results"]
    content = client.get(f"/api/visit-files/{found[0]['id']}/content/")

    assert [(row["name"], row["kind"], row["size"], row["finding"]) for row in found] == [
        ("现场.txt", "txt", 6, None)
    ]
    assert b"".join(content.streaming_content) == "现场".encode()
    assert "attachment" in content["Content-Disposition"]
    assert client.get("/api/visit-files/?finding=1").json()["results"] == []
    client.force_login(w.staff)
    assert client.get("/api/visit-files/").json()["results"] == []
    assert client.get(f"/api/visit-files/{found[0]['id']}/content/").status_code == 404
