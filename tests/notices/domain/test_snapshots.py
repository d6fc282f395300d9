"""Snapshots: what they keep, that nothing changes them, that a forgery is said, and the same workbook each time."""

import datetime as dt
import hashlib
import io
import threading

import openpyxl
import pytest
from django.db import connection, connections, transaction
from django.db.models import ProtectedError, QuerySet
from django.test.utils import CaptureQueriesContext

from accounts.models import Event, Unit
from notices.domain import snapshots, week_desk
from notices.domain.snapshot_view import EVERYTHING, sight_of
from notices.errors import Refused
from notices.ledger.frozen import export_snapshot
from notices.ledger.packing import pack
from notices.ledger.uploads import prepare
from notices.models import Issue, Notice, Snapshot, SnapshotSlice, Task
from notices.models.frozen import FrozenError
from notices.terms import State
from tests.factories import AT, TODAY, make_evidence, make_issue, make_progress, make_task, make_world

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 11, 16)


def frozen():
    """Three tasks of two issues, one of them closed, and the week they stood in."""
    w = make_world()
    w.bureau_task = make_task(
        w.issue,
        lead=w.bureau,
        supporting=(w.town,),
        deadline=TODAY - dt.timedelta(days=3),
        latest_text="已排查",
    )
    w.town_task = make_task(w.issue, lead=w.town, state=State.COMPLETED, text="退还资金")
    w.draft = make_task(make_issue(w.notice, aspect=2), text="尚未分派的措施")
    make_evidence(w.bureau_task)
    make_progress(w.bureau_task, text="已排查")
    w.row = close(w)
    return w


def close(w, **given):
    given = {"by": w.office, "at": AT, "today": TODAY, **given}
    return week_desk.close_week(w.notice, MONDAY, **given)


def workbook(w, sight=EVERYTHING):
    out = io.BytesIO()
    reader = snapshots.open_snapshot(Snapshot.objects.get(pk=w.row.pk))
    export_snapshot(reader, out, sight=sight, by=w.office, at=AT)
    return out.getvalue()


# ── What is kept ─────────────────────────────────────────────────────────────
def test_rows_hold_values_light_and_counters():
    w = frozen()
    reader = snapshots.open_snapshot(w.row)

    first, second, third = reader.tasks()

    assert (first.row.number, first.row.state, first.light) == ("W01-001-01", "active", "red")
    assert first.row.values["progress"] == "已排查"
    assert first.deadline == dt.date(2026, 11, 17)
    assert first.evidence == "会议纪要.pdf"
    assert set(first.part) == {w.county.pk, w.bureau.pk, w.town.pk}
    assert (second.closed_on, second.light) == (TODAY, "done")
    assert (third.row.state, third.lead_unit) == ("draft", None)


def test_issues_hold_their_counts_and_the_words_of_the_week():
    w = frozen()

    first, second = snapshots.open_snapshot(w.row).issues()

    assert first.counts == (2, 1, 0, 1, 2)
    assert first.week == ("W01-001-01:已排查",)
    assert (second.heading, second.counts) == ("第2方面", (1, 0, 0, 0, 0))


def test_closing_leaves_an_event_with_the_hash():
    w = frozen()

    event = Event.objects.get(action="week.close")

    assert event.data == {
        "week": "2026-11-16",
        "rows": {"task": 3, "issue": 2, "duty": 3, "group": 3, "gain": 0},
        "sha256": w.row.digest,
    }


def queries_of_closing(w, weeks_later):
    later = dt.timedelta(days=7 * weeks_later)
    with CaptureQueriesContext(connection) as caught:
        week_desk.close_week(w.notice, MONDAY + later, by=None, at=AT + later, today=TODAY + later)
    return len(caught)


def test_queries_do_not_grow_with_the_rows():
    w = make_world()
    make_task(w.issue, lead=w.bureau)
    one = queries_of_closing(w, 0)
    for _ in range(5):
        make_task(w.issue, lead=w.bureau)

    assert queries_of_closing(w, 1) == one


# ── Never changed ────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "change",
    [
        lambda row: Snapshot.objects.filter(pk=row.pk).update(by_name="某人"),
        lambda row: Snapshot.objects.filter(pk=row.pk).delete(),
        lambda row: SnapshotSlice.objects.bulk_update(list(row.slices.all()), ["digest"]),
        lambda row: row.slices.all().delete(),
        lambda row: row.slices.update(part=9),
        lambda row: row.save(),
        lambda row: row.slices.first().save(update_fields=["part"]),
        lambda row: row.delete(),
    ],
)
def test_a_snapshot_is_not_changed(change):
    w = frozen()

    with pytest.raises(FrozenError), transaction.atomic():
        change(w.row)

    snapshots.verify(Snapshot.objects.get(pk=w.row.pk))


