"""周报 over HTTP."""

import datetime as dt

import pytest
from django.utils import timezone

from notices.domain import week_desk
from notices.domain.weeks import monday_of
from notices.models import Task, WeekReport
from tests.factories import make_task, make_world

pytestmark = pytest.mark.django_db


def closed():
    w, now = make_world(), timezone.now()
    w.monday = monday_of(timezone.localdate()) - dt.timedelta(days=7)
    w.task = make_task(w.issue, lead=w.bureau, deadline=timezone.localdate() + dt.timedelta(days=30))
    make_task(w.issue, lead=w.town)
    w.row = week_desk.close_week(w.notice, w.monday, by=w.office, at=now, today=timezone.localdate())
    return w


def test_weeks_name_the_missing_units_the_caller_reads(client):
    w = closed()
    found = {}
    for who in ("office", "head"):
        client.force_login(getattr(w, who))
        rows = client.get(f"/api/notices/{w.notice.pk}/weeks/").json()
        found[who] = next(row for row in rows if row["starts_on"] == str(w.monday))

    assert found["office"]["snapshot"] == w.row.pk
    assert sorted(found["office"]["missing"]) == sorted([w.bureau.pk, w.town.pk])
    assert found["head"]["missing"] == [w.bureau.pk]


def test_delta_counts_and_lists(client):
    w = closed()
    Task.objects.filter(pk=w.task.pk).update(deadline=timezone.localdate() + dt.timedelta(days=60))
    client.force_login(w.office)

    found = client.get(f"/api/notices/{w.notice.pk}/delta/?from={w.row.pk}").json()

    assert {kind: n for kind, n in found["counts"].items() if n} == {"slipped": 1}
    assert found["lists"]["slipped"][0]["number"] == w.task.number


def test_a_strange_snapshot_is_not_found(client):
    w = closed()
    client.force_login(w.office)

    assert client.get(f"/api/notices/{w.notice.pk}/delta/?from=9999").status_code == 404


def test_snapshots_tell_their_hash_and_reports_their_lines(client):
    w = closed()
    report = WeekReport.objects.create(
        notice=w.notice,
        unit=w.bureau,
        starts_on=w.monday,
        filed_at=timezone.now(),
        by=w.staff,
        by_name="安经办",
    )
    report.lines.create(task=w.task, idle_reason="等待批复")
    client.force_login(w.head)

    snapshot = client.get(f"/api/snapshots/{w.row.pk}/").json()
    filed = client.get(f"/api/week-reports/?notice={w.notice.pk}").json()["results"]

    assert snapshot["digest"] == w.row.digest
    assert "head" not in snapshot
    assert filed[0]["lines"] == [
        {"task": w.task.pk, "progress": None, "idle_reason": "等待批复", "repeated": False}
    ]
