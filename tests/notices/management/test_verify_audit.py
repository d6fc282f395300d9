import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts import audit
from notices.jobs import seal_audit
from tests.factories import AT, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def head(settings, tmp_path):
    settings.AUDIT_HEAD = tmp_path / "head.log"
    return settings.AUDIT_HEAD


def make_events(count):
    user = make_user("staff", name="安经办")
    make_unit("云岭县")
    for n in range(count):
        audit.record(audit.Act("task.report", "task", n), by=user, at=AT)


def answer(capsys):
    call_command("verify_audit", "--json")
    return json.loads(capsys.readouterr().out)


def test_whole_chain(capsys):
    make_events(3)
    audit.seal()
    audit.record(audit.Act("task.report"), by=None, at=AT)

    call_command("verify_audit")

    assert capsys.readouterr().out == "操作记录链完好，共 3 条已封存，另有 1 条待封存。\n"
    assert answer(capsys) == {"sealed": 3, "unsealed": 1, "broken": None, "reason": ""}


def test_edited_row_is_named(capsys):
    make_events(3)
    audit.seal()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_event SET actor_name = %s WHERE seq = 2", ["他人"])

    with pytest.raises(CommandError) as refused:
        call_command("verify_audit", "--json")

    assert str(refused.value) == "操作记录链已断开：第 2 号记录与散列不符，可能被改动。"
    assert json.loads(capsys.readouterr().out) == {
        "sealed": 3,
        "unsealed": 0,
        "broken": 2,
        "reason": "第 2 号记录与散列不符，可能被改动",
    }


def test_rows_cut_from_the_tail_are_seen(capsys, head):
    make_events(3)
    seal_audit()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_event WHERE seq = 3")

    with pytest.raises(CommandError) as refused:
        call_command("verify_audit")

    assert "操作记录链已断开" in str(refused.value)
