"""Attacks on what is written: foreign ids, fields nobody may set, mixed selections, old sessions, tricks of the request."""

import datetime as dt
import io
import json
import re

import openpyxl
import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, User
from accounts.roles import Role
from notices.domain import reminders
from notices.domain.delivery import Moment
from notices.models import LedgerUpload, Nudge, Reminder, Task
from tests.access import ROUTES, SAFE, VERBS
from tests.access_requests import CANARY, Sender, body_of, dump, headers_of, url_of
from tests.access_world import PEOPLE, build
from tests.factories import PASSWORD, make_token

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def sender(world):
    return Sender(world)


@pytest.fixture
def signed_in(world):
    """A client of one person whose requests are kept until the end of the test."""

    def sign_in(code):
        client = Client()
        client.force_login(world.users[code])
        return client

    return sign_in


# ── Ids of other units in forms and bodies ───────────────────────────────────
def test_no_form_takes_a_unit_of_another_county(world, sender):
    """Every field that names a unit, as its office, with a unit under another office."""
    changed = {
        code: [
            got.changed
            for url, data in naming(world, world.units[code].pk)
            for got in [sender.send(PEOPLE["a_office"], "POST", url, data, **{"If-Match": "*"})]
        ]
        for code in ("a2", "c1")
    }

    assert changed == {"a2": [True] * 8, "c1": [False] * 8}


def naming(world, unit):
    """Every request that names a unit, about tasks and notices of the first county."""
    draft, active = (world.task(party="a", state=s, lead="a1", named="") for s in ("draft", "active"))
    notice = active.notice.pk
    text = "一、党的建设方面\n1.关于学习的问题\n整改措施：学习。"
    return [
        (f"/tasks/{draft.pk}/step/assign", {"lead_unit": unit}),
        (f"/tasks/{active.pk}/step/reassign", {"lead_unit": unit, "reason": "调整"}),
        (f"/api/tasks/{draft.pk}/steps/assign/", {"lead_unit": unit}),
        (f"/api/tasks/{active.pk}/steps/reassign/", {"lead_unit": unit, "reason": "调整"}),
        (f"/notices/{notice}/planning/fill", {"task": [draft.pk], "lead": unit}),
        (f"/notices/{notice}/planning/fill", {"task": [active.pk], "supporting": [unit]}),
        ("/intake", {"unit": unit, "text": text}),
        ("/api/notices/", {"unit": unit, "text": text}),
    ]


def test_a_typed_name_never_means_a_unit_or_a_person_of_another_county(world, signed_in):
    """The full name of a foreign unit and of a foreign person are kept as words."""
    thing = world.task(party="a", state="draft", named="")
    stranger, unit = world.users["c1_head"], world.units["c1"]
    shown = signed_in("a_office").get(f"/tasks/{thing.pk}/edit").context["form"].initial
    data = {k: v or "" for k, v in shown.items()}
    data |= {"leader_text": stranger.name, "contact_text": stranger.name, "supporting": unit.name}

    response = signed_in("a_office").post(f"/tasks/{thing.pk}/edit", {**data, "keep_unmatched": "on"})

    row = Task.objects.get(pk=thing.pk)
    assert response.status_code == 302
    assert (row.leader_text, row.leader, row.contact) == (stranger.name, None, None)
    assert not row.task_units.filter(unit=unit).exists()
    assert not Task.objects.visible_to(stranger).filter(pk=thing.pk).exists()


def test_a_name_filled_into_many_tasks_means_nobody_of_another_county(world, signed_in):
    thing = world.task(party="a", state="active", lead="a1", named="")
    name = world.users["c1_head"].name

    signed_in("a_office").post(
        f"/notices/{thing.notice.pk}/planning/fill", {"task": [thing.pk], "leader_text": name}
    )

    row = Task.objects.get(pk=thing.pk)
    assert (row.leader_text, row.leader) == (name, None)


def test_an_unknown_name_is_answered_without_names_of_other_counties(world, sender):
    """The likeliest units are offered; those of other counties are not."""
    thing = world.task(party="a", state="draft", named="")
    data = body_of(world, "notices:task_edit", thing, {}) | {"supporting": "望海区民政"}

    got = sender.send(PEOPLE["a_office"], "POST", f"/tasks/{thing.pk}/edit", data)

    assert got.status == 422
    assert got.canaries - sender.may_read["a_office"] == set()


