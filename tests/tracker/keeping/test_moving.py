"""SQLite to PostgreSQL with real processes: the database of release 0.1, brought up to date, moved, compared, worked on."""

import psycopg
import pytest

from tests.tracker.keeping.conftest import Installation, bring_up, unpacked
from tracker import environment as read
from tracker.keeping.places import place_of


def ask(address, query, *given):
    found = place_of(address)
    with found._session() as session:
        return session.execute(query, given).fetchall()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_release_moves_to_postgresql_row_by_row(
    scratch_database, tmp_path, monkeypatch, full_proof, figure
):
    old = unpacked(tmp_path)
    assert old.run("move_database", scratch_database, code=1).startswith("数据库还有 ")
    bring_up(old)
    old.run("backup", tmp_path / "before.zip")
    before = old.state()

    moved = old.run("move_database", scratch_database)

    figure("moved to PostgreSQL, compared row by row", f"{moved['rows']} rows, {moved['tables']} tables")
    assert (moved["problems"], moved["warnings"]) == ([], [])
    assert {"event_append_only", "event_never_emptied", "membership_apart"} <= set(moved["guards"])
    assert old.state() == before  # left as it was
    assert (
        old.run("move_database", scratch_database, code=1)
        == "目标数据库不是空的，没有搬移；请另建一个空数据库。"
    )
    monkeypatch.setenv("VALUE", scratch_database)
    there = read.database("VALUE", default="")
    with pytest.raises(psycopg.errors.RaiseException, match="操作记录只能追加"):
        ask(there, "DELETE FROM accounts_event RETURNING 1")
    last = old.ask("SELECT seq FROM sqlite_sequence WHERE name = 'accounts_event'")[0][0]
    new = Installation(tmp_path, address=scratch_database)
    backup = new.run("backup", tmp_path / "after.zip")  # writes an event, with the next key
    assert ask(there, "SELECT max(id) FROM accounts_event") == [(last + 1,)]
    assert backup["rows"] == moved["rows"]
    if full_proof:
        done = new.run("restore", tmp_path / "before.zip")  # a backup of SQLite into PostgreSQL
        assert done["rows"] > 3000
        assert new.run("verify_audit")["broken"] is None
        new.run("restore", "--back")
        assert ask(there, "SELECT max(id) FROM accounts_event")[0][0] > last
        assert new.run("verify_backup", tmp_path / "after.zip")["ok"]
