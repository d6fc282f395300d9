"""What every address of the interface keeps to: tokens and scopes, rates, If-Match, idempotency keys, errors, pages."""

import threading

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import ApiToken, KeptAnswer, RateCount, User
from notices.api import scopes
from notices.domain import reporting
from notices.models import Notice, Progress, Task
from notices.terms import State
from tests.factories import make_issue, make_notice, make_progress, make_task, make_token, make_world

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"


@pytest.fixture
def w():
    world = make_world()
    world.task = make_task(world.issue, lead=world.bureau)
    return world


def program(key, **headers):
    return APIClient(headers={"Authorization": f"Bearer {key}", **headers})


def report(client, task, text="已完成排查", **headers):
    return client.post("/api/progress/", {"task": task.pk, "text": text}, format="json", headers=headers)


# ── Tokens ───────────────────────────────────────────────────────────────────
def test_a_token_says_who_it_is_and_when_it_was_used(w):
    answer = program(make_token(w.staff, "read", days=9)).get("/api/me/")

    row = ApiToken.objects.get()
    assert answer.json() == {
        "username": "staff",
        "name": "安经办",
        "token": {"name": "办公系统", "scopes": ["read"], "notice": None, "last_on": row.last_on.isoformat()},
    }
    assert (row.used_at is None, row.used_from) == (False, "127.0.0.1")


@pytest.mark.parametrize(
    ("scopes", "statuses"),
    [
        (("read",), [200, 403, 403, 403]),
        (("report",), [403, 201, 200, 403]),
        (("manage",), [403, 403, 403, 409]),
        (("read", "report", "manage"), [200, 201, 200, 409]),
    ],
)
def test_each_scope_opens_its_own_actions_only(w, scopes, statuses):
    """Listing; a report; a step of the unit; a step of the office, which a unit may not take in any case."""
    client = program(make_token(w.staff, *scopes), **{"If-Match": "*"})
    waiting = make_task(w.issue, lead=w.bureau, state=State.PENDING)

    got = [
        client.get("/api/tasks/"),
        report(client, w.task),
        client.post(f"/api/tasks/{waiting.pk}/steps/accept/", {}, format="json"),
        client.post(f"/api/tasks/{w.task.pk}/steps/cancel/", {"reason": "并入"}, format="json"),
    ]

    assert [answer.status_code for answer in got] == statuses
    assert all(a.json()["code"] == "out_of_scope" for a in got if a.status_code == 403)


def test_an_action_nobody_declared_is_closed_to_tokens(w, monkeypatch):
    client = program(make_token(w.staff))
    monkeypatch.delitem(scopes.SCOPES, "issue-list")

    assert client.get("/api/issues/").status_code == 403
    assert client.get("/api/tasks/").status_code == 200


@pytest.mark.parametrize("how", ["wrong", "ended", "over", "no_account"])
def test_a_token_that_is_not_good_is_refused_alike(w, how):
    key = make_token(w.staff)
    if how == "ended":
        ApiToken.objects.update(ended_at="2026-01-01T00:00:00+08:00")
    if how == "over":
        ApiToken.objects.update(last_on="2026-01-01")
    if how == "no_account":
        User.objects.filter(pk=w.staff.pk).update(is_active=False)

    answer = program("zg_wrong" if how == "wrong" else key).get("/api/tasks/")

    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == PROBLEM
    assert answer.json()["detail"] == "访问令牌无效或账号已停用。"


