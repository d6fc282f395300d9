"""Wrong passwords are counted in the database: a restart of the server forgets nothing, and an attack on every account
from one address leaves everybody another way in."""

import json
import shutil

import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.test import Client

from accounts.models import Event
from accounts.roles import Role
from tests.factories import PASSWORD, make_unit, make_users
from tests.processes import environment, run

TRIES = """
import json, django
from django.conf import settings
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
django.setup()
from django.test import Client
from accounts.models import User
if not User.objects.exists():
    User.objects.create_user("an", password={right!r}, name="安经办")
told = [
    Client(SERVER_NAME="localhost", REMOTE_ADDR=a).post("/login", dict(username="an", password=p)).status_code
    for a, p in {given!r}
]
print(json.dumps(told))
"""


def in_a_process(file, *given):
    """Statuses of sign-ins (address, password), asked of a process of its own."""
    env = environment(
        DJANGO_SETTINGS_MODULE="tracker.settings",
        DATABASE_URL=f"sqlite:///{file}",
        ALLOWED_HOSTS="localhost",
        DJANGO_DEBUG=1,
    )
    done = run("-c", TRIES.format(right=PASSWORD, given=list(given)), env=env)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_lock_outlives_the_process_that_made_it(migrated, tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("the processes have a database of their own: one round tells it")
    file = tmp_path / "lock.sqlite3"
    shutil.copy(migrated, file)

    here, wrong = "10.0.0.1", "wrong-2026"
    before = in_a_process(file, *[(here, wrong)] * 4)
    after = in_a_process(file, (here, wrong), (here, PASSWORD), ("10.0.0.2", PASSWORD))

    assert (before, after) == ([200] * 4, [429, 429, 302])


@pytest.fixture
def people(db):
    county = make_unit("云岭县")
    held = [
        ("admin", Role.ADMIN),
        ("security", Role.SECURITY),
        ("auditor", Role.AUDITOR),
        ("office", Role.OFFICE),
    ]
    return make_users(*((name, ((role, county),), name, "") for name, role in held))


def sign_in(name, password, address):
    client = Client(REMOTE_ADDR=address)
    return client.post("/login", {"username": name, "password": password}).status_code


def test_an_attack_on_all_accounts_leaves_each_a_way_in(people):
    """From one address every account is tried until it is locked there; from any other address all sign in, with the
    administrators among them, and nobody has to unlock them."""
    for person in people:
        for _ in range(6):
            sign_in(person.username, "wrong-2026", "10.66.0.1")

    there = {person.username: sign_in(person.username, PASSWORD, "10.66.0.1") for person in people}
    elsewhere = {person.username: sign_in(person.username, PASSWORD, "10.0.0.5") for person in people}

    assert set(there.values()) == {429}
    assert set(elsewhere.values()) == {302}


def test_one_address_that_tries_many_names_is_stopped_alone(people, settings):
    settings.SIGN_IN_RATE = 8
    names = [f"name{n}" for n in range(8)]
    for name in names:
        sign_in(name, "wrong-2026", "10.66.0.2")

    assert sign_in("admin", PASSWORD, "10.66.0.2") == 429
    assert sign_in("admin", PASSWORD, "10.0.0.6") == 302


def test_the_lock_ends_by_itself_and_each_try_is_recorded(people, settings):
    for _ in range(5):
        sign_in("admin", "wrong-2026", "10.66.0.3")
    assert sign_in("admin", PASSWORD, "10.66.0.3") == 429
    assert Event.objects.filter(action="user.sign_in", ok=False, address="10.66.0.3").count() >= 5

    AccessAttempt.objects.update(
        attempt_time=AccessAttempt.objects.get().attempt_time - settings.AXES_COOLOFF_TIME
    )

    assert sign_in("admin", PASSWORD, "10.66.0.3") == 302