def test_a_report_on_a_strange_task_and_on_none_are_answered_alike(world, sender):
    strange = world.task(party="b", state="active", lead="b1")
    answers = []
    for pk in (strange.pk, 999_999):
        got = sender.send(PEOPLE["a1_staff"], "POST", "/api/progress/", {"task": pk, "text": "x"})
        answers.append((got.status, got.changed, got.text.replace(str(pk).encode(), b"#").split(b"\n")[0]))

    assert answers[0] == answers[1]
    assert answers[0][:2] == (400, False)


def test_a_merge_into_a_strange_task_is_refused(world, sender):
    own = world.task(party="a", state="active", lead="a1", named="")
    strange = world.task(party="b", state="active", lead="b1")
    data = {"merged_into": strange.pk, "reason": "并入"}

    page = sender.send(PEOPLE["z_office"], "POST", f"/tasks/{own.pk}/step/cancel", data)

    assert (page.status, page.changed) == (422, False)


# ── Fields nobody may set ────────────────────────────────────────────────────
def test_no_field_of_a_task_but_the_declared_ones_is_set_through_the_api(world, sender):
    thing = world.task(party="a", state="active", lead="a1", named="")
    may = {
        "heading", "text", "kind", "leader_text", "contact_text", "contact_phone", "deadline", "deadline_text",
        "keep_up", "review_days", "remark", "evidence_kinds",
    }  # fmt: skip
    fields = {f.name for f in Task._meta.get_fields()} | {f.attname for f in Task._meta.concrete_fields}
    changed = {}
    for name in sorted(fields - may):
        got = sender.send(
            PEOPLE["a_office"], "PATCH", f"/api/tasks/{thing.pk}/", {name: 1}, **headers_of("api:task-detail")
        )
        if got.status != 400 or got.changed:
            changed[name] = got.status

    assert changed == {}


def test_further_fields_in_a_body_change_nothing(world, signed_in):
    """Every field of the model beside the honest ones of a report, a step and the edit of a task."""
    thing = world.task(party="a", state="pending", lead="a1", named="")
    poison = {f.attname: 1 for f in Task._meta.concrete_fields if f.attname not in ("id", "version", "text")}
    poison |= {"state": "completed", "by": 1, "at": "2020-01-01", "on_behalf": True, "unit": 1}
    before = Task.objects.filter(pk=thing.pk).values().get()
    client = signed_in("a1_staff")

    client.post(f"/tasks/{thing.pk}/step/accept", poison)
    client.post("/api/progress/", {**poison, "task": thing.pk, "text": "进展"}, "application/json")

    after = Task.objects.filter(pk=thing.pk).values().get()
    changed = {name for name in after if after[name] != before[name]}
    assert after["state"] == "active"
    assert changed <= {
        "state", "version", "latest_text", "latest_next", "latest_blocked", "latest_at"
    }  # fmt: skip
    filed = thing and Task.objects.get(pk=thing.pk).progress.order_by("-pk").first()
    assert (filed.by, filed.unit, filed.on_behalf) == (world.users["a1_staff"], world.units["a1"], False)


def test_the_own_unit_changes_no_more_than_its_contact_in_the_form(world, signed_in):
    thing = world.task(party="a", state="active", lead="a1", named="")
    row = Task.objects.get(pk=thing.pk)
    data = {
        "contact_text": "安经办", "contact_phone": "0", "remark": "备注", "text": "改写", "heading": "改写",
        "lead": "白石镇", "deadline": "2099-01-01", "leader_text": "某人", "keep_up": "on", "review_days": "3",
    }  # fmt: skip

    client = signed_in("a1_staff")
    refused = client.post(f"/tasks/{thing.pk}/edit", data)
    untouched = Task.objects.get(pk=thing.pk)
    own = ("contact_text", "contact_phone", "remark", "keep_up")
    client.post(f"/tasks/{thing.pk}/edit", {name: data[name] for name in own})

    now = Task.objects.get(pk=thing.pk)
    assert (refused.status_code, untouched.contact_text) == (422, row.contact_text)
    kept = ("text", "heading", "lead_unit_id", "deadline", "leader_text", "keep_up", "review_days")
    assert now.contact_text == "安经办"
    assert [getattr(now, f) for f in kept] == [getattr(row, f) for f in kept]


