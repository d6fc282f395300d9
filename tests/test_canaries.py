"""What nobody asked for openly: lists, searches, filters, choices, counts and downloads hold what the person may read,
all of it and nothing else."""

import pytest
from django.db import transaction

from notices.domain import search
from notices.models import Evidence, Issue, Progress, Task
from notices.terms import Sought
from tests.access import Person
from tests.access_requests import Got, Sender
from tests.access_world import PEOPLE, RULES, World, build, canary
from tests.rounds import mine

pytestmark = pytest.mark.django_db
READERS = [p for p in PEOPLE.values() if not p.fresh]
LISTS = ("/tasks", "/issues", "/duties", "/notices", "/api/tasks/", "/api/issues/", "/api/progress/")
LISTS += ("/search", "/api/search/")
MODELS = {Sought.TASK: Task, Sought.ISSUE: Issue, Sought.PROGRESS: Progress, Sought.EVIDENCE: Evidence}
KINDS = {"task": "tasks", "issue": "issues", "notice": "notices", "progress": "progress"}


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def sender(world):
    return Sender(world)


def seen(world: World, person: Person, kind: str) -> set[int]:
    beside = {pk for pk, party in world.beside[kind].items() if RULES.has(person, "whole", party)}
    return beside | {t.pk for t in world.things[kind] if RULES.sees(person, t)}


def leaked(sender: Sender, person: Person, got) -> set[str]:
    return got.canaries - sender.may_read[person.code]


def rows(sender: Sender, person: Person, url: str) -> list[dict]:
    """Every row of a list of the interface."""
    client = sender.client(person)
    return client.get(f"{url}?size=200").json()["results"]


def test_a_secret_made_by_chance_is_no_canary():
    looks, once = "zkt7k" * 12 + "abcd", "zkn3kzkn3kzkn3kzkn3kabcd"
    page = f'<body data-csrf="{looks}"><input type="hidden" name="csrfmiddlewaretoken" value="{looks}">'
    page += f'<input type="hidden" name="once" value="{once}"><input name="text" value="zki5k">'

    assert Got(200, "", page.encode(), set(), set(), "text/html").canaries == {"zki5k"}


# ── Lists: all of it and nothing else ────────────────────────────────────────
@pytest.mark.parametrize("kind", KINDS)
def test_a_list_holds_exactly_what_each_person_sees(world, sender, kind):
    found = {p.code: {row["id"] for row in rows(sender, p, f"/api/{KINDS[kind]}/")} for p in READERS}

    assert found == {p.code: seen(world, p, kind) for p in READERS}
    assert len({frozenset(ids) for ids in found.values()}) > 5  # people do see different things


def test_the_sheet_holds_exactly_the_tasks_each_person_sees(world, sender):
    """Page by page is not needed: fifty rows hold every task of the world."""
    found = {}
    for person in READERS:
        got = sender.send(person, "GET", "/tasks?notice=")
        found[person.code] = {int(word[3:-1]) for word in got.canaries if word.startswith("zkt")}

    beside = set(world.beside["task"])
    assert found == {p.code: seen(world, p, "task") - beside for p in READERS}


def test_issues_count_only_the_tasks_the_person_sees(world, sender):
    wrong = []
    issues = {i.pk: i for i in world.things["issue"]}
    for person in READERS:
        for row in rows(sender, person, "/api/issues/"):
            if row["id"] in world.beside["issue"]:
                continue
            told = [t for t in issues[row["id"]].tasks if RULES.sees(person, t)]
            counted = [t for t in told if t.state != "cancelled" and not t.parent_lead]
            done = [t for t in counted if t.state == "completed"]
            if (row["n_tasks"], row["n_completed"]) != (len(counted), len(done)):
                wrong.append((person.code, row["id"], row["n_tasks"], len(counted)))

    assert wrong == []


# ── Searches and filters ─────────────────────────────────────────────────────
def test_a_search_for_strange_words_finds_nothing(world, sender):
    """Words of a strange task, issue and notice, cut so that the echo of the question is no canary."""
    strange = world.task(party="b", state="active", lead="b1")
    issue = next(i for i in world.things["issue"] if strange.pk in {t.pk for t in i.tasks})
    words = [canary("t", strange.pk)[:-1], canary("i", issue.pk)[:-1], canary("n", strange.notice.pk)[:-1]]
    for code in ("a1_staff", "a_office", "a_leader", "c_office", "a_admin", "nobody"):
        person = PEOPLE[code]
        for url in LISTS:
            for number, word in enumerate(words):
                if not mine(code, url, number):
                    continue
                got = sender.send(person, "GET", f"{url}?q={word}&notice=")
                assert (got.status, leaked(sender, person, got)) == (200, set()), (code, url, word)


