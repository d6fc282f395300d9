import datetime as dt
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts import audit
from accounts.models import Event
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


# What somebody with the database in hand may do, and what the command names.
TAMPERED = {
    "edited": (
        ["UPDATE accounts_event SET subject_id = 99 WHERE seq = 3"],
        "第 3 号记录与散列不符，可能被改动",
    ),
    "deleted": (["DELETE FROM accounts_event WHERE seq = 2"], "第 2 号记录缺失"),
    "swapped": (
        [
            "UPDATE accounts_event SET seq = 1000 WHERE seq = 2",
            "UPDATE accounts_event SET seq = 2 WHERE seq = 3",
            "UPDATE accounts_event SET seq = 3 WHERE seq = 1000",
        ],
        "第 2 号记录与散列不符，可能被改动",
    ),
    "cut from the tail": (
        ["DELETE FROM accounts_event WHERE seq > 3"],
        "第 4 号记录缺失，库外留存显示应有 5 条",
    ),
    "unsealed and sealed anew": (
        [
            "UPDATE accounts_event SET actor_name = '他人' WHERE seq = 4",
            "UPDATE accounts_event SET seq = NULL, digest = ''",
        ],
        "第 5 号记录与库外留存的散列不符，整条链可能被重写",
    ),
}


@pytest.mark.parametrize(("statements", "said"), TAMPERED.values(), ids=TAMPERED)
def test_every_kind_of_tampering_is_found_and_named(statements, said):
    make_events(5)
    seal_audit()
    call_command("verify_audit")
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    audit.seal()

    with pytest.raises(CommandError) as refused:
        call_command("verify_audit")

    assert str(refused.value) == f"操作记录链已断开：{said}。"


def test_a_row_of_any_age_stays(settings, tmp_path):
    """Nothing the product does by itself takes a row of the log away: 183 days are kept, and all others."""
    settings.VAR = tmp_path
    old = AT - dt.timedelta(days=400)
    row = audit.record(audit.Act("task.report", "task", 1), by=None, at=old)

    call_command("run_due")

    assert Event.objects.get(pk=row.pk).at == old