def test_a_token_limited_to_a_notice_knows_no_other(w):
    other = make_notice(w.county, title="另一批次")
    elsewhere = make_task(make_issue(other), lead=w.bureau)
    make_progress(elsewhere)
    client = program(make_token(w.office, notice=w.notice), **{"If-Match": "*"})

    lists = {name: client.get(f"/api/{name}/").json()["results"] for name in ("notices", "tasks", "progress")}
    assert [r["id"] for r in lists["notices"]] == [w.notice.pk]
    assert [r["id"] for r in lists["tasks"]] == [w.task.pk]
    assert lists["progress"] == []
    for verb, url in (
        ("get", f"/api/tasks/{elsewhere.pk}/"),
        ("get", f"/api/tasks/{elsewhere.pk}/parts/"),
        ("patch", f"/api/tasks/{elsewhere.pk}/"),
        ("post", f"/api/tasks/{elsewhere.pk}/steps/cancel/"),
        ("get", f"/api/notices/{other.pk}/weeks/"),
        ("get", f"/api/plans/{other.pk}/"),
        ("delete", f"/api/measures/{elsewhere.pk}/"),
    ):
        assert getattr(client, verb)(url, format="json").status_code == 404, url
    assert report(client, elsewhere).status_code == 400
    assert client.post("/api/measures/", {"issue": elsewhere.issue_id, "text": "x"}).status_code == 400
    assert client.post("/api/notices/", {"text": "一", "unit": w.county.pk}).status_code == 403
    assert report(client, w.task).status_code == 409  # of its own notice: the rule answers, not the limit


# ── Rates ────────────────────────────────────────────────────────────────────
def test_a_token_may_ask_so_often_and_another_is_not_hindered(w, settings):
    settings.API_RATE = 3
    one, two = program(make_token(w.staff)), program(make_token(w.head))

    answers = [one.get("/api/me/") for _ in range(4)]

    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    wait = int(answers[-1].headers["Retry-After"])
    assert 1 <= wait <= 60
    assert answers[-1].json()["detail"] == f"请求过于频繁，请在 {wait} 秒后再试。"
    assert two.get("/api/me/").status_code == 200


def test_an_address_may_ask_so_often_with_all_its_tokens(w, settings):
    settings.API_ADDRESS_RATE = 2
    keys = [make_token(user) for user in (w.staff, w.head, w.office)]

    assert [program(key).get("/api/me/").status_code for key in keys] == [200, 200, 429]


def test_an_address_that_guesses_is_held_off_even_with_a_good_token(w, settings):
    settings.API_GUESSES = 2
    key = make_token(w.staff)

    guesses = [program(f"zg_{n}").get("/api/me/").status_code for n in range(3)]

    assert guesses == [401, 401, 429]
    assert program(key).get("/api/me/").status_code == 429


def test_the_pages_own_session_is_not_counted(w, client, settings):
    settings.API_RATE = settings.API_ADDRESS_RATE = 1
    client.force_login(w.staff)

    assert [client.get("/api/me/").status_code for _ in range(3)] == [200] * 3
    assert RateCount.objects.count() == 0


# ── If-Match ─────────────────────────────────────────────────────────────────
def test_every_change_of_a_row_needs_the_state_that_was_read(w):
    client = program(make_token(w.staff))
    waiting = make_task(w.issue, lead=w.bureau, state=State.PENDING)
    url = f"/api/tasks/{waiting.pk}/"
    tag = client.get(url).headers["ETag"]

    without = client.post(f"{url}steps/accept/", {}, format="json")
    old = client.post(f"{url}steps/accept/", {}, format="json", headers={"If-Match": '"0.0"'})
    done = client.post(f"{url}steps/accept/", {}, format="json", headers={"If-Match": f'"x", {tag}'})

    assert [a.status_code for a in (without, old, done)] == [428, 412, 200]
    assert without.json()["title"] == "请带上版本号"
    assert done.headers["ETag"] == client.get(url).headers["ETag"] != tag


def test_a_change_in_between_is_seen(w):
    client, url = program(make_token(w.office)), f"/api/tasks/{w.task.pk}/"
    tag = client.get(url).headers["ETag"]
    Task.objects.filter(pk=w.task.pk).update(version=7)

    late = client.patch(url, {"remark": "已核"}, format="json", headers={"If-Match": tag})

    assert (late.status_code, Task.objects.get().remark) == (412, "")


