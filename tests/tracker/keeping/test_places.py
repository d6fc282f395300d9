import sqlite3
from contextlib import closing

import pytest

from notices.errors import Refused
from tracker.keeping.places import BEFORE, BESIDE, SqlitePlace, address_of

POSTGRES = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": "tracker",
    "USER": "u",
    "PASSWORD": "p@:/",
    "PORT": "",
}


@pytest.fixture
def place(tmp_path):
    return SqlitePlace({"NAME": tmp_path / "t.sqlite3"})


def fill(path, word, *, migrations=()):
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA journal_mode=WAL")
        database.executescript(
            "CREATE TABLE t (word TEXT); CREATE INDEX i ON t (word); CREATE TABLE django_migrations"
            " (id INTEGER PRIMARY KEY AUTOINCREMENT, app TEXT, name TEXT, applied TEXT);"
            "CREATE TRIGGER g BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, 'no'); END;"
        )
        database.execute("INSERT INTO t VALUES (?)", [word])
        database.executemany("INSERT INTO django_migrations (app, name) VALUES (?, ?)", migrations)


def word(path):
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT word FROM t").fetchone()[0]


def test_change_places_and_back_and_back_again(place):
    fill(place.path, "old")
    fill(place.at(BESIDE), "new")

    place.switch()
    words = [(word(place.path), word(place.at(BEFORE)))]
    for _ in range(2):
        place.back()
        words.append((word(place.path), word(place.at(BEFORE))))

    assert words == [("new", "old"), ("old", "new"), ("new", "old")]
    assert sorted(path.name for path in place.path.parent.iterdir()) == ["t.sqlite3", "t.sqlite3.before"]


def test_a_reader_of_the_old_state_sees_the_new_one_next(place):
    fill(place.path, "old")
    fill(place.at(BESIDE), "new")
    with closing(sqlite3.connect(place.path)) as reader:
        first = reader.execute("SELECT word FROM t").fetchone()[0]
        place.switch()
        second = reader.execute("SELECT word FROM t").fetchone()[0]

    assert (first, second) == ("old", "new")


def test_a_writer_in_the_middle_is_waited_for_or_refused(place, tmp_path):
    fill(place.path, "old")
    fill(place.at(BESIDE), "new")
    with closing(sqlite3.connect(place.path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(Refused) as why:
            place.switch(patience=0.1)
        writer.execute("ROLLBACK")

    assert str(why.value).startswith("没有切换数据库：它正被其他程序写入。")
    assert word(place.path) == "old"


def test_where_nothing_was_the_new_one_is_put(place):
    fill(place.at(BESIDE), "new")

    place.switch()

    assert word(place.path) == "new"
    assert not place.at(BEFORE).exists()


def test_a_file_that_is_no_database_any_more_is_kept_and_replaced(place):
    place.path.write_bytes(b"\0" * 5000)
    fill(place.at(BESIDE), "new")

    place.switch()

    assert word(place.path) == "new"
    assert place.at(BEFORE).read_bytes() == b"\0" * 5000


def test_no_way_back_is_a_sentence(place):
    fill(place.path, "old")

    with pytest.raises(Refused) as why:
        place.back()

    assert str(why.value) == "没有留存的上一状态，不能退回；请用 restore 从备份文件恢复。"


@pytest.mark.parametrize(("asked", "lent"), [([("a", "1")], True), ([("a", "1"), ("a", "2")], False)])
def test_tables_are_lent_only_at_the_same_migrations(place, tmp_path, asked, lent):
    fill(place.path, "old", migrations=[("a", "1")])

    assert place.lend_tables(asked, tmp_path / "new") is lent

    if lent:
        with closing(sqlite3.connect(tmp_path / "new")) as new:
            names = {name for (name,) in new.execute("SELECT name FROM sqlite_master")}
            assert names == {"t", "i", "g", "django_migrations", "sqlite_sequence"}
            assert new.execute("SELECT count(*) FROM t").fetchone() == (0,)


@pytest.mark.parametrize(
    ("found", "address"),
    [
        ({"ENGINE": "django.db.backends.sqlite3", "NAME": "/data/t.sqlite3"}, "sqlite:////data/t.sqlite3"),
        (POSTGRES | {"HOST": "db", "PORT": 5433}, "postgres://u:p%40%3A%2F@db:5433/tracker"),
        (POSTGRES | {"HOST": "/run/pg"}, "postgres://u:p%40%3A%2F@/%2Frun%2Fpg/tracker"),
        (
            POSTGRES | {"HOST": "db", "OPTIONS": {"sslmode": "require", "options": "-c x=y", "connect_timeout": 5}},
            "postgres://u:p%40%3A%2F@db/tracker?sslmode=require",
        ),
    ],
)  # fmt: skip
def test_address_means_the_same_database(found, address):
    assert address_of(found) == address