def test_a_search_finds_exactly_what_the_person_sees(world, sender):
    """By a piece of a word that every canary begins with."""
    wrong = []
    for kind in Sought:
        held = set(MODELS[kind].objects.filter(search.said(kind, "zk")).values_list("pk", flat=True))
        for person in READERS:
            if mine(person.code, kind.value):
                got = sender.client(person).get(f"/api/search/?q=zk&kind={kind}&size=200").json()["results"]
                if {row["id"] for row in got} != seen(world, person, kind) & held:
                    wrong.append((person.code, kind.value))

    assert wrong == []


def test_a_filter_by_strange_ids_tells_nothing(world, sender):
    """The answer is the same as for an id that is not there, but for the id itself."""
    strange = world.task(party="b", state="active", lead="b1")
    ids = {
        "notice": strange.notice.pk,
        "lead_unit": world.units["b1"].pk,
        "unit": world.units["b1"].pk,
        "issue": next(i.pk for i in world.things["issue"] if strange.pk in {t.pk for t in i.tasks}),
        "led_by": world.units["b1"].pk,
        "task": strange.pk,
    }
    for code in ("a1_staff", "a_office", "c_office", "nobody"):
        person = PEOPLE[code]
        for url in (*LISTS, "/board", "/overdue", "/ledger/export", "/inbox"):
            for name, pk in ids.items():
                if not mine(code, url, name):
                    continue
                got = sender.send(person, "GET", f"{url}?{name}={pk}")
                assert leaked(sender, person, got) == set(), (code, url, name)
                assert canary("t", strange.pk) not in got.canaries


def test_light_state_and_todo_filters_narrow_what_the_person_sees(world, sender):
    todos = ("accept", "returned", "overdue", "due", "update", "approve", "verify", "assign", "nonsense")
    queries = [f"todo={t}" for t in todos]
    queries += ["counted=true", "closed=true", "waiting=true", "open=true", "light=red", "state=draft"]
    for person in READERS[::5]:
        for query in queries:
            if not mine(person.code, query):
                continue
            got = sender.send(person, "GET", f"/tasks?{query}&notice=")
            assert leaked(sender, person, got) == set(), (person.code, query)


# ── Downloads ────────────────────────────────────────────────────────────────
def test_a_downloaded_ledger_holds_exactly_what_the_person_sees_of_the_notice(world, sender):
    """Every sheet, hidden ones and the store of texts included."""
    for code in ("a_office", "a1_staff", "a2_head", "a1s_staff", "a_leader", "named", "b_leader", "z_leader"):
        person = PEOPLE[code]
        notice = next(n for n in world.things["notice"] if n.party == "a" and n.stage == "running")
        got = sender.send(person, "POST", "/ledger/export", {"notice": notice.pk})

        told = {int(word[3:-1]) for word in got.canaries if word.startswith("zkt")}
        assert got.status == 200
        assert leaked(sender, person, got) == set(), code
        assert told == {t.pk for t in notice.tasks if RULES.sees(person, t)}, code


def test_the_files_of_a_strange_task_are_named_nowhere(world, sender):
    """File names carry the canary of their task, and every file does inside."""
    files = world.things["evidence"]
    own = sender.send(PEOPLE["z_office"], "GET", f"/evidence/{files[0].pk}")
    zipped = [f for f in files if f.tasks[0].pk % 2]
    packed = sender.send(PEOPLE["z_office"], "GET", f"/evidence/{zipped[0].pk}")

    assert canary("t", files[0].tasks[0].pk) in own.canaries
    assert b"<w:t>" + canary("t", zipped[0].tasks[0].pk).encode() in packed.text


# ── The test itself ──────────────────────────────────────────────────────────
def test_a_leak_would_be_found(world, sender):
    """What the office reads would be a leak for a stranger."""
    task = world.task(party="a", state="active", lead="a1", named="")
    got = sender.send(PEOPLE["a_office"], "GET", f"/tasks/{task.pk}")

    assert leaked(sender, PEOPLE["a_office"], got) == set()
    assert canary("t", task.pk) in leaked(sender, PEOPLE["b1_staff"], got)
    assert canary("u", 3) in leaked(sender, PEOPLE["c_office"], got)