# ── Idempotency-Key ──────────────────────────────────────────────────────────
def test_the_same_request_again_is_done_once_and_answered_alike(w):
    client = program(make_token(w.staff))

    first = report(client, w.task, **{"Idempotency-Key": "a-1"})
    again = report(client, w.task, **{"Idempotency-Key": "a-1"})
    free = report(client, w.task)

    assert (first.status_code, again.status_code, free.status_code) == (201, 201, 201)
    assert first.json() == again.json() != free.json()
    assert ("Idempotency-Replayed" in first, again["Idempotency-Replayed"]) == (False, "true")
    assert Progress.objects.count() == 2


def test_another_request_under_the_same_key_is_refused(w):
    client = program(make_token(w.staff))
    report(client, w.task, "一", **{"Idempotency-Key": "a-1"})

    other = report(client, w.task, "二", **{"Idempotency-Key": "a-1"})
    theirs = report(program(make_token(w.head)), w.task, "二", **{"Idempotency-Key": "a-1"})

    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert theirs.status_code == 201  # keys of different people are different
    assert Progress.objects.count() == 2


def test_what_was_refused_may_be_sent_right_under_its_key(w):
    client = program(make_token(w.staff))

    wrong = report(client, w.task, "", **{"Idempotency-Key": "a-1"})
    right = report(client, w.task, **{"Idempotency-Key": "a-1"})

    assert (wrong.status_code, right.status_code) == (400, 201)
    assert report(client, w.task, **{"Idempotency-Key": "有空格 "}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_two_at_once_under_one_key_do_it_once(w):
    key, answers, gate = make_token(w.staff), [], threading.Barrier(2)

    def send():
        gate.wait(10)
        answers.append(report(program(key), w.task, **{"Idempotency-Key": "a-1"}))
        connection.close()

    senders = [threading.Thread(target=send) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(30)

    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert (Progress.objects.count(), KeptAnswer.objects.count()) == (1, 1)


# ── Errors ───────────────────────────────────────────────────────────────────
def test_a_fault_of_ours_has_a_number_and_leaves_nothing(w, monkeypatch, caplog):
    def breaks(*args, **kwargs):
        Task.objects.update(remark="halb")
        raise ZeroDivisionError

    monkeypatch.setattr(reporting, "report", breaks)

    answer = report(program(make_token(w.staff)), w.task, **{"Idempotency-Key": "a-1"})

    body = answer.json()
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, PROBLEM)
    assert body["incident"] == answer.headers["X-Request-ID"]
    assert body["incident"] in body["detail"] and body["incident"] in caplog.text
    assert (Task.objects.get().remark, KeptAnswer.objects.count()) == ("", 0)


def test_an_address_that_is_not_there_is_a_problem_too(w):
    answer = Client().get("/api/nonsense/")

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, PROBLEM)
    assert answer.json()["detail"] == "没有这个地址，可用的地址见 /api/docs/。"
    assert Client().get("/nonsense/").headers["Content-Type"].startswith("text/html")


# ── Pages ────────────────────────────────────────────────────────────────────
def test_pages_follow_the_key_while_rows_are_added(w):
    tasks = [w.task, *(make_task(w.issue, lead=w.bureau) for _ in range(4))]
    client = program(make_token(w.office))

    page = client.get("/api/tasks/?size=2").json()
    make_task(w.issue, lead=w.bureau)
    seen = [row["id"] for row in page["results"]]
    while page["next"]:
        page = client.get(page["next"]).json()
        seen += [row["id"] for row in page["results"]]

    assert seen == [task.pk for task in reversed(tasks)]


@pytest.mark.parametrize("cursor", ["x", "cD1hYmM=", "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"])
def test_a_cursor_of_nonsense_is_not_found(w, cursor):
    assert program(make_token(w.office)).get(f"/api/tasks/?cursor={cursor}").status_code in (200, 404)


def test_parts_and_samples_come_in_pages_too(w):
    for _ in range(3):
        make_task(w.issue, lead=w.section, parent=w.task)

    page = program(make_token(w.office)).get(f"/api/tasks/{w.task.pk}/parts/?size=2").json()

    assert (sorted(page), len(page["results"])) == (["next", "previous", "results"], 2)
    assert Notice.objects.count() == 1