# ── Selections that mix own and strange rows ─────────────────────────────────
@pytest.mark.parametrize("url", ["/tasks/nudge", "/overdue/push"])
def test_a_push_of_own_and_strange_tasks_pushes_the_own_ones(world, signed_in, url):
    own = world.task(party="a", state="active", lead="a2", named="")
    Task.objects.filter(pk=own.pk).update(deadline=timezone.localdate() - dt.timedelta(days=3))
    strange = world.task(party="b", state="active", lead="b1")

    response = signed_in("a_leader").post(url, {"id": [own.pk, strange.pk], "text": "请抓紧"}, follow=True)

    pushed = Nudge.objects.filter(text="请抓紧").values_list("task", flat=True)
    assert list(pushed) == [own.pk]
    assert f"zkt{strange.pk}k".encode() not in response.content


def test_a_filling_of_own_and_strange_tasks_fills_nothing(world, sender):
    own = world.task(party="a", state="active", lead="a1", named="")
    strange = world.task(party="b", state="active", lead="b1")
    data = {"task": [own.pk, strange.pk], "leader_text": "某领导"}

    got = sender.send(PEOPLE["a_office"], "POST", f"/notices/{own.notice.pk}/planning/fill", data)

    assert not got.changed


def test_an_export_of_strange_tasks_holds_none_of_them(world, sender):
    own = world.task(party="a", state="active", lead="a2", named="")
    hidden = world.task(party="a", state="active", lead="a1", named="")
    strange = world.task(party="b", state="active", lead="b1")
    ticked = "&".join(f"id={t.pk}" for t in (own, hidden, strange))

    got = sender.send(
        PEOPLE["a2_staff"], "POST", "/ledger/export", {"notice": own.notice.pk, "filters": ticked}
    )

    assert f"zkt{own.pk}k" in got.canaries
    assert got.canaries - sender.may_read["a2_staff"] == set()


# ── Ledgers that name other units' rows ──────────────────────────────────────
def ledger_of(client, notice: int) -> openpyxl.Workbook:
    answer = client.post("/ledger/export", {"notice": notice})
    return openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))


def sent_in(client, notice: int, book: openpyxl.Workbook) -> LedgerUpload:
    packed = io.BytesIO()
    book.save(packed)
    packed.seek(0)
    packed.name = "台账.xlsx"
    answer = client.post("/ledger/upload", {"notice": notice, "file": packed})
    assert answer.status_code == 302, answer.content.decode()
    return LedgerUpload.objects.order_by("-pk").first()


def test_rows_of_another_unit_in_a_ledger_change_nothing(world, signed_in):
    """A unit sends in the office's workbook with every row changed: only its own rows move."""
    notice = world.task(party="a", state="active", lead="a2", named="").notice.pk
    before = dict(Task.objects.filter(notice=notice).values_list("pk", "latest_text"))
    book = ledger_of(signed_in("a_office"), notice)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.endswith("latest_text"):
                    cell.value = "另写的进展"
    unit = signed_in("a2_staff")

    upload = sent_in(unit, notice, book)
    unit.post(f"/ledger/{upload.pk}/apply")

    after = dict(Task.objects.filter(notice=notice).values_list("pk", "latest_text"))
    moved = {pk for pk in after if after[pk] != before[pk]}
    carrying = {t.pk for t in world.things["task"] if "a2" in t.carrying}
    assert moved
    assert moved <= carrying


def test_a_plan_made_with_rights_that_are_gone_is_not_applied(world, signed_in):
    """Planned as the office, confirmed as a unit's clerk."""
    notice = world.task(party="a", state="active", lead="a1", named="").notice.pk
    book = ledger_of(signed_in("a_office2"), notice)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.endswith("k" + "leader_text"):
                    cell.value = "另一位领导"
    upload = sent_in(signed_in("a_office2"), notice, book)
    Membership.objects.filter(user=world.users["a_office2"]).update(role=Role.STAFF, unit=world.units["a2"])
    before = dump()["notices_task"]

    signed_in("a_office2").post(f"/ledger/{upload.pk}/apply")

    assert dump()["notices_task"] == before
    assert LedgerUpload.objects.get(pk=upload.pk).state == "planned"


