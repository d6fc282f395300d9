"""成效 and 会议 over HTTP: the same rules, sums and lists as the pages."""

import pytest
from django.utils import timezone

from notices.domain import outcome_texts
from notices.models import OutcomeEntry
from tests.factories import make_progress, make_task, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    world = make_world()
    world.today = timezone.localdate().isoformat()
    client.force_login(world.office)
    return world


def send(client, url, data):
    return client.post(f"/api/{url}", data, content_type="application/json", headers={"If-Match": "*"})


def result(w, **more):
    return {
        "metric": "recovered",
        "value": "33.58",
        "measure": "万元",
        "unit": w.bureau.pk,
        "day": w.today,
        **more,
    }


def test_entries_proposals_and_their_sums(client, w):
    task = make_task(w.issue, lead=w.bureau)
    made = send(client, "outcomes/", result(w, notice=w.notice.pk, documents=["缴款凭证"]))
    twice = send(client, "outcomes/", result(w, notice=w.notice.pk))
    make_progress(task, text="制订《甲办法》等2项制度。约谈47人次。", at=timezone.now())
    outcome_texts.read_texts(w.notice, by=w.office, at=timezone.now())
    rules, talks = OutcomeEntry.objects.proposed().order_by("pk")
    given = result(w, metric="rules", value="2", measure="项", documents=["甲办法"], task=task.pk)
    confirmed = send(client, f"outcomes/{rules.pk}/confirm/", given)
    rejected = send(client, f"outcomes/{talks.pk}/reject/", {})
    again = send(client, f"outcomes/{talks.pk}/reject/", {})
    figures = client.get("/api/outcomes/figures/").json()
    named = client.get("/api/outcomes/rules/").json()
    voided = send(client, f"outcomes/{made.json()['id']}/void/", {"why": "重复"})

    codes = [a.status_code for a in (made, twice, confirmed, rejected, again, voided)]
    assert codes == [201, 422, 200, 200, 409, 200] or codes == [201, 400, 200, 200, 409, 200]
    assert (made.json()["value"], made.json()["documents"]) == ("33.58", ["缴款凭证"])
    assert [(f["label"], f["total"], f["measure"]) for f in figures] == [
        ("建章立制", "2", "项"), ("追缴清退资金", "33.58", "万元"),
    ]  # fmt: skip
    assert [rule["name"] for rule in named] == ["甲办法"]
    assert len(client.get("/api/outcomes/?state=rejected").json()["results"]) == 1


def test_meetings_and_their_counts(client, w):
    plain = {
        "notice": w.notice.pk,
        "kind": "special",
        "held_on": w.today,
        "subject": "专题会",
        "chair": "县委书记",
    }
    made = send(client, "meetings/", plain)
    figures = client.get("/api/meetings/figures/").json()
    voided = send(client, f"meetings/{made.json()['id']}/void/", {"why": "重复"})

    assert (made.status_code, voided.status_code) == (201, 200)
    assert (figures["kinds"]["special"], figures["talks"]) == (1, 0)
    assert client.get("/api/meetings/figures/").json()["kinds"]["special"] == 0