def test_a_notice_with_a_snapshot_is_not_taken_away():
    w = frozen()

    with pytest.raises(ProtectedError):
        Notice.objects.filter(pk=w.notice.pk).delete()


def forge(found, **values):
    """What somebody with the database's password could do."""
    QuerySet(found.model).filter(pk__in=[row.pk for row in found]).update(**values)


def test_changed_rows_are_said():
    w = frozen()
    forged = pack([["x"]])
    forge(w.row.slices.filter(of="task"), rows=forged)

    with pytest.raises(snapshots.Broken, match="2026-11-16 当周的台账快照第 1 段（task）与散列不符"):
        list(snapshots.open_snapshot(w.row).tasks())


def test_changed_rows_with_their_hash_are_said():
    w = frozen()
    forged = pack([["x"]])
    forge(w.row.slices.filter(of="task"), rows=forged, digest=hashlib.sha256(forged).hexdigest())

    with pytest.raises(snapshots.Broken, match="当周的台账快照与散列不符"):
        snapshots.open_snapshot(w.row)


@pytest.mark.parametrize(
    "values", [{"today": TODAY - dt.timedelta(days=1)}, {"by_name": "某人"}, {"head": {"title": "别的"}}]
)
def test_a_changed_head_is_said(values):
    w = frozen()
    forge(Snapshot.objects.filter(pk=w.row.pk), **values)

    with pytest.raises(snapshots.Broken):
        snapshots.verify(Snapshot.objects.get(pk=w.row.pk))


# ── The same bytes ───────────────────────────────────────────────────────────
def test_the_workbook_is_the_same_whatever_happened_since():
    w = frozen()
    before = workbook(w)
    Task.objects.filter(pk=w.bureau_task.pk).update(text="改过的措施", deadline=TODAY, latest_text="新进展")
    Issue.objects.filter(pk=w.issue.pk).update(title="改过的问题")
    Notice.objects.filter(pk=w.notice.pk).update(title="改过的标题", preset="xian")
    Unit.objects.filter(pk=w.bureau.pk).update(name="改过的单位")
    make_task(w.issue, lead=w.town)
    make_evidence(w.town_task)
    make_progress(w.bureau_task, text="后来的进展", at=AT + dt.timedelta(hours=1))

    assert workbook(w) == before


def test_the_workbook_says_what_the_ledger_said():
    w = frozen()

    book = openpyxl.load_workbook(io.BytesIO(workbook(w)))

    assert "截至：2026年11月20日" in book["任务清单"]["B2"].value
    assert [row[1] for row in book["任务清单"].iter_rows(min_row=4, values_only=True)] == [
        "W01-001-01",
        "W01-001-02",
        "W02-002-01",
    ]
    assert book["任务清单"].max_column == 22
    assert book["责任清单"].max_row == 6
    assert book["进度清单"]["J4"].value == "W01-001-01:已排查"


def test_a_unit_s_workbook_holds_what_it_saw():
    w = frozen()

    book = openpyxl.load_workbook(io.BytesIO(workbook(w, sight_of(w.head, w.notice))))

    rows = book["任务清单"].iter_rows(min_row=4, values_only=True)
    assert [row[1] for row in rows if row[1]] == ["W01-001-01"]
    assert book["问题清单"].max_row == 4


def test_a_frozen_workbook_is_not_taken_as_an_upload(tmp_path):
    w = frozen()
    path = tmp_path / "快照.xlsx"
    path.write_bytes(workbook(w))

    with pytest.raises(Refused, match="台账快照，只供查看"):
        prepare(w.notice, str(path), name=path.name, by=w.office, at=AT, today=TODAY)


# ── Once ─────────────────────────────────────────────────────────────────────
def test_a_week_is_closed_once():
    w = frozen()

    with pytest.raises(Refused, match="这一周已由葛主任封存"):
        close(w, by=w.office_two)

    assert Snapshot.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_closers_at_once_make_one_snapshot():
    w = make_world()
    make_task(w.issue, lead=w.bureau)
    gate, outcomes = threading.Barrier(2), []

    def run(user):
        gate.wait()
        try:
            close(w, by=user)
            outcomes.append("closed")
        except Refused:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(user,)) for user in (w.office, w.office_two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["closed", "refused"]
    assert Snapshot.objects.count() == 1
    snapshots.verify(Snapshot.objects.get())