# ── Old sessions and tokens ──────────────────────────────────────────────────
def test_a_session_loses_what_its_person_loses(world, signed_in):
    thing = world.task(party="a", state="active", lead="a1", named="")
    client = signed_in("a1_staff")
    assert client.get(f"/tasks/{thing.pk}").status_code == 200

    Membership.objects.filter(user=world.users["a1_staff"]).delete()

    assert client.get(f"/tasks/{thing.pk}").status_code == 404
    assert client.post(f"/tasks/{thing.pk}/report", {"text": "x"}).status_code == 404
    assert client.get("/api/tasks/").json()["results"] == []


def test_a_session_and_a_token_end_with_the_account(world, signed_in):
    user = world.users["a1_staff"]
    client, key = signed_in("a1_staff"), make_token(user)
    User.objects.filter(pk=user.pk).update(is_active=False)

    page = client.get("/tasks")
    program = Client().get("/api/tasks/", headers={"Authorization": f"Bearer {key}"})

    assert (page.status_code, page["Location"]) == (302, "/login?next=/tasks")
    assert program.status_code in (401, 403)


def test_other_sessions_and_tokens_end_when_the_password_is_changed(world, signed_in):
    first, second = signed_in("a1_staff"), signed_in("a1_staff")
    new = "Baishi-Zhen-2027!"

    key = make_token(world.users["a1_staff"])
    program = Client(headers={"Authorization": f"Token {key}"})
    assert program.get("/api/tasks/").status_code == 200

    first.post("/password", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})

    assert first.get("/tasks").status_code == 200
    assert second.get("/tasks").status_code == 302
    assert program.get("/api/tasks/").status_code in (401, 403)


def test_a_first_password_opens_nothing_through_the_api(world):
    fresh = world.users["fresh"]
    key = make_token(fresh)

    used = Client().get("/api/tasks/", headers={"Authorization": f"Bearer {key}"})

    assert (used.status_code, used.json()["code"]) == (403, "first_password")


def test_a_switched_role_gives_no_rights_of_another_person(world, signed_in):
    theirs = Membership.objects.get(user=world.users["a_office"]).pk
    thing = world.task(party="a", state="active", lead="a1", named="")
    client = signed_in("a2_staff")

    client.post("/role", {"membership": theirs})

    assert client.get(f"/tasks/{thing.pk}").status_code == 404


# ── Tricks of the request ────────────────────────────────────────────────────
ELSEWHERE = (
    "https://evil.example/x",
    "//evil.example/x",
    "/\\evil.example",
    "javascript:alert(1)",
    "http:evil",
)


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_no_next_leads_elsewhere(world, sender, wanted):
    """Every address that takes a `next`, in the form and in the address."""
    task = world.task(party="a", state="active", lead="a1", named="")
    message = next(m for m in world.things["message"] if m.owner == "a1_staff")
    urls = [
        f"/tasks/{task.pk}/report", f"/tasks/{task.pk}/nudge", f"/inbox/{message.pk}/open",
        f"/inbox/{message.pk}/read", "/inbox/read", "/tasks/nudge", "/tasks/columns", "/switch", "/role", "/login",
    ]  # fmt: skip
    astray = []
    for url in urls:
        for place, data in ((url, {"next": wanted, "text": "x"}), (f"{url}?next={wanted}", {"text": "x"})):
            got = sender.send(PEOPLE["a1_staff"], "POST", place, data)
            if got.to and not (got.to.startswith("/") and not got.to.startswith(("//", "/\\"))):
                astray.append(f"{place} → {got.to}")

    assert astray == []


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
@pytest.mark.parametrize("verb", ["DELETE", "PATCH", "PUT"])
def test_the_verb_is_the_one_that_was_sent(world, sender, header, verb):
    task = world.task(party="a", state="active", lead="a1", named="")

    for url in (f"/api/tasks/{task.pk}/", f"/tasks/{task.pk}"):
        got = sender.send(PEOPLE["a_office"], "POST", url, {"_method": verb, "remark": "x"}, **{header: verb})
        assert (got.status, got.changed) == (405, False)


