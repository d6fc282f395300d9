"""台账 over HTTP with a token: order, fetch, send in, read the plan, confirm with a choice, take back."""

import io
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Event
from notices.domain import ledger_jobs
from notices.domain.book import Moment
from notices.models import LedgerUpload, Task
from tests.factories import make_notice, make_task, make_token, make_world

pytestmark = pytest.mark.django_db
UPLOADS, JOBS = "/api/ledger-uploads/", "/api/ledger-jobs/"


@pytest.fixture
def w():
    world = make_world()
    world.task = make_task(world.issue, lead=world.bureau)
    make_task(world.issue, lead=world.town, text="另一措施")
    return world


def program(user, *scopes, notice=None):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(user, *scopes, notice=notice)}")
    return client


def fetched(client, notice, filters=""):
    """Ordered, written by a worker, fetched."""
    ordered = client.post(JOBS, {"notice": notice.pk, "filters": filters}, format="json")
    assert (ordered.status_code, ordered.json()["ready"]) == (202, False)
    ledger_jobs.work(Moment(today=timezone.localdate(), now=timezone.now), lambda job: None)
    at = f"{JOBS}{ordered.json()['id']}/"
    told = client.get(at).json()
    assert (told["state"], told["ready"]) == ("done", True), told
    answer = client.get(f"{at}file/")
    return openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))


def edited(book, number, **cells):
    page = book["任务清单"]
    headers = {c.value: c.column for c in page[3]}
    row = next(r[0].row for r in page.iter_rows(min_row=4) if r[headers["任务编号"] - 1].value == number)
    for header, value in cells.items():
        page.cell(row, headers[header], value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def send(client, notice, content, **more):
    file = SimpleUploadedFile("台账.xlsx", content)
    return client.post(UPLOADS, {"notice": notice.pk, "file": file}, format="multipart", **more)


def test_out_and_in_again_with_a_token(w):
    client = program(w.office, "read", "manage")
    content = edited(fetched(client, w.notice), "W01-001-01", 备注="乙", 整改进展="已修订")
    Task.objects.filter(pk=w.task.pk).update(remark="甲", version=w.task.version + 1)

    sent = send(client, w.notice, content)
    assert (sent.status_code, sent.json()["state"], sent.json()["counts"]["conflict"]) == (201, "planned", 1)
    at = f"{UPLOADS}{sent.json()['id']}/"
    plan = client.get(f"{at}plan/?kind=conflict").json()
    [row] = plan["rows"]
    [choice] = row["conflicts"]
    assert (row["number"], choice["base"], choice["old"], choice["new"]) == ("W01-001-01", "", "甲", "乙")
    assert [c["new"] for c in row["cells"]] == ["已修订"]
    assert (plan["next"], client.get(f"{at}plan/?kind=add").json()["rows"]) == (None, [])

    assert client.post(f"{at}apply/", {}, format="json").status_code == 428
    tag = {"HTTP_IF_MATCH": client.get(at)["ETag"]}
    body = {"choices": {choice["place"]: "mine"}}
    done = client.post(f"{at}apply/", body, format="json", **tag, HTTP_IDEMPOTENCY_KEY="k1")
    again = client.post(f"{at}apply/", body, format="json", **tag, HTTP_IDEMPOTENCY_KEY="k1")
    assert [(a.status_code, a.json()["state"]) for a in (done, again)] == [(200, "applied")] * 2
    assert again["Idempotency-Replayed"] == "true"
    w.task.refresh_from_db()
    assert (w.task.remark, w.task.latest_text) == ("乙", "已修订")

    undone = client.post(f"{at}undo/", format="json", HTTP_IF_MATCH="*")
    assert (undone.status_code, undone.json()) == (
        200,
        {"restored": 1, "cancelled": 0, "left": [], "job": None},
    )
    w.task.refresh_from_db()
    assert (w.task.remark, w.task.latest_text) == ("甲", "")
    acts = Event.objects.filter(action__startswith="ledger.").values_list("action", flat=True)
    assert set(acts) == {"ledger.export", "ledger.upload", "ledger.import", "ledger.undo"}


def test_a_unit_gets_and_changes_its_own(w):
    client = program(w.staff, "read", "manage")
    book = fetched(client, w.notice)
    assert [r[1].value for r in book["任务清单"].iter_rows(min_row=4)] == ["W01-001-01"]

    sent = send(client, w.notice, edited(book, "W01-001-01", 完成时限=date(2027, 1, 5)))
    plan = client.get(f"{UPLOADS}{sent.json()['id']}/plan/").json()

    assert plan["counts"]["refused"] == 1
    assert plan["rows"][0]["reason"].endswith("。")
    other = program(w.town_staff, "read", "manage")
    assert other.get(f"{UPLOADS}{sent.json()['id']}/").status_code == 404
    assert other.get(UPLOADS).json()["results"] == []


@pytest.mark.parametrize(
    ("scopes", "notice", "status"),
    [
        (("read",), "", 403),
        (("read", "report"), "", 403),
        (("manage",), "other", 400),
        (("manage",), "own", 400),
    ],
)
def test_what_a_token_may_not_and_what_is_no_ledger_is_refused(w, scopes, notice, status):
    limit = {"other": make_notice(w.county, title="另一批次"), "own": w.notice}.get(notice)
    client = program(w.office, *scopes, notice=limit)

    answer = send(client, w.notice, b"no workbook")

    assert (answer.status_code, answer.json()["detail"][-1]) == (status, "。")
    assert not LedgerUpload.objects.exists()


def test_the_columns_say_what_they_take(w):
    rows = program(w.staff, "read").get("/api/ledger-columns/").json()

    assert len(rows) == 11 + 21 + 10 + 9
    assert {"listed": "任务清单", "header": "整改进展", "who": "单位、整改办"}.items() <= next(
        r for r in rows if r["header"] == "整改进展"
    ).items()


@pytest.mark.parametrize("address", [UPLOADS, JOBS])
def test_lists_cost_the_same_for_one_and_three(w, address):
    client = APIClient()
    client.force_login(w.office)
    content = edited(fetched(client, w.notice), "W01-001-01", 备注="乙")
    send(client, w.notice, content)
    client.get(address)

    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for _ in range(2):
        send(client, w.notice, content)
        fetched(client, w.notice)
    with CaptureQueriesContext(connection) as three:
        assert len(client.get(address).json()["results"]) >= 3

    assert len(one) == len(three)