@pytest.mark.parametrize(
    "headers",
    [
        {"HX-Request": "true"},
        {"HX-Request": "true", "HX-Boosted": "true"},
        {"HX-Request": "true", "HX-Current-URL": "https://evil.example/"},
        {"X-Requested-With": "XMLHttpRequest"},
        {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1"},
        {"X-Original-URL": "/board", "X-Rewrite-URL": "/board"},
    ],
)
def test_no_header_opens_a_strange_task(world, sender, headers):
    strange = world.task(party="b", state="active", lead="b1")

    for path in ("", "/step/accept", "/cell/latest"):
        got = sender.send(PEOPLE["a1_staff"], "GET", f"/tasks/{strange.pk}{path}", **headers)
        assert (got.status, got.canaries - sender.may_read["a1_staff"]) == (404, set())


def test_no_unsafe_request_passes_without_the_secret_of_the_form(world):
    """Signed in, from another site: pages and API refuse before anything is looked at."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.users["a_office"])
    passed = []
    for name, route in ROUTES.items():
        if name == "login":  # nobody is signed in there
            continue
        kind = route.get("object")
        thing = world.things[kind][0] if kind else None
        args = {key: values[0] for key, values in route.get("args", {}).items()}
        for verb in VERBS:
            if verb not in SAFE and verb in route:
                answer = getattr(client, verb.lower())(url_of(name, thing, args))
                passed += [f"{verb} {name}: {answer.status_code}"] if answer.status_code != 403 else []

    assert passed == []


def test_guessed_ids_are_all_answered_alike(world, sender):
    """Files, messages, drafts, uploads: those of others and those that are not there give the same page."""
    person = PEOPLE["c1_staff"]
    bodies = set()
    for kind, name, verb in (
        ("evidence", "/evidence/{}", "GET"),
        ("message", "/inbox/{}/open", "POST"),
        ("draft", "/intake/{}", "GET"),
        ("upload", "/ledger/{}", "GET"),
    ):
        theirs = next(t.pk for t in world.things[kind] if t.party != "c" and t.owner != "c1_staff")
        for pk in (theirs, 999_999):
            got = sender.send(person, verb, name.format(pk))
            body = b"\n".join(
                line
                for line in got.text.split(b"\n")
                if b"csrfmiddlewaretoken" not in line and b"X-Request" not in line
            )
            bodies.add((got.status, len(body) // 200))

    assert {status for status, _ in bodies} == {404}


@pytest.mark.parametrize("path", ["/api/tasks/?notice={}", "/api/issues/?notice={}", "/tasks?notice={}"])
def test_a_filter_by_a_strange_notice_is_answered_like_one_by_none(world, sender, path):
    """Not an empty list: that would tell that the notice is there."""
    person = PEOPLE["c1_staff"]
    theirs = next(thing.pk for thing in world.things["notice"] if thing.party == "a")

    answers = [sender.send(person, "GET", path.format(pk)) for pk in (theirs, 999_999)]

    words = [re.findall("[^\x00-\x7f]+", got.text.decode()) for got in answers]
    assert (answers[0].status, words[0]) == (answers[1].status, words[1])
    assert words[0]


# ── Mails ────────────────────────────────────────────────────────────────────
def test_no_mail_and_no_message_tells_of_what_its_reader_may_not_see(world, sender, mailoutbox):
    """Everything is due: each letter and each new message holds only what its reader may read."""
    Task.objects.filter(is_open=True).update(deadline=timezone.localdate() - dt.timedelta(days=8))
    now = timezone.now()
    noon = now.replace(hour=2, minute=0) + dt.timedelta(days=(7 - now.weekday()) % 7)
    reminders.run(Moment(today=noon.astimezone().date(), now=lambda: noon))
    by_mail = {f"{code}@example.cn": code for code in world.users}
    leaks = []
    for letter in mailoutbox:
        code = by_mail[letter.to[0]]
        told = {f"zk{k.decode()}{int(n)}k" for k, n in CANARY.findall(str(letter.message()).encode())}
        told |= {f"zk{k.decode()}{int(n)}k" for k, n in CANARY.findall(letter.body.encode())}
        leaks += [f"{code}: {word}" for word in told - sender.may_read[code]]
    for user in world.users.values():
        text = json.dumps(list(user.inbox.values("title", "body"))).encode()
        told = {f"zk{k.decode()}{int(n)}k" for k, n in CANARY.findall(text)}
        leaks += [f"{user.username}: {word}" for word in told - sender.may_read[user.username]]

    assert Reminder.objects.exists()
    assert mailoutbox
    assert leaks == []
